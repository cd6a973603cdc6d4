//! The sound of a film: tracks from files, from noise and from formulas, heard together.
//!
//! A sample is a pure function of recipe and index, as a frame is: it can be had alone, whichever were had before.

mod draft;
mod ear;
mod formula;
mod limiter;
mod mixer;
mod noise;
mod recording;
mod signals;
mod strip;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

pub use draft::{SoundDraft, TrackDraft};
pub use formula::{Synthesis, SynthesisDraft};
pub use mixer::{Mixer, Remark, Studio};
pub use noise::{Noise, NoiseColor, NoiseDraft};
pub use recording::{Recording, RecordingDraft};
pub use signals::{Progress, Signals};
pub use strip::{Strip, StripDraft};

/// The sound of a film.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples a second.
    pub rate: u32,
    /// 1 or 2.
    pub channels: u32,
    /// What is heard, at least one, unless a remix brings sound of its own.
    pub tracks: Vec<Track>,
}

impl Sound {
    /// The track of this name alone.
    pub(crate) fn of_track(&self, name: &str) -> Self {
        let is_it = |track: &&Track| track.strip.name.as_deref() == Some(name);
        Self { tracks: self.tracks.iter().filter(is_it).cloned().collect(), ..*self }
    }
}

/// A track: what is heard, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// How it is heard.
    pub strip: Strip,
    /// What is heard.
    pub voice: Voice,
}

/// What a track comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Voice {
    /// A file.
    Recording(Recording),
    /// Noise.
    Noise(Noise),
    /// Formulas.
    Formula(Synthesis),
}

/// Its table.
impl Serialize for Track {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = |table: &dyn Fn() -> Result<toml::Table, toml::ser::Error>| {
            table().map_err(serde::ser::Error::custom)
        };
        let mut table = serializer.serialize_map(None)?;
        for (key, value) in &entries(&|| toml::Table::try_from(&self.strip))? {
            table.serialize_entry(key, value)?;
        }
        match &self.voice {
            Voice::Recording(recording) => {
                let own = entries(&|| toml::Table::try_from(recording))?;
                // What are tables themselves stands behind the rest.
                let (tables, values): (Vec<_>, Vec<_>) =
                    own.iter().partition(|(_, value)| value.is_table());
                for (key, value) in values.into_iter().chain(tables) {
                    table.serialize_entry(key, value)?;
                }
            }
            Voice::Noise(noise) => table.serialize_entry("noise", noise)?,
            Voice::Formula(formula) => table.serialize_entry("formula", formula)?,
        }
        table.end()
    }
}
