//! The lines of a tube.

use super::adjust::to_level;
use super::{Change, Moment};
use crate::compose::canvas::scaled;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Makes lines darker, as on a tube.
    Scanlines, ScanlinesDraft as "scanlines";

    /// How dark the lines are
    amount: f64 = 0.4, placeholder("0..1"), within(0.0, 1.0, "");
    /// Pixels from line to line
    period: f64 = 4.0, placeholder("PIXELS"), within(1.0, 1000.0, "pixels");
    /// How far they move down in a second
    speed: f64 = 0.0, placeholder("PIXELS"), within(-100_000.0, 100_000.0, "pixels a second"), rate();
}

impl Change for Scanlines {
    const ABOUT: &'static str = "Dark lines, as on a tube";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, at: Moment) {
        let stride = canvas.stride();
        let moved = at.passed(self.speed, self.period) + f64::from(at.margin);
        for (y, row) in canvas.data_mut().chunks_exact_mut(stride).enumerate() {
            let turns = (y as f64 + 0.5 - moved) / self.period;
            let turns = turns - turns.floor();
            let dark = 0.5 - 0.5 * libm::cos(turns * std::f64::consts::TAU);
            let light = to_level(1.0 - self.amount * (1.0 - dark));
            for pixel in row.chunks_exact_mut(4) {
                (0..3).for_each(|c| pixel[c] = scaled(pixel[c], light));
            }
        }
    }
}
