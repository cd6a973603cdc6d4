//! A wedge of the picture, mirrored around.

use std::f64::consts::TAU;

use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
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
        let turns = self.angle / 360.0 + at.passed(self.spin, 1.0);
        let angle = (turns - turns.floor()) * TAU;
        let wedge = TAU / (2.0 * f64::from(self.segments));
        // The upper half is folded in its middle, again and again, until one wedge is left.
        let halved = |wedges: &u32| (*wedges > 1).then(|| wedges.div_ceil(2));
        let mirrors = std::iter::successors(Some(self.segments), halved).skip(1).map(|wedges| {
            let along = wedge * f64::from(wedges);
            [libm::sin(along) as f32, -libm::cos(along) as f32]
        });
        let middle = at.middle(self.x, self.y);
        let fold = Fold {
            middle,
            mirrors: mirrors.collect(),
            turn: [libm::cos(angle) as f32, libm::sin(angle) as f32],
            part: (1.0 / self.zoom) as f32,
        };
        bend(canvas, scratch, Border::Mirror, &fold);
    }
}

struct Fold {
    middle: [f32; 2],
    /// Mirrors through the middle, by what stands upright on each, on the side that stays.
    mirrors: Vec<[f32; 2]>,
    turn: [f32; 2],
    part: f32,
}

impl Bend for Fold {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let [mx, my] = self.middle;
        for i in 0..BLOCK {
            (places.x[i], places.y[i]) = (places.x[i] - mx, (my - places.y[i]).abs());
        }
        for [nx, ny] in &self.mirrors {
            for i in 0..BLOCK {
                let behind = 2.0 * (places.x[i] * nx + places.y[i] * ny).min(0.0);
                places.x[i] -= behind * nx;
                places.y[i] -= behind * ny;
            }
        }
        let [tx, ty] = self.turn;
        for i in 0..BLOCK {
            let (along, aside) = (places.x[i], places.y[i]);
            places.x[i] = mx + (along * tx - aside * ty) * self.part;
            places.y[i] = my - (along * ty + aside * tx) * self.part;
        }
    }
}
