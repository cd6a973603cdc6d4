//! Decoding times that are made anew.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Gives packets their decoding times. The `n`th packet is decoded when the picture is shown that is `n - delay`th in
/// the order of showing: so the times rise with every packet, and none is later than its picture is shown, if the
/// decoder holds back no more than `delay` pictures (H.264, C.4.5.3: `max_num_reorder_frames`).
pub(super) struct Clock {
    delay: usize,
    /// How long a picture is shown.
    step: i64,
    count: usize,
    first: i64,
    /// The times of showing that are decoding times of packets to come.
    shown: BinaryHeap<Reverse<i64>>,
    last: Option<i64>,
}

impl Clock {
    /// A clock for packets of which the decoder holds back `delay`, each shown for about `step`.
    pub(super) fn new(delay: usize, step: i64) -> Self {
        let step = step.max(1);
        Self { delay, step, count: 0, first: 0, shown: BinaryHeap::new(), last: None }
    }

    /// The decoding time of the next packet, whose picture is shown at `shown`; `None` if that is earlier.
    pub(super) fn decoded(&mut self, shown: i64) -> Option<i64> {
        if self.count == 0 {
            self.first = shown;
        }
        self.shown.push(Reverse(shown));
        let ahead = self.delay.saturating_sub(self.count) as i64;
        // What is held back at the beginning is decoded before the film begins.
        let time = match ahead {
            0 => self.shown.pop().map_or(shown, |time| time.0),
            ahead => self.first - ahead * self.step,
        };
        let time = self.last.map_or(time, |last| time.max(last + 1));
        self.count += 1;
        self.last = Some(time);
        (time <= shown).then_some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    const SHOWN: [i64; 9] = [0, 8, 4, 2, 6, 16, 12, 10, 14];

    #[test]
    fn times_rise_and_none_is_later_than_its_picture() {
        let mut clock = Clock::new(2, 2);
        let shown = SHOWN.iter().chain(&[18, 26, 22, 20, 24]);
        let decoded: Vec<_> = shown.map(|time| clock.decoded(*time).expect("in time")).collect();
        assert_eq!(decoded[..4], [-4, -2, 0, 2]);
        assert!(decoded.windows(2).all(|pair| pair[0] < pair[1]), "{decoded:?}");
    }

    #[test]
    fn a_decoder_that_holds_back_more_is_found_out() {
        let mut clock = Clock::new(1, 2);
        let decoded = SHOWN.map(|time| clock.decoded(time));
        assert_eq!(decoded[..4], [Some(-2), Some(0), Some(4), None]);
    }
}
