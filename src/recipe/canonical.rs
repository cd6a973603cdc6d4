//! The one form of a recipe that is hashed, and written into the job's folder.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Recipe, Source, VERSION};

/// A recipe's canonical TOML.
pub(super) fn to_toml(recipe: &Recipe) -> String {
    // Every field is a number, text or a table, for which TOML has a form.
    toml::to_string(&Canonical(recipe)).expect("numbers, text and tables have a form in TOML")
}

/// A recipe as a table: what is left out here would not be part of the identity.
struct Canonical<'a>(&'a Recipe);

impl Serialize for Canonical<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Recipe {
            source,
            effects,
            sound,
            seed,
            size,
            fps,
            frames,
            looped,
            segment_frames,
            video,
            images,
        } = self.0;
        let mut table = serializer.serialize_map(None)?;
        table.serialize_entry("version", &VERSION)?;
        match source {
            Source::Stack(stack) => {
                table.serialize_entry("background", &stack.background)?;
                if stack.linear {
                    table.serialize_entry("linear", &true)?;
                }
            }
            source => table.serialize_entry("generator", source.name())?,
        }
        table.serialize_entry("seed", seed)?;
        table.serialize_entry("size", size)?;
        table.serialize_entry("fps", fps)?;
        table.serialize_entry("frames", frames)?;
        // Noise that closes a circle of its own says it for the film, if nothing else is said.
        if *looped != source.is_loop() {
            table.serialize_entry("loop", looped)?;
        }
        table.serialize_entry("segment-frames", segment_frames)?;
        if let Some(sound) = sound {
            table.serialize_entry("sample-rate", &sound.rate)?;
            table.serialize_entry("channels", &sound.channels)?;
        }
        let key = if matches!(source, Source::Stack(_)) { "layer" } else { source.name() };
        table.serialize_entry(key, source)?;
        if !effects.is_empty() {
            table.serialize_entry("effect", effects)?;
        }
        if let Some(sound) = sound.as_ref().filter(|sound| !sound.tracks.is_empty()) {
            table.serialize_entry("sound", &sound.tracks)?;
        }
        match video {
            Some(video) => table.serialize_entry("video", video)?,
            None => table.serialize_entry("video", &Disabled { enabled: false })?,
        }
        if let Some(images) = images {
            table.serialize_entry("images", images)?;
        }
        table.end()
    }
}

/// A video that is not made.
#[derive(Serialize)]
struct Disabled {
    enabled: bool,
}
