//! The picture as a relief.

use super::{Change, Moment};
use crate::compose::canvas::luma;
use crate::compose::canvas::{premultiplied, straight};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Shows the picture as a relief, with light from one side.
    Emboss, EmbossDraft as "emboss";

    /// How deep it is
    depth: f64 = 1.0, placeholder("X"), within(0.0, 16.0, "times");
    /// Where the light comes from, from the right, counter-clockwise
    angle: f64 = 135.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
}

impl Change for Emboss {
    const ABOUT: &'static str = "The picture as a relief, with light from one side";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        let size = canvas.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let angle = self.angle.to_radians();
        let (right, up) = (libm::cos(angle) * self.depth, libm::sin(angle) * self.depth);
        let source = scratch.exchange(canvas);
        let light = |x: usize, y: usize| {
            let [r, g, b, _] = source.pixels()[y * width + x];
            f64::from(luma([r, g, b]))
        };
        for (y, row) in canvas.pixels_mut().chunks_exact_mut(width).enumerate() {
            let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
            for (x, out) in row.iter_mut().enumerate() {
                let (before, after) = (x.saturating_sub(1), (x + 1).min(width - 1));
                let across = light(before, y) - light(after, y);
                let down = light(x, below) - light(x, above);
                let level = (128.0 + across * right + down * up).clamp(0.0, 255.0).round() as u8;
                let alpha = straight(source.pixels()[y * width + x])[3];
                *out = premultiplied([level, level, level, alpha]);
            }
        }
    }
}
