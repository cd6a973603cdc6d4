//! How the colours of a layer meet what lies below it: the blend modes of W3C Compositing and Blending Level 1, on
//! premultiplied colours.
//!
//! Of what lies below (colour b, alpha B) and what comes over it (s, S), premultiplied, all modes make
//! `s (1 - B) + b (1 - S) + both`, where `both` is what they do where there is something of both. That is written here
//! in parts of 255 times 255, so that it is rounded once.

use pulp::{Arch, Simd, WithSimd};

use super::Canvas;
use super::linear::{Linear, soft};
use crate::generate::{Frame, divided, scaled};
use crate::values::{Size, named};

named! {
    /// How the colours of a layer meet what lies below it.
    BlendMode as "blend mode" {
        /// They cover it.
        Normal = "normal",
        /// Light is added.
        Add = "add",
        /// Light is added, and never too much.
        Screen = "screen",
        /// Light is taken away, as by a filter.
        Multiply = "multiply",
        /// What is dark below is multiplied, what is light is screened.
        Overlay = "overlay",
        /// As a soft lamp would light it.
        SoftLight = "soft-light",
        /// The difference.
        Difference = "difference",
        /// The difference, with less contrast.
        Exclusion = "exclusion",
        /// The lighter of both, channel by channel.
        Lighten = "lighten",
        /// The darker of both.
        Darken = "darken",
        /// The layer is taken away.
        Subtract = "subtract",
    }
}

/// A layer's picture, and how it is laid.
pub(super) struct Sheet<'a> {
    /// Its pixels.
    pub picture: Pixels<'a>,
    /// Where its upper left pixel comes; it may lie outside.
    pub at: (i64, i64),
    /// How its colours meet what lies below.
    pub mode: BlendMode,
    /// How much of it is seen, 0 to 255.
    pub opacity: u8,
    /// How much of it is seen at each pixel of what lies below.
    pub mask: Option<&'a [u8]>,
    /// Mixes light instead of sRGB values, if it is there.
    pub linear: Option<&'a Linear>,
}

/// The pixels of a layer: as its source drew them, or after effects.
#[derive(Clone, Copy)]
pub(super) enum Pixels<'a> {
    Frame(&'a Frame),
    Canvas(&'a Canvas),
}

impl Pixels<'_> {
    fn size(self) -> Size {
        match self {
            Self::Frame(frame) => frame.size(),
            Self::Canvas(canvas) => canvas.size(),
        }
    }

    /// Some pixels from pixel `from` on; those beyond `count` are transparent.
    #[inline(always)]
    fn block(self, from: usize, count: usize) -> Block {
        let mut block: Block = [0; BLOCK];
        match self {
            Self::Canvas(canvas) => {
                block[..count * 4].copy_from_slice(&canvas.data()[from * 4..][..count * 4]);
            }
            Self::Frame(frame) => {
                let (pixels, _) = block.as_chunks_mut::<4>();
                let (colors, _) = frame.data()[from * 3..][..count * 3].as_chunks::<3>();
                for (pixel, [r, g, b]) in pixels.iter_mut().zip(colors) {
                    *pixel = [*r, *g, *b, 255];
                }
                if let Some(alpha) = frame.alpha() {
                    for (pixel, alpha) in pixels.iter_mut().zip(&alpha[from..from + count]) {
                        pixel[3] = *alpha;
                    }
                }
            }
        }
        block
    }
}

/// Lays a sheet over `base`.
pub(super) fn blend(base: &mut Canvas, sheet: &Sheet) {
    Arch::new().dispatch(Blend { base, sheet });
}

struct Blend<'a> {
    base: &'a mut Canvas,
    sheet: &'a Sheet<'a>,
}

/// Bytes that are blended together: 32 pixels.
const BLOCK: usize = 128;

type Block = [u8; BLOCK];

impl WithSimd for Blend<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        use BlendMode::*;
        match self.sheet.mode {
            Normal => self.rows(Pair::over),
            Add => self.rows(|v| {
                (u32::from(v.b) * u32::from(v.sa) + u32::from(v.s) * u32::from(v.ba))
                    .min(u32::from(v.sa) * u32::from(v.ba)) as u16
            }),
            Screen => self.rows(|v| v.below().wrapping_add(v.over()).wrapping_sub(v.s * v.b)),
            Multiply => self.rows(|v| v.s * v.b),
            Overlay => self.rows(|v| match 2 * v.b <= v.ba {
                true => (2 * v.s).wrapping_mul(v.b),
                false => (v.sa * v.ba).wrapping_sub((2 * (v.ba - v.b)).wrapping_mul(v.sa - v.s)),
            }),
            SoftLight => self.rows(soft_light),
            Difference => self.rows(|v| v.below().abs_diff(v.over())),
            Exclusion => self.rows(|v| {
                v.below().wrapping_add(v.over()).wrapping_sub((2 * v.s).wrapping_mul(v.b))
            }),
            Lighten => self.rows(|v| v.below().max(v.over())),
            Darken => self.rows(|v| v.below().min(v.over())),
            Subtract => self.rows(|v| v.below().saturating_sub(v.over())),
        }
    }
}

/// A channel of one pixel: of what lies below and of what comes over it, with their alphas.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    b: u16,
    s: u16,
    ba: u16,
    sa: u16,
}

impl Pair {
    /// What lies below, as far as it is covered.
    #[inline(always)]
    fn below(self) -> u16 {
        self.b * self.sa
    }

    /// What comes over it, as far as there is something below.
    #[inline(always)]
    fn over(self) -> u16 {
        self.s * self.ba
    }
}

/// By the formula of W3C. Both colours are taken out of their alphas.
#[inline(always)]
fn soft_light(v: Pair) -> u16 {
    let part = |c: u16, a: u16| if a == 0 { 0.0 } else { f32::from(c) / f32::from(a) };
    let (b, s) = (part(v.b, v.ba), part(v.s, v.sa));
    (soft(b, s) * f32::from(v.sa) * f32::from(v.ba) + 0.5) as u16
}

impl Blend<'_> {
    /// Lays all rows, where `both` says what comes where there is something of both, in parts of 255 times 255.
    #[inline(always)]
    fn rows(self, both: impl Fn(Pair) -> u16 + Copy) {
        let Self { base, sheet } = self;
        let (size, own) = (base.size(), sheet.picture.size());
        let (x, y) = sheet.at;
        let across = |side: u32| i64::from(side);
        let (left, right) = (x.max(0), (x + across(own.width)).min(across(size.width)));
        let (top, bottom) = (y.max(0), (y + across(own.height)).min(across(size.height)));
        if left >= right || top >= bottom {
            return;
        }
        let (stride, own_width) = (base.stride(), own.width as usize);
        let count = (right - left) as usize * 4;
        for row in top..bottom {
            let from = (row - y) as usize * own_width + (left - x) as usize;
            let to = row as usize * stride + left as usize * 4;
            let mask = sheet.mask.map(|mask| &mask[to / 4..][..count / 4]);
            let below = &mut base.data_mut()[to..to + count];
            for (n, below) in below.chunks_mut(BLOCK).enumerate() {
                let length = below.len();
                let mut s = sheet.picture.block(from + n * (BLOCK / 4), length / 4);
                if sheet.opacity < 255 {
                    s.iter_mut().for_each(|s| *s = scaled(*s, sheet.opacity));
                }
                if let Some(mask) = mask {
                    let mut weights: Block = [0; BLOCK];
                    let mask = &mask[n * BLOCK / 4..][..length / 4];
                    for (weights, mask) in weights.chunks_exact_mut(4).zip(mask) {
                        weights.fill(*mask);
                    }
                    for (s, weight) in s.iter_mut().zip(&weights) {
                        *s = scaled(*s, *weight);
                    }
                }
                let mut b: Block = [0; BLOCK];
                b[..length].copy_from_slice(below);
                match sheet.linear {
                    None => b = lay(&b, &s, both),
                    Some(linear) => linear.lay(&mut b, &s, sheet.mode),
                }
                below.copy_from_slice(&b[..length]);
            }
        }
    }
}

#[inline(always)]
fn lay(b: &Block, s: &Block, both: impl Fn(Pair) -> u16) -> Block {
    // Each alpha beside each of its colours.
    let (mut ba, mut sa) = ([0u8; BLOCK], [0u8; BLOCK]);
    for (out, pixel) in ba.chunks_exact_mut(4).zip(b.chunks_exact(4)) {
        out.fill(pixel[3]);
    }
    for (out, pixel) in sa.chunks_exact_mut(4).zip(s.chunks_exact(4)) {
        out.fill(pixel[3]);
    }
    let mut out: Block = [0; BLOCK];
    for i in 0..BLOCK {
        let [b, s, ba, sa] = [b[i], s[i], ba[i], sa[i]].map(u16::from);
        // Of alpha itself there is that of both.
        let both = match i & 3 {
            3 => sa * ba,
            _ => both(Pair { b, s, ba, sa }),
        };
        let sum = (s * (255 - ba)).wrapping_add(b * (255 - sa)).wrapping_add(both);
        out[i] = divided(sum);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The formula of W3C for two colours from 0 to 1, each with its alpha.
    fn exact(mode: BlendMode, b: f64, s: f64) -> f64 {
        match mode {
            BlendMode::Normal => s,
            BlendMode::Add => (b + s).min(1.0),
            BlendMode::Screen => b + s - b * s,
            BlendMode::Multiply => b * s,
            BlendMode::Overlay if b <= 0.5 => 2.0 * b * s,
            BlendMode::Overlay => 1.0 - 2.0 * (1.0 - b) * (1.0 - s),
            BlendMode::SoftLight if s <= 0.5 => b - (1.0 - 2.0 * s) * b * (1.0 - b),
            BlendMode::SoftLight if b <= 0.25 => {
                b + (2.0 * s - 1.0) * (((16.0 * b - 12.0) * b + 4.0) * b - b)
            }
            BlendMode::SoftLight => b + (2.0 * s - 1.0) * (b.sqrt() - b),
            BlendMode::Difference => (b - s).abs(),
            BlendMode::Exclusion => b + s - 2.0 * b * s,
            BlendMode::Lighten => b.max(s),
            BlendMode::Darken => b.min(s),
            BlendMode::Subtract => (b - s).max(0.0),
        }
    }

    proptest! {
        #[test]
        fn every_mode_is_that_of_the_standard(below: [u8; 4], over: [u8; 4]) {
            let under = |[r, g, b, a]: [u8; 4]| [r.min(a), g.min(a), b.min(a), a];
            let (below, over) = (under(below), under(over));
            for mode in BlendMode::ALL {
                let mut base = Canvas::new(Size::new(1, 1));
                let mut picture = base.clone();
                base.pixels_mut()[0] = below;
                picture.pixels_mut()[0] = over;
                let sheet = Sheet { picture: Pixels::Canvas(&picture), at: (0, 0), mode: *mode, opacity: 255, mask: None,
                    linear: None };
                blend(&mut base, &sheet);
                let got = base.pixels()[0];
                let part = |pixel: [u8; 4], c: usize| f64::from(pixel[c]) / 255.0;
                let (ba, sa) = (part(below, 3), part(over, 3));
                prop_assert!((part(got, 3) - (sa + ba - sa * ba)).abs() <= 0.5 / 255.0 + 1e-9);
                for c in 0..3 {
                    let (b, s) = (part(below, c), part(over, c));
                    let colour = |c: f64, a: f64| if a == 0.0 { 0.0 } else { c / a };
                    let both = exact(*mode, colour(b, ba), colour(s, sa));
                    let wanted = s * (1.0 - ba) + b * (1.0 - sa) + sa * ba * both;
                    prop_assert!((part(got, c) - wanted).abs() < 0.51 / 255.0, "{}: {:?} on {:?} is {:?}", mode,
                        over, below, got);
                    prop_assert!(got[c] <= got[3]);
                }
            }
        }

        #[test]
        fn a_sheet_lies_where_it_is_laid(w in 1u32..80, h in 1u32..9, x in -90i64..90, y in -9i64..9) {
            let mut base = Canvas::new(Size::new(40, 5));
            let mut picture = Canvas::new(Size::new(w, h));
            picture.data_mut().fill(255);
            let sheet = Sheet { picture: Pixels::Canvas(&picture), at: (x, y), mode: BlendMode::Normal, opacity: 128, mask: None,
                linear: None };
            blend(&mut base, &sheet);
            for (i, pixel) in base.pixels().iter().enumerate() {
                let (px, py) = ((i % 40) as i64, (i / 40) as i64);
                let is_in = (x..x + i64::from(w)).contains(&px) && (y..y + i64::from(h)).contains(&py);
                prop_assert_eq!(*pixel, if is_in { [128; 4] } else { [0; 4] });
            }
        }
    }

    proptest! {
        #[test]
        fn every_mode_on_light_is_that_of_the_standard(below: [u8; 3], over: [u8; 3]) {
            let light = |level: u8| {
                let c = f64::from(level) / 255.0;
                if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            };
            let level = |light: f64| {
                let c = if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
                c * 255.0
            };
            let linear = Linear::new();
            for mode in BlendMode::ALL {
                let ([r, g, b], [over_r, over_g, over_b]) = (below, over);
                let mut mixed = [r, g, b, 255];
                linear.lay(&mut mixed, &[over_r, over_g, over_b, 255], *mode);
                for c in 0..3 {
                    let wanted = level(exact(*mode, light(below[c]), light(over[c])));
                    prop_assert!((f64::from(mixed[c]) - wanted).abs() < 1.1, "{}: {} on {} is {}, not {}", mode,
                        over[c], below[c], mixed[c], wanted);
                }
            }
        }
    }

    #[test]
    fn light_mixes_as_light() {
        let linear = Linear::new();
        for mode in BlendMode::ALL {
            // Nothing over anything, and anything over nothing, stay what they are.
            for pixel in [[10u8, 90, 200, 255], [3, 40, 90, 100]] {
                let mut below = pixel;
                linear.lay(&mut below, &[0; 4], *mode);
                assert!(
                    below.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= 1),
                    "{mode}: {below:?}"
                );
            }
        }
        let mut below = [0, 0, 0, 255];
        // Half of white is the level that a checkerboard looks like.
        linear.lay(&mut below, &[128, 128, 128, 128], BlendMode::Normal);
        assert!(below[0].abs_diff(188) <= 1, "{below:?}");
    }
}
