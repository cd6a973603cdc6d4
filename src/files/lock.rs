//! A lock that dies with its owner.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::{FileId, is_gone, open_regular, regular, remove, shortened};
use crate::error::{Error, Result};

/// Holds the operating system's lock on a file; the content tells others who holds it, and for what.
#[derive(Debug)]
pub struct Lock {
    file: File,
    run: String,
    /// The file, if it goes with the lock.
    temporary: Option<PathBuf>,
}

/// Who holds a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    /// As far as they said: `pid 1 on host, since 2026-01-01T00:00:00Z`.
    pub who: String,
    /// What is being done, in a word: `rendered`, `checked`.
    pub doing: String,
    /// Tells this holding of the lock from any other.
    pub run: String,
}

/// Somebody who only looks whether the lock is held takes it for an instant, so one refusal is
/// not yet an answer.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(5);

impl Lock {
    /// Takes the lock at `path`, or tells who holds it. A file that is not there is made; a link, or
    /// anything else that is no regular file, is not touched.
    ///
    /// # Errors
    /// The file cannot be opened, locked or written.
    pub fn take(path: &Path, doing: &str) -> Result<Result<Self, Owner>> {
        for _ in 0..TRIES {
            let mut file = open(path).map_err(Error::io("lock", path))?;
            match file.try_lock() {
                // Its last owner may have removed it, and with it the file that is locked now.
                Ok(()) if is_at(&file, path) => {
                    if !is_signed(&file).map_err(Error::io("read", path))? {
                        let reason = "this is not a lock of genmedia's; move it away";
                        let e = io::Error::new(io::ErrorKind::InvalidInput, reason);
                        return Err(Error::io("lock", path)(e));
                    }
                    let run = sign(&mut file, doing).map_err(Error::io("write", path))?;
                    return Ok(Ok(Self { file, run, temporary: None }));
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(e)) => return Err(Error::io("lock", path)(e)),
            }
        }
        // Whoever holds it may not have signed yet.
        Ok(Err(Self::owner(path)?.unwrap_or_default()))
    }

    /// As [`Lock::take`]; the file is removed with the lock.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take_temporary(path: &Path, doing: &str) -> Result<Result<Self, Owner>> {
        let mut taken = Self::take(path, doing)?;
        if let Ok(lock) = &mut taken {
            lock.temporary = Some(path.into());
        }
        Ok(taken)
    }

    /// What tells this holding of the lock from any other.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Who holds the lock at `path`; `None` if nobody does.
    ///
    /// # Errors
    /// It cannot be found out. That does not mean that nobody does.
    pub fn owner(path: &Path) -> Result<Option<Owner>> {
        let mut file = match open_regular(path) {
            Ok(file) => file,
            Err(e) if is_gone(&e) => return Ok(None),
            Err(e) => return Err(Error::io("look at the lock", path)(e)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                let mut lines = text.lines().map(str::to_string);
                let mut next = || lines.next().unwrap_or_default();
                Ok(Some(Owner { who: next(), doing: next(), run: next() }))
            }
            Err(TryLockError::Error(e)) => Err(Error::io("look at the lock", path)(e)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is held: whoever waits for it sees that its name is gone.
        if let Some(path) = &self.temporary
            && is_at(&self.file, path)
        {
            let _ = remove(path);
        }
    }
}

/// Ends the names of locks beside outputs.
const ENDING: &str = ".genmedia-lock";

/// The lock of whoever writes `output`: `.NAME.genmedia-lock`, beside it.
pub fn lock_of(output: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(shortened(output.file_name().unwrap_or_default()));
    name.push(ENDING);
    output.with_file_name(name)
}

/// True for the names of such locks.
pub(super) fn is_lock(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".") && name.as_bytes().ends_with(ENDING.as_bytes())
}

fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    match options.custom_flags(flags.bits() as i32).open(path) {
        Err(e) if matches!(Errno::from_io_error(&e), Some(Errno::ISDIR | Errno::LOOP)) => Err(
            io::Error::new(io::ErrorKind::InvalidInput, "this is no regular file; move it away"),
        ),
        opened => regular(opened?),
    }
}

fn sign(file: &mut File, doing: &str) -> io::Result<String> {
    let since = humantime::format_rfc3339_seconds(SystemTime::now());
    let host = sysinfo::System::host_name().unwrap_or_else(|| "unknown".into());
    let run = getrandom::u64().map_err(|e| io::Error::other(e.to_string()))?;
    let run = format!("{run:016x}");
    let text = format!("pid {} on {host}, since {since}\n{doing}\n{run}\n", std::process::id());
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    Ok(run)
}

/// True if an open file is a lock by what is in it: who holds it or held it, or nothing, before they signed.
/// After a power cut nothing may be a few zeros.
pub(super) fn is_signed(mut file: &File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.rewind()?;
    file.take(4).read_to_end(&mut start)?;
    Ok(start == b"pid " || start.iter().all(|b| *b == 0))
}

/// True if `file` is the one that has the name `path`.
fn is_at(file: &File, path: &Path) -> bool {
    let id = |m: fs::Metadata| FileId::of(&m);
    match (file.metadata().map(id), path.symlink_metadata().map(id)) {
        (Ok(locked), Ok(named)) => locked == named,
        _ => false,
    }
}
