//! The sound around a frame.

use crate::cancel::Cancel;
use crate::generate::{Clip, Ear, PaintError};

/// Hears the sound of a film, and holds what was heard last.
pub(super) struct Tap<'a> {
    ear: Box<dyn Ear + 'a>,
    cancel: &'a Cancel,
    /// Samples a second.
    rate: u32,
    clip: Clip,
    /// The number of the first sample that is held.
    first: i64,
    held: [Vec<f32>; 2],
}

/// Samples that are heard before it is asked whether to stop.
const PIECE: usize = 1 << 16;

impl<'a> Tap<'a> {
    pub fn new(ear: Box<dyn Ear + 'a>, rate: u32, clip: Clip, cancel: &'a Cancel) -> Self {
        Self { ear, cancel, rate, clip, first: 0, held: Default::default() }
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The film.
    pub fn clip(&self) -> Clip {
        self.clip
    }

    /// The sample in the middle of frame `index`.
    pub fn middle(&self, index: u64) -> i64 {
        (self.clip.fps.units(2 * index + 1, self.rate) / 2) as i64
    }

    /// `count` samples from `first` on, left and right; there is silence beyond the film's ends.
    ///
    /// # Errors
    /// A file cannot be read, or the work was stopped.
    pub fn hear(&mut self, first: i64, count: usize) -> Result<[&[f32]; 2], PaintError> {
        let known = self.held[0].len();
        if first < self.first || first > self.first + known as i64 {
            self.first = first;
            self.held.iter_mut().for_each(Vec::clear);
        }
        let behind = (first - self.first) as usize;
        // Not for each frame: what is behind moves up.
        if behind > count.max(self.rate as usize) {
            self.held.iter_mut().for_each(|channel| drop(channel.drain(..behind)));
            self.first = first;
        }
        let end = first + count as i64;
        loop {
            let at = self.first + self.held[0].len() as i64;
            if at >= end {
                break;
            }
            self.cancel.check()?;
            self.ear.hear(at, PIECE.min((end - at) as usize), &mut self.held)?;
        }
        let begin = (first - self.first) as usize;
        Ok([&self.held[0][begin..begin + count], &self.held[1][begin..begin + count]])
    }
}
