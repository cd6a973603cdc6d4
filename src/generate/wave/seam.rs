//! Whether a film of a formula leads back to its beginning.

use std::f64::consts::TAU;

use num_complex::Complex64;

use super::curve;
use super::field::middles;
use super::orbit::{Fate, Orbits};
use super::{View, Wave};
use crate::cancel::Cancel;
use crate::formula::ComplexFormula;
use crate::values::Span;

/// Points along each side of the grid that is looked at, and along a curve.
const GRID: u32 = 97;
const POINTS: u32 = 2049;
/// The most periods that are tried.
const MOST: u32 = 60;

/// True if the formula is the same at both ends of the sweep, as far as a coarse grid shows. Beside poles a little is
/// much, so that a few points may differ.
pub(super) fn closes(wave: &Wave) -> bool {
    let (first, last) = (values(wave, wave.a.start), values(wave, wave.a.end));
    let is_apart = |(v, w): &(&f64, &f64)| match v.is_finite() && w.is_finite() {
        true => (*v - *w).abs() > 1e-6 * (1.0 + v.abs()),
        false => v.is_nan() != w.is_nan() || (!v.is_nan() && v != w),
    };
    let apart = first.iter().zip(&last).filter(is_apart).count();
    apart <= first.len() / 1000
}

/// How often 2 pi a sweep from 0 on may go through so that the formula closes: the number that is nearest to how far it
/// goes now.
pub(super) fn period(wave: &Wave) -> Option<f64> {
    let now = (wave.a.end - wave.a.start).abs() / TAU;
    let mut turns: Vec<f64> = (1..=MOST).map(f64::from).collect();
    turns.sort_by(|a, b| (a - now).abs().total_cmp(&(b - now).abs()));
    turns.into_iter().find(|turns| closes(&Wave { a: Span::new(0.0, turns * TAU), ..wave.clone() }))
}

/// What the formula gives at all points, where the sweep is at `a`.
fn values(wave: &Wave, a: f64) -> Vec<f64> {
    let (xs, ys) = (middles(wave.x, GRID, 0), middles(wave.y, GRID, 0));
    match wave.view {
        View::Curve => {
            let ts = middles(wave.t, POINTS, 0);
            let axis = |formula: crate::formula::Formula| {
                let mut values = vec![0.0; ts.len()];
                formula.program().row(&[0.0, a], &ts, &mut values);
                values
            };
            curve::parse(&wave.expr).unwrap_or_default().into_iter().flat_map(axis).collect()
        }
        View::Complex => {
            let Ok(formula) = ComplexFormula::parse(&wave.expr) else { return Vec::new() };
            let cancel = Cancel::new();
            let mut orbits = Orbits::new(&formula, 1, &cancel);
            orbits.begin(a);
            let row = |y: &f64| {
                let mut ends = vec![(Complex64::new(f64::NAN, f64::NAN), Fate::There); xs.len()];
                // Nobody stops it.
                let _ = orbits.row((&xs, *y), &mut ends);
                ends.into_iter().flat_map(|(z, _)| [z.re, z.im])
            };
            ys.iter().flat_map(row).collect()
        }
        _ => {
            let Ok(formula) = wave.parsed() else { return Vec::new() };
            let mut program = formula.program();
            let row = |y: &f64| {
                let mut values = vec![0.0; xs.len()];
                program.row(&[0.0, *y, a], &xs, &mut values);
                values
            };
            ys.iter().flat_map(row).collect()
        }
    }
}
