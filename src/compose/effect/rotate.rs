//! A turned picture.

use super::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

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
        let turned = self.angle / 360.0 + self.spin * at.seconds();
        let turn = Affine::turn(turned).around(at.middle(0.5, 0.5));
        bend(canvas, scratch, self.border, &turn);
    }
}

/// A linear map and a shift of places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    matrix: [[f32; 2]; 2],
    shift: [f32; 2],
}

impl Affine {
    /// Takes a picture from where it was before it was turned counter-clockwise.
    pub fn turn(turns: f64) -> Self {
        let angle = (turns - turns.floor()) * std::f64::consts::TAU;
        let (sin, cos) = (libm::sin(angle) as f32, libm::cos(angle) as f32);
        Self { matrix: [[cos, -sin], [sin, cos]], shift: [0.0; 2] }
    }

    /// Takes a picture from where it was before it became larger by a factor.
    pub fn scale(factor: f64) -> Self {
        let part = (1.0 / factor) as f32;
        Self { matrix: [[part, 0.0], [0.0, part]], shift: [0.0; 2] }
    }

    /// The same, around a place.
    pub fn around(self, [x, y]: [f32; 2]) -> Self {
        let [[a, b], [c, d]] = self.matrix;
        Self { shift: [x - a * x - b * y, y - c * x - d * y], ..self }
    }
}

impl Bend for Affine {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let ([[a, b], [c, d]], [e, f]) = (self.matrix, self.shift);
        for i in 0..BLOCK {
            let (x, y) = (places.x[i], places.y[i]);
            places.x[i] = a * x + b * y + e;
            places.y[i] = c * x + d * y + f;
        }
    }
}
