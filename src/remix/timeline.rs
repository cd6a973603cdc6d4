//! Which piece a frame of the remix belongs to, and which of its own.

use std::ops::Range;

use super::{Piece, Remix};
use crate::values::FrameRate;

/// The pieces of a remix, one after the other.
pub struct Timeline<'a> {
    pieces: &'a [Piece],
    /// The frame that each piece begins with, and the end of the last.
    starts: Vec<u64>,
    fps: FrameRate,
}

/// A stretch of one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The film.
    pub film: usize,
    /// Where it begins in the film, in units of the question.
    pub start: u64,
    /// How long it is, in the same.
    pub length: u64,
    /// Where its piece begins in the film.
    pub piece: u64,
}

impl<'a> Timeline<'a> {
    /// The timeline of `remix` at `fps` frames a second.
    pub fn new(remix: &'a Remix, fps: FrameRate) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for piece in &remix.pieces {
            end += piece.frames;
            starts.push(end);
        }
        Self { pieces: &remix.pieces, starts, fps }
    }

    /// The film that frame `index` shows, and the time in it, in microseconds.
    pub fn frame(&self, index: u64) -> Option<(usize, u64)> {
        let n = self.starts.partition_point(|start| *start <= index).checked_sub(1)?;
        let piece = self.pieces.get(n)?;
        // Rounded up: a time that falls short of its picture by less than a microsecond means it.
        let micros = |frame: u64| {
            let units = u128::from(frame) * 1_000_000 * u128::from(self.fps.den);
            u64::try_from(units.div_ceil(u128::from(self.fps.num))).unwrap_or(u64::MAX)
        };
        Some((piece.film, piece.start + micros(index - self.starts[n])))
    }

    /// The stretches that samples `samples` of the remix consist of, at `rate` samples a second.
    pub fn sound(&self, samples: Range<u64>, rate: u32) -> Vec<Stretch> {
        let begins = |n: usize| self.fps.units(self.starts[n], rate);
        let mut stretches = Vec::new();
        let mut at = samples.start;
        let mut low = (0, self.pieces.len());
        while low.0 < low.1 {
            let middle = (low.0 + low.1) / 2;
            if begins(middle + 1) <= at { low.0 = middle + 1 } else { low.1 = middle }
        }
        for n in low.0..self.pieces.len() {
            if at >= samples.end {
                break;
            }
            let (piece, end) = (self.pieces[n], begins(n + 1).min(samples.end));
            let begin = u128::from(piece.start) * u128::from(rate) / 1_000_000;
            let begin = begin as u64;
            let start = begin + (at - begins(n));
            if end > at {
                let length = end - at;
                stretches.push(Stretch { film: piece.film, start, length, piece: begin });
            }
            at = end;
        }
        stretches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn remix(pieces: &[(u64, u64)]) -> Remix {
        let piece = |(film, (start, frames)): (usize, &(u64, u64))| Piece {
            film,
            start: *start,
            frames: *frames,
        };
        Remix { pieces: pieces.iter().enumerate().map(piece).collect(), ..Remix::default() }
    }

    #[test]
    fn a_frame_belongs_to_one_piece() {
        let remix = remix(&[(0, 2), (5_000_000, 1), (1_000_000, 3)]);
        let line = Timeline::new(&remix, FrameRate { num: 30, den: 1 });
        assert_eq!(line.frame(0), Some((0, 0)));
        assert_eq!(line.frame(1), Some((0, 33_334)));
        assert_eq!(line.frame(2), Some((1, 5_000_000)));
        assert_eq!(line.frame(3), Some((2, 1_000_000)));
        assert_eq!(line.frame(5), Some((2, 1_066_667)));
        assert_eq!(line.frame(6), None);
    }

    proptest! {
        #[test]
        fn sound_has_no_gap_and_no_overlap(
            pieces in proptest::collection::vec((0u64..9_000_000, 1u64..90), 1..9),
            cuts in proptest::collection::vec(0.0f64..1.0, 0..6),
            num in 1u64..90_000, rate in 8_000u32..96_000,
        ) {
            let Some(fps) = FrameRate::new(num, 1001) else { return Ok(()) };
            let remix = remix(&pieces);
            let line = Timeline::new(&remix, fps);
            let frames: u64 = pieces.iter().map(|p| p.1).sum();
            let all = fps.units(frames, rate);
            let whole = line.sound(0..all, rate);
            prop_assert_eq!(whole.iter().map(|s| s.length).sum::<u64>(), all);
            // However it is asked for, every sample comes from the same place.
            let mut at: Vec<u64> = cuts.iter().map(|c| (c * all as f64) as u64).collect();
            at.extend([0, all]);
            at.sort_unstable();
            let mut joined: Vec<Stretch> = Vec::new();
            for pair in at.windows(2) {
                for next in line.sound(pair[0]..pair[1], rate) {
                    match joined.last_mut() {
                        Some(last) if last.film == next.film
                            && last.start + last.length == next.start => last.length += next.length,
                        _ => joined.push(next),
                    }
                }
            }
            prop_assert_eq!(joined, whole);
        }
    }
}
