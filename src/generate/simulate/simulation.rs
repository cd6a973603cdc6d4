//! What a simulation is.

use super::{Kind, Simulate, cyclic, elementary, life};
use crate::values::Clip;

/// A state that grows out of the one before.
///
/// State n follows from the parameters alone, however often it was kept and taken up again in between.
pub(super) trait Simulation: Send {
    /// Takes a step.
    fn step(&mut self);

    /// Called when a frame's steps are taken, before its tones are looked at.
    fn show(&mut self) {}

    /// What is seen of it: a byte for each cell, row by row from the top.
    fn tones(&self) -> &[u8];

    /// The state as bytes.
    fn save(&self) -> Vec<u8>;

    /// Takes up a state that was saved; false if it is none of this simulation's.
    fn load(&mut self, bytes: &[u8]) -> bool;
}

/// The simulation of these parameters as it is at frame 0, without its warm-up.
///
/// # Errors
/// A pattern's file is gone or another, in one line.
pub(super) fn begin(simulate: &Simulate, clip: Clip) -> Result<Box<dyn Simulation>, String> {
    Ok(match simulate.kind {
        Kind::Life => Box::new(life::Life::begin(simulate, clip)?),
        Kind::Elementary => Box::new(elementary::Elementary::begin(simulate, clip)),
        Kind::Cyclic => Box::new(cyclic::Cyclic::begin(simulate, clip)),
    })
}

/// Reads parts of a saved state.
pub(super) struct Saved<'a>(pub &'a [u8]);

impl<'a> Saved<'a> {
    /// The next `count` bytes, if there are so many.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (part, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(part)
    }

    /// Fills `bytes` with those that come next; false if there are fewer.
    pub fn fill(&mut self, bytes: &mut [u8]) -> bool {
        self.take(bytes.len()).is_some_and(|part| {
            bytes.copy_from_slice(part);
            true
        })
    }

    /// True if all was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
