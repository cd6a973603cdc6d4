//! Knowing a published film again.

use std::fmt;
use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::checksum::{Checksum, Hasher};
use crate::error::{Error, Result};
use crate::files;
use crate::media;

/// The checksum of a published film, printed as `file:` and 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum FilmChecksum {
    /// Of all its bytes.
    File(Checksum),
    /// Of its packets, see [`media::read`], as it was once recorded: without `file:`. It says nothing of the
    /// film's head.
    Packets(Checksum),
}

impl FilmChecksum {
    /// That of `file`, from its beginning to its end; `path` is named in errors.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(file: &File, path: &Path) -> Result<Self> {
        let mut hasher = Hasher::default();
        let mut file = file;
        file.rewind().and_then(|()| hasher.read_all(&mut file)).map_err(Error::io("read", path))?;
        Ok(Self::File(hasher.checksum()))
    }

    /// True if `file` is this film, by all that was recorded of it; `path` is named in errors.
    ///
    /// # Errors
    /// It cannot be read, which of a damaged one may be all that can be said.
    pub fn is_of(self, file: File, path: &Path) -> Result<bool> {
        match self {
            Self::File(_) => Ok(Self::of(&file, path)? == self),
            Self::Packets(checksum) => {
                (&file).rewind().map_err(Error::io("read", path))?;
                Ok(media::read_open(file, path)?.checksum == checksum)
            }
        }
    }

    /// As [`FilmChecksum::is_of`], of the regular file that `path` leads to.
    ///
    /// # Errors
    /// As [`FilmChecksum::is_of`].
    pub fn is_at(self, path: &Path) -> Result<bool> {
        let file = files::open_through(path).map_err(Error::io("read", path))?;
        self.is_of(file, path)
    }
}

impl fmt::Display for FilmChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(checksum) => write!(f, "file:{checksum}"),
            Self::Packets(checksum) => checksum.fmt(f),
        }
    }
}

impl FromStr for FilmChecksum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some(checksum) => Ok(Self::File(checksum.parse()?)),
            None => Ok(Self::Packets(text.parse()?)),
        }
    }
}

impl TryFrom<String> for FilmChecksum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<FilmChecksum> for String {
    fn from(checksum: FilmChecksum) -> Self {
        checksum.to_string()
    }
}

impl ToSql for FilmChecksum {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for FilmChecksum {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let parsed = value.as_str()?.parse();
        parsed.map_err(|e: String| FromSqlError::Other(Box::new(io::Error::other(e))))
    }
}
