//! What generators draw for, and the sound that some of them draw.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::shader::Device;
use super::{Generator, PaintError};
use crate::values::Clip;

/// What a generator draws for.
#[derive(Clone)]
pub struct Stage {
    /// The film.
    pub clip: Clip,
    /// What it is drawn with.
    pub means: Means,
    /// The sound that is to be seen; `None` where nothing is heard.
    pub sound: Option<Arc<dyn Waves>>,
    /// Where states of a simulation are kept; `None` where nothing is.
    pub checkpoints: Option<Arc<dyn Checkpoints>>,
    /// What draws the layer that a simulation is driven by, or a shader shows; `None` where there is none.
    pub layer: Option<Arc<dyn Generator>>,
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
        Self { clip, means: Means::default(), sound: None, checkpoints: None, layer: None }
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
