//! The files that frames are made of, watched while frames are made.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::drawing::Drawing;
use crate::error::{Error, Result};
use crate::files::Stamp;

/// The files of a job's frames.
pub(super) struct Sources<'a> {
    drawing: &'a Drawing<'a>,
    /// The files' stamps when they were last found to be those of the recipe.
    known: Mutex<HashMap<PathBuf, Stamp>>,
}

/// The files, each with its stamp.
fn stamped(files: Vec<PathBuf>) -> Vec<(PathBuf, Stamp)> {
    let stamp = |path: PathBuf| {
        let stamp = Stamp::of(&path);
        (path, stamp)
    };
    files.into_iter().map(stamp).collect()
}

/// Files from which frames are being made.
pub(super) struct Held(Vec<(PathBuf, Stamp)>);

impl<'a> Sources<'a> {
    /// The files as they are now, which is before the caller looks whether they are those of the recipe.
    pub fn new(drawing: &'a Drawing<'a>) -> Self {
        let known = stamped(drawing.files(0..u64::MAX)).into_iter().collect();
        Self { drawing, known: Mutex::new(known) }
    }

    /// Looks at the files that `frames` are about to be made of.
    ///
    /// # Errors
    /// One was changed, and is not that of the recipe.
    pub fn hold(&self, frames: Range<u64>) -> Result<Held> {
        let frames = self.drawing.around(frames);
        let now = stamped(self.drawing.files(frames.clone()));
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = now
            .iter()
            .all(|(path, stamp)| known().get(path).is_some_and(|known| known.is_same(stamp)));
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
        let is_other = |(path, stamp): &&(PathBuf, Stamp)| !Stamp::of(path).is_same(stamp);
        match self.0.iter().find(is_other) {
            Some((path, _)) => {
                let reason = format!("{} was changed while frames were made of it", path.display());
                Err(Error::Frame { index, reason })
            }
            None => Ok(()),
        }
    }
}
