//! Removing a job, and nothing that is not its.

use std::path::{Path, PathBuf};

use super::folder::remove_if_empty;
use super::lock::Lock;
use super::{Catalog, Output};
use crate::error::Result;
use crate::{files, media};

/// What a removal left, and why: it is not genmedia's, or stands where the user put it.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// Files and folders that are still there.
    pub kept: Vec<PathBuf>,
}

impl Catalog {
    /// Removes a job: its segments, images, result and record. Files that genmedia did not make,
    /// and a result that was asked for elsewhere, stay.
    ///
    /// # Errors
    /// There is no such job, somebody works on it, or a file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<Removed> {
        let folder = self.job(name)?.folder;
        let _lock = Lock::take(&folder.lock(), name)?;
        // Looked up again: the record may have changed until the lock was ours.
        let record = self.job(name)?.record;
        let mut kept = Vec::new();
        folder.remove_segments()?;
        folder.remove_images()?;
        let output = Output::read(&folder.output());
        if let Some(output) = output.filter(|output| output.is_there(folder.path())) {
            let film = output.file(folder.path());
            if film.parent() != Some(folder.path()) {
                kept.push(film);
            } else if is_ours(&output, &film) {
                files::remove(&film)?;
            }
        }
        folder.sweep()?;
        files::remove(&folder.output())?;
        self.store().remove(record.id)?;
        files::remove(&folder.recipe())?;
        files::remove(&folder.lock())?;
        remove_if_empty(folder.path())?;
        if folder.path().exists() {
            kept.push(folder.path().into());
        }
        Ok(Removed { kept })
    }
}

/// True if the film is still the one that was published.
fn is_ours(output: &Output, film: &Path) -> bool {
    match &output.checksum {
        Some(recorded) => {
            media::read(film).is_ok_and(|content| content.checksum.to_string() == *recorded)
        }
        None => true,
    }
}
