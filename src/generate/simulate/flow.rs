//! What moves particles: a current over the field, in cells of speed one.

use super::Simulate;
use super::choices::Flow;
use super::over::Over;
use crate::generate::noise::Lattice;
use crate::values::Clip;

/// Cells from one place where the current is known to the next.
const APART: usize = 4;

/// A difference of light, summed over what is looked at, that particles follow wholly.
const CLEAR: f32 = 60.0;

/// A current.
pub(super) struct Current {
    flow: Flow,
    clip: Clip,
    cell: u32,
    columns: usize,
    rows: usize,
    lattice: Lattice,
    formulas: Option<[Over; 2]>,
    /// To the right and down, at each place where it is known.
    speeds: Vec<[f32; 2]>,
    /// The frame that these are of.
    at: Option<u64>,
}

impl Current {
    pub fn new(simulate: &Simulate, clip: Clip) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let (columns, rows) = (columns.div_ceil(APART) + 2, rows.div_ceil(APART) + 2);
        let over = |text: &str| Over::new(text, (simulate, clip), (columns, rows), (0.0, APART));
        let formulas =
            (simulate.flow == Flow::Formula).then(|| [over(&simulate.vx), over(&simulate.vy)]);
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
            Flow::Formula => self.reckon(now, frame, light),
            Flow::Light => {
                self.curl(now, frame);
                self.follow(now, light);
            }
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
    fn reckon(&mut self, now: &Simulate, frame: u64, light: &[u8]) {
        let Some(formulas) = &mut self.formulas else { return };
        let numbers = [self.clip.fps.seconds(frame), now.drive];
        for (y, row) in self.speeds.chunks_exact_mut(self.columns).enumerate() {
            // Upwards is towards the first row.
            for (axis, sign) in [(0, 1.0), (1, -1.0)] {
                let values = formulas[axis].row(y, numbers, light);
                for (speed, value) in row.iter_mut().zip(values) {
                    // What is no number moves nothing.
                    let value = if value.is_finite() { value.clamp(-1e4, 1e4) } else { 0.0 };
                    speed[axis] = (value * sign) as f32;
                }
            }
        }
    }

    /// Along what is equally light; where all around is, eddies are left.
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
                let much = ((length - 1.0) / CLEAR).clamp(0.0, 1.0);
                if much > 0.0 {
                    let speed = &mut self.speeds[y * self.columns + x];
                    let along = [-down / length, across / length];
                    *speed = std::array::from_fn(|n| speed[n] + (along[n] - speed[n]) * much);
                }
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
