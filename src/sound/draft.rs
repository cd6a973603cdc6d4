//! Sound as users write it, with open ends.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    Noise, NoiseDraft, Recording, RecordingDraft, Sound, Strip, StripDraft, Synthesis,
    SynthesisDraft, Track, Voice,
};
use crate::error::{Invalid, did_you_mean};
use crate::parameters::Described;
use crate::values::{Clip, Moving, Typed};

/// The most tracks of a film.
const MOST: usize = 100;

/// A track as it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrackDraft {
    /// How it is heard.
    pub strip: StripDraft,
    /// The file that it comes from.
    pub recording: RecordingDraft,
    /// Or noise.
    pub noise: Option<NoiseDraft>,
    /// Or formulas.
    pub formula: Option<SynthesisDraft>,
}

/// The tracks of a film: a table, or a list of tables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SoundDraft(pub Vec<TrackDraft>);

impl<'de> Deserialize<'de> for SoundDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tables = match toml::Value::deserialize(deserializer)? {
            toml::Value::Table(table) => vec![toml::Value::Table(table)],
            toml::Value::Array(tables) => tables,
            // As on the command line.
            toml::Value::String(text) => {
                return text.parse().map(|track| Self(vec![track])).map_err(D::Error::custom);
            }
            _ => return Err(D::Error::custom("sound is a table: [sound], or several: [[sound]]")),
        };
        let several = tables.len() > 1;
        let read = |(number, value): (usize, toml::Value)| {
            let name = if several { format!("sound {number}") } else { "sound".into() };
            match value {
                toml::Value::Table(table) => {
                    TrackDraft::read(table).map_err(|e| D::Error::custom(format!("{name}{e}")))
                }
                toml::Value::String(text) => text.parse().map_err(D::Error::custom),
                _ => Err(D::Error::custom(format!("{name}: a track is a table"))),
            }
        };
        (1..).zip(tables).map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// The keys of a described table.
fn keys<T: Described>() -> Vec<String> {
    T::parameters().into_iter().map(|parameter| parameter.key).collect()
}

impl TrackDraft {
    /// The keys of several tables stand in one, which serde cannot flatten and still refuse unknown ones.
    fn read(table: toml::Table) -> Result<Self, String> {
        let (of_strip, of_file) = (keys::<Strip>(), keys::<Recording>());
        let mut draft = Self::default();
        let (mut strip, mut recording) = (toml::Table::new(), toml::Table::new());
        let said = |e: &toml::de::Error| e.message().trim().replace('\n', " ");
        for (key, value) in table {
            let alone: toml::Table = [(key.clone(), value.clone())].into_iter().collect();
            let wrong = |e: &toml::de::Error| format!(" {key}: {}", said(e));
            match &*key {
                "noise" => draft.noise = Some(value.try_into().map_err(|e| wrong(&e))?),
                "formula" => {
                    draft.formula = Some(formulas(value).map_err(|e| format!(" {key}: {e}"))?)
                }
                // One at a time, so that what is wrong is said of its key.
                _ if of_strip.contains(&key) => {
                    alone.try_into::<StripDraft>().map_err(|e| wrong(&e))?;
                    strip.insert(key, value);
                }
                _ if of_file.contains(&key) => {
                    alone.try_into::<RecordingDraft>().map_err(|e| wrong(&e))?;
                    recording.insert(key, value);
                }
                _ => {
                    let known = of_file.iter().chain(&of_strip).map(String::as_str);
                    let known = known
                        .chain(["noise", "formula"])
                        .filter(|key| !matches!(*key, "files" | "length"));
                    let near = did_you_mean(&key, known.clone());
                    let known: Vec<&str> = known.collect();
                    return Err(format!(" has no '{key}'{near} (known: {})", known.join(", ")));
                }
            }
        }
        draft.strip = strip.try_into().map_err(|e| format!(": {}", said(&e)))?;
        draft.recording = recording.try_into().map_err(|e| format!(": {}", said(&e)))?;
        Ok(draft)
    }

    /// What it comes from, resolved, for a film whose chance starts from the seed of `clip`.
    fn voice(&self, clip: Clip) -> Result<Voice, Invalid> {
        let is_file = self.recording != RecordingDraft::default();
        if is_file && self.recording.file.is_none() {
            let reason = "start and loop are of a file: file = 'track.flac'";
            return Err(Invalid::new("sound", "", reason));
        }
        match (is_file, &self.noise, &self.formula) {
            (true, None, None) => {
                Recording::resolve(self.recording.clone(), clip).map(Voice::Recording)
            }
            (false, Some(noise), None) => {
                let mut noise = noise.clone().over(Noise::default(), clip)?;
                noise.seed.get_or_insert(clip.seed);
                Ok(Voice::Noise(noise))
            }
            (false, None, Some(formula)) => {
                let mut formula = Synthesis::resolve(formula.clone(), clip)?;
                formula.seed.get_or_insert(clip.seed);
                Ok(Voice::Formula(formula))
            }
            (false, None, None) => {
                let reason = "what is heard is missing: file = 'track.flac', [sound.noise] or [sound.formula]";
                Err(Invalid::new("sound", "", reason))
            }
            _ => {
                let reason = "a track is a file, noise or a formula, and one of these only; several \
                              tracks are several [[sound]]";
                Err(Invalid::new("sound", "", reason))
            }
        }
    }
}

/// Formulas: a table, or a text for both sides.
fn formulas(value: toml::Value) -> Result<SynthesisDraft, String> {
    match value {
        toml::Value::String(mono) => {
            Ok(SynthesisDraft { mono: Some(mono), ..SynthesisDraft::default() })
        }
        table => {
            table.try_into().map_err(|e: toml::de::Error| e.message().trim().replace('\n', " "))
        }
    }
}

/// Formulas as they are typed: one, or several with their keys, `left=sine(220); right=sine(221)`.
fn written(text: &str) -> Result<SynthesisDraft, String> {
    if !text.contains('=') {
        return formulas(toml::Value::String(text.into()));
    }
    let mut table = toml::Table::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (key, formula) = part.split_once('=').unwrap_or(("", part));
        let (key, formula) = (key.trim(), formula.trim());
        if !matches!(key, "mono" | "left" | "right") {
            return Err(format!("'{part}': left=FORMULA; right=FORMULA is expected"));
        }
        if table.insert(key.into(), formula.into()).is_some() {
            return Err(format!("{key} is there twice"));
        }
    }
    formulas(toml::Value::Table(table))
}

impl std::str::FromStr for TrackDraft {
    type Err = String;

    /// Reads `FILE`, `noise=pink`, `formula=0.3*sin(tau*220*t)` or `formula=left=sine(220); right=sine(221)`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut draft = Self::default();
        if let Some(color) = text.strip_prefix("noise=") {
            let color = Some(color.parse()?);
            draft.noise = Some(NoiseDraft { color, ..NoiseDraft::default() });
        } else if let Some(formula) = text.strip_prefix("formula=") {
            draft.formula = Some(written(formula)?);
        } else if text.is_empty() {
            return Err("a file is expected, noise=COLOR, or formula=FORMULA".into());
        } else {
            draft.recording.file = Some(text.into());
        }
        Ok(draft)
    }
}

impl SoundDraft {
    /// What is heard, in the order of the tracks: what needs no length of the film.
    ///
    /// # Errors
    /// The first value that is out of range or contradicts another, with the number of its track.
    pub fn voices(&self, clip: Clip) -> Result<Vec<Voice>, Invalid> {
        if self.0.len() > MOST {
            let reason = format!("a film has at most {MOST} tracks");
            return Err(Invalid::new("sound", self.0.len(), reason));
        }
        let voice = |(n, draft): (usize, &TrackDraft)| {
            // The chance of each track begins from a seed of its own.
            let seed = (clip.seed + n as u64) % (1 << 63);
            draft.voice(Clip { seed, ..clip }).map_err(|e| self.numbered(n, e))
        };
        self.0.iter().enumerate().map(voice).collect()
    }

    /// How many seconds a film must have for all of these to be heard; `None` if none of them has an end.
    pub fn seconds(&self, voices: &[Voice], clip: Clip) -> Option<f64> {
        let first = |typed: &Moving<f64>| typed.clone().settle(clip).0;
        let end = |(draft, voice): (&TrackDraft, &Voice)| match voice {
            Voice::Recording(recording) => {
                let from = draft.strip.from.as_ref().map_or(0.0, first);
                let until = draft.strip.until.as_ref().map(first);
                match until {
                    Some(until) => Some(until),
                    None => Some(from + recording.seconds()?),
                }
            }
            _ => None,
        };
        self.0.iter().zip(voices).filter_map(end).reduce(f64::max)
    }

    /// Settles what was left open.
    ///
    /// # Errors
    /// As [`SoundDraft::voices`].
    pub fn resolve(
        &self,
        voices: Vec<Voice>,
        (rate, channels): (u32, u32),
        clip: Clip,
    ) -> Result<Sound, Invalid> {
        let track = |(n, voice): (usize, Voice)| {
            let length = match &voice {
                Voice::Recording(recording) => recording.seconds(),
                _ => None,
            };
            let strip = Strip::resolve(self.0[n].strip.clone(), length, clip);
            strip.map(|strip| Track { strip, voice }).map_err(|e| self.numbered(n, e))
        };
        let tracks: Vec<Track> =
            voices.into_iter().enumerate().map(track).collect::<Result<_, _>>()?;
        let name = |n: usize| tracks[n].strip.name.as_deref();
        for n in 0..tracks.len() {
            if name(n).is_some() && (0..n).any(|m| name(m) == name(n)) {
                let reason = "another track has this name";
                let invalid = Invalid::new("sound.name", name(n).unwrap_or_default(), reason);
                return Err(self.numbered(n, invalid));
            }
        }
        Ok(Sound { rate, channels, tracks })
    }

    fn numbered(&self, n: usize, e: Invalid) -> Invalid {
        match (self.0.len(), e.key.strip_prefix("sound")) {
            (2.., Some(key)) => Invalid { key: format!("sound.{}{key}", n + 1), ..e },
            _ => e,
        }
    }
}
