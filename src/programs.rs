//! Programs that are installed on this machine.

use std::env;
use std::path::{Path, PathBuf};

/// The program that the system would start by this name: the file itself if there is a slash in it, else
/// the first such file in the folders of `PATH`, and then of `more`.
pub fn find(name: &str, more: impl IntoIterator<Item = PathBuf>) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|file| is_executable(file));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(more);
    folders.map(|folder| folder.join(name)).find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}
