//! `--preset auto`: the preset that suits the content.

use super::Source;
use crate::generate::wave::View;
use crate::media::Codec;

/// The preset for what `source` draws, from the measurements in docs/presets.md.
///
/// Noise and a tangle of lines have nothing that a better search would find: `medium` takes ten
/// times as long as `ultrafast` for 15 % less. Smooth pictures gain as long as the encoder keeps
/// up with the drawing, and little beyond.
pub(super) fn auto(codec: Codec, source: &Source) -> &'static str {
    enum Content {
        Busy,
        Stripes,
        Smooth,
    }
    let content = match source {
        Source::Noise(noise) if noise.is_coherent() => Content::Smooth,
        Source::Noise(_) | Source::Polygon(_) => Content::Busy,
        Source::Wave(wave) if wave.view() == View::Density => Content::Stripes,
        // What a program draws, or a film shows, is not known; this is the choice that is never far off.
        Source::Wave(_) | Source::Exec(_) | Source::Remix(_) => Content::Smooth,
    };
    match (codec, content) {
        (Codec::H264 | Codec::H264Rgb, Content::Busy) => "ultrafast",
        (Codec::H264 | Codec::H264Rgb, Content::Stripes) => "superfast",
        (Codec::H264 | Codec::H264Rgb, Content::Smooth) => "veryfast",
        (Codec::H265, Content::Busy | Content::Stripes) => "ultrafast",
        (Codec::H265, Content::Smooth) => "superfast",
        (Codec::Av1, Content::Busy) => "12",
        (Codec::Av1, Content::Stripes | Content::Smooth) => "10",
        (Codec::Vp9, Content::Busy) => "8",
        (Codec::Vp9, Content::Stripes | Content::Smooth) => "5",
        (Codec::Ffv1, _) => "default",
    }
}

/// Frames from key frame to key frame. In noise no frame helps to predict the next, and trying
/// costs x264 a quarter more time: there every frame stands alone.
pub(super) fn gop(codec: Codec, source: &Source, segment_frames: u32) -> u32 {
    match (codec, source) {
        (Codec::Ffv1, _) => 1,
        (Codec::H264, Source::Noise(noise)) if !noise.is_coherent() => 1,
        _ => segment_frames,
    }
}
