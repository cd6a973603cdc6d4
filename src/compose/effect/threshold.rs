//! Black and white, by how light a pixel is.

use super::adjust::{colors, table};
use super::{Change, Moment};
use crate::compose::canvas::luma;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Makes light pixels white and dark ones black.
    Threshold, ThresholdDraft as "threshold";

    /// How light a pixel must be to become white
    level: f64 = 0.5, placeholder("0..1"), within(0.0, 1.0, "");
    /// Over which range black becomes white
    softness: f64 = 0.02, placeholder("0..1"), within(0.0, 1.0, "");
}

impl Change for Threshold {
    const ABOUT: &'static str = "Black and white, by how light a pixel is";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let width = self.softness.max(1e-9);
        let levels = table(|light| (light - self.level) / width + 0.5);
        colors(canvas, |color| [levels[usize::from(luma(color))]; 3]);
    }
}
