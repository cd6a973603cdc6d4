//! Ising's magnets: each points up or down, and aligns with its neighbours if it is cold (E. Ising, Zeitschrift für Physik,
//! 1925). A step gives each a new direction by chance, as heat would (Glauber's heat bath), first those on the white
//! squares of a chessboard, then those on the black ones.

use super::ages::{BORN, fainter, older};
use super::choices::{Edges, Role};
use super::field::Field;
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::values::Clip;

/// Magnets, and since when each points where it does.
pub(super) struct Ising {
    seed: u64,
    edges: Edges,
    role: Role,
    steps: u64,
    tones: Vec<u8>,
    /// How each magnet pulls at its neighbours.
    pulls: Field<u8>,
    light: Vec<u8>,
    /// How likely a magnet is to point up, by the light at it and by the sum of its neighbours from -4 on.
    likely: Vec<[u64; 9]>,
    /// Temperature and field that these hold for.
    held: (f64, f64),
}

/// Pulls: that of a magnet that points down, and of one that points up. Where there is none, nothing pulls.
const DOWN: u8 = 0;
const NONE: u8 = 1;
const UP: u8 = 2;

/// How strong a field light makes, at most.
const FIELD_OF_LIGHT: f64 = 2.0;

impl Ising {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let (key, share) =
            (chance::key(clip.seed, u64::MAX), chance::share(simulate.density.unwrap_or(0.5)));
        let start = start.filter(|_| simulate.starts_in_light());
        let up = |n: usize| match start {
            Some(light) => is_light(light[n]),
            None => u64::from(chance::bits(key, n as u32)) < share,
        };
        let mut ising = Self {
            seed: clip.seed,
            edges: simulate.edges,
            role: simulate.role,
            steps: 0,
            tones: (0..columns * rows).map(|n| if up(n) { BORN } else { 0 }).collect(),
            pulls: Field::new((columns, rows), NONE),
            light: Vec::new(),
            likely: Vec::new(),
            held: (0.0, 0.0),
        };
        ising.pull();
        ising
    }

    /// Has each magnet pull as it points.
    fn pull(&mut self) {
        let tones = self.tones.chunks_exact(self.pulls.columns);
        for (pulls, tones) in self.pulls.rows_mut().zip(tones) {
            for (pull, tone) in pulls.iter_mut().zip(tones) {
                *pull = if *tone >= BORN { UP } else { DOWN };
            }
        }
    }

    /// Reckons how likely each direction is.
    fn weigh(&mut self, temperature: f64, field: f64) {
        self.held = (temperature, field);
        let levels = if self.is_fed() { 256 } else { 1 };
        let up = |light: usize, sum: usize| {
            let own = if levels > 1 { FIELD_OF_LIGHT * (light as f64 / 127.5 - 1.0) } else { 0.0 };
            let pull = sum as f64 - 4.0 + field + own;
            chance::share(1.0 / (1.0 + libm::exp(-2.0 * pull / temperature)))
        };
        self.likely = (0..levels).map(|light| std::array::from_fn(|sum| up(light, sum))).collect();
    }

    fn is_fed(&self) -> bool {
        self.role == Role::Food && !self.light.is_empty()
    }
}

impl Simulation for Ising {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
        self.likely.clear();
    }

    fn step(&mut self, now: &Simulate, _: u64) {
        if self.likely.is_empty() || self.held != (now.temperature, now.external_field) {
            self.weigh(now.temperature, now.external_field);
        }
        let key = chance::key(self.seed, self.steps);
        self.steps += 1;
        let (stride, is_fed) = (self.pulls.stride(), self.is_fed());
        let is_walled = self.role == Role::Wall && !self.light.is_empty();
        let Field { columns, rows, .. } = self.pulls;
        for color in 0..2 {
            self.pulls.surround(self.edges, NONE);
            for y in 0..rows {
                for x in ((y + color) % 2..columns).step_by(2) {
                    let (n, place) = (y * columns + x, self.pulls.place(y * columns + x));
                    let pulls = self.pulls.all_mut();
                    let sum = pulls[place - 1]
                        + pulls[place + 1]
                        + pulls[place - stride]
                        + pulls[place + stride];
                    let level = if is_fed { usize::from(self.light[n]) } else { 0 };
                    let likely = self.likely[level][usize::from(sum)];
                    let is_up = u64::from(chance::bits(key, n as u32)) < likely
                        && !(is_walled && is_light(self.light[n]));
                    pulls[place] = if is_up { UP } else { DOWN };
                    let tone = &mut self.tones[n];
                    *tone = if is_up { older(*tone) } else { fainter(*tone) };
                }
            }
        }
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
        self.pull();
        is_one
    }
}
