//! HDR and wide colours, as an ordinary screen shows them. In plain arithmetic, so that every machine gives the same
//! bits (the filters of FFmpeg that do this round as their processor likes).

use ffmpeg_next::codec::packet::side_data::Type as StreamData;
use ffmpeg_next::color::{Primaries, TransferCharacteristic};
use ffmpeg_next::frame::Video;
use ffmpeg_next::frame::side_data::Type as FrameData;
use ffmpeg_next::{Error as AvError, Stream, ffi};

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

/// White of an ordinary picture in one of HDR, in nits (ITU-R BT.2408, as mpv has it).
const WHITE: f64 = 203.0;
/// The brightest of a film that does not say, and of HLG on its reference screen, in nits.
const BRIGHTEST: u32 = 1000;
/// The gamma of an ordinary screen, as mpv has it.
const GAMMA: f64 = 2.2;

/// Colours that go beyond those of BT.709.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gamut {
    Bt709,
    Bt2020,
    P3,
}

/// What the light of a picture is, where an ordinary screen cannot show it as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Light {
    range: DynamicRange,
    gamut: Gamut,
    /// The brightest, in nits.
    peak: u32,
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

/// A function from 0..=1, by its values at even steps.
struct Curve(Vec<f32>);

impl Curve {
    const STEPS: usize = 4096;

    fn new(function: impl Fn(f64) -> f64) -> Self {
        let step = |n: usize| function(n as f64 / Self::STEPS as f64) as f32;
        Self((0..=Self::STEPS + 1).map(step).collect())
    }

    /// Its value at `x`, between two steps.
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        let at = x * Self::STEPS as f32;
        let step = (at as usize).min(Self::STEPS);
        let (low, high) = (self.0[step], self.0[step + 1]);
        low + (high - low) * (at - step as f32)
    }
}

/// Brings the light of pictures into what an ordinary screen can show.
pub(super) struct ToneMap {
    /// Of each of the 65 536 codes: light, where white is 1.
    linear: Vec<f32>,
    /// By how much a screen makes bright pixels brighter, by the fourth root of their brightness; of HLG.
    system: Option<Curve>,
    /// By how much a pixel becomes darker, by the fourth root of its brightest channel's part of the peak.
    gain: Curve,
    /// The brightest, where white is 1.
    peak: f32,
    /// Weights of brightness.
    luma: [f32; 3],
    /// From the film's primaries to those of BT.709.
    primaries: [[f32; 3]; 3],
    /// From the square root of light to code.
    code: Curve,
}

impl ToneMap {
    pub(super) fn new(light: Light) -> Self {
        let peak = match light.range {
            DynamicRange::Sdr => WHITE,
            _ => f64::from(light.peak),
        };
        let decode = |code: f64| match light.range {
            DynamicRange::Sdr => libm::pow(code, GAMMA),
            DynamicRange::Pq => nits(code) / WHITE,
            DynamicRange::Hlg => scene(code) * peak / WHITE,
        };
        // Rows of ITU-R BT.2087-0 and, for P3, of the same reckoning from its primaries (SMPTE EG 432-1).
        let (luma, primaries) = match light.gamut {
            Gamut::Bt709 => {
                ([0.2126, 0.7152, 0.0722], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
            }
            Gamut::Bt2020 => (
                [0.2627, 0.6780, 0.0593],
                [
                    [1.660_491, -0.587_641, -0.072_850],
                    [-0.124_55, 1.1329, -0.008_35],
                    [-0.018_151, -0.100_579, 1.118_73],
                ],
            ),
            Gamut::P3 => (
                [0.2290, 0.6917, 0.0793],
                [
                    [1.224_94, -0.224_94, 0.0],
                    [-0.042_057, 1.042_057, 0.0],
                    [-0.019_638, -0.078_636, 1.098_274],
                ],
            ),
        };
        Self {
            linear: (0..=65_535).map(|code| decode(f64::from(code) / 65_535.0) as f32).collect(),
            // The system gamma of 1.2 is on brightness (BT.2100, table 5).
            system: (light.range == DynamicRange::Hlg)
                .then(|| Curve::new(|root| libm::pow(root, 0.8))),
            gain: Curve::new(|root| match libm::pow(root, 4.0) * peak {
                bright if bright > 0.0 => mapped(bright, peak) / bright,
                _ => 1.0,
            }),
            peak: (peak / WHITE) as f32,
            luma,
            primaries,
            code: Curve::new(|root| libm::pow(root, 2.0 / GAMMA) * 65_535.0),
        }
    }

    /// Maps a picture of packed RGB, 16 bits a channel, in place.
    pub(super) fn map(&self, picture: &mut Video) -> Result<(), AvError> {
        // SAFETY: `picture` is a valid frame; FFmpeg copies buffers that somebody else refers to.
        match unsafe { ffi::av_frame_make_writable(picture.as_mut_ptr()) } {
            e if e < 0 => return Err(AvError::from(e)),
            _ => {}
        }
        let (bytes, stride) = (picture.width() as usize * 6, picture.stride(0).max(1));
        for row in picture.data_mut(0).chunks_mut(stride) {
            for pixel in row[..bytes].chunks_exact_mut(6) {
                let channel = |at: usize| u16::from_le_bytes([pixel[2 * at], pixel[2 * at + 1]]);
                let mapped = self.pixel([channel(0), channel(1), channel(2)]);
                for (bytes, channel) in pixel.chunks_exact_mut(2).zip(mapped) {
                    bytes.copy_from_slice(&channel.to_le_bytes());
                }
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn pixel(&self, codes: [u16; 3]) -> [u16; 3] {
        let mut light = codes.map(|code| self.linear[usize::from(code)]);
        let root = |part: f32| part.min(1.0).sqrt().sqrt();
        if let Some(system) = &self.system {
            let bright: f32 = (0..3).map(|c| self.luma[c] * light[c]).sum();
            let by = system.at(root(bright / self.peak));
            light = light.map(|channel| channel * by);
        }
        // The same for all channels, so that the hue stays.
        let bright = light[0].max(light[1]).max(light[2]);
        let by = self.gain.at(root(bright / self.peak));
        let mut light = self.primaries.map(|row| {
            let channel = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
            channel * by
        });
        // What is beyond the colours of BT.709 becomes grayer, and what is too bright darker, so that the hue stays.
        let least = light[0].min(light[1]).min(light[2]);
        if least < 0.0 {
            let gray = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
            let part = least / (least - gray.max(0.0));
            light = light.map(|channel| channel + (gray - channel) * part);
        }
        let most = light[0].max(light[1]).max(light[2]).max(1.0);
        light.map(|channel| {
            let root = (channel / most).max(0.0).sqrt();
            (self.code.at(root) + 0.5) as u16
        })
    }
}

/// What SMPTE ST 2084 codes as `code`, in nits.
fn nits(code: f64) -> f64 {
    let root = libm::pow(code, 32.0 / 2523.0);
    let (over, under) = ((root - 3424.0 / 4096.0).max(0.0), 2413.0 / 128.0 - 2392.0 / 128.0 * root);
    10_000.0 * libm::pow(over / under, 16384.0 / 2610.0)
}

/// The code of SMPTE ST 2084 for so many nits.
fn pq(nits: f64) -> f64 {
    let power = libm::pow(nits / 10_000.0, 2610.0 / 16384.0);
    let (over, under) = (3424.0 / 4096.0 + 2413.0 / 128.0 * power, 1.0 + 2392.0 / 128.0 * power);
    libm::pow(over / under, 2523.0 / 32.0)
}

/// Light of the scene, 0 to 1, that HLG codes as `code` (ITU-R BT.2100, table 5).
fn scene(code: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    let c = 0.5 - A * libm::log(4.0 * A);
    match code <= 0.5 {
        true => code * code / 3.0,
        false => (libm::exp((code - c) / A) + B) / 12.0,
    }
}

/// How bright an ordinary screen shows `bright` of a film that goes up to `peak`, all in nits: as it is up to a knee, then
/// by a spline to white (ITU-R BT.2390, 5.4.1, for a screen whose black is 0).
fn mapped(bright: f64, peak: f64) -> f64 {
    let (whole, white) = (pq(peak), pq(WHITE) / pq(peak));
    let (at, knee) = (pq(bright) / whole, 1.5 * white - 0.5);
    if white >= 1.0 || at < knee {
        return bright;
    }
    let t = (at.min(1.0) - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let shown = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
        + (t3 - 2.0 * t2 + t) * (1.0 - knee)
        + (3.0 * t2 - 2.0 * t3) * white;
    nits(shown * whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One gray pixel of so many nits, mapped, as light where white is 1.
    fn shown(light: Light, code: f64) -> f64 {
        let code = (code * 65_535.0).round() as u16;
        let [r, g, b] = ToneMap::new(light).pixel([code; 3]);
        assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1, "gray stays gray: {r} {g} {b}");
        libm::pow(f64::from(r) / 65_535.0, GAMMA)
    }

    #[test]
    fn the_codes_of_light_are_those_of_the_standards() {
        // SMPTE ST 2084 and ITU-R BT.2408, table 1: nits and percent of the signal.
        for (bright, percent) in
            [(0.0, 0.0), (1.0, 15.0), (100.0, 51.0), (203.0, 58.0), (1000.0, 75.0)]
        {
            assert!((pq(bright) * 100.0 - percent).abs() < 0.6, "{bright}: {}", pq(bright));
            assert!((nits(pq(bright)) - bright).abs() < 1e-6 * bright.max(1.0));
        }
        // BT.2408: 75 % of HLG are 203 nits on a screen of 1000.
        let white = libm::pow(scene(0.75), 1.2) * 1000.0;
        assert!((white - 203.0).abs() < 1.0, "{white}");
        assert!((scene(0.5) - 1.0 / 12.0).abs() < 1e-9 && (scene(1.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_dark_stays_and_what_is_bright_becomes_white() {
        let light = Light { range: DynamicRange::Pq, gamut: Gamut::Bt2020, peak: 1000 };
        for dark in [0.5, 5.0, 50.0] {
            let now = shown(light, pq(dark)) * WHITE;
            assert!((now / dark - 1.0).abs() < 0.02, "{dark} nits became {now}");
        }
        assert!(shown(light, pq(203.0)) > 0.6 && shown(light, pq(203.0)) < 0.9);
        for bright in [1000.0, 4000.0] {
            assert!(shown(light, pq(bright)) > 0.999, "{bright}");
        }
        let mut last = -1.0;
        for step in 0..=100 {
            let now = shown(light, f64::from(step) / 100.0);
            assert!(now >= last, "{step}: {now} after {last}");
            last = now;
        }
    }

    #[test]
    fn colours_within_bt709_stay_what_they_are() {
        // Red of BT.709 in BT.2020 (ITU-R BT.2087-0, the inverse matrix).
        let wide = Light { range: DynamicRange::Sdr, gamut: Gamut::Bt2020, peak: BRIGHTEST };
        let code = |light: f64| (libm::pow(light, 1.0 / GAMMA) * 65_535.0).round() as u16;
        let mapped = ToneMap::new(wide).pixel([code(0.6274), code(0.0691), code(0.0164)]);
        assert!(mapped[0] > 65_300 && mapped[1] < 2500 && mapped[2] < 2500, "{mapped:?}");
        assert!((shown(wide, 0.5) - libm::pow(0.5, GAMMA)).abs() < 1e-4);
    }
}
