//! How what is seen of a state is coloured.

mod cells;
mod heights;
mod marks;

use super::Simulate;
use super::view::View;
use crate::generate::Frame;
use crate::generate::palette::shades;
use crate::values::Ground;

/// Red, green, blue and alpha, premultiplied.
type Shade = [u8; 4];

/// Draws what is seen.
pub(super) fn draw(now: &Simulate, view: &View, frame: &mut Frame) {
    match view {
        View::Tones(tones) if now.relief > 0.0 => heights::draw_tones(now, tones, frame),
        View::Tones(tones) => cells::draw(now, tones, frame),
        View::Heights(heights) => heights::draw(now, heights, None, frame),
        View::Tinted(bright, tints) => heights::draw(now, bright, Some(tints), frame),
        View::Marks(marks) => marks::draw(now, marks, frame),
    }
}

/// Colours of a colormap or a palette.
struct Shades(Vec<[u8; 3]>);

impl Shades {
    fn of(now: &Simulate) -> Self {
        Self(shades(now.colormap, now.palette.as_ref()))
    }

    /// The colour of a value from 0 to 1; others have those of the ends.
    fn at(&self, value: f64) -> Shade {
        let last = (self.0.len() - 1) as f64;
        let [r, g, b] = self.0[(value.clamp(0.0, 1.0) * last).round() as usize];
        [r, g, b, 255]
    }
}

/// The colour where nothing is.
fn ground(now: &Simulate) -> Shade {
    match now.background {
        Ground::Color(color) => [color.0[0], color.0[1], color.0[2], 255],
        Ground::None => [0; 4],
    }
}
