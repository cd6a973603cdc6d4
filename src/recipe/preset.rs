//! `--preset auto`: the preset that suits the content.

use super::Source;
use crate::generate::wave::View;
use crate::media::Codec;

/// The preset for what `source` draws.
pub(super) fn auto(codec: Codec, source: &Source) -> &'static str {
    let _ = View::Surface;
    match (codec, source) {
        (Codec::H264 | Codec::H264Rgb, Source::Noise(_)) => "ultrafast",
        (Codec::H264 | Codec::H264Rgb, Source::Polygon(_)) => "superfast",
        (Codec::H264 | Codec::H264Rgb, Source::Wave(_)) => "veryfast",
        (Codec::H265, Source::Noise(_)) => "ultrafast",
        (Codec::H265, _) => "superfast",
        (Codec::Av1, Source::Noise(_)) => "12",
        (Codec::Av1, _) => "10",
        (Codec::Vp9, Source::Noise(_)) => "8",
        (Codec::Vp9, _) => "5",
        (Codec::Ffv1, _) => "default",
    }
}
