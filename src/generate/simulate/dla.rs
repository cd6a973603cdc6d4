//! Diffusion-limited aggregation: walkers stick to what they meet (T. Witten, L. Sander, Physical Review Letters, 1981). They
//! walk in any direction, and stick in cells.

use super::Simulate;
use super::ages::BORN;
use super::chance::{self, DIRECTIONS};
use super::choices::Role;
use super::guide::is_light;
use super::simulation::{Saved, Simulation, put_all};
use super::view::View;
use crate::values::Clip;

/// What has stuck.
pub(super) struct Dla {
    seed: u64,
    role: Role,
    /// Columns and rows that are seen.
    seen: [usize; 2],
    /// Columns and rows of all cells: a square around what is seen, so that what grows does not end at its edges.
    columns: usize,
    rows: usize,
    steps: u32,
    /// Of each cell the step in which a walker stuck there, from 1 on, or 0.
    cells: Vec<u32>,
    /// Where something has stuck not far away, coarser from one to the next.
    near: [Near; 3],
    /// Walkers that gave up, one after the other.
    idle: u32,
    /// How far from the middle something has stuck.
    radius: f32,
    light: Vec<u8>,
    directions: Vec<[f32; 2]>,
}

/// Which blocks of a field have something in them or beside them.
struct Near {
    /// Cells across a block.
    side: usize,
    columns: usize,
    is_near: Vec<bool>,
}

impl Near {
    fn new(side: usize, columns: usize, rows: usize) -> Self {
        let (columns, rows) = (columns.div_ceil(side), rows.div_ceil(side));
        Self { side, columns, is_near: vec![false; columns * rows] }
    }

    fn mark(&mut self, x: usize, y: usize) {
        let rows = self.is_near.len() / self.columns;
        let (x, y) = (x / self.side, y / self.side);
        for y in y.saturating_sub(1)..(y + 2).min(rows) {
            for x in x.saturating_sub(1)..(x + 2).min(self.columns) {
                self.is_near[y * self.columns + x] = true;
            }
        }
    }
}

/// Moves after which a walker gives up.
const PATIENCE: u32 = 50_000;
/// Walkers that give up one after the other, after which nothing can stick any more.
const MOST_IDLE: u32 = 24;

impl Dla {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let seen = simulate.field(clip.size);
        let seen = [seen.0, seen.1];
        // Larger than what is seen, so that nothing is dammed up at its edges.
        let diagonal = ((seen[0] * seen[0] + seen[1] * seen[1]) as f32).sqrt();
        let side = (diagonal * 1.25) as usize + 24;
        let (columns, rows) = (side, side);
        let mut cells = vec![0; columns * rows];
        match start.filter(|_| simulate.starts_in_light()) {
            Some(light) => {
                let places = places(seen, side);
                places.zip(light).for_each(|(n, light)| cells[n] = is_light(*light).into());
            }
            None => {
                // In the middle, or as near to it as walls leave room.
                let middle = (side / 2 * side + side / 2, 0);
                let is_free = |light: u8| simulate.role != Role::Wall || !is_light(light);
                let far = |n: usize| {
                    let (x, y) = ((n % side).abs_diff(side / 2), (n / side).abs_diff(side / 2));
                    x * x + y * y
                };
                let free = start.map(|light| {
                    let free = places(seen, side).zip(light).filter(|(_, light)| is_free(**light));
                    free.map(|(n, _)| (n, far(n))).min_by_key(|(n, far)| (*far, *n))
                });
                cells[free.flatten().unwrap_or(middle).0] = 1;
            }
        }
        let mut dla = Self {
            seed: clip.seed,
            role: simulate.role,
            seen,
            columns,
            rows,
            steps: 1,
            cells,
            near: [128, 32, 8].map(|side| Near::new(side, columns, rows)),
            idle: 0,
            radius: 0.0,
            light: Vec::new(),
            directions: chance::directions(),
        };
        dla.look();
        dla
    }

    /// Finds where something has stuck.
    fn look(&mut self) {
        self.radius = 0.0;
        for n in 0..self.cells.len() {
            if self.cells[n] > 0 {
                self.mark(n % self.columns, n / self.columns);
            }
        }
    }

    fn mark(&mut self, x: usize, y: usize) {
        self.near.iter_mut().for_each(|near| near.mark(x, y));
        let (dx, dy) = (x as f32 - self.columns as f32 / 2.0, y as f32 - self.rows as f32 / 2.0);
        self.radius = self.radius.max((dx * dx + dy * dy).sqrt());
    }

    /// How far a walker may go at once without meeting anything.
    fn reach(&self, x: i64, y: i64) -> f32 {
        let (columns, rows) = (self.columns as i64, self.rows as i64);
        if !(0..columns).contains(&x) || !(0..rows).contains(&y) {
            let out = (-x).max(x - columns + 1).max(-y).max(y - rows + 1);
            return (out as f32 - 1.0).max(1.0);
        }
        let is_far = |near: &&Near| {
            !near.is_near[y as usize / near.side * near.columns + x as usize / near.side]
        };
        self.near.iter().find(is_far).map_or(1.0, |near| near.side as f32)
    }

    fn is_taken(&self, x: i64, y: i64) -> bool {
        (0..self.columns as i64).contains(&x)
            && (0..self.rows as i64).contains(&y)
            && self.cells[y as usize * self.columns + x as usize] > 0
    }

    /// Has a walker come from afar, and gives the cell in which it sticks.
    fn walk(&self) -> Option<(usize, usize)> {
        let key = chance::key(self.seed, self.steps.into());
        let (mx, my) = (self.columns as f32 / 2.0, self.rows as f32 / 2.0);
        let far = self.radius + 6.0;
        if far >= mx {
            // All that is seen is long full.
            return None;
        }
        let way = |n: u32| self.directions[chance::bits(key, n) as usize % DIRECTIONS];
        let launch = |n: u32| {
            let [dx, dy] = way(n);
            (mx + dx * far, my + dy * far)
        };
        let (mut x, mut y) = launch(0);
        for n in 1..PATIENCE {
            let (dx, dy) = (x - mx, y - my);
            let away = (dx * dx + dy * dy).sqrt();
            if away > 3.0 * far + 40.0 {
                (x, y) = launch(n);
                continue;
            }
            let (cx, cy) = (x.floor() as i64, y.floor() as i64);
            let reach = if away > far { away - far + 1.0 } else { self.reach(cx, cy) };
            let [dx, dy] = way(n);
            let (nx, ny) = (x + dx * reach, y + dy * reach);
            let (cx, cy) = (nx.floor() as i64, ny.floor() as i64);
            if self.is_taken(cx, cy) {
                continue;
            }
            (x, y) = (nx, ny);
            let is_inside =
                (0..self.columns as i64).contains(&cx) && (0..self.rows as i64).contains(&cy);
            let touches = is_inside
                && reach <= 1.0
                && (-1..=1).any(|dy| (-1..=1).any(|dx| self.is_taken(cx + dx, cy + dy)));
            if touches {
                let (cx, cy) = (cx as usize, cy as usize);
                let light = self.light.get(cy * self.columns + cx).copied();
                let sticks = match (self.role, light) {
                    (Role::Wall, Some(light)) => !is_light(light),
                    (Role::Food, Some(light)) => {
                        // Hardly ever where it is dark, so that a seed in the dark is not lost.
                        let likely = (u32::from(light) * 257).max(4);
                        chance::bits(key ^ 0x5ca1_ab1e, n) >> 16 < likely
                    }
                    _ => true,
                };
                if sticks {
                    return Some((cx, cy));
                }
            }
        }
        None
    }
}

/// The cells that are seen, row by row, of a square of so many columns.
fn places([columns, rows]: [usize; 2], side: usize) -> impl Iterator<Item = usize> {
    let (left, top) = ((side - columns) / 2, (side - rows) / 2);
    (0..rows).flat_map(move |y| {
        let first = (top + y) * side + left;
        first..first + columns
    })
}

impl Simulation for Dla {
    fn shine(&mut self, light: &[u8]) {
        if !self.light.is_empty() {
            // In another light there may be room again.
            self.idle = 0;
        }
        self.light.resize(self.cells.len(), 0);
        let places = places(self.seen, self.columns);
        places.zip(light).for_each(|(n, light)| self.light[n] = *light);
    }

    fn step(&mut self, _: &Simulate, _: u64) {
        if self.idle >= MOST_IDLE {
            return;
        }
        self.steps += 1;
        self.idle += 1;
        if let Some((x, y)) = self.walk() {
            self.cells[y * self.columns + x] = self.steps;
            self.mark(x, y);
            self.idle = 0;
        }
    }

    /// What has stuck, by how many steps ago.
    fn view(&self, now: &Simulate) -> View {
        let tone = |cell: &u32| match cell {
            0 => 0,
            cell => {
                // An old tree keeps all colours, from its tips to where it began.
                let age = f64::from(self.steps - cell) * 127.0 / now.span.max(self.steps.into());
                BORN + age.min(127.0) as u8
            }
        };
        View::Tones(places(self.seen, self.columns).map(|n| tone(&self.cells[n])).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &[self.steps, self.idle]);
        put_all(&mut bytes, &self.cells);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        let mut numbers = [0; 2];
        let is_one = saved.fill(&mut numbers) && saved.fill(&mut self.cells) && saved.is_empty();
        [self.steps, self.idle] = numbers;
        let most = self.cells.iter().max().copied().unwrap_or(0);
        self.near.iter_mut().for_each(|near| near.is_near.fill(false));
        self.look();
        is_one && most <= self.steps
    }
}
