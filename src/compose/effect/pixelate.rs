//! Large pixels.

use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Makes squares of pixels one.
    Pixelate, PixelateDraft as "pixelate";

    /// Pixels along each side of a square
    size: u32 = 16, placeholder("PIXELS"), within(1.0, 4096.0, "pixels");
}

impl Change for Pixelate {
    const ABOUT: &'static str = "Large pixels, each the mean of those below it";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let (side, width) = (self.size as usize, canvas.size().width as usize);
        let mut sums = vec![[0u64; 4]; width.div_ceil(side)];
        for band in canvas.pixels_mut().chunks_mut(width * side) {
            sums.fill([0; 4]);
            for row in band.chunks_exact(width) {
                for (sum, square) in sums.iter_mut().zip(row.chunks(side)) {
                    for pixel in square {
                        (0..4).for_each(|c| sum[c] += u64::from(pixel[c]));
                    }
                }
            }
            let rows = (band.len() / width) as u64;
            for row in band.chunks_exact_mut(width) {
                for (sum, square) in sums.iter().zip(row.chunks_mut(side)) {
                    let count = rows * square.len() as u64;
                    square.fill(sum.map(|sum| ((sum + count / 2) / count) as u8));
                }
            }
        }
    }
}
