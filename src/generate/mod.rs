//! Generators: pure functions from a frame's index to its picture.
//!
//! A generator knows nothing of video, files or jobs. It hands each worker a [`Painter`] with
//! working memory of its own, and what a painter draws depends on the generator and the index
//! only: any frame can be drawn alone, in any order, on any machine, and is the same bit for bit.

mod colormap;
pub mod exec;
mod frame;
mod ink;
pub mod noise;
mod palette;
pub mod polygon;
pub mod wave;

pub use colormap::Colormap;
pub use exec::Exec;
pub use frame::Frame;
pub use noise::Noise;
pub use palette::Palette;
pub use polygon::Polygon;
pub use wave::Wave;

use std::ops::Range;

use crate::values::{FrameRate, Size};

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

    /// Told from another thread when the work stops, for painters that may take long: they return
    /// an error then.
    fn stop(&self) {}
}

/// The video that a generator draws for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// What chance starts from.
    pub seed: u64,
    /// Pixels of a frame.
    pub size: Size,
    /// Frames a second.
    pub fps: FrameRate,
    /// Number of frames.
    pub frames: u64,
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
    /// Why the frame cannot be drawn, in one line.
    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), String>;
}

impl<F: FnMut(u64, &mut Frame) -> Result<(), String>> Painter for F {
    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), String> {
        self(index, frame)
    }
}
