//! What generators draw for, and the sound that some of them draw.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::shader::Device;
use super::{Generator, PaintError, Seen};
use crate::values::{Clip, Size};

/// What a generator draws for.
#[derive(Clone)]
pub struct Stage {
    /// The film.
    pub clip: Clip,
    /// What it is drawn with.
    pub means: Means,
    /// The sound that is seen; none where nothing is heard.
    pub sounds: Vec<(Seen, Arc<dyn Waves>)>,
    /// Where states of a simulation are kept; `None` where nothing is.
    pub checkpoints: Option<Arc<dyn Checkpoints>>,
    /// The layers and films that are seen.
    pub pictures: Vec<Picture>,
}

/// A layer or a film that is seen.
#[derive(Clone)]
pub struct Picture {
    /// What it is.
    pub seen: Seen,
    /// Pixels: a film has its own, a layer is as large as who sees it.
    pub size: Size,
    /// What draws it.
    pub generator: Arc<dyn Generator>,
}

impl Stage {
    /// Looks whether there is all that is seen.
    ///
    /// # Errors
    /// What is missing, in one line.
    pub fn ready(&self) -> Result<(), String> {
        self.sounds.iter().try_for_each(|(_, sound)| sound.ready())?;
        self.pictures.iter().try_for_each(|picture| picture.generator.ready())
    }

    /// The files that are seen.
    pub fn files(&self) -> Vec<PathBuf> {
        let sounds = self.sounds.iter().flat_map(|(_, sound)| sound.files());
        let pictures = self.pictures.iter().flat_map(|picture| picture.generator.files());
        sounds.chain(pictures).collect()
    }

    /// Told from another thread when the work stops.
    pub fn stop(&self) {
        self.sounds.iter().for_each(|(_, sound)| sound.stop());
        self.pictures.iter().for_each(|picture| picture.generator.stop());
    }
}

/// What frames are drawn with. Where the same device draws, they do not depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Means {
    /// How long a program or a shader may take for a frame.
    pub timeout: Option<Duration>,
    /// The device that draws shaders.
    pub device: Device,
}

/// A film in which nothing is heard.
impl From<Clip> for Stage {
    fn from(clip: Clip) -> Self {
        Self {
            clip,
            means: Means::default(),
            sounds: Vec::new(),
            checkpoints: None,
            pictures: Vec::new(),
        }
    }
}

/// Where states are kept that frames grow out of, so that who goes on need not begin at the first.
///
/// It is a help and no more: what cannot be kept or read is reckoned again.
pub trait Checkpoints: Send + Sync {
    /// The state of the last frame that is not behind `frame`, and that frame, if one is kept.
    fn nearest(&self, frame: u64) -> Option<(u64, Vec<u8>)>;

    /// Keeps the state of a frame. No frame before `needed` will be drawn any more.
    fn keep(&self, frame: u64, state: &[u8], needed: u64);
}

/// Sound that can be seen.
pub trait Waves: Send + Sync {
    /// Samples a second.
    fn rate(&self) -> u32;

    /// What one painter hears it with.
    fn ear(&self) -> Box<dyn Ear + '_>;

    /// Looks whether the files are there that are heard.
    ///
    /// # Errors
    /// What is missing, in one line.
    fn ready(&self) -> Result<(), String>;

    /// The files that are heard.
    fn files(&self) -> Vec<PathBuf>;

    /// Told from another thread when the work stops: who hears gets [`PaintError::Stopped`] then.
    fn stop(&self);
}

/// Hears sound, in any order, and quickest forwards.
pub trait Ear {
    /// Adds `count` samples from `first` on to `out`, left and right, full scale from -1 to 1. Beyond the film's ends
    /// there is silence.
    ///
    /// # Errors
    /// A file cannot be read, or the work was stopped.
    fn hear(&mut self, first: i64, count: usize, out: &mut [Vec<f32>; 2])
    -> Result<(), PaintError>;
}
