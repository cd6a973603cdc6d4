//! How bright and how colourful the pictures of a film are meant to be.

use ffmpeg_next::Stream;
use ffmpeg_next::codec::packet::side_data::Type as StreamData;
use ffmpeg_next::color::{Primaries, TransferCharacteristic};
use ffmpeg_next::frame::Video;
use ffmpeg_next::frame::side_data::Type as FrameData;

use crate::values::named;

named! {
    /// How a film codes brightness.
    DynamicRange as "dynamic range" {
        /// For an ordinary screen.
        Sdr = "SDR",
        /// HDR, as numbers of nits (SMPTE ST 2084).
        Pq = "PQ",
        /// HDR, as parts of what the screen can show (ITU-R BT.2100).
        Hlg = "HLG",
    }
}

impl DynamicRange {
    pub(super) fn of(transfer: TransferCharacteristic) -> Self {
        match transfer {
            TransferCharacteristic::SMPTE2084 => Self::Pq,
            TransferCharacteristic::ARIB_STD_B67 => Self::Hlg,
            _ => Self::Sdr,
        }
    }
}

/// The brightness of SDR white in an HDR picture, in nits (ITU-R BT.2408, as mpv has it).
pub(super) const WHITE: f64 = 203.0;
/// The brightest of a film that does not say, and of HLG on its reference screen, in nits.
pub(super) const BRIGHTEST: u32 = 1000;
/// Colours that go beyond those of BT.709.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Gamut {
    Bt709,
    Bt2020,
    P3,
}

/// The light of a picture that an ordinary screen cannot show as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Light {
    pub range: DynamicRange,
    pub gamut: Gamut,
    /// The brightest, in nits.
    pub peak: u32,
}

impl Light {
    /// That of `picture`; `None` if it is shown as it is. `peak`: the brightest of its film, if that says so.
    pub(super) fn of(picture: &Video, peak: Option<u32>) -> Option<Self> {
        let range = DynamicRange::of(picture.color_transfer_characteristic());
        let gamut = match picture.color_primaries() {
            Primaries::BT2020 => Gamut::Bt2020,
            Primaries::SMPTE432 => Gamut::P3,
            _ => Gamut::Bt709,
        };
        let data = |kind| picture.side_data(kind).map(|side| side.data().to_vec());
        let own = || {
            let levels = data(FrameData::ContentLightLevel);
            brightest(levels.as_deref(), data(FrameData::MasteringDisplayMetadata).as_deref())
        };
        let peak = match range {
            DynamicRange::Pq => own().or(peak).unwrap_or(BRIGHTEST),
            _ => BRIGHTEST,
        };
        let is_plain = range == DynamicRange::Sdr && gamut == Gamut::Bt709;
        (!is_plain).then_some(Self { range, gamut, peak })
    }
}

/// The brightest that a stream says its pictures are, in nits.
pub(super) fn peak(stream: &Stream) -> Option<u32> {
    let data = |kind| stream.side_data().find(|side| side.kind() == kind);
    let (levels, screen) =
        (data(StreamData::ContentLightLevel), data(StreamData::MasteringDisplayMetadata));
    let bytes = |side: Option<_>| {
        side.map(|side: ffmpeg_next::codec::packet::SideData| side.data().to_vec())
    };
    brightest(bytes(levels).as_deref(), bytes(screen).as_deref())
}

/// From FFmpeg's `AVContentLightMetadata` and `AVMasteringDisplayMetadata`: the brightest pixel of the film, or else
/// what the screen could show on which it was made.
fn brightest(levels: Option<&[u8]>, screen: Option<&[u8]>) -> Option<u32> {
    let number = |bytes: &[u8], at: usize| {
        let bytes = bytes.get(at * 4..at * 4 + 4)?;
        Some(i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    };
    let pixel = levels.and_then(|levels| number(levels, 0)).filter(|nits| *nits > 0);
    let screen = || {
        // Ten fractions: the primaries, white, the darkest, the brightest; then whether each half is there.
        let screen = screen?;
        let (over, under) = (number(screen, 18)?, number(screen, 19)?);
        (number(screen, 21)? != 0 && over > 0 && under > 0).then(|| over / under)
    };
    let nits = pixel.or_else(screen)?;
    u32::try_from(nits).ok().map(|nits| nits.clamp(WHITE as u32, 10_000))
}
