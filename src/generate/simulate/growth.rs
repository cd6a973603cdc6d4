//! Differential growth: a closed curve becomes longer, its parts hold together, and keep away from each other.

use super::near::Near;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use super::{Simulate, chance};
use crate::values::Clip;

/// A closed curve, by its points.
pub(super) struct Growth {
    seed: u64,
    columns: usize,
    rows: usize,
    steps: u64,
    spacing: f32,
    points: Vec<[f32; 2]>,
    /// Points that the curve is still to get, with parts of one.
    due: f64,
    near: Near,
}

/// The most points.
const MOST: usize = 200_000;
/// Points around one that leave no room for more.
const CROWD: usize = 12;
/// Cells from one point of the curve to the next, of the spacing.
const PART: f32 = 0.4;

impl Growth {
    /// A small circle in the middle.
    pub fn begin(simulate: &Simulate, clip: Clip) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let spacing = simulate.spacing as f32;
        let key = chance::key(clip.seed, u64::MAX);
        let directions = chance::directions();
        let count = 40;
        // As large as its points are apart.
        let radius = count as f32 * spacing * PART / std::f32::consts::TAU;
        let point = |n: usize| {
            let [dx, dy] = directions[n * directions.len() / count];
            let far = radius * (0.97 + 0.06 * chance::unit(chance::bits(key, n as u32)));
            [columns as f32 / 2.0 + dx * far, rows as f32 / 2.0 + dy * far]
        };
        let points = (0..count).map(point).map(|point| inside(point, columns, rows)).collect();
        Self {
            seed: clip.seed,
            columns,
            rows,
            steps: 0,
            spacing,
            points,
            due: 0.0,
            near: Near::default(),
        }
    }

    /// True if there is room beside a point.
    fn has_room(&self, own: [f32; 2]) -> bool {
        let mut others = 0;
        self.near.around(own, usize::MAX, |other| {
            let [x, y] = self.points[other];
            let (x, y) = (own[0] - x, own[1] - y);
            others += usize::from(x * x + y * y < self.spacing * self.spacing);
        });
        others < CROWD
    }

    /// Sorts the points by where they lie.
    fn sort(&mut self) {
        self.near.sort(&self.points, self.spacing, [self.columns, self.rows], false);
    }

    /// Puts new points between others, by chance, and wherever two are far from each other.
    fn grow(&mut self, rate: f64) {
        self.due += rate * self.points.len() as f64;
        let count = self.points.len();
        let mut splits = vec![false; count];
        let key = chance::key(self.seed, self.steps);
        for n in 0..self.due as u32 {
            splits[chance::below(chance::bits(key, n), count)] = true;
        }
        self.due -= (self.due as u32) as f64;
        let longest = self.spacing * PART * 1.8;
        let mut points = Vec::with_capacity(count + count / 8);
        for (n, point) in self.points.iter().enumerate() {
            let next = self.points[(n + 1) % count];
            points.push(*point);
            let (dx, dy) = (next[0] - point[0], next[1] - point[1]);
            let is_long = dx * dx + dy * dy > longest * longest;
            let is_split = splits[n] || is_long;
            if is_split && points.len() + (count - n) < MOST && self.has_room(*point) {
                points.push([(point[0] + next[0]) * 0.5, (point[1] + next[1]) * 0.5]);
            }
        }
        self.points = points;
    }
}

/// The place in the field that is next to another.
fn inside([x, y]: [f32; 2], columns: usize, rows: usize) -> [f32; 2] {
    let clamp = |v: f32, most: usize| v.max(1.0).min((most as f32 - 1.0).max(1.0));
    [clamp(x, columns), clamp(y, rows)]
}

impl Simulation for Growth {
    fn step(&mut self, now: &Simulate, _: u64) {
        self.steps += 1;
        self.sort();
        self.grow(now.rate);
        self.sort();
        let side = self.spacing;
        let count = self.points.len();
        let farthest = self.spacing * 0.12;
        let moved = |n: usize| {
            let own = self.points[n];
            let (before, after) =
                (self.points[(n + count - 1) % count], self.points[(n + 1) % count]);
            // To the middle of its neighbours: the curve holds together, and is smooth.
            let mut dx = ((before[0] + after[0]) * 0.5 - own[0]) * 0.35;
            let mut dy = ((before[1] + after[1]) * 0.5 - own[1]) * 0.35;
            self.near.around(own, usize::MAX, |other| {
                let [x, y] = self.points[other];
                let (x, y) = (own[0] - x, own[1] - y);
                let far = (x * x + y * y).sqrt();
                if far < side && far > 1e-4 {
                    let push = (1.0 - far / side) * 0.22 / far;
                    (dx, dy) = (dx + x * push, dy + y * push);
                }
            });
            let length = (dx * dx + dy * dy).sqrt();
            let part = if length > farthest { farthest / length } else { 1.0 };
            inside([own[0] + dx * part, own[1] + dy * part], self.columns, self.rows)
        };
        self.points = (0..count).map(moved).collect();
    }

    fn view(&self, _: &Simulate) -> View {
        View::Marks(self.points.iter().map(|[x, y]| [*x, *y, 0.0, 0.0, 0.0]).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps, self.due.to_bits()]);
        put_all(&mut bytes, self.points.as_flattened());
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut numbers = [0u64; 2];
        if !saved.fill(&mut numbers) {
            return false;
        }
        self.steps = numbers[0];
        self.due = f64::from_bits(numbers[1]);
        let Some(numbers) = saved.rest::<f32>(MOST * 2) else { return false };
        let (points, rest) = numbers.as_chunks::<2>();
        self.points = points.to_vec();
        rest.is_empty() && saved.is_empty() && self.points.len() >= 3
    }
}
