//! Few levels that look like more.

use super::{Change, Moment};
use crate::compose::canvas::{premultiplied, straight};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Leaves each channel few levels, in a pattern that looks like more (ordered dithering, B. Bayer, 1973).
    Dither, DitherDraft as "dither";

    /// Levels of each channel
    levels: u32 = 2, within(2.0, 256.0, "levels");
    /// Pixels along each side of a point of the pattern
    size: u32 = 1, placeholder("PIXELS"), within(1.0, 64.0, "pixels");
}

/// Bayer's matrix of 8 by 8: the order in which pixels become light.
fn bayer(x: usize, y: usize) -> u32 {
    let (x, y) = (x as u32, y as u32);
    // Bits of x XOR y and of y, the lowest first, woven.
    let mixed = x ^ y;
    (0..3).fold(0, |order, bit| (order << 2) | ((mixed >> bit & 1) << 1) | (y >> bit & 1))
}

impl Change for Dither {
    const ABOUT: &'static str = "Few levels, in a pattern that looks like more";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, at: Moment) {
        let width = canvas.size().width as usize;
        let (last, size) = (self.levels - 1, self.size as usize);
        // The pattern begins in the corner of the picture.
        let shift = 8 * size - at.margin as usize % (8 * size);
        let rows = canvas.pixels_mut().chunks_exact_mut(width).enumerate();
        for (y, row) in rows {
            for (x, pixel) in row.iter_mut().enumerate() {
                let edge = 2 * bayer((x + shift) / size % 8, (y + shift) / size % 8) + 1;
                let level = |value: u8| {
                    // In 128 parts of a step.
                    let place = u32::from(value) * last * 128 / 255;
                    let level = (place / 128 + u32::from(place % 128 >= edge)).min(last);
                    ((level * 255 + last / 2) / last) as u8
                };
                let [r, g, b, a] = straight(*pixel);
                *pixel = premultiplied([level(r), level(g), level(b), a]);
            }
        }
    }
}
