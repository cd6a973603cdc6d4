//! Chance from a seed.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A source of chance, the same for the same seed on every machine.
#[derive(Clone)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..25].copy_from_slice(b"genmedia playlist");
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A whole number below `n`, which is at least 1; each as likely.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0.random_range(0..n.max(1))
    }

    /// Puts `items` into random order (Fisher and Yates). rand's own `shuffle` draws another order, and a
    /// seed that stands in somebody's list must go on meaning the same programme.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.0.random_range(0..=n as u64) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What playlists promise: should another rand draw otherwise, these tell.
    #[test]
    fn a_seed_means_the_same_for_ever() {
        let mut chance = Chance::new(7);
        let limits = [1, 2, 6, 10, 1_000, 1 << 40, u64::MAX];
        let drawn = limits.map(|n| chance.below(n));
        let mut items: Vec<u32> = (0..12).collect();
        chance.shuffle(&mut items);
        assert_eq!((drawn, items), (DRAWN, SHUFFLED.to_vec()));
    }

    const DRAWN: [u64; 7] = [0, 1, 4, 4, 665, 980_347_598_614, 18_042_842_254_806_518_917];
    const SHUFFLED: [u32; 12] = [5, 3, 2, 6, 0, 9, 8, 4, 10, 1, 7, 11];
}
