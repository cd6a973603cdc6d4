//! Folders that are held open. Files are deleted through the open folder, so no symbolic link can lead the deletion
//! to another place.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};

/// An open folder that is not a symbolic link. It stays the same folder even if another takes its path.
#[derive(Debug)]
pub struct RealFolder {
    path: PathBuf,
    handle: OwnedFd,
}

impl RealFolder {
    /// Opens the folder `path`, whose last part must not be a symbolic link; `None` if it is not there.
    ///
    /// # Errors
    /// It is a symbolic link, or not a folder, or cannot be opened.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        Self::open_at(CWD, path.as_os_str(), path)
    }

    /// Opens the folder `name` in this one.
    ///
    /// # Errors
    /// As [`RealFolder::open`].
    pub fn child(&self, name: &str) -> Result<Option<Self>> {
        Self::open_at(&self.handle, name.as_ref(), &self.path.join(name))
    }

    fn open_at(at: impl std::os::fd::AsFd, name: &OsStr, path: &Path) -> Result<Option<Self>> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(at, name, flags, Mode::empty()) {
            Ok(handle) => Ok(Some(Self { path: path.into(), handle })),
            Err(Errno::NOENT) => Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => Err(Error::Occupied {
                path: path.into(),
                reason: "is a link, or not a folder, so genmedia writes and deletes nothing there; put a folder \
                         in its place, or choose another --name or --dir"
                    .into(),
            }),
            Err(e) => Err(Error::io("open", path)(e.into())),
        }
    }

    /// The path that it was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn names(&self) -> Result<Vec<OsString>> {
        self.names_of(|_| true)
    }

    fn names_of(&self, is_wanted: impl Fn(FileType) -> bool) -> Result<Vec<OsString>> {
        let fail = |e: Errno| Error::io("read", &self.path)(e.into());
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." && is_wanted(entry.file_type()) {
                names.push(OsStr::from_bytes(name).to_os_string());
            }
        }
        Ok(names)
    }

    /// The names of folders in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn folders(&self) -> Result<Vec<OsString>> {
        let mut names =
            self.names_of(|kind| !matches!(kind, FileType::RegularFile | FileType::Symlink))?;
        // Some file systems do not say of what type an entry is.
        let is_folder = |name: &OsString| {
            rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
        };
        names.retain(is_folder);
        Ok(names)
    }

    /// The size of the regular file `name`; `None` for a symbolic link, a folder, or nothing.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn size(&self, name: &OsStr) -> Result<Option<u64>> {
        match rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {
                Ok(Some(stat.st_size as u64))
            }
            Ok(_) | Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(Error::io("look at", self.path.join(name))(e.into())),
        }
    }

    /// Removes `name` if it is a regular file.
    ///
    /// # Errors
    /// It is there and cannot be removed.
    pub fn remove(&self, name: &OsStr) -> Result<()> {
        if self.size(name)?.is_none() {
            return Ok(());
        }
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(e) => Err(Error::io("remove", self.path.join(name))(e.into())),
        }
    }

    /// Removes the folder `name` if it is empty. Does nothing if it is not, or is no folder.
    ///
    /// # Errors
    /// It cannot be removed, for another reason.
    pub fn remove_folder(&self, name: &str) -> Result<()> {
        match rustix::fs::unlinkat(&self.handle, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR) => Ok(()),
            Err(e) => Err(Error::io("remove", self.path.join(name))(e.into())),
        }
    }
}
