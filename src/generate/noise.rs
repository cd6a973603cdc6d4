//! White noise: every channel of every pixel independent and uniform on 0..=255.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use super::{Frame, Generator, Painter};

/// The parameters of noise: none yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Noise {}

/// Draws the key stream of ChaCha8, the seed as its key and the frame as its stream number, so
/// that the last frame costs what the first one does.
#[derive(Debug, Clone)]
pub struct NoiseGenerator {
    seeded: ChaCha8Rng,
}

impl NoiseGenerator {
    /// Noise of that seed.
    pub fn new(seed: u64) -> Self {
        Self { seeded: ChaCha8Rng::seed_from_u64(seed) }
    }
}

impl Generator for NoiseGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(|index: u64, frame: &mut Frame| {
            let mut rng = self.seeded.clone();
            rng.set_stream(index);
            rng.fill_bytes(frame.data_mut());
            Ok(())
        })
    }
}
