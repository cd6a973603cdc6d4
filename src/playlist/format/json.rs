//! JSON for other programs: an object with `seed`, `options` and the `pieces` in order, each with
//! `uri` (relative to the file, or absolute), `file` (the path as text, if it is text), `title`,
//! `start` and `length` in seconds.

use std::io::{self, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Entry, Form, Found, FoundPlace, Header, Nonsense, Place, path_bytes, time, uri};

pub(super) struct Json;

impl Form for Json {
    fn place(&self, place: &Place) -> Result<Vec<u8>, String> {
        let mut members = format!("\"uri\": {}", Value::from(uri(place)));
        let path = match place {
            Place::Relative(path) | Place::Absolute(path) => {
                String::from_utf8(path_bytes(path)).ok()
            }
            Place::Url(_) => None,
        };
        if let Some(path) = path {
            members.push_str(&format!(", \"file\": {}", Value::from(path)));
        }
        Ok(members.into_bytes())
    }

    fn begin(&self, out: &mut dyn Write, header: &Header) -> io::Result<()> {
        let options: serde_json::Map<String, Value> =
            header.options.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
        let (seed, options) = (header.seed, Value::from(options));
        write!(out, "{{\n  \"seed\": {seed},\n  \"options\": {options},\n  \"pieces\": [")
    }

    fn piece(&self, out: &mut dyn Write, entry: &Entry, is_first: bool) -> io::Result<()> {
        write!(out, "{}\n    {{", if is_first { "" } else { "," })?;
        out.write_all(entry.place)?;
        let (title, start) = (Value::from(entry.title()), time::seconds(entry.start));
        let length = time::seconds(entry.length);
        write!(out, ", \"title\": {title}, \"start\": {start}, \"length\": {length}}}")
    }

    fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n  ]\n}}")
    }
}

/// Reads what [`Json`] writes.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    #[derive(Deserialize)]
    struct List {
        pieces: Vec<Piece>,
    }
    #[derive(Deserialize)]
    struct Piece {
        uri: String,
        start: f64,
        length: f64,
    }
    let list: List = serde_json::from_slice(content)
        .map_err(|e| (e.line(), format!("this is no playlist: {e}")))?;
    let micros = |seconds: f64| {
        let micros = (seconds * time::SECOND as f64).round();
        (0.0..1e18).contains(&micros).then_some(micros as u64)
    };
    let found = |(n, piece): (usize, Piece)| {
        let (start, length) = micros(piece.start)
            .zip(micros(piece.length))
            .ok_or_else(|| (0, format!("piece {n} has a time that is none")))?;
        let place = FoundPlace::Uri(piece.uri);
        Ok(Found { place, start: Some(start), stop: Some(start + length), line: 0 })
    };
    list.pieces.into_iter().enumerate().map(found).collect()
}
