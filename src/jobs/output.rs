//! The record of a published result, which may lie outside the job's folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;

/// Where a job's result goes, and once it is published, what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The file, relative to the job's folder if it lies in it (so that the folder may move), or
    /// else absolute.
    pub path: String,
    /// Its size in bytes; none before it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Checksum of its packets, see [`media::read`](crate::media::read).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

impl Output {
    /// The record in `file`, if there is one that can be read.
    pub(super) fn read(file: &Path) -> Option<Self> {
        toml::from_str(&fs::read_to_string(file).ok()?).ok()
    }

    /// The result's file, for the job in `folder`.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(&self.path)
    }

    /// True if the result is published and there, with its size.
    ///
    /// The record is written just before the result gets its name, so it may be ahead of it.
    pub fn is_there(&self, folder: &Path) -> bool {
        fs::metadata(self.file(folder)).is_ok_and(|m| m.is_file() && Some(m.len()) == self.bytes)
    }

    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let text = toml::to_string(self).map_err(|e| {
            Error::io("record", &self.path)(io::Error::new(io::ErrorKind::InvalidData, e))
        })?;
        files::write(file, text.as_bytes())
    }
}
