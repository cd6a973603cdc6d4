//! Dots of a printed picture.

use super::adjust::to_level;
use super::{Change, Moment};
use crate::compose::canvas::luma;
use crate::compose::canvas::{premultiplied, straight};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Color;

parameters! {
    /// Prints the picture in dots: the darker it is, the larger they are.
    Halftone, HalftoneDraft as "halftone";

    /// Pixels from dot to dot
    cell: f64 = 8.0, placeholder("PIXELS"), within(2.0, 500.0, "pixels");
    /// How the lines of dots are turned
    angle: f64 = 45.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// Colour of the dots
    ink: Color = Color::BLACK, by_default("black");
    /// Colour between them
    paper: Color = Color::WHITE, by_default("white");
}

impl Change for Halftone {
    const ABOUT: &'static str = "Dots of a printed picture, larger where it is dark";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let size = canvas.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let angle = self.angle.to_radians();
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let (source, margin) = (scratch.copy(canvas), f64::from(at.margin));
        for (y, row) in canvas.pixels_mut().chunks_exact_mut(width).enumerate() {
            for (x, out) in row.iter_mut().enumerate() {
                let (px, py) = (x as f64 + 0.5 - margin, y as f64 + 0.5 - margin);
                // The middle of the cell that the pixel is in.
                let u = ((px * cos + py * sin) / self.cell).floor() + 0.5;
                let v = ((py * cos - px * sin) / self.cell).floor() + 0.5;
                let (u, v) = (u * self.cell, v * self.cell);
                let (mx, my) = (u * cos - v * sin, u * sin + v * cos);
                let column = ((mx + margin).max(0.0) as usize).min(width - 1);
                let line = ((my + margin).max(0.0) as usize).min(height - 1);
                let [r, g, b, _] = straight(source.pixels()[line * width + column]);
                let dark = 1.0 - f64::from(luma([r, g, b])) / 255.0;
                // As much of the cell is covered as it is dark; all at the diagonal's half.
                let radius = self.cell * (dark / std::f64::consts::PI).sqrt().min(dark.sqrt() * 0.7072);
                let radius = if dark > 0.98 { self.cell } else { radius };
                let apart = ((px - mx) * (px - mx) + (py - my) * (py - my)).sqrt();
                let covered = u32::from(to_level(radius - apart + 0.5));
                let mix = |c: usize| {
                    let (ink, paper) = (u32::from(self.ink.0[c]), u32::from(self.paper.0[c]));
                    ((ink * covered + paper * (255 - covered) + 127) / 255) as u8
                };
                *out = premultiplied([mix(0), mix(1), mix(2), out[3]]);
            }
        }
        scratch.give(source);
    }
}
