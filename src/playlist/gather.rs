//! The films that are meant: files, folders, jobs by name, addresses.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobMatcher};
use walkdir::WalkDir;

use super::films::Refused;
use crate::error::{Error, Invalid, Result};
use crate::media::Location;

/// Endings of films in folders, where there is no `--match`.
const ENDINGS: &[&str] = &[
    "3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "gif", "m2ts", "m2v", "m4v", "mkv",
    "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogm", "ogv", "rm", "rmvb", "ts", "vob",
    "webm", "wmv", "y4m",
];

/// The places that `inputs` stand for, in their order, each once: those of a folder by name, and of
/// a job (in `dir`) its film, by `film_of`. Folders are gone through with all below them, where hidden files
/// are passed over.
///
/// # Errors
/// The pattern is none, or there is nothing of such a name. What is there and gives no film is
/// refused, and the others are returned.
pub fn gather(
    inputs: &[PathBuf],
    pattern: Option<&str>,
    dir: &Path,
    film_of: &dyn Fn(&str) -> Result<Option<PathBuf>>,
) -> Result<(Vec<Location>, Vec<Refused>)> {
    let glob = pattern.map(|pattern| {
        let glob =
            Glob::new(pattern).map_err(|e| Invalid::new("match", pattern, e.kind().to_string()));
        glob.map(|glob| glob.compile_matcher())
    });
    let glob = glob.transpose()?;
    let mut gathered = Gathered::default();
    for input in inputs {
        let location = Location::typed(input);
        if location.file().is_none() {
            gathered.add(location);
        } else if input.is_dir() {
            gathered.add_folder(input, glob.as_ref());
        } else if input.symlink_metadata().is_ok() {
            gathered.add(location);
        } else {
            match job(input).map(film_of) {
                Some(Ok(Some(film))) => gathered.add(Location::File(film)),
                Some(Err(Error::State { reason, .. })) => {
                    gathered.refuse(location, format!("this job {reason}"));
                }
                Some(Err(e)) => return Err(e),
                _ => {
                    let reason = "there is no such file or folder, and no such job in";
                    gathered.refuse(location, format!("{reason} {}", dir.display()));
                }
            }
        }
    }
    Ok((gathered.places, gathered.refused))
}

#[derive(Default)]
struct Gathered {
    places: Vec<Location>,
    refused: Vec<Refused>,
    seen: HashSet<Location>,
}

impl Gathered {
    fn add(&mut self, location: Location) {
        // A film that is named twice, by itself and in its folder, is one film.
        let place = match location.file().and_then(|path| path.canonicalize().ok()) {
            Some(path) => Location::File(path),
            None => location.clone(),
        };
        if self.seen.insert(place) {
            self.places.push(location);
        }
    }

    fn refuse(&mut self, location: Location, reason: impl Into<String>) {
        self.refused.push(Refused { location, reason: reason.into() });
    }

    fn add_folder(&mut self, folder: &Path, glob: Option<&GlobMatcher>) {
        let before = self.places.len() + self.refused.len() + self.seen.len();
        let visible = |entry: &walkdir::DirEntry| {
            entry.depth() == 0 || !entry.file_name().as_encoded_bytes().starts_with(b".")
        };
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        let mut found = false;
        for entry in walk.into_iter().filter_entry(visible) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let path = entry.path();
                    let below = path.strip_prefix(folder).unwrap_or(path);
                    let is_wanted = match glob {
                        Some(glob) => glob.is_match(below) || glob.is_match(entry.file_name()),
                        None => has_ending(path),
                    };
                    if is_wanted {
                        found = true;
                        self.add(Location::File(tidy(path)));
                    }
                }
                Ok(_) => {}
                // A folder that leads to itself has been seen.
                Err(e) if e.loop_ancestor().is_some() => {}
                Err(e) => {
                    let path = e.path().unwrap_or(folder).to_path_buf();
                    let reason = e.io_error().map_or_else(|| e.to_string(), ToString::to_string);
                    self.refuse(Location::File(path), format!("it cannot be read: {reason}"));
                }
            }
        }
        if !found && before == self.places.len() + self.refused.len() + self.seen.len() {
            let reason = match glob {
                Some(glob) => {
                    format!("no file in this folder matches --match {}", glob.glob().glob())
                }
                None => "there is no film in this folder".into(),
            };
            self.refuse(Location::File(folder.into()), reason);
        }
    }
}

/// The job that an input may name.
fn job(input: &Path) -> Option<&str> {
    input.to_str().filter(|_| input.components().count() == 1)
}

fn has_ending(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
}

/// `./films/a.mp4` as `films/a.mp4`.
fn tidy(path: &Path) -> PathBuf {
    match path.strip_prefix(".") {
        Ok(below) if !below.as_os_str().is_empty() => below.into(),
        _ => path.into(),
    }
}
