//! How loud the parts of a spectrum are.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::{Axis, Scope, Stereo};

/// Measures spectra.
pub(super) struct Spectrum {
    fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    bands: Vec<Band>,
    buffer: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: Vec<f32>,
}

/// A part of a spectrum.
struct Band {
    /// Its middle, in bins.
    middle: f32,
    /// The bins that lie in it.
    bins: std::ops::Range<usize>,
    /// Decibels that are added.
    tilt: f32,
}

/// The power of a bin of which nothing is seen: 140 dB below full scale.
const SILENCE: f32 = 1e-14;

/// The power of a bin. Of a bin above its neighbours it is that of a tone between the bins: the window spreads a tone over
/// three bins, whose sum is 1.5 times the power of the tone.
#[inline(always)]
fn peak(powers: &[f32], n: usize) -> f32 {
    let at = |n: usize| powers.get(n).copied().unwrap_or(0.0);
    let (before, here, behind) = (at(n.wrapping_sub(1)), at(n), at(n + 1));
    match here >= before && here >= behind {
        true => here.max((before + here + behind) / 1.5),
        false => here,
    }
}

/// The two waves of which channels are seen: the second is silent where there is one only.
pub(super) fn seen(channels: Stereo, left: f32, right: f32) -> (f32, f32) {
    match channels {
        Stereo::Mix => ((left + right) * 0.5, 0.0),
        Stereo::Left => (left, 0.0),
        Stereo::Right => (right, 0.0),
        Stereo::Split | Stereo::Overlay => (left, right),
    }
}

/// Hann's window of `size` samples, whose sum is 1.
pub(crate) fn hann(size: usize) -> Vec<f32> {
    let turn = |n: usize| 2.0 * PI * (n as f64 + 0.5) / size as f64;
    (0..size).map(|n| ((1.0 - libm::cos(turn(n))) / size as f64) as f32).collect()
}

impl Spectrum {
    /// Of `count` bands, from the lowest frequency of `scope` to its highest, in sound of so many samples a second.
    pub fn new(scope: &Scope, count: usize, rate: u32) -> Self {
        let size = scope.fft as usize;
        let fft = FftPlanner::new().plan_fft_forward(size);
        let (low, high) = (scope.low, scope.high);
        let hertz = |part: f64| match scope.frequencies {
            Axis::Log => low * libm::pow(high / low, part),
            Axis::Linear => low + (high - low) * part,
        };
        let bin = |hertz: f64| hertz * size as f64 / f64::from(rate);
        let band = |n: usize| {
            let part = |n: f64| hertz(n / count as f64);
            let (from, middle, until) =
                (part(n as f64), part(n as f64 + 0.5), part(n as f64 + 1.0));
            let end = size / 2;
            Band {
                middle: bin(middle) as f32,
                bins: (bin(from).ceil() as usize).min(end)..(bin(until).ceil() as usize).min(end),
                tilt: (scope.tilt * libm::log2(middle / 1000.0)) as f32,
            }
        };
        Self {
            // A sine at full scale has a peak of 1.
            window: hann(size).iter().map(|weight| 2.0 * weight).collect(),
            bands: (0..count).map(band).collect(),
            buffer: vec![Complex32::default(); size],
            scratch: vec![Complex32::default(); fft.get_inplace_scratch_len()],
            powers: vec![0.0; size / 2],
            fft,
        }
    }

    /// Samples of which a spectrum is taken.
    pub fn size(&self) -> usize {
        self.window.len()
    }

    /// The levels of the bands of two waves, in decibels, where a sine at full scale has 0. Each has [`Spectrum::size`]
    /// samples.
    pub fn measure(&mut self, waves: impl Iterator<Item = (f32, f32)>, levels: [&mut [f32]; 2]) {
        let mut sum = Complex32::default();
        for (place, (one, other)) in self.buffer.iter_mut().zip(waves) {
            *place = Complex32::new(one, other);
            sum += *place;
        }
        // What does not move is not heard.
        let mean = sum / self.buffer.len() as f32;
        for (place, window) in self.buffer.iter_mut().zip(&self.window) {
            *place = (*place - mean) * window;
        }
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        // Two real waves at once, as the parts of a complex one.
        for (is_second, levels) in [false, true].into_iter().zip(levels) {
            if levels.is_empty() {
                continue;
            }
            let mirrored = self.buffer[self.buffer.len() / 2 + 1..].iter().rev();
            let pairs = self.buffer[1..].iter().zip(mirrored);
            for (power, (a, b)) in self.powers[1..].iter_mut().zip(pairs) {
                let part = if is_second { a - b.conj() } else { a + b.conj() };
                *power = part.norm_sqr() * 0.25;
            }
            self.powers[0] = 0.0;
            for (level, band) in levels.iter_mut().zip(&self.bands) {
                let place = band.middle as usize;
                let at = |n: usize| self.powers.get(n).copied().unwrap_or(0.0);
                let part = band.middle - place as f32;
                // Above half of the rate there is nothing.
                let between = at(place) * (1.0 - part) + at(place + 1) * part;
                let most = band.bins.clone().map(|n| peak(&self.powers, n)).fold(between, f32::max);
                // Less than the steps of 24 bits is nothing, however steep the tilt.
                *level = match most > SILENCE {
                    true => 10.0 * libm::log10f(most) + band.tilt,
                    false => f32::NEG_INFINITY,
                };
            }
        }
    }
}
