//! Where the result goes, and whether it may.

use std::fs;
use std::path::{Path, PathBuf};

use crate::checksum::Checksum;
use crate::crash::crash_point;
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
        files::check_output(path)?;
        if target.absolute.to_str().is_none() {
            return Err(Error::Conflict(format!(
                "--output {}: a path that is not UTF-8 cannot be recorded; choose another",
                path.display()
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
        let absolute = absolute(&path)?;
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

    /// True if the job's result is published: here, or elsewhere and now copied here.
    ///
    /// # Errors
    /// A file stands here that is not the job's, and `force` is not given.
    pub(super) fn find(&self, job: &Job, force: bool) -> Result<bool> {
        let there = match job.published().filter(|_| !force) {
            Some(output) => Some(absolute(&output.file(job.folder().path()))?),
            None => None,
        };
        match there {
            Some(file) if file == self.absolute => Ok(true),
            _ if self.absolute.symlink_metadata().is_ok() && !force && !self.is_in(job)? => {
                Err(self.taken())
            }
            Some(file) => {
                let aside = self.aside();
                fs::copy(&file, &aside).map_err(Error::io("copy to", &aside))?;
                files::publish(&self.absolute)?;
                files::sync_folder(self.folder())?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// A result in the job's own folder is genmedia's, recorded or not.
    fn is_in(&self, job: &Job) -> Result<bool> {
        Ok(absolute(job.folder().path())? == self.folder())
    }

    /// The record of this place, before anything is there.
    pub(super) fn record(&self, job: &Job) -> Result<Output> {
        let path = match self.absolute.file_name() {
            Some(name) if self.is_in(job)? => name,
            _ => self.absolute.as_os_str(),
        };
        let path = path.to_string_lossy().into_owned();
        Ok(Output { path, bytes: None, checksum: None })
    }

    /// Publishes what was written aside, and returns its record.
    pub(super) fn publish(&self, job: &Job, checksum: Option<Checksum>) -> Result<Output> {
        let aside = self.aside();
        let bytes = fs::metadata(&aside).map_err(Error::io("read", &aside))?.len();
        let output = Output {
            bytes: Some(bytes),
            checksum: checksum.map(|c| c.to_string()),
            ..self.record(job)?
        };
        // Recorded first: were the process killed in between, the file would otherwise stand
        // there as somebody else's.
        job.record_output(&output)?;
        crash_point!("output-recorded");
        files::publish(&self.absolute)?;
        files::sync_folder(self.folder())?;
        crash_point!("published");
        Ok(output)
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io("find", path))
}
