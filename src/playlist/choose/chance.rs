//! Chance from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

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

    /// A whole number below `n`, which is at least 1; each exactly as likely (Lemire,
    /// arXiv:1805.10941).
    pub fn below(&mut self, n: u64) -> u64 {
        let wide = |x: u64| u128::from(x) * u128::from(n);
        let mut product = wide(self.0.next_u64());
        if (product as u64) < n {
            let threshold = n.wrapping_neg() % n.max(1);
            while (product as u64) < threshold {
                product = wide(self.0.next_u64());
            }
        }
        (product >> 64) as u64
    }

    /// Puts `items` into random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for n in (1..items.len()).rev() {
            items.swap(n, self.below(n as u64 + 1) as usize);
        }
    }
}
