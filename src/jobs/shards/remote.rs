//! A store as the place where workers meet.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::depot::Depot;
use crate::error::{Error, Result};
use crate::files::{self, TempFile};
use crate::remote::Remote;

/// The part of a store that is a job's.
#[derive(Debug)]
pub(super) struct InStore {
    /// What stands for the job's folder.
    remote: Remote,
    /// The job's folder here, in which files are made.
    folder: PathBuf,
}

impl InStore {
    /// The objects in `remote` that stand for the files in `folder`.
    pub fn new(remote: Remote, folder: &Path) -> Self {
        Self { remote, folder: folder.into() }
    }

    fn name(&self, path: &Path) -> Result<String> {
        let own = path.strip_prefix(&self.folder).ok().and_then(Path::to_str);
        own.map(str::to_string)
            .ok_or_else(|| Error::Fault(format!("{} is not in the job's folder", path.display())))
    }
}

impl Depot for InStore {
    fn names(&self, folder: &Path) -> Result<Vec<OsString>> {
        let objects = self.remote.list(&self.name(folder)?)?;
        Ok(objects.into_iter().map(|(name, _)| name.into()).collect())
    }

    fn is_elsewhere(&self) -> bool {
        true
    }

    fn find(&self, path: &Path) -> Result<Option<(u64, SystemTime)>> {
        let found = self.remote.find(&self.name(path)?)?;
        Ok(found.map(|found| (found.bytes, found.modified)))
    }

    /// Nothing of a store lies elsewhere.
    fn find_result(&self, path: &Path) -> Result<Option<u64>> {
        let job = self.folder.file_name().unwrap_or_default();
        match path.parent() == Some(&*self.folder) && path.file_stem() == Some(job) {
            true => Ok(self.find(path)?.map(|(bytes, _)| bytes)),
            false => Ok(None),
        }
    }

    fn read(&self, path: &Path) -> Result<Option<(String, SystemTime)>> {
        let read = self.remote.read(&self.name(path)?)?;
        Ok(read
            .map(|(bytes, found)| (String::from_utf8_lossy(&bytes).into_owned(), found.modified)))
    }

    fn create(&self, path: &Path, text: &str) -> Result<bool> {
        self.remote.create(&self.name(path)?, text.as_bytes())
    }

    fn take(&self, path: &Path, text: &str) -> Result<bool> {
        self.create(path, text)
    }

    fn write(&self, path: &Path, text: &str) -> Result<()> {
        self.remote.write(&self.name(path)?, text.as_bytes())
    }

    fn write_over(&self, path: &Path, text: &str) -> Result<()> {
        self.write(path, text)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.remote.remove([self.name(path)?])
    }

    /// Each costs two requests.
    fn beat(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn read_bytes(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        Ok(self.remote.read(&self.name(path)?)?.map(|(bytes, _)| bytes))
    }

    fn bring(&self, files: Vec<TempFile>) -> Result<()> {
        let mut named = Vec::new();
        for temp in &files {
            let file = files::open_regular(temp.path()).map_err(Error::io("open", temp.path()))?;
            named.push((self.name(temp.target())?, file));
        }
        let last = named.pop();
        self.remote.bring(&named)?;
        self.remote.bring(last.as_slice())
    }
}
