//! A job's result: where it goes, where it is, and what else was written of it.

use std::path::Path;

use super::store::{Change, Elsewhere};
use super::{Job, Output};
use crate::error::Result;
use crate::media;

impl Job<'_> {
    /// Where the result goes or is, as far as it is recorded.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn output(&self) -> Result<Option<Output>> {
        Output::read(&self.site.folder.output())
    }

    /// The published result, if it is of this recipe, and still where and as it was published.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn published(&self) -> Result<Option<Output>> {
        let is_of_this = |output: &Output| match &output.identity {
            Some(identity) => *identity == self.identity,
            None => self.is_recorded,
        };
        let is_one = |output: &Output| is_of_this(output) && output.damaged.is_none();
        let Some(output) = self.output()?.filter(is_one) else { return Ok(None) };
        Ok(output.fault(self.site.folder.path())?.is_none().then_some(output))
    }

    /// True if `file`, an absolute path outside the job's folder, was written by genmedia for this
    /// recipe, and is as it was. The whole file is read.
    ///
    /// # Errors
    /// The database or the file cannot be read.
    pub fn has_written(&self, file: &str) -> Result<Option<Output>> {
        let Some(written) = self.patiently(|| self.store.elsewhere(file))? else { return Ok(None) };
        let output = Output {
            bytes: Some(written.bytes),
            checksum: Some(written.checksum),
            identity: Some(written.identity),
            ..self.output_at(file.into())
        };
        let is_whole = output.identity.as_deref() == Some(&*self.identity)
            && output.fault(self.site.folder.path())?.is_none()
            && written.checksum.is_at(Path::new(file)).unwrap_or(false);
        Ok(is_whole.then_some(output))
    }

    /// A film that this job wrote outside its folder, and that is as it was. Those that may be are read
    /// whole.
    ///
    /// # Errors
    /// The database or a file cannot be read.
    pub fn copy_elsewhere(&self) -> Result<Option<Output>> {
        for (file, _) in self.patiently(|| self.store.all_elsewhere(self.name(), &self.identity))? {
            if let Some(output) = self.has_written(&file)? {
                return Ok(Some(output));
            }
        }
        Ok(None)
    }

    /// True if genmedia wrote `file`, an absolute path outside the job's folder, for this recipe, whatever
    /// became of it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn wrote(&self, file: &str) -> Result<bool> {
        let written = self.patiently(|| self.store.elsewhere(file))?;
        Ok(written.is_some_and(|written| written.identity == self.identity))
    }

    /// The record of a result of this job at `path`, before anything is there.
    pub fn output_at(&self, path: String) -> Output {
        Output {
            path,
            bytes: None,
            checksum: None,
            identity: Some(self.identity.clone()),
            versions: Some(media::version()),
            loudness: None,
            damaged: None,
            temp: None,
        }
    }

    /// Records where the result goes, or the result that is about to be published there.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn record_output(&self, output: &Output) -> Result<()> {
        output.write(&self.site.folder.output())?;
        self.change(std::iter::once(Change::Output(Some(output.clone()))).chain(elsewhere(output)))
    }

    /// Records a copy of the result that is about to be published elsewhere.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn record_copy(&self, output: &Output) -> Result<()> {
        self.change_at_last(elsewhere(output))
    }

    /// Records that the published result is damaged, and why, or that it is not.
    ///
    /// # Errors
    /// The record cannot be written.
    pub(super) fn mark(&self, damaged: Option<String>) -> Result<()> {
        match self.output()? {
            Some(output) if output.damaged != damaged => {
                self.record_output(&Output { damaged, ..output })
            }
            _ => Ok(()),
        }
    }
}

/// The film of an output outside the job's folder, for the list of all of them.
pub(super) fn elsewhere(output: &Output) -> Option<Change> {
    let Output {
        path,
        bytes: Some(bytes),
        checksum: Some(checksum),
        identity: Some(identity),
        damaged: None,
        ..
    } = output
    else {
        return None;
    };
    let written = Elsewhere { identity: identity.clone(), bytes: *bytes, checksum: *checksum };
    Path::new(path).is_absolute().then(|| Change::Elsewhere(path.clone(), written))
}
