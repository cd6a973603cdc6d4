//! What the films are, looked into on all cores.

use std::path::Path;

use rayon::prelude::*;

use super::cache::{Cache, Stamp};
use super::choose::Material;
use crate::error::{Error, Result};
use crate::media::{Facts, Location, keyframes, probe};

/// A film that pieces can be cut from.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// Where it is.
    pub location: Location,
    /// What is in it.
    pub facts: Facts,
    /// The times of its key frames in microseconds, if they were asked for.
    pub keyframes: Option<Vec<u64>>,
}

/// A film that cannot be used, and why, in one line that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// Where it is.
    pub location: Location,
    /// Why, without its name.
    pub reason: String,
}

/// Films, good and bad, each in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Films {
    /// Those that can be used.
    pub films: Vec<Film>,
    /// The others.
    pub refused: Vec<Refused>,
}

impl Film {
    /// As chance sees it.
    pub fn material(&self) -> Material {
        Material {
            duration: self.facts.duration,
            first: self.facts.first,
            fps: self.facts.fps,
            keyframes: self.keyframes.clone().unwrap_or_default(),
        }
    }
}

/// Looks into the films at `places`, with their key frames if they are wanted. Files that were
/// looked into before and have not changed are remembered.
pub fn look(places: &[Location], with_keyframes: bool) -> Films {
    let cache = Cache::open();
    let known: Vec<Known> = places.iter().map(|at| Known::of(at, cache.as_ref())).collect();
    let looked: Vec<Result<Look, String>> = places
        .par_iter()
        .zip(known)
        .map(|(at, known)| known.look(at, with_keyframes).map_err(|e| reason(at, &e)))
        .collect();
    let mut films = Films::default();
    let mut fresh = Vec::new();
    for (location, look) in places.iter().cloned().zip(looked) {
        match look {
            Ok(Look { facts, keyframes, stamp }) => {
                fresh.extend(stamp.map(|stamp| (films.films.len(), stamp)));
                films.films.push(Film { location, facts, keyframes });
            }
            Err(reason) => films.refused.push(Refused { location, reason }),
        }
    }
    if let Some(cache) = cache.filter(|_| !fresh.is_empty()) {
        let paths: Vec<_> = fresh
            .iter()
            .filter_map(|(n, stamp)| {
                let film = &films.films[*n];
                Some((std::path::absolute(film.location.file()?).ok()?, *stamp, film))
            })
            .collect();
        // What cannot be remembered is looked into again.
        let put = cache.put(paths.iter().map(|(path, stamp, film)| {
            (path.as_path(), *stamp, &film.facts, film.keyframes.as_deref())
        }));
        if let Err(e) = put {
            tracing::debug!("films are not remembered: {e}");
        }
    }
    films
}

/// What is known before looking.
struct Known {
    stamp: Option<Stamp>,
    remembered: Option<(Facts, Option<Vec<u64>>)>,
}

/// What was seen.
struct Look {
    facts: Facts,
    keyframes: Option<Vec<u64>>,
    /// Set if there is something new to be remembered.
    stamp: Option<Stamp>,
}

impl Known {
    fn of(at: &Location, cache: Option<&Cache>) -> Self {
        let stamp = at.file().and_then(|path| Stamp::of(&path.metadata().ok()?));
        let remembered = stamp
            .zip(cache)
            .zip(at.file())
            .and_then(|((stamp, cache), path)| cache.get(&std::path::absolute(path).ok()?, stamp));
        Self { stamp, remembered }
    }

    fn look(self, at: &Location, with_keyframes: bool) -> Result<Look> {
        if let Some(path) = at.file() {
            check_file(path)?;
        }
        let is_known =
            self.remembered.as_ref().is_some_and(|(_, k)| k.is_some() || !with_keyframes);
        let (facts, times) = match self.remembered {
            Some((facts, times)) => (facts, times),
            None => (probe(at)?, None),
        };
        let keyframes = match times {
            None if with_keyframes => Some(keyframes(at)?),
            times => times,
        };
        Ok(Look { facts, keyframes, stamp: self.stamp.filter(|_| !is_known) })
    }
}

fn check_file(path: &Path) -> Result<()> {
    let metadata = path.metadata().map_err(Error::io("open", path))?;
    let reason = match metadata {
        m if m.is_dir() => "this is a folder",
        m if !m.is_file() => "this is no file",
        m if m.len() == 0 => "the file is empty",
        _ => return Ok(()),
    };
    Err(Error::Film { film: path.display().to_string(), reason: reason.into() })
}

/// An error's text without the name of the film, which stands before it anyway.
fn reason(at: &Location, error: &Error) -> String {
    let (text, name) = (error.to_string(), at.to_string());
    let text = match error {
        Error::Io { path, .. } if at.file() == Some(path) => text.replacen(&name, "it", 1),
        Error::Film { reason, .. } => reason.clone(),
        Error::Media { what, reason } if what.ends_with(&name) => reason.clone(),
        _ => text,
    };
    text.replace('\n', " ")
}
