//! Writes the playlist: into a file, to stdout, or for a player.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use genmedia::error::{Error, Invalid, Origin};
use genmedia::files::{Over, TempFile};
use genmedia::playlist::format::{Entry, Header, Writer};
use genmedia::playlist::{Choice, Film, Format, title};
use genmedia::{Cancel, Stopped};

/// What was written.
#[derive(Default)]
pub(super) struct Sum {
    pub pieces: u64,
    /// Those of which there is a piece.
    pub films: u64,
    /// How long the pieces are together, in microseconds.
    pub length: u64,
}

/// The films to choose from, with what is written of each.
#[derive(Default)]
pub(super) struct Sources {
    pub films: Vec<Film>,
    addresses: Vec<Vec<u8>>,
    titles: Vec<String>,
}

impl Sources {
    pub fn add(&mut self, film: Film, address: Vec<u8>) {
        self.titles.push(title(&film.location));
        self.films.push(film);
        self.addresses.push(address);
    }

    /// Chooses the pieces and writes each at once; returns what was written.
    pub fn write(
        &self,
        choice: &Choice,
        format: Format,
        header: &Header,
        out: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<Sum, WriteError> {
        let material: Vec<_> = self.films.iter().map(Film::material).collect();
        let mut sum = Sum::default();
        let mut is_used = vec![false; self.films.len()];
        // The head is written with the first piece, so that nothing is printed if none can be chosen.
        let mut out = Some(out);
        let mut writer = None;
        choice.choose(&material, |pick| {
            cancel.check()?;
            let writer: &mut Writer<_> = match (&mut writer, out.take()) {
                (Some(writer), _) => writer,
                (none, Some(out)) => none.insert(Writer::new(format, header, out)?),
                (None, None) => return Ok::<(), WriteError>(()),
            };
            let film = pick.film as usize;
            writer.piece(&Entry {
                place: &self.addresses[film],
                title: &self.titles[film],
                start: pick.start,
                length: pick.length,
                zero: self.films[film].facts.zero,
            })?;
            sum.pieces += 1;
            sum.films += u64::from(!std::mem::replace(&mut is_used[film], true));
            sum.length += pick.length;
            Ok(())
        })?;
        if let Some(writer) = writer {
            writer.finish()?;
        }
        Ok(sum)
    }
}

/// Why a playlist was not written.
pub(super) enum WriteError {
    Choice(Invalid),
    Stopped,
    Output(io::Error),
}

impl From<Invalid> for WriteError {
    fn from(e: Invalid) -> Self {
        Self::Choice(e)
    }
}

impl From<Stopped> for WriteError {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<io::Error> for WriteError {
    fn from(e: io::Error) -> Self {
        Self::Output(e)
    }
}

/// Where the playlist goes.
pub(super) enum Destination {
    Stdout,
    File(PathBuf, Over),
    /// For the player, in a folder that is removed when this is dropped.
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
        write: impl FnOnce(&mut dyn Write) -> Result<T, WriteError>,
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

fn wrong(error: WriteError, path: &Path) -> Error {
    match error {
        WriteError::Choice(invalid) => invalid.from_origin(&Origin::Flags).into(),
        WriteError::Stopped => Error::Interrupted,
        WriteError::Output(e) => Error::io("write", path)(e),
    }
}
