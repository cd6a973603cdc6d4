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

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, at: Moment) {
        let (side, width) = (self.size as usize, canvas.size().width as usize);
        // Squares begin in the corner of the picture: those in the room before it are cut.
        let first = at.margin as usize % side;
        let mut sums = vec![[0u64; 4]; width.div_ceil(side) + 1];
        let (above, below) = canvas.pixels_mut().split_at_mut(first * width);
        let bands = std::iter::once(above).chain(below.chunks_mut(width * side));
        for band in bands.filter(|band| !band.is_empty()) {
            sums.fill([0; 4]);
            for row in band.chunks_exact(width) {
                let (left, right) = row.split_at(first);
                let squares = std::iter::once(left).chain(right.chunks(side));
                for (sum, square) in sums.iter_mut().zip(squares) {
                    for pixel in square {
                        (0..4).for_each(|c| sum[c] += u64::from(pixel[c]));
                    }
                }
            }
            let rows = (band.len() / width) as u64;
            for row in band.chunks_exact_mut(width) {
                let (left, right) = row.split_at_mut(first);
                let squares = std::iter::once(left).chain(right.chunks_mut(side));
                for (sum, square) in sums.iter().zip(squares) {
                    let count = (rows * square.len() as u64).max(1);
                    square.fill(sum.map(|sum| ((sum + count / 2) / count) as u8));
                }
            }
        }
    }
}
