//! Keeps sound within full scale without clipping it: where it would go beyond, all of it is turned down around there.

use std::collections::VecDeque;

/// Samples to either side that are looked at, in seconds.
const REACH: f64 = 0.025;
/// The greatest sample of 24 bits.
pub(super) const MOST: f64 = 8_388_607.0 / 8_388_608.0;
/// Full scale, which the greatest sample is but for its last bit.
pub(super) const FULL: f64 = 1.0;
/// Factors are counted in parts of this, so that sums of them are exact in any order.
const UNIT: f64 = (1 << 24) as f64;

/// The samples to either side of one that its factor depends on, at `rate` samples a second.
pub(super) fn reach(rate: u32) -> usize {
    2 * half(rate)
}

/// Half of that: how far the least factor is looked for, and over how much it is smoothed.
fn half(rate: u32) -> usize {
    ((f64::from(rate) * REACH / 2.0) as usize).max(1)
}

/// Factors for samples whose greatest values are `peaks`, with [`reach`] more of them at either end. `None` where nothing
/// is beyond full scale. No sample times its factor is beyond.
///
/// Each factor is the mean of the least ones around it, weighted by a triangle, so it changes slowly; and as each of these
/// is least over a window that holds the sample itself, the mean is not above what the sample needs.
pub(super) fn factors(peaks: &[f64], rate: u32) -> Option<Vec<f64>> {
    if peaks.iter().all(|peak| *peak <= FULL) {
        return None;
    }
    let half = half(rate);
    let need =
        |peak: &f64| if *peak > FULL { (MOST / peak * UNIT).floor() as i64 } else { UNIT as i64 };
    let needs: Vec<i64> = peaks.iter().map(need).collect();
    let least = least(&needs, half);
    // Two windows one after the other make a triangle of the same width as the one above.
    let (one, other) = (half / 2, half - half / 2);
    let sums = sums(&sums(&least, one), other);
    let whole = UNIT * (2 * one + 1) as f64 * (2 * other + 1) as f64;
    Some(sums.iter().map(|sum| *sum as f64 / whole).collect())
}

/// The least of each value and `half` to either side, where all these are there.
fn least(values: &[i64], half: usize) -> Vec<i64> {
    let mut waiting: VecDeque<usize> = VecDeque::new();
    let mut least = Vec::with_capacity(values.len());
    for (n, value) in values.iter().enumerate() {
        while waiting.back().is_some_and(|last| values[*last] >= *value) {
            waiting.pop_back();
        }
        waiting.push_back(n);
        if waiting.front().is_some_and(|first| first + 2 * half < n) {
            waiting.pop_front();
        }
        if n >= 2 * half {
            least.extend(waiting.front().map(|first| values[*first]));
        }
    }
    least
}

/// The sum of each value and `half` to either side, where all these are there.
fn sums(values: &[i64], half: usize) -> Vec<i64> {
    let width = 2 * half + 1;
    let Some(first) = values.get(..width) else { return Vec::new() };
    let mut sum: i64 = first.iter().sum();
    let mut sums = vec![sum];
    for (new, old) in values[width..].iter().zip(values) {
        sum += new - old;
        sums.push(sum);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_beyond_full_scale(
            peaks in prop::collection::vec(prop_oneof![4 => 0.0..1.0, 1 => 1.0..50.0f64], 300..600),
        ) {
            let rate = 2_000;
            let reach = reach(rate);
            if let Some(factors) = factors(&peaks, rate) {
                prop_assert_eq!(factors.len(), peaks.len() - 2 * reach);
                for (factor, peak) in factors.iter().zip(&peaks[reach..]) {
                    prop_assert!(factor * peak <= FULL && *factor > 0.0);
                }
            }
        }
    }

    #[test]
    fn what_is_far_from_a_peak_stays_as_it_is() {
        let rate = 2_000;
        let reach = reach(rate);
        let mut peaks = vec![0.5; 400];
        peaks[200] = 2.0;
        let factors = factors(&peaks, rate).expect("a peak");
        assert!(factors[200 - reach] * 2.0 <= MOST);
        for (n, factor) in factors.iter().enumerate() {
            let distance = (n + reach).abs_diff(200);
            assert_eq!(*factor == 1.0, distance > reach, "{distance}");
        }
        // It goes there and back in small steps.
        let steps = factors.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f64::max) < 0.03);
    }
}
