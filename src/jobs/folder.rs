//! A job's folder.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Output;
use super::lock::Lock;
use crate::error::{Error, Invalid, Origin, Result};
use crate::files;
use crate::media::{self, Container};
use crate::recipe::{ImageFormat, Recipe};

/// A job that this process holds.
#[derive(Debug)]
pub struct Job {
    name: String,
    folder: PathBuf,
    recipe: Recipe,
    _lock: Lock,
}

const RECIPE: &str = "recipe.toml";
const OUTPUT: &str = "output.toml";
const LOCK: &str = ".lock";
const SEGMENTS: &str = "segments";
const FRAMES: &str = "frames";

impl Job {
    /// Opens the job `name` in `dir` for `recipe`: makes its folder, or continues with it.
    ///
    /// With `force`, what genmedia made there for another recipe, or for this one, is dropped.
    ///
    /// # Errors
    /// The name is unfit; another process holds the job; its folder belongs to something else or
    /// to another recipe; or it cannot be written.
    pub fn open(dir: &Path, name: &str, recipe: &Recipe, force: bool) -> Result<Self> {
        check_name(name)?;
        let folder = dir.join(name);
        let ours = folder.join(RECIPE).exists() || folder.join(LOCK).exists();
        match fs::read_dir(&folder).map(|mut entries| entries.next().is_some()) {
            Ok(true) if !ours => {
                return Err(Error::Conflict(format!(
                    "{} holds files that are not a job's; choose another --name or --dir",
                    folder.display()
                )));
            }
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
                files::sync_folder(dir)?;
            }
            Err(e) => return Err(Error::io("use", &folder)(e)),
        }
        let lock = Lock::take(&folder.join(LOCK), name)?;
        let job = Self { name: name.into(), folder, recipe: recipe.clone(), _lock: lock };
        job.settle(force)?;
        Ok(job)
    }

    /// Sweeps, compares recipes, writes ours.
    fn settle(&self, force: bool) -> Result<()> {
        let path = self.folder.join(RECIPE);
        let wanted = self.recipe.to_toml();
        match fs::read_to_string(&path) {
            Ok(there) if there == wanted && !force => {}
            Ok(there) if there != wanted && !force => {
                return Err(Error::Conflict(format!(
                    "job {} was made from another recipe ({}); choose another --name, or --force \
                     to drop what it has rendered",
                    self.name,
                    path.display()
                )));
            }
            Ok(_) => self.drop_work()?,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(Error::io("read", &path)(e)),
        }
        for folder in [self.folder.clone(), self.segments(), self.frames()] {
            files::sweep(&folder)?;
        }
        files::write(&path, wanted.as_bytes())?;
        for folder in [
            self.recipe.video.is_some().then(|| self.segments()),
            self.recipe.images.is_some().then(|| self.frames()),
        ]
        .into_iter()
        .flatten()
        {
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        }
        Ok(())
    }

    /// Removes what was rendered here: the record first, so that nothing is recorded that is not.
    fn drop_work(&self) -> Result<()> {
        files::remove(&self.folder.join(OUTPUT))?;
        for container in Container::ALL {
            files::remove(&self.folder.join(format!("{}.{container}", self.name)))?;
        }
        self.remove_segments()?;
        remove_numbered(&self.frames(), ImageFormat::ALL.iter().map(|f| f.name()))
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The folder of segments.
    pub fn segments(&self) -> PathBuf {
        self.folder.join(SEGMENTS)
    }

    /// The folder of images.
    pub fn frames(&self) -> PathBuf {
        self.folder.join(FRAMES)
    }

    /// Where the result goes if nothing else is said.
    pub fn default_output(&self, container: Container) -> PathBuf {
        self.folder.join(format!("{}.{container}", self.name))
    }

    /// The file of segment `index`.
    pub fn segment(&self, index: u64) -> PathBuf {
        // Segments with B-frames keep their times in MP4 only; all others could be anything.
        let digits = digits(self.recipe.segments());
        self.segments().join(format!("{index:0digits$}.segment"))
    }

    /// The image of frame `index`.
    pub fn image(&self, index: u64, format: ImageFormat) -> PathBuf {
        let digits = digits(self.recipe.frames);
        self.frames().join(format!("{index:0digits$}.{format}"))
    }

    /// True if segment `index` is there, whole. A damaged one is told of, and is not.
    pub fn has_segment(&self, index: u64, damaged: &mut dyn FnMut(&Path, String)) -> bool {
        let path = self.segment(index);
        let frames = self.recipe.segment(index);
        if !path.exists() {
            return false;
        }
        match media::segment_frames(&path) {
            Ok(n) if n == frames.end - frames.start => true,
            Ok(n) => {
                damaged(&path, format!("{n} frames where {} belong", frames.end - frames.start));
                false
            }
            Err(e) => {
                damaged(&path, e.to_string());
                false
            }
        }
    }

    /// The published result, if it still is as it was published.
    pub fn output(&self) -> Option<Output> {
        Output::read(&self.folder.join(OUTPUT))
    }

    /// Records the result that is about to be published.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn record_output(&self, output: &Output) -> Result<()> {
        output.write(&self.folder.join(OUTPUT))
    }

    /// Removes the segments and their folder, unless something else lies in it.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn remove_segments(&self) -> Result<()> {
        remove_numbered(&self.segments(), ["segment"].into_iter())
    }
}

/// Removes the files in `folder` that are named by a number and one of the endings, and the
/// folder if that leaves it empty.
fn remove_numbered<'a>(
    folder: &Path,
    endings: impl Iterator<Item = &'a str> + Clone,
) -> Result<()> {
    files::sweep(folder)?;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("read", folder)(e)),
    };
    for entry in entries {
        let path = entry.map_err(Error::io("read", folder))?.path();
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default();
        let ending = path.extension().and_then(|s| s.to_str()).unwrap_or_default();
        let numbered = stem.len() >= 6 && stem.bytes().all(|b| b.is_ascii_digit());
        if numbered && endings.clone().any(|e| e == ending) {
            files::remove(&path)?;
        }
    }
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
    } else {
        return Ok(());
    };
    let invalid = Invalid::new("name", format!("'{}'", name.escape_debug()), reason);
    Err(invalid.from_origin(&Origin::Flags).into())
}
