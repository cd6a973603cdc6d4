//! The film that pictures are for, and how things go on in it.

use super::{FrameRate, Size};
use crate::formula::Formula;

/// A film, as far as pictures depend on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    /// What chance starts from.
    pub seed: u64,
    /// Pixels of a frame.
    pub size: Size,
    /// Frames a second.
    pub fps: FrameRate,
    /// Number of frames.
    pub frames: u64,
    /// True if the frame after the last is the first.
    pub looped: bool,
}

impl Clip {
    /// How far frame `index` is through the film: 0 for the first, 1 for the last, or in a loop for the first again.
    pub fn progress(&self, index: u64) -> f64 {
        index as f64 / self.steps().max(1) as f64
    }

    /// Steps from frame to frame in which the progress goes from 0 to 1.
    fn steps(&self) -> u64 {
        if self.looped { self.frames } else { self.frames.saturating_sub(1) }
    }

    /// How far something has come at a time that goes on by `rate` a second and looks the same after each `period`. In
    /// a loop it passes a whole number of periods: the nearest, and one at least.
    pub fn passed(&self, seconds: f64, rate: f64, period: f64) -> f64 {
        if !self.looped || rate == 0.0 {
            return rate * seconds;
        }
        let whole = self.fps.seconds(self.frames);
        rounds(rate * whole / period) * period * (seconds / whole)
    }

    /// The frame that is `count` before frame `index`: of a loop perhaps at its end; nothing before the first.
    pub fn before(&self, index: u64, count: u64) -> Option<u64> {
        match index.checked_sub(count) {
            None if self.looped => Some((index + self.frames - count % self.frames) % self.frames),
            before => before,
        }
    }

    /// How many frames before frame `index` frame `earlier` is, if it is.
    pub fn since(&self, earlier: u64, index: u64) -> Option<u64> {
        match index.checked_sub(earlier) {
            None if self.looped => (index + self.frames).checked_sub(earlier),
            since => since,
        }
    }

    /// A formula over time as one in the frames of this film.
    pub(crate) fn in_frames(&self, formula: &Formula) -> Formula {
        let Size { width, height } = self.size;
        let fps = (self.fps.num, self.fps.den);
        formula.in_frames(fps, self.steps(), self.seed, [width, height])
    }
}

/// The number of whole rounds that is nearest to `turns`, and at least one there or back.
pub(crate) fn rounds(turns: f64) -> f64 {
    match turns.round() {
        0.0 => 1f64.copysign(turns),
        rounds => rounds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(frames: u64, looped: bool) -> Clip {
        let fps = FrameRate { num: 30, den: 1 };
        Clip { seed: 1, size: Size::new(4, 3), fps, frames, looped }
    }

    #[test]
    fn what_goes_on_closes_in_a_loop() {
        let (open, closed) = (clip(90, false), clip(90, true));
        assert_eq!(open.passed(2.0, 0.3, 1.0), 0.6);
        // 0.9 turns are one, and 0.1 are one as well.
        for rate in [0.3, 0.03, -0.3] {
            assert_eq!(closed.passed(3.0, rate, 1.0).abs(), 1.0);
            assert_eq!(closed.passed(1.5, rate, 1.0).signum(), rate.signum());
        }
        assert_eq!(closed.passed(3.0, 70.0, 100.0), 200.0);
        assert_eq!(closed.passed(3.0, 0.0, 100.0), 0.0);
    }

    #[test]
    fn the_last_frame_of_a_loop_stands_before_the_first() {
        let (open, closed) = (clip(90, false), clip(90, true));
        assert_eq!((open.progress(0), open.progress(89)), (0.0, 1.0));
        assert_eq!(closed.progress(90), 1.0);
        assert_eq!((open.before(5, 5), open.before(5, 6)), (Some(0), None));
        assert_eq!((closed.before(5, 5), closed.before(5, 6)), (Some(0), Some(89)));
        assert_eq!(closed.before(5, 6 + 180), Some(89));
        assert_eq!((open.since(3, 5), open.since(5, 3)), (Some(2), None));
        assert_eq!((closed.since(3, 5), closed.since(89, 1)), (Some(2), Some(2)));
        assert_eq!(clip(1, false).progress(0), 0.0);
    }
}
