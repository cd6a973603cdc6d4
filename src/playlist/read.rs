//! Reading playlists of any form, with those that they name.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::format::{self, Format, Found, FoundPlace};
use crate::error::{Error, Result};
use crate::media::{Location, decode_path};

/// The most bytes of a playlist: one of a million pieces takes a fifth of this.
const MOST: u64 = 1 << 30;

/// A piece that a playlist names.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Where its film is.
    pub location: Location,
    /// Where it begins, in microseconds; the film's beginning if absent.
    pub start: Option<u64>,
    /// Where it ends, in microseconds; the film's end if absent.
    pub stop: Option<u64>,
    /// These times are those of the film's own clock.
    pub is_by_clock: bool,
    /// The playlist that names it, and the line, from 1; 0 where there are no lines.
    pub from: (PathBuf, usize),
}

impl Listed {
    /// Where it is named, for messages.
    pub fn origin(&self) -> String {
        place(&self.from.0, self.from.1)
    }
}

fn place(playlist: &Path, line: usize) -> String {
    match line {
        0 => playlist.display().to_string(),
        line => format!("{}, line {line}", playlist.display()),
    }
}

/// Reads the playlist at `path`, and those that it names.
///
/// # Errors
/// One cannot be read, is none, is empty, or includes itself; with file and line.
pub fn read(path: &Path) -> Result<Vec<Listed>> {
    let mut listed = Vec::new();
    read_into(path, &mut Vec::new(), &mut listed)?;
    match listed.is_empty() {
        true => Err(refuse(path, 0, "there is no piece in this playlist")),
        false => Ok(listed),
    }
}

fn refuse(path: &Path, line: usize, reason: impl Into<String>) -> Error {
    Error::Playlist { place: place(path, line), reason: reason.into() }
}

/// Reads the playlist that `from` gives, whose names are those of the folder `folder`. Messages call it `-`.
///
/// # Errors
/// As [`read`].
pub fn read_from(mut from: impl Read, folder: &Path) -> Result<Vec<Listed>> {
    let name = folder.join("-");
    let mut content = Vec::new();
    let read = from.by_ref().take(MOST + 1).read_to_end(&mut content);
    read.map_err(Error::io("read the playlist from", &name))?;
    if content.len() as u64 > MOST {
        return Err(refuse(&name, 0, "this is no playlist, it is larger than a GiB"));
    }
    let mut listed = Vec::new();
    add(&content, &name, &mut Vec::new(), &mut listed)?;
    match listed.is_empty() {
        true => Err(refuse(&name, 0, "there is no piece in this playlist")),
        false => Ok(listed),
    }
}

/// `open` are the playlists that led here.
fn read_into(path: &Path, open: &mut Vec<PathBuf>, listed: &mut Vec<Listed>) -> Result<()> {
    let metadata = path.metadata().map_err(Error::io("open the playlist", path))?;
    if metadata.is_dir() {
        return Err(refuse(path, 0, "this is a folder; genmedia playlist makes a playlist of it"));
    }
    if metadata.len() > MOST {
        return Err(refuse(path, 0, "this is no playlist, it is larger than a GiB"));
    }
    let content = std::fs::read(path).map_err(Error::io("read the playlist", path))?;
    open.push(path.canonicalize().map_err(Error::io("find", path))?);
    add(&content, path, open, listed)?;
    open.pop();
    Ok(())
}

/// Adds the pieces of `content`, the playlist at `path`.
fn add(
    content: &[u8],
    path: &Path,
    open: &mut Vec<PathBuf>,
    listed: &mut Vec<Listed>,
) -> Result<()> {
    for piece in read_bytes(content, path)? {
        match piece.location.file().filter(|file| is_playlist(file)) {
            Some(inner) => {
                let real = inner.canonicalize().ok();
                if open.iter().any(|open| Some(open) == real.as_ref()) {
                    let reason = format!("it includes itself, through {}", inner.display());
                    return Err(refuse(path, piece.from.1, reason));
                }
                read_into(inner, open, listed)?;
            }
            None => listed.push(piece),
        }
    }
    Ok(())
}

/// The pieces that `content`, the playlist at `path`, names itself.
///
/// # Errors
/// It is no playlist; with file and line.
pub fn read_bytes(content: &[u8], path: &Path) -> Result<Vec<Listed>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (found, is_by_clock) =
        format::read(content).map_err(|(line, reason)| refuse(path, line, reason))?;
    let listed = |found: Found| {
        let Found { place, start, stop, line } = found;
        let location = locate(place, folder).map_err(|reason| refuse(path, line, reason))?;
        Ok(Listed { location, start, stop, is_by_clock, from: (path.into(), line) })
    };
    found.into_iter().map(listed).collect()
}

/// True for files whose ending is that of a playlist.
pub fn is_playlist(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    Format::is_read(ending)
}

fn locate(place: FoundPlace, folder: &Path) -> Result<Location, String> {
    let below = |path: PathBuf| Location::File(folder.join(path));
    match place {
        FoundPlace::Path(bytes) => Ok(below(path(&bytes))),
        FoundPlace::Uri(text) => match Location::from_uri(&text) {
            Some(location) => Ok(location),
            None if text.contains("://") => {
                let scheme = text.split(':').next().unwrap_or_default();
                Err(format!("'{text}': files, http and https can be read, not {scheme}"))
            }
            None => Ok(below(decode_path(&text))),
        },
        // Names that look percent-encoded may be so called.
        FoundPlace::Loose(bytes) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let tried = [
                folder.join(path(&bytes)),
                folder.join(decode_path(&text)),
                folder.join(text.replace('\\', "/")),
            ];
            let there = tried.iter().find(|path| path.symlink_metadata().is_ok());
            let is_drive = matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic());
            match there {
                None if is_drive => Err(format!("'{text}' is a path of Windows, and this is none")),
                there => Ok(Location::File(there.unwrap_or(&tried[0]).clone())),
            }
        }
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}
