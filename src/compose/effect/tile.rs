//! The picture, several times.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Shows the picture several times, smaller.
    Tile, TileDraft as "tile";

    /// How often, along each side
    count: u32 = 2, placeholder("N"), within(1.0, 100.0, "times");
    /// Every other one mirrored, so that the edges meet
    mirror: bool = false;
}

impl Change for Tile {
    const ABOUT: &'static str = "The picture several times, smaller";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        let border = if self.mirror { Border::Mirror } else { Border::Wrap };
        bend(canvas, scratch, border, &Times(self.count as f32));
    }
}

struct Times(f32);

impl Bend for Times {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        for i in 0..BLOCK {
            places.x[i] = (places.x[i] + 0.5) * self.0 - 0.5;
            places.y[i] = (places.y[i] + 0.5) * self.0 - 0.5;
        }
    }
}
