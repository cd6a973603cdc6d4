//! HDR and wide colours, as an ordinary screen shows them. In plain arithmetic, so that every machine gives the same
//! bits (the filters of FFmpeg that do this round as their processor likes).

use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error as AvError, ffi};
use pulp::{Arch, Simd, WithSimd};

use super::light::{DynamicRange, Gamut, Light, WHITE};

/// The gamma of an ordinary screen, as mpv has it.
const GAMMA: f64 = 2.2;

/// Weights of red, green and blue in brightness (ITU-R BT.709-6 and BT.2020-2).
const BT709: [f32; 3] = [0.2126, 0.7152, 0.0722];
const BT2020: [f32; 3] = [0.2627, 0.6780, 0.0593];

/// Pixels that are mapped together.
const BLOCK: usize = 64;

/// Red, green and blue of some pixels.
type Channels = [[f32; BLOCK]; 3];

/// A function from 0..=1, by its values at so many even steps that the nearest is exact enough, an eighth of a step of
/// 10 bits.
struct Curve(Box<[f32; Self::STEPS]>);

impl Curve {
    const STEPS: usize = 1 << 12;

    fn new(function: impl Fn(f64) -> f64) -> Self {
        let mut values = Box::new([0.0; Self::STEPS]);
        for (n, value) in values.iter_mut().enumerate() {
            *value = function(n as f64 / (Self::STEPS - 1) as f64) as f32;
        }
        Self(values)
    }

    /// Its value at `x`, which is 0 to 1.
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        self.0[usize::from(rounded(x * (Self::STEPS - 1) as f32)) % Self::STEPS]
    }
}

/// Brings the light of pictures into what an ordinary screen can show.
pub(super) struct ToneMap {
    /// From code to light, where white is 1.
    linear: Curve,
    /// Of HLG: by how much a screen makes bright pixels brighter, by the fourth root of their brightness.
    system: Option<Curve>,
    /// By how much a pixel becomes darker: by the code of its brightest channel, or, of HLG, by the fourth root of its part
    /// of the peak.
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
            DynamicRange::Sdr => libm::pow(code, GAMMA) * WHITE,
            DynamicRange::Pq => nits(code),
            DynamicRange::Hlg => scene(code) * peak,
        };
        let gain = |bright: f64| match bright > 0.0 {
            true => mapped(bright, peak) / bright,
            false => 1.0,
        };
        // Rows of ITU-R BT.2087-0 and, for P3, of the same reckoning from its primaries (SMPTE EG 432-1).
        let (luma, primaries) = match light.gamut {
            Gamut::Bt709 => (BT709, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
            Gamut::Bt2020 => (
                BT2020,
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
        let is_hlg = light.range == DynamicRange::Hlg;
        Self {
            linear: Curve::new(|code| decode(code) / WHITE),
            // The system gamma of 1.2 is on brightness (BT.2100, table 5).
            system: is_hlg.then(|| Curve::new(|root| libm::pow(root, 0.8))),
            gain: Curve::new(|x| gain(if is_hlg { libm::pow(x, 4.0) * peak } else { decode(x) })),
            peak: (peak / WHITE) as f32,
            luma,
            primaries,
            code: Curve::new(|root| libm::pow(root, 2.0 / GAMMA)),
        }
    }

    /// Maps a picture of three planes, 16 bits and full range, in place: from the matrix of BT.2020 to that of BT.709.
    pub(super) fn map(&self, picture: &mut Video) -> Result<(), AvError> {
        // SAFETY: `picture` is a valid frame; FFmpeg copies buffers that somebody else refers to.
        match unsafe { ffi::av_frame_make_writable(picture.as_mut_ptr()) } {
            e if e < 0 => return Err(AvError::from(e)),
            _ => {}
        }
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut rows = [0, 1, 2].map(|_| vec![0u16; width]);
        for y in 0..height {
            for (plane, row) in rows.iter_mut().enumerate() {
                let at = y * picture.stride(plane);
                row.copy_from_slice(bytemuck::cast_slice(&picture.data(plane)[at..][..2 * width]));
            }
            Arch::new().dispatch(Row { of: self, planes: &mut rows });
            for (plane, row) in rows.iter().enumerate() {
                let at = y * picture.stride(plane);
                picture.data_mut(plane)[at..][..2 * width]
                    .copy_from_slice(bytemuck::cast_slice(row));
            }
        }
        Ok(())
    }

    /// Maps codes of the film to those of an ordinary screen.
    #[inline(always)]
    fn shade(&self, codes: &mut Channels) {
        let most = |[r, g, b]: [f32; 3]| r.max(g).max(b);
        let mut gains = [0.0; BLOCK];
        for i in 0..BLOCK {
            let code = [0, 1, 2].map(|channel| codes[channel][i]);
            let mut light = code.map(|channel| self.linear.at(channel));
            gains[i] = match &self.system {
                None => self.gain.at(most(code)),
                Some(system) => {
                    let root = |bright: f32| (bright / self.peak).min(1.0).sqrt().sqrt();
                    let by = system.at(root(sum(self.luma, light)));
                    light = light.map(|channel| channel * by);
                    self.gain.at(root(most(light)))
                }
            };
            for channel in 0..3 {
                codes[channel][i] = light[channel];
            }
        }
        for i in 0..BLOCK {
            let light = [0, 1, 2].map(|channel| codes[channel][i]);
            // The same for all channels, so that the hue stays.
            let light = self.primaries.map(|row| sum(row, light) * gains[i]);
            // What is beyond the colours of BT.709 becomes grayer, and what is too bright darker.
            let gray = sum(BT709, light).max(0.0);
            let least = light[0].min(light[1]).min(light[2]).min(0.0);
            let part = if least < 0.0 { least / (least - gray) } else { 0.0 };
            let light = light.map(|channel| channel + (gray - channel) * part);
            let scale = 1.0 / most(light).max(1.0);
            for channel in 0..3 {
                codes[channel][i] = (light[channel] * scale).clamp(0.0, 1.0).sqrt();
            }
        }
        for code in codes.as_flattened_mut() {
            *code = self.code.at(*code);
        }
    }
}

/// A row of a picture: luma, blue and red differences.
struct Row<'a> {
    of: &'a ToneMap,
    planes: &'a mut [Vec<u16>; 3],
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        /// The largest code, and that of no colour.
        const MOST: f32 = 65_535.0;
        const GRAY: f32 = 32_768.0;
        let Self { of, planes: [luma, blue, red] } = self;
        let planes = luma.chunks_mut(BLOCK).zip(blue.chunks_mut(BLOCK)).zip(red.chunks_mut(BLOCK));
        for ((luma, blue), red) in planes {
            let mut codes: Channels = [[0.0; BLOCK]; 3];
            let [kr, kg, kb] = BT2020;
            for i in 0..luma.len() {
                let y = f32::from(luma[i]) / MOST;
                let (b, r) = (f32::from(blue[i]) - GRAY, f32::from(red[i]) - GRAY);
                let (b, r) = (b * ((2.0 - 2.0 * kb) / MOST), r * ((2.0 - 2.0 * kr) / MOST));
                codes[0][i] = (y + r).clamp(0.0, 1.0);
                codes[1][i] = (y - b * (kb / kg) - r * (kr / kg)).clamp(0.0, 1.0);
                codes[2][i] = (y + b).clamp(0.0, 1.0);
            }
            of.shade(&mut codes);
            let [kr, kg, kb] = BT709;
            for i in 0..luma.len() {
                let [r, g, b] = [codes[0][i], codes[1][i], codes[2][i]];
                let y = kr * r + kg * g + kb * b;
                let (b, r) = ((b - y) / (2.0 - 2.0 * kb), (r - y) / (2.0 - 2.0 * kr));
                luma[i] = rounded((y * MOST).min(MOST));
                blue[i] = rounded((b * MOST + GRAY).min(MOST));
                red[i] = rounded((r * MOST + GRAY).min(MOST));
            }
        }
    }
}

/// The nearest whole number of one from 0 to 65 535, by the bits of a float whose last one is worth 1: no slower than a
/// sum.
#[inline(always)]
fn rounded(x: f32) -> u16 {
    const ONES: f32 = (1u32 << 23) as f32;
    (x + ONES).to_bits() as u16
}

#[inline(always)]
fn sum(weights: [f32; 3], of: [f32; 3]) -> f32 {
    weights[0] * of[0] + weights[1] * of[1] + weights[2] * of[2]
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
    use crate::media::light::BRIGHTEST;

    fn mapped(light: Light, code: [f64; 3]) -> [f64; 3] {
        let mut codes: Channels = code.map(|channel| [channel as f32; BLOCK]);
        ToneMap::new(light).shade(&mut codes);
        codes.map(|channel| f64::from(channel[BLOCK - 1]))
    }

    /// What a gray of this code becomes, as light where white is 1.
    fn shown(light: Light, code: f64) -> f64 {
        let [r, g, b] = mapped(light, [code; 3]);
        assert!((r - g).abs() < 1e-4 && (g - b).abs() < 1e-4, "gray stays gray: {r} {g} {b}");
        libm::pow(r, GAMMA)
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
        let code = |light: f64| libm::pow(light, 1.0 / GAMMA);
        let red = mapped(wide, [code(0.6274), code(0.0691), code(0.0164)]);
        assert!(red[0] > 0.997 && red[1] < 0.04 && red[2] < 0.04, "{red:?}");
        assert!((shown(wide, 0.5) - libm::pow(0.5, GAMMA)).abs() < 1e-3);
    }
}
