//! Where particles are born, by a formula.

use super::Simulate;
use super::chance;
use super::choices::Role;
use super::guide::is_light;
use super::over::{Over, VARIABLES};
use crate::error::Invalid;
use crate::formula::Formula;
use crate::values::Clip;

/// Squares in which one place is as likely as another: at most so many are looked at.
const SQUARES: usize = 1 << 19;
/// The most likely that a place is: all of them together are a number still.
const MOST: f64 = 1e300;

/// How likely particles are born at each place.
pub(super) struct Spawn {
    over: Over,
    clip: Clip,
    /// Cells across a square.
    square: usize,
    columns: usize,
    rows: usize,
    /// How likely a square is, with all squares before it.
    sums: Vec<f64>,
    /// True if the formula is of time, light or a number that moves.
    is_moving: bool,
    /// The frame that this holds for.
    at: Option<u64>,
}

/// Looks at the formula.
///
/// # Errors
/// It is never more than 0 anywhere.
pub(super) fn resolve(simulate: &Simulate, clip: Clip) -> Result<(), Invalid> {
    let Some(mut spawn) = Spawn::new(simulate, clip).filter(|spawn| !spawn.is_moving) else {
        return Ok(());
    };
    spawn.prepare(&Simulate { role: Role::Start, ..simulate.clone() }, 0, &[]);
    if spawn.place(simulate, [0; 3]).is_some() {
        return Ok(());
    }
    let text = simulate.spawn.as_deref().unwrap_or_default();
    let reason = match simulate.has_light() {
        true => "no particle is born: it is more than 0 in the middle of no cell",
        false => {
            "no particle is born: it is more than 0 in the middle of no cell (without light, m is 0)"
        }
    };
    Err(Invalid::new("simulate.spawn", text, reason))
}

impl Spawn {
    /// By the formula of `simulate`, if it has one.
    pub fn new(simulate: &Simulate, clip: Clip) -> Option<Self> {
        let text = simulate.spawn.as_ref()?;
        let (columns, rows) = simulate.field(clip.size);
        let mut square = 1;
        while columns.div_ceil(square) * rows.div_ceil(square) > SQUARES {
            square += 1;
        }
        let (columns, rows) = (columns.div_ceil(square), rows.div_ceil(square));
        let middle = square as f64 / 2.0;
        // Without light m is 0.
        let still = if simulate.has_light() { &VARIABLES[..2] } else { &["x", "y", "m"] };
        Some(Self {
            over: Over::new(text, (simulate, clip), (columns, rows), (middle, square)),
            clip,
            square,
            columns,
            rows,
            sums: vec![0.0; columns * rows],
            is_moving: Formula::parse(text, still).is_err(),
            at: None,
        })
    }

    /// Gets ready for the steps to a frame.
    pub fn prepare(&mut self, now: &Simulate, frame: u64, light: &[u8]) {
        let has_moving_walls = now.role == Role::Wall && now.layer.is_some();
        if self.at == Some(frame) || self.at.is_some() && !self.is_moving && !has_moving_walls {
            return;
        }
        self.at = Some(frame);
        let numbers = [self.clip.fps.seconds(frame), now.drive];
        let field = now.field(self.clip.size);
        let mut sum = 0.0;
        for y in 0..self.rows {
            let values = self.over.row(y, numbers, light);
            let sums = &mut self.sums[y * self.columns..][..self.columns];
            let high = side(y, self.square, field.1);
            for (x, (sums, value)) in sums.iter_mut().zip(values).enumerate() {
                let cell = (y * field.0 + x) * self.square;
                let is_wall =
                    now.role == Role::Wall && light.get(cell).copied().is_some_and(is_light);
                // What is no number is nowhere.
                if *value > 0.0 && !is_wall {
                    sum += value.min(MOST) * (high * side(x, self.square, field.0)) as f64;
                }
                *sums = sum;
            }
        }
    }

    /// A place by three random numbers, in cells; none where none is likely.
    pub fn place(&self, simulate: &Simulate, [which, across, down]: [u32; 3]) -> Option<[f32; 2]> {
        let all = self.sums.last().copied().filter(|all| *all > 0.0)?;
        let wanted = all * (f64::from(which) / 4_294_967_296.0);
        let square = self.sums.partition_point(|sum| *sum <= wanted).min(self.sums.len() - 1);
        let field = simulate.field(self.clip.size);
        let along = |n: usize, bits: u32, cells: usize| {
            let within = chance::unit(bits) * side(n, self.square, cells) as f32;
            // Rounded, it may come to lie beyond the edge.
            ((n * self.square) as f32 + within).min((cells as f32).next_down())
        };
        let (x, y) = (square % self.columns, square / self.columns);
        Some([along(x, across, field.0), along(y, down, field.1)])
    }
}

/// Cells along a side of square `n`: the last may be cut by the field's end.
fn side(n: usize, square: usize, cells: usize) -> usize {
    square.min(cells - n * square)
}
