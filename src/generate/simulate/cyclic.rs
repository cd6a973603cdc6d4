//! The cyclic cellular automaton: each state is eaten by the one that follows it, round and round (D. Griffeath; A. K. Dewdney,
//! Scientific American, August 1989).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Simulate;
use super::choices::Edges;
use super::field::Field;
use super::simulation::{Saved, Simulation};
use super::view::View;
use crate::values::Clip;

/// A field of cells, each in one of several states.
pub(super) struct Cyclic {
    states: u8,
    threshold: u8,
    edges: Edges,
    cells: Field<u8>,
    next: Field<u8>,
}

/// What lies beyond the edges of a field that ends there: no state.
const OUTSIDE: u8 = 255;

/// Less light is none: a dark field in one state would stay so.
const DARK: u8 = 8;

impl Cyclic {
    /// Cells in states by chance, or, where there is light, by it.
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(clip.seed);
        let states = simulate.states as u8;
        let mut cells = Field::new(simulate.field(clip.size), OUTSIDE);
        for row in cells.rows_mut() {
            row.fill_with(|| ((u64::from(random.next_u32()) * u64::from(states)) >> 32) as u8);
        }
        if let Some(light) = start.filter(|_| simulate.starts_in_light()) {
            let light = light.chunks_exact(cells.columns);
            for (row, light) in cells.rows_mut().zip(light) {
                let state = |light: &u8| ((u16::from(*light) * u16::from(states)) >> 8) as u8;
                let lit = row.iter_mut().zip(light).filter(|(_, light)| **light >= DARK);
                lit.for_each(|(cell, light)| *cell = state(light));
            }
        }
        Self {
            states,
            threshold: simulate.threshold as u8,
            edges: simulate.edges,
            next: cells.clone(),
            cells,
        }
    }
}

impl Simulation for Cyclic {
    fn step(&mut self, _: &Simulate, _: u64) {
        self.cells.surround(self.edges, OUTSIDE);
        let (stride, cells) = (self.cells.stride(), self.cells.all());
        for (y, next) in self.next.rows_mut().enumerate() {
            let lines = [y, y + 1, y + 2].map(|y| &cells[y * stride..][..stride]);
            for (x, next) in next.iter_mut().enumerate() {
                let state = lines[1][x + 1];
                let eater = if state + 1 == self.states { 0 } else { state + 1 };
                let mut eaters = 0;
                for line in lines {
                    for cell in &line[x..x + 3] {
                        eaters += u8::from(*cell == eater);
                    }
                }
                *next = if eaters >= self.threshold { eater } else { state };
            }
        }
        std::mem::swap(&mut self.cells, &mut self.next);
    }

    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.cells.rows().flatten().copied().collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.cells.put(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        // A state that is none would be no colour either.
        self.cells.take(&mut saved)
            && saved.is_empty()
            && self.cells.rows().flatten().all(|cell| *cell < self.states)
    }
}
