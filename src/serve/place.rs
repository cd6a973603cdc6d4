//! Opens the file or folder that the path of a URL names, and nothing outside the folder of jobs.
//!
//! A file is opened once, and all that is sent comes from the open file. So nobody gains anything by replacing a file
//! by a link or a pipe during a request.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;

use crate::jobs::DATABASE;
use crate::media::decode_path;

/// What a URL below `/jobs/` means.
#[derive(Debug)]
pub(super) enum Place {
    /// A file inside the folder of jobs.
    File(Box<Opened>),
    /// A folder inside it.
    Folder(OwnedFd),
    /// A link that leads out of it or nowhere: listed, but not followed.
    Outside,
    /// Something that this process may not read.
    Closed,
    /// Nothing, or something that is not shown.
    Nothing,
}

/// A file, open.
#[derive(Debug)]
pub(super) struct Opened {
    pub file: File,
    pub metadata: Metadata,
    /// Its name, which gives its type.
    pub name: OsString,
}

/// The names that a URL's path consists of; `None` if one cannot be the name of anything here.
///
/// Each is decoded by itself, so that no encoded slash or dot gets another meaning later.
pub(super) fn names(path: &str) -> Option<Vec<OsString>> {
    let names = path.split('/').filter(|name| !name.is_empty()).map(|encoded| {
        let name = decode_path(encoded).into_os_string();
        let bytes = name.as_encoded_bytes();
        let is_bad = bytes.iter().any(|b| matches!(b, 0 | b'/'));
        (!is_bad && !is_hidden(&name)).then_some(name)
    });
    names.collect()
}

/// True for names that are not shown: those that begin with a dot (locks, files that are being
/// written, `.` and `..` themselves), and the database's.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.starts_with(b".") || bytes.starts_with(DATABASE.as_bytes())
}

/// The folder of jobs.
pub(super) struct Root(PathBuf);

impl Root {
    pub fn new(path: &Path) -> Self {
        Self(path.into())
    }

    /// Opens `names` below the folder of jobs.
    pub fn find(&self, names: &[OsString]) -> Place {
        match self.open(names) {
            Ok(handle) => opened(handle, names),
            Err(Errno::LOOP) => self.follow(names),
            Err(Errno::ACCESS | Errno::PERM) => Place::Closed,
            Err(e) => {
                if !matches!(e, Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG) {
                    tracing::warn!("{}: {e}", self.path(names).display());
                }
                Place::Nothing
            }
        }
    }

    fn path(&self, names: &[OsString]) -> PathBuf {
        self.0.join(names.iter().collect::<PathBuf>())
    }

    /// Opens `names` below the root; [`Errno::LOOP`] if one of them is a link.
    fn open(&self, names: &[OsString]) -> Result<OwnedFd, Errno> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::openat(CWD, &self.0, flags, Mode::empty())?;
        beneath(root, names)
    }

    /// Resolves the links in `names`, and opens where they lead if that is inside the root and not hidden. It is opened
    /// without following links, as it may have changed meanwhile.
    fn follow(&self, names: &[OsString]) -> Place {
        let (Ok(real), Ok(dir)) = (self.path(names).canonicalize(), self.0.canonicalize()) else {
            return Place::Outside;
        };
        let Ok(below) = real.strip_prefix(&dir) else { return Place::Outside };
        let names: Vec<OsString> = below.iter().map(OsStr::to_os_string).collect();
        if names.iter().any(|name| is_hidden(name)) {
            return Place::Nothing;
        }
        match self.open(&names) {
            Ok(handle) => opened(handle, &names),
            Err(Errno::ACCESS | Errno::PERM) => Place::Closed,
            Err(_) => Place::Nothing,
        }
    }
}

/// What has been opened, if it is a file or a folder.
fn opened(handle: OwnedFd, names: &[OsString]) -> Place {
    let file = File::from(handle);
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Place::Folder(file.into()),
        Ok(metadata) if metadata.is_file() => {
            let name = names.last().cloned().unwrap_or_default();
            Place::File(Box::new(Opened { file, metadata, name }))
        }
        _ => Place::Nothing,
    }
}

/// Opens `names` below `root`, following no link and waiting for no pipe.
fn beneath(root: OwnedFd, names: &[OsString]) -> Result<OwnedFd, Errno> {
    if names.is_empty() {
        return Ok(root);
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::ResolveFlags;
        const TRIES: u32 = 1000;
        let path: PathBuf = names.iter().collect();
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        for _ in 0..TRIES {
            match rustix::fs::openat2(&root, &path, flags, Mode::empty(), resolve) {
                // Something on the way was renamed meanwhile, or somebody holds a lease on the file.
                Err(Errno::AGAIN | Errno::INTR) => continue,
                // The kernel is older than 5.6, or a sandbox forbids the call.
                Err(Errno::NOSYS | Errno::PERM) => break,
                opened => return opened,
            }
        }
    }
    let mut at = root;
    for (n, name) in names.iter().enumerate() {
        let more = if n + 1 < names.len() { OFlags::DIRECTORY } else { OFlags::empty() };
        at = open_plain(at.as_fd(), name, flags | more)?;
    }
    Ok(at)
}

/// Opens `name` in a folder, if it is no link.
fn open_plain(folder: impl AsFd, name: &OsStr, flags: OFlags) -> Result<OwnedFd, Errno> {
    match rustix::fs::openat(&folder, name, flags | OFlags::NOFOLLOW, Mode::empty()) {
        // With DIRECTORY, a link gives NOTDIR instead of LOOP.
        Err(Errno::NOTDIR) => {
            let stat = rustix::fs::statat(&folder, name, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)?;
            let kind = rustix::fs::FileType::from_raw_mode(stat.st_mode);
            Err(if kind == rustix::fs::FileType::Symlink { Errno::LOOP } else { Errno::NOTDIR })
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_leads_out() {
        for bad in [
            "..",
            "%2e%2e",
            "a/../b",
            ".%2e",
            "%2E.",
            ".hidden",
            "a%2fb",
            "a%00b",
            "genmedia.db",
            "genmedia.db-wal",
            "genmedia.db.damaged",
            "..%2f..",
        ] {
            assert_eq!(names(bad), None, "{bad}");
        }
        assert_eq!(names("/a//b%20c/"), Some(vec!["a".into(), "b c".into()]));
        // A backslash is a letter like any other here.
        assert_eq!(names("a%5cb"), Some(vec!["a\\b".into()]));
        assert_eq!(names("/"), Some(vec![]));
    }

    #[test]
    fn links_are_followed_inside_and_not_outside_whichever_way_they_are_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join("jobs");
        std::fs::create_dir_all(dir.join("a/b")).expect("made");
        std::fs::write(dir.join("a/b/film"), "film").expect("written");
        std::fs::write(dir.join(".secret"), "secret").expect("written");
        std::fs::write(folder.path().join("outside"), "outside").expect("written");
        let link =
            |to: &Path, name: &str| std::os::unix::fs::symlink(to, dir.join(name)).expect("linked");
        link(Path::new("a/b"), "inside");
        link(&dir.join("a/b/film"), "absolute");
        link(Path::new("../outside"), "out");
        link(Path::new(".secret"), "hidden");
        link(Path::new("nowhere"), "nowhere");
        let root = Root::new(&dir);
        let find = |path: &str| root.find(&names(path).expect("names"));
        assert!(matches!(find("a/b/film"), Place::File(opened) if opened.metadata.len() == 4));
        assert!(matches!(find("inside/film"), Place::File(_)));
        assert!(matches!(find("absolute"), Place::File(_)));
        assert!(matches!(find("inside"), Place::Folder(_)));
        assert!(matches!(find(""), Place::Folder(_)));
        assert!(matches!(find("out"), Place::Outside));
        assert!(matches!(find("nowhere"), Place::Outside));
        assert!(matches!(find("hidden"), Place::Nothing));
        assert!(matches!(find("a/c"), Place::Nothing));
        let status = std::process::Command::new("mkfifo").arg(dir.join("pipe")).status();
        assert!(status.expect("mkfifo runs").success());
        assert!(matches!(find("pipe"), Place::Nothing));
        // As on kernels without openat2.
        let root = File::open(&dir).expect("opened");
        let flags = OFlags::RDONLY;
        let plain = |name: &str, flags| open_plain(root.as_fd(), OsStr::new(name), flags).map(drop);
        assert_eq!(plain("a", flags | OFlags::DIRECTORY), Ok(()));
        assert_eq!(plain("out", flags), Err(Errno::LOOP));
        assert_eq!(plain("inside", flags | OFlags::DIRECTORY), Err(Errno::LOOP));
    }

    proptest! {
        #[test]
        fn no_name_is_more_than_one(path in "\\PC{0,40}") {
            for name in names(&path).unwrap_or_default() {
                prop_assert_eq!(Path::new(&name).components().count(), 1);
                prop_assert!(Path::new(&name).is_relative());
            }
        }
    }
}
