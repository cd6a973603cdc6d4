//! How many bits a second may take.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Bits a second, written `192k` or `192000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bitrate(pub u32);

impl FromStr for Bitrate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (digits, unit) = match text.trim().strip_suffix(['k', 'K']) {
            Some(digits) => (digits, 1000.0),
            None => (text.trim(), 1.0),
        };
        let number = digits.parse::<f64>().ok().filter(|number| *number >= 0.0);
        match number.map(|number| (number * unit).round()) {
            Some(bits) if bits <= f64::from(u32::MAX) => Ok(Self(bits as u32)),
            _ => Err("bits a second are expected: 192k or 192000".into()),
        }
    }
}

impl fmt::Display for Bitrate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 1000 {
            0 => write!(f, "{}k", self.0 / 1000),
            _ => write!(f, "{}", self.0),
        }
    }
}

impl Serialize for Bitrate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Bitrate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map_err(|e| de::Error::custom(format!("'{text}': {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_a_letter() {
        let read = |text: &str| text.parse::<Bitrate>().map(|rate| (rate.0, rate.to_string()));
        assert_eq!(read("192k"), Ok((192_000, "192k".into())));
        assert_eq!(read("96000"), Ok((96_000, "96k".into())));
        assert_eq!(read("64.5K"), Ok((64_500, "64500".into())));
        for wrong in ["", "k", "-1", "nan", "192m", "1e99"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
