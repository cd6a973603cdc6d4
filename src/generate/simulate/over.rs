//! Formulas over the field.

use super::Simulate;
use crate::formula::{Formula, Program};
use crate::values::Clip;

/// Their variables: x and y (-1 to 1 across the frame's shorter side, y upwards), t (seconds), v (`drive`) and m (the light
/// there, 0 to 1).
pub(super) const VARIABLES: &[&str] = &["x", "y", "t", "v", "m"];

/// A formula at places that lie evenly apart.
pub(super) struct Over {
    program: Program,
    /// True if it is a formula of m.
    is_of_light: bool,
    /// x of each column of places, y of each row.
    xs: Vec<f64>,
    ys: Vec<f64>,
    /// The cells of the field at which these are.
    across: Vec<usize>,
    down: Vec<usize>,
    columns: usize,
    values: Vec<f64>,
}

impl Over {
    /// The formula `text` at places that are `apart` cells from each other, and begin `first` cells from the left upper corner.
    pub fn new(
        text: &str,
        (simulate, clip): (&Simulate, Clip),
        (columns, rows): (usize, usize),
        (first, apart): (f64, usize),
    ) -> Self {
        let half = f64::from(clip.size.width.min(clip.size.height)) / 2.0;
        let cells = |n: usize| first + (n * apart) as f64;
        let of = |n: usize, side: u32| {
            (cells(n) * f64::from(simulate.cell) - f64::from(side) / 2.0) / half
        };
        let field = simulate.field(clip.size);
        let cell = |n: usize, count: usize| (cells(n) as usize).min(count - 1);
        Self {
            is_of_light: Formula::parse(text, &VARIABLES[..4]).is_err(),
            program: Formula::parse(text, VARIABLES).unwrap_or(Formula::nan()).program(),
            xs: (0..columns).map(|x| of(x, clip.size.width)).collect(),
            ys: (0..rows).map(|y| -of(y, clip.size.height)).collect(),
            across: (0..columns).map(|x| cell(x, field.0)).collect(),
            down: (0..rows).map(|y| cell(y, field.1)).collect(),
            columns: field.0,
            values: vec![0.0; columns],
        }
    }

    /// Its values along row `y` of places, with these t and v, in this light, if there is some.
    pub fn row(&mut self, y: usize, [t, v]: [f64; 2], light: &[u8]) -> &[f64] {
        let down = self.ys[y];
        if light.is_empty() || !self.is_of_light {
            self.program.row(&[0.0, down, t, v, 0.0], &self.xs, &mut self.values);
            return &self.values;
        }
        let light = &light[self.down[y] * self.columns..][..self.columns];
        // Places that are equally light are reckoned together.
        let (mut xs, mut values) = (&self.xs[..], &mut self.values[..]);
        for alike in self.across.chunk_by(|a, b| light[*a] == light[*b]) {
            let m = f64::from(light[alike[0]]) / 255.0;
            let (own, rest) = values.split_at_mut(alike.len());
            self.program.row(&[0.0, down, t, v, m], &xs[..alike.len()], own);
            (xs, values) = (&xs[alike.len()..], rest);
        }
        &self.values
    }
}
