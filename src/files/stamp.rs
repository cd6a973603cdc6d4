//! Whether a file is still what it was.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What is another whenever a file is written, exchanged, or its path leads elsewhere, also if all is put back as it
/// was: the file itself, and the folders and links on the way to it.
#[derive(Debug, Clone)]
pub struct Stamp(Option<Vec<Mark>>);

/// A file, folder or link.
#[derive(Debug, Clone, Copy)]
struct Mark {
    is_folder: bool,
    /// Device, inode and size.
    content: [u64; 3],
    /// When its content changed, and when its entry did, in nanoseconds.
    times: [i128; 2],
}

impl Mark {
    fn of(found: &fs::Metadata) -> Self {
        let time =
            |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            is_folder: found.is_dir(),
            content: [found.dev(), found.ino(), if found.is_dir() { 0 } else { found.size() }],
            times: [
                time(found.mtime(), found.mtime_nsec()),
                time(found.ctime(), found.ctime_nsec()),
            ],
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        // A folder in which something came or went changes as well. One that was renamed, away and back, has a new time
        // of its entry alone.
        let is_busy = self.is_folder && self.times[0] != other.times[0];
        self.content == other.content && (is_busy || self.times == other.times)
    }
}

impl Stamp {
    /// That of the file at `path` as it is now, which may be none.
    pub fn of(path: &Path) -> Self {
        Self(way(path))
    }

    /// True for the stamp of the same file, or if neither time one could be looked at.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => {
                let mut pairs = own.iter().zip(other);
                own.len() == other.len() && pairs.all(|(own, other)| own.is_same(other))
            }
            (own, other) => own.is_none() && other.is_none(),
        }
    }
}

/// The file at `path`, and what lies on the way to it; `None` if it cannot be looked at.
fn way(path: &Path) -> Option<Vec<Mark>> {
    /// As many links as Linux follows.
    const LINKS: usize = 40;
    let (mut marks, mut links) = (Vec::new(), 0);
    let mut at = PathBuf::new();
    // What is left of the way, the next name last.
    let names = |path: &Path| -> Vec<OsString> {
        path.components().rev().map(|name| name.as_os_str().into()).collect()
    };
    let mut left = names(&std::path::absolute(path).ok()?);
    while let Some(name) = left.pop() {
        match name == ".." {
            true => at = at.parent().unwrap_or(Path::new("/")).into(),
            false => at.push(&name),
        }
        let found = at.symlink_metadata().ok()?;
        marks.push(Mark::of(&found));
        if found.is_symlink() {
            links += 1;
            if links > LINKS {
                return None;
            }
            // An absolute one begins anew.
            left.extend(names(&fs::read_link(&at).ok()?));
            at.pop();
        }
    }
    Some(marks)
}
