//! Gradients: colours that flow into each other, along a line or around a point.

use std::sync::OnceLock;

use pulp::{Arch, Simd, WithSimd};

use super::palette::shades;
use super::{Clip, Colormap, Content, Frame, Generator, Painter, Palette, Parameters, Stage};
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Size, named};

named! {
    /// What a gradient follows.
    Path as "kind of gradient" {
        /// A line.
        Linear = "linear",
        /// The distance from the middle.
        Radial = "radial",
        /// The angle around the middle, counter-clockwise.
        Conic = "conic",
        /// The angle and the distance.
        Spiral = "spiral",
        /// The larger of the distances across and down.
        Square = "square",
    }
}

named! {
    /// What follows behind a gradient's last colour.
    Spread as "spread" {
        /// The last colour, on and on.
        Pad = "pad",
        /// The first colour, at once.
        Repeat = "repeat",
        /// All colours, back to the first.
        Reflect = "reflect",
    }
}

parameters! {
    /// The parameters of gradient.
    Gradient, GradientDraft as "gradient";

    /// What the gradient follows
    kind: Path = Path::Linear, placeholder("KIND");
    /// Its colours, from the first to the last
    palette: Option<Palette> = None, by_default("black, white");
    /// Its colours, by name
    colormap: Option<Colormap> = None;
    /// Where it goes: 0 to the right, 90 upwards
    angle: f64 = 0.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// How long it is: 1 fills the frame
    length: f64 = 1.0, placeholder("X"), within(0.001, 1000.0, "times");
    /// What follows behind the last colour
    spread: Spread = Spread::Pad, placeholder("SPREAD");
    /// How far it has moved, in lengths
    offset: f64 = 0.0, placeholder("X"), within(-1e6, 1e6, "lengths");
    /// How fast it moves, with a spread of repeat or reflect
    speed: f64 = 0.0, placeholder("X"), within(-1000.0, 1000.0, "lengths a second"), rate();
    /// The middle, of the width
    x: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
    /// The middle, of the height
    y: f64 = 0.5, placeholder("0..1"), within(-10.0, 10.0, "");
}

impl Parameters for Gradient {
    fn about() -> &'static str {
        "Colours that flow into each other, along a line or around a point"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render gradient --palette 'navy,teal,gold' --angle 90
  genmedia render gradient --kind conic --colormap sinebow --spread repeat --speed 0.2
  genmedia render gradient --kind radial --length '1 + 0.3*sin(t)'"
    }

    fn resolve(draft: GradientDraft, clip: Clip) -> Result<Self, Invalid> {
        let gradient = draft.over(Self::default(), clip)?;
        if clip.looped && gradient.spread == Spread::Pad && gradient.speed != 0.0 {
            let reason = "in a loop it comes back with a spread of repeat or reflect";
            return Err(Invalid::new("gradient.speed", gradient.speed, reason));
        }
        match (&gradient.colormap, &gradient.palette) {
            (Some(map), Some(_)) => {
                Err(Invalid::new("gradient.colormap", map, "a colormap or a palette, not both"))
            }
            _ => Ok(gradient),
        }
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        Box::new(GradientGenerator::new(self, stage.clip))
    }

    fn content(&self) -> Content {
        Content::Smooth
    }

    /// Where each pixel lies, which all painters share.
    fn memory(&self, size: Size) -> u64 {
        size.pixels() as u64 * 4
    }
}

struct GradientGenerator {
    look: Gradient,
    clip: Clip,
    table: Vec<[u8; 3]>,
    /// Where each pixel lies along the gradient, in lengths.
    places: OnceLock<Vec<f32>>,
}

impl GradientGenerator {
    fn new(look: &Gradient, clip: Clip) -> Self {
        let table = shades(look.colormap, look.palette.as_ref());
        Self { look: look.clone(), clip, table, places: OnceLock::new() }
    }
}

impl Generator for GradientGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let arch = Arch::new();
        Box::new(move |index: u64, frame: &mut Frame| {
            let places =
                self.places.get_or_init(|| arch.dispatch(Places(&self.look, self.clip.size)));
            let seconds = self.clip.fps.seconds(index);
            let period = if self.look.spread == Spread::Reflect { 2.0 } else { 1.0 };
            let moved = self.look.offset + self.clip.passed(seconds, self.look.speed, period);
            // Whole lengths and back are the same, and near 0 floats are finest.
            let moved = match self.look.spread {
                Spread::Pad => moved,
                _ => moved - 2.0 * (moved / 2.0).floor(),
            };
            frame.set_opaque();
            let (pixels, _) = frame.data_mut().as_chunks_mut();
            let spread = self.look.spread;
            arch.dispatch(Colors {
                pixels,
                places,
                moved: moved as f32,
                spread,
                table: &self.table,
            });
            Ok(())
        })
    }
}

/// Finds where each pixel lies.
struct Places<'a>(&'a Gradient, Size);

impl WithSimd for Places<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
        let Self(look, size) = self;
        let (w, h) = (f64::from(size.width), f64::from(size.height));
        let turns = look.angle / 360.0;
        let angle = (turns - turns.floor()) * std::f64::consts::TAU;
        let (sin, cos) = libm::sincos(angle);
        // As long as the frame is in that direction (CSS Images Level 3, 3.1), or to the nearest side.
        let length = match look.kind {
            Path::Linear => (w * cos).abs() + (h * sin).abs(),
            _ => w.min(h) / 2.0,
        };
        let part = (1.0 / (length * look.length)) as f32;
        let (cos, sin) = (cos as f32, sin as f32);
        let (mx, my) = ((look.x * w - 0.5) as f32, (look.y * h - 0.5) as f32);
        let turn = (turns - turns.floor()) as f32;
        // A turn is a length, and a spiral has as many turns.
        let around = (1.0 / look.length) as f32;
        let width = size.width as usize;
        let mut places = vec![0.0f32; size.pixels()];
        for (y, row) in places.chunks_exact_mut(width).enumerate() {
            let down = my - y as f32;
            for (x, place) in row.iter_mut().enumerate() {
                let across = x as f32 - mx;
                *place = match look.kind {
                    Path::Linear => (across * cos + down * sin) * part + 0.5,
                    Path::Radial => (across * across + down * down).sqrt() * part,
                    Path::Square => {
                        let (a, d) = (across * cos + down * sin, down * cos - across * sin);
                        a.abs().max(d.abs()) * part
                    }
                    Path::Conic => within(self::turns(across, down) - turn) * around,
                    Path::Spiral => {
                        let far = (across * across + down * down).sqrt() * part;
                        within(self::turns(across, down) - turn) + far
                    }
                };
            }
        }
        places
    }
}

/// Turns from 0 to 1.
#[inline(always)]
fn within(turns: f32) -> f32 {
    turns - turns.floor()
}

/// Colours pixels by their places.
struct Colors<'a> {
    pixels: &'a mut [[u8; 3]],
    places: &'a [f32],
    moved: f32,
    spread: Spread,
    table: &'a [[u8; 3]],
}

/// Pixels that are coloured together.
const BLOCK: usize = 256;

impl WithSimd for Colors<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { pixels, places, moved, spread, table } = self;
        let last = (table.len() - 1) as f32;
        let mut entries = [0u32; BLOCK];
        for (pixels, places) in pixels.chunks_mut(BLOCK).zip(places.chunks(BLOCK)) {
            for (entry, place) in entries.iter_mut().zip(places) {
                let at = place - moved;
                let at = match spread {
                    Spread::Pad => at.clamp(0.0, 1.0),
                    Spread::Repeat => at - at.floor(),
                    Spread::Reflect => {
                        let at = at - 2.0 * (at / 2.0).floor();
                        if at > 1.0 { 2.0 - at } else { at }
                    }
                };
                *entry = (at * last + 0.5) as u32;
            }
            for (pixel, entry) in pixels.iter_mut().zip(&entries) {
                *pixel = table[(*entry as usize).min(table.len() - 1)];
            }
        }
    }
}

/// The angle of a place in turns, 0 to 1, to 1e-5: a polynomial for the arc tangent up to 45 degrees (Abramowitz and
/// Stegun, Handbook of Mathematical Functions, 4.4.49), and symmetry.
#[inline(always)]
pub(crate) fn turns(x: f32, y: f32) -> f32 {
    let (across, down) = (x.abs(), y.abs());
    let (less, more) = (across.min(down), across.max(down));
    let t = less / more.max(1e-30);
    let s = t * t;
    let arc =
        ((((0.020_835_1 * s - 0.085_133) * s + 0.180_141) * s - 0.330_299_5) * s + 0.999_866) * t;
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
            let angle = std::f64::consts::TAU * f64::from(step) / 1000.0;
            let got = f64::from(turns((angle.cos() * 70.0) as f32, (angle.sin() * 70.0) as f32));
            let apart = (got - f64::from(step) / 1000.0).abs();
            assert!(apart.min(1.0 - apart) < 1e-5, "{step}: {got}");
        }
    }
}
