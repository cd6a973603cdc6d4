//! Bands of equal value, with a line between each two.

use super::field::middles;
use super::{Field, Shades, Wave};
use crate::cancel::Cancel;
use crate::generate::{Frame, Generator, Painter};
use crate::values::{Size, Span};

/// Draws the plane from above as a map does heights.
pub(super) struct ContourGenerator {
    field: Field,
    shades: Shades,
    z: Span,
    levels: f64,
    width: f64,
    /// Middles of the pixels, and of one more column and row: the slope is taken from the next.
    xs: Vec<f64>,
    ys: Vec<f64>,
    cancel: Cancel,
}

/// What is left of a band's colour under a line.
const INK: f64 = 0.35;

impl ContourGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let Wave { x, y, .. } = *wave;
        Self {
            field,
            shades: Shades::new(wave),
            cancel: Cancel::new(),
            z: wave.z,
            levels: f64::from(wave.levels),
            width: wave.width,
            xs: middles(x, size.width, 1),
            ys: middles(Span::new(y.end, y.start), size.height, 1),
        }
    }

    /// A pixel's colour, from its value in bands and that of its neighbours to the right and below.
    fn color(&self, value: f64, right: f64, below: f64) -> [u8; 3] {
        if value.is_nan() {
            return self.shades.table[self.shades.nan() as usize];
        }
        let band = value.floor().clamp(0.0, self.levels - 1.0);
        let entry = (band + 0.5) / self.levels * f64::from(self.shades.nan() - 1);
        let color = self.shades.table[entry.round() as usize];
        // As far as the nearest line, in pixels: the difference in value over its slope.
        let (dx, dy) = (right - value, below - value);
        let slope = (dx * dx + dy * dy).sqrt();
        let line = value.round();
        if !(slope > 0.0 && slope < 1.0 && line > 0.0 && line < self.levels) {
            return color;
        }
        let distance = (value - line).abs() / slope;
        let covered = (self.width / 2.0 + 0.5 - distance).clamp(0.0, self.width.min(1.0));
        color.map(|c| (f64::from(c) * (1.0 - covered * (1.0 - INK))).round() as u8)
    }
}

impl Generator for ContourGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut field = self.field.clone();
        let (mut here, mut next) = (vec![0.0; self.xs.len()], vec![0.0; self.xs.len()]);
        let scale = self.levels / (self.z.end - self.z.start);
        Box::new(move |index: u64, frame: &mut Frame| {
            let mut row = |y: f64, out: &mut [f64]| {
                field.row(index, y, &self.xs, out);
                out.iter_mut().for_each(|v| *v = (*v - self.z.start) * scale);
            };
            row(self.ys[0], &mut here);
            for y in 0..frame.size().height {
                self.cancel.check()?;
                row(self.ys[y as usize + 1], &mut next);
                for (x, pixel) in frame.row_mut(y).chunks_exact_mut(3).enumerate() {
                    pixel.copy_from_slice(&self.color(here[x], here[x + 1], next[x]));
                }
                std::mem::swap(&mut here, &mut next);
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}
