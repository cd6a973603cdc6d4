//! How effects are written: as tables, and as text.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{EffectDescription, EffectDraft, effect_descriptions, unknown};
use crate::error::did_you_mean;
use crate::values::at_commas;

impl<'de> Deserialize<'de> for EffectDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = match toml::Value::deserialize(deserializer)? {
            // As on the command line.
            toml::Value::String(text) => return text.parse().map_err(D::Error::custom),
            toml::Value::Table(table) => table,
            _ => {
                return Err(D::Error::custom(
                    "an effect is a table, { name = \"blur\" }, or a text, \"blur=8\"",
                ));
            }
        };
        let name = match table.remove("name") {
            Some(toml::Value::String(name)) => name,
            Some(other) => return Err(D::Error::custom(unknown(&other.to_string()))),
            None => return Err(D::Error::custom("an effect has a name: name = \"blur\"")),
        };
        // One at a time, so that what is wrong is said of its key.
        for (key, value) in &table {
            let alone: toml::Table = [(key.clone(), value.clone())].into_iter().collect();
            if let Err(e) = Self::read(&name, alone)
                && !e.message().starts_with("unknown ")
            {
                let reason = e.message().trim().replace('\n', " ");
                return Err(D::Error::custom(format!("effect {name}: {key}: {reason}")));
            }
        }
        Self::read(&name, table).map_err(|e| {
            let reason = e.message().trim().replace('\n', " ");
            match reason.strip_prefix("unknown field `") {
                Some(rest) => {
                    let key = rest.split('`').next().unwrap_or_default();
                    D::Error::custom(Self::unknown_key(&name, key))
                }
                None if reason.starts_with("unknown effect") => D::Error::custom(reason),
                None => D::Error::custom(format!("effect {name}: {reason}")),
            }
        })
    }
}

impl EffectDraft {
    fn unknown_key(name: &str, key: &str) -> String {
        let keys = keys(name);
        let near = did_you_mean(key, keys.iter().map(String::as_str));
        format!("the effect {name} has no '{key}'{near} (known: {})", keys.join(", "))
    }
}

fn keys(name: &str) -> Vec<String> {
    let of = |effect: EffectDescription| effect.parameters.into_iter().map(|p| p.key).collect();
    effect_descriptions().into_iter().find(|e| e.name == name).map(of).unwrap_or_default()
}

impl std::str::FromStr for EffectDraft {
    type Err = String;

    /// Reads `blur`, `blur=8` or `grade,contrast=1.2,hue=30`. A part without `=` goes on with the value before it, so
    /// that a list of colours needs no quotes.
    fn from_str(text: &str) -> Result<Self, String> {
        let (first, rest) = match at_commas(text)[..] {
            [(_, first), ..] => (first, text.get(first.len() + 1..).unwrap_or_default()),
            [] => ("", ""),
        };
        let (name, main) = match first.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().to_string())),
            None => (first.trim(), None),
        };
        let mut draft = Self::named(name).ok_or_else(|| unknown(name))?;
        let mut values: Vec<(String, String)> = Vec::new();
        let keys = keys(name);
        if let (Some(main), Some(key)) = (main, keys.first()) {
            values.push((key.clone(), main));
        }
        // A list of colours may be the main value.
        for (key, value) in key_values(rest) {
            match values.last_mut() {
                Some((_, list)) if value.is_empty() => {
                    list.push(',');
                    list.push_str(&key);
                }
                _ if value.is_empty() => values.push((key, "true".into())),
                _ => values.push((key, value)),
            }
        }
        each_once(&values)?;
        for (key, value) in values {
            if !keys.contains(&key) {
                return Err(Self::unknown_key(name, &key));
            }
            draft.table().set(&key, &[value]).map_err(|e| format!("{key}: {e}"))?;
        }
        Ok(draft)
    }
}

/// Looks whether each key is there once.
///
/// # Errors
/// One is there twice.
pub fn each_once(values: &[(String, String)]) -> Result<(), String> {
    let is_twice = |n: &usize| values[..*n].iter().any(|(key, _)| *key == values[*n].0);
    match (0..values.len()).find(is_twice) {
        Some(n) => Err(format!("{} is given twice", values[n].0)),
        None => Ok(()),
    }
}

/// Reads `KEY=VALUE,...`. A part without `=` goes on with the value before it; the first such part is a key alone.
pub fn key_values(text: &str) -> Vec<(String, String)> {
    let mut values: Vec<(String, String)> = Vec::new();
    for (_, part) in at_commas(text).into_iter().filter(|(_, part)| !part.trim().is_empty()) {
        match (part.split_once('='), values.last_mut()) {
            (Some((key, value)), _) => values.push((key.trim().into(), value.trim().into())),
            (None, Some((_, value))) if !value.is_empty() => {
                value.push(',');
                value.push_str(part);
            }
            (None, _) => values.push((part.trim().into(), String::new())),
        }
    }
    values
}
