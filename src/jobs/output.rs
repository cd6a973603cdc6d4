//! The record of a published result, which may lie outside the job's folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::FilmChecksum;
use crate::error::{Error, Result};
use crate::files;
use crate::media::Loudness;

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
    /// Its checksum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<FilmChecksum>,
    /// The hash of the recipe that it was made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// How loud its sound is, if it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness: Option<Loudness>,
    /// Versions of the libraries that it was made with, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// Why it is not as it was published, as verifying it found. It is no result until it is verified to be
    /// whole, or made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
    /// The file in which it is being written, until it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temp: Option<String>,
}

impl Output {
    /// The record in `file`; `None` if there is none that can be understood.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub(super) fn read(file: &Path) -> Result<Option<Self>> {
        match files::read_text(file) {
            Ok(text) => Ok(toml::from_str(&text).ok()),
            Err(e) if files::is_gone(&e) => Ok(None),
            Err(e) if matches!(e.kind(), io::ErrorKind::InvalidData) => Ok(None),
            Err(e) => Err(Error::io("read", file)(e)),
        }
    }

    /// The result's file, for the job in `folder`.
    pub fn file(&self, folder: &Path) -> PathBuf {
        folder.join(&self.path)
    }

    /// Why the published result is not as it was published, if so. What it is made of is not read.
    ///
    /// The record is written just before the result gets its name, so it may be ahead of it.
    ///
    /// # Errors
    /// It cannot be looked at, which does not say that it is gone.
    pub fn fault(&self, folder: &Path) -> Result<Option<String>> {
        let file = self.file(folder);
        let Some(bytes) = self.bytes else { return Ok(Some("it is not published".into())) };
        Ok(match files::look_through(&file)? {
            None => Some("it is gone".into()),
            Some(metadata) if !metadata.is_file() => Some("it is no file".into()),
            Some(metadata) if metadata.len() != bytes => {
                Some(format!("{} bytes where {bytes} belong", metadata.len()))
            }
            Some(_) => None,
        })
    }

    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let text = toml::to_string(self).map_err(|e| {
            Error::io("record", &self.path)(io::Error::new(io::ErrorKind::InvalidData, e))
        })?;
        files::write(file, text.as_bytes())
    }
}
