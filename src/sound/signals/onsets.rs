//! Where something begins.

use super::features::Features;
use crate::values::Clip;

/// Steps to either side within which an onset grows most.
const ALONE: usize = 6;
/// Steps to either side whose mean it exceeds.
const AROUND: usize = 24;
/// How many times that mean it grows.
const TIMES: f32 = 3.0;
/// And at least this part of what the greatest does.
const LEAST: f32 = 0.04;
/// Steps before and behind the greatest growth where the wave itself is looked at.
const EDGE: (usize, usize) = (3, 3);

/// The samples at which something begins, rising.
///
/// An onset is where the spectrum grows more than anywhere near it, and far more than it does on average around there:
/// before as well as behind, since all of the sound is known. Its time is where the wave gets steep.
pub(super) fn find(features: &Features) -> Vec<u64> {
    let growth = &features.growth;
    let most = growth.iter().copied().fold(0f32, f32::max);
    if most <= 0.0 {
        return Vec::new();
    }
    // Sums up to each step, so that means are quick. They are of doubles: what is added is all positive.
    let mut sums = vec![0f64];
    for value in growth {
        sums.push(sums[sums.len() - 1] + f64::from(*value));
    }
    let is_onset = |n: &usize| {
        let (n, value) = (*n, growth[*n]);
        let near = n.saturating_sub(ALONE)..(n + ALONE + 1).min(growth.len());
        let around = n.saturating_sub(AROUND)..(n + AROUND + 1).min(growth.len());
        let mean = (sums[around.end] - sums[around.start]) / around.len() as f64;
        // Of several that are alike the first.
        let is_greatest = growth[near.start..n].iter().all(|other| *other < value)
            && growth[n..near.end].iter().all(|other| *other <= value);
        is_greatest && value >= LEAST * most && value >= TIMES * mean as f32
    };
    let time = |n: usize| {
        let looked = n.saturating_sub(EDGE.0)..(n + EDGE.1 + 1).min(growth.len());
        let steepest = features.edges[looked.clone()].iter().fold(0f32, |most, e| most.max(e.0));
        let first = looked.clone().find(|k| features.edges[*k].0 >= 0.5 * steepest).unwrap_or(n);
        first as u64 * features.step + u64::from(features.edges[first].1)
    };
    (0..growth.len()).filter(is_onset).map(time).collect()
}

/// For each frame 1 where an onset is in it, and then ever less: a twentieth after `length` seconds.
pub(super) fn fading(onsets: &[u64], rate: u32, length: f64, clip: Clip) -> Vec<f32> {
    let fps = clip.fps.as_f64();
    let frame = |sample: &u64| {
        let frames = u128::from(*sample) * u128::from(clip.fps.num);
        (frames / (u128::from(rate) * u128::from(clip.fps.den))) as u64
    };
    let mut last: Option<u64> = None;
    let mut next = onsets.iter().map(frame).peekable();
    let value = |frame: u64| {
        while let Some(at) = next.next_if(|at| *at <= frame) {
            last = Some(at);
        }
        let Some(last) = last else { return 0.0 };
        let age = (frame - last) as f64 / fps;
        libm::exp(-3.0 * age / length) as f32
    };
    (0..clip.frames).map(value).collect()
}
