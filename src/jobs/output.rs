//! The record of a published result, which may lie outside the job's folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;

/// Where a job's result was published, and how large it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The file, as an absolute path.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
}

impl Output {
    /// The record in `file`, if its result still is where and as it says.
    ///
    /// The record is written just before the result gets its name, so it may be ahead of it.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let record: Self = toml::from_str(&fs::read_to_string(file).ok()?).ok()?;
        record.is_there().then_some(record)
    }

    /// True if the file is there with its size.
    pub fn is_there(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|m| m.is_file() && m.len() == self.bytes)
    }

    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let text = toml::to_string(self).map_err(|e| {
            Error::io("record", &self.path)(io::Error::new(io::ErrorKind::InvalidData, e))
        })?;
        files::write(file, text.as_bytes())
    }
}
