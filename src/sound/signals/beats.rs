//! The beat: its tempo, and where it falls.
//!
//! The tempo is that at which the growth of the spectrum is most like itself; beats are the row of places with about that
//! distance at which it grows most (Ellis, "Beat tracking by dynamic programming", Journal of New Music Research, 2007).

use super::features::Features;

/// The beats of a film's sound.
#[derive(Debug, Clone, Default)]
pub(super) struct Beats {
    /// Beats a minute; 0 if there are none.
    pub bpm: f64,
    /// When they fall, in seconds, rising.
    times: Vec<f64>,
    /// Which of them, of four, begins a bar.
    first: usize,
}

/// The slowest and the quickest tempo, in beats a minute.
const TEMPI: (f64, f64) = (55.0, 205.0);
/// The tempo that people tap to most readily, and how far, in octaves, others may be from it.
const LIKELY: (f64, f64) = (120.0, 0.9);
/// How much a beat that is off its time costs.
const TIGHT: f64 = 100.0;
/// How like itself sound with a beat is after one, at least: music is by 0.3 to 0.6, noise by less than 0.05.
const LIKE: f64 = 0.12;
/// How far an onset may be from a beat that it is, in seconds.
const NEAR: f64 = 0.03;

impl Beats {
    /// Finds the beats; `onsets` are the samples at which something begins.
    pub fn find(features: &Features, onsets: &[u64]) -> Self {
        let second = |sample: &u64| *sample as f64 / f64::from(features.rate);
        let onsets: Vec<f64> = onsets.iter().map(second).collect();
        let growth = raised(&features.growth, (features.steps() * 0.5) as usize);
        let Some(period) = period(&growth, features.steps()) else { return Self::default() };
        let places = row(&growth, period);
        let times: Vec<f64> = places
            .iter()
            .map(|place| {
                let time = (*place as f64 + 0.5) / features.steps();
                let next = onsets.partition_point(|onset| *onset < time);
                let near = onsets[next.saturating_sub(1)..(next + 1).min(onsets.len())].iter();
                let nearest = near.min_by(|a, b| (*a - time).abs().total_cmp(&(*b - time).abs()));
                nearest.copied().filter(|onset| (onset - time).abs() < NEAR).unwrap_or(time)
            })
            .collect();
        if times.len() < 2 {
            return Self::default();
        }
        let strength = |first: usize| -> f32 {
            let beats = places.iter().skip(first).step_by(4);
            beats.map(|place| features.low_growth[*place]).sum()
        };
        let first = (0..4).fold(0, |best, n| if strength(n) > strength(best) { n } else { best });
        Self { bpm: 60.0 / slope(&times), times, first }
    }

    /// How far a time is through a group of so many beats, 0 to 1.
    pub fn phase(&self, time: f64, beats: usize) -> f64 {
        let [begin, .., end] = self.times[..] else { return 0.0 };
        let apart = 60.0 / self.bpm;
        let last = self.times.len() - 1;
        // Before the first and behind the last they go on as they were on average.
        let place = match self.times.partition_point(|beat| *beat <= time) {
            0 => (time - begin) / apart,
            n if n > last => last as f64 + (time - end) / apart,
            n => (n - 1) as f64 + (time - self.times[n - 1]) / (self.times[n] - self.times[n - 1]),
        };
        let from = if beats == 4 { self.first as f64 } else { 0.0 };
        let turns = (place - from) / beats as f64;
        turns - turns.floor()
    }
}

/// What rises above the mean around it.
fn raised(growth: &[f32], reach: usize) -> Vec<f64> {
    let mut sums = vec![0f64];
    for value in growth {
        sums.push(sums[sums.len() - 1] + f64::from(*value));
    }
    let value = |n: usize| {
        let around = n.saturating_sub(reach)..(n + reach + 1).min(growth.len());
        let mean = (sums[around.end] - sums[around.start]) / around.len() as f64;
        (f64::from(growth[n]) - mean).max(0.0)
    };
    let raised: Vec<f64> = (0..growth.len()).map(value).collect();
    // As much as it varies.
    let square: f64 = raised.iter().map(|value| value * value).sum();
    let scale = (square / raised.len().max(1) as f64).sqrt();
    match scale > 0.0 {
        true => raised.iter().map(|value| value / scale).collect(),
        false => raised,
    }
}

/// How many steps a beat takes; `None` if nothing comes again.
fn period(growth: &[f64], steps: f64) -> Option<f64> {
    let most = (4.0 * 60.0 / TEMPI.0 * steps) as usize + 2;
    let most = most.min(growth.len().saturating_sub(1));
    let mean = growth.iter().sum::<f64>() / growth.len().max(1) as f64;
    let growth: Vec<f64> = growth.iter().map(|value| value - mean).collect();
    // What a step is like those so many steps behind it; smoothed, as beats fall between steps.
    let like: Vec<f64> = (0..=most)
        .map(|lag| {
            growth.iter().zip(&growth[lag..]).map(|(a, b)| a * b).sum::<f64>() / growth.len() as f64
        })
        .collect();
    let at = |lag: f64| {
        let near = |lag: usize| like.get(lag).copied().unwrap_or(0.0);
        let middle = lag.round() as usize;
        near(middle.saturating_sub(1)) + 2.0 * near(middle) + near(middle + 1)
    };
    let score = |lag: f64| at(lag) + at(2.0 * lag) / 2.0 + at(4.0 * lag) / 4.0;
    let likely = |lag: f64| {
        let octaves = libm::log2(60.0 * steps / lag / LIKELY.0) / LIKELY.1;
        libm::exp(-0.5 * octaves * octaves)
    };
    let (least, longest) = (60.0 / TEMPI.1 * steps, 60.0 / TEMPI.0 * steps);
    let lags: Vec<f64> =
        (0..).map(|n| least + 0.25 * f64::from(n)).take_while(|lag| *lag <= longest).collect();
    let weighted = |lag: f64| score(lag) * likely(lag);
    let mut best = *lags.iter().max_by(|a, b| weighted(**a).total_cmp(&weighted(**b)))?;
    if at(best) < LIKE * at(0.0) {
        return None;
    }
    // Where what lies between two beats is as strong as they are, it is a beat, too.
    if best / 2.0 >= least && at(best / 2.0) > 0.8 * at(best) {
        best /= 2.0;
    }
    // Over many beats, a period is known to a part of a step.
    let far = |lag: f64| -> f64 {
        let count = ((most as f64 / lag) as usize).clamp(1, 16);
        (1..=count).map(|n| at(n as f64 * lag)).sum::<f64>() / count as f64
    };
    let fine = (-60..=60).map(|n| best * (1.0 + 0.0005 * f64::from(n)));
    fine.max_by(|a, b| far(*a).total_cmp(&far(*b)))
}

/// The row of places, about `period` apart, at which it grows most.
fn row(growth: &[f64], period: f64) -> Vec<usize> {
    let (nearest, farthest) = ((period / 2.0).round() as usize, (period * 2.0).round() as usize);
    let cost: Vec<f64> = (nearest..=farthest)
        .map(|apart| {
            let off = libm::log(apart as f64 / period);
            TIGHT * off * off
        })
        .collect();
    let mut scores: Vec<f64> = Vec::with_capacity(growth.len());
    let mut before: Vec<Option<usize>> = Vec::with_capacity(growth.len());
    for (n, value) in growth.iter().enumerate() {
        let (mut best, mut from) = (0.0, None);
        for (apart, cost) in (nearest..).zip(&cost) {
            let Some(earlier) = n.checked_sub(apart) else { break };
            let score = scores[earlier] - cost;
            if score > best {
                (best, from) = (score, Some(earlier));
            }
        }
        scores.push(best + value);
        before.push(from);
    }
    let last = scores.len().saturating_sub(farthest);
    let end = (last..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut places: Vec<usize> = std::iter::successors(end, |at| before[*at]).collect();
    places.reverse();
    places
}

/// How far apart times are that should be evenly so: the slope of a straight line through them.
fn slope(times: &[f64]) -> f64 {
    let count = times.len() as f64;
    let (middle, mean) = ((count - 1.0) / 2.0, times.iter().sum::<f64>() / count);
    let pairs = || times.iter().enumerate().map(|(n, time)| (n as f64 - middle, time - mean));
    let above: f64 = pairs().map(|(n, time)| n * time).sum();
    let below: f64 = pairs().map(|(n, _)| n * n).sum();
    above / below
}
