//! A value that is refused, said in the words in which it was given.

use std::fmt;
use std::path::PathBuf;

/// A value that a recipe cannot have.
///
/// `key` is the recipe's key (`size`, `wave.expr`); `origin` says how the user wrote it, so that
/// the same check speaks of `--size` on the command line and of `size` in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Invalid {
    /// The recipe's key, dotted.
    pub key: String,
    /// The value as it was given.
    pub value: String,
    /// What is wrong and what would be right.
    pub reason: String,
    /// Where the value came from.
    pub origin: Origin,
}

/// Where a recipe's values came from.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Origin {
    /// From Rust code.
    #[default]
    Api,
    /// From command line flags, which are named after the last part of the key.
    Flags,
    /// From a recipe file.
    File(PathBuf),
}

/// A value as it fits into a line.
fn shown(value: &str) -> String {
    const MOST: usize = 300;
    let mut text: String = value.chars().take(MOST).collect();
    if text.len() < value.len() {
        text.push_str("...");
    }
    match text.contains(char::is_control) {
        true => text
            .chars()
            .map(|c| if c.is_control() { c.escape_debug().to_string() } else { c.into() })
            .collect(),
        false => text,
    }
}

impl Invalid {
    /// An invalid value for `key`.
    pub fn new(key: &str, value: impl fmt::Display, reason: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: shown(&value.to_string()),
            reason: reason.into(),
            origin: Origin::Api,
        }
    }

    /// The same, with its origin.
    pub fn from_origin(mut self, origin: &Origin) -> Self {
        self.origin = origin.clone();
        self
    }
}

/// How a value of a track is typed, up to that value.
fn sound_flag(key: &str) -> String {
    let key = key.trim_start_matches("sound.");
    let key = key.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    match key.split('.').next().unwrap_or_default() {
        "file" => "sound ".into(),
        kind @ ("noise" | "formula") => format!("sound {kind}="),
        key => format!("sound-{key} "),
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = self.key.rsplit('.').next().unwrap_or(&self.key);
        // Flags say nothing of layers; what --text lays over the rest is one.
        let bare = match self.key.strip_prefix("layer.").and_then(|key| key.split_once('.')) {
            Some((_, key)) if self.origin == Origin::Flags => key,
            _ => &self.key,
        };
        match &self.origin {
            Origin::Api => write!(f, "{} {}: {}", self.key, self.value, self.reason),
            Origin::Flags if bare == "text.content" && bare != self.key => {
                write!(f, "--text '{}': {}", self.value, self.reason)
            }
            Origin::Flags if bare.starts_with("text.") && bare != self.key => {
                write!(f, "--text-style {flag}={}: {}", self.value, self.reason)
            }
            Origin::Flags if bare.starts_with("effect.") => {
                let mut parts = bare.splitn(3, '.').skip(2);
                let key = parts.next().unwrap_or_default().replacen('.', ",", 1);
                write!(f, "--effect {key}={}: {}", self.value, self.reason)
            }
            Origin::Flags if bare == "remix.sound" => {
                write!(f, "--sample-rate {}: {}", self.value, self.reason)
            }
            Origin::Flags if bare.starts_with("sound.") => {
                write!(f, "--{}{}: {}", sound_flag(bare), self.value, self.reason)
            }
            // It is typed without a flag, and most of what is said names the place in it.
            Origin::Flags if bare == "shader.file" => match self.reason.contains(&self.value) {
                _ if self.value.is_empty() => f.write_str(&self.reason),
                true => f.write_str(&self.reason),
                false => write!(f, "{}: {}", self.value, self.reason),
            },
            Origin::Flags if self.value.is_empty() => write!(f, "--{flag}: {}", self.reason),
            Origin::Flags => write!(f, "--{flag} {}: {}", self.value, self.reason),
            Origin::File(path) if self.value.is_empty() => {
                write!(f, "{}: {}: {}", path.display(), self.key, self.reason)
            }
            Origin::File(path) => {
                write!(f, "{}: {} = {}: {}", path.display(), self.key, self.value, self.reason)
            }
        }
    }
}

impl std::error::Error for Invalid {}
