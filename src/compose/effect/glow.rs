//! Light that spills over.

use super::adjust::{table, to_level};
use super::{Change, Moment};
use crate::compose::canvas::scaled;
use crate::compose::soften::soften;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Has what is bright shine over what is near.
    Glow, GlowDraft as "glow";

    /// Standard deviation of the shine
    radius: f64 = 16.0, placeholder("PIXELS"), within(0.0, 1000.0, "pixels");
    /// How bright the shine is
    amount: f64 = 1.0, placeholder("X"), within(0.0, 4.0, "times");
    /// How bright something must be to shine
    threshold: f64 = 0.3, placeholder("0..1"), within(0.0, 1.0, "");
}

impl Change for Glow {
    const ABOUT: &'static str = "Light that spills over what is near";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        let mut shine = scratch.copy(canvas);
        // Above the threshold all of it shines; below, less and less.
        let kept = table(|level| {
            let over = ((level - self.threshold * 0.5) / (self.threshold * 0.5).max(1e-6)).clamp(0.0, 1.0);
            level * over * over * (3.0 - 2.0 * over)
        });
        for pixel in shine.pixels_mut() {
            let bright = usize::from(pixel[0].max(pixel[1]).max(pixel[2]));
            // The colour stays as it is, so that the channels shine together.
            let part = match bright {
                0 => 0,
                bright => (u32::from(kept[bright]) * 256 / bright as u32).min(256),
            };
            (0..3).for_each(|c| pixel[c] = ((u32::from(pixel[c]) * part) >> 8) as u8);
            pixel[3] = pixel[0].max(pixel[1]).max(pixel[2]);
        }
        soften(&mut shine, scratch, self.radius);
        let gain: [u8; 256] = std::array::from_fn(|level| to_level(level as f64 / 255.0 * self.amount));
        for (pixel, shine) in canvas.pixels_mut().iter_mut().zip(shine.pixels()) {
            // Screen: both let through what the other takes away.
            for c in 0..4 {
                let light = gain[usize::from(shine[c])];
                pixel[c] += scaled(light, 255 - pixel[c]);
            }
        }
        scratch.give(shine);
    }

    fn reach(&self) -> f64 {
        3.0 * self.radius
    }
}
