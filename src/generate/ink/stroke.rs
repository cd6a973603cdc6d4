//! Lines, from their distance field.

use pulp::{Simd, WithSimd};
use wide::f32x4;

use super::Point;
use super::coverage::{Coverage, LANES};

/// Of the pixels of a vector from the first.
const OFFSETS: f32x4 = f32x4::new([0.0, 1.0, 2.0, 3.0]);

/// Raises a coverage to the line through `corners`, with round joins and ends.
///
/// A pixel's coverage is that of a unit-wide strip whose middle lies as far from the nearest edge
/// as the pixel's middle: exact for edges along the axes, and within a few percent elsewhere.
/// Taking the largest over all edges unites them, so that no joint or crossing is drawn twice.
pub(super) struct Stroke<'a> {
    pub coverage: &'a mut Coverage,
    pub corners: &'a [Point],
    /// In pixels.
    pub width: f64,
    /// The last corner is joined to the first.
    pub closed: bool,
}

impl WithSimd for Stroke<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for pair in self.corners.windows(2) {
            edge(self.coverage, pair[0], pair[1], self.width / 2.0);
        }
        if let (true, [first, .., last]) = (self.closed, self.corners) {
            edge(self.coverage, *last, *first, self.width / 2.0);
        }
    }
}

#[inline(always)]
fn edge(coverage: &mut Coverage, a: Point, b: Point, half: f64) {
    let w = f64::from(coverage.size().width);
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let reach = half + 0.5;
    let top = (a.1 + dy.min(0.0) - reach - 0.5).ceil();
    let bottom = (a.1 + dy.max(0.0) + reach + 0.5).floor();
    let rows = coverage.rows_within(top, bottom);
    if rows.is_empty() {
        return;
    }
    let length = (dx * dx + dy * dy).sqrt();
    // A point is drawn as a dot.
    let (tx, ty) = if length > 0.0 { (dx / length, dy / length) } else { (1.0, 0.0) };
    let (nx, ny) = (-ty, tx);
    // The middles of pixels that the edge may touch, as seen from `a`.
    let (left, right) = (dx.min(0.0) - reach, dx.max(0.0) + reach);
    let inverse = if nx.abs() > 1e-9 { 1.0 / nx } else { 0.0 };
    // The pixel's strip and the line's overlap by their half widths less the distance, and never
    // by more than the thinner of the two.
    let (reach4, full) = (f32x4::splat(reach as f32), f32x4::splat((2.0 * half).min(1.0) as f32));
    let (nx32, tx32, length32) = (nx as f32, tx as f32, length as f32);
    let (nx_lanes, tx_lanes) = (OFFSETS * f32x4::splat(nx32), OFFSETS * f32x4::splat(tx32));
    for y in rows {
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
        let length = (end - start) as f32;
        let span = coverage.span(y, start as u32, end as u32);
        let last = along + tx32 * (span.len() - 1) as f32;
        let is_inner = along.min(last) >= 0.0 && along.max(last) <= length32;
        for (i, mask) in span.chunks_exact_mut(LANES).enumerate() {
            let i = (i * LANES) as f32;
            let s = f32x4::splat(across + nx32 * i) + nx_lanes;
            let distance = if is_inner {
                s.abs()
            } else {
                let t = f32x4::splat(along + tx32 * i) + tx_lanes;
                let beyond = (-t).fast_max(t - f32x4::splat(length32)).fast_max(f32x4::ZERO);
                (s * s + beyond * beyond).sqrt()
            };
            let coverage = (reach4 - distance).fast_max(f32x4::ZERO).fast_min(full);
            let coverage = OFFSETS.simd_lt(f32x4::splat(length - i)) & coverage;
            // The sum's low bits are the rounded integer, without a conversion.
            let sum = coverage * f32x4::splat(255.0) + f32x4::splat(8_388_608.0);
            let levels: [u32; LANES] = bytemuck::cast(sum.to_array());
            for (mask, level) in mask.iter_mut().zip(levels) {
                *mask = (*mask).max(level as u8);
            }
        }
    }
}
