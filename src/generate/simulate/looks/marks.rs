//! Things that move, as shapes: birds, and the curve that grows.

use super::super::Simulate;
use super::super::choices::Kind;
use super::Shades;
use crate::generate::Frame;
use crate::generate::ink::{Blend, Coverage, Point, fill};
use crate::values::Color;

/// Draws them.
pub(super) fn draw(now: &Simulate, marks: &[[f32; 5]], frame: &mut Frame) {
    frame.begin(now.background);
    let (size, cell) = (frame.size(), f64::from(now.cell));
    let shades = Shades::of(now);
    let color = |value: f64| {
        let [r, g, b, _] = shades.at(value);
        Color([r, g, b])
    };
    let mut coverage = Coverage::new(size, true, Blend::Normal);
    let place = |mark: &[f32; 5]| (f64::from(mark[0]) * cell, f64::from(mark[1]) * cell);
    let curve: Vec<Point> = match now.kind {
        Kind::Growth => marks.iter().map(place).collect(),
        _ => Vec::new(),
    };
    for rows in Coverage::bands(size) {
        coverage.set_rows(rows.clone());
        if !curve.is_empty() {
            coverage.set_color(color(1.0), 1.0);
            fill(&mut coverage, &curve);
            coverage.blend(frame);
            coverage.set_color(color(0.0), 1.0);
            coverage.stroke(&curve, 0.9 * cell, true);
            coverage.blend(frame);
            continue;
        }
        let (top, bottom) = (f64::from(rows.start), f64::from(rows.end));
        for mark in marks {
            let (x, y) = place(mark);
            let long = 6.0 * cell;
            if y + long < top || y - long > bottom {
                continue;
            }
            let (dx, dy) = (f64::from(mark[2]) * long, f64::from(mark[3]) * long);
            let (left, right) = (0.45, -0.45);
            let tail = |side: f64| (x - dx * 0.8 - dy * side, y - dy * 0.8 + dx * side);
            coverage.set_color(color(f64::from(mark[4])), 1.0);
            fill(
                &mut coverage,
                &[(x + dx, y + dy), tail(left), (x - dx * 0.4, y - dy * 0.4), tail(right)],
            );
            coverage.blend(frame);
        }
    }
}
