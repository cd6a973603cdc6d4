//! The forms of playlists: one file each, with how it is written and how it is read.

mod address;
mod edl;
mod ffconcat;
mod json;
mod m3u;
mod pls;
mod wpl;
mod xspf;

use std::io::{self, Write};

pub use address::{Address, Place, Places};

use super::time;
use crate::media::Location;
use crate::values::named;

named! {
    /// The form of a playlist.
    Format as "format" {
        /// Extended M3U with VLC's options, UTF-8.
        M3u = "m3u",
        /// XSPF version 1 with VLC's extension (xspf.org).
        Xspf = "xspf",
        /// mpv's edit decision list, version 0.
        Edl = "edl",
        /// FFmpeg's concat script.
        Ffconcat = "ffconcat",
        /// JSON, for other programs.
        Json = "json",
    }
}

impl Format {
    /// The form that a file's ending says.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "m3u8" => Some(Self::M3u),
            ending => Self::ALL.iter().copied().find(|format| format.name() == ending),
        }
    }

    /// True for the endings of playlists that can be read, those that are not written among them.
    pub(super) fn is_read(ending: &str) -> bool {
        let ending = ending.to_ascii_lowercase();
        Self::of_ending(&ending).is_some() || ["pls", "wpl"].contains(&ending.as_str())
    }

    fn form(self) -> &'static dyn Form {
        match self {
            Self::M3u => &m3u::M3u,
            Self::Xspf => &xspf::Xspf,
            Self::Edl => &edl::Edl,
            Self::Ffconcat => &ffconcat::Ffconcat,
            Self::Json => &json::Json,
        }
    }

    /// How `place` is written in this form.
    ///
    /// # Errors
    /// The form cannot say it, in one line.
    pub fn place(self, place: &Place) -> Result<Vec<u8>, String> {
        self.form().place(place)
    }
}

/// What stands at the head of a playlist.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// What chance started from.
    pub seed: u64,
    /// How the pieces were chosen, as `name=value` without blanks in it.
    pub options: Vec<(&'static str, String)>,
}

impl Header {
    /// The comment that says how this programme can be had again.
    fn comment(&self) -> String {
        let mut comment = format!("{OURS} seed={}", self.seed);
        for (name, value) in &self.options {
            comment.push_str(&format!(" {name}={value}"));
        }
        comment
    }
}

/// Begins the comment in our own playlists.
const OURS: &str = "genmedia playlist";

/// A piece as it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry<'a> {
    /// Where the film is, as [`Format::place`] gave it.
    pub place: &'a [u8],
    /// The film's name.
    pub title: &'a str,
    /// Where the piece begins, in microseconds.
    pub start: u64,
    /// How long it is, in microseconds.
    pub length: u64,
    /// The time of the film's beginning by its own clock, in microseconds.
    pub zero: i64,
}

impl Entry<'_> {
    fn stop(&self) -> u64 {
        self.start.saturating_add(self.length)
    }

    /// Where the piece begins by the film's own clock.
    fn start_by_clock(&self) -> u64 {
        self.start.saturating_add_signed(self.zero)
    }

    /// The film's name and where the piece begins, in one line without control characters.
    fn title(&self) -> String {
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        let name: String = self.title.chars().map(clean).collect();
        let tenths = self.start / 100_000 * 100_000;
        format!("{} {}", name.trim(), time::clock(tenths)).trim_start().to_string()
    }
}

/// A piece as it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub place: FoundPlace,
    pub start: Option<u64>,
    pub stop: Option<u64>,
    /// The line that names it, from 1.
    pub line: usize,
}

/// Where a piece that was read is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FoundPlace {
    /// A path, byte for byte.
    Path(Vec<u8>),
    /// A path that may be percent-encoded, or not.
    Loose(Vec<u8>),
    /// A URI, or one relative to the playlist's.
    Uri(String),
}

/// A line that makes no sense, from 1, and why.
type Nonsense = (usize, String);

/// How a playlist is written, piece by piece.
trait Form {
    fn place(&self, place: &Place) -> Result<Vec<u8>, String>;
    fn begin(&self, out: &mut dyn Write, header: &Header) -> io::Result<()>;
    fn piece(&self, out: &mut dyn Write, entry: &Entry, is_first: bool) -> io::Result<()>;
    fn end(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes a playlist, piece by piece.
pub struct Writer<W> {
    out: W,
    form: &'static dyn Form,
    is_first: bool,
}

impl<W: Write> Writer<W> {
    /// Begins a playlist.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(format: Format, header: &Header, mut out: W) -> io::Result<Self> {
        let form = format.form();
        form.begin(&mut out, header)?;
        Ok(Self { out, form, is_first: true })
    }

    /// Writes a piece.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn piece(&mut self, entry: &Entry) -> io::Result<()> {
        self.form.piece(&mut self.out, entry, self.is_first)?;
        self.is_first = false;
        Ok(())
    }

    /// Ends the playlist.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        self.form.end(&mut self.out)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Reads a playlist of any form, told by its content; true if its times are those of the films' own clocks.
pub(super) fn read(content: &[u8]) -> Result<(Vec<Found>, bool), Nonsense> {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let begins = |text: &str| {
        let start = content.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
        content[start..].starts_with(text.as_bytes())
    };
    // FFmpeg reads its own without the first line as well.
    let is_ffconcat = || {
        let mut lines = content.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
        let first = lines.find(|line| !line.is_empty() && !line.starts_with(b"#"));
        first.is_some_and(|line| line.starts_with(b"file ")) && !begins("#EXTM3U")
    };
    if begins("ffconcat version") || is_ffconcat() {
        return Ok((ffconcat::read(content)?, true));
    }
    if begins("# mpv EDL v0") {
        return Ok((edl::read(content)?, true));
    }
    let found = if begins("{") {
        json::read(content)
    } else if begins("[playlist]") || begins("[Playlist]") {
        pls::read(content)
    } else if begins("<?wpl") || begins("<smil") {
        wpl::read(content)
    } else if begins("<?xml") || begins("<playlist") || begins("<!--") {
        xspf::read(content)
    } else {
        m3u::read(content)
    };
    Ok((found?, false))
}

/// The line of a place in the text, from 1.
fn line(content: &[u8], at: usize) -> usize {
    content[..at.min(content.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// The bytes of a path as they are.
fn path_bytes(path: &std::path::Path) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec()
}

/// A location as a URI, for forms that know nothing else; relative ones stay so.
fn uri(place: &Place) -> String {
    match place {
        Place::Relative(path) => crate::media::encode_path(path),
        Place::Absolute(path) => Location::File(path.clone()).uri(),
        Place::Url(url) => url.clone(),
    }
}
