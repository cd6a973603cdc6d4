//! What is bright, larger.

use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Makes what is bright larger: each channel is the greatest in a disk.
    Dilate, DilateDraft as "dilate";

    /// Radius of the disk
    radius: u32 = 3, placeholder("PIXELS"), within(0.0, 100.0, "pixels");
}

impl Change for Dilate {
    const ABOUT: &'static str = "What is bright, larger";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        super::adjust::morph(canvas, self.radius, imageproc::morphology::grayscale_dilate);
    }

    fn reach(&self, _: Size) -> f64 {
        f64::from(self.radius)
    }
}
