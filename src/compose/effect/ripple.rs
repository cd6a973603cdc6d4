//! Waves on water.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Bends the picture as circular waves do.
    Ripple, RippleDraft as "ripple";

    /// How far pixels move, at most
    amplitude: f64 = 8.0, placeholder("PIXELS"), within(0.0, 10_000.0, "pixels");
    /// From crest to crest
    wavelength: f64 = 60.0, placeholder("PIXELS"), within(1.0, 100_000.0, "pixels");
    /// Crests that pass in a second
    speed: f64 = 1.0, placeholder("HZ"), within(-1000.0, 1000.0, "a second"), rate();
    /// Where they come from, from left to right
    x: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// Where they come from, from top to bottom
    y: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
}

impl Change for Ripple {
    const ABOUT: &'static str = "Circular waves, as on water";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let phase = at.passed(self.speed, 1.0);
        let waves = Waves {
            middle: at.middle(self.x, self.y),
            amplitude: self.amplitude as f32,
            rate: (1.0 / self.wavelength) as f32,
            phase: (phase - phase.floor()) as f32,
        };
        bend(canvas, scratch, Border::Mirror, &waves);
    }

    fn reach(&self, _: Size) -> f64 {
        self.amplitude
    }
}

struct Waves {
    middle: [f32; 2],
    amplitude: f32,
    /// Waves a pixel.
    rate: f32,
    /// In waves, 0 to 1.
    phase: f32,
}

impl Bend for Waves {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let [mx, my] = self.middle;
        for i in 0..BLOCK {
            let (x, y) = (places.x[i] - mx, places.y[i] - my);
            let apart = (x * x + y * y).sqrt();
            let way = self.amplitude * sine(apart * self.rate - self.phase) / apart.max(1e-3);
            places.x[i] += x * way;
            places.y[i] += y * way;
        }
    }
}

/// The sine of so many turns, to 1e-3: a parabola, and the parabola of it.
#[inline(always)]
fn sine(turns: f32) -> f32 {
    let part = turns - (turns + 0.5).floor();
    let arc = part * (8.0 - 16.0 * part.abs());
    arc * (0.775 + 0.225 * arc.abs())
}
