//! Layers that mix as light does: on linear values instead of sRGB ones.

use super::blend::BlendMode;
use super::canvas::{premultiplied, straight};

/// Tables from sRGB to light and back (IEC 61966-2-1).
pub(super) struct Linear {
    light: [f32; 256],
    levels: Vec<u8>,
}

/// Steps of light: fine enough that no dark level is lost.
const STEPS: usize = 1 << 14;

impl Linear {
    pub fn new() -> Self {
        let light = |level: usize| {
            let c = level as f64 / 255.0;
            let light = if c <= 0.040_45 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) };
            light as f32
        };
        let level = |step: usize| {
            let l = step as f64 / STEPS as f64;
            let c = match l <= 0.003_130_8 {
                true => l * 12.92,
                false => 1.055 * libm::pow(l, 1.0 / 2.4) - 0.055,
            };
            (c * 255.0).round() as u8
        };
        Self { light: std::array::from_fn(light), levels: (0..=STEPS).map(level).collect() }
    }

    fn level(&self, light: f32) -> u8 {
        self.levels[(light.clamp(0.0, 1.0) * STEPS as f32 + 0.5) as usize]
    }

    /// Lays pixels over others, all of them premultiplied sRGB.
    pub fn lay(&self, below: &mut [u8], over: &[u8], mode: BlendMode) {
        let (below, _) = below.as_chunks_mut::<4>();
        let (over, _) = over.as_chunks::<4>();
        for (below, over) in below.iter_mut().zip(over) {
            let (b, s) = (straight(*below), straight(*over));
            let (ba, sa) = (f32::from(b[3]) / 255.0, f32::from(s[3]) / 255.0);
            let union = sa + ba - sa * ba;
            if union == 0.0 {
                continue;
            }
            let mut out = [0; 4];
            for c in 0..3 {
                let (b, s) = (self.light[usize::from(b[c])], self.light[usize::from(s[c])]);
                let sum = s * sa * (1.0 - ba) + b * ba * (1.0 - sa) + sa * ba * both(mode, b, s);
                out[c] = self.level(sum / union);
            }
            out[3] = (union * 255.0 + 0.5) as u8;
            *below = premultiplied(out);
        }
    }
}

/// Soft light of two colours, 0 to 1, that cover all.
#[inline(always)]
pub(super) fn soft(b: f32, s: f32) -> f32 {
    if s <= 0.5 {
        return b - (1.0 - 2.0 * s) * b * (1.0 - b);
    }
    let d = if b <= 0.25 { ((16.0 * b - 12.0) * b + 4.0) * b } else { b.sqrt() };
    b + (2.0 * s - 1.0) * (d - b)
}

/// What a mode makes of two colours, 0 to 1, that cover all.
fn both(mode: BlendMode, b: f32, s: f32) -> f32 {
    let hard =
        |b: f32, s: f32| if s <= 0.5 { 2.0 * s * b } else { b + (2.0 * s - 1.0) * (1.0 - b) };
    match mode {
        BlendMode::Normal => s,
        BlendMode::Add => (b + s).min(1.0),
        BlendMode::Screen => b + s - b * s,
        BlendMode::Multiply => b * s,
        BlendMode::Overlay => hard(s, b),
        BlendMode::SoftLight => soft(b, s),
        BlendMode::Difference => (b - s).abs(),
        BlendMode::Exclusion => b + s - 2.0 * b * s,
        BlendMode::Lighten => b.max(s),
        BlendMode::Darken => b.min(s),
        BlendMode::Subtract => (b - s).max(0.0),
    }
}
