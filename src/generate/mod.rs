//! Generators: pure functions from a frame's index to its picture.
//!
//! A generator knows nothing of video, files or jobs. It hands each worker a [`Painter`] with
//! working memory of its own, and what a painter draws depends on the generator and the index
//! only: any frame can be drawn alone, in any order, on any machine, and is the same bit for bit.

pub mod color;
mod colormap;
pub mod exec;
pub(crate) mod files;
mod frame;
pub mod gradient;
pub mod image;
mod ink;
mod moving;
pub mod noise;
mod palette;
pub mod polygon;
pub mod scope;
pub mod shader;
pub mod simulate;
mod stage;
mod strand;
pub mod text;
pub mod wave;

/// The generators: `$with` gets the module and the type of each one's parameters. Whatever lists them is
/// made from this.
macro_rules! generators {
    ($with:ident) => {
        $with! {
            noise Noise,
            polygon Polygon,
            wave Wave,
            color Plain,
            gradient Gradient,
            image Image,
            text Text,
            scope Scope,
            simulate Simulate,
            shader Shader,
            exec Exec,
        }
    };
}
pub(crate) use generators;

pub use color::Plain;
pub use colormap::Colormap;
pub use exec::Exec;
pub use files::Files;
pub use frame::Frame;
pub(crate) use frame::{divided, premultiplied, scaled, straight};
pub use gradient::Gradient;
pub use image::Image;
pub(crate) use moving::generator;
pub use noise::Noise;
pub use palette::Palette;
pub use polygon::Polygon;
pub use scope::Scope;
pub(crate) use scope::hann;
pub use shader::Shader;
pub use simulate::Simulate;
pub use stage::{Checkpoints, Ear, Means, Picture, Stage, Waves};
pub use text::Text;
pub use wave::Wave;

use std::ops::Range;
use std::path::PathBuf;

use crate::cancel::Stopped;
use crate::error::Invalid;
use crate::parameters::{Described, Parameter};
pub use crate::values::Clip;
use crate::values::Size;

/// Something that draws frames.
///
/// ```
/// use genmedia::generate::{Frame, Generator, Painter};
///
/// /// Every frame one shade of grey brighter.
/// struct Fade;
///
/// impl Generator for Fade {
///     fn painter(&self) -> Box<dyn Painter + '_> {
///         Box::new(|index: u64, frame: &mut Frame| {
///             frame.data_mut().fill(index as u8);
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait Generator: Send + Sync {
    /// A painter for one worker.
    fn painter(&self) -> Box<dyn Painter + '_>;

    /// Looks whether there is all that drawing needs, before any work.
    ///
    /// # Errors
    /// What is missing, in one line.
    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    /// The files that frames are drawn from, beside the recipe. If one is written or exchanged while a segment is
    /// drawn, [`Generator::ready`] is asked anew, and the segment is drawn again.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// How many frames must be gone through before frame `index` can be drawn, if it grows out of others.
    fn reach(&self, index: u64) -> u64 {
        let _ = index;
        0
    }

    /// The device that draws, with its driver, if one does.
    ///
    /// # Errors
    /// It cannot be opened.
    fn device(&self) -> Result<Option<String>, String> {
        Ok(None)
    }

    /// Told from another thread when the work stops, for painters that may take long: they return
    /// [`PaintError::Stopped`] then.
    fn stop(&self) {}
}

/// The parameters of a generator, resolved.
pub trait Parameters {
    /// What the generator draws, in a line.
    fn about() -> &'static str
    where
        Self: Sized;

    /// Command lines worth trying, and what else there is to say.
    fn help() -> &'static str
    where
        Self: Sized;

    /// Settles what was left open for a film, and checks everything.
    ///
    /// # Errors
    /// The first value that is out of range or contradicts another.
    fn resolve(draft: Self::Draft, clip: Clip) -> Result<Self, Invalid>
    where
        Self: Sized + Described;

    /// The size of a frame where nothing is said.
    fn size(&self) -> Size {
        Size::new(1024, 768)
    }

    /// The generator.
    fn generator(&self, stage: &Stage) -> Box<dyn Generator>;

    /// The generator of a single frame, of parameters that move.
    fn generator_at(&self, frame: u64, stage: &Stage) -> Box<dyn Generator>
    where
        Self: Sized + Described,
    {
        self.at(frame).generator(stage)
    }

    /// True if its generator handles parameters that move: its painters keep what they know of earlier frames.
    fn is_moved_by_itself() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// What else it sees, each once: sound, layers and films.
    fn seen(&self) -> Vec<Seen> {
        Vec::new()
    }

    /// What the pictures are to an encoder.
    fn content(&self) -> Content;

    /// Bytes that a painter takes for frames of `size`, estimated from above.
    fn memory(&self, size: Size) -> u64;

    /// Frames of a segment where nothing is said, 1 to those of a `second`, for a film of `frames`.
    fn segment_frames(&self, second: u64, frames: u64) -> u64 {
        let _ = frames;
        second
    }

    /// True if nothing lies below what is drawn: frames are transparent in places.
    fn is_transparent(&self) -> bool {
        false
    }

    /// What is worth telling before the work.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// A name for jobs, if it has one that says more than that of its kind.
    fn title(&self) -> Option<String> {
        None
    }

    /// True if a device draws, on which its frames depend.
    fn runs_on_devices(&self) -> bool {
        false
    }

    /// True if a program of the user's draws: it is not started for clients of the page.
    fn is_program(&self) -> bool {
        false
    }
}

/// What a source sees, and draws or is driven by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// All that is heard.
    Sound,
    /// The track of this name.
    Track(String),
    /// The layer of this name.
    Layer(String),
    /// The film in this file.
    Film(String),
}

/// What pictures are to an encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// No frame helps to predict the next, nor a pixel its neighbour.
    Random,
    /// A tangle, in which a search finds little.
    Busy,
    /// Fine stripes.
    Stripes,
    /// Smooth or not known.
    Smooth,
}

/// A generator, as the command line and the documentation show it.
#[derive(Debug, Clone)]
pub struct Description {
    /// Its name, and that of its table in recipes.
    pub name: &'static str,
    /// What it draws, in a line.
    pub about: &'static str,
    /// Command lines worth trying, and what else there is to say.
    pub help: &'static str,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
}

/// All generators.
pub fn descriptions() -> Vec<Description> {
    macro_rules! describe {
        ($($module:ident $Type:ident,)+) => {
            vec![$(Description {
                name: $module::$Type::NAME,
                about: $module::$Type::about(),
                help: $module::$Type::help(),
                parameters: $module::$Type::parameters(),
            },)+]
        };
    }
    generators!(describe)
}

/// Draws frames, one at a time, in any order.
pub trait Painter {
    /// Told which frames will be asked for next, in order.
    fn prepare(&mut self, frames: Range<u64>) {
        let _ = frames;
    }

    /// Draws frame `index` (from 0) over whatever `frame` holds.
    ///
    /// # Errors
    /// The frame cannot be drawn, or the work was stopped.
    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError>;
}

impl<F: FnMut(u64, &mut Frame) -> Result<(), PaintError>> Painter for F {
    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        self(index, frame)
    }
}

/// Why a frame was not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaintError {
    /// It cannot be drawn: why, in one line.
    #[error("{0}")]
    Failed(String),
    /// [`Generator::stop`] was called.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl From<String> for PaintError {
    fn from(reason: String) -> Self {
        Self::Failed(reason)
    }
}

impl From<&str> for PaintError {
    fn from(reason: &str) -> Self {
        Self::Failed(reason.into())
    }
}
