//! Attractors: the points to which a map or a flow leads, as density.

mod orbit;
mod shapes;

use std::ops::Range;

use self::orbit::{LANES, Orbit, View as Camera};
use super::choices::Shape;
use super::view::View;
use super::{Simulate, looks};
use crate::cancel::Cancel;
use crate::generate::{Frame, Generator, PaintError, Painter};
use crate::parameters::Described;
use crate::values::Clip;

/// Rounds between two looks whether the work was stopped.
const ROUNDS: u32 = 4096;
/// Counts whose brightness stands in a table.
const COUNTS: usize = 1 << 14;

/// What holds for a shape where nothing is said.
pub(super) fn resolve(simulate: &mut Simulate) {
    [simulate.a, simulate.b, simulate.c, simulate.d] = shapes::numbers(simulate.shape);
    // Maps lie in a plane, which is seen from above.
    if matches!(simulate.shape, Shape::DeJong | Shape::Clifford) {
        (simulate.spin, simulate.tilt) = (6.0, 90.0);
    }
}

/// Draws an attractor: each frame by itself.
pub(super) struct AttractorGenerator {
    simulate: Simulate,
    clip: Clip,
    cancel: Cancel,
}

impl AttractorGenerator {
    pub fn new(simulate: &Simulate, clip: Clip) -> Self {
        Self { simulate: simulate.clone(), clip, cancel: Cancel::new() }
    }

    /// Where a frame is seen from.
    fn camera(&self, now: &Simulate, index: u64) -> Camera {
        let (columns, rows) = now.field(self.clip.size);
        let angle = (now.spin * self.clip.fps.seconds(index)).to_radians();
        let tilt = now.tilt.to_radians();
        let (cos, sin) = (libm::cos(angle), libm::sin(angle));
        let (lean, rise) = (libm::sin(tilt), libm::cos(tilt));
        let bounds = shapes::bounds(now);
        let scale = 0.47 * now.zoom * columns.min(rows) as f64 / bounds.radius;
        let along = [cos, -sin, 0.0];
        let up = [sin * lean, cos * lean, rise];
        let of = |way: [f64; 3], sign: f64, middle: f64| {
            let at = way.iter().zip(bounds.middle).map(|(way, at)| way * at).sum::<f64>();
            let [x, y, z] = way.map(|way| (way * scale * sign) as f32);
            [x, y, z, (middle - at * scale * sign) as f32]
        };
        let (columns, rows) = (columns as u32, rows as u32);
        let ways = [of(along, 1.0, f64::from(columns) / 2.0), of(up, -1.0, f64::from(rows) / 2.0)];
        Camera { ways, columns, rows }
    }
}

impl Generator for AttractorGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let (columns, rows) = self.simulate.field(self.clip.size);
        // One more, for points that are not seen.
        let counts = vec![0; columns * rows + 1];
        Box::new(AttractorPainter { generator: self, counts, bright: Vec::new(), held: f64::NAN })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}

struct AttractorPainter<'a> {
    generator: &'a AttractorGenerator,
    /// Points at each cell.
    counts: Vec<u32>,
    /// How bright a cell is by its points, and the exposure that this holds for.
    bright: Vec<u16>,
    held: f64,
}

impl AttractorPainter<'_> {
    /// How bright a cell of so many points is: their density by its logarithm, from that of points that are spread
    /// evenly.
    fn brightness(&self, count: f64) -> u16 {
        let points = f64::from(self.generator.simulate.points);
        let density = count * (self.counts.len() - 1) as f64 / points;
        let much = self.held * shapes::brightness(self.generator.simulate.shape);
        let bright = libm::log1p(density * much) / libm::log1p(300.0);
        (bright.min(1.0) * 65_535.0) as u16
    }
}

impl Painter for AttractorPainter<'_> {
    fn prepare(&mut self, _: Range<u64>) {}

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        let AttractorGenerator { simulate, clip, cancel } = self.generator;
        simulate.moves.check(index)?;
        let now = simulate.at(index);
        self.counts.fill(0);
        let mut orbit = Orbit::begin(&now, clip.seed);
        orbit.settle(shapes::settling(simulate.shape));
        let camera = self.generator.camera(&now, index);
        let mut left = now.points.div_ceil(LANES as u32);
        while left > 0 {
            cancel.check()?;
            let rounds = left.min(ROUNDS);
            orbit.go(rounds, &camera, &mut self.counts);
            left -= rounds;
        }
        if self.held != now.exposure {
            self.held = now.exposure;
            self.bright = (0..COUNTS).map(|count| self.brightness(count as f64)).collect();
        }
        let bright = |count: &u32| match self.bright.get(*count as usize) {
            Some(bright) => *bright,
            None => self.brightness(f64::from(*count)),
        };
        let seen = &self.counts[..self.counts.len() - 1];
        looks::draw(&now, &View::Heights(seen.iter().map(bright).collect()), frame);
        Ok(())
    }
}
