//! Places in a frame.

use std::fmt;
use std::str::FromStr;

use super::{Size, named};

/// A place in a frame, in pixels from its upper left corner, written `X, Y`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Place {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.x, self.y)
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a place is X, Y in pixels, such as 100, 50";
        let (x, y) = halves(text).ok_or(form)?;
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
        Ok(Self { x: number(x).ok_or(form)?, y: number(y).ok_or(form)? })
    }
}

/// What stands before and behind the one comma of a text that is in no parentheses.
pub(super) fn halves(text: &str) -> Option<(&str, &str)> {
    match at_commas(text)[..] {
        [(_, before), (_, behind)] => Some((before, behind)),
        _ => None,
    }
}

/// The parts of a text between commas that stand in no parentheses, and the byte at which each begins.
pub(crate) fn at_commas(text: &str) -> Vec<(usize, &str)> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0u32);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push((start, &text[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push((start, &text[start..]));
    parts
}

named! {
    /// A point of a layer, or of the frame.
    Anchor as "anchor" {
        /// The upper left corner.
        TopLeft = "top-left",
        /// The middle of the upper side.
        Top = "top",
        /// The upper right corner.
        TopRight = "top-right",
        /// The middle of the left side.
        Left = "left",
        /// The middle.
        Center = "center",
        /// The middle of the right side.
        Right = "right",
        /// The lower left corner.
        BottomLeft = "bottom-left",
        /// The middle of the lower side.
        Bottom = "bottom",
        /// The lower right corner.
        BottomRight = "bottom-right",
    }
}

impl Anchor {
    /// Where it lies, of width and height.
    pub(crate) fn part(self) -> (f64, f64) {
        let n = Self::ALL.iter().position(|anchor| *anchor == self).unwrap_or(4);
        ((n % 3) as f64 / 2.0, (n / 3) as f64 / 2.0)
    }

    /// Where it lies in a frame.
    pub(crate) fn of(self, size: Size) -> Place {
        let (x, y) = self.part();
        Place { x: x * f64::from(size.width), y: y * f64::from(size.height) }
    }
}
