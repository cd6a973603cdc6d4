//! Colours, and what an empty frame is.

use std::fmt;
use std::str::FromStr;

/// An opaque sRGB colour, written `#rrggbb`, `#rgb` or by its CSS name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Color(pub [u8; 3]);

impl Color {
    /// #ffffff
    pub const WHITE: Self = Self([255; 3]);
    /// #000000
    pub const BLACK: Self = Self([0; 3]);
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let color = csscolorparser::parse(text.trim()).map_err(|_| {
            "a colour is #rrggbb or a CSS name, such as #ff8800 or orange".to_string()
        })?;
        let [r, g, b, a] = color.to_rgba8();
        if a != 255 {
            return Err("a colour here is opaque; say how much shows with --opacity".into());
        }
        Ok(Self([r, g, b]))
    }
}

/// What an empty frame is: one colour, or `none`, which is transparent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ground {
    /// This colour everywhere.
    Color(Color),
    /// Nothing: transparent.
    None,
}

impl Ground {
    /// #000000
    pub const BLACK: Self = Self::Color(Color::BLACK);

    /// The colour that it is over black.
    pub fn color(self) -> Color {
        match self {
            Self::Color(color) => color,
            Self::None => Color::BLACK,
        }
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Color(color) => color.fmt(f),
            Self::None => f.write_str("none"),
        }
    }
}

impl FromStr for Ground {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "none" | "transparent" => Ok(Self::None),
            text => text.parse().map(Self::Color).map_err(|e: String| format!("{e}, or none")),
        }
    }
}
