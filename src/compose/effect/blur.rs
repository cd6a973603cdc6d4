//! Gaussian blur.

use super::{Change, Moment};
use crate::compose::soften::soften;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Blurs by a Gaussian.
    Blur, BlurDraft as "blur";

    /// Standard deviation of the Gaussian
    radius: f64 = 8.0, placeholder("PIXELS"), within(0.0, 1000.0, "pixels");
}

impl Change for Blur {
    const ABOUT: &'static str = "Gaussian blur";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        soften(canvas, scratch, self.radius);
    }

    fn reach(&self, _: Size) -> f64 {
        3.0 * self.radius
    }
}
