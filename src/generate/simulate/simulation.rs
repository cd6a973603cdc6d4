//! What a simulation is.

use super::choices::Kind;
use super::view::View;
use super::{
    Simulate, boids, cyclic, dla, elementary, forest, growth, ising, life, particles, physarum,
    reaction, sandpile,
};
use crate::values::Clip;

/// A state that grows out of the one before.
///
/// State n follows from the parameters and what light shines on it alone, however often it was kept and taken up again in
/// between.
pub(super) trait Simulation: Send {
    /// Told what light drives it, a byte a cell, before the steps of a frame.
    fn shine(&mut self, light: &[u8]) {
        let _ = light;
    }

    /// Takes a step, with the parameters of frame `frame`, to which it leads.
    fn step(&mut self, now: &Simulate, frame: u64);

    /// What is seen of it.
    fn view(&self, now: &Simulate) -> View;

    /// The state as bytes.
    fn save(&self) -> Vec<u8>;

    /// Takes up a state that was saved; false if it is none of this simulation's.
    fn load(&mut self, bytes: &[u8]) -> bool;
}

/// The simulation of these parameters as it is at frame 0, without its warm-up; `start` is the light in which it begins,
/// if there is some.
///
/// # Errors
/// A pattern's file is gone or another, in one line.
pub(super) fn begin(
    simulate: &Simulate,
    clip: Clip,
    start: Option<&[u8]>,
) -> Result<Box<dyn Simulation>, String> {
    Ok(match simulate.kind {
        Kind::Life => life::begin(simulate, clip, start)?,
        Kind::Elementary => Box::new(elementary::Elementary::begin(simulate, clip)),
        Kind::Cyclic => Box::new(cyclic::Cyclic::begin(simulate, clip, start)),
        Kind::Sandpile => Box::new(sandpile::Sandpile::begin(simulate, clip, start)),
        Kind::Ising => Box::new(ising::Ising::begin(simulate, clip, start)),
        Kind::ForestFire => Box::new(forest::Forest::begin(simulate, clip, start)),
        Kind::ReactionDiffusion => Box::new(reaction::Reaction::begin(simulate, clip, start)),
        Kind::Physarum => Box::new(physarum::Physarum::begin(simulate, clip, start)),
        Kind::Particles => Box::new(particles::Particles::begin(simulate, clip, start)),
        Kind::Dla => Box::new(dla::Dla::begin(simulate, clip, start)),
        Kind::Growth => Box::new(growth::Growth::begin(simulate, clip)),
        Kind::Boids => Box::new(boids::Boids::begin(simulate, clip)),
        // Its points do not depend on those of the frame before.
        Kind::Attractor => return Err("an attractor has no steps".into()),
    })
}

/// Numbers that stand as bytes in a saved state, the lowest byte first.
pub(super) trait Stored: Copy {
    /// The number as bytes.
    fn put(self, bytes: &mut Vec<u8>);
    /// The number of the next bytes.
    fn take(saved: &mut Saved) -> Option<Self>;
}

macro_rules! stored {
    ($($type:ty)+) => {$(
        impl Stored for $type {
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn take(saved: &mut Saved) -> Option<Self> {
                let bytes = saved.take(size_of::<Self>())?;
                Some(Self::from_le_bytes(bytes.try_into().ok()?))
            }
        }
    )+};
}
stored!(u8 u16 u32 u64 f32);

/// Adds numbers to a saved state.
pub(super) fn put_all<T: Stored>(bytes: &mut Vec<u8>, numbers: &[T]) {
    bytes.reserve(size_of_val(numbers));
    numbers.iter().for_each(|number| number.put(bytes));
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

    /// Fills `numbers` with those that come next; false if there are fewer.
    pub fn fill<T: Stored>(&mut self, numbers: &mut [T]) -> bool {
        numbers.iter_mut().all(|number| {
            let next = T::take(self);
            next.map(|next| *number = next).is_some()
        })
    }

    /// All numbers that are left, if they are at most `most`.
    pub fn rest<T: Stored>(&mut self, most: usize) -> Option<Vec<T>> {
        let count = self.0.len() / size_of::<T>();
        if count > most {
            return None;
        }
        (0..count).map(|_| T::take(self)).collect()
    }

    /// True if all was read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::Parameters;
    use crate::generate::simulate::SimulateDraft;
    use crate::values::{FrameRate, Size};

    #[test]
    fn what_was_saved_is_taken_up_and_nothing_else() {
        let fps = FrameRate { num: 30, den: 1 };
        let clip = Clip { seed: 1, size: Size::new(90, 70), fps, frames: 9, looped: false };
        for keys in [
            "",
            "rule = 'star-wars'",
            "rule = 'R4,C3,M1,S20..40,B20..32,NC'",
            "kind = 'elementary'",
            "kind = 'cyclic'",
            "kind = 'sandpile'",
            "kind = 'ising'",
            "kind = 'forest-fire'",
            "kind = 'reaction-diffusion'",
            "kind = 'physarum'\nagents = 99",
            "kind = 'particles'\nagents = 99",
            "kind = 'dla'",
            "kind = 'growth'",
            "kind = 'boids'\nagents = 99",
        ] {
            let draft: SimulateDraft = toml::from_str(keys).expect("parameters");
            let simulate = &Simulate::resolve(draft, clip).expect("parameters");
            let new = || begin(simulate, clip, None).expect("a simulation");
            let mut simulation = new();
            (0..20).for_each(|_| simulation.step(simulate, 1));
            let saved = simulation.save();
            let mut other = new();
            for wrong in [&saved[..saved.len() - 1], &saved[1..], &saved[..0]] {
                assert!(!new().load(wrong), "{keys}: {} of {}", wrong.len(), saved.len());
            }
            let longer = [&saved[..], &[1]].concat();
            assert!(!new().load(&longer), "{keys}: longer");
            assert!(other.load(&saved), "{keys}");
            assert!(other.save() == saved, "{keys}");
            (0..20).for_each(|_| {
                simulation.step(simulate, 2);
                other.step(simulate, 2);
            });
            assert!(other.save() == simulation.save(), "{keys}");
        }
    }
}
