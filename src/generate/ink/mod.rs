//! Ink: how much of each pixel a shape covers, and how its colour meets what lies below.

mod coverage;
mod fill;
mod stroke;

pub(super) use coverage::Coverage;
pub(super) use fill::fill;

use crate::values::named;

named! {
    /// How a colour meets what lies below it.
    Blend as "blend mode" {
        /// It covers it.
        Normal = "normal",
        /// Light is added.
        Add = "add",
        /// Light is added, and never too much.
        Screen = "screen",
        /// Light is taken away.
        Multiply = "multiply",
    }
}

/// A point in pixels, x right and y down.
pub(super) type Point = (f64, f64);
