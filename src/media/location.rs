//! Where a film is: a file, or an address on the web.

use std::ffi::OsString;
use std::fmt::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

/// All that stands for itself in the path of a URI (RFC 3986, 2.3), and the slash.
const URI: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Begins the URIs of files.
const FILE: &str = "file://";

/// A file, or the URL of one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Location {
    /// A file, whatever its name.
    File(PathBuf),
    /// An address of http or https.
    Url(String),
}

impl Location {
    /// What a user typed: an address if it begins as one, else a file.
    pub fn typed(text: &Path) -> Self {
        match text.to_str().filter(|text| is_url(text)) {
            Some(url) => Self::Url(url.into()),
            None => Self::File(text.into()),
        }
    }

    /// The URI: of a file, whose path must be absolute, `file:///...`.
    pub fn uri(&self) -> String {
        match self {
            Self::File(path) => format!("{FILE}{}", encode_path(path)),
            Self::Url(url) => url.clone(),
        }
    }

    /// What [`Location::uri`] gives, back; `None` for other schemes.
    pub fn from_uri(text: &str) -> Option<Self> {
        if is_url(text) {
            return Some(Self::Url(text.into()));
        }
        let path = text.get(..FILE.len()).filter(|s| s.eq_ignore_ascii_case(FILE))?.len();
        // `file://localhost/...` is this machine as well (RFC 8089).
        let path = text[path..].strip_prefix("localhost").unwrap_or(&text[path..]);
        path.starts_with('/').then(|| Self::File(decode_path(path)))
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Url(_) => None,
        }
    }
}

/// A path with all percent-encoded that has a meaning in URIs, byte by byte.
pub fn encode_path(path: &Path) -> String {
    percent_encode(path.as_os_str().as_bytes(), URI).to_string()
}

/// The path that [`encode_path`] made `text` from.
pub fn decode_path(text: &str) -> PathBuf {
    let bytes: Vec<u8> = percent_decode_str(text).collect();
    PathBuf::from(OsString::from_vec(bytes))
}

/// True for addresses of http and https.
pub fn is_url(text: &str) -> bool {
    let has =
        |scheme: &str| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    has("http://") || has("https://")
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.into())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::File(path) => path.to_string_lossy(),
            Self::Url(url) => url.as_str().into(),
        };
        // A message is one line, whatever a file is called.
        text.chars().try_for_each(|c| match c.is_control() {
            true => write!(f, "{}", c.escape_default()),
            false => f.write_char(c),
        })
    }
}
