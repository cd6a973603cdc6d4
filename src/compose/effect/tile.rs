//! The picture, several times.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

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

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let times = Times(self.count as f32);
        if at.margin == 0 {
            let border = if self.mirror { Border::Mirror } else { Border::Wrap };
            return bend(canvas, scratch, border, &times);
        }
        let Size { width, height } = at.clip.size;
        let sides = [width as f32, height as f32];
        let within = Within { times, mirror: self.mirror, margin: at.margin as f32, sides };
        bend(canvas, scratch, Border::None, &within);
    }
}

/// As [`Times`], in a picture with room around it, which stays as it is.
struct Within {
    times: Times,
    mirror: bool,
    margin: f32,
    sides: [f32; 2],
}

impl Bend for Within {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        for (places, side) in [(&mut places.x, self.sides[0]), (&mut places.y, self.sides[1])] {
            for place in places {
                let own = *place - self.margin + 0.5;
                let many = own * self.times.0;
                let round = if self.mirror { 2.0 * side } else { side };
                let once = many - (many / round).floor() * round;
                let once = if once > side { round - once } else { once };
                let is_within = own >= 0.0 && own < side;
                *place = if is_within { once - 0.5 + self.margin } else { *place };
            }
        }
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
