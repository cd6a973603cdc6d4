//! Few levels of each colour.

use super::adjust::{table, through};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Leaves each channel few levels.
    Posterize, PosterizeDraft as "posterize";

    /// Levels of each channel
    levels: u32 = 4, within(2.0, 256.0, "levels");
}

impl Change for Posterize {
    const ABOUT: &'static str = "Few levels of each colour";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let last = f64::from(self.levels - 1);
        // Each level is of equal width.
        let level = |value: f64| (value * f64::from(self.levels)).floor().min(last) / last;
        through(canvas, &[table(level); 3]);
    }
}
