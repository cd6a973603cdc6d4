//! Random closed polygons, outlined or filled, blended over a background.

mod coverage;
mod fill;
mod stroke;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use self::coverage::Coverage;
use super::{Frame, Generator, Painter};
use crate::error::Invalid;
use crate::recipe::{Color, Size};

/// The parameters of polygon; the default is 251 quadrilateral outlines in white at 41 % opacity
/// on black.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Polygon {
    /// Polygons in a frame, 1 to 100000.
    pub count: u32,
    /// Corners of each, 3 to 1000.
    pub points: u32,
    /// Colour of outline or filling.
    pub color: Color,
    /// How much of the colour covers what lies below, 0 to 1.
    pub opacity: f64,
    /// Colour of the empty frame.
    pub background: Color,
    /// Fill (even-odd) instead of outline.
    pub fill: bool,
    /// Width of the outline in pixels, 0.1 to 1000.
    pub width: f64,
    /// Smooth edges.
    pub antialias: bool,
}

impl Default for Polygon {
    fn default() -> Self {
        Self {
            count: 251,
            points: 4,
            color: Color::WHITE,
            opacity: 0.41,
            background: Color::BLACK,
            fill: false,
            width: 1.0,
            antialias: true,
        }
    }
}

impl Polygon {
    /// Checks every parameter against its range.
    pub(crate) fn validate(&self) -> Result<(), Invalid> {
        if !(1..=100_000).contains(&self.count) {
            return Err(Invalid::new("polygon.count", self.count, "1 to 100000 polygons"));
        }
        if !(3..=1000).contains(&self.points) {
            return Err(Invalid::new(
                "polygon.points",
                self.points,
                "a polygon has 3 to 1000 points",
            ));
        }
        if !(0.0..=1.0).contains(&self.opacity) {
            let reason = "opacity is 0 (invisible) to 1 (opaque)";
            return Err(Invalid::new("polygon.opacity", self.opacity, reason));
        }
        if !(0.1..=1000.0).contains(&self.width) {
            return Err(Invalid::new("polygon.width", self.width, "a width is 0.1 to 1000 pixels"));
        }
        Ok(())
    }
}

/// Draws [`Polygon`]s: the seed and the frame's index give the corners.
#[derive(Debug, Clone)]
pub struct PolygonGenerator {
    look: Polygon,
    size: Size,
    seeded: ChaCha8Rng,
}

impl PolygonGenerator {
    /// Polygons of that look, on frames of that size.
    pub fn new(look: &Polygon, seed: u64, size: Size) -> Self {
        Self { look: look.clone(), size, seeded: ChaCha8Rng::seed_from_u64(seed) }
    }
}

impl Generator for PolygonGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut coverage =
            Coverage::new(self.size, self.look.color, self.look.opacity, self.look.antialias);
        let points = self.look.points as usize;
        let mut corners = vec![(0.0, 0.0); self.look.count as usize * points];
        Box::new(move |index: u64, frame: &mut Frame| {
            let mut rng = self.seeded.clone();
            rng.set_stream(index);
            corners.fill_with(|| random_point(&mut rng, self.size));
            frame.fill(self.look.background);
            for rows in Coverage::bands(self.size) {
                coverage.set_rows(rows);
                for polygon in corners.chunks_exact(points) {
                    match self.look.fill {
                        true => fill::fill(&mut coverage, polygon),
                        false => coverage.stroke(polygon, self.look.width),
                    }
                    coverage.blend(frame);
                }
            }
            Ok(())
        })
    }
}

/// A point in pixels, x right and y down.
type Point = (f64, f64);

/// Uniform over the frame, its border included.
fn random_point(rng: &mut ChaCha8Rng, size: Size) -> Point {
    let mut unit = || f64::from(rng.next_u32()) / f64::from(u32::MAX);
    (unit() * f64::from(size.width), unit() * f64::from(size.height))
}
