//! The names of jobs, and of the files in their folders.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use crate::error::{Invalid, Origin, Result};
use crate::files::RealFolder;

/// The regular files of one ending in `folder` that are numbered below `count`, with their sizes.
pub(super) fn sizes(folder: &Path, ending: &str, count: u64) -> Result<HashMap<u64, u64>> {
    let mut found = HashMap::new();
    let Some(folder) = RealFolder::open(folder)? else { return Ok(found) };
    for name in folder.names()? {
        if let Some(index) = number(&name, ending, count)
            && let Some(size) = folder.size(&name)?
        {
            found.insert(index, size);
        }
    }
    Ok(found)
}

/// The number of the file of this name, one of `count` that are numbered from 0; `None` for any other
/// name.
pub(in crate::jobs) fn number(name: &OsStr, ending: &str, count: u64) -> Option<u64> {
    let stem = name.to_str()?.strip_suffix(ending)?.strip_suffix('.')?;
    let digits = digits(count);
    let is_one = stem.len() == digits && stem.bytes().all(|b| b.is_ascii_digit());
    stem.parse().ok().filter(|index| is_one && *index < count)
}

/// Digits of numbered files: at least six, and enough that names sort as their numbers do.
pub(super) fn digits(count: u64) -> usize {
    count.saturating_sub(1).to_string().len().max(6)
}

/// Looks whether a job may have this name.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check_name(name: &str) -> Result<()> {
    let reason = if name.is_empty() {
        "a name has at least one character"
    } else if name.len() > 200 {
        "a name has at most 200 bytes"
    } else if name.starts_with(['.', '-']) {
        "a name does not start with '.' or '-'"
    } else if name.chars().any(|c| c == '/' || c == '\\' || c.is_control()) {
        "a name is one folder: no slashes, no backslashes, no control characters"
    } else if name.starts_with("genmedia.db") {
        "the database has that name"
    } else {
        return Ok(());
    };
    let invalid = Invalid::new("name", format!("'{}'", name.escape_debug()), reason);
    Err(invalid.from_origin(&Origin::Flags).into())
}
