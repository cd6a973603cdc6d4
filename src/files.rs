//! Writing files so that a name never stands for half of its content: aside, synced, renamed, and
//! the folder synced.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::crash::crash_point;
use crate::error::{Error, Result};

/// Ends the names of files that are being written; only ours end so.
const ASIDE: &str = ".genmedia-part";

/// Where `path` is written before it is published: beside it, hidden.
pub fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(ASIDE);
    path.with_file_name(name)
}

/// Looks whether `output`, which the user named by that flag, can be a file's name.
///
/// # Errors
/// It is a folder, or its folder is not there.
pub fn check_output(output: &Path) -> Result<()> {
    let refuse =
        |reason: String| Err(Error::Conflict(format!("--output {}: {reason}", output.display())));
    if output.is_dir() {
        return refuse("this is a folder; name a file in it".into());
    }
    match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            refuse(format!("there is no folder {}; create it first", folder.display()))
        }
        _ => Ok(()),
    }
}

/// As [`check_output`], for a file that is replaced only with `force`.
///
/// # Errors
/// Also if something has that name.
pub fn check_free(output: &Path, force: bool) -> Result<()> {
    check_output(output)?;
    match output.symlink_metadata().is_ok() && !force {
        true => Err(Error::Conflict(format!(
            "{}: it exists; choose another --output, or --force to replace it",
            output.display()
        ))),
        false => Ok(()),
    }
}

/// Makes what was written aside durable, gives it its name, and replaces what had that name.
/// The folder is yet to be synced.
///
/// # Errors
/// The file cannot be synced or renamed.
pub fn publish(path: &Path) -> Result<()> {
    let aside = aside(path);
    let file = File::open(&aside).map_err(Error::io("open", &aside))?;
    crash_point!("written");
    file.sync_all().map_err(Error::io("sync", &aside))?;
    crash_point!("synced");
    fs::rename(&aside, path).map_err(Error::io("rename to", path))?;
    crash_point!("renamed");
    Ok(())
}

/// Lets the system forget what it holds of a file in memory: it is on the disk, and will not be read
/// again soon. Removing the file later is then a matter of its name only.
pub fn forget(path: &Path) {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    if let Ok(file) = File::open(path) {
        // No more than a hint, so there is nothing to be said if it is not taken.
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let _ = path;
}

/// Makes the names in `folder` durable.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // Windows cannot open a folder as a file, and does not need it.
    if cfg!(unix) {
        let handle = File::open(folder).map_err(Error::io("open", folder))?;
        handle.sync_all().map_err(Error::io("sync", folder))?;
    }
    Ok(())
}

/// Writes a small file in one step: afterwards it has the old content or the new, whole.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    let aside = aside(path);
    let mut file = File::create(&aside).map_err(Error::io("create", &aside))?;
    file.write_all(content).map_err(Error::io("write", &aside))?;
    publish(path)?;
    sync_folder(path.parent().unwrap_or(Path::new("")))
}

/// Removes what a crash left aside in `folder`. A folder that is not there is swept.
///
/// # Errors
/// The folder cannot be read, or a file not removed.
pub fn sweep(folder: &Path) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("read", folder)(e)),
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("read", folder))?;
        let name = entry.file_name();
        if is_aside(&name) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

/// True for the names of files that are being written.
pub fn is_aside(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().ends_with(ASIDE.as_bytes())
}
