//! The outline of a polygon, from its distance field.

use super::Point;
use super::coverage::Coverage;

/// Raises `coverage` to the closed outline of `corners`, `width` pixels wide, with round joins.
///
/// A pixel's coverage is that of a unit-wide strip whose middle lies as far from the nearest edge
/// as the pixel's middle: exact for edges along the axes, and within a few percent elsewhere.
/// Taking the largest over all edges unites them, so that no joint or crossing is drawn twice.
pub(super) fn stroke(coverage: &mut Coverage, corners: &[Point], width: f64) {
    for (i, a) in corners.iter().enumerate() {
        edge(coverage, *a, corners[(i + 1) % corners.len()], width / 2.0);
    }
}

fn edge(coverage: &mut Coverage, a: Point, b: Point, half: f64) {
    let size = coverage.size();
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = (dx * dx + dy * dy).sqrt();
    // A point is drawn as a dot.
    let (tx, ty) = if length > 0.0 { (dx / length, dy / length) } else { (1.0, 0.0) };
    let (nx, ny) = (-ty, tx);
    let reach = half + 0.5;

    let top = (a.1.min(b.1) - reach - 0.5).floor().clamp(0.0, h) as u32;
    let bottom = (a.1.max(b.1) + reach + 0.5).ceil().clamp(0.0, h) as u32;
    let left = (a.0.min(b.0) - reach - 0.5).max(0.0);
    let right = (a.0.max(b.0) + reach + 0.5).min(w);
    // The pixel's strip and the line's overlap by their half widths less the distance, and never
    // by more than the thinner of the two.
    let (reach32, full) = (reach as f32, (2.0 * half).min(1.0) as f32);
    for y in top..bottom {
        let py = f64::from(y) + 0.5 - a.1;
        // |nx * px + ny * py| <= reach
        let (mut x0, mut x1) = (left, right);
        if nx.abs() > 1e-9 {
            let (p, q) = ((-reach - ny * py) / nx, (reach - ny * py) / nx);
            x0 = x0.max(a.0 + p.min(q) - 0.5);
            x1 = x1.min(a.0 + p.max(q) + 0.5);
        }
        if x0 >= x1 {
            continue;
        }
        let (x0, x1) = (x0.floor() as u32, x1.ceil() as u32);
        let px = f64::from(x0) + 0.5 - a.0;
        // Signed distance from the edge's line, and position along it, at the span's first pixel.
        let across = (nx * px + ny * py) as f32;
        let along = (tx * px + ty * py) as f32;
        let (nx, tx, length) = (nx as f32, tx as f32, length as f32);
        for (i, mask) in coverage.span(y, x0, x1).iter_mut().enumerate() {
            let s = across + nx * i as f32;
            let t = along + tx * i as f32;
            let beyond = (-t).max(t - length).max(0.0);
            let d = if beyond > 0.0 { (s * s + beyond * beyond).sqrt() } else { s.abs() };
            let seen = (reach32 - d).clamp(0.0, full);
            *mask = (*mask).max((seen * 255.0 + 0.5) as u8);
        }
    }
}
