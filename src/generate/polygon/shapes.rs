//! From random points to closed outlines.

use std::f64::consts::TAU;

use super::Shape;
use crate::generate::ink::Point;
use crate::values::Size;

/// Points that one shape takes.
pub(super) fn anchors(shape: Shape, points: u32) -> usize {
    match shape {
        Shape::Polygon | Shape::Bezier => points as usize,
        // The middle, and where its size and its turn come from.
        Shape::Star | Shape::Circle => 2,
        Shape::Delaunay | Shape::Voronoi => 1,
    }
}

/// The outline of a shape by itself.
pub(super) fn outline(shape: Shape, points: u32, anchors: &[Point]) -> Vec<Point> {
    match (shape, anchors) {
        (Shape::Star, [middle, to]) => star(points, *middle, *to),
        (Shape::Circle, [middle, to]) => circle(*middle, *to),
        (Shape::Bezier, corners) => curve(corners),
        (_, corners) => corners.to_vec(),
    }
}

/// Share of the distance of two random points that a star or circle reaches: about an eighth of
/// the frame in the mean.
const REACH: f64 = 0.25;

fn star(tips: u32, middle: Point, to: Point) -> Vec<Point> {
    let (dx, dy) = ((to.0 - middle.0) * REACH, (to.1 - middle.1) * REACH);
    let corners = tips * 2;
    (0..corners)
        .map(|i| {
            let (sin, cos) = libm::sincos(TAU * f64::from(i) / f64::from(corners));
            let size = if i % 2 == 0 { 1.0 } else { 0.42 };
            (middle.0 + (dx * cos - dy * sin) * size, middle.1 + (dx * sin + dy * cos) * size)
        })
        .collect()
}

fn circle(middle: Point, to: Point) -> Vec<Point> {
    let (dx, dy) = ((to.0 - middle.0) * REACH, (to.1 - middle.1) * REACH);
    let radius = (dx * dx + dy * dy).sqrt();
    // As many sides as keep the outline within a tenth of a pixel: r * (1 - cos(pi / n)).
    let sides = ((radius * 49.35).sqrt().ceil() as u32).clamp(12, 4096);
    (0..sides)
        .map(|i| {
            let (sin, cos) = libm::sincos(TAU * f64::from(i) / f64::from(sides));
            (middle.0 + radius * cos, middle.1 + radius * sin)
        })
        .collect()
}

/// Quadratic Bézier curves from the middle of each side to that of the next, pulled by the corner
/// between them: smooth everywhere.
fn curve(corners: &[Point]) -> Vec<Point> {
    const STEPS: usize = 24;
    let n = corners.len();
    let middle = |a: Point, b: Point| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let mut line = Vec::with_capacity(n * STEPS);
    for i in 0..n {
        let (before, corner, after) = (corners[i], corners[(i + 1) % n], corners[(i + 2) % n]);
        let (from, to) = (middle(before, corner), middle(corner, after));
        line.extend((0..STEPS).map(|step| {
            let t = step as f64 / STEPS as f64;
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            (a * from.0 + b * corner.0 + c * to.0, a * from.1 + b * corner.1 + c * to.1)
        }));
    }
    line
}

/// The triangles or cells of `sites`, which fill the frame, each with the site that it belongs to.
pub(super) fn mesh(shape: Shape, sites: &[Point], size: Size) -> Vec<(usize, Vec<Point>)> {
    let (w, h) = (f64::from(size.width), f64::from(size.height));
    let mut points: Vec<delaunator::Point> =
        sites.iter().map(|p| delaunator::Point { x: p.0, y: p.1 }).collect();
    // A ring far around the frame, so that there is a triangle everywhere, and every cell closed.
    for i in 0..24 {
        let (sin, cos) = libm::sincos(TAU * f64::from(i) / 24.0);
        points.push(delaunator::Point { x: w / 2.0 + cos * 2.0 * w, y: h / 2.0 + sin * 2.0 * h });
    }
    let triangulation = delaunator::triangulate(&points);
    let corners = |t: usize| {
        [0, 1, 2].map(|i| &points[triangulation.triangles[t * 3 + i]]).map(|p| (p.x, p.y))
    };
    let triangles = triangulation.triangles.len() / 3;
    match shape {
        Shape::Voronoi => {
            let mut around: Vec<Vec<Point>> = vec![Vec::new(); sites.len()];
            for t in 0..triangles {
                let middle = circumcentre(corners(t));
                for site in &triangulation.triangles[t * 3..t * 3 + 3] {
                    if let Some(cell) = around.get_mut(*site) {
                        cell.push(middle);
                    }
                }
            }
            for (cell, site) in around.iter_mut().zip(sites) {
                // A cell is convex and holds its site, so the angle puts its corners in order.
                let angle = |p: &Point| libm::atan2(p.1 - site.1, p.0 - site.0);
                cell.sort_by(|a, b| angle(a).total_cmp(&angle(b)));
            }
            around.into_iter().enumerate().filter(|(_, cell)| cell.len() > 2).collect()
        }
        _ => {
            // A triangle belongs to the first of its corners that is a site; the few that have
            // none but corners of the ring, to the first of all.
            let first = |t: usize| triangulation.triangles[t * 3..t * 3 + 3].iter().min();
            let owner =
                |t: usize| first(t).copied().filter(|site| *site < sites.len()).unwrap_or(0);
            (0..triangles).map(|t| (owner(t), corners(t).to_vec())).collect()
        }
    }
}

/// The point that is as far from all three corners.
fn circumcentre([a, b, c]: [Point; 3]) -> Point {
    let (bx, by, cx, cy) = (b.0 - a.0, b.1 - a.1, c.0 - a.0, c.1 - a.1);
    let d = 2.0 * (bx * cy - by * cx);
    if d == 0.0 {
        return a;
    }
    let (b2, c2) = (bx * bx + by * by, cx * cx + cy * cy);
    (a.0 + (cy * b2 - by * c2) / d, a.1 + (bx * c2 - cx * b2) / d)
}
