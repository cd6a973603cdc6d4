//! How frames are written, with open ends.

use serde::Deserialize;

use crate::error::{Invalid, did_you_mean};
use crate::media::{Codec, Container, PixFmt, Video};
use crate::recipe::{ImageFormat, Images, Source, preset};
use crate::values::{FrameRate, Size};

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

impl VideoDraft {
    /// Settles what was left open for the frames of `source`.
    pub(super) fn resolve(
        self,
        source: &Source,
        size: Size,
        (fps, frames): (FrameRate, u64),
        segment_frames: u32,
    ) -> Result<Video, Invalid> {
        let codec = self.codec.unwrap_or(Codec::H264);
        let formats = codec.pix_fmts();
        let holds_alpha = |format: &&PixFmt| {
            let is_taken = |container: Container| container.takes(codec, **format);
            format.has_alpha() && self.container.is_none_or(is_taken)
        };
        let with_alpha = formats.iter().find(holds_alpha).filter(|_| source.is_transparent());
        let pix_fmt = self.pix_fmt.unwrap_or(*with_alpha.unwrap_or(&formats[0]));
        if !formats.contains(&pix_fmt) {
            let known = formats.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
            let reason = format!("{codec} takes {known}");
            return Err(Invalid::new("video.pix-fmt", pix_fmt, reason));
        }
        let fitting: Vec<_> =
            Container::ALL.iter().copied().filter(|c| c.takes(codec, pix_fmt)).collect();
        // What is transparent is for browsers and mixers of live pictures, which take WebM. That has no place for AAC.
        let is_web = |c: &&Container| **c == Container::Webm && source.sound().is_none();
        let web = fitting.iter().find(is_web).filter(|_| pix_fmt.has_alpha());
        let container = self.container.unwrap_or(*web.unwrap_or(&fitting[0]));
        if !fitting.contains(&container) {
            let known = fitting.iter().map(|c| format!(".{c}")).collect::<Vec<_>>().join(", ");
            let coded = if codec.containers().contains(&container) {
                format!("{codec} in {pix_fmt}")
            } else {
                codec.to_string()
            };
            let reason = format!("{coded} goes into {known}");
            return Err(Invalid::new("video.container", container, reason));
        }
        if source.sound().is_some() && container == Container::Webm {
            let reason = "WebM takes no AAC; write .mp4 or .mkv, or --no-sound";
            return Err(Invalid::new("video.container", container, reason));
        }
        if let Some(rate) =
            source.sound().filter(|rate| !crate::media::fits(frames, fps, Some(*rate)))
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
        let preset = match self.preset.as_deref() {
            None | Some("auto") => preset::auto(codec, source.content()).to_string(),
            Some(name) if codec.presets().contains(&name) => name.to_string(),
            Some(name) => {
                let near = did_you_mean(name, codec.presets().iter().copied());
                let known = codec.presets().join(", ");
                let reason = format!("unknown preset of {codec}{near} (known: auto, {known})");
                return Err(Invalid::new("video.preset", name, reason));
            }
        };
        let crf = match (codec.crf(), self.crf) {
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
        let gop = self.gop.unwrap_or(preset::gop(codec, source.content(), segment_frames));
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

impl ImagesDraft {
    /// Settles what was left open.
    pub(super) fn resolve(&self) -> Result<Images, Invalid> {
        let format = self.format.unwrap_or(ImageFormat::Png);
        let (png_level, jpg_quality) = match (format, self.png_level, self.jpg_quality) {
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
}
