//! Light that spills over.

use pulp::{Arch, Simd, WithSimd};

use super::{Change, Moment};
use crate::compose::canvas::scaled;
use crate::compose::soften::soften;
use crate::compose::warp::rounded;
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// Has what is bright shine over what is near.
    Glow, GlowDraft as "glow";

    /// Standard deviation of the shine
    radius: f64 = 16.0, placeholder("PIXELS"), within(0.0, 1000.0, "pixels");
    /// How bright the shine is
    amount: f64 = 1.0, placeholder("X"), within(0.0, 4.0, "times");
    /// How bright something must be to shine
    threshold: f64 = 0.3, placeholder("0..1"), within(0.0, 1.0, "");
}

impl Change for Glow {
    const ABOUT: &'static str = "Light that spills over what is near";

    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, _: Moment) {
        let (arch, mut shine) = (Arch::new(), scratch.copy(canvas));
        let low = self.threshold as f32 * 127.5;
        arch.dispatch(Keep { picture: &mut shine, low, part: 1.0 / low.max(1e-4) });
        soften(&mut shine, scratch, self.radius);
        let gain = (self.amount * 65_536.0).round() as u32;
        arch.dispatch(Screen { picture: canvas, light: &shine, gain });
        scratch.give(shine);
    }

    fn reach(&self, _: Size) -> f64 {
        3.0 * self.radius
    }
}

/// Keeps what shines: nothing up to the level `low`, and all from twice that on.
struct Keep<'a> {
    picture: &'a mut Canvas,
    low: f32,
    part: f32,
}

impl WithSimd for Keep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { picture, low, part } = self;
        for pixel in picture.pixels_mut() {
            let bright = pixel[0].max(pixel[1]).max(pixel[2]);
            let over = ((f32::from(bright) - low) * part).clamp(0.0, 1.0);
            // The colour stays as it is, so that the channels shine together.
            let kept = rounded(over * over * (3.0 - 2.0 * over) * 256.0) as u16;
            let shines = |level: u8| ((u16::from(level) * kept) >> 8) as u8;
            *pixel = [shines(pixel[0]), shines(pixel[1]), shines(pixel[2]), shines(bright)];
        }
    }
}

/// Lays light over a picture, so that both let through what the other takes away; `gain` is in parts of 2^16.
struct Screen<'a> {
    picture: &'a mut Canvas,
    light: &'a Canvas,
    gain: u32,
}

impl WithSimd for Screen<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { picture, light, gain } = self;
        for (level, light) in picture.data_mut().iter_mut().zip(light.data()) {
            let light = ((u32::from(*light) * gain + 32_768) >> 16).min(255) as u8;
            *level += scaled(light, 255 - *level);
        }
    }
}
