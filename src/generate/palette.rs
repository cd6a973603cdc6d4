//! Palettes of the user's own: a few colours, and what lies between them.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Colormap;
use super::colormap::ENTRIES;
use crate::values::{Color, written_as_text};

/// Two to 256 colours, from the lowest value to the highest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "Vec<Color>")]
pub struct Palette(Vec<Color>);

/// A list of colours, or one text of them.
impl<'de> Deserialize<'de> for Palette {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| text.parse().map_err(|e| format!("'{text}': {e}"));
        let palette = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text.parse(),
            toml::Value::Array(list) => {
                let colors = list.iter().map(|color| match color.as_str() {
                    Some(text) => read(text),
                    None => Err(format!("'{color}': a colour in quotes is expected")),
                });
                colors.collect::<Result<Vec<Color>, String>>().and_then(Self::try_from)
            }
            other => Err(format!("'{other}': a list of colours is expected")),
        };
        palette.map_err(D::Error::custom)
    }
}

impl Palette {
    /// The colours.
    pub fn colors(&self) -> &[Color] {
        &self.0
    }

    /// As many colours as a colormap's table has, in even steps, mixed in sRGB as stored.
    pub fn table(&self) -> Vec<[u8; 3]> {
        let last = (self.0.len() - 1) as f64;
        let color = |i: usize| {
            let at = i as f64 / (ENTRIES - 1) as f64 * last;
            let below = (at as usize).min(self.0.len() - 2);
            let part = at - below as f64;
            let (low, high) = (self.0[below].0, self.0[below + 1].0);
            let mix = |c: usize| {
                (f64::from(low[c]) * (1.0 - part) + f64::from(high[c]) * part).round() as u8
            };
            [mix(0), mix(1), mix(2)]
        };
        (0..ENTRIES).map(color).collect()
    }
}

impl TryFrom<Vec<Color>> for Palette {
    type Error = String;

    fn try_from(colors: Vec<Color>) -> Result<Self, String> {
        match colors.len() {
            2..=256 => Ok(Self(colors)),
            n => Err(format!("a palette has 2 to 256 colours, not {n}")),
        }
    }
}

impl From<Palette> for Vec<Color> {
    fn from(palette: Palette) -> Self {
        palette.0
    }
}

impl FromStr for Palette {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let color = |text: &str| text.trim().parse().map_err(|e| format!("'{}': {e}", text.trim()));
        Self::try_from(text.split(',').map(color).collect::<Result<Vec<Color>, String>>()?)
    }
}

impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colors: Vec<String> = self.0.iter().map(Color::to_string).collect();
        f.write_str(&colors.join(","))
    }
}

written_as_text!(Palette, Colors, "COLOR,COLOR...");

/// The colours of values from 0 to 1: of a colormap, of a palette, or gray.
pub(super) fn shades(colormap: Option<Colormap>, palette: Option<&Palette>) -> Vec<[u8; 3]> {
    match (colormap, palette) {
        (_, Some(palette)) => palette.table(),
        (Some(colormap), None) => colormap.table(),
        (None, None) => (0..ENTRIES)
            .map(|i| [(i as f64 * 255.0 / (ENTRIES - 1) as f64).round() as u8; 3])
            .collect(),
    }
}
