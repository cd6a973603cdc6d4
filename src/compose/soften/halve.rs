//! Pictures of half the size, and back.

use pulp::{Simd, WithSimd};

use super::{BOX_BITS, Sample};

/// Each pixel of `to`, with the steps of boxes, is the mean of four of `from`; at odd edges those are there twice.
pub(super) struct Halve<'a, T> {
    pub from: &'a [T],
    pub to: &'a mut Vec<u16>,
    /// That of `from`.
    pub size: (usize, usize),
}

impl<T: Sample> WithSimd for Halve<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { from, to, size: (width, height) } = self;
        let (stride, half) = (width * 4, width.div_ceil(2) * 4);
        to.resize(half * height.div_ceil(2), 0);
        let mut sums = vec![0u16; half * 2];
        for (band, out) in from.chunks(2 * stride).zip(to.chunks_exact_mut(half)) {
            let (upper, lower) = (&band[..stride], &band[band.len() - stride..]);
            for ((sum, a), b) in sums.iter_mut().zip(upper).zip(lower) {
                *sum = a.load(BOX_BITS) + b.load(BOX_BITS);
            }
            if half * 2 > stride {
                sums.copy_within(stride - 4..stride, stride);
            }
            for (out, [a, b]) in out
                .as_chunks_mut::<4>()
                .0
                .iter_mut()
                .zip(sums.as_chunks::<4>().0.as_chunks::<2>().0)
            {
                for c in 0..4 {
                    out[c] = (a[c] + b[c] + 2) >> 2;
                }
            }
        }
    }
}

/// Each pixel of `to` is mixed of the four of `from`, with the steps of boxes, that it lies between: nine, three, three
/// and one sixteenth.
pub(super) struct Double<'a, T> {
    pub from: &'a [u16],
    pub to: &'a mut [T],
    /// That of `to`.
    pub size: (usize, usize),
    pub lines: &'a mut [Vec<u16>; 2],
}

impl<T: Wide> WithSimd for Double<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { from, to, size: (width, _), lines: [between, _] } = self;
        let (stride, half) = (width * 4, width.div_ceil(2) * 4);
        let rows = from.len() / half;
        let row = |y: usize| &from[y.min(rows - 1) * half..][..half];
        // With the first and the last pixel once more.
        between.resize((half + 8).max(between.len()), 0);
        let between = &mut between[..half + 8];
        let (mut left, mut right) = (vec![T::default(); half + 4], vec![T::default(); half + 4]);
        for (y, out) in to.chunks_exact_mut(stride).enumerate() {
            let near = row(y / 2);
            let far = if y % 2 == 0 { row((y / 2).saturating_sub(1)) } else { row(y / 2 + 1) };
            for ((out, near), far) in between[4..].iter_mut().zip(near).zip(far) {
                *out = 3 * near + far;
            }
            between.copy_within(4..8, 0);
            between.copy_within(half..half + 4, half + 4);
            let (before, after) = (&between[..half + 4], &between[4..]);
            for i in 0..half + 4 {
                left[i] = T::sixteenth(3 * before[i] + after[i]);
                right[i] = T::sixteenth(before[i] + 3 * after[i]);
            }
            // Behind the middle of the one, and before that of the other.
            let (left, right) = (left[4..].as_chunks::<4>().0, right.as_chunks::<4>().0);
            let pairs = out.as_chunks_mut::<4>().0.chunks_mut(2).zip(left).zip(right);
            for ((pair, left), right) in pairs {
                pair[0] = *right;
                if let Some(second) = pair.get_mut(1) {
                    *second = *left;
                }
            }
        }
    }
}

/// What sixteen times a level with the steps of boxes becomes.
pub(super) trait Wide: Copy + Default {
    fn sixteenth(level: u16) -> Self;
}

impl Wide for u8 {
    #[inline(always)]
    fn sixteenth(level: u16) -> Self {
        ((level + 128) >> 8) as u8
    }
}

impl Wide for u16 {
    #[inline(always)]
    fn sixteenth(level: u16) -> Self {
        (level + 8) >> 4
    }
}
