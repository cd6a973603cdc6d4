//! The files that a shader is read from.

use std::io::Read as _;
use std::path::Path;

use crate::generate::files::{self, Files};

/// The most bytes of a text.
const MOST: u64 = 1 << 20;

/// Files, each known by its content.
pub struct Library<'a> {
    /// Where those are that are not where their names say.
    places: &'a Files,
    /// Those that were read, each with the hash of its content.
    pub read: Files,
}

impl<'a> Library<'a> {
    /// No files yet.
    pub fn new(places: &'a Files) -> Self {
        Self { places, read: Files::new() }
    }

    /// Where a file is.
    pub fn place<'n>(&'n self, name: &'n str) -> &'n Path {
        Path::new(self.places.get(name).map_or(name, String::as_str))
    }

    /// Notes that a file is read.
    ///
    /// # Errors
    /// It cannot be.
    pub fn note(&mut self, name: &str) -> Result<(), String> {
        let hash = files::hash(self.place(name)).map_err(|e| said(name, &e))?;
        self.read.insert(name.to_string(), hash);
        Ok(())
    }

    /// Reads a text, which may stand in the place of its file's name.
    ///
    /// # Errors
    /// It cannot be read, is too long or no text.
    pub fn text(&mut self, name: &str) -> Result<String, String> {
        if is_text(name) {
            return Ok(name.to_string());
        }
        self.note(name)?;
        let file = files::open(self.place(name)).map_err(|e| said(name, &e))?;
        let mut bytes = Vec::new();
        file.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| said(name, &e))?;
        if bytes.len() as u64 > MOST {
            return Err(format!("{name} is longer than {} MiB, which no shader is", MOST >> 20));
        }
        let text = String::from_utf8(bytes).map_err(|_| format!("{name} is no text"))?;
        if text.contains('\0') {
            return Err(format!("{name} is no text"));
        }
        Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n"))
    }
}

/// True for what is no file, but the text itself: it has several lines.
pub fn is_text(name: &str) -> bool {
    name.contains('\n')
}

fn said(name: &str, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("{name} is not there"),
        _ => format!("{name} cannot be read: {error}"),
    }
}
