//! Noise of a colour: chance whose power falls or rises with the frequency.
//!
//! It is made of pieces that overlap by half, each with a spectrum of its own, drawn by chance. So any sample can be had
//! without those before it. The halves fade into each other by the sine and cosine, whose squares add up to 1, and so does
//! their power.

use std::f64::consts::PI;
use std::ops::Range;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use crate::parameters::parameters;
use crate::values::named;

named! {
    /// How the power of noise goes with the frequency.
    NoiseColor as "colour of noise" {
        /// The same at all frequencies.
        White = "white",
        /// 3 dB less in each octave.
        Pink = "pink",
        /// 6 dB less in each octave.
        Brown = "brown",
        /// 3 dB more in each octave.
        Blue = "blue",
        /// 6 dB more in each octave.
        Violet = "violet",
    }
}

parameters! {
    /// A track of noise.
    Noise, NoiseDraft as "sound.noise";

    /// How its power goes with the frequency
    color: NoiseColor = NoiseColor::White, placeholder("COLOR");
    /// What its chance starts from
    seed: Option<u64> = None, by_default("the film's, and one more for each track before it"),
        still("it is what chance starts from");
}

impl NoiseColor {
    /// The power at a frequency is this power of it.
    fn exponent(self) -> f64 {
        match self {
            Self::White => 0.0,
            Self::Pink => -1.0,
            Self::Brown => -2.0,
            Self::Blue => 1.0,
            Self::Violet => 2.0,
        }
    }
}

/// Samples of a piece.
const SIZE: usize = 1 << 15;
/// From one piece to the next.
const HOP: u64 = SIZE as u64 / 2;
/// What is lower than this, in hertz, is not heard, and in brown noise would be most of all.
const LOWEST: f64 = 20.0;
/// Its level as a mean square's root, which is that of EBU's alignment signal (R 68): 18 dB below full scale.
const LEVEL: f64 = 0.125_892_541_179_416_73;

/// Plays noise.
pub(super) struct Hiss {
    seed: u64,
    fft: Arc<dyn Fft<f32>>,
    /// How large each part of a spectrum may be, for frequencies from 0 up.
    sizes: Vec<f32>,
    /// The rise of a piece, from 0 to 1; it falls the same way.
    rise: Vec<f32>,
    /// The pieces that were made last.
    pieces: Vec<(u64, Vec<Complex32>)>,
}

impl Hiss {
    /// Noise at `rate` samples a second.
    pub fn new(noise: &Noise, rate: u32) -> Self {
        let exponent = noise.color.exponent() / 2.0;
        let hertz = |n: usize| n as f64 * f64::from(rate) / SIZE as f64;
        let size = |n: usize| match hertz(n) {
            low if low < LOWEST => 0.0,
            hertz => libm::pow(hertz, exponent),
        };
        let sizes: Vec<f64> = (0..=SIZE / 2).map(size).collect();
        // Values of chance from -1 to 1 have a mean square of a third. All frequencies but the first and the last of these
        // stand twice in a spectrum, and left and right share it.
        let power: f64 = sizes[1..SIZE / 2].iter().map(|size| 2.0 * size * size / 3.0).sum();
        let scale = LEVEL / power.sqrt();
        Self {
            seed: noise.seed.unwrap_or_default(),
            fft: FftPlanner::new().plan_fft_inverse(SIZE),
            sizes: sizes.iter().map(|size| (size * scale) as f32).collect(),
            rise: (0..HOP).map(|n| libm::sin(PI / 2.0 * n as f64 / HOP as f64) as f32).collect(),
            pieces: Vec::new(),
        }
    }

    /// Adds samples `range` to `out`, left and right independent of each other.
    pub fn read(&mut self, range: Range<u64>, out: &mut [Vec<f64>; 2]) {
        let mut at = range.start;
        while at < range.end {
            // Piece n begins at sample (n - 1) * HOP.
            let (n, inside) = (at / HOP, (at % HOP) as usize);
            let end = range.end.min((n + 1) * HOP);
            let count = (end - at) as usize;
            self.make(n);
            self.make(n + 1);
            let [falling, rising] = [n, n + 1].map(|n| {
                self.pieces.iter().find(|(known, _)| *known == n).map(|(_, piece)| &piece[..])
            });
            let (Some(falling), Some(rising)) = (falling, rising) else { return };
            let half = HOP as usize;
            for k in inside..inside + count {
                let (up, down) = (self.rise[k], if k == 0 { 1.0 } else { self.rise[half - k] });
                let sample = rising[k] * up + falling[half + k] * down;
                out[0].push(sample.re.into());
                out[1].push(sample.im.into());
            }
            at = end;
        }
    }

    /// Makes piece `n`, if it was not one of the last two.
    fn make(&mut self, n: u64) {
        if self.pieces.iter().any(|(known, _)| *known == n) {
            return;
        }
        let mut chance = ChaCha8Rng::seed_from_u64(self.seed);
        chance.set_stream(n);
        // 24 bits, as many as a float holds.
        let mut value = || (chance.next_u32() >> 8) as f32 * (2.0 / 16_777_216.0) - 1.0;
        let mut piece = vec![Complex32::default(); SIZE];
        for n in 1..SIZE / 2 {
            let size = self.sizes[n];
            piece[n] = Complex32::new(value() * size, value() * size);
            piece[SIZE - n] = Complex32::new(value() * size, value() * size);
        }
        self.fft.process(&mut piece);
        if self.pieces.len() == 2 {
            self.pieces.remove(0);
        }
        self.pieces.push((n, piece));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(color: NoiseColor, range: Range<u64>) -> [Vec<f64>; 2] {
        let noise = Noise { color, seed: Some(7), ..Noise::default() };
        let mut out = [Vec::new(), Vec::new()];
        Hiss::new(&noise, 48_000).read(range, &mut out);
        out
    }

    #[test]
    fn a_sample_is_the_same_wherever_reading_began() {
        let [left, right] = noise(NoiseColor::Pink, 0..100_000);
        let [part, _] = noise(NoiseColor::Pink, 60_000..60_500);
        assert_eq!(part, left[60_000..60_500]);
        assert_ne!(left, right);
    }

    /// The power between two frequencies, in dB, measured by filters of a Goertzel kind.
    fn power(samples: &[f64], low: f64, high: f64) -> f64 {
        let size = 1 << 13;
        let fft = FftPlanner::<f64>::new().plan_fft_forward(size);
        let mut sum = 0.0;
        for part in samples.chunks_exact(size) {
            let window = |n: usize| 0.5 - 0.5 * libm::cos(2.0 * PI * n as f64 / size as f64);
            let mut spectrum: Vec<rustfft::num_complex::Complex64> =
                part.iter().enumerate().map(|(n, s)| (s * window(n)).into()).collect();
            fft.process(&mut spectrum);
            let hertz = |n: usize| n as f64 * 48_000.0 / size as f64;
            let band = (1..size / 2).filter(|n| (low..high).contains(&hertz(*n)));
            sum += band.map(|n| spectrum[n].norm_sqr()).sum::<f64>();
        }
        10.0 * sum.log10()
    }

    #[test]
    fn each_colour_has_its_slope_and_all_have_one_level() {
        for (color, slope) in [
            (NoiseColor::White, 0.0),
            (NoiseColor::Pink, -3.01),
            (NoiseColor::Brown, -6.02),
            (NoiseColor::Blue, 3.01),
            (NoiseColor::Violet, 6.02),
        ] {
            let [left, right] = noise(color, 0..960_000);
            for side in [&left, &right] {
                let square: f64 = side.iter().map(|s| s * s).sum::<f64>() / side.len() as f64;
                let level = 10.0 * square.log10();
                // Brown noise is mostly of the lowest, of which few are there.
                assert!((level + 18.0).abs() < 0.5, "{color}: {level} dB");
                // Bands of an octave have twice the width, so 3 dB more than their slope.
                let octaves = [500.0, 1000.0, 2000.0, 4000.0, 8000.0];
                for pair in octaves.windows(2) {
                    let [one, next] = [0, 1].map(|n| power(side, pair[n], 2.0 * pair[n]));
                    let found = next - one - 3.01;
                    assert!((found - slope).abs() < 0.4, "{color} at {}: {found} dB", pair[0]);
                }
            }
        }
    }
}
