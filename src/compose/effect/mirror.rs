//! One half of the picture, and its mirror image.

use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::named;

named! {
    /// The part of a picture that is kept.
    Half as "half" {
        /// The left half, mirrored to the right.
        Left = "left",
        /// The right half, mirrored to the left.
        Right = "right",
        /// The upper half, mirrored downwards.
        Top = "top",
        /// The lower half, mirrored upwards.
        Bottom = "bottom",
        /// The upper left quarter, mirrored both ways.
        Quarter = "quarter",
    }
}

parameters! {
    /// Shows one half of the picture, and its mirror image in place of the other.
    Mirror, MirrorDraft as "mirror";

    /// The half that is kept
    half: Half = Half::Left, placeholder("HALF");
}

impl Change for Mirror {
    const ABOUT: &'static str = "One half of the picture, and its mirror image";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let size = canvas.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let pixels = canvas.pixels_mut();
        if matches!(self.half, Half::Left | Half::Right | Half::Quarter) {
            for row in pixels.chunks_exact_mut(width) {
                if self.half == Half::Right {
                    row.reverse();
                }
                for x in 0..width / 2 {
                    row[width - 1 - x] = row[x];
                }
            }
        }
        if matches!(self.half, Half::Top | Half::Bottom | Half::Quarter) {
            for y in 0..height / 2 {
                let (upper, lower) = (y * width, (height - 1 - y) * width);
                match self.half {
                    Half::Bottom => pixels.copy_within(lower..lower + width, upper),
                    _ => pixels.copy_within(upper..upper + width, lower),
                }
            }
        }
    }
}
