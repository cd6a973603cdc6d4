//! A wedge of the picture, mirrored around.

use std::f64::consts::TAU;

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend, rounded};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::generate::turns;
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
        let turns = self.angle / 360.0 + at.passed(self.spin, 1.0);
        let angle = (turns - turns.floor()) * TAU;
        let wedge = TAU / (2.0 * f64::from(self.segments));
        let sectors = (0..=self.segments).map(|n| {
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
    /// Cosine and sine of the middle of each pair of wedges, all around.
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
            *nearest = rounded(turns(x, y) * self.count);
            (places.x[i], places.y[i]) = (x, y);
        }
        let [tx, ty] = self.turn;
        for (i, nearest) in nearest.iter().enumerate() {
            let [cos, sin] = self.sectors[*nearest as usize];
            let (x, y) = (places.x[i], places.y[i]);
            // Turned back to the first pair, and folded over.
            let along = x * cos + y * sin;
            let aside = (y * cos - x * sin).abs();
            places.x[i] = mx + (along * tx - aside * ty) * self.part;
            places.y[i] = my - (along * ty + aside * tx) * self.part;
        }
    }
}
