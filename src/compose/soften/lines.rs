//! Lines of samples, blurred several at a time.

use pulp::{Arch, Simd, WithSimd};

use super::{Blurred, Kernel, Sample};

/// Pixels that are taken together.
const PIXELS: usize = 16;
/// Their channels.
const LANES: usize = PIXELS * 4;

type Lanes = [u16; LANES];

/// Blurs a picture of four channels in both directions.
pub(super) fn blur<T: Sample>(
    data: &mut [T],
    (width, height): (usize, usize),
    how: &Blurred,
    lines: &mut [Vec<u16>; 2],
) {
    for lines in lines.iter_mut() {
        lines.resize((width.max(height) + 2 * how.reach()) * LANES, 0);
    }
    Arch::new().dispatch(Blur { data, width, height, how, lines });
}

struct Blur<'a, T> {
    data: &'a mut [T],
    width: usize,
    height: usize,
    how: &'a Blurred,
    lines: &'a mut [Vec<u16>; 2],
}

impl<T: Sample> WithSimd for Blur<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { data, width, height, how, lines: [one, two] } = self;
        let (stride, reach, bits) = (width * 4, how.reach(), how.bits());
        let (one, _) = one.as_chunks_mut::<LANES>();
        let (two, _) = two.as_chunks_mut::<LANES>();
        // Along the rows, several at a time.
        for top in (0..height).step_by(PIXELS) {
            let rows = PIXELS.min(height - top);
            let band = &mut data[top * stride..][..rows * stride];
            for (row, pixels) in band.chunks_exact(stride).enumerate() {
                for (line, pixel) in one[reach..].iter_mut().zip(pixels.as_chunks::<4>().0) {
                    line.as_chunks_mut::<4>().0[row] = pixel.map(|sample| sample.load(bits));
                }
            }
            lines(one, two, width, how);
            for (row, pixels) in band.chunks_exact_mut(stride).enumerate() {
                for (line, pixel) in two[reach..].iter().zip(pixels.as_chunks_mut::<4>().0) {
                    *pixel = line.as_chunks::<4>().0[row].map(|level| T::store(level, bits));
                }
            }
        }
        // And down the columns.
        for left in (0..stride).step_by(LANES) {
            let lanes = LANES.min(stride - left);
            for (line, row) in one[reach..].iter_mut().zip(data.chunks_exact(stride)) {
                for (level, sample) in line.iter_mut().zip(&row[left..left + lanes]) {
                    *level = sample.load(bits);
                }
            }
            lines(one, two, height, how);
            for (line, row) in two[reach..].iter().zip(data.chunks_exact_mut(stride)) {
                for (level, sample) in line.iter().zip(&mut row[left..left + lanes]) {
                    *sample = T::store(*level, bits);
                }
            }
        }
    }
}

/// Blurs so many lines, from `one` to `two`, in which they lie behind as many as the blur reaches.
#[inline(always)]
fn lines(one: &mut [Lanes], two: &mut [Lanes], count: usize, how: &Blurred) {
    let reach = how.reach();
    let (one, two) = (&mut one[..count + 2 * reach], &mut two[..count + 2 * reach]);
    // Beyond the edges the picture goes on, so that each box finds there what it would.
    let (first, last) = (one[reach], one[reach + count - 1]);
    one[..reach].fill(first);
    one[reach + count..].fill(last);
    match how {
        Blurred::Boxes(kernel) => {
            average(one, two, *kernel);
            average(two, one, *kernel);
            average(one, two, *kernel);
        }
        Blurred::Weights(weights) => weigh(&one[..], &mut two[reach..reach + count], weights),
    }
}

/// `a * b / 2^16`, rounded down.
#[inline(always)]
fn part(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}

/// The sum of samples, each by its weight, over lanes that have nothing to do with each other. `from` goes beyond `to` on
/// both sides.
#[inline(always)]
fn weigh(from: &[Lanes], to: &mut [Lanes], weights: &[u16]) {
    let reach = weights.len() - 1;
    // Each part is rounded down, by a half in the mean.
    let rounding = weights.len().div_ceil(2) as u16;
    for (index, out) in to.iter_mut().enumerate() {
        let middle = index + reach;
        let mut sums = [rounding; LANES];
        for (sum, level) in sums.iter_mut().zip(&from[middle]) {
            *sum = sum.wrapping_add(part(*level, weights[0]));
        }
        for (apart, weight) in weights.iter().enumerate().skip(1) {
            let (before, after) = (&from[middle - apart], &from[middle + apart]);
            for i in 0..LANES {
                let both = part(before[i].wrapping_add(after[i]), *weight);
                sums[i] = sums[i].wrapping_add(both);
            }
        }
        *out = sums;
    }
}

/// One box, over lanes that have nothing to do with each other. The lines at both ends are of no use; nor are lanes beside
/// the picture, in which anything may stand.
#[inline(always)]
fn average(from: &[Lanes], to: &mut [Lanes], kernel: Kernel) {
    let Kernel { radius, full, part: share } = kernel;
    let width = 2 * radius + 3;
    let mut sums = [0u16; LANES];
    for line in &from[1..width - 1] {
        for (sum, level) in sums.iter_mut().zip(line) {
            *sum = sum.wrapping_add(*level);
        }
    }
    for (window, out) in from.windows(width).zip(&mut to[radius + 1..]) {
        let (before, leaving, after) = (&window[0], &window[1], &window[width - 1]);
        for i in 0..LANES {
            // Both parts are rounded down, by a half in the mean.
            let both = part(before[i].wrapping_add(after[i]), share);
            out[i] = part(sums[i], full).wrapping_add(both).wrapping_add(1);
            sums[i] = sums[i].wrapping_add(after[i]).wrapping_sub(leaving[i]);
        }
    }
}
