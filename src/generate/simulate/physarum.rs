//! A slime mould: agents smell a trail ahead and to both sides, turn to where it is strongest, and leave some behind (J. Jones,
//! "Characteristics of pattern formation and evolution in approximations of Physarum transport networks", Artificial
//! Life, 2010).
//!
//! All of it is reckoned in integers, so that the order of agents does not matter.

use pulp::{Arch, Simd, WithSimd};

use super::Simulate;
use super::chance::{self, DIRECTIONS};
use super::choices::{Edges, Role};
use super::field::Field;
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use crate::values::Clip;

/// An agent. Its place is a part of the field's sides, in parts of 2^32, so that it goes round by itself.
#[derive(Clone, Copy)]
struct Agent {
    x: u32,
    y: u32,
    /// In parts of a turn, of 2^32.
    heading: u32,
}

/// Agents, and their trail.
pub(super) struct Physarum {
    seed: u64,
    edges: Edges,
    role: Role,
    steps: u64,
    agents: Vec<Agent>,
    /// In parts of 256.
    trail: Field<u16>,
    next: Field<u16>,
    /// What agents smell: the trail, and food.
    scent: Field<u16>,
    light: Vec<u8>,
    directions: Vec<[f32; 2]>,
    /// The way of a step, and that to what is smelled, for each direction, as places are.
    ways: [Vec<[u32; 2]>; 2],
    /// Speed and distance that these hold for.
    held: (f64, f64),
}

/// How much the brightest light smells, in parts of 256.
const SMELL: f64 = 60.0 * 256.0;
/// How much of a trail it leaves in a step.
const FED: f64 = 1.3 * 256.0;
/// Half of what a trail of this many parts is shown as is light.
const MIDDLE: f32 = 24.0 * 256.0;

impl Physarum {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let key = chance::key(clip.seed, u64::MAX);
        let start = start.filter(|_| simulate.starts_in_light());
        let agent = |n: u32| {
            let random = |of: u32| chance::bits(key, n.wrapping_mul(64).wrapping_add(of));
            let mut agent = Agent { x: random(0), y: random(1), heading: random(2) };
            if let Some(light) = start {
                // Thrown until it is where it is light, or often enough.
                for throw in 0..20 {
                    (agent.x, agent.y) = (random(3 + 2 * throw), random(4 + 2 * throw));
                    let (x, y) = (chance::below(agent.x, columns), chance::below(agent.y, rows));
                    if is_light(light[y * columns + x]) {
                        break;
                    }
                }
            }
            agent
        };
        let trail = Field::new((columns, rows), 0);
        Self {
            seed: clip.seed,
            edges: simulate.edges,
            role: simulate.role,
            steps: 0,
            agents: (0..simulate.agents).map(agent).collect(),
            next: trail.clone(),
            scent: trail.clone(),
            trail,
            light: Vec::new(),
            directions: chance::directions(),
            ways: [Vec::new(), Vec::new()],
            held: (f64::NAN, f64::NAN),
        }
    }

    /// Reckons how far each direction leads.
    fn lay_out(&mut self, speed: f64, sensor: f64) {
        if self.held == (speed, sensor) {
            return;
        }
        self.held = (speed, sensor);
        let parts = |cells: f64, of: usize| (cells / of as f64 * 4_294_967_296.0) as i64 as u32;
        let Field { columns, rows, .. } = self.trail;
        let way = |far: f64| {
            let of = |[x, y]: &[f32; 2]| {
                [parts(f64::from(*x) * far, columns), parts(f64::from(*y) * far, rows)]
            };
            self.directions.iter().map(of).collect::<Vec<_>>()
        };
        self.ways = [way(speed), way(sensor)];
    }

    /// Has all agents go, and leave their trail.
    fn go(&mut self, now: &Simulate) {
        let turns = |degrees: f64| (degrees / 360.0 * 4_294_967_296.0) as u64 as u32;
        let (side, turn) = (turns(now.sensor_angle), turns(now.turn));
        let deposit = (now.deposit * 256.0) as u16;
        let key = chance::key(self.seed, self.steps);
        let (columns, rows) = (self.trail.columns as u64, self.trail.rows as u64);
        let stride = self.trail.stride();
        let cell = |x: u32, y: u32| {
            let (x, y) = ((u64::from(x) * columns) >> 32, (u64::from(y) * rows) >> 32);
            (y as usize, x as usize)
        };
        let at = |x: u32, y: u32| {
            let (y, x) = cell(x, y);
            (y + 1) * stride + x + 1
        };
        let of = |heading: u32| (heading >> 20) as usize % DIRECTIONS;
        let [steps, sensors] = &self.ways;
        let (trail, next) = (self.scent.all(), self.next.all_mut());
        let is_walled = self.role == Role::Wall && !self.light.is_empty();
        let is_dead = self.edges == Edges::Dead;
        for (n, agent) in (0..).zip(&mut self.agents) {
            let smell = |heading: u32| {
                let [x, y] = sensors[of(heading)];
                trail[at(agent.x.wrapping_add(x), agent.y.wrapping_add(y))]
            };
            let (left, ahead, right) = (
                smell(agent.heading.wrapping_sub(side)),
                smell(agent.heading),
                smell(agent.heading.wrapping_add(side)),
            );
            let random = chance::bits(key, n);
            if left > ahead || right > ahead {
                let is_right = if left == right { random & 1 == 1 } else { right > left };
                agent.heading = match is_right {
                    true => agent.heading.wrapping_add(turn),
                    false => agent.heading.wrapping_sub(turn),
                };
            }
            let [dx, dy] = steps[of(agent.heading)];
            let (x, y) = (agent.x.wrapping_add(dx), agent.y.wrapping_add(dy));
            // Who goes to the right and comes out further left has gone over the edge.
            let is_over = |from: u32, to: u32, by: u32| ((by as i32) < 0) != (to < from) && by != 0;
            let is_out = is_dead && (is_over(agent.x, x, dx) || is_over(agent.y, y, dy));
            let is_wall = is_walled && {
                let (row, column) = cell(x, y);
                is_light(self.light[row * columns as usize + column])
            };
            if is_out || is_wall {
                agent.heading = random;
            } else {
                (agent.x, agent.y) = (x, y);
            }
            let place = &mut next[at(agent.x, agent.y)];
            *place = place.saturating_add(deposit);
        }
    }
}

/// The cells in which there is light.
fn lit(light: &[u8]) -> impl Iterator<Item = (usize, &u8)> {
    light.iter().enumerate().filter(|(_, light)| **light > 0)
}

/// Has a trail spread to the cells around, and fade.
struct Spread<'a> {
    from: &'a Field<u16>,
    to: &'a mut Field<u16>,
    /// What is left of nine cells, in parts of 65536.
    left: u32,
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (columns, stride, from) = (self.from.columns, self.from.stride(), self.from.all());
        let mut sums = vec![0u32; stride];
        for (y, to) in self.to.rows_mut().enumerate() {
            let line = |y: usize| &from[y * stride..][..stride];
            let lines = line(y).iter().zip(line(y + 1)).zip(line(y + 2));
            for (sum, ((above, own), below)) in sums.iter_mut().zip(lines) {
                *sum = u32::from(*above) + u32::from(*own) + u32::from(*below);
            }
            let sides = sums[..columns].iter().zip(&sums[1..]).zip(&sums[2..]);
            for (to, ((left, own), right)) in to.iter_mut().zip(sides) {
                // Nine full cells and what is left of them take 20 and 13 bits.
                *to = ((((left + own + right) >> 4) * self.left) >> 12) as u16;
            }
        }
    }
}

impl Simulation for Physarum {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
    }

    fn step(&mut self, now: &Simulate, _: u64) {
        self.lay_out(now.speed, now.sensor);
        // Agents smell what is there; what they leave is added beside it.
        self.next.all_mut().copy_from_slice(self.trail.all());
        self.scent.all_mut().copy_from_slice(self.trail.all());
        if self.role == Role::Food {
            let parts = |much: f64| (much * now.food / 255.0 * 256.0) as u64;
            let (smell, fed) = (parts(SMELL), parts(FED));
            for (n, light) in lit(&self.light) {
                let of = |parts: u64| ((parts * u64::from(*light)) >> 8).min(65_535) as u16;
                let place = self.trail.place(n);
                let (scent, next) =
                    (&mut self.scent.all_mut()[place], &mut self.next.all_mut()[place]);
                *scent = scent.saturating_add(of(smell));
                *next = next.saturating_add(of(fed));
            }
        }
        self.go(now);
        self.steps += 1;
        if self.role == Role::Wall {
            let walls = lit(&self.light).filter(|(_, light)| is_light(**light));
            walls.for_each(|(n, _)| self.next.all_mut()[self.trail.place(n)] = 0);
        }
        self.next.surround(self.edges, 0);
        let left = (now.decay / 9.0 * 65_536.0) as u32;
        Arch::new().dispatch(Spread { from: &self.next, to: &mut self.trail, left });
    }

    fn view(&self, now: &Simulate) -> View {
        let middle = MIDDLE / now.exposure as f32;
        let height = |trail: &u16| {
            let trail = f32::from(*trail);
            (trail / (trail + middle) * 65_535.0) as u16
        };
        let mut heights = Vec::with_capacity(self.trail.columns * self.trail.rows);
        self.trail.rows().for_each(|row| heights.extend(row.iter().map(height)));
        View::Heights(heights.into())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.agents.len() * 12 + self.trail.all().len() * 2 + 8);
        put_all(&mut bytes, &[self.steps]);
        self.trail.put(&mut bytes);
        self.agents
            .iter()
            .for_each(|agent| put_all(&mut bytes, &[agent.x, agent.y, agent.heading]));
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut steps = [0];
        let mut is_one = saved.fill(&mut steps) && self.trail.take(&mut saved);
        self.steps = steps[0];
        for agent in &mut self.agents {
            let mut numbers = [0u32; 3];
            is_one = is_one && saved.fill(&mut numbers);
            [agent.x, agent.y, agent.heading] = numbers;
        }
        is_one && saved.is_empty()
    }
}
