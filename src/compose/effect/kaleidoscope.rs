//! A wedge of the picture, mirrored around.

use std::f64::consts::TAU;

use super::warp::{BLOCK, Bend, Border, Places, bend};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Mirrors a wedge of the picture around its middle.
    Kaleidoscope, KaleidoscopeDraft as "kaleidoscope";

    /// Mirrors around the middle: twice as many wedges
    segments: u32 = 6, within(1.0, 64.0, "mirrors");
    /// Which wedge of the picture is seen
    angle: f64 = 0.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// How fast the wedge goes around in the picture
    spin: f64 = 0.0, placeholder("TURNS"), within(-100.0, 100.0, "turns a second"), rate();
    /// The middle, from left to right
    x: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// The middle, from top to bottom
    y: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// How many times as large
    zoom: f64 = 1.0, placeholder("X"), within(0.01, 1000.0, "times");
}

impl Change for Kaleidoscope {
    const ABOUT: &'static str = "A wedge of the picture, mirrored around its middle";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let turns = self.angle / 360.0 + self.spin * at.seconds();
        let angle = (turns - turns.floor()) * TAU;
        let wedge = TAU / (2.0 * f64::from(self.segments));
        let sectors = (0..self.segments).map(|n| {
            let middle = 2.0 * wedge * f64::from(n);
            [libm::cos(middle) as f32, libm::sin(middle) as f32]
        });
        let middle = at.middle(self.x, self.y);
        let fold = Fold {
            middle,
            sectors: sectors.collect(),
            turn: [libm::cos(angle) as f32, libm::sin(angle) as f32],
            part: (1.0 / self.zoom) as f32,
            count: self.segments as f32,
        };
        bend(canvas, scratch, Border::Mirror, &fold);
    }
}

struct Fold {
    middle: [f32; 2],
    /// Cosine and sine of the middle of each pair of wedges.
    sectors: Vec<[f32; 2]>,
    turn: [f32; 2],
    part: f32,
    count: f32,
}

impl Bend for Fold {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let [mx, my] = self.middle;
        let mut nearest = [0u32; BLOCK];
        for (i, nearest) in nearest.iter_mut().enumerate() {
            let (x, y) = (places.x[i] - mx, my - places.y[i]);
            // Which pair of wedges it is in.
            *nearest = (turns(x, y) * self.count + 0.5) as u32;
            (places.x[i], places.y[i]) = (x, y);
        }
        let [tx, ty] = self.turn;
        for (i, nearest) in nearest.iter().enumerate() {
            let [cos, sin] = self.sectors[*nearest as usize % self.sectors.len()];
            let (x, y) = (places.x[i], places.y[i]);
            // Turned back to the first pair, and folded over.
            let along = x * cos + y * sin;
            let aside = (y * cos - x * sin).abs();
            places.x[i] = mx + (along * tx - aside * ty) * self.part;
            places.y[i] = my - (along * ty + aside * tx) * self.part;
        }
    }
}

/// The angle of a place in turns, 0 to 1, to 1e-5: a polynomial for the arc tangent up to 45 degrees (Abramowitz and
/// Stegun, Handbook of Mathematical Functions, 4.4.49), and symmetry.
#[inline(always)]
pub(super) fn turns(x: f32, y: f32) -> f32 {
    let (across, down) = (x.abs(), y.abs());
    let (less, more) = (across.min(down), across.max(down));
    let t = less / more.max(1e-30);
    let s = t * t;
    let arc = ((((0.020_835_1 * s - 0.085_133) * s + 0.180_141) * s - 0.330_299_5) * s + 0.999_866) * t;
    let part = arc * (1.0 / std::f32::consts::TAU);
    let part = if down > across { 0.25 - part } else { part };
    let part = if x < 0.0 { 0.5 - part } else { part };
    if y < 0.0 { 1.0 - part } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_those_of_the_plane() {
        for step in 0..1000 {
            let angle = TAU * f64::from(step) / 1000.0;
            let got = f64::from(turns((angle.cos() * 70.0) as f32, (angle.sin() * 70.0) as f32));
            let apart = (got - f64::from(step) / 1000.0).abs();
            assert!(apart.min(1.0 - apart) < 1e-5, "{step}: {got}");
        }
    }
}
