//! Blue noise: white noise less its low frequencies, with all levels equally frequent again.

use crate::values::Size;

/// Taking away what is smooth leaves the levels bell-shaped; making them even brings some of the
/// low frequencies back, so it is done twice.
const PASSES: usize = 2;
/// Weights of a pixel and its neighbours to both sides: a binomial of the eighth row.
const KERNEL: [f32; 9] = [1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0];
const SUM: f32 = 256.0;
const BINS: usize = 1 << 14;

/// Working memory.
#[derive(Default)]
pub(super) struct Blue {
    field: Vec<f32>,
    rows: Vec<f32>,
}

impl Blue {
    /// Makes white noise blue, in place: one value a pixel, uniform before and after.
    pub(super) fn tint(&mut self, values: &mut [u8], size: Size) {
        let (width, height) = (size.width as usize, size.height as usize);
        self.field.clear();
        // The lowest bits would otherwise leave ties, which an even distribution cannot break.
        let jitter = |i: usize| ((i.wrapping_mul(0x9e37_79b9) >> 8) & 0xff) as f32 / 256.0;
        self.field.extend(values.iter().enumerate().map(|(i, v)| f32::from(*v) + jitter(i)));
        self.rows.resize(width * height, 0.0);
        for _ in 0..PASSES {
            // Along rows, then along columns; the frame is a torus.
            for (row, out) in self.field.chunks(width).zip(self.rows.chunks_mut(width)) {
                for (x, out) in out.iter_mut().enumerate() {
                    *out = KERNEL
                        .iter()
                        .enumerate()
                        .map(|(k, weight)| weight * row[(x + width * 4 + k - 4) % width])
                        .sum::<f32>()
                        / SUM;
                }
            }
            for y in 0..height {
                for x in 0..width {
                    let smooth = KERNEL
                        .iter()
                        .enumerate()
                        .map(|(k, weight)| {
                            weight * self.rows[(y + height * 4 + k - 4) % height * width + x]
                        })
                        .sum::<f32>()
                        / SUM;
                    self.field[y * width + x] -= smooth;
                }
            }
            self.even();
        }
        for (value, level) in values.iter_mut().zip(&self.field) {
            *value = (*level).clamp(0.0, 255.0) as u8;
        }
    }

    /// Gives each value the share of values below it, times 256.
    fn even(&mut self) {
        let low = self.field.iter().copied().fold(f32::INFINITY, f32::min);
        let high = self.field.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let scale = (BINS - 1) as f32 / (high - low).max(1e-6);
        let bin = |value: f32| ((value - low) * scale) as usize;
        let mut counts = vec![0u32; BINS];
        for value in &self.field {
            counts[bin(*value)] += 1;
        }
        let mut below = 0u32;
        let total = self.field.len() as f32;
        let shares: Vec<f32> = counts
            .iter()
            .map(|count| {
                let share = (below as f32 + *count as f32 / 2.0) / total * 256.0;
                below += count;
                share
            })
            .collect();
        for value in &mut self.field {
            *value = shares[bin(*value)];
        }
    }
}
