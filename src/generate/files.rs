//! Files that frames are drawn from, known by their content.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// Files, each with the first 16 hex digits of the BLAKE3 hash of its content.
pub type Files = BTreeMap<String, String>;

/// Opens a file. What is none, such as a pipe, might never end.
///
/// # Errors
/// It is none, or cannot be opened.
pub(crate) fn open(path: &Path) -> std::io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(std::io::Error::new(ErrorKind::InvalidInput, "this is no file")),
    }
}

/// The first 16 hex digits of a file's hash.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn hash(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(open(path)?)?;
    Ok(hasher.finalize().to_hex()[..16].to_string())
}

/// Looks whether files are those that a recipe was made with.
///
/// # Errors
/// One is gone or another, in one line.
pub(crate) fn check(files: &Files) -> Result<(), String> {
    for (file, known) in files {
        match hash(Path::new(file)) {
            Ok(hash) if hash == *known => {}
            Ok(_) => {
                return Err(format!(
                    "{file} has changed since this recipe was made, and its frames would not fit those that \
                     are there; put it back as it was, or type the whole command again for a new job"
                ));
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(format!("{file} is not there; run genmedia where the job was begun"));
            }
            Err(e) => return Err(format!("{file} cannot be read: {e}")),
        }
    }
    Ok(())
}
