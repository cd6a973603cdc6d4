//! Clearer details.

use super::{Change, Moment};
use crate::compose::soften::soften;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Sharpens by an unsharp mask: adds what a blur would take away.
    Sharpen, SharpenDraft as "sharpen";

    /// How much is added
    amount: f64 = 1.0, placeholder("X"), within(0.0, 10.0, "times");
    /// Standard deviation of the blur: the size of the details
    radius: f64 = 1.5, placeholder("PIXELS"), within(0.1, 100.0, "pixels");
}

impl Change for Sharpen {
    const ABOUT: &'static str = "Clearer details (an unsharp mask)";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        let mut soft = scratch.copy(canvas);
        soften(&mut soft, scratch, self.radius);
        let amount = (self.amount * 256.0).round() as i32;
        for (pixel, soft) in canvas.pixels_mut().iter_mut().zip(soft.pixels()) {
            let alpha = i32::from(pixel[3]);
            for c in 0..3 {
                let (here, around) = (i32::from(pixel[c]), i32::from(soft[c]));
                let more = ((here - around) * amount + 128) >> 8;
                pixel[c] = (here + more).clamp(0, alpha) as u8;
            }
        }
        scratch.give(soft);
    }

    fn reach(&self, _: Size) -> f64 {
        3.0 * self.radius
    }
}
