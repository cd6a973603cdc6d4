//! A part of each film, whatever its length.

use std::fmt;
use std::str::FromStr;

use crate::playlist::time::{self, SECOND};

/// An end of a part of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// So many microseconds after its beginning.
    Time(u64),
    /// So many millionths of a percent of its length.
    Percent(u64),
}

/// A part of each film, written `10..60`, `1:00..`, `25%..75%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub start: Edge,
    /// Where it ends.
    pub end: Edge,
}

impl Default for Part {
    fn default() -> Self {
        Self { start: Edge::Time(0), end: Edge::Percent(100 * SECOND) }
    }
}

impl Edge {
    /// In microseconds, of a film of this length.
    pub(super) fn of(self, duration: u64) -> u64 {
        match self {
            Self::Time(time) => time,
            Self::Percent(millionths) => {
                let whole = u128::from(duration) * u128::from(millionths);
                u64::try_from(whole / u128::from(100 * SECOND)).unwrap_or(u64::MAX)
            }
        }
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a part is START..END, each a time or a percentage, such as 10..60, 1:00.. or \
                    25%..75%";
        let (start, end) = text.split_once("..").ok_or(form)?;
        let edge = |text: &str| match text.strip_suffix('%') {
            Some(number) => match time::parse_seconds(number) {
                Some(percent) if percent <= 100 * SECOND => Ok(Edge::Percent(percent)),
                _ => Err(format!("'{text}': a percentage is 0% to 100%")),
            },
            None => time::parse(text).map(Edge::Time).map_err(|e| format!("'{text}': {e}")),
        };
        let default = Self::default();
        let part = Self {
            start: if start.is_empty() { default.start } else { edge(start)? },
            end: if end.is_empty() { default.end } else { edge(end)? },
        };
        match (part.start, part.end) {
            (Edge::Time(a), Edge::Time(b)) | (Edge::Percent(a), Edge::Percent(b)) if a >= b => {
                Err("the part ends before it begins".into())
            }
            _ => Ok(part),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edge = |edge| match edge {
            Edge::Time(time) => time::seconds(time),
            Edge::Percent(percent) => format!("{}%", time::seconds(percent)),
        };
        write!(f, "{}..{}", edge(self.start), edge(self.end))
    }
}
