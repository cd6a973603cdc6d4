//! The chosen pieces, on their way into a file.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use genmedia::error::{Error, Invalid, Origin};
use genmedia::files::{Over, TempFile};
use genmedia::playlist::format::{Entry, Header, Writer};
use genmedia::playlist::{Choice, Film, Format, title};

/// The films, with what is written of each.
#[derive(Default)]
pub(super) struct Chosen {
    pub films: Vec<Film>,
    places: Vec<Vec<u8>>,
    titles: Vec<String>,
}

impl Chosen {
    pub fn add(&mut self, film: Film, place: Vec<u8>) {
        self.titles.push(title(&film.location));
        self.films.push(film);
        self.places.push(place);
    }

    /// Writes the playlist as it is chosen; returns the number of pieces, and how long they are.
    pub fn write(
        &self,
        choice: &Choice,
        format: Format,
        header: &Header,
        out: &mut dyn Write,
    ) -> Result<(u64, u64), Writing> {
        let material: Vec<_> = self.films.iter().map(Film::material).collect();
        let (mut pieces, mut together) = (0, 0u64);
        // Nothing is written before the first piece, so that a refusal leaves nothing behind.
        let mut out = Some(out);
        let mut writer = None;
        choice.choose(&material, |pick| {
            let writer: &mut Writer<_> = match (&mut writer, out.take()) {
                (Some(writer), _) => writer,
                (none, Some(out)) => none.insert(Writer::new(format, header, out)?),
                (None, None) => return Ok::<(), Writing>(()),
            };
            let film = pick.film as usize;
            writer.piece(&Entry {
                place: &self.places[film],
                title: &self.titles[film],
                start: pick.start,
                length: pick.length,
            })?;
            pieces += 1;
            together += pick.length;
            Ok(())
        })?;
        if let Some(writer) = writer {
            writer.finish()?;
        }
        Ok((pieces, together))
    }
}

/// What keeps a playlist from being written.
pub(super) enum Writing {
    Choice(Invalid),
    Output(io::Error),
}

impl From<Invalid> for Writing {
    fn from(e: Invalid) -> Self {
        Self::Choice(e)
    }
}

impl From<io::Error> for Writing {
    fn from(e: io::Error) -> Self {
        Self::Output(e)
    }
}

/// Where the playlist goes.
pub(super) enum Destination {
    Stdout,
    File(PathBuf, Over),
    /// For the player only, in a folder that is removed in the end.
    Temporary {
        path: PathBuf,
        _folder: tempfile::TempDir,
    },
}

impl Destination {
    pub fn temporary(format: Format) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("genmedia-").tempdir();
        let folder = folder.map_err(Error::io("create a folder in", std::env::temp_dir()))?;
        let path = folder.path().join(format!("playlist.{format}"));
        Ok(Self::Temporary { path, _folder: folder })
    }

    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdout => None,
            Self::File(path, _) => Some(path),
            Self::Temporary { path, .. } => Some(path),
        }
    }

    fn over(&self) -> Over {
        match self {
            Self::File(_, over) => *over,
            _ => Over::Anything,
        }
    }

    pub fn write<T>(
        &self,
        write: impl FnOnce(&mut dyn Write) -> Result<T, Writing>,
    ) -> Result<T, Error> {
        let Some(path) = self.path() else {
            let mut out = BufWriter::new(io::stdout().lock());
            return write(&mut out).map_err(|e| wrong(e, Path::new("stdout")));
        };
        let temp = TempFile::create(path)?;
        let mut out = BufWriter::new(temp.handle()?);
        let written = write(&mut out).map_err(|e| wrong(e, path))?;
        out.flush().map_err(Error::io("write", path))?;
        temp.publish(self.over())?;
        Ok(written)
    }
}

fn wrong(error: Writing, path: &Path) -> Error {
    match error {
        Writing::Choice(invalid) => invalid.from_origin(&Origin::Flags).into(),
        Writing::Output(e) => Error::io("write", path)(e),
    }
}
