//! mpv's edit decision list, version 0 (mpv's DOCS/edl-mpv.rst). Every text can be written with its
//! length before it, so that no name needs care. mpv counts by the films' own clocks.

use std::io::{self, Write};

use super::{Entry, Form, Found, FoundPlace, Header, Nonsense, Place, path_bytes, time};

pub(super) struct Edl;

impl Form for Edl {
    fn place(&self, place: &Place) -> Result<Vec<u8>, String> {
        let bytes = match place {
            Place::Relative(path) | Place::Absolute(path) => path_bytes(path),
            Place::Url(url) => url.clone().into_bytes(),
        };
        Ok([format!("%{}%", bytes.len()).into_bytes(), bytes].concat())
    }

    fn begin(&self, out: &mut dyn Write, header: &Header) -> io::Result<()> {
        writeln!(out, "# mpv EDL v0\n# {}", header.comment())
    }

    fn piece(&self, out: &mut dyn Write, entry: &Entry, _: bool) -> io::Result<()> {
        out.write_all(entry.place)?;
        let title = entry.title();
        let (start, length) = (time::seconds(entry.start_by_clock()), time::seconds(entry.length));
        writeln!(out, ",{start},{length},title=%{}%{title}", title.len())
    }

    fn end(&self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Reads an EDL: entries by lines or semicolons, parameters by commas, each by name or place.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    let mut text = Text { rest: content, line: 1 };
    let mut found = Vec::new();
    while let Some(first) = text.rest.first() {
        match first {
            b'#' => drop(text.until(b"\n")),
            b'\n' | b';' | b'\r' => drop(text.take(1)),
            b'!' => drop(text.until(b"\n;")),
            _ => found.push(text.entry()?),
        }
    }
    Ok(found)
}

struct Text<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Text<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.line += taken.iter().filter(|b| **b == b'\n').count();
        self.rest = rest;
        taken
    }

    fn until(&mut self, ends: &[u8]) -> &'a [u8] {
        let end = self.rest.iter().position(|b| ends.contains(b)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn entry(&mut self) -> Result<Found, Nonsense> {
        let line = self.line;
        let (mut file, mut start, mut length) = (None, None, None);
        for place in 0.. {
            let name = match self.rest.iter().position(|b| b"=%,;\n".contains(b)) {
                Some(at) if at > 0 && self.rest[at] == b'=' => {
                    let name = self.take(at);
                    self.take(1);
                    name
                }
                _ => *[&b"file"[..], b"start", b"length"].get(place).unwrap_or(&&b"-"[..]),
            };
            let value = self.value().ok_or((line, "a text's length is wrong".to_string()))?;
            let time = || {
                let text = String::from_utf8_lossy(value);
                let text = text.trim();
                time::parse_seconds(text)
                    .ok_or_else(|| (line, format!("'{text}' is no time in seconds")))
            };
            match name {
                b"file" => file = Some(value),
                b"start" => start = Some(time()?),
                b"length" => length = Some(time()?),
                _ => {}
            }
            if self.rest.first() != Some(&b',') {
                break;
            }
            self.take(1);
        }
        let file = file.ok_or((line, "no file is named".to_string()))?;
        let place = match std::str::from_utf8(file) {
            Ok(text) if text.contains("://") => FoundPlace::Uri(text.into()),
            _ => FoundPlace::Path(file.into()),
        };
        let stop = length.map(|length: u64| start.unwrap_or(0).saturating_add(length));
        Ok(Found { place, start, stop, line })
    }

    fn value(&mut self) -> Option<&'a [u8]> {
        if self.rest.first() != Some(&b'%') {
            let value = self.until(b",;\n");
            return Some(value.strip_suffix(b"\r").unwrap_or(value));
        }
        self.take(1);
        let length: usize = std::str::from_utf8(self.until(b"%")).ok()?.parse().ok()?;
        self.take(1);
        (length <= self.rest.len()).then(|| self.take(length))
    }
}
