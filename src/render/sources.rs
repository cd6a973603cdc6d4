//! The files that frames are made of, watched while frames are made.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::drawing::Drawing;
use crate::error::{Error, Result};

/// What is another whenever a file is written, exchanged, or its path leads elsewhere, also if all is put back as it
/// was: the file itself, and the folders and links on the way to it.
#[derive(Debug, Clone)]
struct Stamp(Vec<Mark>);

/// A file, folder or link.
#[derive(Debug, Clone, Copy)]
struct Mark {
    is_folder: bool,
    /// Device, inode and size.
    content: [u64; 3],
    /// When its content changed, and when its entry did, in nanoseconds.
    times: [i128; 2],
}

impl Mark {
    fn of(found: &fs::Metadata) -> Self {
        let time =
            |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            is_folder: found.is_dir(),
            content: [found.dev(), found.ino(), if found.is_dir() { 0 } else { found.size() }],
            times: [
                time(found.mtime(), found.mtime_nsec()),
                time(found.ctime(), found.ctime_nsec()),
            ],
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        // A folder in which something came or went changes as well. One that was renamed, away and back, has a new time
        // of its entry alone.
        let is_busy = self.is_folder && self.times[0] != other.times[0];
        self.content == other.content && (is_busy || self.times == other.times)
    }
}

impl Stamp {
    /// `None` of a file that cannot be looked at.
    fn of(path: &Path) -> Option<Self> {
        /// As many links as Linux follows.
        const LINKS: usize = 40;
        let (mut marks, mut links) = (Vec::new(), 0);
        let mut at = PathBuf::new();
        // What is left of the way, the next name last.
        let names = |path: &Path| -> Vec<OsString> {
            path.components().rev().map(|name| name.as_os_str().into()).collect()
        };
        let mut left = names(&std::path::absolute(path).ok()?);
        while let Some(name) = left.pop() {
            match name == ".." {
                true => at = at.parent().unwrap_or(Path::new("/")).into(),
                false => at.push(&name),
            }
            let found = at.symlink_metadata().ok()?;
            marks.push(Mark::of(&found));
            if found.is_symlink() {
                links += 1;
                if links > LINKS {
                    return None;
                }
                // An absolute one begins anew.
                left.extend(names(&fs::read_link(&at).ok()?));
                at.pop();
            }
        }
        Some(Self(marks))
    }

    fn is_same(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len() && pairs.all(|(own, other)| own.is_same(other))
    }
}

/// True for the stamps of the same file, or of one that could be looked at neither time.
fn is_same(one: Option<&Stamp>, other: Option<&Stamp>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// The files of a job's frames.
pub(super) struct Sources<'a> {
    drawing: Drawing<'a>,
    /// The files' stamps when they were last found to be those of the recipe.
    known: Mutex<HashMap<PathBuf, Option<Stamp>>>,
}

/// The files, each with its stamp.
fn stamped(files: Vec<PathBuf>) -> Vec<(PathBuf, Option<Stamp>)> {
    let stamp = |path: PathBuf| {
        let stamp = Stamp::of(&path);
        (path, stamp)
    };
    files.into_iter().map(stamp).collect()
}

/// Files from which frames are being made.
pub(super) struct Held(Vec<(PathBuf, Option<Stamp>)>);

impl<'a> Sources<'a> {
    /// The files as they are now, which is before the caller looks whether they are those of the recipe.
    pub fn new(drawing: Drawing<'a>) -> Self {
        let known = stamped(drawing.files(0..u64::MAX)).into_iter().collect();
        Self { drawing, known: Mutex::new(known) }
    }

    /// Looks at the files that `frames` are about to be made of.
    ///
    /// # Errors
    /// One was changed, and is not that of the recipe.
    pub fn hold(&self, frames: Range<u64>) -> Result<Held> {
        let frames = self.drawing.heard(frames);
        let now = stamped(self.drawing.files(frames.clone()));
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = now.iter().all(|(path, stamp)| {
            known().get(path).is_some_and(|known| is_same(known.as_ref(), stamp.as_ref()))
        });
        if !is_known {
            // Of the very files that are known from here on.
            self.drawing.ready_for(frames).map_err(Error::NotReady)?;
            known().extend(now.iter().cloned());
        }
        Ok(Held(now))
    }
}

impl Held {
    /// Looks whether the files are still what they were, after frames from `index` on were made of them.
    ///
    /// # Errors
    /// One was written or exchanged: the frames may show either.
    pub fn check(&self, index: u64) -> Result<()> {
        let is_other = |(path, stamp): &&(PathBuf, Option<Stamp>)| {
            !is_same(Stamp::of(path).as_ref(), stamp.as_ref())
        };
        match self.0.iter().find(is_other) {
            Some((path, _)) => {
                let reason = format!("{} was changed while frames were made of it", path.display());
                Err(Error::Frame { index, reason })
            }
            None => Ok(()),
        }
    }
}
