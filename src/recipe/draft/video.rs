//! How frames are written, with open ends.

use serde::Deserialize;

use crate::error::{Invalid, did_you_mean};
use crate::media::{Codec, Container, PixFmt, SoundCodec, SoundCoding, SoundFormat, Video};
use crate::recipe::{ImageFormat, Images, Source, preset};
use crate::sound::Sound;
use crate::values::{Bitrate, FrameRate, Size};

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
    /// The container's first if absent; beside FFV1 FLAC, of a remix AAC where that goes.
    pub sound_codec: Option<SoundCodec>,
    /// The codec's own default if absent.
    pub sound_bitrate: Option<Bitrate>,
}

/// What is heard, as far as it says how it is coded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    /// Samples a second.
    rate: u32,
    channels: u32,
    /// True if it is a remix's own sound and nothing else.
    is_remix: bool,
}

impl Heard {
    /// What is heard of these; `None` if the film is silent.
    pub fn of(sound: Option<&Sound>, source: &Source) -> Option<Self> {
        match sound {
            Some(sound) => {
                Some(Self { rate: sound.rate, channels: sound.channels, is_remix: false })
            }
            None => source.sound().map(|rate| Self { rate, channels: 2, is_remix: true }),
        }
    }
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
        heard: Option<Heard>,
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
        // What is transparent is for browsers and mixers of live pictures, which take WebM. That has no place for AAC,
        // which is what remixes had first.
        let is_web =
            |c: &&Container| **c == Container::Webm && heard.is_none_or(|heard| !heard.is_remix);
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
        let sound = self.sound(codec, container, heard)?;
        if let (Some(SoundCoding { codec, .. }), Some(Heard { rate, channels, .. })) =
            (sound, heard)
            && !crate::media::fits(
                frames,
                fps,
                Some(SoundFormat { codec, rate, channels, bitrate: 0 }),
            )
        {
            let reason = format!(
                "a .{container} with sound at {rate} Hz has fewer frames, since an index of 2 GiB holds no \
                 more; make several, or one without sound"
            );
            return Err(Invalid::new("frames", frames, reason));
        }
        if matches!(container, Container::Mkv | Container::Webm) && fps.as_f64() > 500.0 {
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
        // What remixes had before anything could be said of it is no part of their recipes.
        let sound = sound.filter(|sound| {
            heard.is_none_or(|heard| !heard.is_remix) || *sound != SoundCoding::OF_REMIXES
        });
        Ok(Video { codec, preset, crf, gop, pix_fmt, container, sound })
    }

    /// How sound is coded in a film of `codec`.
    fn sound(
        &self,
        codec: Codec,
        container: Container,
        heard: Option<Heard>,
    ) -> Result<Option<SoundCoding>, Invalid> {
        let Some(Heard { rate, channels, is_remix }) = heard else {
            let bitrate = self.sound_bitrate.map(|bitrate| ("sound-bitrate", bitrate.to_string()));
            let said = self.sound_codec.map(|codec| ("sound-codec", codec.to_string())).or(bitrate);
            return match said {
                Some((key, value)) => {
                    let reason = "nothing is heard; a track is [sound] or --sound FILE";
                    Err(Invalid::new(&format!("video.{key}"), value, reason))
                }
                None => Ok(None),
            };
        };
        let fitting = container.sounds();
        let own = match codec {
            _ if is_remix => SoundCodec::Aac,
            Codec::Ffv1 => SoundCodec::Flac,
            _ => fitting[0],
        };
        let takes = |codec: &SoundCodec| codec.rates().is_empty() || codec.rates().contains(&rate);
        let own = if fitting.contains(&own) { own } else { fitting[0] };
        // A remix has the rate of its films, which Opus may not take.
        let aac = SoundCodec::Aac;
        let own = if !takes(&own) && fitting.contains(&aac) && takes(&aac) { aac } else { own };
        let coded = self.sound_codec.unwrap_or(own);
        if !fitting.contains(&coded) {
            let known = fitting.iter().map(|codec| codec.name()).collect::<Vec<_>>().join(", ");
            let reason = format!("the sound in .{container} is {known}");
            return Err(Invalid::new("video.sound-codec", coded, reason));
        }
        let rates = coded.rates();
        if !rates.is_empty() && !rates.contains(&rate) {
            let known = rates.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            let key = if is_remix { "remix.sound" } else { "sample-rate" };
            let reason = format!("{coded} takes {known} samples a second");
            return Err(Invalid::new(key, rate, reason));
        }
        // What FFmpeg's encoder of FLAC and its muxer of MOV have a place for.
        let beyond = match (coded, container) {
            (SoundCodec::Flac, _) if rate >= 65_535 && !rate.is_multiple_of(10) => {
                Some("flac takes rates below 65535, and above multiples of 10")
            }
            (SoundCodec::Pcm, Container::Mov) if rate > 65_535 => {
                Some("pcm in .mov has a rate of up to 65535; .mkv takes more")
            }
            _ => None,
        };
        if let Some(reason) = beyond {
            return Err(Invalid::new("sample-rate", rate, reason));
        }
        let bitrate = match (coded.bitrates(channels), self.sound_bitrate) {
            (None, Some(bitrate)) => {
                let reason = format!("{coded} is lossless and has no bitrate to set");
                return Err(Invalid::new("video.sound-bitrate", bitrate, reason));
            }
            (Some((range, _)), Some(bitrate)) if !range.contains(&bitrate.0) => {
                let (least, most) = (Bitrate(range.start), Bitrate(range.end - 1));
                let reason = format!("the bitrate of {coded} is {least} to {most}");
                return Err(Invalid::new("video.sound-bitrate", bitrate, reason));
            }
            (limits, bitrate) => bitrate.or(limits.map(|(_, own)| Bitrate(own))),
        };
        Ok(Some(SoundCoding { codec: coded, bitrate }))
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
