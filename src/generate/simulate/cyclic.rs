//! The cyclic cellular automaton: each state is eaten by the one that follows it, round and round (D. Griffeath; A. K. Dewdney,
//! Scientific American, August 1989).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Simulate;
use super::choices::Edges;
use super::simulation::{Saved, Simulation};
use super::view::View;
use crate::values::Clip;

/// A field of cells, each in one of several states.
pub(super) struct Cyclic {
    states: u8,
    threshold: u8,
    is_torus: bool,
    columns: usize,
    /// With a border of a cell all around.
    cells: Vec<u8>,
    next: Vec<u8>,
}

/// A cell of the border of a field that ends there: no state.
const OUTSIDE: u8 = 255;

impl Cyclic {
    /// Cells in states by chance, or by light.
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let mut random = ChaCha8Rng::seed_from_u64(clip.seed);
        let states = simulate.states as u8;
        let mut cells = vec![OUTSIDE; (columns + 2) * (rows + 2)];
        for row in cells.chunks_exact_mut(columns + 2).skip(1).take(rows) {
            row[1..=columns]
                .fill_with(|| ((u64::from(random.next_u32()) * u64::from(states)) >> 32) as u8);
        }
        if let Some(light) = start.filter(|_| simulate.starts_in_light()) {
            let rows = cells.chunks_exact_mut(columns + 2).skip(1);
            for (row, light) in rows.zip(light.chunks_exact(columns)) {
                let state = |light: &u8| ((u16::from(*light) * u16::from(states)) >> 8) as u8;
                row[1..].iter_mut().zip(light).for_each(|(cell, light)| *cell = state(light));
            }
        }
        Self {
            states,
            threshold: simulate.threshold as u8,
            is_torus: simulate.edges == Edges::Torus,
            columns,
            next: cells.clone(),
            cells,
        }
    }

    /// Has the border hold what lies at the other end.
    fn wrap(&mut self) {
        let stride = self.columns + 2;
        let rows = self.cells.len() / stride - 2;
        for y in 1..=rows {
            let row = &mut self.cells[y * stride..][..stride];
            (row[0], row[stride - 1]) = (row[stride - 2], row[1]);
        }
        self.cells.copy_within(rows * stride..(rows + 1) * stride, 0);
        self.cells.copy_within(stride..2 * stride, (rows + 1) * stride);
    }
}

impl Simulation for Cyclic {
    fn step(&mut self, _: &Simulate, _: u64) {
        if self.is_torus {
            self.wrap();
        }
        let stride = self.columns + 2;
        let rows = self.cells.len() / stride - 2;
        for y in 1..=rows {
            let lines = [y - 1, y, y + 1].map(|y| &self.cells[y * stride..][..stride]);
            let next = &mut self.next[y * stride..][..stride];
            for x in 1..=self.columns {
                let state = lines[1][x];
                let eater = if state + 1 == self.states { 0 } else { state + 1 };
                let mut eaters = 0;
                for line in lines {
                    for cell in &line[x - 1..=x + 1] {
                        eaters += u8::from(*cell == eater);
                    }
                }
                next[x] = if eaters >= self.threshold { eater } else { state };
            }
        }
        std::mem::swap(&mut self.cells, &mut self.next);
    }

    fn view(&self, _: &Simulate) -> View {
        let columns = self.columns;
        let rows = self.cells.len() / (columns + 2) - 2;
        let rows = self.cells.chunks_exact(columns + 2).skip(1).take(rows);
        View::Tones(rows.flat_map(|row| &row[1..=columns]).copied().collect())
    }

    fn save(&self) -> Vec<u8> {
        self.cells.clone()
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        // A state that is none would be no colour either.
        saved.fill(&mut self.cells)
            && saved.is_empty()
            && self.cells.iter().all(|cell| *cell < self.states || *cell == OUTSIDE)
    }
}
