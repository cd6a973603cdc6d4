//! Particles that drift in a flow, and leave trails.

use super::Simulate;
use super::chance;
use super::choices::{Edges, Role};
use super::flow::Current;
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::spawn::Spawn;
use super::view::View;
use crate::parameters::Described;
use crate::values::Clip;

/// Particles, and what is left of their trails.
pub(super) struct Particles {
    seed: u64,
    is_torus: bool,
    role: Role,
    columns: usize,
    rows: usize,
    steps: u64,
    /// Cells beyond the edges in which particles are, too, so that they come in from there.
    margin: f32,
    /// Column and row of each, and the step in which it was born.
    places: Vec<[f32; 2]>,
    born: Vec<u32>,
    /// How much of a trail is at each cell, and that times its colour.
    trail: Vec<[f32; 2]>,
    current: Current,
    spawn: Option<Spawn>,
    light: Vec<u8>,
}

/// Where a particle is that cannot be born yet: far outside.
const NOWHERE: [f32; 2] = [-1e9; 2];

/// Less of a trail is none: numbers that are no longer normal would be slow.
const LEAST: f32 = 1e-6;
/// A current that has the last colour.
const QUICK: f32 = 1.3;

/// Steps that particle `n` lives. Lives differ by half, so that not all end together.
fn life_of(n: usize, life: u32) -> u32 {
    life / 2 + chance::below(chance::bits(0x1f3d, n as u32), life as usize) as u32
}

impl Particles {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let count = simulate.agents as usize;
        let mut particles = Self {
            seed: clip.seed,
            is_torus: simulate.edges == Edges::Torus,
            role: simulate.role,
            columns,
            rows,
            steps: 0,
            margin: match simulate.edges {
                Edges::Torus => 0.0,
                Edges::Dead => columns.min(rows) as f32 * 0.12,
            },
            places: vec![[0.0; 2]; count],
            born: vec![0; count],
            trail: vec![[0.0; 2]; columns * rows],
            current: Current::new(simulate, clip),
            spawn: Spawn::new(simulate, clip),
            light: start.map(<[u8]>::to_vec).unwrap_or_default(),
        };
        let key = chance::key(clip.seed, u64::MAX);
        if let Some(spawn) = &mut particles.spawn {
            spawn.prepare(simulate, 0, &particles.light);
        }
        let life = simulate.at(0).life as u32;
        for n in 0..count {
            particles.places[n] = particles.birth(simulate, key, n as u32);
            // As old as one that is met at any time, so that from the beginning on some are born in each step.
            let age =
                chance::below(chance::bits(key ^ 0x5a5a, n as u32), life_of(n, life) as usize);
            particles.born[n] = 0u32.wrapping_sub(age as u32);
        }
        particles
    }

    /// Where a particle is born: anywhere by chance, where it is light, or by a formula.
    fn birth(&self, now: &Simulate, key: u32, n: u32) -> [f32; 2] {
        let random = |of: u32| chance::bits(key, n.wrapping_mul(64).wrapping_add(of));
        if let Some(spawn) = &self.spawn {
            let randoms = [random(0), random(1), random(2)];
            return spawn.place(now, randoms).unwrap_or(NOWHERE);
        }
        let mut place = [0.0; 2];
        for throw in 0..24 {
            let along = |of: u32, cells: usize| {
                let whole = cells as f32 + 2.0 * self.margin;
                chance::unit(random(2 * throw + of)) * whole - self.margin
            };
            place = [along(0, self.columns), along(1, self.rows)];
            let light = self.light_at(place);
            let is_good = match self.role {
                _ if self.light.is_empty() => true,
                Role::Start => is_light(light),
                Role::Food => random(50 + throw % 14) >> 24 < u32::from(light),
                Role::Wall => !is_light(light),
                Role::Map => true,
            };
            if is_good {
                break;
            }
        }
        place
    }

    fn light_at(&self, [x, y]: [f32; 2]) -> u8 {
        let (x, y) = ((x as usize).min(self.columns - 1), (y as usize).min(self.rows - 1));
        self.light.get(y * self.columns + x).copied().unwrap_or(0)
    }

    /// Adds to the four cells around a place.
    fn leave(&mut self, [x, y]: [f32; 2], tint: f32) {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let (columns, rows) = (self.columns as i64, self.rows as i64);
        for (dx, dy, much) in [
            (0, 0, (1.0 - right) * (1.0 - down)),
            (1, 0, right * (1.0 - down)),
            (0, 1, (1.0 - right) * down),
            (1, 1, right * down),
        ] {
            let (mut x, mut y) = (left as i64 + dx, top as i64 + dy);
            if self.is_torus {
                (x, y) = (x.rem_euclid(columns), y.rem_euclid(rows));
            }
            if (0..columns).contains(&x) && (0..rows).contains(&y) {
                let cell = &mut self.trail[y as usize * self.columns + x as usize];
                cell[0] += much;
                cell[1] += much * tint;
            }
        }
    }
}

impl Simulation for Particles {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
    }

    fn step(&mut self, now: &Simulate, frame: u64) {
        self.current.prepare(now, frame, &self.light);
        if let Some(spawn) = &mut self.spawn {
            spawn.prepare(now, frame, &self.light);
        }
        let decay = now.decay as f32;
        for cell in &mut self.trail {
            *cell = if cell[0] > LEAST { [cell[0] * decay, cell[1] * decay] } else { [0.0; 2] };
        }
        self.steps += 1;
        let key = chance::key(self.seed, self.steps);
        let (speed, life) = (now.speed as f32, now.life as u32);
        let (width, height) = (self.columns as f32, self.rows as f32);
        let step = self.steps as u32;
        for n in 0..self.places.len() {
            let own = life_of(n, life);
            let [x, y] = self.places[n];
            let [vx, vy] = self.current.at(x, y);
            let (mut x, mut y) = (x + vx * speed, y + vy * speed);
            if self.is_torus {
                x = if x < 0.0 {
                    x + width
                } else if x >= width {
                    x - width
                } else {
                    x
                };
                y = if y < 0.0 {
                    y + height
                } else if y >= height {
                    y - height
                } else {
                    y
                };
            }
            let far = self.margin;
            let is_inside = x >= -far && x < width + far && y >= -far && y < height + far;
            let is_walled = self.role == Role::Wall
                && is_light(self.light_at([x, y]))
                && !self.light.is_empty();
            if !is_inside || is_walled || step.wrapping_sub(self.born[n]) > own {
                self.places[n] = self.birth(now, key, n as u32);
                self.born[n] = step;
                continue;
            }
            self.places[n] = [x, y];
            let quick = (vx * vx + vy * vy).sqrt();
            self.leave([x, y], (quick / QUICK).min(1.0));
        }
    }

    fn view(&self, now: &Simulate) -> View {
        let middle = 1.6 / now.exposure as f32;
        let bright = |cell: &[f32; 2]| (cell[0] / (cell[0] + middle) * 65_535.0) as u16;
        let tint = |cell: &[f32; 2]| {
            if cell[0] > 0.0 { (cell[1] / cell[0] * 255.0) as u8 } else { 0 }
        };
        View::Tinted(self.trail.iter().map(bright).collect(), self.trail.iter().map(tint).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps]);
        put_all(&mut bytes, &self.born);
        put_all(&mut bytes, self.places.as_flattened());
        put_all(&mut bytes, self.trail.as_flattened());
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut steps = [0];
        let is_one = saved.fill(&mut steps)
            && saved.fill(&mut self.born)
            && saved.fill(self.places.as_flattened_mut())
            && saved.fill(self.trail.as_flattened_mut())
            && saved.is_empty();
        self.steps = steps[0];
        is_one
    }
}
