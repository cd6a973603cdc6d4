//! Gaussian blur at a cost that does not depend on its radius.
//!
//! Three boxes in a row come near to a Gaussian (the central limit theorem; SVG's filter effects do the same). Their ends
//! count in part, so that the radius may be any number: P. Gwosdek et al., "Theoretical Foundations of Gaussian
//! Convolution by Extended Box Filtering", 2011. Where the Gaussian is wide, the picture is halved first, again and again:
//! what is lost is what the blur would take away.

mod halve;
mod lines;

use pulp::Arch;

use self::halve::{Double, Halve};
use self::lines::blur;
use super::{Canvas, Scratch};

/// A Gaussian of more pixels is that of a picture half as large.
const WIDEST: f64 = 4.0;
/// A Gaussian of fewer pixels is reckoned as it is defined: three boxes are too far from it.
const NARROW: f64 = 2.0;
/// Steps between two 8-bit levels, by bits, for boxes: sums of 15 still fit into 16 bits.
const BOX_BITS: u32 = 4;
/// The same for weights: sums of two.
const WEIGHT_BITS: u32 = 7;

/// Blurs by a Gaussian with a standard deviation of `sigma` pixels. Beyond the edges the picture goes on as it is there.
pub(super) fn soften(canvas: &mut Canvas, scratch: &mut Scratch, sigma: f64) {
    let size = (canvas.size().width as usize, canvas.size().height as usize);
    if sigma < 0.05 {
        return;
    }
    let halvings = (0..).find(|n| sigma / f64::from(1u32 << n) <= WIDEST).unwrap_or(0);
    let Scratch { lines, small, .. } = scratch;
    if halvings == 0 {
        blur(canvas.data_mut(), size, &Blurred::by(sigma), lines);
        return;
    }
    let mut sizes = vec![size];
    for n in 0..halvings {
        let (width, height) = sizes[n];
        sizes.push((width.div_ceil(2), height.div_ceil(2)));
    }
    small.resize_with(small.len().max(halvings), Vec::new);
    Arch::new().dispatch(Halve { from: canvas.data(), to: &mut small[0], size });
    for n in 1..halvings {
        let (there, here) = small.split_at_mut(n);
        Arch::new().dispatch(Halve { from: &there[n - 1], to: &mut here[0], size: sizes[n] });
    }
    // Each halving and doubling adds one to the variance, in pixels squared of the larger of the two: a quarter by the
    // mean of two, three quarters by the weights 1, 3, 3, 1.
    let step = 4f64.powi(halvings as i32);
    let variance = (sigma * sigma - (step - 1.0) / 3.0) / step;
    let boxes = Blurred::Boxes(Kernel::new(variance));
    blur(&mut small[halvings - 1], sizes[halvings], &boxes, lines);
    for n in (1..halvings).rev() {
        let (there, here) = small.split_at_mut(n);
        Arch::new().dispatch(Double {
            from: &here[0],
            to: &mut there[n - 1],
            size: sizes[n],
            lines,
        });
    }
    Arch::new().dispatch(Double { from: &small[0], to: canvas.data_mut(), size, lines });
}

/// How lines are blurred.
#[derive(Clone)]
enum Blurred {
    /// By three boxes.
    Boxes(Kernel),
    /// By the weight of the middle, and of the two samples that are one further away, and so on; 2^16 in all.
    Weights(Vec<u16>),
}

impl Blurred {
    /// By a Gaussian of this standard deviation, in pixels.
    fn by(sigma: f64) -> Self {
        if sigma >= NARROW {
            return Self::Boxes(Kernel::new(sigma * sigma));
        }
        let reach = (sigma * 4.0).ceil() as i32;
        let weight = |d: i32| libm::exp(-f64::from(d * d) / (2.0 * sigma * sigma));
        let total: f64 = (-reach..=reach).map(weight).sum();
        let weights = (0..=reach).map(|d| (weight(d) / total * 65536.0).round().min(65535.0));
        Self::Weights(weights.map(|weight| weight as u16).collect())
    }

    /// How many samples before the first and behind the last it looks at, in all.
    fn reach(&self) -> usize {
        match self {
            Self::Boxes(kernel) => 3 * (kernel.radius + 1),
            Self::Weights(weights) => weights.len() - 1,
        }
    }

    /// Steps between two 8-bit levels, by bits.
    fn bits(&self) -> u32 {
        match self {
            Self::Boxes(_) => BOX_BITS,
            Self::Weights(_) => WEIGHT_BITS,
        }
    }
}

/// A box, whose two ends count in part. The weights of all samples together are 2^16, within rounding.
#[derive(Clone, Copy)]
struct Kernel {
    /// Samples on each side of the middle that count in full; at least one.
    radius: usize,
    /// Their weight.
    full: u16,
    /// The weight of the two beyond.
    part: u16,
}

impl Kernel {
    /// The box that has a third of this variance, in pixels squared, at least two.
    fn new(variance: f64) -> Self {
        let third = variance.max(2.0) / 3.0;
        // A box of 2r + 1 samples has the variance r (r + 1) / 3.
        let radius = (((1.0 + 12.0 * third).sqrt() - 1.0) / 2.0).floor().max(1.0);
        // The share of the ends, from the variance of the whole.
        let (full, next) = (2.0 * radius + 1.0, radius + 1.0);
        let share = full * (radius * next / 3.0 - third) / (2.0 * (third - next * next));
        let weight = 65536.0 / (full + 2.0 * share);
        Self {
            radius: radius as usize,
            full: weight.round() as u16,
            part: (weight * share).round() as u16,
        }
    }
}

/// A channel as it is stored.
trait Sample: Copy {
    fn load(self, bits: u32) -> u16;
    fn store(level: u16, bits: u32) -> Self;
}

impl Sample for u8 {
    #[inline(always)]
    fn load(self, bits: u32) -> u16 {
        u16::from(self) << bits
    }

    #[inline(always)]
    fn store(level: u16, bits: u32) -> Self {
        ((level + (1 << (bits - 1))) >> bits) as u8
    }
}

/// With the steps of boxes.
impl Sample for u16 {
    #[inline(always)]
    fn load(self, _: u32) -> u16 {
        self
    }

    #[inline(always)]
    fn store(level: u16, _: u32) -> Self {
        level
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
        for sigma in [0.8, 1.3, 2.0, 3.9, 4.1, 7.9, 8.1, 8.0, 15.0, 31.0] {
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
                assert!(worst < 7.0, "sigma {sigma}, channel {c}: {worst}");
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
