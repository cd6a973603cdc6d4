//! The recipe as users write it: everything may be left open. Files and command line flags both
//! become a draft, and a draft becomes a recipe in one place.

mod effects;
mod layer;
mod sound;
mod source;
mod text;
mod video;

use std::path::Path;

use serde::Deserialize;

pub use layer::LayerDraft;
pub use source::SourceDraft;
use video::Heard;
pub use video::{ImagesDraft, VideoDraft};

use super::text::{describe, read_text};
use super::*;
use crate::compose::EffectDraft;
use crate::error::{Invalid, Origin};
use crate::generate::{self, generators};
use crate::parameters::{Described, Table};
use crate::playlist::time;
use crate::remix::Remix;
use crate::sound::SoundDraft;
use crate::values::{Clip, Ground};

macro_rules! draft {
    ($($module:ident $Type:ident,)+) => {
        /// A recipe with open ends, to be settled by [`Draft::resolve`].
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct Draft {
            /// Version of the recipe's form, [`VERSION`] if absent.
            pub version: Option<u32>,
            /// The job's name.
            pub name: Option<String>,
            /// The name of a [`Source`]; if absent, the one whose table is there.
            pub generator: Option<String>,
            /// See [`Recipe::seed`]; 1 if absent.
            pub seed: Option<Seed>,
            /// See [`Recipe::size`]; what suits the generator if absent.
            pub size: Option<Size>,
            /// See [`Recipe::fps`]; 30 if absent.
            pub fps: Option<FrameRate>,
            /// See [`Recipe::frames`]; 300 if absent, of a remix those of its pieces.
            pub frames: Option<u64>,
            /// Instead of frames: as many as take this time, such as `8s` or `1:30`.
            #[serde(deserialize_with = "duration")]
            pub duration: Option<String>,
            /// See [`Recipe::looped`]; false if absent.
            #[serde(rename = "loop")]
            pub looped: Option<bool>,
            /// See [`Recipe::segment_frames`]; a second of frames if absent, four of a remix.
            pub segment_frames: Option<u32>,
            $(
                #[doc = concat!("The parameters of `", stringify!($module), "`.")]
                pub $module: Option<<generate::$module::$Type as Described>::Draft>,
            )+
            /// The parameters of a remix.
            pub remix: Option<Remix>,
            /// Layers, from the lowest to the highest, instead of a generator.
            #[serde(deserialize_with = "layer::read")]
            pub layer: Vec<LayerDraft>,
            /// What lies below all layers; black if absent.
            pub background: Option<Ground>,
            /// True if layers mix as light does; false if absent.
            pub linear: Option<bool>,
            /// Effects on the whole, in order.
            pub effect: Vec<EffectDraft>,
            /// Tracks of sound, which are mixed.
            pub sound: SoundDraft,
            /// Samples of the sound a second; 48000 if absent, of a remix those of its films.
            pub sample_rate: Option<u32>,
            /// Channels of the sound, 1 or 2; 2 if absent.
            pub channels: Option<u32>,
            /// How it is encoded.
            pub video: Option<VideoDraft>,
            /// Images to write as well, or instead.
            pub images: Option<ImagesDraft>,
            /// Where it came from, for messages.
            #[serde(skip)]
            pub origin: Origin,
        }

        impl Draft {
            /// The table of a generator, made if it is not there; `None` if there is no such generator.
            pub fn table(&mut self, generator: &str) -> Option<&mut dyn Table> {
                match generator {
                    $(stringify!($module) => Some(self.$module.get_or_insert_default()),)+
                    _ => None,
                }
            }

            /// The tables of sources.
            fn sources(&self) -> SourceDraft {
                SourceDraft {
                    $($module: self.$module.clone(),)+
                    remix: self.remix.clone(),
                    film: None,
                }
            }

            /// The tables of sources, which are no longer there then.
            fn take_sources(&mut self) -> SourceDraft {
                SourceDraft {
                    $($module: self.$module.take(),)+
                    remix: self.remix.take(),
                    film: None,
                }
            }
        }
    };
}
generators!(draft);

/// Reads a time; a number is one of seconds.
fn duration<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<String>, D::Error> {
    match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => Ok(Some(text)),
        toml::Value::Integer(seconds) => Ok(Some(seconds.to_string())),
        toml::Value::Float(seconds) => Ok(Some(seconds.to_string())),
        _ => Err(serde::de::Error::custom("a time is expected: duration = \"8s\"")),
    }
}

impl Draft {
    /// Reads a recipe file.
    ///
    /// # Errors
    /// The file cannot be read, or is no recipe; with line, and nearest names to unknown ones.
    pub fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        match sweep(&text, path)?.len() {
            1 => Self::parse(&text, path),
            n => Err(Error::RecipeFile {
                path: path.into(),
                reason: format!("it stands for {n} recipes, and one is wanted; name one's job"),
            }),
        }
    }

    /// Reads a recipe file that may hold a sweep: one draft for each combination.
    ///
    /// # Errors
    /// As [`Draft::read`].
    pub fn read_all(path: &Path) -> Result<Vec<Self>> {
        let parse = |combination: sweep::Combination| {
            let mut draft = Self::parse(&combination.text, path)?;
            draft.name = draft.name.map(|name| sweep::name(&name, &combination.values));
            Ok(draft)
        };
        sweep(&read_text(path)?, path)?.into_iter().map(parse).collect()
    }

    /// Parses a recipe's text; `path` is named in errors.
    ///
    /// # Errors
    /// As [`Draft::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let mut draft: Draft = toml::from_str(text)
            .map_err(|e| Error::RecipeFile { path: path.into(), reason: describe(&e, text) })?;
        draft.origin = Origin::File(path.into());
        Ok(draft)
    }

    /// Settles what was left open and checks everything.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the first value that is out of range or contradicts another.
    pub fn resolve(&self) -> Result<Recipe> {
        let settled = self.filled().and_then(|draft| draft.settle());
        settled.map_err(|e| e.from_origin(&self.origin).into())
    }

    fn settle(&self) -> Result<Recipe, Invalid> {
        if let Some(version) = self.version.filter(|v| *v != VERSION) {
            let reason = format!("this genmedia writes and reads version {VERSION}");
            return Err(Invalid::new("version", version, reason));
        }
        let fps = self.fps.unwrap_or(FrameRate::DEFAULT);
        let seed = self.seed()?;
        let size = self.size.unwrap_or(Size::new(1024, 768));
        let looped = self.looped.unwrap_or_default();
        // What is needed of the film to read tracks of sound, whose length is that of the film.
        let voices = self.sound.voices(Clip { fps, frames: 300, seed, size, looped })?;
        let frames = self.frames(fps)?.unwrap_or_else(|| self.heard(&voices, fps).unwrap_or(300));
        if !(1..=MAX_FRAMES).contains(&frames) {
            return Err(Invalid::new(
                "frames",
                frames,
                format!("a video has 1 to {MAX_FRAMES} frames; an index of 2 GiB holds no more"),
            ));
        }
        // Noise had a loop before films had one.
        let noise_loops = self.noise.as_ref().is_some_and(|noise| noise.looped == Some(true));
        let looped = self.looped.unwrap_or(noise_loops);
        let mut source = self.source(Clip { fps, frames, seed, size, looped })?;
        if looped && source.leaves().iter().any(|source| matches!(source, Source::Remix(_))) {
            let reason = "a remix does not lead back to its beginning";
            return Err(Invalid::new("loop", "", reason));
        }
        let frames = self.frames_of(&source, frames)?;
        let own = self.size.unwrap_or_else(|| source.size());
        if own != size && self.layer.is_empty() {
            // Formulas are reckoned in the frames that the source has.
            source = self.source(Clip { fps, frames, seed, size: own, looped })?;
        }
        let size = own;
        let clip = Clip { fps, frames, seed, size, looped };
        let effects = effects::resolve(&self.effect, clip)?;
        layer::check_effects(&effects, &source)?;
        let sound = self.sound(voices, &source, clip)?;
        let lead = lead(&source, &effects);
        let segment_frames =
            self.segment_frames.unwrap_or_else(|| segment_frames(&source, lead, fps, frames));
        if !(1..=MAX_SEGMENT).contains(&segment_frames.into()) {
            let reason = format!("a segment has 1 to {MAX_SEGMENT} frames");
            return Err(Invalid::new("segment-frames", segment_frames, reason));
        }
        let segments = frames.div_ceil(u64::from(segment_frames));
        if segments > MAX_SEGMENTS {
            let reason = format!(
                "{frames} frames would be {segments} segments, and a job has at most {MAX_SEGMENTS}; \
                 segments of {} frames are enough",
                frames.div_ceil(MAX_SEGMENTS)
            );
            return Err(Invalid::new("segment-frames", segment_frames, reason));
        }
        let video = match &self.video {
            Some(VideoDraft { enabled: Some(false), .. }) => None,
            draft => {
                let draft = draft.clone().unwrap_or_default();
                let heard = Heard::of(sound.as_ref(), &source);
                Some(draft.resolve(&source, heard, size, (fps, frames), segment_frames)?)
            }
        };
        let images = self.images.as_ref().map(ImagesDraft::resolve).transpose()?;
        if video.is_none() && images.is_none() {
            let (key, value, reason) = match self.origin {
                Origin::Flags => ("no-video", "", "there is nothing to do without --images"),
                _ => ("video.enabled", "false", "there is nothing to do without [images]"),
            };
            return Err(Invalid::new(key, value, reason));
        }
        if size.width.max(size.height) > MAX_SIDE {
            return Err(Invalid::new("size", size, format!("a side is at most {MAX_SIDE} pixels")));
        }
        let recipe = Recipe {
            source,
            effects,
            sound,
            seed,
            size,
            fps,
            frames,
            looped,
            segment_frames,
            video,
            images,
        };
        recipe.check_signals()?;
        Ok(recipe)
    }

    /// What the frames come from.
    fn source(&self, clip: Clip) -> Result<Source, Invalid> {
        let sources = self.sources();
        if self.layer.is_empty() {
            let foreign =
                [("background", self.background.is_some()), ("linear", self.linear.is_some())];
            if let Some((key, _)) = foreign.into_iter().find(|(_, is_there)| *is_there) {
                let reason = "it is for layers: [[layer]]";
                return Err(Invalid::new(key, "", reason));
            }
            return sources.resolve(self.generator.as_deref(), false, clip);
        }
        if !sources.is_empty() || self.generator.is_some() {
            let reason = "a picture of layers has its generators in them: [layer.noise]";
            return Err(Invalid::new("layer", self.layer.len(), reason));
        }
        let look = (self.background.unwrap_or(Ground::BLACK), self.linear.unwrap_or(false));
        // A remix says how long the film is, where nobody else does.
        let resolve =
            |frames| layer::resolve(&self.layer, look, self.size, Clip { frames, ..clip });
        let stack = Source::Stack(resolve(clip.frames)?);
        match self.frames_of(&stack, clip.frames)? {
            frames if frames == clip.frames => Ok(stack),
            frames => resolve(frames).map(Source::Stack),
        }
    }

    /// How many frames a film from `source` has, which would have `frames` without a remix in it.
    fn frames_of(&self, source: &Source, frames: u64) -> Result<u64, Invalid> {
        let remixes = source.leaves().into_iter().filter_map(|source| match source {
            Source::Remix(remix) => Some(remix.pieces.iter().map(|piece| piece.frames).sum()),
            _ => None,
        });
        let Some(most): Option<u64> = remixes.min() else { return Ok(frames) };
        match (source, self.frames.or(self.duration.as_ref().map(|_| frames))) {
            (_, None) => Ok(most),
            (Source::Remix(_), Some(frames)) if frames != most => {
                let reason = format!("the pieces of the remix have {most} frames");
                Err(Invalid::new("frames", frames, reason))
            }
            (_, Some(frames)) if frames > most => {
                let reason = format!("the pieces of the remix have only {most} frames");
                Err(Invalid::new("frames", frames, reason))
            }
            (_, Some(frames)) => Ok(frames),
        }
    }

    /// The number of frames, if it is said.
    fn frames(&self, fps: FrameRate) -> Result<Option<u64>, Invalid> {
        let Some(duration) = &self.duration else { return Ok(self.frames) };
        let invalid = |reason: String| Invalid::new("duration", duration, reason);
        match time::parse(duration) {
            _ if self.frames.is_some() => {
                Err(invalid("frames are said as well; one is enough".into()))
            }
            Ok(0) => Err(invalid("more than nothing is expected".into())),
            Ok(time) => Ok(Some(fps.frames(time).max(1))),
            Err(e) => Err(invalid(e)),
        }
    }

    fn seed(&self) -> Result<u64, Invalid> {
        match self.seed {
            None => Ok(1),
            Some(Seed::Fixed(seed)) if seed <= i64::MAX as u64 => Ok(seed),
            Some(Seed::Fixed(seed)) => Err(Invalid::new("seed", seed, "a seed is below 2^63")),
            // Short enough to be typed again.
            Some(Seed::Random) => match getrandom::u32() {
                Ok(seed) => Ok(u64::from(seed)),
                Err(e) => Err(Invalid::new("seed", "random", e.to_string())),
            },
        }
    }
}

/// Frames of a segment where nothing is said: a second's. It depends on the recipe only, never on the
/// machine.
fn segment_frames(source: &Source, lead: u64, fps: FrameRate, frames: u64) -> u32 {
    let of = |seconds: f64| (fps.as_f64() * seconds).round().max(1.0) as u64;
    let second = of(1.0);
    let of_source = |source: &Source| match source.parameters() {
        Some(parameters) => parameters.segment_frames(second, frames),
        // Every segment begins with a search in a film, from its last key frame on.
        None => of(4.0),
    };
    let segment = source.leaves().into_iter().map(of_source).min().unwrap_or(second);
    // Every segment begins with the frames that effects look back at: that is a third of the work at most, and less where
    // there are enough segments for all cores.
    let segment = match lead {
        0 => segment,
        lead => {
            let least = segment.max(2 * lead).min(MAX_SEGMENT);
            (frames / 16).clamp(least, least.max(of(4.0)))
        }
    };
    segment.max(frames.div_ceil(MAX_SEGMENTS)) as u32
}

fn sweep(text: &str, path: &Path) -> Result<Vec<sweep::Combination>> {
    sweep::expand(text).map_err(|reason| Error::RecipeFile { path: path.into(), reason })
}
