//! A folder's content, in the manner of a server's autoindex.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Dir, FileType, Stat, statat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::place::is_hidden;
use crate::error::{Error, Result};
use crate::media::encode_path;

/// A file or folder in a listing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Its name, as text.
    pub name: String,
    /// Its name in a URL, a slash after a folder's; empty where it cannot be followed.
    pub href: String,
    pub is_folder: bool,
    /// Bytes; `None` where they are not known before they are made.
    pub bytes: Option<u64>,
    pub modified: Option<SystemTime>,
}

impl Entry {
    /// An entry of this name.
    pub fn new(name: &OsStr, is_folder: bool) -> Self {
        let slash = if is_folder { "/" } else { "" };
        let href = encode_path(Path::new(name));
        Self {
            name: format!("{}{slash}", name.to_string_lossy()),
            // A colon would be read as a scheme's.
            href: format!("{}{href}{slash}", if href.contains(':') { "./" } else { "" }),
            is_folder,
            bytes: None,
            modified: None,
        }
    }

    /// When it changed, as nginx writes it, in UTC.
    pub fn date(&self) -> String {
        self.modified.map_or_else(|| "-".into(), date)
    }

    /// Its size, as people read it.
    pub fn size(&self) -> String {
        match self.bytes {
            Some(bytes) => bytes.to_string(),
            None => "-".into(),
        }
    }
}

/// A time in UTC, such as `2026-11-21 15:04`.
pub(super) fn date(time: SystemTime) -> String {
    let text = humantime::format_rfc3339_seconds(time).to_string();
    text[..16.min(text.len())].replace('T', " ")
}

/// How a listing is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    /// `name`, `date` or `size`.
    pub sort: Option<String>,
    /// `asc` or `desc`.
    pub order: Option<String>,
    /// `json` for nginx's `autoindex_format json`.
    pub format: Option<String>,
    /// From 1.
    pub page: Option<u64>,
    /// Entries of a page.
    pub limit: Option<u64>,
}

/// Entries of a page where nothing else is asked for.
const PAGE: u64 = 500;
/// The most that may be asked for.
const MOST: u64 = 1_000_000;

impl Query {
    /// Whether JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.format.as_deref() == Some("json")
    }

    /// By what, and whether from the last to the first.
    pub fn sorting(&self) -> (&str, bool) {
        let is_known = |by: &&str| matches!(*by, "date" | "size");
        let by = self.sort.as_deref().filter(is_known).unwrap_or("name");
        (by, self.order.as_deref() == Some("desc"))
    }

    /// The page, from 0, and how many entries it has. As JSON all are on one.
    pub fn page(&self) -> (u64, u64) {
        let limit = self.limit.unwrap_or(if self.is_json() { MOST } else { PAGE });
        (self.page.unwrap_or(1).max(1) - 1, limit.clamp(1, MOST))
    }
}

/// The entries of an open folder that may be shown, sorted.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(folder: &OwnedFd, query: &Query) -> Result<Vec<Entry>> {
    let fail = |e: Errno| Error::io("read", "the folder")(e.into());
    let mut entries = Vec::new();
    for entry in Dir::read_from(folder).map_err(fail)? {
        let Ok(entry) = entry else { continue };
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if is_hidden(name) {
            continue;
        }
        let Ok(mut stat) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        // A link shows what it leads to, or, where that lies elsewhere, itself.
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink
            && let Some(led_to) = below(folder, name)
        {
            stat = led_to;
        }
        let kind = FileType::from_raw_mode(stat.st_mode);
        let mut shown = Entry::new(name, kind == FileType::Directory);
        shown.bytes = (kind == FileType::RegularFile).then_some(stat.st_size as u64);
        let since = Duration::from_secs(u64::try_from(stat.st_mtime).unwrap_or(0));
        shown.modified = Some(UNIX_EPOCH + since);
        entries.push(shown);
    }
    sort(&mut entries, query);
    Ok(entries)
}

/// What the link `name` leads to, if that lies below the folder.
#[cfg(target_os = "linux")]
fn below(folder: &OwnedFd, name: &OsStr) -> Option<Stat> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, openat2};
    let (flags, resolve) = (OFlags::PATH | OFlags::CLOEXEC, ResolveFlags::BENEATH);
    fstat(openat2(folder, name, flags, Mode::empty(), resolve).ok()?).ok()
}

#[cfg(not(target_os = "linux"))]
fn below(_: &OwnedFd, _: &OsStr) -> Option<Stat> {
    None
}

/// Folders first, as nginx has them, then by what is asked for, then by name.
pub(super) fn sort(entries: &mut [Entry], query: &Query) {
    let (by, is_reverse) = query.sorting();
    let turn = |order: Ordering| if is_reverse { order.reverse() } else { order };
    entries.sort_by(|a, b| {
        let order = match by {
            "date" => a.modified.cmp(&b.modified),
            "size" => a.bytes.cmp(&b.bytes),
            _ => a.name.cmp(&b.name),
        };
        b.is_folder.cmp(&a.is_folder).then(turn(order)).then_with(|| a.name.cmp(&b.name))
    });
}

/// An entry as nginx's `autoindex_format json` has it.
#[derive(Serialize)]
pub(super) struct Json<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

impl<'a> From<&'a Entry> for Json<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            name: entry.name.trim_end_matches('/'),
            kind: if entry.is_folder { "directory" } else { "file" },
            mtime: entry.modified.map(httpdate::fmt_http_date),
            size: entry.bytes,
        }
    }
}

/// A listing as a page shows it.
pub(super) struct Listing {
    pub entries: Vec<Entry>,
    pub by: String,
    pub is_reverse: bool,
    /// From 1.
    pub page: u64,
    pub pages: u64,
    pub limit: Option<u64>,
    /// Whether the reader chose the order.
    pub is_chosen: bool,
    /// Whether there is a folder above.
    pub has_up: bool,
    /// Stands where entries go that are written later.
    pub mark_rows: &'static str,
}

impl Listing {
    pub fn new(entries: Vec<Entry>, all: u64, query: &Query) -> Self {
        let (by, is_reverse) = query.sorting();
        let (page, limit) = query.page();
        Self {
            entries,
            by: by.into(),
            is_reverse,
            page: page + 1,
            pages: all.div_ceil(limit).max(1),
            limit: query.limit,
            is_chosen: query.sort.is_some(),
            has_up: true,
            mark_rows: "",
        }
    }

    /// The link that sorts by a column, or turns it round.
    pub fn link(&self, by: &str) -> String {
        let order =
            if by == self.by && self.is_chosen && !self.is_reverse { "desc" } else { "asc" };
        format!("?sort={by}&order={order}")
    }

    pub fn mark(&self, by: &str) -> &'static str {
        match (by == self.by && self.is_chosen, self.is_reverse) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        }
    }

    pub fn to(&self, page: u64) -> String {
        let order = if self.is_reverse { "desc" } else { "asc" };
        let limit = self.limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
        format!("?page={page}&sort={}&order={order}{limit}", self.by)
    }
}
