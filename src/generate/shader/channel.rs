//! What channels show, as it is typed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::source::{Code, LETTERS, buffer};
use crate::error::did_you_mean;

/// A channel: its number or its sampler's name, and the pass that it belongs to, if it does not belong to all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The buffer, 0 for A; `None` for the picture, or for any pass if it is named.
    pub buffer: Option<usize>,
    /// The sampler's name, or of `iChannel0` the number.
    pub name: String,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_number = |text: &str| matches!(text, "0" | "1" | "2" | "3");
        let text = text.trim();
        let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if text.is_empty() || !is_name {
            return Err(format!(
                "channel {text}: 0 to 3 is expected, of a buffer A0 to D3, or a sampler's name"
            ));
        }
        if let Some(at) = text.char_indices().nth(1).map(|(at, _)| at)
            && let (letter, number) = text.split_at(at)
            && let Some(letter) = buffer(letter).filter(|_| is_number(number))
        {
            return Ok(Self { buffer: Some(letter), name: number.into() });
        }
        let number = text.strip_prefix("iChannel").filter(|number| is_number(number));
        Ok(Self { buffer: None, name: number.unwrap_or(text).into() })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.buffer {
            Some(buffer) => write!(f, "{}{}", LETTERS[buffer % 4], self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What a channel shows, and how it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What it shows.
    pub what: What,
    /// How it is looked at between its pixels.
    pub filter: Filter,
    /// What is seen beyond its sides.
    pub wrap: Wrap,
    /// True if the picture's first row is at the top, where v is 1.
    pub flip: bool,
}

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Nothing: it is black. So is a keyboard on which nobody types.
    Nothing,
    /// A picture of a file.
    Picture(String),
    /// Chance of 256 by 256 pixels: each by itself.
    WhiteNoise,
    /// The same without low frequencies.
    BlueNoise,
    /// The same, soft.
    ValueNoise,
    /// A buffer.
    Buffer(usize),
    /// The buffer that the pass itself draws.
    Itself,
    /// Sound, as Shadertoy shows it: 512 by 2; of a track, if one is named.
    Sound(Option<String>),
    /// Its first row: frequencies.
    Spectrum(Option<String>),
    /// Its second row: samples.
    Waveform(Option<String>),
    /// A layer, by name.
    Layer(String),
    /// A film, each frame at its time.
    Film(String),
}

/// True for the name of a film.
pub fn is_film(name: &str) -> bool {
    const ENDINGS: [&str; 9] = ["mp4", "mov", "mkv", "webm", "m4v", "avi", "ts", "mpg", "ogv"];
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.contains(&&*ending.to_ascii_lowercase()))
}

/// How pixels are mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The nearest.
    Nearest,
    /// The four around.
    Linear,
    /// The same, of smaller pictures where it is seen smaller.
    Mipmap,
}

/// What is beyond a picture's sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// The pixels at the side.
    Clamp,
    /// The picture again.
    Repeat,
    /// The picture again, mirrored.
    Mirror,
}

const WORDS: [&str; 15] = [
    "none",
    "keyboard",
    "white-noise",
    "blue-noise",
    "value-noise",
    "sound",
    "spectrum",
    "waveform",
    "self",
    "buffer-a",
    "buffer-b",
    "buffer-c",
    "buffer-d",
    "sound:TRACK",
    "layer:NAME",
];

impl What {
    fn word(text: &str) -> Option<Self> {
        Some(match text {
            "none" | "keyboard" => Self::Nothing,
            "white-noise" | "noise" => Self::WhiteNoise,
            "blue-noise" => Self::BlueNoise,
            "value-noise" => Self::ValueNoise,
            "sound" | "music" => Self::Sound(None),
            "spectrum" => Self::Spectrum(None),
            "waveform" => Self::Waveform(None),
            "self" => Self::Itself,
            text => match text.split_once(':') {
                Some(("sound", track)) if !track.is_empty() => Self::Sound(Some(track.into())),
                Some(("spectrum", track)) if !track.is_empty() => {
                    Self::Spectrum(Some(track.into()))
                }
                Some(("waveform", track)) if !track.is_empty() => {
                    Self::Waveform(Some(track.into()))
                }
                Some(("layer", name)) if !name.is_empty() => Self::Layer(name.into()),
                _ => {
                    let letter =
                        text.strip_prefix("buffer").or_else(|| text.strip_prefix("buf"))?;
                    Self::Buffer(buffer(letter.trim_start_matches(['-', ' ', '_']))?)
                }
            },
        })
    }
}

/// As it is typed.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |f: &mut fmt::Formatter<'_>, word: &str, track: &Option<String>| match track {
            Some(track) => write!(f, "{word}:{track}"),
            None => f.write_str(word),
        };
        match &self.what {
            What::Nothing => f.write_str("none")?,
            What::Picture(file) | What::Film(file) => f.write_str(file)?,
            What::WhiteNoise => f.write_str("white-noise")?,
            What::BlueNoise => f.write_str("blue-noise")?,
            What::ValueNoise => f.write_str("value-noise")?,
            What::Buffer(number) => write!(f, "buffer-{}", (b'a' + (*number % 26) as u8) as char)?,
            What::Itself => f.write_str("self")?,
            What::Sound(track) => named(f, "sound", track)?,
            What::Spectrum(track) => named(f, "spectrum", track)?,
            What::Waveform(track) => named(f, "waveform", track)?,
            What::Layer(name) => write!(f, "layer:{name}")?,
        }
        let usual = Self::from(self.what.clone());
        if self.filter != usual.filter {
            let name = match self.filter {
                Filter::Nearest => "nearest",
                Filter::Linear => "linear",
                Filter::Mipmap => "mipmap",
            };
            write!(f, ",filter={name}")?;
        }
        if self.wrap != usual.wrap {
            let name = match self.wrap {
                Wrap::Clamp => "clamp",
                Wrap::Repeat => "repeat",
                Wrap::Mirror => "mirror",
            };
            write!(f, ",wrap={name}")?;
        }
        if self.flip != usual.flip {
            write!(f, ",flip={}", self.flip)?;
        }
        Ok(())
    }
}

impl From<What> for Channel {
    /// As Shadertoy has it where nothing is said.
    fn from(what: What) -> Self {
        let (filter, wrap) = match what {
            What::Picture(_) | What::WhiteNoise | What::BlueNoise | What::ValueNoise => {
                (Filter::Mipmap, Wrap::Repeat)
            }
            _ => (Filter::Linear, Wrap::Clamp),
        };
        Self { what, filter, wrap, flip: true }
    }
}

impl FromStr for Channel {
    type Err = String;

    /// Reads `WHAT,filter=...,wrap=...,flip=...`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts: Vec<&str> = text.split(',').collect();
        let is_key = |part: &str| {
            let key = part.split('=').next().unwrap_or_default().trim();
            part.contains('=') && ["filter", "wrap", "flip"].contains(&key)
        };
        let first = parts.iter().position(|part| is_key(part)).unwrap_or(parts.len());
        let keys = parts.split_off(first);
        let what = parts.join(",");
        let what = what.trim();
        let mut channel =
            Self::from(match What::word(&what.to_lowercase()).or_else(|| What::word(what)) {
                Some(What::Layer(_) | What::Sound(Some(_))) => {
                    What::word(what).unwrap_or(What::Nothing)
                }
                Some(word) => word,
                None if what.is_empty() => return Err("what it shows is missing".into()),
                None if !what.contains(['.', '/']) => {
                    let near = did_you_mean(what, WORDS);
                    return Err(format!(
                        "{what} is no file and nothing known{near} (known: {})",
                        WORDS.join(", ")
                    ));
                }
                None if is_film(what) => What::Film(what.into()),
                None => What::Picture(what.into()),
            });
        for part in keys {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            channel.set(key.trim(), value.trim())?;
        }
        Ok(channel)
    }
}

impl Channel {
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let wrong = |known: &str| Err(format!("{key}: {value} is none (known: {known})"));
        match key {
            "filter" => {
                self.filter = match value {
                    "nearest" => Filter::Nearest,
                    "linear" => Filter::Linear,
                    "mipmap" => Filter::Mipmap,
                    _ => return wrong("nearest, linear, mipmap"),
                };
            }
            "wrap" => {
                self.wrap = match value {
                    "clamp" => Wrap::Clamp,
                    "repeat" => Wrap::Repeat,
                    "mirror" => Wrap::Mirror,
                    _ => return wrong("clamp, repeat, mirror"),
                };
            }
            "flip" => {
                self.flip = match value {
                    "true" => true,
                    "false" => false,
                    _ => return wrong("true, false"),
                };
            }
            _ => {
                return Err(format!(
                    "{key} is nothing that is said of a channel (known: filter, wrap, flip)"
                ));
            }
        }
        Ok(())
    }

    /// What lines such as `#iChannel0 "file://noise.png"` say, as editors write them, of the pass in `file`.
    ///
    /// # Errors
    /// What they say cannot be shown.
    pub fn of_comments(
        code: &Code,
        file: &str,
        buffer: Option<usize>,
    ) -> Result<BTreeMap<Key, Self>, String> {
        let mut found = BTreeMap::new();
        let text = code.text();
        let said: Vec<(&str, Option<&str>, &str)> = text.lines().filter_map(said_of).collect();
        for (number, what, value) in said {
            let key = Key { buffer, name: number.into() };
            let wrong = |e: String| format!("{file}: #iChannel{number}: {e}");
            let Some(what) = what else {
                let value = value.strip_prefix("file://").unwrap_or(value);
                let mut channel: Self = value.parse().map_err(wrong)?;
                if let What::Picture(name) | What::Film(name) = &mut channel.what {
                    let beside = Path::new(file).parent().unwrap_or(Path::new(""));
                    *name = beside.join(&*name).to_string_lossy().into_owned();
                    if let Some(letter) = Path::new(name).file_stem().and_then(|stem| stem.to_str())
                        && let Some(word @ What::Buffer(_)) = What::word(&letter.to_lowercase())
                    {
                        channel = word.into();
                    }
                }
                found.insert(key, channel);
                continue;
            };
            if let Some(channel) = found.get_mut(&key) {
                let value = value.to_ascii_lowercase();
                match (what, &*value) {
                    (
                        "MinFilter",
                        "nearestmipmapnearest"
                        | "linearmipmaplinear"
                        | "linearmipmapnearest"
                        | "nearestmipmaplinear",
                    ) => {
                        channel.filter = Filter::Mipmap;
                    }
                    ("MinFilter", value) => channel.set("filter", value).map_err(wrong)?,
                    ("WrapMode", value) => channel.set("wrap", value).map_err(wrong)?,
                    // One filter is for both; the other was said.
                    _ => {}
                }
            }
        }
        Ok(found)
    }
}

/// The number of a channel, of what something is said unless of what it shows, and what.
fn said_of(line: &str) -> Option<(&str, Option<&str>, &str)> {
    let rest = line.trim_start().strip_prefix("#iChannel")?;
    let (number, rest) = rest.split_at_checked(1)?;
    if !matches!(number, "0" | "1" | "2" | "3") {
        return None;
    }
    let (what, rest) = match rest.strip_prefix("::") {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    let value = rest.trim().strip_prefix('"')?.split('"').next()?;
    Some((number, what, value))
}
