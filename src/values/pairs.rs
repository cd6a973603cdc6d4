//! Names with a value each.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Form, Written};

/// Names, each with a text: `NAME=VALUE`, typed several times; in a recipe a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Pairs(pub BTreeMap<String, String>);

impl Pairs {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Adds one; false if the name is there already.
    fn add(&mut self, name: &str, value: String) -> bool {
        self.0.insert(name.trim().to_string(), value).is_none()
    }
}

impl Written for Pairs {
    type Typed = Self;

    const FORM: Form = Form::Pairs;
    const PLACEHOLDER: &'static str = "NAME=VALUE";

    /// A name alone has an empty value.
    fn read(texts: &[String]) -> Result<Self, String> {
        let mut pairs = Self::default();
        for text in texts {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            if name.trim().is_empty() {
                return Err("NAME=VALUE is expected".into());
            }
            if !pairs.add(name, value.trim().to_string()) {
                return Err(format!("{} is given twice", name.trim()));
            }
        }
        Ok(pairs)
    }

    fn text(&self) -> String {
        let pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Pairs::default();
                while let Some((name, value)) = map.next_entry::<String, toml::Value>()? {
                    let text = match value {
                        toml::Value::String(text) => text,
                        toml::Value::Integer(number) => number.to_string(),
                        toml::Value::Float(number) => number.to_string(),
                        toml::Value::Boolean(is) => is.to_string(),
                        _ => {
                            let reason = format!("{name}: a number or a text is expected");
                            return Err(A::Error::custom(reason));
                        }
                    };
                    pairs.add(&name, text);
                }
                Ok(pairs)
            }
        }

        deserializer.deserialize_map(Names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Result<Pairs, String> {
        Pairs::read(&texts.iter().map(|text| text.to_string()).collect::<Vec<_>>())
    }

    #[test]
    fn pairs_are_read_as_they_are_typed() {
        let pairs = read(&["a=1", " b = x == y", "c"]).expect("pairs");
        assert_eq!(pairs.get("a"), Some("1"));
        assert_eq!(pairs.get("b"), Some("x == y"));
        assert_eq!(pairs.get("c"), Some(""));
        assert_eq!(read(&["a=1", "a=2"]), Err("a is given twice".into()));
        assert_eq!(read(&["=1"]), Err("NAME=VALUE is expected".into()));
    }

    #[test]
    fn pairs_are_read_from_a_table() {
        let pairs: Pairs = toml::from_str("a = 1\nb = 0.5\nc = 'x'\nd = true").expect("pairs");
        assert_eq!(pairs.text(), "a=1 b=0.5 c=x d=true");
        assert!(toml::from_str::<Pairs>("a = [1]").is_err());
        let again: Pairs = toml::from_str(&toml::to_string(&pairs).expect("TOML")).expect("pairs");
        assert_eq!(again, pairs);
    }
}
