//! Where particles are born, by a formula.

use super::Simulate;
use super::chance;
use super::choices::Role;
use super::guide::is_light;
use super::over::{Over, VARIABLES};
use crate::error::Invalid;
use crate::formula::Formula;
use crate::values::Clip;

/// Cells across a square in which one place is as likely as another.
const SQUARE: usize = 4;

/// How likely particles are born at each place.
pub(super) struct Spawn {
    over: Over,
    clip: Clip,
    columns: usize,
    rows: usize,
    /// How likely a square is, with all squares before it.
    sums: Vec<f64>,
    /// True if the formula is of time or light.
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
    if spawn.place(0, 0, 0).is_some() {
        return Ok(());
    }
    let text = simulate.spawn.as_deref().unwrap_or_default();
    let reason = "no particle is born: it is more than 0 nowhere";
    Err(Invalid::new("simulate.spawn", text, reason))
}

impl Spawn {
    /// By the formula of `simulate`, if it has one.
    pub fn new(simulate: &Simulate, clip: Clip) -> Option<Self> {
        let text = simulate.spawn.as_ref()?;
        let (columns, rows) = simulate.field(clip.size);
        let (columns, rows) = (columns.div_ceil(SQUARE), rows.div_ceil(SQUARE));
        let middle = SQUARE as f64 / 2.0;
        Some(Self {
            over: Over::new(text, (simulate, clip), (columns, rows), (middle, SQUARE)),
            clip,
            columns,
            rows,
            sums: vec![0.0; columns * rows],
            is_moving: Formula::parse(text, &VARIABLES[..2]).is_err(),
            at: None,
        })
    }

    /// Gets ready for the steps to a frame.
    pub fn prepare(&mut self, now: &Simulate, frame: u64, light: &[u8]) {
        if self.at == Some(frame) || self.at.is_some() && !self.is_moving && now.role != Role::Wall
        {
            return;
        }
        self.at = Some(frame);
        let t = self.clip.fps.seconds(frame);
        let (field, _) = now.field(self.clip.size);
        let mut sum = 0.0;
        for y in 0..self.rows {
            let values = self.over.row(y, t, light);
            let sums = &mut self.sums[y * self.columns..][..self.columns];
            for (x, (sums, value)) in sums.iter_mut().zip(values).enumerate() {
                let cell = y * SQUARE * field + x * SQUARE;
                let is_wall =
                    now.role == Role::Wall && light.get(cell).copied().is_some_and(is_light);
                // What is no number is nowhere.
                if *value > 0.0 && !is_wall {
                    sum += value.min(1e9);
                }
                *sums = sum;
            }
        }
    }

    /// A place by three random numbers, in cells; none where none is likely.
    pub fn place(&self, which: u32, across: u32, down: u32) -> Option<[f32; 2]> {
        let all = self.sums.last().copied().filter(|all| *all > 0.0)?;
        let wanted = all * (f64::from(which) / 4_294_967_296.0);
        let square = self.sums.partition_point(|sum| *sum <= wanted);
        let within = |bits: u32| chance::unit(bits) * SQUARE as f32;
        let corner = |n: usize| (n * SQUARE) as f32;
        let (x, y) = (square % self.columns, square / self.columns);
        Some([corner(x) + within(across), corner(y) + within(down)])
    }
}
