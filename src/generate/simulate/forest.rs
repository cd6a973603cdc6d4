//! The forest fire: trees grow, lightning strikes, and fire goes from tree to tree (B. Drossel, F. Schwabl, "Self-organized
//! critical forest-fire model", Physical Review Letters, 1992).

use super::ages::{BORN, DIED, fainter, older};
use super::choices::{Edges, Role};
use super::field::Field;
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::values::Clip;

/// Trees by their age, fires, and since when a place is empty.
pub(super) struct Forest {
    seed: u64,
    edges: Edges,
    role: Role,
    steps: u64,
    /// A tree as a cell that is; a fire as one that died just now.
    tones: Field<u8>,
    next: Field<u8>,
    light: Vec<u8>,
}

impl Forest {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (key, share) =
            (chance::key(clip.seed, u64::MAX), chance::share(simulate.density.unwrap_or(0.3)));
        let start = start.filter(|_| simulate.starts_in_light());
        let tree = |n: usize| match start {
            Some(light) => is_light(light[n]),
            None => u64::from(chance::bits(key, n as u32)) < share,
        };
        let mut tones = Field::new(simulate.field(clip.size), 0);
        for (n, tone) in tones.rows_mut().flatten().enumerate() {
            *tone = if tree(n) { BORN } else { 0 };
        }
        Self {
            seed: clip.seed,
            edges: simulate.edges,
            role: simulate.role,
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
        self.tones.surround(self.edges, 0);
        let (columns, stride) = (self.tones.columns, self.tones.stride());
        let tones = self.tones.all();
        for (y, next) in self.next.rows_mut().enumerate() {
            let [above, own, below] = [y, y + 1, y + 2].map(|y| &tones[y * stride..][..stride]);
            for (x, next) in next.iter_mut().enumerate() {
                let n = y * columns + x;
                let random = u64::from(chance::bits(key, n as u32));
                let tone = own[x + 1];
                let light = self.light.get(n).copied();
                let is_wall = self.role == Role::Wall && light.is_some_and(is_light);
                *next = if is_wall {
                    fainter(tone)
                } else if tone >= BORN {
                    let burns = [own[x], own[x + 2], above[x + 1], below[x + 1]].contains(&DIED);
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
        View::Tones(self.tones.rows().flatten().copied().collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps]);
        self.tones.put(&mut bytes);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut steps = [0];
        let is_one = saved.fill(&mut steps) && self.tones.take(&mut saved) && saved.is_empty();
        self.steps = steps[0];
        is_one
    }
}
