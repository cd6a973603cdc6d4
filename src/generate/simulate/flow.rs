//! What moves particles: a current over the field, in cells of speed one.

use super::Simulate;
use super::choices::Flow;
use crate::formula::{Formula, Program};
use crate::generate::noise::Lattice;
use crate::values::Clip;

/// Cells from one place where the current is known to the next.
const APART: usize = 4;
/// The variables of formulas.
pub(super) const VARIABLES: &[&str] = &["x", "y", "t", "m"];

/// A current.
pub(super) struct Current {
    flow: Flow,
    clip: Clip,
    cell: u32,
    columns: usize,
    rows: usize,
    lattice: Lattice,
    formulas: Option<[Program; 2]>,
    /// To the right and down, at each place where it is known.
    speeds: Vec<[f32; 2]>,
    /// The frame that these are of.
    at: Option<u64>,
}

impl Current {
    pub fn new(simulate: &Simulate, clip: Clip) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let (columns, rows) = (columns.div_ceil(APART) + 2, rows.div_ceil(APART) + 2);
        let program =
            |text: &str| Formula::parse(text, VARIABLES).unwrap_or(Formula::nan()).program();
        let formulas = (simulate.flow == Flow::Formula)
            .then(|| [program(&simulate.vx), program(&simulate.vy)]);
        Self {
            flow: simulate.flow,
            clip,
            cell: simulate.cell,
            columns,
            rows,
            lattice: Lattice::of(
                clip.seed,
                f64::from(simulate.cell) * APART as f64 / simulate.scale,
            ),
            formulas,
            speeds: vec![[0.0; 2]; columns * rows],
            at: None,
        }
    }

    /// Gets ready for the steps to a frame.
    pub fn prepare(&mut self, now: &Simulate, frame: u64, light: &[u8]) {
        if self.at == Some(frame) {
            return;
        }
        match self.flow {
            Flow::Curl => self.curl(now, frame),
            Flow::Formula => self.reckon(frame, now, light),
            Flow::Light => self.follow(now, light),
        }
        self.at = Some(frame);
    }

    /// Eddies: the height of noise, turned by a quarter, has no sources (R. Bridson, "Curl-noise for procedural fluid flow",
    /// SIGGRAPH 2007).
    fn curl(&mut self, now: &Simulate, frame: u64) {
        let z = now.wander * self.clip.fps.seconds(frame);
        let (width, height) = (self.columns + 1, self.rows + 1);
        let mut heights = vec![0.0f32; width * height];
        for (y, row) in heights.chunks_exact_mut(width).enumerate() {
            self.lattice.add_row(y as f64, z, 1.0, |v| v, row);
        }
        // Of an eddy as large as the scale, speeds are about one.
        let much = (now.scale / f64::from(self.cell * APART as u32)) as f32;
        for y in 0..self.rows {
            for x in 0..self.columns {
                let at = |x: usize, y: usize| heights[y * width + x];
                let (own, right, below) = (at(x, y), at(x + 1, y), at(x, y + 1));
                self.speeds[y * self.columns + x] = [(below - own) * much, (own - right) * much];
            }
        }
    }

    /// By the formulas.
    fn reckon(&mut self, frame: u64, now: &Simulate, light: &[u8]) {
        let Some(programs) = &mut self.formulas else { return };
        let size = self.clip.size;
        let half = f64::from(size.width.min(size.height)) / 2.0;
        let step = f64::from(self.cell) * APART as f64;
        let of = |n: usize, side: u32| (n as f64 * step - f64::from(side) / 2.0) / half;
        let xs: Vec<f64> = (0..self.columns).map(|x| of(x, size.width)).collect();
        let t = self.clip.fps.seconds(frame);
        let (columns, rows) = now.field(size);
        let mut values = vec![0.0; self.columns];
        for y in 0..self.rows {
            let down = -of(y, size.height);
            for (axis, program) in programs.iter_mut().enumerate() {
                match light.is_empty() {
                    true => program.row(&[0.0, down, t, 0.0], &xs, &mut values),
                    false => {
                        for (x, value) in values.iter_mut().enumerate() {
                            let (column, row) =
                                ((x * APART).min(columns - 1), (y * APART).min(rows - 1));
                            let m = f64::from(light[row * columns + column]) / 255.0;
                            program.row(
                                &[0.0, down, t, m],
                                &xs[x..=x],
                                std::slice::from_mut(value),
                            );
                        }
                    }
                }
                let sign = if axis == 0 { 1.0 } else { -1.0 };
                let row = &mut self.speeds[y * self.columns..][..self.columns];
                for (speed, value) in row.iter_mut().zip(&values) {
                    // What is no number moves nothing.
                    let value = if value.is_finite() { value.clamp(-1e4, 1e4) } else { 0.0 };
                    speed[axis] = (value * sign) as f32;
                }
            }
        }
    }

    /// Along what is equally light.
    fn follow(&mut self, now: &Simulate, light: &[u8]) {
        let (columns, rows) = now.field(self.clip.size);
        if light.is_empty() {
            return;
        }
        // The mean of some cells around, so that grain does not matter.
        let reach = 2 * APART as i64;
        let mean = |x: i64, y: i64| {
            let mut sum = 0.0f32;
            for dy in (-reach..=reach).step_by(APART) {
                for dx in (-reach..=reach).step_by(APART) {
                    let x = (x + dx).clamp(0, columns as i64 - 1) as usize;
                    let y = (y + dy).clamp(0, rows as i64 - 1) as usize;
                    sum += f32::from(light[y * columns + x]);
                }
            }
            sum
        };
        let apart = APART as i64;
        for y in 0..self.rows {
            for x in 0..self.columns {
                let (cx, cy) = (x as i64 * apart, y as i64 * apart);
                let across = mean(cx + apart, cy) - mean(cx - apart, cy);
                let down = mean(cx, cy + apart) - mean(cx, cy - apart);
                let length = (across * across + down * down).sqrt();
                let speed = match length > 1.0 {
                    true => [-down / length, across / length],
                    false => [0.7, 0.3],
                };
                self.speeds[y * self.columns + x] = speed;
            }
        }
    }

    /// The current at a place, between those where it is known.
    pub fn at(&self, x: f32, y: f32) -> [f32; 2] {
        // Beyond the edges it is as it is there.
        let along = |at: f32, count: usize| (at / APART as f32).max(0.0).min((count - 1) as f32);
        let (x, y) = (along(x, self.columns), along(y, self.rows));
        let (left, top) = ((x as usize).min(self.columns - 2), (y as usize).min(self.rows - 2));
        let (right, down) = (x - left as f32, y - top as f32);
        let of = |dx: usize, dy: usize| self.speeds[(top + dy) * self.columns + left + dx];
        let (a, b, c, d) = (of(0, 0), of(1, 0), of(0, 1), of(1, 1));
        std::array::from_fn(|n| {
            let above = a[n] + (b[n] - a[n]) * right;
            let below = c[n] + (d[n] - c[n]) * right;
            above + (below - above) * down
        })
    }
}
