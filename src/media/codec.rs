//! What each codec offers: presets, qualities, pixel formats, containers, limits.

use serde::Serialize;

use super::sound::{SoundCodec, SoundFormat};
use crate::values::{Bitrate, FrameRate, Size, named};

/// How frames are encoded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Video {
    /// The codec.
    pub codec: Codec,
    /// One of the codec's presets, by name.
    pub preset: String,
    /// Constant rate factor, 0 (best) to the codec's limit; `None` if the codec is lossless.
    pub crf: Option<u32>,
    /// Frames from one key frame to the next, 1 to the segment's.
    pub gop: u32,
    /// The pixel format.
    pub pix_fmt: PixFmt,
    /// The container of the result.
    pub container: Container,
    /// How sound is coded, where there is some.
    #[serde(flatten)]
    pub sound: Option<SoundCoding>,
}

/// How sound is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SoundCoding {
    /// The codec.
    #[serde(rename = "sound-codec")]
    pub codec: SoundCodec,
    /// Bits a second; `None` where the codec is lossless.
    #[serde(rename = "sound-bitrate", skip_serializing_if = "Option::is_none")]
    pub bitrate: Option<Bitrate>,
}

impl SoundCoding {
    /// That of remixes, where nothing is said.
    pub const OF_REMIXES: Self = Self { codec: SoundCodec::Aac, bitrate: Some(Bitrate(192_000)) };
}

impl Video {
    /// The container of segments: MP4 keeps the decoding times of B-frames, which Matroska loses. FFV1 has none and is
    /// not allowed in MP4, and VP9 with alpha needs a place beside its packets.
    pub fn segment_container(&self) -> Container {
        match self.codec {
            Codec::Ffv1 => Container::Mkv,
            _ if self.pix_fmt.has_alpha() => Container::Mkv,
            // MP4 has no place for PCM.
            _ if self.sound.is_some_and(|sound| sound.codec == SoundCodec::Pcm) => Container::Mov,
            _ => Container::Mp4,
        }
    }

    /// Bytes that one encoder takes for pictures of `pixels` at 8 bits: references, lookahead and tables. Measured at
    /// 1920x1080, rounded up.
    pub(crate) fn encoder_memory(&self, pixels: u64) -> u64 {
        pixels
            * match self.codec {
                Codec::H264 | Codec::H264Rgb if self.codec.is_lean(&self.preset) => 30,
                Codec::H264 | Codec::H264Rgb => 70,
                Codec::H265 => 90,
                Codec::Av1 => 180,
                // Alpha has an encoder of its own.
                Codec::Vp9 if self.pix_fmt.has_alpha() => 180,
                Codec::Vp9 => 90,
                Codec::Ffv1 => 180,
            }
    }
}

/// What the segments of a video and its film have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FilmFormat {
    /// Pixels of a frame.
    pub size: Size,
    /// Frames a second.
    pub fps: FrameRate,
    /// Number of frames of the film.
    pub frames: u64,
    /// How its sound is coded, if it has sound.
    pub sound: Option<SoundFormat>,
}

named! {
    /// A video codec.
    Codec as "codec" {
        /// H.264 by libx264.
        H264 = "h264",
        /// H.265 by libx265.
        H265 = "h265",
        /// AV1 by SVT-AV1.
        Av1 = "av1",
        /// VP9 by libvpx.
        Vp9 = "vp9",
        /// FFV1, lossless.
        Ffv1 = "ffv1",
        /// H.264 in RGB without loss, by libx264.
        H264Rgb = "h264-rgb",
    }
}

named! {
    /// A pixel format, by FFmpeg's name.
    PixFmt as "pixel format" {
        /// 8-bit YUV, colour at half the width and height.
        Yuv420p = "yuv420p",
        /// 8-bit YUV, colour at half the width.
        Yuv422p = "yuv422p",
        /// 8-bit YUV, colour in full.
        Yuv444p = "yuv444p",
        /// 10-bit YUV, colour at half the width and height.
        Yuv420p10 = "yuv420p10le",
        /// 10-bit YUV, colour at half the width.
        Yuv422p10 = "yuv422p10le",
        /// 10-bit YUV, colour in full.
        Yuv444p10 = "yuv444p10le",
        /// 8-bit RGB, packed.
        Rgb24 = "rgb24",
        /// 8-bit BGR in four bytes a pixel.
        Bgr0 = "bgr0",
        /// 8-bit BGR with alpha.
        Bgra = "bgra",
        /// 8-bit YUV with alpha, colour at half the width and height.
        Yuva420p = "yuva420p",
    }
}

impl PixFmt {
    /// Binary logarithms of how much coarser colour is than brightness, across and down.
    pub fn chroma_shift(self) -> (u32, u32) {
        match self {
            Self::Yuv420p | Self::Yuv420p10 | Self::Yuva420p => (1, 1),
            Self::Yuv422p | Self::Yuv422p10 => (1, 0),
            _ => (0, 0),
        }
    }

    /// True for RGB, which no colour matrix touches.
    pub fn is_rgb(self) -> bool {
        matches!(self, Self::Rgb24 | Self::Bgr0 | Self::Bgra)
    }

    /// True if it holds how transparent pixels are.
    pub fn has_alpha(self) -> bool {
        matches!(self, Self::Bgra | Self::Yuva420p)
    }

    /// Bits in a sample.
    pub fn depth(self) -> u32 {
        match self {
            Self::Yuv420p10 | Self::Yuv422p10 | Self::Yuv444p10 => 10,
            _ => 8,
        }
    }

    /// The size that is coded for a picture of `size`: coarser colour wants whole pairs of pixels.
    pub fn coded_size(self, size: Size) -> Size {
        let (h, v) = self.chroma_shift();
        Size::new(size.width.next_multiple_of(1 << h), size.height.next_multiple_of(1 << v))
    }
}

named! {
    /// A container, by the ending of its files.
    Container as "container" {
        /// MP4, index in front.
        Mp4 = "mp4",
        /// Matroska.
        Mkv = "mkv",
        /// WebM.
        Webm = "webm",
        /// QuickTime, index in front.
        Mov = "mov",
    }
}

/// The presets of x264 and x265.
const X26X: &[&str] = &[
    "ultrafast",
    "superfast",
    "veryfast",
    "faster",
    "fast",
    "medium",
    "slow",
    "slower",
    "veryslow",
    "placebo",
];

const YUV_AND_ALPHA: &[PixFmt] = &[
    PixFmt::Yuv420p,
    PixFmt::Yuv422p,
    PixFmt::Yuv444p,
    PixFmt::Yuv420p10,
    PixFmt::Yuv422p10,
    PixFmt::Yuv444p10,
    PixFmt::Yuva420p,
];

/// All but the last.
const YUV: &[PixFmt] = YUV_AND_ALPHA.split_at(6).0;

impl Codec {
    /// FFmpeg's name of the encoder.
    pub fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "libx264",
            Self::H265 => "libx265",
            Self::Av1 => "libsvtav1",
            Self::Vp9 => "libvpx-vp9",
            Self::Ffv1 => "ffv1",
            Self::H264Rgb => "libx264rgb",
        }
    }

    /// Presets, in the encoder's own order. For VP9 they are the values of `cpu-used`, from 6 on
    /// with the realtime deadline, as `good` ends at 5.
    pub fn presets(self) -> &'static [&'static str] {
        match self {
            Self::H264 | Self::H265 | Self::H264Rgb => X26X,
            Self::Av1 => {
                &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13"]
            }
            Self::Vp9 => &["0", "1", "2", "3", "4", "5", "6", "7", "8"],
            Self::Ffv1 => &["default"],
        }
    }

    /// The highest (worst) CRF, and the default one; `None` where the codec is lossless.
    pub fn crf(self) -> Option<(u32, u32)> {
        match self {
            Self::H264 => Some((51, 23)),
            Self::H265 => Some((51, 28)),
            Self::Av1 => Some((63, 35)),
            Self::Vp9 => Some((63, 31)),
            Self::Ffv1 | Self::H264Rgb => None,
        }
    }

    /// Pixel formats, the default first.
    pub fn pix_fmts(self) -> &'static [PixFmt] {
        match self {
            Self::H264 | Self::H265 => YUV,
            Self::Vp9 => YUV_AND_ALPHA,
            Self::Av1 => &[PixFmt::Yuv420p, PixFmt::Yuv420p10],
            Self::Ffv1 => &[
                PixFmt::Bgr0,
                PixFmt::Bgra,
                PixFmt::Yuv420p,
                PixFmt::Yuv422p,
                PixFmt::Yuv444p,
                PixFmt::Yuv420p10,
                PixFmt::Yuv422p10,
                PixFmt::Yuv444p10,
            ],
            Self::H264Rgb => &[PixFmt::Rgb24],
        }
    }

    /// Containers that players accept it in, the default first.
    pub fn containers(self) -> &'static [Container] {
        match self {
            Self::H264 | Self::H265 | Self::H264Rgb => {
                &[Container::Mp4, Container::Mkv, Container::Mov]
            }
            Self::Av1 | Self::Vp9 => &[Container::Mp4, Container::Mkv, Container::Webm],
            Self::Ffv1 => &[Container::Mkv],
        }
    }

    /// The smallest and largest coded size: least side, most across, most down.
    pub fn limits(self) -> (u32, u32, u32) {
        match self {
            Self::H264 | Self::H264Rgb => (2, 16384, 16384),
            Self::H265 => (16, 8192, 8192),
            Self::Av1 => (64, 8192, 4352),
            Self::Vp9 => (2, 16384, 16384),
            Self::Ffv1 => (2, 32768, 32768),
        }
    }

    /// True of an encoder that must be the only one in the process, and then encodes with many threads. SVT-AV1
    /// keeps tables for the whole process: opening an encoder empties and fills them again while others read them,
    /// and closing one frees what another may be opening with.
    pub fn is_alone(self) -> bool {
        self == Self::Av1
    }

    /// True for the presets that run without B-frames and lookahead, whose pictures would double
    /// an encoder's memory, and with it that of every thread. The slower ones are for who wants
    /// small files.
    pub(super) fn is_lean(self, preset: &str) -> bool {
        matches!(self, Self::H264 | Self::H264Rgb)
            && matches!(preset, "ultrafast" | "superfast" | "veryfast")
    }
}

impl Container {
    /// True if films of `codec` in `pix_fmt` go into it.
    pub fn takes(self, codec: Codec, pix_fmt: PixFmt) -> bool {
        codec.containers().contains(&self) && !(self == Self::Mp4 && pix_fmt.has_alpha())
    }

    /// The codecs of sound that go into it, the default first.
    pub fn sounds(self) -> &'static [SoundCodec] {
        match self {
            Self::Mp4 => &[SoundCodec::Aac, SoundCodec::Opus, SoundCodec::Flac],
            Self::Mkv => &[SoundCodec::Opus, SoundCodec::Aac, SoundCodec::Flac, SoundCodec::Pcm],
            Self::Webm => &[SoundCodec::Opus],
            Self::Mov => &[SoundCodec::Aac, SoundCodec::Pcm],
        }
    }

    /// FFmpeg's name of the muxer.
    pub(super) fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mkv => "matroska",
            Self::Webm => "webm",
            Self::Mov => "mov",
        }
    }
}
