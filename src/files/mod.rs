//! Files: written under a temporary name, synced, renamed, and the folder synced, so that a name never
//! stands for half of its content; locked; and deleted where they are ours, and never through a link.

mod lock;
mod real;
mod stamp;
mod temp;

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

pub use lock::{Lock, Owner, lock_of};
pub use real::RealFolder;
pub use stamp::Stamp;
pub use temp::{Over, TempFile, remove_abandoned, remove_leftovers, remove_stale, target_of};

use crate::error::{Error, Result};

/// Which file it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// That of the file with this metadata.
    pub fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// The metadata of what has the name `path`, a link's own; `None` if nothing has.
///
/// # Errors
/// It cannot be looked at. That says nothing about whether it is there.
pub fn look(path: &Path) -> Result<Option<Metadata>> {
    there(path.symlink_metadata(), path)
}

/// True if `path`, or the folder in which it belongs, is on a file system that cannot be written.
pub fn is_read_only(path: &Path) -> bool {
    let look = |path: &Path| rustix::fs::statvfs(path).ok();
    let found = look(path).or_else(|| look(folder_of(path)));
    found.is_some_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// As [`look`], through links.
///
/// # Errors
/// As [`look`].
pub fn look_through(path: &Path) -> Result<Option<Metadata>> {
    there(path.metadata(), path)
}

fn there(found: io::Result<Metadata>, path: &Path) -> Result<Option<Metadata>> {
    match found {
        Ok(metadata) => Ok(Some(metadata)),
        Err(e) if is_gone(&e) => Ok(None),
        Err(e) => Err(Error::io("look at", path)(e)),
    }
}

/// True if the error says that there is no such file; any other leaves that open.
pub fn is_gone(e: &io::Error) -> bool {
    matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Opens a regular file for reading. Neither a link nor a pipe is followed or waited for.
///
/// # Errors
/// It is not there, or something else.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    regular(file)
}

/// As [`open_regular`], through links.
///
/// # Errors
/// As [`open_regular`].
pub fn open_through(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK.bits() as i32;
    regular(OpenOptions::new().read(true).custom_flags(flags).open(path)?)
}

/// `file`, if it is a regular one.
pub(crate) fn regular(file: File) -> io::Result<File> {
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => {
            Err(io::Error::new(ErrorKind::InvalidInput, "this is no regular file; move it away"))
        }
    }
}

/// The text of a regular file.
///
/// # Errors
/// As [`open_regular`]; it is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open_regular(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Looks whether `output`, which the user named by that flag, can be a file's name.
///
/// # Errors
/// It is a folder, or its folder is not there.
pub fn check_output(output: &Path) -> Result<()> {
    let refuse = |reason: String| Err(Error::Output { path: output.into(), reason });
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

/// As [`check_output`], for a file that is replaced only with `force`. Returns what publishing may
/// replace.
///
/// # Errors
/// Also if something has that name.
pub fn check_free(output: &Path, force: bool) -> Result<Over> {
    check_output(output)?;
    match look(output)? {
        _ if force => Ok(Over::Anything),
        None => Ok(Over::Nothing),
        Some(_) => Err(Error::Occupied {
            path: output.into(),
            reason: "exists; choose another --output, or --force to replace it".into(),
        }),
    }
}

/// Lets the system forget what it holds of a file in memory: it is on the disk, and will not be read
/// again soon. Removing the file later is then a matter of its name only.
pub fn forget(path: &Path) {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    if let Ok(file) = open_regular(path) {
        // No more than a hint, so there is nothing to be said if it is not taken.
        let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let _ = path;
}

/// The first 200 bytes of a name, so that a longer one made from it stays below the system's 255.
fn shortened(name: &OsStr) -> &OsStr {
    const KEPT: usize = 200;
    OsStr::from_bytes(&name.as_bytes()[..name.len().min(KEPT)])
}

/// The folder that holds `path`.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Makes the names in `folder` durable.
///
/// # Errors
/// The folder cannot be opened or synced.
pub fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let handle = File::open(folder).map_err(Error::io("open", folder))?;
    handle.sync_all().map_err(Error::io("sync", folder))
}

/// Writes a small file in one step: afterwards it has the old content or the new, whole.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    let temp = TempFile::create(path)?;
    temp.file().write_all(content).map_err(Error::io("write", temp.path()))?;
    temp.publish(Over::Anything)?;
    sync_folder(folder_of(path))
}

/// Removes a file, or a link itself, if it is there.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}
