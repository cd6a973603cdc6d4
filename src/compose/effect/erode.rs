//! What is bright, smaller.

use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Makes what is bright smaller: each channel is the least in a disk.
    Erode, ErodeDraft as "erode";

    /// Radius of the disk
    radius: u32 = 3, placeholder("PIXELS"), within(0.0, 100.0, "pixels");
}

impl Change for Erode {
    const ABOUT: &'static str = "What is bright, smaller";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        super::adjust::morph(canvas, self.radius, imageproc::morphology::grayscale_erode);
    }
}
