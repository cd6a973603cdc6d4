//! What made segments: those of two kinds never meet in one film.

use crate::media;
use crate::recipe::Recipe;

/// What makes segments, as a number that their seals hold: the versions of the encoder libraries, and of shaders the device
/// that draws them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build {
    number: u64,
    /// The bits that have to be the same.
    counts: u64,
}

/// The bits of the device.
const DEVICE: u64 = u32::MAX as u64;

fn hash(text: &[u8]) -> u32 {
    let [a, b, c, d, ..] = *blake3::hash(text).as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Build {
    /// That of this process for a recipe, whatever device there is.
    pub fn here(recipe: &Recipe) -> Self {
        let libraries = media::build();
        match recipe.source.runs_on_devices() {
            false => Self { number: libraries, counts: u64::MAX },
            true => {
                let number = u64::from(hash(&libraries.to_be_bytes())) << 32;
                Self { number, counts: !DEVICE }
            }
        }
    }

    /// The same on this device, whose segments go with no other's.
    pub fn on(self, device: &str) -> Self {
        match self.counts & DEVICE {
            0 => {
                Self { number: self.number | u64::from(hash(device.as_bytes())), counts: u64::MAX }
            }
            _ => self,
        }
    }

    /// The same, whose segments go with those of other devices.
    pub fn mixed(self, recipe: &Recipe) -> Self {
        Self { counts: Self::here(recipe).counts, ..self }
    }

    /// The number that seals hold.
    pub fn number(self) -> u64 {
        self.number
    }

    /// True if segments with `other` in their seals go with those that are made here.
    pub fn goes_with(self, other: u64) -> bool {
        (self.number ^ other) & self.counts == 0
    }

    /// True if it counts which device made a segment.
    pub fn counts_device(self) -> bool {
        self.counts == u64::MAX
    }
}
