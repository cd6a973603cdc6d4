//! Colours of a colormap.

use super::adjust::colors;
use super::{Change, Moment};
use crate::compose::canvas::luma;
use crate::compose::{Canvas, Scratch};
use crate::generate::Colormap;
use crate::parameters::parameters;

parameters! {
    /// Gives each pixel the colour that a colormap has for its light.
    Colored, ColoredDraft as "colormap";

    /// The colormap
    map: Colormap = Colormap::VIRIDIS, by_default("viridis");
}

impl Change for Colored {
    const ABOUT: &'static str = "Colours of a colormap, by how light a pixel is";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let table = self.map.table();
        let last = table.len() - 1;
        let shades: [[u8; 3]; 256] = std::array::from_fn(|i| table[(i * last + 127) / 255]);
        colors(canvas, |color| shades[usize::from(luma(color))]);
    }
}
