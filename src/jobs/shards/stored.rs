//! Where the segments of a job are, if they are not in its folder.

use std::fs;

use serde::{Deserialize, Serialize};

use super::STORE;
use crate::error::{Error, Result};
use crate::files;
use crate::jobs::Folder;

#[derive(Serialize, Deserialize)]
struct Place {
    /// The store, without the job's name.
    url: String,
}

/// The URL of the store in which the job of this folder is rendered; `None` if that is here.
///
/// # Errors
/// It is noted and cannot be read.
pub fn store_of(folder: &Folder) -> Result<Option<String>> {
    let path = folder.cluster().join(STORE);
    match files::read_text(&path) {
        Ok(text) => toml::from_str(&text).map(|Place { url }| Some(url)).map_err(|_| {
            let reason = "cannot be understood; give --store, or remove it".into();
            Error::Occupied { path, reason }
        }),
        Err(e) if files::is_gone(&e) => Ok(None),
        Err(e) => Err(Error::io("read", path)(e)),
    }
}

/// Notes that the job of this folder is rendered in the store at `url`.
///
/// # Errors
/// It cannot be written.
pub fn note_store(folder: &Folder, url: &str) -> Result<()> {
    let text = toml::to_string(&Place { url: url.into() }).unwrap_or_default();
    let cluster = folder.cluster();
    fs::create_dir_all(&cluster).map_err(Error::io("create", &cluster))?;
    files::write(&cluster.join(STORE), text.as_bytes())
}
