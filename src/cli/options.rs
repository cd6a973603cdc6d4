//! The options that commands share.

use std::path::PathBuf;

use clap::ArgAction;
use genmedia::Error;
use genmedia::compose::effect::{each_once, key_values};
use genmedia::compose::{Effect, EffectDraft};
use genmedia::error::{Invalid, Origin, did_you_mean};
use genmedia::generate::Text;
use genmedia::generate::text::TextDraft;
use genmedia::media::{Codec, Container, PixFmt, SoundCodec};
use genmedia::parameters::{Described, Table};
use genmedia::playlist::time;
use genmedia::recipe::{Draft, FrameRate, ImageFormat, ImagesDraft, Seed, Size, VideoDraft};
use genmedia::values::{Bitrate, Form, whole};

use super::tracks::SoundOptions;

/// Where jobs are.
#[derive(Debug, clap::Args)]
pub(super) struct Dir {
    /// Folder of the jobs
    #[arg(long, value_name = "DIR", env = "GENMEDIA_DIR", default_value = "jobs")]
    pub dir: PathBuf,
}

/// What is rendered, whichever generator draws it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Video")]
pub struct Common {
    /// Number of frames [default: as many as its --sound lasts, or 300]
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    frames: Option<u64>,
    /// As many frames as take this time: 10, 90s, 1:30
    #[arg(long, value_name = "TIME", value_parser = some_time, conflicts_with = "frames")]
    #[arg(allow_negative_numbers = true)]
    duration: Option<u64>,
    /// What chance starts from: a number, or random [default: 1]
    #[arg(long, value_name = "N|random", allow_negative_numbers = true)]
    seed: Option<Seed>,
    /// Close the circle: the frame after the last is the first
    #[arg(long = "loop")]
    looped: bool,
    #[command(flatten)]
    pub look: LookOptions,
    #[command(flatten)]
    sound: SoundOptions,
    #[command(flatten)]
    pub video: VideoOptions,
}

/// What frames are put through, and what is written over them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Video")]
pub struct LookOptions {
    #[arg(long = "effect", value_name = "EFFECT", allow_hyphen_values = true, help = effects())]
    effects: Vec<EffectDraft>,
    /// Write this over each frame, with {frame}, {time}, {timecode}, {u}, {seed}, {name} or formulas filled in
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: Option<String>,
    /// How it is written: KEY=VALUE,... of render text, such as anchor=bottom-left,font-size=40,box=black
    #[arg(long, value_name = "STYLE", requires = "text", value_parser = style)]
    text_style: Option<TextDraft>,
}

impl LookOptions {
    /// Puts what `draft` draws through the effects, and lays the text over it, if there is one.
    pub(super) fn lay(&self, draft: &mut Draft) {
        draft.effect.extend(self.effects.iter().cloned());
        if let Some(text) = &self.text {
            let style = self.text_style.clone().unwrap_or_default();
            // Shells have no easy way to type another line.
            let content = Some(text.replace("\\n", "\n"));
            draft.lay_text(TextDraft { content, ..style });
        }
    }
}

/// The style of a text, as `KEY=VALUE,...`.
fn style(text: &str) -> Result<TextDraft, String> {
    let mut draft = TextDraft::default();
    let parameters = Text::parameters().into_iter().filter(|p| p.form != Form::Record);
    let keys: Vec<String> = parameters.map(|parameter| parameter.key).collect();
    let values = key_values(text);
    each_once(&values)?;
    for (key, value) in values {
        if key == "content" || !keys.contains(&key) {
            let near = did_you_mean(&key, keys.iter().map(String::as_str));
            return Err(format!("text has no '{key}'{near} (known: {})", keys[1..].join(", ")));
        }
        draft.set(&key, &[value]).map_err(|e| format!("{key}: {e}"))?;
    }
    Ok(draft)
}

/// The effects, for the help.
fn effects() -> String {
    format!(
        "What each frame is put through: NAME, NAME=VALUE or NAME,KEY=VALUE,...; several in order (see docs/reference.md): {}",
        Effect::NAMES.join(", ")
    )
}

impl Common {
    /// The part of the recipe that these options say.
    pub(super) fn draft(&self) -> Result<Draft, Error> {
        let fps = self.video.fps.unwrap_or(FrameRate::DEFAULT);
        let frames = self.frames.or(self.duration.map(|time| fps.frames(time).max(1)));
        let looped = self.looped.then_some(true);
        let mut draft = Draft { frames, looped, seed: self.seed, ..self.video.draft()? };
        self.sound.add(&mut draft)?;
        Ok(draft)
    }
}

/// How it is encoded, and where it goes.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Video")]
pub struct VideoOptions {
    /// Size in pixels [default: 1024x768; polygon 1920x1080; remix that of the first piece]
    #[arg(long, value_name = "WxH")]
    pub size: Option<Size>,
    /// Frames a second: 30, 23.976 or 30000/1001 [default: 30; remix that of the first piece]
    #[arg(long, value_name = "R")]
    pub fps: Option<FrameRate>,
    /// Name of the job [default: generator and a hash of the recipe]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Write the result here; .mp4, .mkv, .webm or .mov [default: DIR/NAME/NAME.mp4]
    #[arg(short, long, value_name = "FILE", conflicts_with = "no_video")]
    pub output: Option<PathBuf>,
    /// Frames in a segment, the unit of parallel work and of resumption [default: those of a second;
    /// remix those of 4 seconds; exec a 32nd of all, a second at most]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    segment_frames: Option<u32>,
    /// h264, h265, av1, vp9, ffv1 or h264-rgb [default: h264]
    #[arg(long, value_name = "C")]
    codec: Option<Codec>,
    /// One of the encoder's presets, or auto: what suits the generator [default: auto]
    #[arg(long, value_name = "P")]
    preset: Option<String>,
    /// Quality, 0 (best) to 51 (63 for av1 and vp9) [default: 23; h265 28, av1 35, vp9 31]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    crf: Option<u32>,
    /// Frames from key frame to key frame, up to a segment [default: a segment; h264 noise 1]
    #[arg(long, value_name = "N", value_parser = whole::<u32>, allow_negative_numbers = true)]
    gop: Option<u32>,
    /// Pixel format: yuv420p, yuv422p, yuv444p, or these with 10le [default: yuv420p]
    #[arg(long, value_name = "F")]
    pix_fmt: Option<PixFmt>,
    /// Codec of the sound: aac, opus, flac or pcm [default: aac in .mp4 and .mov, opus in .webm and .mkv, flac
    /// beside ffv1]
    #[arg(long, value_name = "C")]
    sound_codec: Option<SoundCodec>,
    /// Bits of the sound a second, such as 192k [default: aac 192k, opus 160k; half of it in mono]
    #[arg(long, value_name = "R")]
    sound_bitrate: Option<Bitrate>,
    /// Write every frame as an image as well: png, jpg or none
    #[arg(long, value_name = "FORMAT", value_parser = parse_images)]
    images: Option<ImagesChoice>,
    /// PNG compression: 0 (stored), 1 (fast) to 9 (small) [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u8>, allow_negative_numbers = true)]
    png_level: Option<u8>,
    /// JPEG quality, 1 to 100 [default: 90]
    #[arg(long, value_name = "N", value_parser = whole::<u8>, allow_negative_numbers = true)]
    jpg_quality: Option<u8>,
    /// Write images only
    #[arg(long, action = ArgAction::SetTrue)]
    no_video: bool,
}

/// A time above nothing, in microseconds.
pub(super) fn some_time(text: &str) -> Result<u64, String> {
    match time::parse(text)? {
        0 => Err("more than nothing is expected".into()),
        time => Ok(time),
    }
}

/// `--images`: a format, or none.
#[derive(Debug, Clone, Copy)]
struct ImagesChoice(Option<ImageFormat>);

fn parse_images(text: &str) -> Result<ImagesChoice, String> {
    match text {
        "none" => Ok(ImagesChoice(None)),
        text => text.parse().map(|format| ImagesChoice(Some(format))),
    }
}

impl VideoOptions {
    /// The part of the recipe that these options say.
    pub(super) fn draft(&self) -> Result<Draft, Error> {
        let format = self.images.and_then(|choice| choice.0);
        let about_images = format.is_some() || self.png_level.or(self.jpg_quality).is_some();
        if about_images && format.is_none() {
            let (flag, value) = match self.png_level {
                Some(level) => ("png-level", level),
                None => ("jpg-quality", self.jpg_quality.unwrap_or_default()),
            };
            return Err(flag_error(flag, value, "no images are written; add --images"));
        }
        Ok(Draft {
            origin: Origin::Flags,
            name: self.name.clone(),
            size: self.size,
            fps: self.fps,
            segment_frames: self.segment_frames,
            video: Some(VideoDraft {
                enabled: Some(!self.no_video),
                codec: self.codec,
                preset: self.preset.clone(),
                crf: self.crf,
                gop: self.gop,
                pix_fmt: self.pix_fmt,
                container: self.container()?,
                sound_codec: self.sound_codec,
                sound_bitrate: self.sound_bitrate,
            }),
            images: format.map(|format| ImagesDraft {
                format: Some(format),
                png_level: self.png_level,
                jpg_quality: self.jpg_quality,
            }),
            ..Draft::default()
        })
    }

    /// The container that the output's ending asks for.
    fn container(&self) -> Result<Option<Container>, Error> {
        let Some(output) = &self.output else { return Ok(None) };
        let codec = self.codec.unwrap_or(Codec::H264);
        let fitting = codec.containers();
        let list = fitting.iter().map(|c| format!(".{c}")).collect::<Vec<_>>().join(", ");
        let ending = output.extension().and_then(|e| e.to_str()).unwrap_or_default();
        match ending.parse::<Container>() {
            Ok(container) if fitting.contains(&container) => Ok(Some(container)),
            Ok(other) => {
                let takes = |codec: &&Codec| codec.containers().contains(&other);
                let codecs: Vec<_> = Codec::ALL.iter().filter(takes).map(|c| c.name()).collect();
                let reason = format!(
                    "{codec} goes into {list}; for .{other} --codec is {}",
                    codecs.join(" or ")
                );
                Err(flag_error("output", output.display(), reason))
            }
            Err(_) => {
                let reason = format!(
                    "the ending of its name chooses the container; {codec} goes into {list}"
                );
                Err(flag_error("output", output.display(), reason))
            }
        }
    }
}

/// A mistake in a flag.
pub(super) fn flag_error(
    flag: &str,
    value: impl std::fmt::Display,
    reason: impl Into<String>,
) -> Error {
    Invalid::new(flag, value, reason).from_origin(&Origin::Flags).into()
}
