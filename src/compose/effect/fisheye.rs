//! A round lens.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Bends the picture as a round lens does.
    Fisheye, FisheyeDraft as "fisheye";

    /// Above nothing the middle bulges; below, the edges do
    strength: f64 = 0.5, placeholder("-1..1"), within(-1.0, 1.0, "");
    /// What lies beyond the edges
    border: Border = Border::None, placeholder("BORDER");
}

impl Change for Fisheye {
    const ABOUT: &'static str = "The picture through a round lens";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let [x, y] = at.middle(0.5, 0.5);
        let corner = (x * x + y * y).sqrt().max(1.0);
        let lens = Lens { middle: [x, y], part: 1.0 / corner, strength: self.strength as f32 };
        bend(canvas, scratch, self.border, &lens);
    }
}

struct Lens {
    middle: [f32; 2],
    /// One over the way to the corner.
    part: f32,
    strength: f32,
}

impl Bend for Lens {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let [mx, my] = self.middle;
        for i in 0..BLOCK {
            let (x, y) = ((places.x[i] - mx) * self.part, (places.y[i] - my) * self.part);
            // The corners stay where they are.
            let way = 1.0 - self.strength * (1.0 - (x * x + y * y));
            let way = if self.strength < 0.0 { 1.0 / (2.0 - way) } else { way };
            places.x[i] = mx + (places.x[i] - mx) * way;
            places.y[i] = my + (places.y[i] - my) * way;
        }
    }
}
