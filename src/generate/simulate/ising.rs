//! Ising's magnets: each points up or down, and aligns with its neighbours if it is cold (E. Ising, Zeitschrift für Physik,
//! 1925). A step gives each a new direction by chance, as heat would (Glauber's heat bath), first those on the white
//! squares of a chessboard, then those on the black ones.

use super::ages::{BORN, fainter, older};
use super::choices::{Edges, Role};
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::values::Clip;

/// Magnets, and since when each points where it does.
pub(super) struct Ising {
    seed: u64,
    is_torus: bool,
    role: Role,
    columns: usize,
    rows: usize,
    steps: u64,
    tones: Vec<u8>,
    light: Vec<u8>,
    /// How likely a magnet is to point up, by the light at it and by the sum of its neighbours from -4 on.
    likely: Vec<[u64; 9]>,
    /// Temperature and field that these hold for.
    held: (f64, f64),
}

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
        Self {
            seed: clip.seed,
            is_torus: simulate.edges == Edges::Torus,
            role: simulate.role,
            columns,
            rows,
            steps: 0,
            tones: (0..columns * rows).map(|n| if up(n) { BORN } else { 0 }).collect(),
            light: Vec::new(),
            likely: Vec::new(),
            held: (0.0, 0.0),
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
        let (columns, rows, is_fed) = (self.columns, self.rows, self.is_fed());
        let is_walled = self.role == Role::Wall && !self.light.is_empty();
        for color in 0..2 {
            for y in 0..rows {
                let above = match y {
                    0 if self.is_torus => Some(rows - 1),
                    0 => None,
                    y => Some(y - 1),
                };
                let below = match y + 1 {
                    end if end < rows => Some(end),
                    _ if self.is_torus => Some(0),
                    _ => None,
                };
                for x in ((y + color) % 2..columns).step_by(2) {
                    // Where there is no neighbour, nothing pulls.
                    let at =
                        |x: usize, y: usize| i32::from(self.tones[y * columns + x] >> 7) * 2 - 1;
                    let left = if x > 0 {
                        at(x - 1, y)
                    } else if self.is_torus {
                        at(columns - 1, y)
                    } else {
                        0
                    };
                    let right = if x + 1 < columns {
                        at(x + 1, y)
                    } else if self.is_torus {
                        at(0, y)
                    } else {
                        0
                    };
                    let sum = left
                        + right
                        + above.map_or(0, |y| at(x, y))
                        + below.map_or(0, |y| at(x, y));
                    let n = y * columns + x;
                    let level = if is_fed { usize::from(self.light[n]) } else { 0 };
                    let likely = self.likely[level][(sum + 4) as usize];
                    let is_up = u64::from(chance::bits(key, n as u32)) < likely
                        && !(is_walled && is_light(self.light[n]));
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
        is_one
    }
}
