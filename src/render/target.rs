//! Where the result goes, and whether it may.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;
use crate::jobs::{Job, Output};

/// The result's place.
pub(super) struct Target {
    /// As the user wrote it, for messages and for the result that is printed.
    path: PathBuf,
    absolute: PathBuf,
}

impl Target {
    /// A place that the user gave: checked before any work.
    pub(super) fn given(path: &Path) -> Result<Self> {
        let target = Self::within(path.into())?;
        if path.is_dir() {
            return Err(Error::Conflict(format!(
                "--output {}: this is a folder; name a file in it",
                path.display()
            )));
        }
        let folder = target.folder();
        if !folder.is_dir() {
            return Err(Error::Conflict(format!(
                "--output {}: there is no folder {}; create it first",
                path.display(),
                folder.display()
            )));
        }
        // The surest way to know that a file can be written there is to write it.
        let aside = files::aside(&target.absolute);
        fs::File::create(&aside).map_err(Error::io("write", path))?;
        files::remove(&aside)?;
        Ok(target)
    }

    /// Refuses a file that cannot be the job's, since the job does not exist yet; so that a
    /// mistake in the name leaves no new folder behind.
    pub(super) fn check_free(&self, job: &Path) -> Result<()> {
        match self.absolute.symlink_metadata().is_ok() && !job.exists() {
            true => Err(self.taken()),
            false => Ok(()),
        }
    }

    fn taken(&self) -> Error {
        Error::Conflict(format!(
            "{} exists and is not this job's; choose another --output, or --force to replace it",
            self.path.display()
        ))
    }

    /// A place in the job's own folder.
    pub(super) fn within(path: PathBuf) -> Result<Self> {
        let absolute = std::path::absolute(&path).map_err(Error::io("find", &path))?;
        Ok(Self { path, absolute })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn folder(&self) -> &Path {
        self.absolute.parent().unwrap_or(Path::new("/"))
    }

    /// The file in which the film is written.
    pub(super) fn aside(&self) -> PathBuf {
        files::aside(&self.absolute)
    }

    /// The job's result, if it is published: here, or elsewhere and now copied here.
    ///
    /// # Errors
    /// A file stands here that is not the job's, and `force` is not given.
    pub(super) fn find(&self, job: &Job, force: bool) -> Result<Option<Output>> {
        let there = job.output().filter(|_| !force);
        let here = |output: Output| Output { path: self.path.clone(), ..output };
        match there {
            Some(output) if output.path == self.absolute => Ok(Some(here(output))),
            _ if self.absolute.symlink_metadata().is_ok() && !force && !self.is_jobs_own(job) => {
                Err(self.taken())
            }
            Some(output) => {
                let aside = self.aside();
                fs::copy(&output.path, &aside).map_err(Error::io("copy to", &aside))?;
                files::publish(&self.absolute)?;
                files::sync_folder(self.folder())?;
                Ok(Some(here(output)))
            }
            None => Ok(None),
        }
    }

    /// A result in the job's own folder is genmedia's, recorded or not.
    fn is_jobs_own(&self, job: &Job) -> bool {
        let own = std::path::absolute(job.segments());
        own.is_ok_and(|own| own.parent() == self.absolute.parent())
    }

    /// Publishes what was written aside, and returns its size.
    pub(super) fn publish(&self, job: &Job) -> Result<u64> {
        let aside = self.aside();
        let bytes = fs::metadata(&aside).map_err(Error::io("read", &aside))?.len();
        // Recorded first: were the process killed in between, the file would otherwise stand
        // there as somebody else's.
        job.record_output(&Output { path: self.absolute.clone(), bytes })?;
        files::publish(&self.absolute)?;
        files::sync_folder(self.folder())?;
        Ok(bytes)
    }
}
