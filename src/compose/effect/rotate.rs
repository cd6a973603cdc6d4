//! A turned picture.

use super::{Change, Moment};
use crate::compose::warp::{Affine, Border, bend, beyond};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Turns the picture around its middle, counter-clockwise.
    Rotate, RotateDraft as "rotate";

    /// How far it is turned
    angle: f64 = 15.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// How fast it turns
    spin: f64 = 0.0, placeholder("TURNS"), within(-100.0, 100.0, "turns a second"), rate();
    /// What lies beyond the edges
    border: Border = Border::None, placeholder("BORDER");
}

impl Change for Rotate {
    const ABOUT: &'static str = "The picture turned around its middle";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let turned = self.angle / 360.0 + at.passed(self.spin, 1.0);
        let turn = Affine::turn(turned).around(at.middle(0.5, 0.5));
        bend(canvas, scratch, self.border, &turn);
    }

    fn reach(&self, own: Size) -> f64 {
        let turns = self.angle != 0.0 || self.spin != 0.0;
        if turns && self.border == Border::None { beyond(own, 1.0) } else { 0.0 }
    }
}
