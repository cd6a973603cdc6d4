//! A picture stirred.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend, rounded};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Turns the picture around a point, the more the nearer.
    Swirl, SwirlDraft as "swirl";

    /// How far the middle is turned
    angle: f64 = 180.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// How far out it reaches, of the shorter side
    radius: f64 = 0.5, placeholder("X"), within(0.001, 100.0, "sides");
    /// The middle, from left to right
    x: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// The middle, from top to bottom
    y: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
}

/// Steps from the middle to the end, between which cosines and sines are mixed.
const STEPS: usize = 1024;

impl Change for Swirl {
    const ABOUT: &'static str = "The picture stirred around a point";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let side = f64::from(canvas.size().width.min(canvas.size().height));
        let turn = |step: usize| {
            let rest = 1.0 - (step as f64 / STEPS as f64).min(1.0);
            let angle = self.angle.to_radians() * rest * rest;
            [libm::cos(angle) as f32, libm::sin(angle) as f32]
        };
        let stir = Stir {
            middle: at.middle(self.x, self.y),
            steps: (STEPS as f64 / (self.radius * side)) as f32,
            turns: (0..=STEPS + 1).map(turn).collect(),
        };
        bend(canvas, scratch, Border::Mirror, &stir);
    }
}

struct Stir {
    middle: [f32; 2],
    /// Steps a pixel.
    steps: f32,
    /// Cosine and sine at each step from the middle.
    turns: Vec<[f32; 2]>,
}

impl Bend for Stir {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let [mx, my] = self.middle;
        for i in 0..BLOCK {
            let (x, y) = (places.x[i] - mx, places.y[i] - my);
            let step = ((x * x + y * y).sqrt() * self.steps).min(STEPS as f32);
            let below = step.floor();
            let part = step - below;
            let below = rounded(below) as usize;
            let ([c, s], [next_c, next_s]) = (self.turns[below], self.turns[below + 1]);
            let (cos, sin) = (c + (next_c - c) * part, s + (next_s - s) * part);
            places.x[i] = mx + x * cos - y * sin;
            places.y[i] = my + x * sin + y * cos;
        }
    }
}
