//! `--preset auto`: the preset that suits the content.

use crate::generate::Content;
use crate::media::Codec;

/// The preset for pictures of that kind, from the measurements in docs/presets.md.
///
/// Noise and a tangle of lines have nothing that a better search would find: `medium` takes ten
/// times as long as `ultrafast` for 15 % less. Smooth pictures gain as long as the encoder keeps
/// up with the drawing, and little beyond.
pub(super) fn auto(codec: Codec, content: Content) -> &'static str {
    match (codec, content) {
        (Codec::H264 | Codec::H264Rgb, Content::Random | Content::Busy) => "ultrafast",
        (Codec::H264 | Codec::H264Rgb, Content::Stripes) => "superfast",
        (Codec::H264 | Codec::H264Rgb, Content::Smooth) => "veryfast",
        (Codec::H265, Content::Random | Content::Busy | Content::Stripes) => "ultrafast",
        (Codec::H265, Content::Smooth) => "superfast",
        (Codec::Av1, Content::Random | Content::Busy) => "12",
        (Codec::Av1, Content::Stripes | Content::Smooth) => "10",
        (Codec::Vp9, Content::Random | Content::Busy) => "8",
        (Codec::Vp9, Content::Stripes | Content::Smooth) => "5",
        (Codec::Ffv1, _) => "default",
    }
}

/// Frames from key frame to key frame. In noise no frame helps to predict the next, and trying
/// costs x264 a quarter more time: there every frame stands alone.
pub(super) fn gop(codec: Codec, content: Content, segment_frames: u32) -> u32 {
    match (codec, content) {
        (Codec::Ffv1, _) => 1,
        (Codec::H264, Content::Random) => 1,
        _ => segment_frames,
    }
}
