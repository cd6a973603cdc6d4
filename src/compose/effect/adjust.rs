//! Changes of colour that look at one pixel at a time.

use image::GrayImage;
use imageproc::morphology::Mask;

use crate::compose::Canvas;
use crate::compose::canvas::{premultiplied, straight};

/// Puts each pixel's colour through `change`, without its alpha, which stays.
pub(super) fn colors(canvas: &mut Canvas, change: impl Fn([u8; 3]) -> [u8; 3]) {
    for pixel in canvas.pixels_mut() {
        let [r, g, b, a] = straight(*pixel);
        let [r, g, b] = change([r, g, b]);
        *pixel = premultiplied([r, g, b, a]);
    }
}

/// Puts each channel of each pixel's colour through its table.
pub(super) fn through(canvas: &mut Canvas, tables: &[[u8; 256]; 3]) {
    colors(canvas, |[r, g, b]| {
        [tables[0][usize::from(r)], tables[1][usize::from(g)], tables[2][usize::from(b)]]
    });
}

/// A table of what becomes of each level, from 0 to 1.
pub(super) fn table(change: impl Fn(f64) -> f64) -> [u8; 256] {
    std::array::from_fn(|level| to_level(change(level as f64 / 255.0)))
}

/// The level, 0 to 255, of a value from 0 to 1; what is no number is 0.
pub(super) fn to_level(value: f64) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Puts each channel through `change` with a disk of `radius`, by `imageproc`.
pub(super) fn morph(
    canvas: &mut Canvas,
    radius: u32,
    change: impl Fn(&GrayImage, &Mask) -> GrayImage,
) {
    let size = canvas.size();
    let disk = Mask::disk(radius.min(255) as u8);
    for channel in 0..4 {
        let levels = canvas.pixels().iter().map(|pixel| pixel[channel]).collect();
        let Some(levels) = GrayImage::from_raw(size.width, size.height, levels) else { return };
        let changed = change(&levels, &disk);
        for (pixel, level) in canvas.pixels_mut().iter_mut().zip(changed.as_raw()) {
            pixel[channel] = *level;
        }
    }
    canvas.clamp();
}
