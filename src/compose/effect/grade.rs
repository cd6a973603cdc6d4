//! Brightness, contrast, saturation, gamma, hue and temperature.

use super::adjust::{colors, table};
use super::{Change, Moment};
use crate::compose::{Canvas, Scratch};
use crate::parameters::parameters;

parameters! {
    /// Grades colours: hue and saturation first, then temperature, contrast, brightness and gamma.
    Grade, GradeDraft as "grade";

    /// Added to all channels, of which 1 is white
    brightness: f64 = 0.0, placeholder("-1..1"), within(-1.0, 1.0, "");
    /// How far levels lie from middle grey
    contrast: f64 = 1.0, placeholder("X"), within(0.0, 10.0, "times");
    /// How far colours lie from grey
    saturation: f64 = 1.0, placeholder("X"), within(0.0, 10.0, "times");
    /// Above 1 the middle becomes lighter
    gamma: f64 = 1.0, placeholder("G"), within(0.1, 10.0, "");
    /// Turns all colours around the colour circle
    hue: f64 = 0.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// Towards blue below nothing, towards orange above
    temperature: f64 = 0.0, placeholder("-1..1"), within(-1.0, 1.0, "");
}

/// The weights of BT.709.
const LUMA: [f64; 3] = [0.2126, 0.7152, 0.0722];

impl Grade {
    /// What of each channel goes into each: of hue and saturation, which leave luma as it is (SVG's `hueRotate` and
    /// `saturate`, Filter Effects Module Level 1, with the weights of BT.709).
    fn matrix(&self) -> [[f64; 3]; 3] {
        let angle = self.hue.to_radians();
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        // The part of hueRotate's matrix that goes with the sine.
        let turn = [[-0.2126, -0.7152, 0.9278], [0.143, 0.140, -0.283], [-0.7874, 0.7152, 0.0722]];
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let own = if row == column { 1.0 } else { 0.0 };
                let turned = LUMA[column] + cos * (own - LUMA[column]) + sin * turn[row][column];
                LUMA[column] + self.saturation * (turned - LUMA[column])
            })
        })
    }
}

impl Change for Grade {
    const ABOUT: &'static str = "Brightness, contrast, saturation, gamma, hue and temperature";

    fn apply(&self, canvas: &mut Canvas, _: &mut Scratch, _: Moment) {
        let gains = [1.0 + 0.3 * self.temperature, 1.0, 1.0 - 0.3 * self.temperature];
        let tables = gains.map(|gain| {
            table(|level| {
                let level = (level * gain - 0.5) * self.contrast + 0.5 + self.brightness;
                libm::pow(level.clamp(0.0, 1.0), 1.0 / self.gamma)
            })
        });
        // 16 bits after the point.
        let matrix = self.matrix().map(|row| row.map(|part| (part * 65536.0).round() as i64));
        let is_plain = self.hue == 0.0 && self.saturation == 1.0;
        colors(canvas, |color| {
            let mixed = match is_plain {
                true => color,
                false => matrix.map(|row| {
                    let sum: i64 = row.iter().zip(color).map(|(part, c)| part * i64::from(c)).sum();
                    ((sum + 32_768) >> 16).clamp(0, 255) as u8
                }),
            };
            std::array::from_fn(|c| tables[c][usize::from(mixed[c])])
        });
    }
}
