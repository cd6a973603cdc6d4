//! What is removed from a job's folder, and that nothing else is.

use std::ffi::{OsStr, OsString};

use rayon::prelude::*;

use super::names::number;
use super::{FRAMES, Folder, OUTPUT, RECIPE, SEGMENTS};
use crate::error::Result;
use crate::files::{self, RealFolder};
use crate::jobs::checkpoints::{CHECKPOINTS, is_checkpoint};
use crate::jobs::shards;
use crate::media::{Container, Seal};
use crate::recipe::Shape;

impl Folder {
    /// Removes the temporary files that a crash left in the folder of a job that is held: of names that
    /// the job writes, and no others.
    pub(in crate::jobs) fn sweep(&self, shape: &Shape) -> Result<()> {
        self.sweep_own()?;
        // Those of workers that live are theirs.
        match shards::are_at_work(self)? {
            true => Ok(()),
            false => self.sweep_segments(shape),
        }
    }

    fn sweep_own(&self) -> Result<()> {
        let Some(job) = self.enter()? else { return Ok(()) };
        let films = Container::ALL.iter().map(|c| self.film(*c));
        let mut own: Vec<OsString> =
            films.filter_map(|film| Some(film.file_name()?.to_os_string())).collect();
        own.extend([RECIPE.into(), OUTPUT.into()]);
        sweep(&job, |name| own.iter().any(|own| own == name))
    }

    /// Removes the temporary files of segments and images that a crash left.
    fn sweep_segments(&self, shape: &Shape) -> Result<()> {
        let Some(job) = self.enter()? else { return Ok(()) };
        if let Some(segments) = job.child(SEGMENTS)? {
            sweep(&segments, |name| number(name, "segment", shape.segments()).is_some())?;
        }
        if let Some(checkpoints) = job.child(CHECKPOINTS)? {
            sweep(&checkpoints, is_checkpoint)?;
        }
        if let Some(frames) = job.child(FRAMES)? {
            sweep(&frames, |name| Self::image_of(shape, name).is_some())?;
        }
        Ok(())
    }

    /// Removes the segments of a recipe of this shape that are sealed, and their folder, unless something
    /// else lies in it.
    ///
    /// # Errors
    /// A file cannot be removed, or the folder is a link.
    pub fn remove_segments(&self, shape: &Shape) -> Result<()> {
        let of = |name: &OsStr| {
            let index = number(name, "segment", shape.segments())?;
            Seal::read(&self.segments().join(name)).is_ok().then_some(index)
        };
        self.remove_all(SEGMENTS, &of)
    }

    /// Removes all that workers have left in the folder of a job whose result is published, but keeps their logs.
    ///
    /// # Errors
    /// A file cannot be removed, or a folder is a link.
    pub fn remove_traces(&self, shape: &Shape) -> Result<()> {
        if files::look(&self.cluster())?.is_none() {
            return Ok(());
        }
        self.sweep_segments(shape)?;
        shards::tidy(self, false)
    }

    /// Removes the images of a recipe of this shape that genmedia wrote, by what `is_written` knows of the segments
    /// that they belong to, and their folder, unless something else lies in it.
    ///
    /// # Errors
    /// As [`Folder::remove_segments`].
    pub fn remove_images(
        &self,
        shape: &Shape,
        is_written: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<()> {
        let of = |name: &OsStr| {
            let frame = Self::image_of(shape, name)?;
            is_written(frame / u64::from(shape.segment_frames)).then_some(frame)
        };
        self.remove_all(FRAMES, &of)
    }

    /// Removes the files in the folder `name` that are `ours`, and the folder if that leaves it empty.
    fn remove_all(&self, name: &str, ours: &(dyn Fn(&OsStr) -> Option<u64> + Sync)) -> Result<()> {
        let Some(job) = RealFolder::open(&self.path)? else { return Ok(()) };
        let Some(folder) = job.child(name)? else { return Ok(()) };
        // File systems take their time to free a large file, and can free several at once.
        folder
            .names()?
            .par_iter()
            .filter(|name| ours(name).is_some())
            .try_for_each(|name| folder.remove(name))?;
        job.remove_folder(name)
    }
}

/// Removes the temporary files in `folder` that were to become a file whose name `is_ours`.
fn sweep(folder: &RealFolder, is_ours: impl Fn(&OsStr) -> bool) -> Result<()> {
    let is_ours = |name: &OsString| files::target_of(name).is_some_and(|target| is_ours(&target));
    folder.names()?.iter().filter(|name| is_ours(name)).try_for_each(|name| folder.remove(name))
}
