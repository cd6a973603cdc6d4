//! The sandpile: four grains on each other topple, one to each side (P. Bak, C. Tang, K. Wiesenfeld, "Self-organized
//! criticality", Physical Review Letters, 1987; D. Dhar showed that the order does not matter).

use pulp::{Arch, Simd, WithSimd};

use super::choices::{Edges, Role};
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::error::Invalid;
use crate::values::Clip;

/// Grains on each cell.
pub(super) struct Sandpile {
    seed: u64,
    is_torus: bool,
    role: Role,
    columns: usize,
    rows: usize,
    steps: u64,
    /// Grains that have fallen so far, with parts of one.
    fallen: f64,
    phase: Phase,
    /// With a border of a cell all around.
    cells: Vec<u32>,
    next: Vec<u32>,
    light: Vec<u8>,
}

/// How far the identity of the group of piles is: it is what becomes of 2m less what becomes of 2m, where m is the highest
/// pile that is stable (M. Creutz, "Abelian sandpiles", Computers in Physics, 1991).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// What becomes of 2m.
    Twice = 0,
    /// What becomes of 2m less that.
    Less = 1,
    /// Any other pile, or done.
    Pile = 2,
}

/// Twice the most grains that do not topple.
const TWICE: u32 = 6;

/// The name of the pattern.
const IDENTITY: &str = "identity";

/// Looks at the pattern.
///
/// # Errors
/// There is none of this name, or it stands beside light in which it begins.
pub(super) fn resolve(simulate: &Simulate) -> Result<(), Invalid> {
    match &simulate.pattern {
        Some(name) if name != IDENTITY => {
            Err(Invalid::new("simulate.pattern", name, "a sandpile has the pattern identity alone"))
        }
        Some(name) if simulate.edges == Edges::Torus => {
            let reason = "grains have to fall off somewhere: --edges dead";
            Err(Invalid::new("simulate.pattern", name, reason))
        }
        _ => Ok(()),
    }
}

impl Sandpile {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let stride = columns + 2;
        let mut cells = vec![0; stride * (rows + 2)];
        let mut phase = Phase::Pile;
        let mut inner =
            cells.chunks_exact_mut(stride).skip(1).take(rows).map(|row| &mut row[1..=columns]);
        if simulate.pattern.is_some() {
            phase = Phase::Twice;
            inner.for_each(|row| row.fill(TWICE));
        } else if simulate.starts_in_light()
            && let Some(light) = start
        {
            for (row, light) in inner.zip(light.chunks_exact(columns)) {
                row.iter_mut().zip(light).for_each(|(cell, light)| *cell = u32::from(*light) / 32);
            }
        } else if let Some(row) = inner.nth(rows / 2) {
            row[columns / 2] = simulate.grains;
        }
        Self {
            seed: clip.seed,
            is_torus: simulate.edges == Edges::Torus,
            role: simulate.role,
            columns,
            rows,
            steps: 0,
            fallen: 0.0,
            phase,
            next: cells.clone(),
            cells,
            light: Vec::new(),
        }
    }

    /// Has grains fall.
    fn fall(&mut self, grains: f64) {
        let before = self.fallen as u64;
        self.fallen += grains;
        let feeds = self.role == Role::Food && !self.light.is_empty();
        let key = chance::key(self.seed, self.steps);
        for n in 0..(self.fallen as u64 - before) as u32 {
            // Where it is dark, they are thrown again, some times.
            for throw in 0..16 {
                let (a, b) = (n * 64 + throw * 4, n * 64 + throw * 4 + 1);
                let x = chance::below(chance::bits(key, a), self.columns);
                let y = chance::below(chance::bits(key, b), self.rows);
                let lit = !feeds
                    || chance::bits(key, a + 2) >> 24 < u32::from(self.light[y * self.columns + x]);
                if lit {
                    self.cells[(y + 1) * (self.columns + 2) + x + 1] += 1;
                    break;
                }
            }
        }
    }

    /// Has the border hold what lies at the other end, or nothing.
    fn wrap(&mut self) {
        let (stride, rows) = (self.columns + 2, self.rows);
        for row in self.cells.chunks_exact_mut(stride) {
            (row[0], row[stride - 1]) =
                if self.is_torus { (row[stride - 2], row[1]) } else { (0, 0) };
        }
        if self.is_torus {
            self.cells.copy_within(rows * stride..(rows + 1) * stride, 0);
            self.cells.copy_within(stride..2 * stride, (rows + 1) * stride);
        }
    }

    /// The grains of a row.
    fn rows(&self) -> impl Iterator<Item = &[u32]> {
        let columns = self.columns;
        self.cells
            .chunks_exact(columns + 2)
            .skip(1)
            .take(self.rows)
            .map(move |row| &row[1..=columns])
    }
}

struct Topple<'a> {
    cells: &'a [u32],
    next: &'a mut [u32],
    columns: usize,
}

impl WithSimd for Topple<'_> {
    /// True if a cell has toppled.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let (columns, stride) = (self.columns, self.columns + 2);
        let rows = self.cells.len() / stride - 2;
        let mut toppled = 0;
        for y in 1..=rows {
            let above = &self.cells[(y - 1) * stride..][..stride];
            let row = &self.cells[y * stride..][..stride];
            let below = &self.cells[(y + 1) * stride..][..stride];
            let next = &mut self.next[y * stride + 1..][..columns];
            let sides = row[..columns].iter().zip(&row[2..]);
            let others = above[1..].iter().zip(&below[1..]);
            for (((next, own), (left, right)), (above, below)) in
                next.iter_mut().zip(&row[1..]).zip(sides).zip(others)
            {
                toppled |= own >> 2;
                *next = (own & 3) + (left >> 2) + (right >> 2) + (above >> 2) + (below >> 2);
            }
        }
        toppled > 0
    }
}

impl Simulation for Sandpile {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
    }

    fn step(&mut self, now: &Simulate, _: u64) {
        if now.falling > 0.0 {
            self.fall(now.falling);
        }
        self.steps += 1;
        self.wrap();
        let (cells, next, columns) = (&self.cells[..], &mut self.next[..], self.columns);
        let has_toppled = Arch::new().dispatch(Topple { cells, next, columns });
        std::mem::swap(&mut self.cells, &mut self.next);
        if self.role == Role::Wall && !self.light.is_empty() {
            let rows = self.cells.chunks_exact_mut(columns + 2).skip(1);
            for (row, light) in rows.zip(self.light.chunks_exact(columns)) {
                for (cell, light) in row[1..].iter_mut().zip(light) {
                    *cell = if super::guide::is_light(*light) { 0 } else { *cell };
                }
            }
        }
        if !has_toppled && self.phase != Phase::Pile {
            let is_first = self.phase == Phase::Twice;
            self.phase = if is_first { Phase::Less } else { Phase::Pile };
            if is_first {
                let rows = self.cells.chunks_exact_mut(columns + 2).skip(1).take(self.rows);
                rows.for_each(|row| {
                    row[1..=columns].iter_mut().for_each(|cell| *cell = TWICE - *cell)
                });
            }
        }
    }

    /// Cells with 0 to 3 grains, and those that topple.
    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.rows().flatten().map(|cell| (*cell).min(4) as u8).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps, self.fallen.to_bits(), self.phase as u64]);
        self.rows().for_each(|row| put_all(&mut bytes, row));
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut numbers = [0u64; 3];
        if !saved.fill(&mut numbers) {
            return false;
        }
        self.steps = numbers[0];
        self.fallen = f64::from_bits(numbers[1]);
        self.phase = [Phase::Twice, Phase::Less, Phase::Pile][(numbers[2] as usize).min(2)];
        let columns = self.columns;
        let mut rows = self.cells.chunks_exact_mut(columns + 2).skip(1).take(self.rows);
        rows.all(|row| saved.fill(&mut row[1..=columns])) && saved.is_empty()
    }
}
