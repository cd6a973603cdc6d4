//! Removing a job, and nothing that is not its.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::{Catalog, Folder, Output, shards};
use crate::error::{Error, Result};
use crate::files;
use crate::media::Container;
use crate::recipe::Shape;

/// What a removal left, and why: it is not genmedia's, or stands where the user put it.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// Files and folders that are still there.
    pub kept: Vec<PathBuf>,
}

impl Catalog {
    /// Removes a job: its segments, images, result and record. Files that genmedia did not make,
    /// and a result that was asked for elsewhere, stay; nothing is removed through a link.
    ///
    /// # Errors
    /// There is no such job, somebody works on it, or a file cannot be removed.
    pub fn remove(&self, name: &str) -> Result<Removed> {
        let folder = Folder::new(&self.dir, name)?;
        let record = || self.store()?.job(name);
        // A kill may leave no more than the lock.
        let is_begun = [folder.recipe(), folder.lock()].iter().any(|f| f.exists());
        if record()?.is_none() && !is_begun {
            // Which says so.
            self.job(name)?;
        }
        if files::look(folder.path())?.is_some_and(|metadata| metadata.is_symlink()) {
            let reason = format!(
                "is a link, and genmedia removes nothing through links; remove the link itself: rm {}",
                folder.path().display()
            );
            return Err(Error::Occupied { path: folder.path().into(), reason });
        }
        shards::check_alone(&folder)?;
        let lock = folder.take("removed")?;
        // Looked up again: the record may have changed until the lock was ours.
        let record = record()?;
        let written = match &record {
            Some(record) => self.store()?.written(record.id)?,
            None => HashSet::new(),
        };
        let mut kept = Vec::new();
        if let Some(output) = Output::read(&folder.output())? {
            let film = output.file(folder.path());
            if film.parent() != Some(folder.path()) && output.fault(folder.path())?.is_none() {
                kept.push(film.clone());
            }
            if let Some(temp) = &output.temp {
                files::remove_leftovers(&folder.path().join(temp))?;
            }
            files::remove_stale(&files::lock_of(&film))?;
        }
        let shape = record
            .as_ref()
            .and_then(|record| Shape::of_canonical(&record.recipe))
            .or_else(|| Shape::of_canonical(&files::read_text(&folder.recipe()).ok()?));
        if let Some(shape) = shape {
            folder.sweep(&shape)?;
            clear(&folder, &shape, &written)?;
        }
        if let Some(record) = record {
            self.store()?.remove(record.id)?;
        }
        for file in [folder.output(), folder.signals(), folder.recipe(), folder.lock()] {
            files::remove(&file)?;
        }
        drop(lock);
        // Unless something lies in it. A link would not be followed.
        match fs::remove_dir(folder.path()) {
            Err(e)
                if e.kind() != ErrorKind::NotFound && e.kind() != ErrorKind::DirectoryNotEmpty =>
            {
                return Err(Error::io("remove", folder.path())(e));
            }
            _ => {}
        }
        if files::look(folder.path())?.is_some() {
            kept.push(folder.path().into());
        }
        Ok(Removed { kept })
    }
}

/// Removes what genmedia made in a job's folder: its film, if it is as it was published, segments that are
/// sealed, and images of segments that are `written`, both by the names that a recipe of this shape gives
/// them.
pub(super) fn clear(folder: &Folder, shape: &Shape, written: &HashSet<u64>) -> Result<()> {
    let is_written = |segment: u64| written.contains(&segment);
    folder.remove_segments(shape)?;
    folder.remove_images(shape, &is_written)?;
    folder.remove_checkpoints()?;
    shards::tidy(folder, true)?;
    let Some(output) = Output::read(&folder.output())? else { return Ok(()) };
    // Here, or copied here.
    for container in Container::ALL {
        let film = folder.film(*container);
        let name = film.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if is_as_published(&Output { path: name, ..output.clone() }, folder)? {
            files::remove(&film)?;
        }
    }
    files::remove(&folder.output())
}

/// True if the film is the one that was published.
fn is_as_published(output: &Output, folder: &Folder) -> Result<bool> {
    let film = output.file(folder.path());
    let is_file = files::look(&film)?.is_some_and(|metadata| metadata.is_file());
    if !is_file || output.fault(folder.path())?.is_some() {
        return Ok(false);
    }
    Ok(output.checksum.is_none_or(|checksum| checksum.is_at(&film).unwrap_or(false)))
}
