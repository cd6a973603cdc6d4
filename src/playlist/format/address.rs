//! Where a playlist says that a film is.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Invalid, Result};
use crate::media::{Location, encode_path, is_url};

/// Where a film is, as a playlist says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A path from the playlist's folder.
    Relative(PathBuf),
    /// A path.
    Absolute(PathBuf),
    /// An address of http or https.
    Url(String),
}

/// How films are addressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// From the playlist's folder.
    Relative,
    /// From the root.
    Absolute,
    /// On a server: this URL stands for the folder of the jobs.
    Base(String),
}

/// Gives films their places.
#[derive(Debug, Clone)]
pub struct Places {
    address: Address,
    /// The folder that relative paths are from, or that the URL stands for.
    from: PathBuf,
}

impl Places {
    /// Places for a playlist in `folder`, of jobs in `dir`.
    ///
    /// # Errors
    /// The base is no URL, or the current folder is gone.
    pub fn new(address: Address, folder: &Path, dir: &Path) -> Result<Self> {
        let (address, from) = match address {
            Address::Base(url) => {
                if !is_url(&url) || url.contains(['?', '#']) || url.chars().any(|c| c <= ' ') {
                    let reason =
                        "the URL of the folder of jobs, such as http://127.0.0.1:8080/jobs/";
                    return Err(Invalid::new("base-url", url, reason).into());
                }
                (Address::Base(url.trim_end_matches('/').to_string() + "/"), dir)
            }
            address => (address, folder),
        };
        let from = if from.as_os_str().is_empty() { Path::new(".") } else { from };
        Ok(Self { address, from: absolute(from)? })
    }

    /// The place of what is at `at`.
    ///
    /// # Errors
    /// It cannot be said so, in one line.
    pub fn place(&self, at: &Location) -> Result<Place> {
        let path = match at {
            Location::Url(url) => return Ok(Place::Url(clean_url(url))),
            Location::File(path) => absolute(path)?,
        };
        match &self.address {
            Address::Absolute => Ok(Place::Absolute(path)),
            Address::Relative => Ok(match self.below(&path) {
                Some(below) => Place::Relative(below),
                None => match relative(&real(&path), &real(&self.from)) {
                    Some(path) => Place::Relative(path),
                    // Another drive.
                    None => Place::Absolute(path),
                },
            }),
            Address::Base(url) => match self.below(&path) {
                Some(below) => Ok(Place::Url(format!("{url}{}", encode_path(&below)))),
                None => Err(Error::Film {
                    film: at.to_string(),
                    reason: format!(
                        "--base-url {url} stands for {}, and this lies elsewhere; see --dir",
                        self.from.display()
                    ),
                }),
            },
        }
    }

    fn below(&self, path: &Path) -> Option<PathBuf> {
        let is_plain = |path: &Path| !path.components().any(|c| c == Component::ParentDir);
        let below = match path.strip_prefix(&self.from) {
            Ok(below) if is_plain(below) => Some(below.to_path_buf()),
            _ => real(path).strip_prefix(real(&self.from)).ok().map(Path::to_path_buf),
        };
        below.filter(|path| !path.as_os_str().is_empty())
    }
}

/// An address in which nothing stands that could be taken for something else in a list.
fn clean_url(url: &str) -> String {
    let escape = |c: char| match c {
        '!'..='~' if !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') => {
            c.to_string()
        }
        c => c.to_string().bytes().map(|b| format!("%{b:02X}")).collect(),
    };
    url.chars().map(escape).collect()
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io("find", path))
}

/// The path without links, as far as it exists.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.into())
}

/// The way from the folder `from` to `path`, both absolute.
fn relative(path: &Path, from: &Path) -> Option<PathBuf> {
    let (mut to, mut from) = (path.components().peekable(), from.components().peekable());
    let mut common = 0;
    while to.peek().is_some() && to.peek() == from.peek() {
        to.next();
        from.next();
        common += 1;
    }
    (common > 0).then(|| from.map(|_| Component::ParentDir).chain(to).collect())
}
