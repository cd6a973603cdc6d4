//! The recipe: the complete, resolved description of a film.

mod canonical;
mod draft;
mod inputs;
mod layer;
mod preset;
mod seed;
mod shape;
mod signals;
mod source;
mod sweep;
mod text;

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

pub use crate::values::{Color, FrameRate, Size, Span};
pub use draft::{Draft, ImagesDraft, LayerDraft, SourceDraft, VideoDraft};
pub use inputs::{Copies, Input};
pub use layer::{Layer, Stack};
pub use seed::Seed;
pub use shape::Shape;
pub use source::Source;

use crate::compose::{Chain, Effect};
use crate::error::{Error, Result};
use crate::generate::{Clip, Generator, Means};
use crate::media::{FilmFormat, SoundCoding, SoundFormat};
pub use crate::media::{MAX_FRAMES, Video};
use crate::sound::Sound;
use crate::values::named;

/// The version of recipes: raised whenever the same recipe would give other pictures or bytes.
pub const VERSION: u32 = 1;

/// The longest side that images without a video may have.
const MAX_SIDE: u32 = 32768;

/// The largest number of segments of a job. All of them are listed in memory.
pub const MAX_SEGMENTS: u64 = 2_000_000;
/// The most frames of a segment.
const MAX_SEGMENT: u64 = 10_000;

/// The complete, resolved description of a film. Two equal recipes give the same bytes on any machine with the same
/// encoder libraries, if the program of `exec` draws the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipe {
    /// What is drawn.
    pub source: Source,
    /// What it is put through, in order.
    pub effects: Vec<Effect>,
    /// What is heard, beside a remix's own sound.
    pub sound: Option<Sound>,
    /// The seed of all chance, 0 to 2^63 - 1.
    pub seed: u64,
    /// Pixels of a frame.
    pub size: Size,
    /// Frames a second.
    pub fps: FrameRate,
    /// Number of frames, 1 to [`MAX_FRAMES`].
    pub frames: u64,
    /// True if the frame after the last is the first.
    pub looped: bool,
    /// Frames of a segment; the last segment may be shorter.
    pub segment_frames: u32,
    /// How the video is encoded; `None` for images only.
    pub video: Option<Video>,
    /// How images are written; `None` for video only.
    pub images: Option<Images>,
}

named! {
    /// The format of images.
    ImageFormat as "image format" {
        /// PNG, lossless.
        Png = "png",
        /// JPEG.
        Jpg = "jpg",
    }
}

/// How images are written.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Images {
    /// The format, also the files' ending.
    pub format: ImageFormat,
    /// PNG: deflate level, 0 (stored) to 9; 1 is a fast method of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub png_level: Option<u8>,
    /// JPEG: quality, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jpg_quality: Option<u8>,
}

impl Recipe {
    /// Reads and resolves a recipe file.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::RecipeFile`] or [`Error::Invalid`], each naming the file.
    pub fn read(path: impl AsRef<Path>) -> Result<(Recipe, Option<String>)> {
        let draft = Draft::read(path.as_ref())?;
        let name = draft.name.clone();
        Ok((draft.resolve()?, name))
    }

    /// Reads and resolves a recipe file that may hold a sweep: `seed = [1, 2]` where one value
    /// belongs stands for two recipes, and several lists for every combination.
    ///
    /// # Errors
    /// As [`Recipe::read`]; all recipes are checked.
    pub fn read_all(path: impl AsRef<Path>) -> Result<Vec<(Recipe, Option<String>)>> {
        Draft::read_all(path.as_ref())?
            .into_iter()
            .map(|draft| Ok((draft.resolve()?, draft.name)))
            .collect()
    }

    /// The recipe as TOML, which reads back as the same recipe. This is the canonical form.
    pub fn to_toml(&self) -> String {
        canonical::to_toml(self)
    }

    /// The recipe's identity: the BLAKE3 hash of its canonical form, 64 hex digits.
    pub fn identity(&self) -> String {
        blake3::hash(self.to_toml().as_bytes()).to_hex().to_string()
    }

    /// The job's name where the user gave none: the generator, of layers that of the lowest, and the identity's first 8
    /// digits.
    pub fn default_name(&self) -> String {
        let first = self.source.leaves().into_iter().next();
        let title = first.and_then(|source| source.parameters()?.title());
        let name = title.unwrap_or_else(|| first.map_or("stack", |source| source.name()).into());
        format!("{name}-{}", &self.identity()[..8])
    }

    /// Number of segments.
    pub fn segments(&self) -> u64 {
        self.frames.div_ceil(u64::from(self.segment_frames))
    }

    /// The frames of segment `index`.
    pub fn segment(&self, index: u64) -> std::ops::Range<u64> {
        let n = u64::from(self.segment_frames);
        (index * n).min(self.frames)..((index + 1) * n).min(self.frames)
    }

    /// How many frames before a frame are drawn for it as well, because effects look back at them.
    pub fn lead(&self) -> u64 {
        lead(&self.source, &self.effects)
    }

    /// How the video's sound is coded, if it has sound.
    pub fn sound_format(&self) -> Option<SoundFormat> {
        let video = self.video.as_ref()?;
        let (rate, channels) = match &self.sound {
            Some(sound) => (sound.rate, sound.channels),
            None => (self.source.sound()?, 2),
        };
        let SoundCoding { codec, bitrate } = video.sound.unwrap_or(SoundCoding::OF_REMIXES);
        Some(SoundFormat { codec, rate, channels, bitrate: bitrate.map_or(0, |bitrate| bitrate.0) })
    }

    /// What a generator must know of the video.
    pub fn clip(&self) -> Clip {
        let Self { seed, size, fps, frames, looped, .. } = *self;
        Clip { seed, size, fps, frames, looped }
    }

    /// The generator of the frames; a program that draws may take `timeout` for one. `None` for a remix,
    /// whose frames are not drawn but cut from films, and for a stack.
    pub fn generator(&self, timeout: Option<Duration>) -> Option<Box<dyn Generator>> {
        let means = Means { timeout, ..Means::default() };
        self.source.generator(&self.stage(&self.source, self.clip(), &means))
    }

    /// What the segments and the film have in common.
    pub fn format(&self) -> FilmFormat {
        let Self { size, fps, frames, .. } = *self;
        FilmFormat { size, fps, frames, sound: self.sound_format() }
    }

    /// How long the video lasts, in seconds.
    pub fn seconds(&self) -> f64 {
        self.fps.seconds(self.frames)
    }
}

/// How many frames effects look back at most: those of a layer, and those on the whole behind them. A layer that another
/// looks at may be drawn for each of the frames that that one looks back at.
fn lead(source: &Source, effects: &[Effect]) -> u64 {
    let Source::Stack(stack) = source else { return Chain::reach(effects) };
    let own = stack.layers.iter().map(|layer| Chain::reach(&layer.effects));
    let looks = stack.layers.iter().any(|layer| layer.effects.iter().any(|e| e.layer().is_some()));
    let own = if looks { own.sum() } else { own.max().unwrap_or(0) };
    own + Chain::reach(effects)
}

impl std::str::FromStr for Recipe {
    type Err = Error;

    /// Reads and resolves TOML.
    fn from_str(text: &str) -> Result<Self> {
        Draft::parse(text, Path::new("recipe"))?.resolve()
    }
}

#[cfg(test)]
mod tests;
