//! A job's folder: what stands where, and how it is cleared.

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::lock::Lock;
use crate::error::{Error, Invalid, Origin, Result};
use crate::files;
use crate::media::Container;
use crate::recipe::{ImageFormat, Recipe};

const RECIPE: &str = "recipe.toml";
const OUTPUT: &str = "output.toml";
const LOCK: &str = ".lock";
const SEGMENTS: &str = "segments";
const FRAMES: &str = "frames";

/// The folder of a job, which may not exist yet.
#[derive(Debug, Clone)]
pub struct Folder {
    name: String,
    path: PathBuf,
}

impl Folder {
    /// The folder of the job `name` in `dir`.
    ///
    /// # Errors
    /// The name is unfit for a folder.
    pub fn new(dir: &Path, name: &str) -> Result<Self> {
        check_name(name)?;
        Ok(Self { name: name.into(), path: dir.join(name) })
    }

    /// The folders in `dir` that hold a job, by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(dir: &Path) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir).map_err(Error::io("read", dir))? {
            let entry = entry.map_err(Error::io("read", dir))?;
            // A name that is not UTF-8 cannot be a job's.
            if let Ok(name) = entry.file_name().into_string()
                && let Ok(folder) = Self::new(dir, &name)
                && folder.recipe().is_file()
            {
                found.push(folder);
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The recipe's file.
    pub fn recipe(&self) -> PathBuf {
        self.path.join(RECIPE)
    }

    /// The record of the result.
    pub fn output(&self) -> PathBuf {
        self.path.join(OUTPUT)
    }

    /// The lock of the process that works here.
    pub(super) fn lock(&self) -> PathBuf {
        self.path.join(LOCK)
    }

    /// Who works here, if somebody does.
    pub fn owner(&self) -> Option<String> {
        Lock::owner(&self.lock())
    }

    /// The folder of segments.
    pub fn segments(&self) -> PathBuf {
        self.path.join(SEGMENTS)
    }

    /// The folder of images.
    pub fn frames(&self) -> PathBuf {
        self.path.join(FRAMES)
    }

    /// Where the result goes if nothing else is said.
    pub fn film(&self, container: Container) -> PathBuf {
        self.path.join(format!("{}.{container}", self.name))
    }

    /// The file of segment `index`.
    pub fn segment(&self, recipe: &Recipe, index: u64) -> PathBuf {
        let digits = digits(recipe.segments());
        self.segments().join(format!("{index:0digits$}.segment"))
    }

    /// The image of frame `index`.
    pub fn image(&self, recipe: &Recipe, index: u64, format: ImageFormat) -> PathBuf {
        let digits = digits(recipe.frames);
        self.frames().join(format!("{index:0digits$}.{format}"))
    }

    /// The segments' files that are there, with their sizes.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn segment_sizes(&self, recipe: &Recipe) -> Result<HashMap<u64, u64>> {
        sizes(&self.segments(), "segment", digits(recipe.segments()))
    }

    /// The images that are there, with their sizes.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn image_sizes(
        &self,
        recipe: &Recipe,
        format: ImageFormat,
    ) -> Result<HashMap<u64, u64>> {
        sizes(&self.frames(), format.name(), digits(recipe.frames))
    }

    /// Removes what a crash left aside.
    pub(super) fn sweep(&self) -> Result<()> {
        [self.path.clone(), self.segments(), self.frames()].iter().try_for_each(|f| files::sweep(f))
    }

    /// Removes the segments and their folder, unless something else lies in it.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove_segments(&self) -> Result<()> {
        remove_numbered(&self.segments(), &["segment"])
    }

    /// Removes the images and their folder, unless something else lies in it.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove_images(&self) -> Result<()> {
        let endings: Vec<&str> = ImageFormat::ALL.iter().map(|f| f.name()).collect();
        remove_numbered(&self.frames(), &endings)
    }
}

/// The numbered files of one ending in `folder`, with their sizes, by one reading of it.
fn sizes(folder: &Path, ending: &str, digits: usize) -> Result<HashMap<u64, u64>> {
    let mut found = HashMap::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(found),
        Err(e) => return Err(Error::io("read", folder)(e)),
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("read", folder))?;
        let name = entry.file_name();
        let stem = name.to_str().and_then(|n| n.strip_suffix(ending)?.strip_suffix('.'));
        if let Some(stem) = stem.filter(|s| s.len() >= digits && is_number(s))
            && let Ok(index) = stem.parse::<u64>()
            && format!("{index:0digits$}") == stem
        {
            let size = entry.metadata().map_err(Error::io("read", entry.path()))?.len();
            found.insert(index, size);
        }
    }
    Ok(found)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Removes the files in `folder` that are named by a number and one of the endings, and the
/// folder if that leaves it empty.
fn remove_numbered(folder: &Path, endings: &[&str]) -> Result<()> {
    files::sweep(folder)?;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("read", folder)(e)),
    };
    let mut ours = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io("read", folder))?.path();
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let ending = path.extension().and_then(|s| s.to_str()).unwrap_or_default();
        if stem.len() >= 6 && is_number(stem) && endings.contains(&ending) {
            ours.push(path);
        }
    }
    // File systems take their time to free a large file, and can free several at once.
    ours.par_iter().try_for_each(|path| files::remove(path))?;
    remove_if_empty(folder)
}

/// Removes a folder, unless something lies in it.
pub(super) fn remove_if_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(e) if ![ErrorKind::NotFound, ErrorKind::DirectoryNotEmpty].contains(&e.kind()) => {
            Err(Error::io("remove", folder)(e))
        }
        _ => Ok(()),
    }
}

/// Digits of numbered files: at least six, and enough that names sort as their numbers do.
fn digits(count: u64) -> usize {
    count.saturating_sub(1).to_string().len().max(6)
}

fn check_name(name: &str) -> Result<()> {
    let reason = if name.is_empty() {
        "a name has at least one character"
    } else if name.len() > 200 {
        "a name has at most 200 bytes"
    } else if name.starts_with(['.', '-']) {
        "a name does not start with '.' or '-'"
    } else if name.chars().any(|c| c == '/' || c == '\\' || c.is_control()) {
        "a name is one folder: no slashes, no control characters"
    } else if name.starts_with("genmedia.db") {
        "the database has that name"
    } else {
        return Ok(());
    };
    let invalid = Invalid::new("name", format!("'{}'", name.escape_debug()), reason);
    Err(invalid.from_origin(&Origin::Flags).into())
}
