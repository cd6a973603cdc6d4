//! The outline of a polygon, from its distance field.

use pulp::{Simd, WithSimd};

use super::Point;
use super::coverage::Coverage;

/// Raises a coverage to the closed outline of `corners`, with round joins.
///
/// A pixel's coverage is that of a unit-wide strip whose middle lies as far from the nearest edge
/// as the pixel's middle: exact for edges along the axes, and within a few percent elsewhere.
/// Taking the largest over all edges unites them, so that no joint or crossing is drawn twice.
pub(super) struct Stroke<'a> {
    pub coverage: &'a mut Coverage,
    pub corners: &'a [Point],
    /// In pixels.
    pub width: f64,
}

impl WithSimd for Stroke<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (i, a) in self.corners.iter().enumerate() {
            let b = self.corners[(i + 1) % self.corners.len()];
            edge(self.coverage, *a, b, self.width / 2.0);
        }
    }
}

#[inline(always)]
fn edge(coverage: &mut Coverage, a: Point, b: Point, half: f64) {
    let size = coverage.size();
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt();
    // A point is drawn as a dot.
    let (tx, ty) = if length > 0.0 { (dx / length, dy / length) } else { (1.0, 0.0) };
    let (nx, ny) = (-ty, tx);
    let reach = half + 0.5;
    // The middles of pixels that the edge may touch, as seen from `a`.
    let (left, right) = (dx.min(0.0) - reach, dx.max(0.0) + reach);
    let top = (a.1 + dy.min(0.0) - reach - 0.5).ceil().clamp(0.0, h) as u32;
    let bottom = (a.1 + dy.max(0.0) + reach + 0.5).floor().clamp(0.0, h) as u32;
    let inverse = if nx.abs() > 1e-9 { 1.0 / nx } else { 0.0 };
    // The pixel's strip and the line's overlap by their half widths less the distance, and never
    // by more than the thinner of the two.
    let (reach32, full) = (reach as f32, (2.0 * half).min(1.0) as f32);
    let (nx32, tx32, length32) = (nx as f32, tx as f32, length as f32);
    for y in top..bottom {
        let py = f64::from(y) + 0.5 - a.1;
        // |nx * px + ny * py| <= reach, or the whole edge where it lies along the row.
        let (mut x0, mut x1) = (left, right);
        if inverse != 0.0 {
            let (p, q) = ((-reach - ny * py) * inverse, (reach - ny * py) * inverse);
            x0 = x0.max(p.min(q));
            x1 = x1.min(p.max(q));
        }
        let start = (x0 + a.0 - 0.5).ceil().clamp(0.0, w);
        let end = ((x1 + a.0 - 0.5).floor() + 1.0).clamp(0.0, w);
        if start >= end {
            continue;
        }
        // Distance from the edge's line, and position along it, at the span's first pixel.
        let px = start + 0.5 - a.0;
        let across = (nx * px + ny * py) as f32;
        let along = (tx * px + ty * py) as f32;
        let span = coverage.span(y, start as u32, end as u32);
        let last = along + tx32 * (span.len() - 1) as f32;
        if along.min(last) >= 0.0 && along.max(last) <= length32 {
            for (i, mask) in span.iter_mut().enumerate() {
                let d = (across + nx32 * i as f32).abs();
                *mask = (*mask).max(level((reach32 - d).clamp(0.0, full)));
            }
        } else {
            for (i, mask) in span.iter_mut().enumerate() {
                let (s, t) = (across + nx32 * i as f32, along + tx32 * i as f32);
                let beyond = (-t).max(t - length32).max(0.0);
                let d = (s * s + beyond * beyond).sqrt();
                *mask = (*mask).max(level((reach32 - d).clamp(0.0, full)));
            }
        }
    }
}

/// 0..=1 to 0..=255, rounded: the sum's low bits are the integer, without a conversion.
#[inline(always)]
fn level(coverage: f32) -> u8 {
    (coverage * 255.0 + 8_388_608.0).to_bits() as u8
}
