//! The pixels that layers and effects work on.

use image::{ImageBuffer, Rgba};

use crate::generate::Frame;
pub(super) use crate::generate::{premultiplied, scaled, straight};
use crate::values::{Color, Ground, Size};

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

    /// Has the canvas be of this size. Its pixels are of chance then.
    pub(super) fn reshape(&mut self, size: Size) {
        if self.size != size {
            self.size = size;
            self.data.resize(size.pixels() * 4, 0);
        }
    }

    /// Has the canvas be empty, in one colour or transparent.
    pub(super) fn begin(&mut self, ground: Ground) {
        let pixel = match ground {
            Ground::Color(Color([r, g, b])) => [r, g, b, 255],
            Ground::None => [0; 4],
        };
        self.pixels_mut().fill(pixel);
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

    /// Has all pixels be those of a frame of the same size.
    pub fn set(&mut self, frame: &Frame) {
        let (source, _) = frame.data().as_chunks::<3>();
        let pixels = self.pixels_mut().iter_mut().zip(source);
        match frame.alpha() {
            None => pixels.for_each(|(pixel, [r, g, b])| *pixel = [*r, *g, *b, 255]),
            Some(alpha) => {
                pixels.zip(alpha).for_each(|((pixel, [r, g, b]), a)| *pixel = [*r, *g, *b, *a]);
            }
        }
    }

    /// Writes the picture over black into a frame of the same size. Premultiplied colours are that already.
    pub fn flatten(&self, frame: &mut Frame) {
        frame.set_opaque();
        let (target, _) = frame.data_mut().as_chunks_mut::<3>();
        for (target, [r, g, b, _]) in target.iter_mut().zip(self.pixels()) {
            *target = [*r, *g, *b];
        }
    }

    /// Has the picture be half as large: each pixel is the mean of four. Beyond odd sides there is nothing.
    pub(super) fn halve(&mut self) {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let half = Size::new(self.size.width.div_ceil(2), self.size.height.div_ceil(2));
        let (half_width, half_height) = (half.width as usize, half.height as usize);
        let pixels = self.pixels_mut();
        // A pixel is written where those that it is made of stand, or before them.
        for y in 0..half_height {
            for x in 0..half_width {
                let mut sums = [2u16; 4];
                for row in 2 * y..(2 * y + 2).min(height) {
                    for column in 2 * x..(2 * x + 2).min(width) {
                        let pixel = pixels[row * width + column];
                        (0..4).for_each(|c| sums[c] += u16::from(pixel[c]));
                    }
                }
                pixels[y * half_width + x] = sums.map(|sum| (sum / 4) as u8);
            }
        }
        self.reshape(half);
    }

    /// Writes the picture into a frame of the same size, with its alpha.
    pub fn store(&self, frame: &mut Frame) {
        frame.clear();
        let (data, alpha) = frame.planes_mut();
        let (target, _) = data.as_chunks_mut::<3>();
        for ((target, alpha), [r, g, b, a]) in target.iter_mut().zip(alpha).zip(self.pixels()) {
            (*target, *alpha) = ([*r, *g, *b], *a);
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

/// How light a colour is, 0 to 255: the luma of BT.709.
#[inline(always)]
pub(super) fn luma([r, g, b]: [u8; 3]) -> u8 {
    // 16 bits after the point; the three weights make one.
    let sum = 13_933 * u32::from(r) + 46_871 * u32::from(g) + 4_732 * u32::from(b);
    ((sum + 32_768) >> 16) as u8
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
