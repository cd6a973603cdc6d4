//! How much of each pixel a shape covers, and its blending into the frame.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::stroke::Stroke;
use super::{Blend, Point};
use crate::generate::Frame;
use crate::values::{Color, Size};

/// Rows in a band: 1920 pixels wide, its part of frame and mask takes 360 KiB.
const BAND: u32 = 48;

/// Pixels whose coverage is computed together.
pub(super) const LANES: usize = 4;

/// The coverage of one shape at a time: 0 (outside) to 255 (inside) for each pixel.
///
/// Only the spans that a shape touches are blended and cleared, so a thin shape on a large frame costs little. One
/// band of the frame is drawn at a time, with all its shapes, so that it stays in the cache.
pub struct Coverage {
    arch: Arch,
    size: Size,
    /// The rows of the band.
    rows: Range<u32>,
    antialias: bool,
    blend: Blend,
    color: [u8; 3],
    /// In parts of 65536.
    opacity: u32,
    /// The alpha of each coverage.
    alphas: [u8; 256],
    mask: Vec<u8>,
    spans: Vec<Span>,
}

/// Pixels `start..end` of row `y`.
#[derive(Clone, Copy)]
struct Span {
    y: u32,
    start: u32,
    end: u32,
}

impl Coverage {
    /// For shapes on frames of `size`.
    pub fn new(size: Size, antialias: bool, blend: Blend) -> Self {
        // Room for a vector that reaches beyond the last pixel.
        let mask = vec![0; size.width as usize * BAND as usize + LANES];
        Self {
            arch: Arch::new(),
            size,
            rows: 0..0,
            antialias,
            blend,
            color: [0; 3],
            opacity: 0,
            alphas: [0; 256],
            mask,
            spans: Vec::new(),
        }
    }

    /// Chooses the colour of the next shapes, and how much of it covers what lies below, 0 to 1.
    pub fn set_color(&mut self, color: Color, opacity: f64) {
        self.color = color.0;
        // 16-bit opacity times 8-bit coverage keeps all levels of a faint colour.
        let opacity = (opacity * 65536.0).round() as u32;
        if std::mem::replace(&mut self.opacity, opacity) == opacity {
            return;
        }
        for (alpha, coverage) in self.alphas.iter_mut().zip(0u32..) {
            let seen = match self.antialias {
                true => coverage,
                false => 255 * u32::from(coverage >= 128),
            };
            *alpha = ((seen * opacity + 32768) >> 16) as u8;
        }
    }

    /// The rows of each band of a frame of `size`.
    pub fn bands(size: Size) -> impl Iterator<Item = Range<u32>> {
        (0..size.height).step_by(BAND as usize).map(move |y| y..(y + BAND).min(size.height))
    }

    /// Goes on to the band of these rows.
    pub fn set_rows(&mut self, rows: Range<u32>) {
        self.rows = rows;
    }

    /// The part of the rows `top..bottom` that lies in the band.
    #[inline(always)]
    pub(super) fn rows_within(&self, top: f64, bottom: f64) -> Range<u32> {
        let (first, end) = (f64::from(self.rows.start), f64::from(self.rows.end));
        top.clamp(first, end) as u32..bottom.clamp(first, end) as u32
    }

    /// Adds the line through `corners`, `width` pixels wide, and back to the first if it is closed.
    pub fn stroke(&mut self, corners: &[Point], width: f64, closed: bool) {
        self.arch.dispatch(Stroke { coverage: self, corners, width, closed });
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Marks pixels `start..end` of row `y` as touched, and returns their mask, padded to a multiple of [`LANES`].
    /// The padding must stay as it is. Where spans of a shape overlap, the mask must not become less.
    #[inline(always)]
    pub(super) fn span(&mut self, y: u32, start: u32, end: u32) -> &mut [u8] {
        self.spans.push(Span { y, start, end });
        let row = (y - self.rows.start) as usize * self.size.width as usize;
        let length = ((end - start) as usize).next_multiple_of(LANES);
        &mut self.mask[row + start as usize..][..length]
    }

    /// Blends the colour over `frame` where the shape is, and forgets the shape.
    ///
    /// Blending is in sRGB as stored, as in GD and cairo: `below + (color - below) * alpha`.
    pub fn blend(&mut self, frame: &mut Frame) {
        if self.spans.is_empty() {
            return;
        }
        let width = frame.size().width as usize;
        let (data, below) = frame.planes_mut();
        self.arch.dispatch(BlendSpans {
            mode: self.blend,
            spans: &self.spans,
            mask: &mut self.mask,
            first: self.rows.start,
            width,
            data,
            below,
            color: self.color,
            alphas: &self.alphas,
        });
        self.spans.clear();
    }
}

struct BlendSpans<'a> {
    mode: Blend,
    spans: &'a [Span],
    mask: &'a mut [u8],
    /// The mask's first row.
    first: u32,
    /// Pixels of a row.
    width: usize,
    data: &'a mut [u8],
    /// The alpha of what lies below; empty where that is opaque.
    below: &'a mut [u8],
    color: [u8; 3],
    alphas: &'a [u8; 256],
}

impl WithSimd for BlendSpans<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if self.mode != Blend::Normal || !self.below.is_empty() {
            return self.mix();
        }
        let Self { width, data, .. } = self;
        let [red, green, blue] = self.color.map(u32::from);
        let red_blue = red | blue << 16;
        let band_start = self.first as usize * width;
        for span in self.spans {
            let start = span.y as usize * width + span.start as usize;
            let end = span.y as usize * width + span.end as usize;
            let pixels = data[start * 3..end * 3].chunks_exact_mut(3);
            for (pixel, coverage) in
                pixels.zip(&mut self.mask[start - band_start..end - band_start])
            {
                let alpha = u32::from(self.alphas[usize::from(*coverage)]);
                // Clearing at once keeps pixels of overlapping spans from being blended twice.
                *coverage = 0;
                // Red and blue share a word, 16 bits each. The division by 255 is rounded, and
                // done without a division.
                let keep = 255 - alpha;
                let below = u32::from(pixel[0]) | u32::from(pixel[2]) << 16;
                let v = below * keep + red_blue * alpha + 0x0080_0080;
                let rb = (v + (v >> 8 & 0x00ff_00ff)) >> 8;
                let v = u32::from(pixel[1]) * keep + green * alpha + 0x80;
                let g = (v + (v >> 8)) >> 8;
                pixel.copy_from_slice(&[rb as u8, g as u8, (rb >> 16) as u8]);
            }
        }
    }
}

impl BlendSpans<'_> {
    /// The other blend modes, and what is not opaque, whose colours are premultiplied (W3C Compositing and Blending
    /// Level 1, 5.1 and 10).
    fn mix(self) {
        let Self { width, data, below, .. } = self;
        let band_start = self.first as usize * width;
        let divide = |v: u32| {
            let v = v + 128;
            (v + (v >> 8)) >> 8
        };
        for span in self.spans {
            let start = span.y as usize * width + span.start as usize;
            let end = span.y as usize * width + span.end as usize;
            let pixels = data[start * 3..end * 3].chunks_exact_mut(3);
            let masked = &mut self.mask[start - band_start..end - band_start];
            for (i, (pixel, coverage)) in (start..).zip(pixels.zip(masked)) {
                let alpha = u32::from(self.alphas[usize::from(*coverage)]);
                *coverage = 0;
                let opaque = u32::from(below.get(i).copied().unwrap_or(255));
                let union = alpha + divide(opaque * (255 - alpha));
                for (pixel, color) in pixel.iter_mut().zip(self.color) {
                    let (b, c) = (u32::from(*pixel), u32::from(color));
                    // Where there is something below.
                    let both = match self.mode {
                        Blend::Normal => opaque * c,
                        Blend::Add => (255 * b + opaque * c).min(255 * opaque),
                        Blend::Screen => 255 * b + opaque * c - b * c,
                        Blend::Multiply => b * c,
                    };
                    let drawn = divide((255 - opaque) * c + both);
                    *pixel = divide(b * (255 - alpha) + drawn * alpha).min(union) as u8;
                }
                if let Some(below) = below.get_mut(i) {
                    *below = union as u8;
                }
            }
        }
    }
}
