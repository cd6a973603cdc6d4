//! XSPF version 1 (xspf.org/xspf-v1.html): XML, with locations as URIs. The times are options of
//! VLC's extension, which other players pass over.

use std::io::{self, Write};

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::{Entry, Form, Found, FoundPlace, Header, Nonsense, Place, line, time, uri};

const VLC: &str = "http://www.videolan.org/vlc/playlist";

pub(super) struct Xspf;

impl Form for Xspf {
    fn place(&self, place: &Place) -> Result<Vec<u8>, String> {
        Ok(escape(uri(place)).into_owned().into_bytes())
    }

    fn begin(&self, out: &mut dyn Write, header: &Header) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<!-- {} -->", header.comment().replace("--", "- -"))?;
        let names = format!("xmlns=\"http://xspf.org/ns/0/\" xmlns:vlc=\"{VLC}/ns/0/\"");
        writeln!(out, "<playlist version=\"1\" {names}>\n  <trackList>")
    }

    fn piece(&self, out: &mut dyn Write, entry: &Entry, _: bool) -> io::Result<()> {
        // Nothing that XML 1.0 has no way to write.
        let title: String =
            entry.title().chars().filter(|c| !matches!(c, '\u{FFFE}' | '\u{FFFF}')).collect();
        write!(out, "    <track>\n      <location>")?;
        out.write_all(entry.place)?;
        writeln!(out, "</location>\n      <title>{}</title>", escape(&title))?;
        writeln!(out, "      <duration>{}</duration>", entry.length.div_ceil(1000))?;
        writeln!(out, "      <extension application=\"{VLC}/0\">")?;
        let option = "vlc:option";
        writeln!(out, "        <{option}>start-time={}</{option}>", time::seconds(entry.start))?;
        writeln!(out, "        <{option}>stop-time={}</{option}>", time::seconds(entry.stop()))?;
        writeln!(out, "      </extension>\n    </track>")
    }

    fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "  </trackList>\n</playlist>")
    }
}

/// Reads XSPF of anyone's.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    let text = std::str::from_utf8(content).map_err(|e| {
        (line(content, e.valid_up_to()), "XSPF is UTF-8, and this is not".to_string())
    })?;
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    let mut track: Option<Found> = None;
    let mut said = String::new();
    let mut open: Vec<String> = Vec::new();
    loop {
        let here = line(content, reader.buffer_position() as usize);
        let nonsense = |reason: String| (here, reason);
        match reader.read_event().map_err(|e| nonsense(e.to_string()))? {
            Event::Start(tag) => {
                let name = tag.local_name().as_ref().to_string();
                if name == "track" {
                    let place = FoundPlace::Uri(String::new());
                    track = Some(Found { place, start: None, stop: None, line: here });
                }
                open.push(name);
                said.clear();
            }
            Event::Text(text) => said.push_str(&text),
            Event::CData(text) => said.push_str(&text),
            Event::GeneralRef(name) => {
                let text = format!("&{};", &*name);
                let meant =
                    quick_xml::escape::unescape(&text).map_err(|e| nonsense(e.to_string()))?;
                said.push_str(&meant);
            }
            Event::End(_) => {
                let name = open.pop().unwrap_or_default();
                match (&mut track, name.as_str()) {
                    (Some(piece), "location") if piece.place == FoundPlace::Uri(String::new()) => {
                        piece.place = FoundPlace::Uri(said.trim().into());
                        piece.line = here;
                    }
                    (Some(piece), "option") => set_time(piece, said.trim()).map_err(nonsense)?,
                    (Some(_), "track") => found.extend(
                        track.take().filter(|piece| piece.place != FoundPlace::Uri(String::new())),
                    ),
                    _ => {}
                }
                said.clear();
            }
            Event::Eof if open.is_empty() => return Ok(found),
            Event::Eof => return Err(nonsense("it ends in the middle".into())),
            _ => {}
        }
    }
}

fn set_time(piece: &mut Found, option: &str) -> Result<(), String> {
    let Some((name, value)) = option.split_once('=') else { return Ok(()) };
    let time = match name {
        "start-time" => &mut piece.start,
        "stop-time" => &mut piece.stop,
        _ => return Ok(()),
    };
    *time = Some(time::parse_seconds(value).ok_or(format!("'{value}' is no time in seconds"))?);
    Ok(())
}
