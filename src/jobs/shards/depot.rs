//! Where workers bring what they render, and tell each other what they do: a folder that all see, or a store.

use std::ffi::OsString;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;

use crate::crash::crash_point;
use crate::error::{Error, Result};
use crate::files::{self, Over, RealFolder, TempFile};

/// Files by their paths in the job's folder, wherever they are.
pub(super) trait Depot: fmt::Debug + Send + Sync {
    /// The names in a folder; none if it is not there.
    fn names(&self, folder: &Path) -> Result<Vec<OsString>>;

    /// The size of a file in bytes, and when it was written, by a clock that is the same for all; `None` if it is not
    /// there.
    fn find(&self, path: &Path) -> Result<Option<(u64, SystemTime)>>;

    /// The size of a result in bytes, which may lie elsewhere and behind a link; `None` if no file is there.
    fn find_result(&self, path: &Path) -> Result<Option<u64>>;

    /// The text of a file, and when it was written; `None` if it is not there.
    fn read(&self, path: &Path) -> Result<Option<(String, SystemTime)>>;

    /// Makes a file that is not there yet, whole at once; false if it is.
    fn create(&self, path: &Path, text: &str) -> Result<bool>;

    /// As [`Depot::create`], but for a moment it may be empty, and it need not outlive a crash.
    fn take(&self, path: &Path, text: &str) -> Result<bool>;

    /// Writes a file, in the place of what is there.
    fn write(&self, path: &Path, text: &str) -> Result<()>;

    /// Writes over a file that is there and of the same size; it need not outlive a crash.
    fn write_over(&self, path: &Path, text: &str) -> Result<()>;

    /// Removes a file, if it is there.
    fn remove(&self, path: &Path) -> Result<()>;

    /// Between two signs of life.
    fn beat(&self) -> Duration;

    /// True if that is not the job's folder.
    fn is_elsewhere(&self) -> bool {
        false
    }

    /// What is in a file; `None` if it is not there.
    fn read_bytes(&self, path: &Path) -> Result<Option<Vec<u8>>>;

    /// Gives files their names, the last one when all others have theirs.
    fn bring(&self, files: Vec<TempFile>) -> Result<()>;
}

/// A folder that all see.
#[derive(Debug)]
pub(super) struct Shared;

impl Depot for Shared {
    fn names(&self, folder: &Path) -> Result<Vec<OsString>> {
        match RealFolder::open(folder)? {
            Some(folder) => folder.names(),
            None => Ok(Vec::new()),
        }
    }

    fn find(&self, path: &Path) -> Result<Option<(u64, SystemTime)>> {
        let Some(found) = files::look(path)? else { return Ok(None) };
        let modified = found.modified().map_err(Error::io("look at", path))?;
        Ok(Some((found.len(), modified)))
    }

    fn find_result(&self, path: &Path) -> Result<Option<u64>> {
        let found = files::look_through(path)?.filter(|found| found.is_file());
        Ok(found.map(|found| found.len()))
    }

    fn read(&self, path: &Path) -> Result<Option<(String, SystemTime)>> {
        let read = files::open_regular(path).and_then(|mut file| {
            let modified = file.metadata()?.modified()?;
            let mut text = Vec::new();
            file.read_to_end(&mut text)?;
            Ok((String::from_utf8_lossy(&text).into_owned(), modified))
        });
        match read {
            Ok(read) => Ok(Some(read)),
            Err(e) if files::is_gone(&e) => Ok(None),
            Err(e) => Err(Error::io("read", path)(e)),
        }
    }

    fn create(&self, path: &Path, text: &str) -> Result<bool> {
        let temp = TempFile::create(path)?;
        (&temp).write_all(text.as_bytes()).map_err(Error::io("write", path))?;
        match temp.publish(Over::Nothing) {
            Ok(()) => files::sync_folder(files::folder_of(path)).map(|()| true),
            Err(Error::Occupied { .. }) => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn take(&self, path: &Path, text: &str) -> Result<bool> {
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(Error::io("write", path))?;
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(Error::io("create", path)(e)),
        }
    }

    fn write(&self, path: &Path, text: &str) -> Result<()> {
        files::write(path, text.as_bytes())
    }

    fn write_over(&self, path: &Path, text: &str) -> Result<()> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = OpenOptions::new().write(true).custom_flags(flags.bits() as i32).open(path);
        file.and_then(|file| file.write_all_at(text.as_bytes(), 0))
            .map_err(Error::io("write", path))
    }

    fn remove(&self, path: &Path) -> Result<()> {
        files::remove(path)
    }

    fn beat(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn read_bytes(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if files::is_gone(&e) => Ok(None),
            Err(e) => Err(Error::io("read", path)(e)),
        }
    }

    fn bring(&self, files: Vec<TempFile>) -> Result<()> {
        let mut folders = Vec::new();
        for file in files {
            let folder = files::folder_of(file.target()).to_path_buf();
            file.publish(Over::Anything)?;
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders.iter().try_for_each(|folder| files::sync_folder(folder))?;
        crash_point!("shared");
        Ok(())
    }
}
