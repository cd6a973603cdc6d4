//! Named colormaps, from value to colour by table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::did_you_mean;
use crate::values::written_as_text;

/// Entries of a table: finer than 8-bit colour can show.
pub(super) const ENTRIES: usize = 1024;

/// A colormap, by name.
#[derive(Clone, Copy)]
pub struct Colormap {
    name: &'static str,
    gradient: colorous::Gradient,
}

macro_rules! colormaps {
    ($($name:literal $gradient:ident,)+) => {
        impl Colormap {
            $(
                #[doc = concat!("The colormap `", $name, "`.")]
                pub const $gradient: Self = Self { name: $name, gradient: colorous::$gradient };
            )+

            /// All colormaps: perceptually uniform ones first, then diverging, cyclic and single-hue ones.
            pub const ALL: &[Self] = &[$(Self::$gradient,)+];
        }
    };
}

colormaps! {
    "viridis" VIRIDIS,
    "magma" MAGMA,
    "inferno" INFERNO,
    "plasma" PLASMA,
    "cividis" CIVIDIS,
    "turbo" TURBO,
    "warm" WARM,
    "cool" COOL,
    "cubehelix" CUBEHELIX,
    "spectral" SPECTRAL,
    "red-blue" RED_BLUE,
    "red-yellow-blue" RED_YELLOW_BLUE,
    "red-yellow-green" RED_YELLOW_GREEN,
    "purple-orange" PURPLE_ORANGE,
    "brown-green" BROWN_GREEN,
    "pink-green" PINK_GREEN,
    "rainbow" RAINBOW,
    "sinebow" SINEBOW,
    "greys" GREYS,
    "blues" BLUES,
    "greens" GREENS,
    "oranges" ORANGES,
    "purples" PURPLES,
    "reds" REDS,
    "blue-green" BLUE_GREEN,
    "orange-red" ORANGE_RED,
    "yellow-green-blue" YELLOW_GREEN_BLUE,
    "yellow-orange-red" YELLOW_ORANGE_RED,
}

impl Colormap {
    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> + Clone {
        Self::ALL.iter().map(|map| map.name)
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
        match Self::ALL.iter().find(|map| map.name.eq_ignore_ascii_case(text)) {
            Some(map) => Ok(*map),
            None => Err(format!(
                "unknown colormap{}{}",
                did_you_mean(text, Self::names()),
                format_args!(" (known: {})", Self::names().collect::<Vec<_>>().join(", ")),
            )),
        }
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

written_as_text!(Colormap, Choice, "NAME", choices Colormap::names());

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
