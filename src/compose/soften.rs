//! Gaussian blur at a cost that does not depend on its radius.
//!
//! Three boxes in a row come near to a Gaussian (the central limit theorem; SVG's filter effects do the same). Their ends
//! count in part, so that the radius may be any number: P. Gwosdek et al., "Theoretical Foundations of Gaussian
//! Convolution by Extended Box Filtering", 2011. Where the Gaussian is wide, the picture is made smaller first: what is
//! lost is what the blur would take away.

use pulp::{Arch, Simd, WithSimd};

use super::{Canvas, Scratch};

/// A Gaussian of more pixels is that of a picture half as large.
const WIDEST: f64 = 8.0;
/// Pixels that are taken together.
const PIXELS: usize = 16;
/// Their channels.
const LANES: usize = PIXELS * 4;
/// Between two 8-bit levels there are so many, by bits: sums of 15 still fit into 16 bits.
const BITS: u32 = 4;

type Lanes = [u16; LANES];

/// Blurs by a Gaussian with a standard deviation of `sigma` pixels. Beyond the edges the picture goes on as it is there.
pub(super) fn soften(canvas: &mut Canvas, scratch: &mut Scratch, sigma: f64) {
    let (width, height) = (canvas.size().width as usize, canvas.size().height as usize);
    if sigma < 0.05 {
        return;
    }
    let mut factor = 1;
    while sigma / factor as f64 > WIDEST {
        factor *= 2;
    }
    let lines = &mut scratch.lines;
    if factor == 1 {
        let how = Blurred::by(sigma * sigma);
        blur(canvas.data_mut(), (width, height), &how, lines);
        return;
    }
    // What making it smaller and larger again adds to the variance: a box of the factor, and a tent.
    let (wide, step) = (sigma * sigma, factor as f64 * factor as f64);
    let variance = (wide - (step - 1.0) / 12.0 - step / 6.0) / step;
    let (less_width, less_height) = (width.div_ceil(factor), height.div_ceil(factor));
    let small = &mut scratch.small;
    small.resize(less_width * less_height * 4, 0);
    Arch::new().dispatch(Shrink { from: canvas.data(), width, factor, to: small, less_width });
    blur(small, (less_width, less_height), &Blurred::by(variance), lines);
    Arch::new().dispatch(Enlarge { from: small, less_width, factor, to: canvas.data_mut(), width });
}

/// A Gaussian of fewer pixels is reckoned as it is defined: three boxes are too far from it.
const NARROW: f64 = 2.0;

/// How lines are blurred.
#[derive(Clone)]
enum Blurred {
    /// By three boxes.
    Boxes(Kernel),
    /// By the weight of the middle, and of the two samples that are one further away, and so on; 2^16 in all.
    Weights(Vec<u32>),
}

impl Blurred {
    /// How many samples before the first and behind the last it looks at, in all.
    fn reach(&self) -> usize {
        match self {
            Self::Boxes(kernel) => 3 * (kernel.radius + 1),
            Self::Weights(weights) => weights.len() - 1,
        }
    }

    /// By a Gaussian of this variance, in pixels squared.
    fn by(variance: f64) -> Self {
        let sigma = variance.max(0.0).sqrt();
        if sigma >= NARROW {
            return Self::Boxes(Kernel::new(variance));
        }
        let reach = (sigma * 4.0).ceil() as i32;
        let weight = |d: i32| libm::exp(-f64::from(d * d) / (2.0 * variance));
        let total: f64 = (-reach..=reach).map(weight).sum();
        let mut weights: Vec<u32> =
            (0..=reach).map(|d| (weight(d) / total * 65536.0).round() as u32).collect();
        // What rounding leaves over belongs to the middle.
        weights[0] = 65536 - 2 * weights[1..].iter().sum::<u32>();
        Self::Weights(weights)
    }
}

/// A box, whose two ends count in part. The weights of all samples together are 2^16.
#[derive(Clone, Copy)]
struct Kernel {
    /// Samples on each side of the middle that count in full.
    radius: usize,
    /// Their weight.
    full: u32,
    /// The weight of the two beyond.
    part: u32,
}

impl Kernel {
    /// The box that has a third of this variance, in pixels squared.
    fn new(variance: f64) -> Self {
        let third = variance.max(0.0) / 3.0;
        // A box of 2r + 1 samples has the variance r (r + 1) / 3.
        let radius = ((1.0 + 12.0 * third).sqrt() - 1.0) / 2.0;
        let radius = radius.floor();
        // The share of the ends, from the variance of the whole.
        let (full, next) = (2.0 * radius + 1.0, radius + 1.0);
        let share = full * (radius * next / 3.0 - third) / (2.0 * (third - next * next));
        let part = (65536.0 * share / (full + 2.0 * share)).round() as u32;
        let radius = radius as usize;
        // What rounding leaves over belongs to the middle, which is not told apart: the part takes it.
        let full = (65536 - 2 * part) / (2 * radius as u32 + 1);
        Self { radius, full, part }
    }

    /// What the weights lack to 2^16.
    fn rest(&self) -> u32 {
        65536 - 2 * self.part - self.full * (2 * self.radius as u32 + 1)
    }
}

/// A channel as it is stored.
trait Sample: Copy {
    fn load(self) -> u16;
    fn store(level: u16) -> Self;
}

impl Sample for u8 {
    #[inline(always)]
    fn load(self) -> u16 {
        u16::from(self) << BITS
    }

    #[inline(always)]
    fn store(level: u16) -> Self {
        ((level + (1 << (BITS - 1))) >> BITS) as u8
    }
}

impl Sample for u16 {
    #[inline(always)]
    fn load(self) -> u16 {
        self
    }

    #[inline(always)]
    fn store(level: u16) -> Self {
        level
    }
}

/// Blurs a picture of four channels in both directions.
fn blur<T: Sample>(
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
        let (stride, reach) = (width * 4, how.reach());
        let (one, _) = one.as_chunks_mut::<LANES>();
        let (two, _) = two.as_chunks_mut::<LANES>();
        // Along the rows, several at a time.
        for top in (0..height).step_by(PIXELS) {
            let rows = PIXELS.min(height - top);
            let band = &mut data[top * stride..][..rows * stride];
            for (row, pixels) in band.chunks_exact(stride).enumerate() {
                for (line, pixel) in one[reach..].iter_mut().zip(pixels.chunks_exact(4)) {
                    for c in 0..4 {
                        line[row * 4 + c] = pixel[c].load();
                    }
                }
            }
            lines(one, two, width, how);
            for (row, pixels) in band.chunks_exact_mut(stride).enumerate() {
                for (line, pixel) in two[reach..].iter().zip(pixels.chunks_exact_mut(4)) {
                    for c in 0..4 {
                        pixel[c] = T::store(line[row * 4 + c]);
                    }
                }
            }
        }
        // And down the columns.
        for left in (0..stride).step_by(LANES) {
            let lanes = LANES.min(stride - left);
            for (line, row) in one[reach..].iter_mut().zip(data.chunks_exact(stride)) {
                for (level, sample) in line.iter_mut().zip(&row[left..left + lanes]) {
                    *level = sample.load();
                }
            }
            lines(one, two, height, how);
            for (line, row) in two[reach..].iter().zip(data.chunks_exact_mut(stride)) {
                for (level, sample) in line.iter().zip(&mut row[left..left + lanes]) {
                    *sample = T::store(*level);
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
        Blurred::Weights(weights) => weigh(one, two, weights),
    }
}

/// The sum of samples, each by its weight, over lanes that have nothing to do with each other.
#[inline(always)]
fn weigh(from: &[Lanes], to: &mut [Lanes], weights: &[u32]) {
    let last = from.len() - 1;
    for (index, out) in to.iter_mut().enumerate() {
        let mut sums = [1u32 << 15; LANES];
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum += u32::from(from[index][i]) * weights[0];
        }
        for (apart, weight) in weights.iter().enumerate().skip(1) {
            let (before, after) =
                (&from[index.saturating_sub(apart)], &from[(index + apart).min(last)]);
            for i in 0..LANES {
                sums[i] += (u32::from(before[i]) + u32::from(after[i])) * weight;
            }
        }
        for (out, sum) in out.iter_mut().zip(&sums) {
            *out = (sum >> 16) as u16;
        }
    }
}

/// One box, over lanes that have nothing to do with each other.
#[inline(always)]
fn average(from: &[Lanes], to: &mut [Lanes], kernel: Kernel) {
    let last = from.len() - 1;
    let Kernel { radius, full, part } = kernel;
    let rest = kernel.rest();
    let at = |index: usize, offset: isize| -> &Lanes {
        &from[index.saturating_add_signed(offset).min(last)]
    };
    let mut sums = [0u16; LANES];
    for offset in -(radius as isize)..=radius as isize {
        for (sum, level) in sums.iter_mut().zip(at(0, offset)) {
            *sum += level;
        }
    }
    let reach = radius as isize;
    for (index, out) in to.iter_mut().enumerate() {
        let (before, after) = (at(index, -reach - 1), at(index, reach + 1));
        let (middle, leaving) = (at(index, 0), at(index, -reach));
        for i in 0..LANES {
            let ends = u32::from(before[i]) + u32::from(after[i]);
            let sum = u32::from(sums[i]) * full + ends * part + u32::from(middle[i]) * rest;
            out[i] = ((sum + (1 << 15)) >> 16) as u16;
            sums[i] = sums[i].wrapping_add(after[i]).wrapping_sub(leaving[i]);
        }
    }
}

/// Each pixel of `to` is the mean of `factor * factor` pixels of `from`, of as many as there are at its edges.
struct Shrink<'a> {
    from: &'a [u8],
    width: usize,
    factor: usize,
    to: &'a mut [u16],
    less_width: usize,
}

impl WithSimd for Shrink<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        // Those that are usual are written out by the compiler.
        match self.factor {
            2 => self.by(2),
            4 => self.by(4),
            factor => self.by(factor),
        }
    }
}

impl Shrink<'_> {
    #[inline(always)]
    fn by(self, factor: usize) {
        let Self { from, width, to, less_width, .. } = self;
        let bands = from.chunks(width * 4 * factor);
        let mut sums = vec![0u32; less_width * 4];
        for (band, out) in bands.zip(to.chunks_exact_mut(less_width * 4)) {
            sums.fill(0);
            let rows = band.len() / (width * 4);
            for row in band.chunks_exact(width * 4) {
                for (sum, pixels) in sums.chunks_exact_mut(4).zip(row.chunks(4 * factor)) {
                    for pixel in pixels.chunks_exact(4) {
                        for c in 0..4 {
                            sum[c] += u32::from(pixel[c]);
                        }
                    }
                }
            }
            let whole = (factor * rows) as u32;
            for (out, sum) in out.iter_mut().zip(&sums) {
                *out = (((sum << BITS) + whole / 2) / whole) as u16;
            }
            // The last column may be of fewer pixels.
            let across = width - (less_width - 1) * factor;
            let few = (across * rows) as u32;
            let tail = (less_width - 1) * 4;
            for (out, sum) in out[tail..].iter_mut().zip(&sums[tail..]) {
                *out = (((sum << BITS) + few / 2) / few) as u16;
            }
        }
    }
}

/// Each pixel of `to` lies between four of `from`, and is mixed of them.
struct Enlarge<'a> {
    from: &'a [u16],
    less_width: usize,
    factor: usize,
    to: &'a mut [u8],
    width: usize,
}

impl WithSimd for Enlarge<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.factor {
            2 => self.by(2),
            4 => self.by(4),
            factor => self.by(factor),
        }
    }
}

impl Enlarge<'_> {
    #[inline(always)]
    fn by(self, factor: usize) {
        let Self { from, less_width, to, width, .. } = self;
        let rows = from.chunks_exact(less_width * 4).len();
        let row = |y: usize| &from[y.min(rows - 1) * less_width * 4..][..less_width * 4];
        // Twice the factor is the whole: pixels' middles lie at halves.
        let whole = 2 * factor as u32;
        let shift = whole.trailing_zeros();
        // The place before the first and behind the last are those themselves.
        let mut between = vec![0u32; (less_width + 2) * 4];
        for (y, out) in to.chunks_exact_mut(width * 4).enumerate() {
            let place = 2 * y + 1 + factor;
            let (above, below) = (place / (2 * factor), (place % (2 * factor)) as u32);
            let (upper, lower) = (row(above.saturating_sub(1)), row(above));
            for ((out, a), b) in between[4..].iter_mut().zip(upper).zip(lower) {
                *out = u32::from(*a) * (whole - below) + u32::from(*b) * below;
            }
            between.copy_within(4..8, 0);
            between.copy_within(less_width * 4..less_width * 4 + 4, less_width * 4 + 4);
            // A run of pixels lies between the same two.
            let half = factor / 2;
            for (cell, pair) in between.windows(8).step_by(4).enumerate() {
                let start = (cell * factor).saturating_sub(half);
                let end = (cell * factor + factor - half).min(width);
                if start >= end {
                    break;
                }
                for (x, pixel) in out[start * 4..end * 4].chunks_exact_mut(4).enumerate() {
                    let right = ((2 * (start + x) + 1 + factor) % (2 * factor)) as u32;
                    for c in 0..4 {
                        let sum = pair[c] * (whole - right) + pair[4 + c] * right;
                        let total = 2 * shift + BITS;
                        pixel[c] = ((sum + (1 << (total - 1))) >> total) as u8;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Size;

    /// Blurred by the definition in f64: one channel.
    fn exact(levels: &[f64], (width, height): (usize, usize), sigma: f64) -> Vec<f64> {
        let reach = (sigma * 5.0).ceil() as isize;
        let weight = |d: isize| (-(d * d) as f64 / (2.0 * sigma * sigma)).exp();
        let total: f64 = (-reach..=reach).map(weight).sum();
        let along = |at: &dyn Fn(isize) -> f64, middle: isize| -> f64 {
            (-reach..=reach).map(|d| at(middle + d) * weight(d)).sum::<f64>() / total
        };
        let clamp = |v: isize, n: usize| v.clamp(0, n as isize - 1) as usize;
        let mut rows = vec![0.0; levels.len()];
        for y in 0..height {
            for x in 0..width {
                let at = |x: isize| levels[y * width + clamp(x, width)];
                rows[y * width + x] = along(&at, x as isize);
            }
        }
        let mut all = vec![0.0; levels.len()];
        for y in 0..height {
            for x in 0..width {
                let at = |y: isize| rows[clamp(y, height) * width + x];
                all[y * width + x] = along(&at, y as isize);
            }
        }
        all
    }

    #[test]
    fn a_blur_is_near_the_gaussian() {
        let (width, height) = (97, 83);
        for sigma in [0.8, 1.3, 2.0, 3.9, 4.1, 8.0, 15.0, 31.0] {
            let mut canvas = Canvas::new(Size::new(width, height));
            for (i, pixel) in canvas.pixels_mut().iter_mut().enumerate() {
                let (x, y) = (i % width as usize, i / width as usize);
                // Lines, a block with hard edges, and something of chance.
                let line = if x % 23 == 7 || y == 40 { 255 } else { 0 };
                let block = if x > 60 && y > 50 { 255 } else { line };
                let chance = ((i * 7919) % 251) as u8;
                *pixel = [block, chance, 200, 255];
            }
            let before: Vec<[u8; 4]> = canvas.pixels().to_vec();
            soften(&mut canvas, &mut Scratch::default(), sigma);
            for c in 0..4 {
                let levels: Vec<f64> = before.iter().map(|pixel| f64::from(pixel[c])).collect();
                let wanted = exact(&levels, (width as usize, height as usize), sigma);
                // At the edges of a picture that is made smaller first, what lies beyond is its mean.
                let margin = if sigma > WIDEST { sigma.ceil() as usize } else { 0 };
                let is_inside = |i: usize| {
                    let (x, y) = (i % width as usize, i / width as usize);
                    let (right, below) = (width as usize - 1 - x, height as usize - 1 - y);
                    x.min(y).min(right).min(below) >= margin
                };
                let apart = |(i, wanted): (usize, &f64)| {
                    is_inside(i).then(|| (f64::from(canvas.pixels()[i][c]) - wanted).abs())
                };
                let worst = wanted.iter().enumerate().filter_map(apart).fold(0.0, f64::max);
                // Three boxes are a Gaussian within three percent of a step.
                assert!(worst < 8.0, "sigma {sigma}, channel {c}: {worst}");
                if c >= 2 {
                    assert!(worst <= 0.5, "what is even stays: {sigma}, {c}: {worst}");
                }
            }
        }
    }

    #[test]
    fn any_size_is_blurred() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 3), (17, 16), (33, 5)] {
            for sigma in [0.7, 5.0, 100.0, 1000.0] {
                let mut canvas = Canvas::new(Size::new(width, height));
                canvas.data_mut().fill(77);
                soften(&mut canvas, &mut Scratch::default(), sigma);
                assert!(canvas.data().iter().all(|level| *level == 77), "{width}x{height} {sigma}");
            }
        }
    }
}
