//! The recipe as users write it: everything may be left open. Files and command line flags both
//! become a draft, and a draft becomes a recipe in one place.

use std::path::Path;

use serde::Deserialize;

use super::text::{describe, read_text};
use super::*;
use crate::compose::{Effect, EffectDraft};
use crate::error::{Invalid, Origin, did_you_mean};
use crate::generate::{self, Parameters, generators};
use crate::parameters::{Described, Table};
use crate::remix::Remix;
use crate::values::Timing;

/// The most effects of a film.
const MOST_EFFECTS: usize = 100;

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
            /// See [`Recipe::segment_frames`]; a second of frames if absent, four of a remix.
            pub segment_frames: Option<u32>,
            $(
                #[doc = concat!("The parameters of `", stringify!($module), "`.")]
                pub $module: Option<<generate::$module::$Type as Described>::Draft>,
            )+
            /// The parameters of a remix.
            pub remix: Option<Remix>,
            /// Effects on the whole, in order.
            pub effect: Vec<EffectDraft>,
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

            /// The names of the sources whose tables are there.
            fn tables(&self) -> Vec<&'static str> {
                let there = [
                    $((stringify!($module), self.$module.is_some()),)+
                    ("remix", self.remix.is_some()),
                ];
                there.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
            }

            /// The source of this name, resolved.
            fn resolve_source(&self, name: &str, timing: Timing) -> Result<Source, Invalid> {
                match name {
                    $(stringify!($module) => {
                        let draft = self.$module.clone().unwrap_or_default();
                        generate::$module::$Type::resolve(draft, timing).map(Source::$Type)
                    })+
                    "remix" => {
                        let mut remix = self.remix.clone().unwrap_or_default();
                        let all = remix.resolve()?;
                        if let Some(frames) = self.frames.filter(|frames| *frames != all) {
                            let reason = format!("the pieces of the remix have {all} frames");
                            return Err(Invalid::new("frames", frames, reason));
                        }
                        Ok(Source::Remix(remix))
                    }
                    other => {
                        let near = did_you_mean(other, Source::NAMES.iter().copied());
                        let known = Source::NAMES.join(", ");
                        let reason = format!("unknown generator{near} (known: {known})");
                        Err(Invalid::new("generator", other, reason))
                    }
                }
            }
        }
    };
}
generators!(draft);

/// How a video is encoded, with open ends.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct VideoDraft {
    /// False for images only.
    pub enabled: Option<bool>,
    /// H.264 if absent.
    pub codec: Option<Codec>,
    /// A preset of the codec; `auto` or absent: by generator.
    pub preset: Option<String>,
    /// The codec's own default if absent.
    pub crf: Option<u32>,
    /// See [`Video::gop`]; by generator if absent.
    pub gop: Option<u32>,
    /// The codec's first if absent.
    pub pix_fmt: Option<PixFmt>,
    /// The codec's first if absent.
    pub container: Option<Container>,
}

/// Images, with open ends.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImagesDraft {
    /// PNG if absent.
    pub format: Option<ImageFormat>,
    /// See [`Images::png_level`]; 1 if absent.
    pub png_level: Option<u8>,
    /// See [`Images::jpg_quality`]; 90 if absent.
    pub jpg_quality: Option<u8>,
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
        self.settle().map_err(|e| e.from_origin(&self.origin).into())
    }

    fn settle(&self) -> Result<Recipe, Invalid> {
        if let Some(version) = self.version.filter(|v| *v != VERSION) {
            let reason = format!("this genmedia writes and reads version {VERSION}");
            return Err(Invalid::new("version", version, reason));
        }
        let fps = self.fps.unwrap_or(FrameRate::DEFAULT);
        let frames = self.frames.unwrap_or(300);
        if !(1..=MAX_FRAMES).contains(&frames) {
            return Err(Invalid::new(
                "frames",
                frames,
                format!("a video has 1 to {MAX_FRAMES} frames; an index of 2 GiB holds no more"),
            ));
        }
        let seed = self.seed()?;
        let source = self.source(Timing { fps, frames, seed })?;
        let frames = match &source {
            Source::Remix(remix) => remix.pieces.iter().map(|piece| piece.frames).sum(),
            _ => frames,
        };
        let size = self.size.unwrap_or_else(|| source.size());
        let segment_frames =
            self.segment_frames.unwrap_or_else(|| segment_frames(&source, fps, frames));
        if !(1..=10_000).contains(&segment_frames) {
            let reason = "a segment has 1 to 10000 frames";
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
                Some(self.video(draft, &source, size, (fps, frames), segment_frames)?)
            }
        };
        let images = self.images.as_ref().map(images).transpose()?;
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
        let effects = self.effects(Timing { fps, frames, seed })?;
        Ok(Recipe { source, effects, seed, size, fps, frames, segment_frames, video, images })
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

    /// The effects, with the number of each in what is said of it.
    fn effects(&self, timing: Timing) -> Result<Vec<Effect>, Invalid> {
        let resolve = |(number, draft): (usize, &EffectDraft)| {
            let numbered = |e: Invalid| Invalid { key: format!("effect.{number}.{}", e.key), ..e };
            draft.resolve(timing).map_err(numbered)
        };
        if self.effect.len() > MOST_EFFECTS {
            let reason = format!("a film goes through at most {MOST_EFFECTS} effects");
            return Err(Invalid::new("effect", self.effect.len(), reason));
        }
        (1..).zip(&self.effect).map(resolve).collect()
    }

    fn source(&self, timing: Timing) -> Result<Source, Invalid> {
        let tables = self.tables();
        let name = match (&self.generator, tables.as_slice()) {
            (Some(name), tables) => {
                if let Some(other) = tables.iter().find(|t| *t != name) {
                    let reason = format!("[{other}] belongs to another generator");
                    return Err(Invalid::new("generator", name, reason));
                }
                name.as_str()
            }
            (None, [one]) => *one,
            (None, []) => {
                let reason = Source::NAMES.join(", ").replace(", remix", " or remix");
                return Err(Invalid::new("generator", "(absent)", reason));
            }
            (None, many) => {
                let tables = many.join("] and [");
                let reason = format!("both [{tables}] are there; name one");
                return Err(Invalid::new("generator", "(absent)", reason));
            }
        };
        self.resolve_source(name, timing)
    }

    fn video(
        &self,
        draft: VideoDraft,
        source: &Source,
        size: Size,
        (fps, frames): (FrameRate, u64),
        segment_frames: u32,
    ) -> Result<Video, Invalid> {
        let codec = draft.codec.unwrap_or(Codec::H264);
        let formats = codec.pix_fmts();
        let pix_fmt = draft.pix_fmt.unwrap_or(formats[0]);
        if !formats.contains(&pix_fmt) {
            let known = formats.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
            let reason = format!("{codec} takes {known}");
            return Err(Invalid::new("video.pix-fmt", pix_fmt, reason));
        }
        let containers = codec.containers();
        let container = draft.container.unwrap_or(containers[0]);
        if !containers.contains(&container) {
            let known = containers.iter().map(|c| format!(".{c}")).collect::<Vec<_>>().join(", ");
            let reason = format!("{codec} goes into {known}");
            return Err(Invalid::new("video.container", container, reason));
        }
        if let (Source::Remix(Remix { sound: Some(_), .. }), Container::Webm) = (source, container)
        {
            let reason = "WebM takes no AAC; write .mp4 or .mkv, or --no-sound";
            return Err(Invalid::new("video.container", container, reason));
        }
        if let Source::Remix(Remix { sound: Some(rate), .. }) = source
            && !crate::media::fits(frames, fps, Some(*rate))
        {
            let reason = format!(
                "a .{container} with sound at {rate} Hz has fewer frames, since an index of 2 GiB holds no \
                 more; make several, or --no-sound"
            );
            return Err(Invalid::new("frames", frames, reason));
        }
        if container != Container::Mp4 && fps.as_f64() > 500.0 {
            let reason = "Matroska and WebM count in milliseconds: at most 500 frames a second; \
                          write .mp4";
            return Err(Invalid::new("fps", fps, reason));
        }
        let preset = match draft.preset.as_deref() {
            None | Some("auto") => preset::auto(codec, source.content()).to_string(),
            Some(name) if codec.presets().contains(&name) => name.to_string(),
            Some(name) => {
                let near = did_you_mean(name, codec.presets().iter().copied());
                let known = codec.presets().join(", ");
                let reason = format!("unknown preset of {codec}{near} (known: auto, {known})");
                return Err(Invalid::new("video.preset", name, reason));
            }
        };
        let crf = match (codec.crf(), draft.crf) {
            (None, Some(crf)) => {
                let reason = format!("{codec} is lossless and has no quality to set");
                return Err(Invalid::new("video.crf", crf, reason));
            }
            (Some((worst, _)), Some(crf)) if crf > worst => {
                let reason = format!("the crf of {codec} is 0 (best) to {worst}");
                return Err(Invalid::new("video.crf", crf, reason));
            }
            (limits, crf) => crf.or(limits.map(|(_, default)| default)),
        };
        let coded = pix_fmt.coded_size(size);
        let (least, across, down) = codec.limits();
        if coded.width.min(coded.height) < least || coded.width > across || coded.height > down {
            let reason = format!("{codec} codes {least}x{least} to {across}x{down} pixels");
            return Err(Invalid::new("size", size, reason));
        }
        let gop = draft.gop.unwrap_or(preset::gop(codec, source.content(), segment_frames));
        let longest = if codec == Codec::Ffv1 { 1 } else { segment_frames };
        if !(1..=longest).contains(&gop) {
            let reason = match codec {
                Codec::Ffv1 => "ffv1 codes every frame alone".to_string(),
                _ => format!("1 to the {segment_frames} frames of a segment"),
            };
            return Err(Invalid::new("video.gop", gop, reason));
        }
        Ok(Video { codec, preset, crf, gop, pix_fmt, container })
    }
}

/// Frames of a segment where nothing is said: a second's. It depends on the recipe only, never on the
/// machine.
fn segment_frames(source: &Source, fps: FrameRate, frames: u64) -> u32 {
    let of = |seconds: f64| (fps.as_f64() * seconds).round().max(1.0) as u64;
    let second = of(1.0);
    let segment = match source.parameters() {
        Some(parameters) => parameters.segment_frames(second, frames),
        // Every segment begins with a search in a film, from its last key frame on.
        None => of(4.0),
    };
    segment.max(frames.div_ceil(MAX_SEGMENTS)) as u32
}

fn sweep(text: &str, path: &Path) -> Result<Vec<sweep::Combination>> {
    sweep::expand(text).map_err(|reason| Error::RecipeFile { path: path.into(), reason })
}

fn images(draft: &ImagesDraft) -> Result<Images, Invalid> {
    let format = draft.format.unwrap_or(ImageFormat::Png);
    let (png_level, jpg_quality) = match (format, draft.png_level, draft.jpg_quality) {
        (ImageFormat::Jpg, Some(level), _) => {
            return Err(Invalid::new("images.png-level", level, "the images are jpg"));
        }
        (ImageFormat::Png, _, Some(quality)) => {
            return Err(Invalid::new("images.jpg-quality", quality, "the images are png"));
        }
        (ImageFormat::Png, level, _) => (Some(level.unwrap_or(1)), None),
        (ImageFormat::Jpg, _, quality) => (None, Some(quality.unwrap_or(90))),
    };
    if let Some(level) = png_level.filter(|l| *l > 9) {
        return Err(Invalid::new("images.png-level", level, "a level is 0 (stored) to 9"));
    }
    if let Some(quality) = jpg_quality.filter(|q| !(1..=100).contains(q)) {
        return Err(Invalid::new("images.jpg-quality", quality, "a quality is 1 to 100"));
    }
    Ok(Images { format, png_level, jpg_quality })
}
