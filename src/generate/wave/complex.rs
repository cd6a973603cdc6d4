//! A complex formula by domain colouring: the argument as colour, the modulus as contour.

use num_complex::Complex64;

use super::field::middles;
use super::{Field, Wave};
use crate::cancel::Cancel;
use crate::formula::ComplexFormula;
use crate::generate::{Frame, Generator, Painter};
use crate::recipe::{Color, Size, Span};

/// Beyond this a point that is iterated does not come back (squared).
const ESCAPE: f64 = 1e8;
/// Nearer than this (squared) two iterates are one: it has arrived.
const ARRIVED: f64 = 1e-12;

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

/// What became of a point.
#[derive(Clone, Copy)]
enum Fate {
    /// It is still where the formula took it.
    There,
    /// It arrived somewhere after so many iterations.
    Arrived(u32),
    /// It left after so many iterations, and a part of one.
    Left(f64),
}

impl ComplexGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let side = wave.antialias.unwrap_or(1);
        let (x, y) = (wave.x(), wave.y());
        Self {
            formula: ComplexFormula::parse(wave.expr()).ok(),
            field,
            iterations: wave.iterations.unwrap_or(1),
            side: side as usize,
            xs: middles(x, size.width * side, 0),
            ys: middles(Span::new(y.end, y.start), size.height * side, 0),
            table: wave.colormap().table(),
            nan: wave.nan_color,
            cancel: Cancel::new(),
        }
    }

    /// Iterates a row of points, which `z` holds, and tells what became of each.
    fn iterate(
        &self,
        a: f64,
        z: &mut [Complex64],
        next: &mut [Complex64],
        fates: &mut [Fate],
    ) -> Result<(), String> {
        let points = z.to_vec();
        fates.fill(Fate::There);
        let Some(formula) = &self.formula else {
            z.fill(Complex64::new(f64::NAN, f64::NAN));
            return Ok(());
        };
        // Only points that still move are iterated; `places` tells which those are.
        let (mut moving, mut at) = (points.clone(), points);
        let mut places: Vec<usize> = (0..moving.len()).collect();
        for n in 1..=self.iterations {
            self.cancel.check()?;
            let next = &mut next[..moving.len()];
            formula.row(&moving, &at, a, next);
            let mut left = 0;
            for i in 0..moving.len() {
                let (place, value) = (places[i], next[i]);
                z[place] = value;
                match self.fate(n, moving[i], value) {
                    Fate::There => {
                        (moving[left], at[left], places[left]) = (value, at[i], place);
                        left += 1;
                    }
                    fate => fates[place] = fate,
                }
            }
            moving.truncate(left);
            at.truncate(left);
            places.truncate(left);
            if left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// What became of a point in its `n`th iteration, from `before` to `after`.
    fn fate(&self, n: u32, before: Complex64, after: Complex64) -> Fate {
        if self.iterations == 1 {
            return Fate::There;
        }
        let size = after.norm_sqr();
        if size > ESCAPE {
            // How far beyond it is tells how much of an iteration was too much.
            let over = libm::log2(libm::log(size) / libm::log(ESCAPE));
            Fate::Left(f64::from(n) - over.clamp(0.0, 1.0))
        } else if (after - before).norm_sqr() < ARRIVED {
            Fate::Arrived(n)
        } else {
            Fate::There
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
        let color = entry((z.arg() / std::f64::consts::TAU).rem_euclid(1.0).min(1.0));
        let shade = match fate {
            Fate::Arrived(n) => 1.0 / (1.0 + 0.03 * f64::from(n)),
            // A contour wherever the modulus doubles.
            _ => {
                let doublings = libm::log2(z.norm());
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
        let (mut z, mut next) = (vec![Complex64::ZERO; columns], vec![Complex64::ZERO; columns]);
        let mut fates = vec![Fate::There; columns];
        let mut sums = vec![[0.0; 3]; columns / self.side];
        Box::new(move |index: u64, frame: &mut Frame| {
            let a = self.field.sweep(index);
            for (y, lines) in (0..).zip(self.ys.chunks_exact(self.side)) {
                sums.fill([0.0; 3]);
                for line in lines {
                    for (z, x) in z.iter_mut().zip(&self.xs) {
                        *z = Complex64::new(*x, *line);
                    }
                    self.iterate(a, &mut z, &mut next, &mut fates)?;
                    for (i, (z, fate)) in z.iter().zip(&fates).enumerate() {
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
