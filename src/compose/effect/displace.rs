//! A picture that another one bends.

use super::{Change, Moment};
use crate::compose::warp::{BLOCK, Bend, Border, Places, bend};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Moves each pixel by how red and how green a layer is there: middle levels leave it, lighter ones take it from the
    /// right and from below (as feDisplacementMap of SVG does).
    Displace, DisplaceDraft as "displace";

    /// The layer that says how far, by name; only where there are layers
    by: String = String::new(), placeholder("LAYER");
    /// How far its red moves across
    x: f64 = 40.0, placeholder("PIXELS"), within(-10_000.0, 10_000.0, "pixels");
    /// How far its green moves down
    y: f64 = 40.0, placeholder("PIXELS"), within(-10_000.0, 10_000.0, "pixels");
    /// What lies beyond the edges
    border: Border = Border::Edge, placeholder("BORDER");
}

impl Change for Displace {
    const ABOUT: &'static str = "The picture bent by a layer";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
        let Some(map) = scratch.map.take() else { return };
        let (own, size) = (map.size(), at.clip.size);
        let part = |side: u32, of: u32| f64::from(side) as f32 / of as f32;
        let push = Push {
            map: &map,
            parts: [part(own.width, size.width), part(own.height, size.height)],
            margin: at.margin as f32,
            far: [self.x as f32 / 127.0, self.y as f32 / 127.0],
        };
        bend(canvas, scratch, self.border, &push);
        scratch.map = Some(map);
    }

    fn layer(&self) -> Option<&str> {
        Some(&self.by)
    }

    fn reach(&self, _: Size) -> f64 {
        self.x.abs().max(self.y.abs())
    }
}

struct Push<'a> {
    map: &'a Canvas,
    /// Pixels of the map for one of the picture.
    parts: [f32; 2],
    /// Pixels of room around the picture, in which the map goes on as it ends.
    margin: f32,
    /// Pixels for a level.
    far: [f32; 2],
}

impl Bend for Push<'_> {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let (width, height) = (self.map.size().width as usize, self.map.size().height as usize);
        let pixels = self.map.pixels();
        for i in 0..BLOCK {
            let column = (((places.x[i] - self.margin) * self.parts[0]) as usize).min(width - 1);
            let row = (((places.y[i] - self.margin) * self.parts[1]) as usize).min(height - 1);
            let [red, green, _, _] = pixels[row * width + column];
            places.x[i] += (f32::from(red) - 128.0) * self.far[0];
            places.y[i] += (f32::from(green) - 128.0) * self.far[1];
        }
    }
}
