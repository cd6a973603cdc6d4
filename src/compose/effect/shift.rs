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
        let size = canvas.size();
        let way = |x: f64, speed: f64, side: u32| {
            let side = f64::from(side);
            let period = if self.border == Border::Mirror { 2.0 * side } else { side };
            let way = x + at.passed(speed, period);
            // Whole turns of what repeats itself are taken out before the precision is.
            let way = match self.border {
                Border::None | Border::Edge => way,
                Border::Mirror | Border::Wrap => way % (2.0 * side),
            };
            way as f32
        };
        let way =
            Way { x: way(self.x, self.speed_x, size.width), y: way(self.y, self.speed_y, size.height) };
        bend(canvas, scratch, self.border, &way);
    }

    fn seam(&self) -> Option<(&'static str, String, &'static str)> {
        let is_open = matches!(self.border, Border::None | Border::Edge);
        let is_moving = self.speed_x != 0.0 || self.speed_y != 0.0;
        let reason = "in a loop the picture comes back with a border of wrap or mirror";
        (is_open && is_moving).then(|| ("border", self.border.to_string(), reason))
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
