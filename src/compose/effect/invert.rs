//! Colours turned into their opposites.

use super::adjust::{table, through};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Turns colours into their opposites.
    Invert, InvertDraft as "invert";

    /// How far, from not at all to wholly
    amount: f64 = 1.0, placeholder("0..1"), within(0.0, 1.0, "");
}

impl Change for Invert {
    const ABOUT: &'static str = "Colours turned into their opposites";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let inverted = table(|level| level + self.amount * (1.0 - 2.0 * level));
        through(canvas, &[inverted; 3]);
    }
}
