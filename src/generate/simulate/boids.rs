//! Flocks: birds keep apart, fly as their neighbours do, and fly towards each other (C. Reynolds, "Flocks, herds and schools",
//! SIGGRAPH 1987).

use super::choices::Edges;
use super::near::Near;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::values::Clip;

/// Birds.
pub(super) struct Boids {
    field: [usize; 2],
    is_torus: bool,
    sight: f32,
    places: Vec<[f32; 2]>,
    speeds: Vec<[f32; 2]>,
    /// How many neighbours each sees, as a part of many.
    crowds: Vec<f32>,
    near: Near,
}

/// Neighbours that are many.
const MANY: f32 = 24.0;
/// Birds that one looks at, of each square in which it sees.
const SEEN: usize = 16;
/// Cells from an edge where birds turn around.
const MARGIN: f32 = 60.0;

impl Boids {
    pub fn begin(simulate: &Simulate, clip: Clip) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let key = chance::key(clip.seed, u64::MAX);
        let directions = chance::directions();
        let random = |n: u32, of: u32| chance::bits(key, n.wrapping_mul(4).wrapping_add(of));
        let place = |n: u32| {
            [chance::unit(random(n, 0)) * columns as f32, chance::unit(random(n, 1)) * rows as f32]
        };
        let speed = |n: u32| {
            directions[chance::below(random(n, 2), directions.len())]
                .map(|v| v * simulate.speed as f32)
        };
        Self {
            field: [columns, rows],
            is_torus: simulate.edges == Edges::Torus,
            sight: simulate.sight as f32,
            places: (0..simulate.agents).map(place).collect(),
            speeds: (0..simulate.agents).map(speed).collect(),
            crowds: vec![0.0; simulate.agents as usize],
            near: Near::default(),
        }
    }

    /// What a bird wants, and how many it sees.
    fn wish(&self, n: usize, now: &Simulate) -> ([f32; 2], f32) {
        let (own, speed) = (self.places[n], self.speeds[n]);
        let sides = self.field.map(|cells| cells as f32);
        let mut count = 0u32;
        let (mut apart, mut align, mut together) = ([0.0f32; 2], [0.0f32; 2], [0.0f32; 2]);
        self.near.around(own, SEEN, |other| {
            if other == n {
                return;
            }
            let mut way = [0, 1].map(|axis| self.places[other][axis] - own[axis]);
            if self.is_torus {
                for (way, side) in way.iter_mut().zip(sides) {
                    let half = side * 0.5;
                    *way = if *way > half {
                        *way - side
                    } else if *way < -half {
                        *way + side
                    } else {
                        *way
                    };
                }
            }
            let square = way[0] * way[0] + way[1] * way[1];
            if square > self.sight * self.sight {
                return;
            }
            count += 1;
            let close = self.sight * self.sight * 0.16;
            for axis in 0..2 {
                if square < close {
                    apart[axis] -= way[axis] / (square + 0.5);
                }
                align[axis] += self.speeds[other][axis];
                together[axis] += way[axis];
            }
        });
        let mut wish = [0.0; 2];
        if count > 0 {
            let many = count as f32;
            for axis in 0..2 {
                wish[axis] = apart[axis] * now.apart as f32 * 1.5
                    + (align[axis] / many - speed[axis]) * now.align as f32 * 0.09
                    + together[axis] / many * now.together as f32 * 0.004;
            }
        }
        if !self.is_torus {
            for axis in 0..2 {
                let margin = MARGIN.min(sides[axis] * 0.25);
                if own[axis] < margin {
                    wish[axis] += 0.25;
                } else if own[axis] > sides[axis] - margin {
                    wish[axis] -= 0.25;
                }
            }
        }
        (wish, count as f32)
    }
}

impl Simulation for Boids {
    fn step(&mut self, now: &Simulate, _: u64) {
        self.near.sort(&self.places, self.sight, self.field, self.is_torus);
        let wishes: Vec<([f32; 2], f32)> =
            (0..self.places.len()).map(|n| self.wish(n, now)).collect();
        let (most, sides) = (now.speed as f32, self.field.map(|cells| cells as f32));
        for (n, (wish, count)) in wishes.into_iter().enumerate() {
            let speed = &mut self.speeds[n];
            let strength = (wish[0] * wish[0] + wish[1] * wish[1]).sqrt();
            // Nobody turns on the spot.
            let part = if strength > 0.2 * most { 0.2 * most / strength } else { 1.0 };
            for axis in 0..2 {
                speed[axis] += wish[axis] * part;
            }
            let quick = (speed[0] * speed[0] + speed[1] * speed[1]).sqrt();
            let part = if quick > most {
                most / quick
            } else if quick < most * 0.6 {
                most * 0.6 / quick.max(1e-3)
            } else {
                1.0
            };
            for axis in 0..2 {
                speed[axis] *= part;
                let place = &mut self.places[n][axis];
                *place += speed[axis];
                if self.is_torus {
                    if *place < 0.0 {
                        *place += sides[axis];
                    }
                    if *place >= sides[axis] {
                        *place -= sides[axis];
                    }
                }
                *place = place.clamp(0.0, sides[axis]);
            }
            // It changes slowly, as its colour does.
            self.crowds[n] += (count / MANY - self.crowds[n]) * 0.1;
        }
    }

    fn view(&self, _: &Simulate) -> View {
        let marks = self.places.iter().zip(&self.speeds).zip(&self.crowds);
        let mark = |((place, speed), crowd): ((&[f32; 2], &[f32; 2]), &f32)| {
            let quick = (speed[0] * speed[0] + speed[1] * speed[1]).sqrt().max(1e-6);
            [place[0], place[1], speed[0] / quick, speed[1] / quick, *crowd]
        };
        View::Marks(marks.map(mark).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, self.places.as_flattened());
        put_all(&mut bytes, self.speeds.as_flattened());
        put_all(&mut bytes, &self.crowds);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        saved.fill(self.places.as_flattened_mut())
            && saved.fill(self.speeds.as_flattened_mut())
            && saved.fill(&mut self.crowds)
            && saved.is_empty()
    }
}
