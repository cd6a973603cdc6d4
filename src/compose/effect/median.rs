//! Areas of one colour with clear borders.

use imageproc::filter::median_filter;

use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Makes each channel the median of those around it: noise goes, edges stay.
    Median, MedianDraft as "median";

    /// Pixels on each side
    radius: u32 = 3, placeholder("PIXELS"), within(0.0, 100.0, "pixels");
}

impl Change for Median {
    const ABOUT: &'static str = "The median of what is around: areas with clear borders";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let picture = canvas.lend();
        canvas.take_back(median_filter(&picture, self.radius, self.radius));
        // The channels are filtered each for itself.
        canvas.clamp();
    }
}
