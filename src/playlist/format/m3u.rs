//! Extended M3U: a line a film, comments with a meaning before it. It has no standard; this is what
//! VLC reads, which takes its lines for URIs once they look like one.

use std::io::{self, Write};

use super::{Entry, Form, Found, FoundPlace, Header, Nonsense, OURS, Place, path_bytes, time, uri};
use crate::media::is_url;

pub(super) struct M3u;

impl Form for M3u {
    fn place(&self, place: &Place) -> Result<Vec<u8>, String> {
        let path = match place {
            Place::Relative(path) | Place::Absolute(path) => path,
            Place::Url(url) => return Ok(url.clone().into_bytes()),
        };
        let bytes = path_bytes(path);
        let is_relative = matches!(place, Place::Relative(_));
        match std::str::from_utf8(&bytes) {
            Ok(text) if is_tame(text) && (is_relative || text.starts_with('/')) => {
                Ok(if is_relative { from_here(text) } else { text.to_string() }.into_bytes())
            }
            _ if is_relative => Ok(from_here(&uri(place)).into_bytes()),
            _ => Ok(uri(place).into_bytes()),
        }
    }

    fn begin(&self, out: &mut dyn Write, header: &Header) -> io::Result<()> {
        writeln!(out, "#EXTM3U\n# {}", header.comment())
    }

    fn piece(&self, out: &mut dyn Write, entry: &Entry, _: bool) -> io::Result<()> {
        // VLC takes " - " for the end of an artist's name, and a comma as well, unless another
        // comes before it.
        let title = entry.title().replace(" - ", " \u{2013} ");
        let comma = if title.contains(',') { "," } else { "" };
        writeln!(out, "#EXTINF:{},{comma}{title}", time::seconds(entry.length))?;
        writeln!(out, "#EXTVLCOPT:start-time={}", time::seconds(entry.start))?;
        writeln!(out, "#EXTVLCOPT:stop-time={}", time::seconds(entry.stop()))?;
        out.write_all(entry.place)?;
        writeln!(out)
    }

    fn end(&self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

/// True if a path reads the same as a path and as a URI: nothing in it ends the path (`#`, `?`),
/// nor stands for another character, nor is lost at the line's end.
fn is_tame(path: &str) -> bool {
    let encodes = |at: usize| {
        let hex = path.as_bytes().get(at + 1..at + 3);
        hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    !path.contains(['#', '?'])
        && !path.chars().any(char::is_control)
        && !path.match_indices('%').any(|(at, _)| encodes(at))
        && path.trim_end() == path
}

/// A relative path that cannot be taken for a comment, a scheme, a drive or a home.
fn from_here(path: &str) -> String {
    let first = path.split('/').next().unwrap_or_default();
    let is_plain = first == ".." || path.starts_with(char::is_alphanumeric) && !first.contains(':');
    if is_plain { path.to_string() } else { format!("./{path}") }
}

/// Reads extended M3U, or a plain list of paths.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    let mut found = Vec::new();
    let [mut start, mut stop, mut length] = [None::<u64>; 3];
    let mut is_ours = false;
    for (line, bytes) in (1..).zip(content.split(|b| *b == b'\n')) {
        let bytes = bytes.trim_ascii_start();
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.contains(&0) {
            return Err((line, "this is no playlist; genmedia playlist makes one of films".into()));
        }
        if bytes.is_empty() {
            continue;
        }
        let Some(comment) = bytes.strip_prefix(b"#") else {
            let place = match std::str::from_utf8(bytes) {
                Ok(text) if text.contains("://") || is_url(text) => FoundPlace::Uri(text.into()),
                Ok(text) if is_ours => FoundPlace::Uri(text.into()),
                _ => FoundPlace::Loose(bytes.into()),
            };
            let after = length.take().map(|length| start.unwrap_or(0).saturating_add(length));
            let stop = stop.take().or(after);
            found.push(Found { place, start: start.take(), stop, line });
            continue;
        };
        let comment = String::from_utf8_lossy(comment);
        let comment = comment.trim();
        is_ours |= comment.starts_with(OURS);
        if comment.starts_with("EXT-X-") {
            let reason = "this is an HLS stream, whose pieces belong together; remix its source";
            return Err((line, reason.into()));
        }
        let Some(option) = comment.strip_prefix("EXTVLCOPT:") else { continue };
        let Some((name, value)) = option.split_once('=') else { continue };
        let time = match name.trim().trim_start_matches('-').trim_start_matches(':') {
            "start-time" => &mut start,
            "stop-time" => &mut stop,
            "run-time" => &mut length,
            _ => continue,
        };
        let value = value.trim();
        *time = Some(
            time::parse_seconds(value)
                .ok_or_else(|| (line, format!("'{value}' is no time in seconds")))?,
        );
    }
    Ok(found)
}
