//! Darker corners.

use super::adjust::to_level;
use super::{Change, Moment};
use crate::compose::canvas::scaled;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Makes the picture darker towards its corners.
    Vignette, VignetteDraft as "vignette";

    /// How dark the corners are
    amount: f64 = 0.5, placeholder("0..1"), within(0.0, 1.0, "");
    /// Where it begins, on the way from the middle to the corners
    start: f64 = 0.3, placeholder("0..1"), within(0.0, 1.0, "");
}

/// Steps of light between the middle and the corners.
const STEPS: usize = 4096;

impl Change for Vignette {
    const ABOUT: &'static str = "Darker corners";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, at: Moment) {
        let light = |step: usize| {
            // By the square of the distance.
            let way = (step as f64 / STEPS as f64).sqrt();
            let over = ((way - self.start) / (1.0 - self.start).max(1e-6)).clamp(0.0, 1.0);
            to_level(1.0 - self.amount * over * over * (3.0 - 2.0 * over))
        };
        let lights: Vec<u8> = (0..=STEPS).map(light).collect();
        let [mx, my] = at.middle(0.5, 0.5);
        let margin = at.margin as f32;
        let (far_x, far_y) = (mx - margin, my - margin);
        let part = STEPS as f32 / (far_x * far_x + far_y * far_y).max(1.0);
        let width = canvas.size().width as usize;
        for (y, row) in canvas.pixels_mut().chunks_exact_mut(width).enumerate() {
            let down = y as f32 - my;
            for (x, pixel) in row.iter_mut().enumerate() {
                let across = x as f32 - mx;
                let step = ((across * across + down * down) * part) as usize;
                let light = lights[step.min(STEPS)];
                (0..3).for_each(|c| pixel[c] = scaled(pixel[c], light));
            }
        }
    }
}
