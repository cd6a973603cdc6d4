//! Many points that go on side by side, and are counted where they are seen.

use pulp::{Arch, Simd, WithSimd};

use super::super::choices::Shape;
use super::super::{Simulate, chance};
use super::shapes::{Clifford, DeJong, Flow, aizawa, lorenz, thomas};

/// Points side by side.
pub(super) const LANES: usize = 64;

/// What a point does in a step.
pub(super) trait Motion: Copy {
    fn next(&self, at: [f32; 3]) -> [f32; 3];
}

/// From a point to a cell: column and row as sums of its three numbers and one more.
pub(super) struct View {
    pub ways: [[f32; 4]; 2],
    pub columns: u32,
    pub rows: u32,
}

/// Points, and what moves them.
pub(super) struct Orbit {
    shape: Shape,
    numbers: [f32; 4],
    places: [[f32; LANES]; 3],
}

impl Orbit {
    /// Points by chance.
    pub fn begin(now: &Simulate, seed: u64) -> Self {
        let key = chance::key(seed, 0);
        let at = |axis: u32, n: usize| chance::unit(chance::bits(key, n as u32 * 3 + axis)) - 0.5;
        let places = [0, 1, 2].map(|axis| std::array::from_fn(|n| at(axis, n)));
        let numbers = [now.a, now.b, now.c, now.d].map(|number| number.unwrap_or(0.0) as f32);
        Self { shape: now.shape, numbers, places }
    }

    /// Goes on by so many steps that are not seen.
    pub fn settle(&mut self, steps: u32) {
        let view = View { ways: [[0.0; 4]; 2], columns: 0, rows: 0 };
        self.go(steps, &view, &mut [0]);
    }

    /// Goes on by so many steps, and counts where points are; the last of `counts` are those that are not seen.
    pub fn go(&mut self, steps: u32, view: &View, counts: &mut [u32]) {
        let numbers = self.numbers;
        match self.shape {
            Shape::DeJong => self.trace(DeJong(numbers), steps, view, counts),
            Shape::Clifford => self.trace(Clifford(numbers), steps, view, counts),
            Shape::Lorenz => {
                self.trace(Flow { speeds: lorenz(numbers), step: 0.004 }, steps, view, counts);
            }
            Shape::Thomas => {
                self.trace(Flow { speeds: thomas(numbers), step: 0.05 }, steps, view, counts);
            }
            Shape::Aizawa => {
                self.trace(Flow { speeds: aizawa(numbers), step: 0.01 }, steps, view, counts);
            }
        }
    }

    fn trace(&mut self, motion: impl Motion, steps: u32, view: &View, counts: &mut [u32]) {
        Arch::new().dispatch(Trace { motion, places: &mut self.places, steps, view, counts });
    }
}

struct Trace<'a, M> {
    motion: M,
    places: &'a mut [[f32; LANES]; 3],
    steps: u32,
    view: &'a View,
    counts: &'a mut [u32],
}

impl<M: Motion> WithSimd for Trace<'_, M> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let View { ways: [across, down], columns, rows } = *self.view;
        let (width, height) = (columns as f32, rows as f32);
        let unseen = columns * rows;
        let [xs, ys, zs] = self.places;
        let mut cells = [0u32; LANES];
        for _ in 0..self.steps {
            for n in 0..LANES {
                let [x, y, z] = self.motion.next([xs[n], ys[n], zs[n]]);
                (xs[n], ys[n], zs[n]) = (x, y, z);
                let column = across[0] * x + across[1] * y + across[2] * z + across[3];
                let row = down[0] * x + down[1] * y + down[2] * z + down[3];
                // Not seen either, if it is no number.
                let is_seen = (column >= 0.0) & (column < width) & (row >= 0.0) & (row < height);
                let cell = whole(row).wrapping_mul(columns).wrapping_add(whole(column));
                cells[n] = if is_seen { cell } else { unseen };
            }
            for cell in cells {
                self.counts[cell as usize] += 1;
            }
        }
    }
}

/// The whole part of a number from 0 to below 2^22: a conversion that vectorises everywhere.
#[inline(always)]
fn whole(number: f32) -> u32 {
    // Half less rounds down. A whole number may become the one before, but 0 stays 0: halves are rounded to even ones.
    (number - 0.5 + ROUND).to_bits() & 0x3f_ffff
}

/// pi in two parts, the first of few bits, so that whole multiples of it are exact.
const PI_HIGH: f32 = 3.140_625;
const PI_LOW: f32 = 9.676_536e-4;
/// Added to a number, it leaves the nearest whole number in the low bits.
const ROUND: f32 = 12_582_912.0;

/// Sine, to 1e-6 for arguments up to some thousands: the Taylor series of what is left of whole multiples of pi. Only
/// operations that are rounded correctly are used, so that the bits are the same everywhere.
#[inline(always)]
pub(super) fn sin(x: f32) -> f32 {
    let shifted = x * std::f32::consts::FRAC_1_PI + ROUND;
    let n = shifted - ROUND;
    let sign = shifted.to_bits() << 31;
    let r = (x - n * PI_HIGH) - n * PI_LOW;
    let u = r * r;
    let p = 2.608_5e-6;
    let p = p * u - 1.981_028e-4;
    let p = p * u + 8.333_076e-3;
    let p = p * u - 0.166_666_6;
    let p = p * u + 1.0;
    f32::from_bits((r * p).to_bits() ^ sign)
}

/// Cosine, likewise.
#[inline(always)]
pub(super) fn cos(x: f32) -> f32 {
    sin(x + std::f32::consts::FRAC_PI_2)
}
