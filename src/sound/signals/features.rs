//! What is measured: levels around the middle of each frame, and, a few times in each frame, how much the spectrum grows.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::Progress;
use crate::error::Result;
use crate::formula::SignalKind;
use crate::generate::hann;
use crate::media::Samples;
use crate::sound::{Mixer, Studio};

/// What was measured of a film's sound.
pub(super) struct Features {
    /// The kinds of levels, and of each the level of every frame.
    pub kinds: Vec<SignalKind>,
    pub levels: Vec<Vec<f32>>,
    /// The greatest level of all that is heard.
    pub loudest: f32,
    /// Samples a second, and from step to step of the spectrum.
    pub rate: u32,
    pub step: u64,
    /// How much the spectrum grows in each step.
    pub growth: Vec<f32>,
    /// How much what is low of it does.
    pub low_growth: Vec<f32>,
    /// In each step: the steepest of the wave, and how many samples into the step it first comes near that.
    pub edges: Vec<(f32, u16)>,
}

impl Features {
    /// Steps of the spectrum in a second.
    pub fn steps(&self) -> f64 {
        f64::from(self.rate) / self.step as f64
    }
}

/// What one piece of the sound gave.
struct Piece {
    levels: Vec<Vec<f32>>,
    loudest: f32,
    growth: Vec<f32>,
    low_growth: Vec<f32>,
    edges: Vec<(f32, u16)>,
}

/// Seconds of a piece.
const PIECE: u64 = 10;
/// Up to where what is low goes, in hertz.
const LOW: f64 = 200.0;
/// The ends of `band(i, n)`, in hertz.
const BANDS: (f64, f64) = (40.0, 16_000.0);
/// Steps back with which a spectrum is compared: the nearest, and the farthest. What comes again within these, as the periods
/// of a low tone do, or the beats of a chord, does not begin.
const BACK: (usize, usize) = (2, 10);

/// The sizes of what is measured, in samples.
#[derive(Clone, Copy)]
struct Sizes {
    rate: u32,
    /// The window around a frame's middle, about 43 ms.
    window: usize,
    /// The window of a step, about 21 ms.
    short: usize,
    /// From step to step, about 5 ms.
    step: usize,
}

impl Sizes {
    fn new(rate: u32) -> Self {
        // The power of two that is nearest.
        let near = |seconds: f64| {
            let exponent = libm::log2(seconds * f64::from(rate)).round().max(5.0);
            1usize << exponent as u32
        };
        let short = near(0.0213);
        Self { rate, window: near(0.0427), short, step: short / 4 }
    }
}

impl Features {
    /// Measures what signals of these kinds need.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn of(studio: &Studio, kinds: &[SignalKind], progress: &Progress) -> Result<Self> {
        let sizes = Sizes::new(studio.rate());
        let of_frames = |kind: &&SignalKind| {
            !matches!(
                kind,
                SignalKind::Onset(_) | SignalKind::Beat | SignalKind::Bar | SignalKind::Bpm
            )
        };
        let levels: Vec<SignalKind> = kinds.iter().filter(of_frames).copied().collect();
        let has_steps = levels.len() < kinds.len();
        let samples = studio.samples();
        let piece = PIECE * u64::from(sizes.rate) / sizes.step as u64 * sizes.step as u64;
        let pieces: Vec<u64> = (0..samples.div_ceil(piece)).collect();
        let seen = AtomicU64::new(0);
        let all = samples as f64 / f64::from(sizes.rate);
        let measured: Vec<Piece> = pieces
            .into_par_iter()
            .map_init(
                || Meter::new(studio, sizes, &levels),
                |meter, n| {
                    let range = n * piece..((n + 1) * piece).min(samples);
                    let found = meter.measure(range.clone(), has_steps)?;
                    let seen = seen.fetch_add(range.end - range.start, Ordering::Relaxed);
                    progress((seen + range.end - range.start) as f64 / f64::from(sizes.rate), all)?;
                    Ok(found)
                },
            )
            .collect::<Result<_>>()?;
        let mut features = Self {
            levels: vec![Vec::new(); levels.len()],
            kinds: levels,
            loudest: 0.0,
            rate: sizes.rate,
            step: sizes.step as u64,
            growth: Vec::new(),
            low_growth: Vec::new(),
            edges: Vec::new(),
        };
        for piece in measured {
            for (all, part) in features.levels.iter_mut().zip(piece.levels) {
                all.extend(part);
            }
            features.loudest = features.loudest.max(piece.loudest);
            features.growth.extend(piece.growth);
            features.low_growth.extend(piece.low_growth);
            features.edges.extend(piece.edges);
        }
        Ok(features)
    }
}

/// What one thread measures with.
struct Meter<'a> {
    studio: &'a Studio,
    mixer: Mixer<'a>,
    sizes: Sizes,
    kinds: &'a [SignalKind],
    /// Of each kind the parts of the spectrum, with their shares; nothing of what is no part of it.
    bands: Vec<Vec<(usize, f32)>>,
    fft: Arc<dyn Fft<f32>>,
    short_fft: Arc<dyn Fft<f32>>,
    window: Vec<f32>,
    short_window: Vec<f32>,
}

/// Samples around a piece that are looked at as well.
pub(super) fn margin(rate: u32, kinds: &[SignalKind]) -> u64 {
    let Sizes { window, short, step, .. } = Sizes::new(rate);
    let offsets = kinds.iter().filter_map(|kind| match kind {
        SignalKind::Sample(micros) => {
            Some(u64::from(micros.unsigned_abs()) * u64::from(rate) / 1_000_000 + 2)
        }
        _ => None,
    });
    offsets.max().unwrap_or(0).max((window + short + (BACK.1 + 1) * step) as u64)
}

/// The parts of a spectrum of `size` that lie between two frequencies, each with how much of it does.
fn band(size: usize, rate: u32, low: f64, high: f64) -> Vec<(usize, f32)> {
    let place = |hertz: f64| hertz * size as f64 / f64::from(rate);
    let (low, high) = (place(low).max(0.5), place(high).min(size as f64 / 2.0));
    let share = |n: usize| {
        let share = high.min(n as f64 + 0.5) - low.max(n as f64 - 0.5);
        (share > 0.0).then_some((n, share as f32))
    };
    (1..size / 2).filter_map(share).collect()
}

impl<'a> Meter<'a> {
    fn new(studio: &'a Studio, sizes: Sizes, kinds: &'a [SignalKind]) -> Self {
        let top = f64::from(sizes.rate) / 2.0;
        let parts = |kind: &SignalKind| {
            let (low, high) = match kind {
                SignalKind::Bass => (20.0, 250.0),
                SignalKind::Mid => (250.0, 4000.0),
                SignalKind::Treble => (4000.0, top),
                SignalKind::Band(i, n) => {
                    let high = BANDS.1.min(top);
                    let edge =
                        |i: u8| BANDS.0 * libm::pow(high / BANDS.0, f64::from(i) / f64::from(*n));
                    (edge(*i), edge(*i + 1))
                }
                _ => return Vec::new(),
            };
            band(sizes.window, sizes.rate, low, high)
        };
        let mut planner = FftPlanner::new();
        Self {
            studio,
            mixer: studio.mixer(),
            sizes,
            kinds,
            bands: kinds.iter().map(parts).collect(),
            fft: planner.plan_fft_forward(sizes.window),
            short_fft: planner.plan_fft_forward(sizes.short),
            window: hann(sizes.window),
            short_window: hann(sizes.short),
        }
    }

    /// Measures the frames whose middle is in `range`, and the steps that begin in it.
    fn measure(&mut self, range: Range<u64>, has_steps: bool) -> Result<Piece> {
        let margin = margin(self.sizes.rate, self.kinds) as i64;
        let first = range.start as i64 - margin;
        let mut both = Samples::default();
        let count = (range.end - range.start) as usize + 2 * margin as usize;
        self.mixer.read(first, count, &mut both)?;
        let [left, right] = both;
        let samples: Vec<f32> = left.iter().zip(&right).map(|(l, r)| (l + r) / 2.0).collect();
        let mut piece = Piece {
            levels: vec![Vec::new(); self.kinds.len()],
            loudest: 0.0,
            growth: Vec::new(),
            low_growth: Vec::new(),
            edges: Vec::new(),
        };
        for middle in self.studio.middles(range.clone()) {
            let at = |offset: i64| (middle as i64 + offset - first) as usize;
            self.frame(&samples, &at, &mut piece);
        }
        if has_steps {
            self.steps(&samples, first, range, &mut piece);
        }
        Ok(piece)
    }

    /// Measures around the middle of a frame; `at` gives the index of a sample by its distance from that.
    fn frame(&self, samples: &[f32], at: &dyn Fn(i64) -> usize, piece: &mut Piece) {
        let Sizes { rate, window, .. } = self.sizes;
        let begin = at(-(window as i64 / 2));
        let part = &samples[begin..begin + window];
        let square: f32 = part.iter().zip(&self.window).map(|(s, w)| s * s * w).sum();
        let level = square.sqrt();
        piece.loudest = piece.loudest.max(level);
        let mut spectrum = Vec::new();
        if self.bands.iter().any(|parts| !parts.is_empty()) {
            spectrum = part.iter().zip(&self.window).map(|(s, w)| (s * w).into()).collect();
            self.fft.process(&mut spectrum);
        }
        for ((kind, parts), levels) in self.kinds.iter().zip(&self.bands).zip(&mut piece.levels) {
            levels.push(match kind {
                SignalKind::Level => level,
                SignalKind::Sample(micros) => {
                    let offset = f64::from(*micros) * f64::from(rate) / 1e6;
                    samples[at(offset.round() as i64)]
                }
                _ => {
                    let power = |(n, share): &(usize, f32)| spectrum[*n].norm_sqr() * share;
                    parts.iter().map(power).sum::<f32>().sqrt()
                }
            });
        }
    }

    /// Measures the steps that begin in `range`; the first of `samples` has the number `first`.
    fn steps(&self, samples: &[f32], first: i64, range: Range<u64>, piece: &mut Piece) {
        let Sizes { rate, short, step, .. } = self.sizes;
        let begins: Vec<i64> = range.clone().step_by(step).map(|n| n as i64).collect();
        let samples_in_all = self.studio.samples();
        let low = (LOW * short as f64 / f64::from(rate)).round() as usize;
        let before = (0..BACK.1).rev().map(|n| begins[0] - ((n + 1) * step) as i64);
        let all: Vec<i64> = before.chain(begins.iter().copied()).collect();
        let mut spectra: Vec<Vec<f32>> = Vec::with_capacity(all.len());
        for pair in all.chunks(2) {
            // Two real waves at once, as the parts of a complex one.
            let wave = |n: i64, k: usize| {
                let middle = n + step as i64 / 2 - short as i64 / 2;
                samples[(middle - first) as usize + k] * self.short_window[k]
            };
            let second = *pair.last().unwrap_or(&pair[0]);
            let mut mixed: Vec<Complex32> =
                (0..short).map(|k| Complex32::new(wave(pair[0], k), wave(second, k))).collect();
            self.short_fft.process(&mut mixed);
            let sizes = |is_second: bool| {
                let size = |k: usize| {
                    let (one, other) = (mixed[k], mixed[short - k].conj());
                    let part = if is_second { one - other } else { one + other };
                    // The square root of the size: what is quiet counts, too.
                    part.norm_sqr().sqrt().sqrt()
                };
                (1..short / 2).map(size).collect::<Vec<f32>>()
            };
            spectra.push(sizes(false));
            if pair.len() == 2 {
                spectra.push(sizes(true));
            }
        }
        let mut then = vec![0.0; short / 2 - 1];
        for (n, begin) in begins.iter().enumerate() {
            let now = &spectra[n + BACK.1];
            earlier(&spectra[n..=n + BACK.1 - BACK.0], &mut then);
            let growth = |parts: Range<usize>| -> f32 {
                now[parts.clone()]
                    .iter()
                    .zip(&then[parts.clone()])
                    .map(|(n, t)| (n - t).max(0.0))
                    .sum()
            };
            // A film that ends ends at once, which would look like something that begins.
            let is_inside = *begin as u64 + ((step + short) as u64).div_ceil(2) <= samples_in_all;
            let grown = |parts| if is_inside { growth(parts) } else { 0.0 };
            piece.growth.push(grown(0..now.len()));
            piece.low_growth.push(grown(0..low.min(now.len())));
            let at = (begin - first) as usize;
            let slope = |k: usize| (samples[at + k] - 0.95 * samples[at + k - 1]).abs();
            let most = (0..step).map(slope).fold(0f32, f32::max);
            let near = (0..step).find(|k| slope(*k) >= 0.5 * most).unwrap_or(0);
            piece.edges.push((most, near as u16));
        }
    }
}

/// The most of each part of several spectra, and of its neighbours: a tone that trembles goes to them.
fn earlier(spectra: &[Vec<f32>], most: &mut [f32]) {
    most.fill(0.0);
    for spectrum in spectra {
        for (most, size) in most.iter_mut().zip(spectrum) {
            *most = most.max(*size);
        }
    }
    let (mut before, last) = (0.0, most.len() - 1);
    for n in 0..=last {
        let here = most[n];
        most[n] = here.max(before).max(if n < last { most[n + 1] } else { 0.0 });
        before = here;
    }
}
