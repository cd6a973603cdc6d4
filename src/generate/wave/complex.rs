//! A complex formula by domain colouring: the argument as colour, the modulus as contour.

use num_complex::Complex64;

use super::field::middles;
use super::orbit::{Fate, Orbits};
use super::{Field, Wave};
use crate::cancel::Cancel;
use crate::formula::{ComplexFormula, arg, norm};
use crate::generate::{Frame, Generator, Painter};
use crate::values::{Color, Size, Span};

/// Draws the complex plane.
pub(super) struct ComplexGenerator {
    formula: Option<ComplexFormula>,
    field: Field,
    iterations: u32,
    side: usize,
    xs: Vec<f64>,
    ys: Vec<f64>,
    table: Vec<[u8; 3]>,
    nan: Color,
    cancel: Cancel,
}

impl ComplexGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let Wave { x, y, antialias: side, .. } = *wave;
        Self {
            formula: ComplexFormula::parse(&wave.expr).ok(),
            field,
            iterations: wave.iterations,
            side: side as usize,
            xs: middles(x, size.width * side, 0),
            ys: middles(Span::new(y.end, y.start), size.height * side, 0),
            table: wave.table(),
            nan: wave.nan_color,
            cancel: Cancel::new(),
        }
    }

    fn color(&self, z: Complex64, fate: Fate) -> [f64; 3] {
        let last = (self.table.len() - 1) as f64;
        let entry = |t: f64| self.table[(t * last) as usize].map(f64::from);
        if let Fate::Left(n) = fate {
            // The colours go round, ever slower.
            let t = (n.max(0.0).sqrt() * 0.23).fract();
            return entry(t).map(|c| c * (1.0 - libm::exp(-n / 3.0)));
        }
        if z.re.is_nan() || z.im.is_nan() {
            return self.nan.0.map(f64::from);
        }
        let color = entry((arg(z) / std::f64::consts::TAU).rem_euclid(1.0).min(1.0));
        let shade = match fate {
            Fate::Arrived(n) => 1.0 / (1.0 + 0.03 * f64::from(n)),
            // A contour wherever the modulus doubles.
            _ => {
                let doublings = libm::log2(norm(z));
                if doublings.is_finite() {
                    0.6 + 0.4 * (doublings - doublings.floor())
                } else {
                    1.0
                }
            }
        };
        color.map(|c| c * shade)
    }
}

impl Generator for ComplexGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let columns = self.xs.len();
        let mut ends = vec![(Complex64::new(f64::NAN, f64::NAN), Fate::There); columns];
        let mut sums = vec![[0.0; 3]; columns / self.side];
        let formula = self.formula.as_ref();
        let mut orbits = formula.map(|formula| Orbits::new(formula, self.iterations, &self.cancel));
        Box::new(move |index: u64, frame: &mut Frame| {
            if let Some(orbits) = &mut orbits {
                orbits.begin(self.field.sweep(index));
            }
            for (y, lines) in (0..).zip(self.ys.chunks_exact(self.side)) {
                sums.fill([0.0; 3]);
                for line in lines {
                    if let Some(orbits) = &mut orbits {
                        orbits.row((&self.xs, *line), &mut ends)?;
                    }
                    for (i, (z, fate)) in ends.iter().enumerate() {
                        let color = self.color(*z, *fate);
                        let sum = &mut sums[i / self.side];
                        sum.iter_mut().zip(color).for_each(|(s, c)| *s += c);
                    }
                }
                let samples = (self.side * self.side) as f64;
                for (pixel, sum) in frame.row_mut(y).chunks_exact_mut(3).zip(&sums) {
                    pixel.copy_from_slice(&sum.map(|s| (s / samples).round() as u8));
                }
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}
