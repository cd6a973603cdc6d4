//! What the views share: the formula over the plane while a is swept, and colours for its values.

use super::Wave;
use crate::formula::{Formula, Program};
use crate::values::{Clip, Span, rounds};

/// The formula over the plane, frame by frame.
#[derive(Debug, Clone)]
pub(super) struct Field {
    program: Program,
    a: Span,
    clip: Clip,
}

impl Field {
    pub(super) fn new(wave: &Wave, clip: Clip) -> Self {
        // A recipe is validated when it is made; a formula that fails here draws as NaN.
        let program = match wave.parsed() {
            Ok(formula) => formula.program(),
            Err(_) => Formula::nan().program(),
        };
        Self { program, a: wave.a, clip }
    }

    /// How far a viewer has come at frame `index` that turns so often over the film.
    pub(super) fn turned(&self, turns: f64, index: u64) -> f64 {
        let turns = if self.clip.looped && turns != 0.0 { rounds(turns) } else { turns };
        turns * 360.0 * self.clip.progress(index)
    }

    /// The frame that is `count` before frame `index`, if there is one.
    pub(super) fn before(&self, index: u64, count: u64) -> Option<u64> {
        self.clip.before(index, count)
    }

    /// The sweep at frame `index`.
    pub(super) fn sweep(&self, index: u64) -> f64 {
        self.a.at(self.clip.progress(index))
    }

    /// The values along a row of frame `index`.
    pub(super) fn row(&mut self, index: u64, y: f64, xs: &[f64], out: &mut [f64]) {
        let a = self.sweep(index);
        self.program.row(&[0.0, y, a], xs, out);
    }
}

/// From a value to a colour of the table, or to `nan_color`.
#[derive(Debug, Clone)]
pub(super) struct Shades {
    /// The colormap's entries, then that of NaN.
    pub table: Vec<[u8; 3]>,
    pub low: f64,
    pub scale: f64,
}

impl Shades {
    pub(super) fn new(wave: &Wave) -> Self {
        let mut table = wave.table();
        let last = (table.len() - 1) as f64;
        table.push(wave.nan_color.0);
        Self { table, low: wave.z.start, scale: last / (wave.z.end - wave.z.start) }
    }

    /// The index of NaN's colour.
    pub(super) fn nan(&self) -> u32 {
        self.table.len() as u32 - 1
    }

    /// The index of `value`'s colour; values beyond the range have those of its ends.
    #[inline(always)]
    pub(super) fn index(&self, value: f64) -> u32 {
        // The sum's low bits are the rounded integer: a conversion that vectorises everywhere.
        const ROUNDER: f64 = 4_503_599_627_370_496.0;
        let t = (value - self.low) * self.scale;
        let t = if t < 0.0 { 0.0 } else { t };
        let last = f64::from(self.nan() - 1);
        let t = if t > last { last } else { t };
        let t = if value.abs() <= f64::MAX { t } else { f64::from(self.nan()) };
        (t + ROUNDER).to_bits() as u32
    }
}

/// The middles of `n` equal parts of `span`, and of as many `more` that follow on them.
pub(super) fn middles(span: Span, n: u32, more: u32) -> Vec<f64> {
    (0..n + more).map(|i| span.at((f64::from(i) + 0.5) / f64::from(n))).collect()
}
