//! A picture moved aside.

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Moves the picture aside, once or on and on.
    Shift, ShiftDraft as "shift";

    /// How far to the right
    x: f64 = 0.0, placeholder("PIXELS"), within(-65_536.0, 65_536.0, "pixels");
    /// How far down
    y: f64 = 0.0, placeholder("PIXELS"), within(-65_536.0, 65_536.0, "pixels");
    /// How far to the right in a second
    speed_x: f64 = 0.0, placeholder("PIXELS"), within(-65_536.0, 65_536.0, "pixels a second"), rate();
    /// How far down in a second
    speed_y: f64 = 0.0, placeholder("PIXELS"), within(-65_536.0, 65_536.0, "pixels a second"), rate();
    /// What lies beyond the edges
    border: Border = Border::Wrap, placeholder("BORDER");
}

impl Change for Shift {
    const ABOUT: &'static str = "The picture moved aside, once or on and on";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let seconds = at.seconds();
        let size = canvas.size();
        // Whole turns of what repeats itself are taken out before the precision is.
        let within = |way: f64, side: u32| match self.border {
            Border::None | Border::Edge => way,
            Border::Mirror | Border::Wrap => way % (2.0 * f64::from(side)),
        };
        let way = Way {
            x: within(self.x + self.speed_x * seconds, size.width) as f32,
            y: within(self.y + self.speed_y * seconds, size.height) as f32,
        };
        bend(canvas, scratch, self.border, &way);
    }
}

struct Way {
    x: f32,
    y: f32,
}

impl Bend for Way {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        for i in 0..BLOCK {
            places.x[i] -= self.x;
            places.y[i] -= self.y;
        }
    }
}
