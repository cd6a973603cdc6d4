//! A lock that dies with its owner.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::error::{Error, Result};

/// Holds the operating system's lock on a file; the content tells others who holds it.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Somebody who only looks whether the lock is held takes it for an instant, so one refusal is
/// not yet an answer.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(5);

impl Lock {
    /// Takes the lock at `path`.
    ///
    /// # Errors
    /// Another process holds it: who, and since when. Or the file cannot be written.
    pub(super) fn take(path: &Path, job: &str) -> Result<Self> {
        for _ in 0..TRIES {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(Error::io("create", path))?;
            match file.try_lock() {
                // Its last owner may have removed the job, and with it the file that is locked now.
                Ok(()) if is_at(&file, path) => {
                    sign(&mut file).map_err(Error::io("write", path))?;
                    return Ok(Self { _file: file });
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(e)) => return Err(Error::io("lock", path)(e)),
            }
        }
        // Whoever holds it may not have signed yet; the message does without.
        let owner = fs::read_to_string(path).unwrap_or_default();
        let owner = owner.trim();
        Err(Error::Conflict(format!(
            "job {job} is being rendered by another genmedia{}; wait for it, or stop it with \
             genmedia cancel {job}",
            if owner.is_empty() { String::new() } else { format!(" ({owner})") }
        )))
    }

    /// Who holds the lock at `path`, as far as they said: `pid 1 on host, since 2026-01-01T00:00:00Z`.
    pub(super) fn owner(path: &Path) -> Option<String> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                Some(owner.trim().into())
            }
            _ => None,
        }
    }
}

fn sign(file: &mut File) -> std::io::Result<()> {
    let since = humantime::format_rfc3339_seconds(SystemTime::now());
    let host = sysinfo::System::host_name().unwrap_or_else(|| "unknown".into());
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("pid {} on {host}, since {since}\n", std::process::id()).as_bytes())
}

/// True if `file` is the one that has the name `path`.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let inode = |m: fs::Metadata| (m.dev(), m.ino());
        match (file.metadata().map(inode), fs::metadata(path).map(inode)) {
            (Ok(locked), Ok(named)) => locked == named,
            _ => false,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        true // An open file cannot be removed there.
    }
}
