//! The grain of film.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Adds grain that is new in each frame.
    Grain, GrainDraft as "grain";

    /// How strong it is
    amount: f64 = 0.1, placeholder("0..1"), within(0.0, 1.0, "");
    /// Grain of its own in each colour
    color: bool = false;
}

impl Change for Grain {
    const ABOUT: &'static str = "The grain of film, new in each frame";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, at: Moment) {
        let strength = (self.amount * 256.0).round() as i32;
        let width = canvas.size().width as usize;
        let seed = xxh3_64_with_seed(&at.index.to_le_bytes(), at.clip.seed);
        for (y, row) in canvas.pixels_mut().chunks_exact_mut(width).enumerate() {
            // A generator of its own for each row: xorshift64* (S. Vigna, 2016).
            let mut state = xxh3_64_with_seed(&(y as u64).to_le_bytes(), seed) | 1;
            for pixel in row {
                state ^= state >> 12;
                state ^= state << 25;
                state ^= state >> 27;
                let random = state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes();
                // The sum of two is a triangle: most grains are faint.
                let grain = |c: usize| {
                    let sum = i32::from(random[1 + c]) + i32::from(random[5 + c % 3]) - 255;
                    (sum * strength) >> 8
                };
                let alpha = i32::from(pixel[3]);
                for (c, level) in pixel[..3].iter_mut().enumerate() {
                    let own = if self.color { grain(c) } else { grain(0) };
                    *level = (i32::from(*level) + own * alpha / 255).clamp(0, alpha) as u8;
                }
            }
        }
    }
}
