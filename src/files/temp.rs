//! Files that are being written, beside the place where they will be published.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::lock::{is_lock, is_signed, lock_of};
use super::{FileId, look, open_regular, remove, shortened};
use crate::crash::crash_point;
use crate::error::{Error, Result};

/// Ends the names of temporary files; what stands before it is drawn anew for each.
const ENDING: &str = ".genmedia-part";
/// Characters of the part that is drawn.
const TOKEN: usize = 16;

/// What publishing may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Whatever has the name.
    Anything,
    /// Nothing: the name must be free.
    Nothing,
    /// This file only, which was looked at before.
    Only(FileId),
}

/// A file that is being written. It is created anew, never through a link, under a name that no other
/// process uses, and removed when it is dropped unpublished.
#[derive(Debug)]
pub struct TempFile {
    target: PathBuf,
    /// Declared before what removes it: closed first.
    file: Option<File>,
    /// As it was given, for messages.
    path: PathBuf,
    removed: TempPath,
    id: FileId,
}

impl TempFile {
    /// A name for a temporary file of `target`: `.NAME.TOKEN.genmedia-part`, beside it.
    ///
    /// # Errors
    /// The system gives no random number.
    pub fn name(target: &Path) -> Result<PathBuf> {
        let token = getrandom::u64()
            .map_err(|e| Error::io("draw a name for", target)(io::Error::other(e.to_string())))?;
        let mut name = OsString::from(".");
        name.push(shortened(target.file_name().unwrap_or_default()));
        name.push(format!(".{token:0TOKEN$x}{ENDING}"));
        Ok(target.with_file_name(name))
    }

    /// Creates a temporary file of `target`.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create(target: &Path) -> Result<Self> {
        Self::create_as(Self::name(target)?, target)
    }

    /// As [`TempFile::create`], under a name from [`TempFile::name`] that is on record already.
    ///
    /// # Errors
    /// As [`TempFile::create`].
    pub fn create_as(path: PathBuf, target: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(Error::io("create", &path))?;
        let metadata = file.metadata().map_err(Error::io("look at", &path))?;
        let removed = TempPath::try_from_path(&path).map_err(Error::io("find", &path))?;
        let id = FileId::of(&metadata);
        Ok(Self { target: target.into(), file: Some(file), path, removed, id })
    }

    /// Locks it, so that whoever finds it knows that it is being written.
    ///
    /// # Errors
    /// It cannot be locked.
    pub fn locked(self) -> Result<Self> {
        self.file().lock().map_err(Error::io("lock", &self.path))?;
        Ok(self)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it will be published.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The open file.
    ///
    /// # Panics
    /// After [`TempFile::close`].
    pub fn file(&self) -> &File {
        self.file.as_ref().expect("a file that is written to is open")
    }

    /// A second handle of the same open file, which shares its position.
    ///
    /// # Errors
    /// No more files may be open.
    pub fn handle(&self) -> Result<File> {
        self.file().try_clone().map_err(Error::io("open", &self.path))
    }

    /// Closes it, for where many wait to be published. It is opened again then, if it still is the same.
    pub fn close(&mut self) {
        self.file = None;
    }

    /// Makes it durable and gives it its name. The folder is yet to be synced.
    ///
    /// # Errors
    /// The file cannot be synced or renamed, another has taken its temporary name, or something stands
    /// at the target that may not be replaced.
    pub fn publish(self, over: Over) -> Result<()> {
        let Self { target, file, path, removed, id } = self;
        let replaced = || Error::Occupied {
            path: path.clone(),
            reason: "is no longer what was written".into(),
        };
        let is_it = |metadata: Option<fs::Metadata>| metadata.is_some_and(|m| FileId::of(&m) == id);
        let file = match file {
            Some(file) => file,
            None => open_regular(&path).map_err(Error::io("open", &path))?,
        };
        crash_point!("written");
        file.sync_all().map_err(Error::io("sync", &path))?;
        crash_point!("synced");
        match look(&path)? {
            // With its folder, perhaps.
            None => return Err(Error::io("rename", &path)(ErrorKind::NotFound.into())),
            Some(found) if FileId::of(&found) == id => {}
            Some(_) => return Err(replaced()),
        }
        let taken = || {
            Error::Occupied {
            path: target.clone(),
            reason: "is no longer free: something else was put there meanwhile, and is left as it is; choose \
                     another --output, or --force to replace it"
                .into(),
        }
        };
        let over = match over {
            Over::Only(standing) => match look(&target)? {
                None => Over::Nothing,
                Some(metadata) if FileId::of(&metadata) == standing => Over::Anything,
                Some(_) => return Err(taken()),
            },
            over => over,
        };
        let renamed = match over {
            Over::Nothing => removed.persist_noclobber(&target),
            _ => removed.persist(&target),
        };
        renamed.map_err(|e| match e.error.kind() {
            ErrorKind::AlreadyExists => taken(),
            _ => Error::io("rename to", &target)(e.error),
        })?;
        crash_point!("renamed");
        match is_it(look(&target)?) {
            true => Ok(()),
            false => Err(Error::Occupied {
                path: target,
                reason: "is not what was written: something replaced it at once".into(),
            }),
        }
    }
}

impl Write for &TempFile {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.file().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file().flush()
    }
}

/// Removes the temporary files of `target` that killed processes left. Those who write `target` must lock theirs
/// (see [`TempFile::locked`]).
///
/// # Errors
/// One is there and cannot be removed.
pub fn remove_abandoned(target: &Path) -> Result<()> {
    let own = target.file_name().unwrap_or_default();
    let own = shortened(own);
    // A folder that cannot be listed may be written to.
    let Ok(names) = fs::read_dir(super::folder_of(target)) else { return Ok(()) };
    let temps = names.flatten().map(|entry| entry.path());
    let is_own = |path: &PathBuf| path.file_name().and_then(target_of).is_some_and(|of| of == own);
    temps.filter(is_own).try_for_each(|path| remove_stale(&path))
}

/// True for the names of temporary files.
fn is_temp(name: &OsStr) -> bool {
    target_of(name).is_some()
}

/// The name of the file that a temporary file of this name will become (its first 200 bytes); `None` for
/// any other name.
pub fn target_of(name: &OsStr) -> Option<OsString> {
    let inner = name.as_bytes().strip_prefix(b".")?.strip_suffix(ENDING.as_bytes())?;
    let (target, token) = inner.split_at_checked(inner.len().checked_sub(TOKEN + 1)?)?;
    let is_token = token[0] == b'.' && token[1..].iter().all(|b| b.is_ascii_hexdigit());
    (is_token && !target.is_empty()).then(|| OsString::from_vec(target.to_vec()))
}

/// Removes what a process that was killed left of the writing of an output: the temporary file `temp`, and
/// the lock beside it.
///
/// # Errors
/// As [`remove_stale`].
pub fn remove_leftovers(temp: &Path) -> Result<()> {
    remove_stale(temp)?;
    match temp.file_name().and_then(target_of) {
        Some(target) => remove_stale(&lock_of(&temp.with_file_name(target))),
        None => Ok(()),
    }
}

/// Removes the temporary file, or the lock beside an output, at `path`, which the process that made it left
/// behind. One that somebody still holds, and anything that is no regular file, of another name, or no lock by
/// what is in it, is left alone.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove_stale(path: &Path) -> Result<()> {
    let Some(name) = path.file_name().filter(|name| is_temp(name) || is_lock(name)) else {
        return Ok(());
    };
    match open_regular(path) {
        // Held until the file is gone.
        Ok(file) => match file.try_lock() {
            Ok(()) if is_lock(name) && !is_signed(&file).unwrap_or(false) => Ok(()),
            Ok(()) => remove(path),
            Err(fs::TryLockError::WouldBlock) => Ok(()),
            Err(fs::TryLockError::Error(e)) => Err(Error::io("lock", path)(e)),
        },
        // A link, a pipe, or nothing.
        Err(_) => Ok(()),
    }
}
