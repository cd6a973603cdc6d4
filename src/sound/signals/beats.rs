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
/// Half a beat is a beat if it is as like itself after one as after the other, in this part at least.
const HALF: f64 = 0.8;
/// A machine plays if it grows by this part at even places, compared with the places of a row.
const STEADY: f64 = 0.72;
/// The same, of a tempo that is said.
const STEADY_IF_SAID: f64 = 0.6;
/// How far an onset may be from a beat that it is, in seconds.
const NEAR: f64 = 0.03;

/// What is known of the beats before they are sought.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hint {
    /// Beats a minute.
    pub bpm: Option<f64>,
    /// When a bar begins, in seconds from the film's beginning.
    pub downbeat: Option<f64>,
}

impl Beats {
    /// Finds the beats; `onsets` are the samples at which something begins.
    pub fn find(features: &Features, onsets: &[u64], hint: Hint) -> Self {
        let second = |sample: &u64| *sample as f64 / f64::from(features.rate);
        let onsets: Vec<f64> = onsets.iter().map(second).collect();
        let seconds = features.growth.len() as f64 / features.steps();
        if let (Some(bpm), Some(downbeat)) = (hint.bpm, hint.downbeat) {
            return Self::even(60.0 / bpm, downbeat, seconds);
        }
        let reach = (features.steps() * 0.5) as usize;
        let growth = raised(&features.growth, reach);
        let period = match hint.bpm {
            Some(bpm) => {
                let (alike, period) =
                    (alike(&growth, features.steps()), 60.0 / bpm * features.steps());
                if at(&alike, period) < LIKE * at(&alike, 0.0) {
                    // Nothing is there that could be followed.
                    return Self::even(60.0 / bpm, 0.0, seconds);
                }
                Some(period)
            }
            None => period(&growth, &raised(&features.low_growth, reach), features.steps()),
        };
        let Some(period) = period else { return Self::default() };
        let places = row(&growth, period);
        let times: Vec<f64> = match steady(&growth, &places, period, hint.bpm.is_some()) {
            Some((begin, apart)) => {
                let time = |n: f64| (begin + n * apart + 0.5) / features.steps();
                let count = ((growth.len() as f64 - begin) / apart) as usize;
                fitted((0..count).map(|n| time(n as f64)).collect(), &onsets)
            }
            None => {
                let time = |place: &usize| (*place as f64 + 0.5) / features.steps();
                let snapped = |time: f64| nearest(&onsets, time).unwrap_or(time);
                places.iter().map(|place| snapped(time(place))).collect()
            }
        };
        if times.len() < 2 {
            return Self::default();
        }
        let place = |time: &f64| ((time * features.steps()) as usize).min(growth.len() - 1);
        let strength = |first: usize| -> f32 {
            let beats = times.iter().skip(first).step_by(4).map(place);
            beats.map(|place| near(&features.low_growth, place)).sum()
        };
        let strongest =
            || (0..4).fold(0, |best, n| if strength(n) > strength(best) { n } else { best });
        let beats = Self { bpm: 60.0 / slope(&times), times: times.clone(), first: 0 };
        let first = match hint.downbeat {
            Some(time) => (beats.place(time).round() as i64).rem_euclid(4) as usize,
            None => strongest(),
        };
        Self { first, ..beats }
    }

    /// Beats that are so many seconds apart for as long as the sound is, one of which, the first of a bar, is at `downbeat`.
    fn even(apart: f64, downbeat: f64, seconds: f64) -> Self {
        let before = (downbeat / apart).floor();
        let begin = downbeat - before * apart;
        let count = ((seconds - begin) / apart).max(0.0) as usize + 2;
        let times = (0..count).map(|n| begin + n as f64 * apart).collect();
        Self { bpm: 60.0 / apart, times, first: before.rem_euclid(4.0) as usize }
    }

    /// How many beats a time is behind the first.
    fn place(&self, time: f64) -> f64 {
        let [begin, .., end] = self.times[..] else { return 0.0 };
        let apart = 60.0 / self.bpm;
        let last = self.times.len() - 1;
        // Before the first and behind the last they go on as they were on average.
        match self.times.partition_point(|beat| *beat <= time) {
            0 => (time - begin) / apart,
            n if n > last => last as f64 + (time - end) / apart,
            n => (n - 1) as f64 + (time - self.times[n - 1]) / (self.times[n] - self.times[n - 1]),
        }
    }

    /// How far a time is through a group of so many beats, 0 to 1.
    pub fn phase(&self, time: f64, beats: usize) -> f64 {
        if self.times.is_empty() {
            return 0.0;
        }
        let from = if beats == 4 { self.first as f64 } else { 0.0 };
        let turns = (self.place(time) - from) / beats as f64;
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

/// How like itself growth is so many steps later.
fn alike(growth: &[f64], steps: f64) -> Vec<f64> {
    let most = (4.0 * 60.0 / TEMPI.0 * steps) as usize + 2;
    let most = most.min(growth.len().saturating_sub(1));
    let mean = growth.iter().sum::<f64>() / growth.len().max(1) as f64;
    let growth: Vec<f64> = growth.iter().map(|value| value - mean).collect();
    let product =
        |lag: usize| -> f64 { growth.iter().zip(&growth[lag..]).map(|(a, b)| a * b).sum::<f64>() };
    (0..=most).map(|lag| product(lag) / growth.len() as f64).collect()
}

/// That of one lag; smoothed, as beats fall between steps.
fn at(alike: &[f64], lag: f64) -> f64 {
    let near = |lag: usize| alike.get(lag).copied().unwrap_or(0.0);
    let middle = lag.round() as usize;
    near(middle.saturating_sub(1)) + 2.0 * near(middle) + near(middle + 1)
}

/// A period near this one, to a part of a step: it is known so well over many beats.
fn fine(alike: &[f64], period: f64) -> f64 {
    let far = |lag: f64| -> f64 {
        let count = ((alike.len() as f64 / lag) as usize).clamp(1, 16);
        (1..=count).map(|n| at(alike, n as f64 * lag)).sum::<f64>() / count as f64
    };
    let near = (-60..=60).map(|n| period * (1.0 + 0.0005 * f64::from(n)));
    near.max_by(|a, b| far(*a).total_cmp(&far(*b))).unwrap_or(period)
}

/// How many steps a beat takes, by how much the spectrum grows and what is low of it; `None` if nothing comes again.
fn period(growth: &[f64], low: &[f64], steps: f64) -> Option<f64> {
    let alike_in_all = alike(growth, steps);
    let at = |lag: f64| at(&alike_in_all, lag);
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
    // Where what lies between two beats is as strong as they are, it is a beat, too; but not where it has none of what is
    // low: that are hats.
    if best / 2.0 >= least && at(best / 2.0) > HALF * at(best) {
        let low = alike(low, steps);
        let at = |lag: f64| self::at(&low, lag);
        if at(best) < LIKE * at(0.0) || at(best / 2.0) > HALF * at(best) {
            best /= 2.0;
        }
    }
    Some(fine(&alike_in_all, best))
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

/// The most of some growth around a place.
fn near(growth: &[f32], place: usize) -> f32 {
    let around = place.saturating_sub(3)..(place + 4).min(growth.len());
    growth[around].iter().copied().fold(0.0, f32::max)
}

/// The onset that is nearest to a time, if one is near.
fn nearest(onsets: &[f64], time: f64) -> Option<f64> {
    let next = onsets.partition_point(|onset| *onset < time);
    let near = onsets[next.saturating_sub(1)..(next + 1).min(onsets.len())].iter().copied();
    let nearest = near.min_by(|a, b| (a - time).abs().total_cmp(&(b - time).abs()));
    nearest.filter(|onset| (onset - time).abs() < NEAR)
}

/// Times that are evenly apart, moved and stretched so that they fit best to the onsets that they are near to.
fn fitted(times: Vec<f64>, onsets: &[f64]) -> Vec<f64> {
    let near =
        (0..).zip(&times).filter_map(|(n, time)| Some((f64::from(n), nearest(onsets, *time)?)));
    let near: Vec<(f64, f64)> = near.collect();
    let [(first, _), .., (last, _)] = near[..] else { return times };
    // What a few say of a long time is not to be trusted.
    if near.len() * 3 < times.len() || (last - first) * 2.0 < times.len() as f64 {
        return times;
    }
    let count = near.len() as f64;
    let middle = near.iter().map(|(n, _)| n).sum::<f64>() / count;
    let mean = near.iter().map(|(_, time)| time).sum::<f64>() / count;
    let above: f64 = near.iter().map(|(n, time)| (n - middle) * (time - mean)).sum();
    let below: f64 = near.iter().map(|(n, _)| (n - middle) * (n - middle)).sum();
    (0..).take(times.len()).map(|n| mean + (f64::from(n) - middle) * above / below).collect()
}

/// Places that are evenly apart and at which it grows nearly as much as at those of a row, as in music that a machine plays:
/// the first of them, and how far apart they are: about a period.
fn steady(growth: &[f64], row: &[usize], middle: f64, is_said: bool) -> Option<(f64, f64)> {
    let [first, .., last] = *row else { return None };
    // Beats fall between steps.
    let smooth = |n: i64| {
        let at =
            |n: i64| usize::try_from(n).ok().and_then(|n| growth.get(n)).copied().unwrap_or(0.0);
        at(n) + 0.5 * (at(n - 1) + at(n + 1)) + 0.25 * (at(n - 2) + at(n + 2))
    };
    let smoothed: Vec<f64> = (0..growth.len() as i64).map(smooth).collect();
    let at = |place: f64| smoothed.get(place.round() as usize).copied().unwrap_or(0.0);
    let length = (last - first) as f64;
    let own: f64 = row.iter().map(|place| at(*place as f64)).sum();
    let (share, around) = if is_said { (STEADY_IF_SAID, 0.015) } else { (STEADY, 0.006) };
    // At the end a period that is off by one of these is off by half a step.
    let step = 0.5 * middle / length.max(middle);
    let wide = (around * middle / step).ceil().min(1000.0) as i32;
    let count = (length / middle).round().max(1.0);
    let score = |begin: f64, apart: f64| -> f64 {
        (0..=count as usize).map(|n| at(begin + n as f64 * apart)).sum()
    };
    let begin = first as f64;
    let mut best = (f64::MIN, begin, middle);
    for k in -wide..=wide {
        let apart = middle + f64::from(k) * step;
        for late in 0..apart as usize {
            let begin = (begin + late as f64) % apart + (begin / apart).floor() * apart;
            let score = score(begin, apart);
            if score > best.0 {
                best = (score, begin, apart);
            }
        }
    }
    let (score, begin, apart) = best;
    // The row has as many places, or nearly so.
    let fair = own * (count + 1.0) / row.len() as f64;
    (score >= share * fair).then_some((begin - (begin / apart).floor() * apart, apart))
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
