//! The picture as a board in space.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Shows the picture as a board in space that is tilted and turned.
    Perspective, PerspectiveDraft as "perspective";

    /// How far the upper edge leans back
    tilt: f64 = 40.0, placeholder("DEGREES"), within(-89.0, 89.0, "degrees");
    /// How far the right edge leans back
    turn: f64 = 0.0, placeholder("DEGREES"), within(-89.0, 89.0, "degrees");
    /// How far away the eye is, in heights of the picture
    distance: f64 = 1.5, placeholder("X"), within(0.6, 1000.0, "heights");
    /// What lies beyond the edges
    border: Border = Border::None, placeholder("BORDER");
}

impl Change for Perspective {
    const ABOUT: &'static str = "The picture as a board in space";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let height = f64::from(canvas.size().height);
        let (tilt, turn) = (self.tilt.to_radians(), self.turn.to_radians());
        let (st, ct) = (libm::sin(tilt), libm::cos(tilt));
        let (su, cu) = (libm::sin(turn), libm::cos(turn));
        // The board's own axes in space: to the right, down, and towards the eye.
        let right = [cu, 0.0, -su];
        let down = [st * su, ct, st * cu];
        let out = [ct * su, -st, ct * cu];
        let eye = self.distance * height;
        let board = Board {
            middle: at.middle(0.5, 0.5),
            right: right.map(|v| v as f32),
            down: down.map(|v| v as f32),
            out: out.map(|v| v as f32),
            eye: eye as f32,
        };
        bend(canvas, scratch, self.border, &board);
    }
}

struct Board {
    middle: [f32; 2],
    right: [f32; 3],
    down: [f32; 3],
    out: [f32; 3],
    /// How far the eye is from the middle, in pixels.
    eye: f32,
}

impl Bend for Board {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        /// A place that is nowhere in the picture.
        const NOWHERE: f32 = -1e6;
        let ([mx, my], eye) = (self.middle, self.eye);
        for i in 0..BLOCK {
            // A ray from the eye, at (0, 0, eye), through the pixel, at (x, y, 0), meets the board.
            let (x, y) = (places.x[i] - mx, places.y[i] - my);
            let along = self.out[0] * x + self.out[1] * y - self.out[2] * eye;
            let part = -self.out[2] * eye / along.min(-1e-3);
            let hit = [x * part, y * part, eye - eye * part];
            let across = self.right[0] * hit[0] + self.right[1] * hit[1] + self.right[2] * hit[2];
            let deep = self.down[0] * hit[0] + self.down[1] * hit[1] + self.down[2] * hit[2];
            let is_before = along < -1e-3;
            places.x[i] = if is_before { mx + across } else { NOWHERE };
            places.y[i] = if is_before { my + deep } else { NOWHERE };
        }
    }
}
