//! The forest fire: trees grow, lightning strikes, and fire goes from tree to tree (B. Drossel, F. Schwabl, "Self-organized
//! critical forest-fire model", Physical Review Letters, 1992).

use super::ages::{BORN, DIED, fainter, older};
use super::choices::{Edges, Role};
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::values::Clip;

/// Trees by their age, fires, and since when a place is empty.
pub(super) struct Forest {
    seed: u64,
    is_torus: bool,
    role: Role,
    columns: usize,
    rows: usize,
    steps: u64,
    /// A tree as a cell that is; a fire as one that died just now.
    tones: Vec<u8>,
    next: Vec<u8>,
    light: Vec<u8>,
}

impl Forest {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let (key, share) =
            (chance::key(clip.seed, u64::MAX), chance::share(simulate.density.unwrap_or(0.3)));
        let start = start.filter(|_| simulate.starts_in_light());
        let tree = |n: usize| match start {
            Some(light) => is_light(light[n]),
            None => u64::from(chance::bits(key, n as u32)) < share,
        };
        let tones: Vec<u8> = (0..columns * rows).map(|n| if tree(n) { BORN } else { 0 }).collect();
        Self {
            seed: clip.seed,
            is_torus: simulate.edges == Edges::Torus,
            role: simulate.role,
            columns,
            rows,
            steps: 0,
            next: tones.clone(),
            tones,
            light: Vec::new(),
        }
    }
}

impl Simulation for Forest {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
    }

    fn step(&mut self, now: &Simulate, _: u64) {
        let key = chance::key(self.seed, self.steps);
        self.steps += 1;
        let (strike, sprout) = (chance::share(now.lightning), chance::share(now.sprout));
        let (columns, rows) = (self.columns, self.rows);
        let none = vec![0; columns];
        for y in 0..rows {
            let row = |y: usize| &self.tones[y * columns..][..columns];
            let own = row(y);
            let above = if y > 0 {
                row(y - 1)
            } else if self.is_torus {
                row(rows - 1)
            } else {
                &none
            };
            let below = if y + 1 < rows {
                row(y + 1)
            } else if self.is_torus {
                row(0)
            } else {
                &none
            };
            for x in 0..columns {
                let n = y * columns + x;
                let random = u64::from(chance::bits(key, n as u32));
                let tone = own[x];
                let light = self.light.get(n).copied();
                let is_wall = self.role == Role::Wall && light.is_some_and(is_light);
                self.next[n] = if is_wall {
                    fainter(tone)
                } else if tone >= BORN {
                    let left = if x > 0 {
                        own[x - 1]
                    } else if self.is_torus {
                        own[columns - 1]
                    } else {
                        0
                    };
                    let right = if x + 1 < columns {
                        own[x + 1]
                    } else if self.is_torus {
                        own[0]
                    } else {
                        0
                    };
                    let burns = [left, right, above[x], below[x]].contains(&DIED);
                    if burns || random < strike { DIED } else { older(tone) }
                } else {
                    let likely = match (self.role, light) {
                        (Role::Food, Some(light)) => sprout * u64::from(light) / 255,
                        _ => sprout,
                    };
                    if random < likely { BORN } else { fainter(tone) }
                };
            }
        }
        std::mem::swap(&mut self.tones, &mut self.next);
    }

    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.tones[..].into())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps]);
        put_all(&mut bytes, &self.tones);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut steps = [0];
        let is_one = saved.fill(&mut steps) && saved.fill(&mut self.tones) && saved.is_empty();
        self.steps = steps[0];
        is_one
    }
}
