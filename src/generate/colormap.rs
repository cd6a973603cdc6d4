//! Named colormaps, from value to colour by table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::did_you_mean;

/// Entries of a table: finer than 8-bit colour can show.
pub(super) const ENTRIES: usize = 1024;

/// A colormap, by name.
#[derive(Clone, Copy)]
pub struct Colormap {
    name: &'static str,
    gradient: colorous::Gradient,
}

/// All colormaps: perceptually uniform ones first, then diverging, cyclic and single-hue ones.
const ALL: &[(&str, colorous::Gradient)] = &[
    ("viridis", colorous::VIRIDIS),
    ("magma", colorous::MAGMA),
    ("inferno", colorous::INFERNO),
    ("plasma", colorous::PLASMA),
    ("cividis", colorous::CIVIDIS),
    ("turbo", colorous::TURBO),
    ("warm", colorous::WARM),
    ("cool", colorous::COOL),
    ("cubehelix", colorous::CUBEHELIX),
    ("spectral", colorous::SPECTRAL),
    ("red-blue", colorous::RED_BLUE),
    ("red-yellow-blue", colorous::RED_YELLOW_BLUE),
    ("red-yellow-green", colorous::RED_YELLOW_GREEN),
    ("purple-orange", colorous::PURPLE_ORANGE),
    ("brown-green", colorous::BROWN_GREEN),
    ("pink-green", colorous::PINK_GREEN),
    ("rainbow", colorous::RAINBOW),
    ("sinebow", colorous::SINEBOW),
    ("greys", colorous::GREYS),
    ("blues", colorous::BLUES),
    ("greens", colorous::GREENS),
    ("oranges", colorous::ORANGES),
    ("purples", colorous::PURPLES),
    ("reds", colorous::REDS),
    ("blue-green", colorous::BLUE_GREEN),
    ("orange-red", colorous::ORANGE_RED),
    ("yellow-green-blue", colorous::YELLOW_GREEN_BLUE),
    ("yellow-orange-red", colorous::YELLOW_ORANGE_RED),
];

impl Colormap {
    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        ALL.iter().map(|(name, _)| *name)
    }

    /// `ENTRIES` colours from the lowest value to the highest.
    pub fn table(&self) -> Vec<[u8; 3]> {
        (0..ENTRIES)
            .map(|i| self.gradient.eval_continuous(i as f64 / (ENTRIES - 1) as f64).as_array())
            .collect()
    }
}

impl FromStr for Colormap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            Some((name, gradient)) => Ok(Self { name, gradient: *gradient }),
            None => Err(format!(
                "unknown colormap{}{}",
                did_you_mean(text, Self::names()),
                format_args!(" (known: {})", Self::names().collect::<Vec<_>>().join(", ")),
            )),
        }
    }
}

impl Default for Colormap {
    fn default() -> Self {
        Self { name: "viridis", gradient: colorous::VIRIDIS }
    }
}

impl PartialEq for Colormap {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl fmt::Debug for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Serialize for Colormap {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for Colormap {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        name.parse().map_err(|e| de::Error::custom(format!("'{name}': {e}")))
    }
}
