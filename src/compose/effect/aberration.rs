//! Colours that a lens parts.

use crate::compose::warp::{Affine, Border, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Parts the colours towards the edges, as a cheap lens does.
    Aberration, AberrationDraft as "aberration";

    /// How far red and blue are apart at the corners
    amount: f64 = 8.0, placeholder("PIXELS"), within(0.0, 1000.0, "pixels");
}

impl Change for Aberration {
    const ABOUT: &'static str = "Colours parted towards the edges, as by a lens";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let middle = at.middle(0.5, 0.5);
        let corner = libm::hypot(f64::from(middle[0]), f64::from(middle[1])).max(1.0);
        let part = self.amount / 2.0 / corner;
        let mut whole = canvas.clone();
        for (channel, factor) in [(0, 1.0 + part), (2, 1.0 / (1.0 + part))] {
            let lens = Affine::scale(factor).around(middle);
            canvas.data_mut().copy_from_slice(whole.data());
            bend(canvas, scratch, Border::Edge, &lens);
            // Of the other channels nothing has been changed yet that is looked at again.
            for (out, bent) in whole.pixels_mut().iter_mut().zip(canvas.pixels()) {
                out[channel] = bent[channel].min(out[3]);
            }
        }
        std::mem::swap(canvas, &mut whole);
    }

    fn reach(&self, _: Size) -> f64 {
        self.amount
    }
}
