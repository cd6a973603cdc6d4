//! A larger or smaller picture.

use crate::compose::warp::{Affine, Border, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Makes the picture larger or smaller, around a point of it.
    Zoom, ZoomDraft as "zoom";

    /// How many times as large
    factor: f64 = 1.5, placeholder("X"), within(0.01, 1000.0, "times");
    /// The point that stays, from left to right
    x: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// The point that stays, from top to bottom
    y: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// What lies beyond the edges
    border: Border = Border::None, placeholder("BORDER");
}

impl Change for Zoom {
    const ABOUT: &'static str = "A larger or smaller picture";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let zoom = Affine::scale(self.factor).around(at.middle(self.x, self.y));
        bend(canvas, scratch, self.border, &zoom);
    }

    fn reach(&self, own: Size) -> f64 {
        let aside = (self.x - 0.5).abs().max((self.y - 0.5).abs());
        let larger = (self.factor - 1.0) * (0.5 + aside) * f64::from(own.width.max(own.height));
        if self.border == Border::None { larger.max(0.0) } else { 0.0 }
    }
}
