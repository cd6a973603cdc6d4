//! FFmpeg's concat script (ffmpeg-formats, "concat"): a directive a line, quoted as in a shell.
//!
//! `ffmpeg -safe 0 -i FILE.ffconcat` plays it; where a piece begins between two key frames, FFmpeg
//! shows it from the one before. It counts by the films' own clocks.

use std::io::{self, Write};

use super::{Entry, Form, Found, FoundPlace, Header, Nonsense, Place, path_bytes, time};

pub(super) struct Ffconcat;

impl Form for Ffconcat {
    fn place(&self, place: &Place) -> Result<Vec<u8>, String> {
        let bytes = match place {
            // `12:30.mp4` would be a protocol.
            Place::Relative(path) => [b"./".to_vec(), path_bytes(path)].concat(),
            Place::Absolute(path) => path_bytes(path),
            Place::Url(url) => url.clone().into_bytes(),
        };
        if bytes.iter().any(|b| matches!(b, b'\n' | b'\r')) {
            return Err("its name has a line break, which ffconcat cannot write; rename it, or \
                        choose another --format"
                .into());
        }
        let mut quoted = vec![b'\''];
        for byte in bytes {
            match byte {
                b'\'' => quoted.extend(b"'\\''"),
                byte => quoted.push(byte),
            }
        }
        quoted.push(b'\'');
        Ok(quoted)
    }

    fn begin(&self, out: &mut dyn Write, header: &Header) -> io::Result<()> {
        writeln!(out, "ffconcat version 1.0\n# {}", header.comment())
    }

    fn piece(&self, out: &mut dyn Write, entry: &Entry, _: bool) -> io::Result<()> {
        write!(out, "file ")?;
        out.write_all(entry.place)?;
        let start = entry.start_by_clock();
        let stop = time::seconds(start.saturating_add(entry.length));
        let start = time::seconds(start);
        writeln!(out, "\ninpoint {start}\noutpoint {stop}")
    }

    fn end(&self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a concat script; directives that do not say which pieces are passed over.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    let mut found: Vec<Found> = Vec::new();
    for (line, bytes) in (1..).zip(content.split(|b| *b == b'\n')) {
        let bytes = bytes.trim_ascii();
        let end = bytes.iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len());
        let (word, rest) = bytes.split_at(end);
        match word {
            b"file" => {
                let name = unquote(rest.trim_ascii());
                let place = match std::str::from_utf8(&name) {
                    Ok(text) if text.contains("://") => FoundPlace::Uri(text.into()),
                    _ => FoundPlace::Path(name.strip_prefix(b"file:").unwrap_or(&name).into()),
                };
                found.push(Found { place, start: None, stop: None, line });
            }
            b"inpoint" | b"outpoint" => {
                let text = String::from_utf8_lossy(rest.trim_ascii()).into_owned();
                let micros = |text: &str| time::parse_seconds(text.strip_suffix("us")?.trim());
                let time = match micros(&text) {
                    Some(micros) => micros / time::SECOND,
                    None => time::parse(&text).map_err(|e| (line, format!("'{text}': {e}")))?,
                };
                let Some(last) = found.last_mut() else {
                    return Err((line, "no file comes before it".into()));
                };
                match word {
                    b"inpoint" => last.start = Some(time),
                    _ => last.stop = Some(time),
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A token as FFmpeg reads it: quotes take all as it is, a backslash the next character.
fn unquote(token: &[u8]) -> Vec<u8> {
    let (mut name, mut quoted, mut escaped) = (Vec::new(), false, false);
    for byte in token {
        match (byte, quoted, escaped) {
            (b'\'', _, false) => quoted = !quoted,
            (b'\\', false, false) => escaped = true,
            (byte, _, _) => {
                name.push(*byte);
                escaped = false;
            }
        }
    }
    name
}
