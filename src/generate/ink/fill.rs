//! The inside of a polygon by the even-odd rule.

use super::Point;
use super::coverage::Coverage;

/// Scan lines per row of pixels. Horizontally, coverage is exact.
const LINES: usize = 8;

/// Fills the polygon `corners` by the even-odd rule, so that crossings leave holes. Overwrites the mask where it
/// goes: blend before the next shape.
pub fn fill(coverage: &mut Coverage, corners: &[Point]) {
    let width = coverage.size().width as usize;
    let top = corners.iter().fold(f64::INFINITY, |m, p| m.min(p.1)).floor();
    let bottom = corners.iter().fold(f64::NEG_INFINITY, |m, p| m.max(p.1)).ceil();
    // `edges[x]` is by how much the coverage of pixel x differs from that of pixel x - 1, summed over the scan
    // lines of a row. A crossing inside a pixel counts partly for that one and partly for the next.
    let mut edges = vec![0.0f32; width + 2];
    let mut crossings: Vec<f64> = Vec::with_capacity(corners.len());
    for y in coverage.rows_within(top, bottom) {
        let (mut left, mut right) = (width, 0);
        for line in 0..LINES {
            let sy = f64::from(y) + (line as f64 + 0.5) / LINES as f64;
            crossings.clear();
            for (i, a) in corners.iter().enumerate() {
                let b = corners[(i + 1) % corners.len()];
                if (a.1 <= sy) != (b.1 <= sy) {
                    crossings.push(a.0 + (sy - a.1) / (b.1 - a.1) * (b.0 - a.0));
                }
            }
            crossings.sort_by(f64::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let from = pair[0].clamp(0.0, width as f64);
                let to = pair[1].clamp(0.0, width as f64);
                add_edge(&mut edges, from, 1.0);
                add_edge(&mut edges, to, -1.0);
                left = left.min(from as usize);
                right = right.max(to as usize + 1);
            }
        }
        let right = right.min(width);
        if left >= right {
            continue;
        }
        let mut inside = 0.0f32;
        let span = coverage.span(y, left as u32, right as u32);
        for (mask, change) in span.iter_mut().zip(&edges[left..right]) {
            inside += change;
            *mask = (inside * (255.0 / LINES as f32) + 0.5) as u8;
        }
        edges[left..right + 2].fill(0.0);
    }
}

/// Adds `by` to the coverage of everything right of `x`.
fn add_edge(edges: &mut [f32], x: f64, by: f32) {
    let pixel = x as usize;
    let part = (x - pixel as f64) as f32;
    edges[pixel] += by * (1.0 - part);
    edges[pixel + 1] += by * part;
}
