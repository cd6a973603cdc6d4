//! Where random points are in a frame: a closed form of the time for each motion, so that no frame
//! needs the one before.

use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Motion;
use crate::generate::ink::Point;
use crate::values::Size;

/// Points in groups, one a shape.
#[derive(Debug, Clone)]
pub(super) struct Points {
    pub motion: Motion,
    pub speed: f64,
    pub size: Size,
    pub seed: u64,
    /// Points of a group.
    pub each: usize,
    /// Number of groups.
    pub groups: usize,
}

/// Streams of their own, so that positions, directions and colours do not depend on each other.
const DIRECTIONS: u64 = 0x6469_7265_6374;
/// Between two of a trail's past shapes, in seconds.
const PAST: f64 = 1.0 / 30.0;

impl Points {
    /// The points of frame `index`, at `time` in seconds.
    pub(super) fn at(&self, index: u64, time: f64, points: &mut Vec<Point>) {
        points.clear();
        match self.motion {
            Motion::None => self.random(index, points),
            Motion::Morph => self.morph(time, points),
            Motion::Drift => self.drift(time, points),
            Motion::Spin => self.spin(time, points),
            Motion::Bounce => self.bounce(time, points),
            Motion::Trail => self.trail(time, points),
        }
    }

    /// Points of a stream: uniform over the frame, its border included.
    fn random(&self, stream: u64, points: &mut Vec<Point>) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        let (w, h) = (f64::from(self.size.width), f64::from(self.size.height));
        let count = self.groups * self.each;
        points.extend((0..count).map(|_| {
            let x = unit(&mut rng);
            (x * w, unit(&mut rng) * h)
        }));
    }

    fn directions(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed ^ DIRECTIONS)
    }

    /// A velocity in pixels a second, of about the speed.
    fn velocity(&self, rng: &mut ChaCha8Rng) -> Point {
        let angle = unit(rng) * TAU;
        let speed = self.speed * f64::from(self.size.height) * (0.5 + unit(rng));
        (libm::cos(angle) * speed, libm::sin(angle) * speed)
    }

    fn drift(&self, time: f64, points: &mut Vec<Point>) {
        self.random(0, points);
        let mut rng = self.directions();
        let (w, h) = (f64::from(self.size.width), f64::from(self.size.height));
        for group in points.chunks_mut(self.each) {
            let (vx, vy) = self.velocity(&mut rng);
            let middle = centre(group);
            // The whole shape comes back at the other side when its middle leaves.
            let shift = (
                (middle.0 + vx * time).rem_euclid(w) - middle.0,
                (middle.1 + vy * time).rem_euclid(h) - middle.1,
            );
            group.iter_mut().for_each(|p| *p = (p.0 + shift.0, p.1 + shift.1));
        }
    }

    fn spin(&self, time: f64, points: &mut Vec<Point>) {
        self.random(0, points);
        let mut rng = self.directions();
        for group in points.chunks_mut(self.each) {
            let turns = self.speed * (unit(&mut rng) * 2.0 - 1.0) * 2.0;
            let (x, y) = centre(group);
            let (sin, cos) = libm::sincos((turns * time).fract() * TAU);
            for p in group {
                let (dx, dy) = (p.0 - x, p.1 - y);
                *p = (x + dx * cos - dy * sin, y + dx * sin + dy * cos);
            }
        }
    }

    fn morph(&self, time: f64, points: &mut Vec<Point>) {
        let at = time * self.speed;
        let (from, part) = (at.floor(), at.fract());
        let mut next = Vec::new();
        self.random(from as u64, points);
        self.random(from as u64 + 1, &mut next);
        let part = part * part * (3.0 - 2.0 * part);
        for (p, q) in points.iter_mut().zip(next) {
            *p = (p.0 + (q.0 - p.0) * part, p.1 + (q.1 - p.1) * part);
        }
    }

    fn bounce(&self, time: f64, points: &mut Vec<Point>) {
        self.random(0, points);
        let mut rng = self.directions();
        for p in points {
            let (vx, vy) = self.velocity(&mut rng);
            *p = self.reflected((p.0 + vx * time, p.1 + vy * time));
        }
    }

    /// One group that bounces, now and before; the oldest first, so that the newest lies on top.
    fn trail(&self, time: f64, points: &mut Vec<Point>) {
        let one = Self { groups: 1, ..self.clone() };
        let mut state = Vec::new();
        for past in (0..self.groups).rev() {
            state.clear();
            one.bounce(time - past as f64 * PAST, &mut state);
            points.append(&mut state);
        }
    }

    /// Where a point is that goes straight on and bounces off the borders.
    fn reflected(&self, (x, y): Point) -> Point {
        let fold = |v: f64, side: f64| {
            let v = v.rem_euclid(2.0 * side);
            if v > side { 2.0 * side - v } else { v }
        };
        (fold(x, f64::from(self.size.width)), fold(y, f64::from(self.size.height)))
    }
}

/// Uniform from 0 to 1, both included.
pub(super) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    f64::from(rng.next_u32()) / f64::from(u32::MAX)
}

fn centre(points: &[Point]) -> Point {
    let n = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
    (x / n, y / n)
}
