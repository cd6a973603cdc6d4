//! Named colormaps, from value to colour by table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::did_you_mean;
use crate::values::written_as_text;

/// Entries of a table: finer than 8-bit colour can show.
pub(super) const ENTRIES: usize = 1024;

/// A colormap, by name. `_r` behind the name turns it around, as in Matplotlib.
#[derive(Clone, Copy)]
pub struct Colormap {
    name: &'static str,
    gradient: colorous::Gradient,
    is_reversed: bool,
}

/// What stands behind the name of one that is turned around.
const REVERSED: &str = "_r";

macro_rules! colormaps {
    ($($name:literal $gradient:ident,)+) => {
        impl Colormap {
            $(
                #[doc = concat!("The colormap `", $name, "`.")]
                pub const $gradient: Self = Self {
                    name: $name,
                    gradient: colorous::$gradient,
                    is_reversed: false,
                };
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
        let color =
            |i: usize| self.gradient.eval_continuous(i as f64 / (ENTRIES - 1) as f64).as_array();
        match self.is_reversed {
            false => (0..ENTRIES).map(color).collect(),
            true => (0..ENTRIES).rev().map(color).collect(),
        }
    }

    fn ending(&self) -> &'static str {
        if self.is_reversed { REVERSED } else { "" }
    }
}

impl FromStr for Colormap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.strip_suffix(REVERSED).unwrap_or(text);
        match Self::ALL.iter().find(|map| map.name.eq_ignore_ascii_case(name)) {
            Some(map) => Ok(Self { is_reversed: name != text, ..*map }),
            None => Err(format!(
                "unknown colormap{} (known: {}, each turned around by {REVERSED} behind it)",
                did_you_mean(name, Self::names()),
                Self::names().collect::<Vec<_>>().join(", "),
            )),
        }
    }
}

impl PartialEq for Colormap {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.is_reversed) == (other.name, other.is_reversed)
    }
}

impl fmt::Debug for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Colormap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, self.ending())
    }
}

written_as_text!(Colormap, Choice, "NAME", choices Colormap::names());

impl Serialize for Colormap {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colormap {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        name.parse().map_err(|e| de::Error::custom(format!("'{name}': {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_an_r_behind_it_turns_a_colormap_around() {
        let [plain, reversed]: [Colormap; 2] =
            ["magma", "magma_r"].map(|name| name.parse().expect("a colormap"));
        assert!(plain != reversed);
        let turned: Vec<_> = reversed.table().into_iter().rev().collect();
        assert_eq!(plain.table(), turned);
        assert_eq!(reversed.to_string(), "magma_r");
        let error = "magam_r".parse::<Colormap>().expect_err("no colormap");
        assert!(error.contains("did you mean 'magma'?"), "{error}");
    }
}
