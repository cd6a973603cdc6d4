//! The maps and flows, with numbers that are known to look well, and where their points lie.

use super::super::Simulate;
use super::super::choices::Shape;
use super::orbit::{Motion, cos, sin};

/// The numbers of a formula where nothing is said.
pub(super) fn numbers(shape: Shape) -> [Option<f64>; 4] {
    match shape {
        Shape::DeJong => [Some(1.4), Some(-2.3), Some(2.4), Some(-2.1)],
        Shape::Clifford => [Some(-1.4), Some(1.6), Some(1.0), Some(0.7)],
        Shape::Lorenz => [Some(10.0), Some(28.0), Some(8.0 / 3.0), None],
        Shape::Thomas => [Some(0.2), None, None, None],
        Shape::Aizawa => [Some(0.95), Some(0.7), Some(0.6), Some(3.5)],
    }
}

/// How much brighter a shape is drawn than the densest of them, so that all colours are seen.
pub(super) fn brightness(shape: Shape) -> f64 {
    match shape {
        Shape::Lorenz => 3.0,
        Shape::Aizawa => 2.0,
        Shape::DeJong | Shape::Clifford => 1.5,
        Shape::Thomas => 0.6,
    }
}

/// Steps before points are drawn, until they have come to where they lead. Those of Lorenz's flow first go round one of the two
/// eyes for some sixty units of time.
pub(super) fn settling(shape: Shape) -> u32 {
    match shape {
        Shape::DeJong | Shape::Clifford => 400,
        Shape::Lorenz => 16_000,
        Shape::Thomas | Shape::Aizawa => 4_000,
    }
}

/// A sphere around the points.
pub(super) struct Bounds {
    pub middle: [f64; 3],
    pub radius: f64,
}

/// Where the points lie.
pub(super) fn bounds(now: &Simulate) -> Bounds {
    let (middle, radius) = match now.shape {
        Shape::DeJong => ([0.0; 3], 2.0),
        Shape::Clifford => {
            let [c, d] = [now.c, now.d].map(|number| 1.0 + number.unwrap_or(0.0).abs());
            ([0.0; 3], c.max(d))
        }
        Shape::Lorenz => {
            ([0.0, 0.0, now.b.unwrap_or(28.0) - 3.0], now.b.unwrap_or(28.0).abs().max(1.0) * 0.95)
        }
        Shape::Thomas => ([0.0; 3], 5.5),
        Shape::Aizawa => ([0.0, 0.0, 0.6], 1.65),
    };
    Bounds { middle, radius }
}

/// De Jong's map (A. K. Dewdney, Scientific American, July 1987).
#[derive(Clone, Copy)]
pub(super) struct DeJong(pub [f32; 4]);

impl Motion for DeJong {
    #[inline(always)]
    fn next(&self, [x, y, _]: [f32; 3]) -> [f32; 3] {
        let [a, b, c, d] = self.0;
        [sin(a * y) - cos(b * x), sin(c * x) - cos(d * y), 0.0]
    }
}

/// Clifford's map (C. Pickover, "Chaos in Wonderland", 1994).
#[derive(Clone, Copy)]
pub(super) struct Clifford(pub [f32; 4]);

impl Motion for Clifford {
    #[inline(always)]
    fn next(&self, [x, y, _]: [f32; 3]) -> [f32; 3] {
        let [a, b, c, d] = self.0;
        [sin(a * y) + c * cos(a * x), sin(b * x) + d * cos(b * y), 0.0]
    }
}

/// A flow, by its speeds, in steps of a length of time: the midpoint method.
#[derive(Clone, Copy)]
pub(super) struct Flow<F> {
    pub speeds: F,
    pub step: f32,
}

impl<F: Fn([f32; 3]) -> [f32; 3] + Copy> Motion for Flow<F> {
    #[inline(always)]
    fn next(&self, at: [f32; 3]) -> [f32; 3] {
        let go = |from: [f32; 3], by: [f32; 3], time: f32| {
            [from[0] + by[0] * time, from[1] + by[1] * time, from[2] + by[2] * time]
        };
        let half = go(at, (self.speeds)(at), self.step * 0.5);
        go(at, (self.speeds)(half), self.step)
    }
}

/// Lorenz's flow (E. N. Lorenz, "Deterministic nonperiodic flow", Journal of the Atmospheric Sciences, 1963).
pub(super) fn lorenz([a, b, c, _]: [f32; 4]) -> impl Fn([f32; 3]) -> [f32; 3] + Copy {
    move |[x, y, z]| [a * (y - x), x * (b - z) - y, x * y - c * z]
}

/// Thomas's flow (R. Thomas, "Deterministic chaos seen in terms of feedback circuits", 1999).
pub(super) fn thomas([a, ..]: [f32; 4]) -> impl Fn([f32; 3]) -> [f32; 3] + Copy {
    move |[x, y, z]| [sin(y) - a * x, sin(z) - a * y, sin(x) - a * z]
}

/// Aizawa's flow (Y. Aizawa, Progress of Theoretical Physics, 1982).
pub(super) fn aizawa([a, b, c, d]: [f32; 4]) -> impl Fn([f32; 3]) -> [f32; 3] + Copy {
    move |[x, y, z]| {
        let round = x * x + y * y;
        [
            (z - b) * x - d * y,
            d * x + (z - b) * y,
            c + a * z - z * z * z * (1.0 / 3.0) - round * (1.0 + 0.25 * z) + 0.1 * z * x * x * x,
        ]
    }
}
