//! What follows the sound: parameters, and pictures of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Recipe, Source};
use crate::error::{Invalid, did_you_mean};
use crate::formula::Signal;
use crate::generate::{Means, Seen, Stage, Waves};
use crate::parameters::Moves;
use crate::remix::Remix;
use crate::sound::{Signals, Sound, Studio};
use crate::values::Clip;

impl Recipe {
    /// The signals of the sound that its parameters follow, and that are not known yet.
    pub fn signals(&self) -> BTreeSet<Signal> {
        self.moves().into_iter().flat_map(|(_, moves)| moves.signals()).collect()
    }

    /// What it says of all that is heard, and by which times: signals follow from it.
    pub fn heard_text(&self) -> String {
        let Self { sound, fps, frames, size, seed, .. } = self;
        let text = |table: &dyn Fn() -> Result<String, toml::ser::Error>, plain: String| {
            table().unwrap_or(plain)
        };
        let tracks = sound.iter().flat_map(|sound| &sound.tracks);
        let tracks = tracks.map(|track| text(&|| toml::to_string(track), format!("{track:?}")));
        let remix =
            self.heard_remix().map(|remix| text(&|| toml::to_string(remix), format!("{remix:?}")));
        let parts: Vec<String> = tracks.chain(remix).collect();
        let shape = sound.as_ref().map(|sound| (sound.rate, sound.channels));
        format!("{fps} {frames} {size} {seed} {shape:?}\n{}", parts.join("\n"))
    }

    /// The remix whose own sound is heard, if there is one.
    pub fn heard_remix(&self) -> Option<&Remix> {
        self.source.leaves().into_iter().find_map(|source| match source {
            Source::Remix(remix) if remix.sound.is_some() => Some(remix),
            _ => None,
        })
    }

    /// All that is heard, with a remix's own sound; or, if a track is named, that track alone.
    pub(crate) fn studio(&self, track: Option<&str>) -> Option<Studio> {
        let remix = self.heard_remix();
        let own =
            |remix: &Remix| remix.sound.map(|rate| Sound { rate, channels: 2, tracks: Vec::new() });
        let sound = self.sound.clone().or_else(|| remix.and_then(own))?;
        Some(match track {
            None => Studio::new(sound, self.clip(), remix.cloned()),
            Some(name) => Studio::new(sound.of_track(name), self.clip(), None),
        })
    }

    /// What `source` draws for in a film of which `clip` tells, without checkpoints; drawn with `means`.
    pub(crate) fn stage(&self, source: &Source, clip: Clip, means: &Means) -> Stage {
        let sound = |seen: Seen| {
            let studio = match &seen {
                Seen::Sound => self.studio(None),
                Seen::Track(name) => self.studio(Some(name)),
                Seen::Layer(_) | Seen::Film(_) => None,
            };
            Some((seen, Arc::new(studio?) as Arc<dyn Waves>))
        };
        let sounds = source.seen().into_iter().filter_map(sound).collect();
        Stage { means: means.clone(), sounds, ..Stage::from(clip) }
    }

    /// The recipe with its signals known. It means the same film, and has the same identity.
    ///
    /// # Errors
    /// A value that follows them leaves its range.
    pub fn with_signals(&self, signals: &Signals) -> Result<Self, Invalid> {
        let mut recipe = self.clone();
        for (prefix, moves) in recipe.moves_mut() {
            let heard = moves.hear(&|signal| signals.column(signal));
            heard.map_err(|(key, text, reason)| of_key(&prefix, &key, text, reason))?;
        }
        Ok(recipe)
    }

    /// Looks whether there is what parameters follow.
    ///
    /// # Errors
    /// Nothing is heard, or no track has the name.
    pub(super) fn check_signals(&self) -> Result<(), Invalid> {
        let tracks = || self.sound.iter().flat_map(|sound| &sound.tracks);
        let names: Vec<&str> = tracks().filter_map(|track| track.strip.name.as_deref()).collect();
        for (prefix, moves) in self.moves() {
            for (key, text, signal) in moves.follows() {
                let reason = match &signal.track {
                    _ if prefix.starts_with("sound.") => "sound cannot follow sound".into(),
                    None if self.sound.is_none() && self.source.sound().is_none() => format!(
                        "{signal} follows sound, and nothing is heard; a track is [sound] or --sound FILE"
                    ),
                    Some(name) if !names.contains(&&**name) => no_track(name, &names),
                    _ => continue,
                };
                return Err(of_key(&prefix, &key, text, reason));
            }
        }
        self.check_seen(&names)
    }

    /// Looks whether the sound that is seen is there; `names` are those of its tracks.
    fn check_seen(&self, names: &[&str]) -> Result<(), Invalid> {
        let is_heard = self.sound.is_some() || self.source.sound().is_some();
        let leaves = self.source.leaves().into_iter();
        let sounds =
            leaves.flat_map(|source| source.seen().into_iter().map(move |seen| (source, seen)));
        for (source, seen) in sounds {
            // A shader sees it in a channel.
            let channel = match source {
                Source::Shader(shader) => shader.channel_of(&seen),
                _ => None,
            };
            let name = match seen {
                Seen::Sound => None,
                Seen::Track(name) => Some(name),
                Seen::Layer(_) | Seen::Film(_) => continue,
            };
            match name {
                _ if !is_heard => {
                    let track = "a track is [sound] or --sound FILE";
                    return Err(match channel.as_deref().and_then(|text| text.split_once('=')) {
                        Some((key, what)) => {
                            let reason = format!(
                                "nothing is heard that it could show; {track}, and {key}=none shows nothing"
                            );
                            Invalid::new("shader.channel", format!("{key}={what}"), reason)
                        }
                        None => {
                            let reason = format!("nothing is heard that could be seen; {track}");
                            Invalid::new("sound", "", reason)
                        }
                    });
                }
                Some(name) if !names.contains(&&*name) => {
                    let key = if channel.is_some() { "channel" } else { "track" };
                    let key = format!("{}.{key}", source.name());
                    let value = channel.unwrap_or_else(|| name.clone());
                    return Err(Invalid::new(&key, value, no_track(&name, names)));
                }
                _ if self.looped => {
                    let reason = "sound that is seen does not lead back to its beginning";
                    return Err(Invalid::new("loop", "", reason));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// All that moves, and what stands before its keys.
    fn moves(&self) -> Vec<(String, &Moves)> {
        let mut all: Vec<(String, &Moves)> = Vec::new();
        if let Source::Stack(stack) = &self.source {
            for (n, layer) in (1..).zip(&stack.layers) {
                all.push((format!("layer.{n}."), &layer.place.moves));
                let name = layer.source.name();
                all.extend(layer.source.moves().map(|m| (format!("layer.{n}.{name}."), m)));
                for (k, effect) in (1..).zip(&layer.effects) {
                    all.push((format!("layer.{n}.effect.{k}.{}.", effect.name()), effect.moves()));
                }
            }
        }
        let name = self.source.name();
        all.extend(self.source.moves().map(|moves| (format!("{name}."), moves)));
        for (k, effect) in (1..).zip(&self.effects) {
            all.push((format!("effect.{k}.{}.", effect.name()), effect.moves()));
        }
        let tracks = self.sound.iter().flat_map(|sound| &sound.tracks);
        all.extend((1..).zip(tracks).map(|(n, track)| (format!("sound.{n}."), &track.strip.moves)));
        all
    }

    /// The same, to be changed; sound follows no signals.
    fn moves_mut(&mut self) -> Vec<(String, &mut Moves)> {
        let mut all: Vec<(String, &mut Moves)> = Vec::new();
        let name = self.source.name();
        match &mut self.source {
            Source::Stack(stack) => {
                for (n, layer) in (1..).zip(&mut stack.layers) {
                    all.push((format!("layer.{n}."), &mut layer.place.moves));
                    let name = layer.source.name();
                    let moves = layer.source.moves_mut();
                    all.extend(moves.map(|moves| (format!("layer.{n}.{name}."), moves)));
                    for (k, effect) in (1..).zip(&mut layer.effects) {
                        let key = format!("layer.{n}.effect.{k}.{}.", effect.name());
                        all.push((key, effect.moves_mut()));
                    }
                }
            }
            source => all.extend(source.moves_mut().map(|moves| (format!("{name}."), moves))),
        }
        for (k, effect) in (1..).zip(&mut self.effects) {
            let key = format!("effect.{k}.{}.", effect.name());
            all.push((key, effect.moves_mut()));
        }
        all
    }
}

/// What is wrong with a value that moves; one of several numbers is named by the table in which it stands.
fn of_key(prefix: &str, key: &str, text: String, reason: impl Into<String>) -> Invalid {
    match key.split_once('.') {
        Some((table, name)) => {
            let name = name.rsplit_once('.').map_or(name, |(name, _)| name);
            Invalid::new(&format!("{prefix}{table}"), format!("{name}={text}"), reason)
        }
        None => Invalid::new(&format!("{prefix}{key}"), text, reason),
    }
}

/// No track of those with these names has this one.
fn no_track(name: &str, names: &[&str]) -> String {
    let near = did_you_mean(name, names.iter().copied());
    let known = if names.is_empty() { "none".into() } else { names.join(", ") };
    format!("no track has the name {name}{near} (named: {known})")
}
