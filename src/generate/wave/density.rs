//! The value as colour.

use pulp::{Arch, Simd, WithSimd};

use super::field::middles;
use super::{Field, Shades, Wave};
use crate::cancel::Cancel;
use crate::generate::{Frame, Generator, Painter};
use crate::values::{Size, Span};

/// Draws the plane from above, y upwards.
pub(super) struct DensityGenerator {
    field: Field,
    shades: Shades,
    antialias: u32,
    /// x of each sample of a row, left to right.
    xs: Vec<f64>,
    /// y of each line of samples, top to bottom.
    ys: Vec<f64>,
    cancel: Cancel,
}

impl DensityGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let Wave { x, y, antialias, .. } = *wave;
        let (columns, lines) = (size.width * antialias, size.height * antialias);
        Self {
            field,
            shades: Shades::new(wave),
            antialias,
            cancel: Cancel::new(),
            xs: middles(x, columns, 0),
            ys: middles(Span::new(y.end, y.start), lines, 0),
        }
    }
}

impl Generator for DensityGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut field = self.field.clone();
        let mut values = vec![0.0; self.xs.len()];
        let mut indices = vec![0; self.xs.len()];
        let mut sums = vec![[0u32; 3]; self.xs.len() / self.antialias as usize];
        let arch = Arch::new();
        let side = self.antialias as usize;
        Box::new(move |index: u64, frame: &mut Frame| {
            for (y, lines) in (0..).zip(self.ys.chunks_exact(side)) {
                sums.fill([0; 3]);
                for line in lines {
                    self.cancel.check()?;
                    field.row(index, *line, &self.xs, &mut values);
                    let (shades, values) = (&self.shades, values.as_slice());
                    arch.dispatch(Indices { shades, values, indices: &mut indices });
                    if side == 1 {
                        break;
                    }
                    for (sum, samples) in sums.iter_mut().zip(indices.chunks_exact(side)) {
                        for sample in samples {
                            let color = self.shades.table[*sample as usize];
                            for (s, c) in sum.iter_mut().zip(color) {
                                *s += u32::from(c);
                            }
                        }
                    }
                }
                let pixels = frame.row_mut(y).chunks_exact_mut(3);
                if side == 1 {
                    for (pixel, i) in pixels.zip(&indices) {
                        pixel.copy_from_slice(&self.shades.table[*i as usize]);
                    }
                } else {
                    let n = (side * side) as u32;
                    for (pixel, sum) in pixels.zip(&sums) {
                        pixel.copy_from_slice(&sum.map(|s| ((s + n / 2) / n) as u8));
                    }
                }
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}

struct Indices<'a> {
    shades: &'a Shades,
    values: &'a [f64],
    indices: &'a mut [u32],
}

impl WithSimd for Indices<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (index, value) in self.indices.iter_mut().zip(self.values) {
            *index = self.shades.index(*value);
        }
    }
}
