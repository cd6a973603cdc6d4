//! Which device shaders run on.

use std::fmt;
use std::str::FromStr;

/// A choice of device, as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Device {
    /// The best that there is: a GPU of its own before one in the processor, and the processor last.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// That of this number in `genmedia devices`.
    Index(usize),
    /// The first with this in its name.
    Named(String),
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("auto, cpu, a number or a part of a name is expected".into()),
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            text => Ok(text.parse().map_or_else(|_| Self::Named(text.into()), Self::Index)),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Index(index) => index.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}
