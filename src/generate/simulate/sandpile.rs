//! The sandpile: four grains on each other topple, one to each side (P. Bak, C. Tang, K. Wiesenfeld, "Self-organized
//! criticality", Physical Review Letters, 1987; D. Dhar showed that the order does not matter).

use pulp::{Arch, Simd, WithSimd};

use super::choices::{Edges, Role};
use super::field::Field;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::error::Invalid;
use crate::values::Clip;

/// Grains on each cell.
pub(super) struct Sandpile {
    seed: u64,
    edges: Edges,
    role: Role,
    steps: u64,
    /// Grains that have fallen so far, with parts of one.
    fallen: f64,
    phase: Phase,
    cells: Field<u32>,
    next: Field<u32>,
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
        let mut cells = Field::new((columns, rows), 0);
        let mut phase = Phase::Pile;
        if simulate.pattern.is_some() {
            phase = Phase::Twice;
            cells.rows_mut().for_each(|row| row.fill(TWICE));
        } else if simulate.starts_in_light()
            && let Some(light) = start
        {
            for (row, light) in cells.rows_mut().zip(light.chunks_exact(columns)) {
                row.iter_mut().zip(light).for_each(|(cell, light)| *cell = u32::from(*light) / 32);
            }
        } else {
            let middle = cells.place(rows / 2 * columns + columns / 2);
            cells.all_mut()[middle] = simulate.grains;
        }
        Self {
            seed: clip.seed,
            edges: simulate.edges,
            role: simulate.role,
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
        let (columns, rows) = (self.cells.columns, self.cells.rows);
        for n in 0..(self.fallen as u64 - before) as u32 {
            // Where it is dark, they are thrown again, some times.
            for throw in 0..16 {
                let (a, b) = (n * 64 + throw * 4, n * 64 + throw * 4 + 1);
                let x = chance::below(chance::bits(key, a), columns);
                let y = chance::below(chance::bits(key, b), rows);
                let n = y * columns + x;
                let lit = !feeds || chance::bits(key, a + 2) >> 24 < u32::from(self.light[n]);
                if lit {
                    let place = self.cells.place(n);
                    self.cells.all_mut()[place] += 1;
                    break;
                }
            }
        }
    }
}

struct Topple<'a> {
    cells: &'a Field<u32>,
    next: &'a mut Field<u32>,
}

impl WithSimd for Topple<'_> {
    /// True if a cell has toppled.
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let (columns, stride) = (self.cells.columns, self.cells.stride());
        let cells = self.cells.all();
        let mut toppled = 0;
        for (y, next) in self.next.rows_mut().enumerate() {
            let [above, row, below] = [y, y + 1, y + 2].map(|y| &cells[y * stride..][..stride]);
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
        self.cells.surround(self.edges, 0);
        let has_toppled = Arch::new().dispatch(Topple { cells: &self.cells, next: &mut self.next });
        std::mem::swap(&mut self.cells, &mut self.next);
        if self.role == Role::Wall && !self.light.is_empty() {
            let light = self.light.chunks_exact(self.cells.columns);
            for (row, light) in self.cells.rows_mut().zip(light) {
                for (cell, light) in row.iter_mut().zip(light) {
                    *cell = if super::guide::is_light(*light) { 0 } else { *cell };
                }
            }
        }
        if !has_toppled && self.phase != Phase::Pile {
            let is_first = self.phase == Phase::Twice;
            self.phase = if is_first { Phase::Less } else { Phase::Pile };
            if is_first {
                self.cells.rows_mut().flatten().for_each(|cell| *cell = TWICE - *cell);
            }
        }
    }

    /// Cells with 0 to 3 grains, and those that topple.
    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.cells.rows().flatten().map(|cell| (*cell).min(4) as u8).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps, self.fallen.to_bits(), self.phase as u64]);
        self.cells.put(&mut bytes);
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
        self.cells.take(&mut saved) && saved.is_empty()
    }
}
