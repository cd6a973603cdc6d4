//! How far it is to what is bright.

use imageproc::distance_transform::{Norm, distance_transform_mut};

use super::{Change, Moment};
use crate::compose::canvas::luma;
use crate::compose::canvas::{premultiplied, straight};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Shows how far each pixel is from the nearest one that is bright.
    Distance, DistanceDraft as "distance";

    /// The distance that is white
    reach: f64 = 64.0, placeholder("PIXELS"), within(1.0, 255.0, "pixels");
    /// How light a pixel must be to be bright
    level: f64 = 0.5, placeholder("0..1"), within(0.0, 1.0, "");
}

impl Change for Distance {
    const ABOUT: &'static str = "How far each pixel is from what is bright";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let size = canvas.size();
        let bright = (self.level * 255.0).round() as u8;
        let marks = canvas.pixels().iter().map(|pixel| {
            let [r, g, b, _] = straight(*pixel);
            if luma([r, g, b]) >= bright.max(1) { 255 } else { 0 }
        });
        let marks = image::GrayImage::from_raw(size.width, size.height, marks.collect());
        let Some(mut marks) = marks else { return };
        distance_transform_mut(&mut marks, Norm::L2);
        let part = 255.0 / self.reach;
        for (pixel, far) in canvas.pixels_mut().iter_mut().zip(marks.as_raw()) {
            let level = (f64::from(*far) * part).min(255.0).round() as u8;
            *pixel = premultiplied([level, level, level, pixel[3]]);
        }
    }
}
