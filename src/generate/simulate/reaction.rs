//! Reaction and diffusion: U is fed, V turns U into V and is taken away (P. Gray, S. K. Scott, Chemical Engineering Science,
//! 1984; J. Pearson, "Complex patterns in a simple system", Science, 1993). Steps of one, cells of one, the Laplacian of
//! five cells.

use pulp::{Arch, Simd, WithSimd};

use super::choices::{Edges, Role};
use super::field::Field;
use super::guide::is_light;
use super::simulation::{Saved, Simulation};
use super::view::View;
use super::{Simulate, chance};
use crate::error::Invalid;
use crate::formula::Formula;
use crate::values::Clip;

/// How fast U spreads.
const SPREAD_U: f32 = 0.2097;
/// How fast V does.
const SPREAD_V: f32 = 0.105;
/// Less of V is none: numbers that are no longer normal would be slow.
const LEAST: f32 = 1e-12;
/// The share of the field that is sown, where nothing is said.
const DENSITY: f64 = 0.03;
/// Cells across a seed at least; at most there are twice as many.
const SEED: usize = 8;
/// The most that is fed or taken away in a step.
const MOST: f64 = 0.2;
/// The variables of what is fed and taken away over the plane.
const VARIABLES: &[&str] = &["x", "y", "m", "v"];

/// The two substances.
pub(super) struct Reaction {
    edges: Edges,
    role: Role,
    /// U and V.
    cells: [Field<f32>; 2],
    next: [Field<f32>; 2],
    light: Vec<u8>,
    /// Feed, and feed and kill together, for each cell, if they are not the same everywhere.
    plane: Option<Plane>,
}

/// What differs from cell to cell.
struct Plane {
    formulas: [Option<Formula>; 2],
    feed: Vec<f32>,
    loss: Vec<f32>,
    /// Feed and kill that these hold for.
    held: Option<(f64, f64)>,
}

/// Settles feed and kill.
///
/// # Errors
/// A formula is none.
pub(super) fn resolve(simulate: &mut Simulate) -> Result<(), Invalid> {
    let (feed, kill) = simulate.regime.rates();
    simulate.feed.get_or_insert(feed);
    simulate.kill.get_or_insert(kill);
    for (key, text) in [("feed-over", &simulate.feed_over), ("kill-over", &simulate.kill_over)] {
        if let Some(text) = text {
            let invalid = |reason: String| Invalid::new(&format!("simulate.{key}"), text, reason);
            let formula = Formula::parse(text, VARIABLES).map_err(|e| invalid(e.to_string()))?;
            let v = if key == "feed-over" { simulate.feed } else { simulate.kill }.unwrap_or(0.0);
            // At some places, in the dark and in light.
            for n in 0..17 * 17 * 3 {
                let (x, y) = (f64::from(n % 17) / 16.0, f64::from(n / 17 % 17) / 16.0);
                let m = f64::from(n / (17 * 17)) / 2.0;
                let value = formula.value(&[x, y, m, v]);
                if !(0.0..=MOST).contains(&value) {
                    return Err(invalid(format!(
                        "it is {value:.4} where x is {x}, y {y} and m {m}, and may be 0 to {MOST}"
                    )));
                }
            }
        }
    }
    Ok(())
}

impl Reaction {
    pub fn begin(simulate: &Simulate, clip: Clip, start: Option<&[u8]>) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let mut cells = [1.0, 0.0].map(|value| Field::new((columns, rows), value));
        let mut sow = |n: usize, much: f32| {
            let place = cells[0].place(n);
            cells[0].all_mut()[place] = 1.0 - 0.5 * much;
            cells[1].all_mut()[place] = 0.25 * much;
        };
        match start.filter(|_| simulate.starts_in_light()) {
            Some(light) => {
                for (n, light) in light.iter().enumerate().filter(|(_, light)| is_light(**light)) {
                    sow(n, f32::from(*light) / 255.0);
                }
            }
            None => {
                let key = chance::key(clip.seed, u64::MAX);
                // What light feeds needs no seeds.
                let is_fed = simulate.has_light() && simulate.role == Role::Food;
                let share = simulate.density.unwrap_or(if is_fed { 0.0 } else { DENSITY });
                let count = (share * (columns * rows) as f64 / (SEED * SEED) as f64).ceil() as u32;
                for n in 0..if share > 0.0 { count } else { 0 } {
                    let left = chance::below(chance::bits(key, 2 * n), columns);
                    let top = chance::below(chance::bits(key, 2 * n + 1), rows);
                    // Ragged discs: what grows out of squares stays square.
                    let seed = chance::key(clip.seed, n.into());
                    let size = SEED + chance::below(chance::bits(seed, 0), SEED);
                    for place in 0..size * size {
                        let (x, y) = (place % size, place / size);
                        let far = |at: usize| (2 * at + 1).abs_diff(size);
                        let is_in = far(x) * far(x) + far(y) * far(y) <= size * size;
                        let is_there = chance::bits(seed, place as u32 + 1) >> 29 > 0;
                        if is_in && is_there && left + x < columns && top + y < rows {
                            sow((top + y) * columns + left + x, 1.0);
                        }
                    }
                }
            }
        }
        let formula = |text: &Option<String>| {
            text.as_ref().map(|text| Formula::parse(text, VARIABLES).unwrap_or(Formula::nan()))
        };
        let formulas = [formula(&simulate.feed_over), formula(&simulate.kill_over)];
        let plane = formulas.iter().any(Option::is_some).then(|| Plane {
            formulas,
            feed: vec![0.0; columns * rows],
            loss: vec![0.0; columns * rows],
            held: None,
        });
        Self {
            edges: simulate.edges,
            role: simulate.role,
            next: cells.clone(),
            cells,
            light: start.map(<[u8]>::to_vec).unwrap_or_default(),
            plane,
        }
    }

    /// Reckons what differs from cell to cell.
    fn lay_out(&mut self, feed: f64, kill: f64) {
        let Field { columns, rows, .. } = self.cells[0];
        let Some(plane) = self.plane.as_mut().filter(|plane| plane.held != Some((feed, kill)))
        else {
            return;
        };
        plane.held = Some((feed, kill));
        for y in 0..rows {
            let down = (y as f64 + 0.5) / rows as f64;
            for x in 0..columns {
                let n = y * columns + x;
                let across = (x as f64 + 0.5) / columns as f64;
                let light = f64::from(self.light.get(n).copied().unwrap_or(0)) / 255.0;
                let of = |which: usize, v: f64| match &plane.formulas[which] {
                    // What is no number feeds nothing.
                    Some(formula) => match formula.value(&[across, down, light, v]) {
                        value if value.is_nan() => 0.0,
                        value => value.clamp(0.0, MOST),
                    },
                    None => v,
                };
                let (feed, kill) = (of(0, feed), of(1, kill));
                plane.feed[n] = feed as f32;
                plane.loss[n] = (feed + kill) as f32;
            }
        }
    }

    /// Has light feed, or keep away.
    fn light_up(&mut self) {
        let [u, v] = &mut self.cells;
        for (n, light) in self.light.iter().enumerate() {
            let place = u.place(n);
            let (u, v) = (&mut u.all_mut()[place], &mut v.all_mut()[place]);
            match self.role {
                Role::Food => *v = v.max(f32::from(*light) * (0.25 / 255.0)),
                Role::Wall if is_light(*light) => (*u, *v) = (1.0, 0.0),
                _ => {}
            }
        }
    }
}

struct React<'a> {
    cells: &'a [Field<f32>; 2],
    next: &'a mut [Field<f32>; 2],
    feed: f32,
    loss: f32,
    plane: Option<(&'a [f32], &'a [f32])>,
}

/// What becomes of a cell.
#[inline(always)]
fn react(u: f32, v: f32, around_u: f32, around_v: f32, feed: f32, loss: f32) -> (f32, f32) {
    let made = u * v * v;
    let next_u = u + (SPREAD_U * (around_u - 4.0 * u) - made + feed * (1.0 - u));
    let next_v = v + (SPREAD_V * (around_v - 4.0 * v) + made - loss * v);
    let next_u = if next_u > 0.0 { next_u } else { 0.0 };
    let next_v = if next_v > LEAST { next_v } else { 0.0 };
    (if next_u < 1.0 { next_u } else { 1.0 }, if next_v < 1.0 { next_v } else { 1.0 })
}

impl WithSimd for React<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (columns, stride) = (self.cells[0].columns, self.cells[0].stride());
        let (cu, cv) = (self.cells[0].all(), self.cells[1].all());
        let [next_u, next_v] = self.next;
        for (y, (nu, nv)) in next_u.rows_mut().zip(next_v.rows_mut()).enumerate() {
            let at = y * stride;
            let row = |from: usize| from + at..from + at + columns;
            let (ua, ul, u, ur, ub) = (
                &cu[row(1)],
                &cu[row(stride)],
                &cu[row(stride + 1)],
                &cu[row(stride + 2)],
                &cu[row(2 * stride + 1)],
            );
            let (va, vl, v, vr, vb) = (
                &cv[row(1)],
                &cv[row(stride)],
                &cv[row(stride + 1)],
                &cv[row(stride + 2)],
                &cv[row(2 * stride + 1)],
            );
            let (nu, nv) = (&mut nu[..columns], &mut nv[..columns]);
            match self.plane {
                None => {
                    for x in 0..columns {
                        let (around_u, around_v) =
                            ((ul[x] + ur[x]) + (ua[x] + ub[x]), (vl[x] + vr[x]) + (va[x] + vb[x]));
                        (nu[x], nv[x]) =
                            react(u[x], v[x], around_u, around_v, self.feed, self.loss);
                    }
                }
                Some((feed, loss)) => {
                    let feed = &feed[y * columns..][..columns];
                    let loss = &loss[y * columns..][..columns];
                    for x in 0..columns {
                        let (around_u, around_v) =
                            ((ul[x] + ur[x]) + (ua[x] + ub[x]), (vl[x] + vr[x]) + (va[x] + vb[x]));
                        (nu[x], nv[x]) = react(u[x], v[x], around_u, around_v, feed[x], loss[x]);
                    }
                }
            }
        }
    }
}

impl Simulation for Reaction {
    fn shine(&mut self, light: &[u8]) {
        if self.light != light {
            self.light = light.to_vec();
            if let Some(plane) = &mut self.plane {
                plane.held = None;
            }
        }
    }

    fn step(&mut self, now: &Simulate, _: u64) {
        let (feed, kill) = (now.feed.unwrap_or(0.0), now.kill.unwrap_or(0.0));
        self.lay_out(feed, kill);
        if self.role != Role::Start {
            self.light_up();
        }
        // Nothing flows out over the edges.
        self.cells.iter_mut().for_each(|cells| cells.surround_alike(self.edges));
        Arch::new().dispatch(React {
            cells: &self.cells,
            next: &mut self.next,
            feed: feed as f32,
            loss: (feed + kill) as f32,
            plane: self.plane.as_ref().map(|plane| (&plane.feed[..], &plane.loss[..])),
        });
        std::mem::swap(&mut self.cells, &mut self.next);
    }

    /// How much there is of V: 0.4 is the most.
    fn view(&self, _: &Simulate) -> View {
        let height = |v: &f32| (*v * (65_535.0 / 0.4)).min(65_535.0) as u16;
        View::Heights(self.cells[1].rows().flatten().map(height).collect())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.cells.iter().for_each(|cells| cells.put(&mut bytes));
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        self.cells.iter_mut().all(|cells| cells.take(&mut saved)) && saved.is_empty()
    }
}
