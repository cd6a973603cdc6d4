//! From the path of a URL to what stands there, and nowhere else.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use crate::files;
use crate::jobs::DATABASE;
use crate::media::decode_path;

/// What a URL below `/jobs/` means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// A file inside the folder of jobs, and its bytes.
    File(PathBuf, u64),
    /// A folder inside it.
    Folder(PathBuf),
    /// A link that leads out of it: shown, and not followed.
    Outside,
    /// Nothing that anyone may know of.
    Nothing,
}

/// The names that a URL's path consists of; `None` if one cannot be the name of anything here.
///
/// Each is decoded by itself, so that no encoded slash or dot gets another meaning later.
pub(super) fn names(path: &str) -> Option<Vec<OsString>> {
    let names = path.split('/').filter(|name| !name.is_empty()).map(|encoded| {
        let name = decode_path(encoded).into_os_string();
        let bytes = name.as_encoded_bytes();
        let is_bad = bytes.iter().any(|b| matches!(b, 0 | b'/' | b'\\'));
        (!is_bad && !is_hidden(&name)).then_some(name)
    });
    names.collect()
}

/// True for names that are not shown: those that begin with a dot (locks, files that are being
/// written, `.` and `..` themselves), and the database's.
pub(super) fn is_hidden(name: &std::ffi::OsStr) -> bool {
    let bytes = name.as_encoded_bytes();
    bytes.starts_with(b".") || bytes.starts_with(DATABASE.as_bytes()) || files::is_aside(name)
}

/// A folder and where it really is, as it was found last.
pub(super) struct Root {
    path: PathBuf,
    real: RwLock<PathBuf>,
}

impl Root {
    pub fn new(path: &Path) -> Self {
        let real = path.canonicalize().unwrap_or_default();
        Self { path: path.into(), real: RwLock::new(real) }
    }

    /// What stands at `names` below it.
    pub fn find(&self, names: &[OsString]) -> Place {
        let known = self.real.read().unwrap_or_else(PoisonError::into_inner).clone();
        match find(&self.path, &known, names) {
            // Or else the folder itself has moved.
            Place::Outside => {
                let real = self.path.canonicalize().unwrap_or_default();
                let found = find(&self.path, &real, names);
                *self.real.write().unwrap_or_else(PoisonError::into_inner) = real;
                found
            }
            found => found,
        }
    }
}

fn find(dir: &Path, real_dir: &Path, names: &[OsString]) -> Place {
    let path: PathBuf =
        std::iter::once(dir.as_os_str()).chain(names.iter().map(|n| &**n)).collect();
    let Ok(real) = path.canonicalize() else {
        return match path.symlink_metadata() {
            // It leads nowhere.
            Ok(_) => Place::Outside,
            Err(_) => Place::Nothing,
        };
    };
    let below = match real.strip_prefix(real_dir) {
        Ok(below) if real_dir.is_absolute() => below,
        _ => return Place::Outside,
    };
    if below.components().any(|part| is_hidden(part.as_os_str())) {
        return Place::Nothing;
    }
    match real.metadata() {
        Ok(m) if m.is_dir() => Place::Folder(path),
        Ok(m) if m.is_file() => Place::File(path, m.len()),
        _ => Place::Nothing,
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
            "a%5cb",
            "a%00b",
            "genmedia.db",
            "genmedia.db-wal",
            "genmedia.db.damaged",
            "..%2f..",
            "a\\b",
        ] {
            assert_eq!(names(bad), None, "{bad}");
        }
        assert_eq!(names("/a//b%20c/"), Some(vec!["a".into(), "b c".into()]));
        assert_eq!(names("/"), Some(vec![]));
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
