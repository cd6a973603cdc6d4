//! Where random points are in a frame: a closed form of the time for each motion, so that no frame
//! needs the one before.

use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Motion;
use crate::generate::ink::Point;
use crate::values::{Clip, rounds};

/// Points in groups, one a shape.
#[derive(Debug, Clone)]
pub(super) struct Points {
    pub motion: Motion,
    pub speed: f64,
    pub clip: Clip,
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
        let mut rng = ChaCha8Rng::seed_from_u64(self.clip.seed);
        rng.set_stream(stream);
        let (w, h) = self.sides();
        let count = self.groups * self.each;
        points.extend((0..count).map(|_| {
            let x = unit(&mut rng);
            (x * w, unit(&mut rng) * h)
        }));
    }

    fn directions(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.clip.seed ^ DIRECTIONS)
    }

    /// A velocity in pixels a second, of about the speed.
    fn velocity(&self, rng: &mut ChaCha8Rng) -> Point {
        let angle = unit(rng) * TAU;
        let speed = self.speed * f64::from(self.clip.size.height) * (0.5 + unit(rng));
        (libm::cos(angle) * speed, libm::sin(angle) * speed)
    }

    fn drift(&self, time: f64, points: &mut Vec<Point>) {
        self.random(0, points);
        let mut rng = self.directions();
        let (w, h) = self.sides();
        for group in points.chunks_mut(self.each) {
            let (x, y) = self.way(self.velocity(&mut rng), time, (w, h));
            let middle = centre(group);
            // The whole shape comes back at the other side when its middle leaves.
            let shift =
                ((middle.0 + x).rem_euclid(w) - middle.0, (middle.1 + y).rem_euclid(h) - middle.1);
            group.iter_mut().for_each(|p| *p = (p.0 + shift.0, p.1 + shift.1));
        }
    }

    fn spin(&self, time: f64, points: &mut Vec<Point>) {
        self.random(0, points);
        let mut rng = self.directions();
        for group in points.chunks_mut(self.each) {
            let turns = self.speed * (unit(&mut rng) * 2.0 - 1.0) * 2.0;
            let (x, y) = centre(group);
            let (sin, cos) = libm::sincos(self.clip.passed(time, turns, 1.0).fract() * TAU);
            for p in group {
                let (dx, dy) = (p.0 - x, p.1 - y);
                *p = (x + dx * cos - dy * sin, y + dx * sin + dy * cos);
            }
        }
    }

    fn morph(&self, time: f64, points: &mut Vec<Point>) {
        // Between a shape and itself nothing moves: two at least.
        let whole = self.clip.fps.seconds(self.clip.frames);
        let turns = self.speed * whole;
        let speed = match self.clip.looped && turns > 0.0 && turns < 1.5 {
            true => 2.0 / whole,
            false => self.speed,
        };
        let at = self.clip.passed(time, speed, 1.0);
        let (from, part) = (at.floor() as u64, at.fract());
        // In a loop the first points follow on the last.
        let whole = self.clip.passed(whole, speed, 1.0);
        let to = if self.clip.looped && from + 1 >= whole as u64 { 0 } else { from + 1 };
        let mut next = Vec::new();
        self.random(from, points);
        self.random(to, &mut next);
        let part = part * part * (3.0 - 2.0 * part);
        for (p, q) in points.iter_mut().zip(next) {
            *p = (p.0 + (q.0 - p.0) * part, p.1 + (q.1 - p.1) * part);
        }
    }

    fn bounce(&self, time: f64, points: &mut Vec<Point>) {
        self.random(0, points);
        let mut rng = self.directions();
        for p in points {
            let (w, h) = self.sides();
            let (x, y) = self.way(self.velocity(&mut rng), time, (2.0 * w, 2.0 * h));
            *p = self.reflected((p.0 + x, p.1 + y));
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
        let (w, h) = self.sides();
        (fold(x, w), fold(y, h))
    }

    fn sides(&self) -> (f64, f64) {
        (f64::from(self.clip.size.width), f64::from(self.clip.size.height))
    }

    /// How far something has come at a time that goes straight on, where everything is the same again after `period`.
    /// In a loop it comes back to where it was, by the nearest way that is one.
    fn way(&self, (vx, vy): Point, time: f64, period: Point) -> Point {
        if !self.clip.looped {
            return (vx * time, vy * time);
        }
        let whole = self.clip.fps.seconds(self.clip.frames);
        let turns = (vx * whole / period.0, vy * whole / period.1);
        let (x, y) = match (turns.0.round(), turns.1.round()) {
            _ if self.speed == 0.0 => (0.0, 0.0),
            (0.0, 0.0) if turns.0.abs() > turns.1.abs() => (rounds(turns.0), 0.0),
            (0.0, 0.0) => (0.0, rounds(turns.1)),
            nearest => nearest,
        };
        (x * period.0 * (time / whole), y * period.1 * (time / whole))
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
