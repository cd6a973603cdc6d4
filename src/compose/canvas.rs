//! The pixels that layers and effects work on.

use image::{ImageBuffer, Rgba};

use crate::generate::Frame;
use crate::values::Size;

/// A picture with alpha: packed 8-bit sRGB and coverage, row after row from the top, four bytes a pixel. Colours are
/// premultiplied: none is above its alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canvas {
    size: Size,
    data: Vec<u8>,
}

impl Canvas {
    /// Nothing: transparent black.
    pub fn new(size: Size) -> Self {
        Self { size, data: vec![0; size.pixels() * 4] }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All bytes: `height` rows of `4 * width`.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, to draw into.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// Bytes in a row.
    pub fn stride(&self) -> usize {
        self.size.width as usize * 4
    }

    /// All pixels, red, green, blue and alpha.
    pub fn pixels(&self) -> &[[u8; 4]] {
        self.data.as_chunks().0
    }

    /// All pixels, to draw into.
    pub fn pixels_mut(&mut self) -> &mut [[u8; 4]] {
        self.data.as_chunks_mut().0
    }

    /// Has all pixels be those of an opaque frame of the same size.
    pub fn set(&mut self, frame: &Frame) {
        let (source, _) = frame.data().as_chunks::<3>();
        for (pixel, [r, g, b]) in self.pixels_mut().iter_mut().zip(source) {
            *pixel = [*r, *g, *b, 255];
        }
    }

    /// Writes the picture over black into a frame of the same size. Premultiplied colours are that already.
    pub fn flatten(&self, frame: &mut Frame) {
        let (target, _) = frame.data_mut().as_chunks_mut::<3>();
        for (target, [r, g, b, _]) in target.iter_mut().zip(self.pixels()) {
            *target = [*r, *g, *b];
        }
    }

    /// Has no colour be above its alpha.
    pub(super) fn clamp(&mut self) {
        for pixel in self.pixels_mut() {
            let alpha = pixel[3];
            (0..3).for_each(|c| pixel[c] = pixel[c].min(alpha));
        }
    }

    /// The picture as `image` and `imageproc` know it, made of `data`, which is exchanged for the pixels.
    pub(super) fn lend(&mut self) -> ImageBuffer<Rgba<u8>, Vec<u8>> {
        let data = std::mem::take(&mut self.data);
        // As many bytes as the size says, always.
        ImageBuffer::from_raw(self.size.width, self.size.height, data).unwrap_or_default()
    }

    /// Takes back what [`Canvas::lend`] gave, or another picture of the same size.
    pub(super) fn take_back(&mut self, picture: ImageBuffer<Rgba<u8>, Vec<u8>>) {
        self.data = picture.into_raw();
    }
}

/// `a * b / 255`, rounded to the nearest, of numbers up to 255.
#[inline(always)]
pub(super) fn scaled(a: u8, b: u8) -> u8 {
    let product = u16::from(a) * u16::from(b) + 128;
    ((product + (product >> 8)) >> 8) as u8
}

/// Takes the alpha out of a colour; of nothing there is no colour.
#[inline(always)]
pub(super) fn straight([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    match a {
        0 => [0; 4],
        255 => [r, g, b, a],
        _ => {
            let half = u32::from(a) / 2;
            let of = |c: u8| ((u32::from(c) * 255 + half) / u32::from(a)).min(255) as u8;
            [of(r), of(g), of(b), a]
        }
    }
}

/// Multiplies a colour by its alpha.
#[inline(always)]
pub(super) fn premultiplied([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    [scaled(r, a), scaled(g, a), scaled(b, a), a]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_rounded_to_the_nearest() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let exact = (f64::from(a) * f64::from(b) / 255.0).round() as u8;
                assert_eq!(scaled(a, b), exact, "{a} * {b}");
            }
        }
    }

    #[test]
    fn what_is_multiplied_by_its_alpha_comes_back_within_rounding() {
        for alpha in 1..=255u8 {
            for color in (0..=255u8).step_by(5) {
                let there = premultiplied([color, color, color, alpha]);
                assert!(there[0] <= alpha);
                let back = straight(there)[0];
                let step = 255.0 / f64::from(alpha) / 2.0 + 0.5;
                assert!((f64::from(back) - f64::from(color)).abs() <= step, "{color} at {alpha}");
            }
        }
    }
}
