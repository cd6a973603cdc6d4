//! What chance starts from.

use std::str::FromStr;

use serde::Deserialize;

/// A seed, or the wish for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// This one.
    Fixed(u64),
    /// Drawn when the recipe is resolved.
    Random,
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "random" {
            return Ok(Self::Random);
        }
        match text.parse::<i64>() {
            Ok(n) if n >= 0 => Ok(Self::Fixed(n as u64)),
            _ => Err("a seed is a whole number from 0 to 9223372036854775807, or random".into()),
        }
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Number(i64),
        }
        let text = match Written::deserialize(d)
            .map_err(|_| serde::de::Error::custom("a seed is a whole number, or \"random\""))?
        {
            Written::Text(text) => text,
            Written::Number(n) => n.to_string(),
        };
        text.parse().map_err(|e| serde::de::Error::custom(format!("'{text}': {e}")))
    }
}
