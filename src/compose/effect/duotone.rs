//! Two colours, and what lies between them.

use super::adjust::colors;
use super::{Change, Moment};
use crate::compose::canvas::luma;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Color;

parameters! {
    /// Gives dark pixels one colour, and light ones another.
    Duotone, DuotoneDraft as "duotone";

    /// The colour of what is light
    light: Color = Color([0xff, 0xd7, 0x6a]), by_default("a warm yellow");
    /// The colour of what is dark
    dark: Color = Color([0x14, 0x1e, 0x46]), by_default("a deep blue");
}

impl Change for Duotone {
    const ABOUT: &'static str = "Two colours, by how light a pixel is";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let between = |level: usize| -> [u8; 3] {
            std::array::from_fn(|c| {
                let (dark, light) = (usize::from(self.dark.0[c]), usize::from(self.light.0[c]));
                ((dark * (255 - level) + light * level + 127) / 255) as u8
            })
        };
        let table: [[u8; 3]; 256] = std::array::from_fn(between);
        colors(canvas, |color| table[usize::from(luma(color))]);
    }
}
