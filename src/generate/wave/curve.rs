//! Parametric curves in the plane and in space, and their past.

use super::{Field, Wave};
use crate::cancel::Cancel;
use crate::formula::{Formula, ParseError, Program};
use crate::generate::ink::{Blend, Coverage, Point};
use crate::generate::{Frame, Generator, Painter};
use crate::values::{Color, Ground, Size};

/// The formulas of x, y and perhaps z, separated by semicolons, in t and a.
///
/// # Errors
/// What is wrong, and where, counted from the start of the text.
pub(super) fn parse(text: &str) -> Result<Vec<Formula>, ParseError> {
    let parts: Vec<&str> = text.split(';').collect();
    if !(2..=3).contains(&parts.len()) {
        return Err(ParseError {
            column: 1,
            message: "a curve has two formulas or three: x(t, a); y(t, a); z(t, a)".into(),
        });
    }
    let mut before = 0;
    let mut formulas = Vec::new();
    for part in parts {
        formulas.push(
            Formula::parse(part, &["t", "a"])
                .map_err(|e| ParseError { column: e.column + before, ..e })?,
        );
        before += part.chars().count() + 1;
    }
    Ok(formulas)
}

/// Draws curves.
pub(super) struct CurveGenerator {
    programs: Vec<Program>,
    field: Field,
    size: Size,
    ts: Vec<f64>,
    /// Pixels a unit, and what is in the middle of the frame.
    scale: f64,
    middle: Point,
    width: f64,
    trail: u32,
    /// From the oldest to the newest.
    colors: Vec<[u8; 3]>,
    background: Ground,
    azimuth: f64,
    elevation: f64,
    spin: f64,
    cancel: Cancel,
}

impl CurveGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let formulas = parse(&wave.expr).unwrap_or_default();
        let Wave { x, y, t, samples: steps, .. } = *wave;
        let (w, h) = (f64::from(size.width), f64::from(size.height));
        Self {
            programs: formulas.iter().map(Formula::program).collect(),
            field,
            size,
            ts: (0..steps).map(|i| t.at(f64::from(i) / f64::from(steps - 1))).collect(),
            // Circles stay round: the tighter side decides.
            scale: (w / (x.end - x.start).abs()).min(h / (y.end - y.start).abs()),
            middle: ((x.start + x.end) / 2.0, (y.start + y.end) / 2.0),
            width: wave.width,
            trail: wave.trail,
            colors: wave.table(),
            background: wave.background,
            azimuth: wave.azimuth,
            elevation: wave.elevation,
            spin: wave.spin,
            cancel: Cancel::new(),
        }
    }
}

impl Generator for CurveGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut programs = self.programs.clone();
        let mut axes = vec![vec![0.0; self.ts.len()]; programs.len()];
        let mut coverage = Coverage::new(self.size, true, Blend::Normal);
        Box::new(move |index: u64, frame: &mut Frame| {
            let mut lines = Vec::new();
            for past in (0..=u64::from(self.trail)).rev() {
                // Before the first frame there was no curve.
                let Some(at) = self.field.before(index, past) else { continue };
                self.cancel.check()?;
                for (program, values) in programs.iter_mut().zip(&mut axes) {
                    program.row(&[0.0, self.field.sweep(at)], &self.ts, values);
                }
                let age = past as f64 / (f64::from(self.trail) + 1.0);
                let fresh = 1.0 - age;
                let entry = fresh * (self.colors.len() - 1) as f64;
                let color = Color(self.colors[entry.round() as usize]);
                for line in self.project(&axes, self.field.turned(self.spin, at)) {
                    lines.push((line, color, fresh * fresh));
                }
            }
            frame.begin(self.background);
            for rows in Coverage::bands(self.size) {
                coverage.set_rows(rows);
                for (line, color, opacity) in &lines {
                    self.cancel.check()?;
                    coverage.set_color(*color, *opacity);
                    coverage.stroke(line, self.width, false);
                    coverage.blend(frame);
                }
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}

impl CurveGenerator {
    /// The curve in pixels, in pieces between points that are no numbers.
    fn project(&self, axes: &[Vec<f64>], turned: f64) -> Vec<Vec<Point>> {
        let (w, h) = (f64::from(self.size.width), f64::from(self.size.height));
        let (sa, ca) = libm::sincos((self.azimuth + turned).to_radians());
        let (se, ce) = libm::sincos(self.elevation.to_radians());
        let mut pieces = vec![Vec::new()];
        for i in 0..self.ts.len() {
            let at = |axis: usize| axes.get(axis).map_or(0.0, |values| values[i]);
            let (x, y) = match axes.len() {
                // Seen from afar: to the right, and upwards.
                3 => (at(0) * ca + at(1) * sa, at(2) * ce + (at(1) * ca - at(0) * sa) * se),
                _ => (at(0), at(1)),
            };
            let point = (
                w / 2.0 + (x - self.middle.0) * self.scale,
                h / 2.0 - (y - self.middle.1) * self.scale,
            );
            // Beyond any frame, a line is as good as broken.
            let seen = |v: f64| v.abs() < 1e6;
            if seen(point.0) && seen(point.1) {
                if let Some(piece) = pieces.last_mut() {
                    piece.push(point);
                }
            } else if pieces.last().is_some_and(|piece| !piece.is_empty()) {
                pieces.push(Vec::new());
            }
        }
        pieces
    }
}
