//! What channels show, as it is typed.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::source::{LETTERS, buffer};
use crate::error::did_you_mean;
use crate::generate::noise::Texture;
use crate::generate::{Files, Seen};

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
        let is_name = super::is_name(text) || is_number(text);
        if !is_name {
            return Err(
                "NAME=WHAT is expected, and NAME is 0 to 3, of a buffer A0 to D3, or a sampler's name"
                    .into(),
            );
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
    /// Noise, of so many pixels across and down.
    Noise(Texture, u32),
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

/// What files of sound end in.
pub(super) const SOUNDS: [&str; 9] =
    ["wav", "mp3", "flac", "ogg", "opus", "m4a", "aac", "aiff", "wma"];

/// What may be said of a channel beside what it shows.
const KEYS: [&str; 4] = ["filter", "wrap", "flip", "size"];

pub(super) fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.contains(&&*ending.to_ascii_lowercase()))
}

/// True for the name of a film.
fn is_film(name: &str) -> bool {
    const ENDINGS: [&str; 9] = ["mp4", "mov", "mkv", "webm", "m4v", "avi", "ts", "mpg", "ogv"];
    has_ending(name, &ENDINGS)
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

/// Pixels of noise, across and down, where nothing is said, and the fewest and the most.
const SIDE: u32 = 256;
const SIDES: std::ops::RangeInclusive<u32> = 8..=2048;

const GRAINS: [(&str, Texture); 4] = [
    ("white-noise", Texture::White),
    ("gray-noise", Texture::Gray),
    ("blue-noise", Texture::Blue),
    ("value-noise", Texture::Value),
];

const WORDS: [&str; 16] = [
    "none",
    "keyboard",
    "white-noise",
    "gray-noise",
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
    /// What a picture of Shadertoy's own is that has this name there, as far as it is noise.
    pub fn of_shadertoy(name: &str) -> Option<Self> {
        let stem = Path::new(name).file_stem()?.to_str()?;
        let (grain, side) = match stem {
            "f735bee5b64ef98879dc618b016ecf7939a5756040c2cde21ccb15e69a6e1cfb" | "tex16" => {
                (Texture::White, 256)
            }
            "3083c722c0c738cad0f468383167a0d246f91af2bfa373e9c5c094fb8c8413e0" | "tex11" => {
                (Texture::White, 64)
            }
            "0c7bf5fe9462d5bffbd11126e82908e39be3ce56220d900f633d58fb432e56f5" | "tex12" => {
                (Texture::Gray, 256)
            }
            "0a40562379b63dfb89227e6d172f39fdce9022cba76623f1054a2c83d6c0ba5d" | "tex10" => {
                (Texture::Gray, 64)
            }
            "cb49c003b454385aa9975733aff4571c62182ccdda480aaba9a8d250014f00ec" => {
                (Texture::Blue, 1024)
            }
            _ => return None,
        };
        Some(Self::Noise(grain, side))
    }

    /// What is seen in it of the film's sound, of layers and films; `places` says where files are that are elsewhere.
    pub fn seen(&self, places: &Files) -> Option<Seen> {
        Some(match self {
            Self::Sound(track) | Self::Spectrum(track) | Self::Waveform(track) => {
                track.clone().map_or(Seen::Sound, Seen::Track)
            }
            Self::Layer(name) => Seen::Layer(name.clone()),
            Self::Film(name) => Seen::Film(places.get(name).unwrap_or(name).clone()),
            _ => return None,
        })
    }

    pub(super) fn word(text: &str) -> Option<Self> {
        Some(match text {
            "none" | "keyboard" => Self::Nothing,
            "noise" => Self::Noise(Texture::White, SIDE),
            "grey-noise" => Self::Noise(Texture::Gray, SIDE),
            "sound" | "music" => Self::Sound(None),
            "spectrum" => Self::Spectrum(None),
            "waveform" => Self::Waveform(None),
            "self" => Self::Itself,
            text if let Some((_, grain)) = GRAINS.iter().find(|(word, _)| *word == text) => {
                Self::Noise(*grain, SIDE)
            }
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
            What::Noise(grain, side) => {
                let word = GRAINS.iter().find(|(_, own)| own == grain);
                f.write_str(word.map_or("noise", |(word, _)| word))?;
                if *side != SIDE {
                    write!(f, ",size={side}")?;
                }
            }
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
            What::Picture(_) | What::Noise(..) => (Filter::Mipmap, Wrap::Repeat),
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
            part.contains('=') && !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase())
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
                None if what.starts_with("http://") || what.starts_with("https://") => {
                    return Err(format!("{what} is an address; fetch it, and name the file"));
                }
                None if has_ending(what, &SOUNDS) => {
                    return Err(format!(
                        "{what} is sound: --sound {what}, and the channel shows sound"
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
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
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
            "size" => {
                let What::Noise(_, side) = &mut self.what else {
                    return Err("size: only noise is as large as it is said to be".into());
                };
                let read = value.parse().ok();
                let size = read.filter(|size: &u32| SIDES.contains(size) && size.is_power_of_two());
                match size {
                    Some(size) => *side = size,
                    None => return wrong("8, 16, 32 and so on, to 2048"),
                }
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
                    "{key} is nothing that is said of a channel (known: {})",
                    KEYS.join(", ")
                ));
            }
        }
        Ok(())
    }
}
