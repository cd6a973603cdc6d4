//! Remixes: films cut into pieces, and the pieces joined.
//!
//! A remix is a recipe like any other: it names the films, by their content as well, and the pieces
//! in their order, to the microsecond. Which picture a frame shows follows from that.

mod clip;
mod compose;
mod copy;
mod cutter;
mod sound;
mod timeline;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use clip::{After, Clip, ClipDraft, ClipReader};
pub use compose::Cut;
pub use copy::copy;
pub use cutter::Cutter;
pub use sound::SoundCutter;
pub use timeline::Timeline;

use crate::checksum::Hasher;
use crate::error::{Error, Invalid, Result};
use crate::media::{self, Fit, Location, MAX_FRAMES};

/// Parameters of a remix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Remix {
    /// How pictures of another shape go into the frame.
    pub fit: Fit,
    /// Samples a second of the sound; `None` for a silent film without a track.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sound: Option<u32>,
    /// The pieces in order, each written `FILM START FRAMES`.
    pub pieces: Vec<Piece>,
    /// The films that they are cut from.
    pub films: Vec<SourceFilm>,
}

/// A film that pieces are cut from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceFilm {
    /// Its absolute path, or its URI.
    pub place: String,
    /// Its content, see [`fingerprint`].
    pub fingerprint: String,
}

/// A piece of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Piece {
    /// Which film, from 0.
    pub film: usize,
    /// Where it begins, in microseconds.
    pub start: u64,
    /// Frames of the remix that it fills, at least 1.
    pub frames: u64,
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.start / 1_000_000, self.start % 1_000_000);
        write!(f, "{} {seconds}.{micros:06} {}", self.film, self.frames)
    }
}

impl From<Piece> for String {
    fn from(piece: Piece) -> Self {
        piece.to_string()
    }
}

impl TryFrom<String> for Piece {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Piece {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("'{text}': a piece is FILM START FRAMES, such as \"0 12.5 150\"");
        let fields: Vec<&str> = text.split(' ').collect();
        let [film, start, frames] = fields[..] else { return Err(form()) };
        let start = crate::playlist::time::parse_seconds(start).ok_or_else(form)?;
        Ok(Self {
            film: film.parse().map_err(|_| form())?,
            start,
            frames: frames.parse().map_err(|_| form())?,
        })
    }
}

impl SourceFilm {
    /// The film at `at`, as it is now.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn new(at: &Location) -> Result<Self> {
        let at = match at {
            Location::File(path) => {
                let path = std::path::absolute(path).map_err(Error::io("find", path))?;
                Location::File(path)
            }
            url => url.clone(),
        };
        let place = match &at {
            Location::File(path) => path.to_str().map_or_else(|| at.uri(), str::to_string),
            Location::Url(url) => url.clone(),
        };
        Ok(Self { place, fingerprint: fingerprint(&at)? })
    }

    /// Where it is.
    pub fn location(&self) -> Location {
        Location::from_uri(&self.place).unwrap_or_else(|| Location::File(self.place.clone().into()))
    }
}

/// What tells a film's content from another's without reading all of it: its size and a checksum
/// of its first and last MiB, where containers keep their index; of a URL its size only.
///
/// # Errors
/// It cannot be read.
pub fn fingerprint(at: &Location) -> Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    const END: u64 = 1 << 20;
    let Location::File(path) = at else {
        return Ok(media::bytes(at)?.map_or("unknown".into(), |bytes| bytes.to_string()));
    };
    let failed = |action| Error::io(action, path);
    let mut file = std::fs::File::open(path).map_err(failed("open"))?;
    let bytes = file.metadata().map_err(failed("read"))?.len();
    let mut hasher = Hasher::default();
    hasher.read_all(&mut (&mut file).take(END)).map_err(failed("read"))?;
    let last = bytes.saturating_sub(END).max(END.min(bytes));
    file.seek(SeekFrom::Start(last)).map_err(failed("read"))?;
    hasher.read_all(&mut file.take(END)).map_err(failed("read"))?;
    Ok(format!("{bytes}-{}", hasher.checksum()))
}

impl Remix {
    /// Checks the pieces, and counts their frames.
    pub(crate) fn resolve(&mut self) -> Result<u64, Invalid> {
        if self.pieces.is_empty() {
            return Err(Invalid::new("remix.pieces", "[]", "there is nothing to join"));
        }
        if let Some(rate) = self.sound.filter(|rate| !matches!(rate, 8_000..=96_000)) {
            let reason = "the rate of sound is 8000 to 96000 samples a second";
            return Err(Invalid::new("remix.sound", rate, reason));
        }
        let mut frames = 0u64;
        for piece in &self.pieces {
            if piece.film >= self.films.len() {
                let reason = format!("there are {} films, counted from 0", self.films.len());
                return Err(Invalid::new("remix.pieces", piece, reason));
            }
            frames = frames.saturating_add(piece.frames);
            if piece.frames == 0 || frames > MAX_FRAMES {
                let reason =
                    format!("a piece has at least 1 frame, and all have up to {MAX_FRAMES}");
                return Err(Invalid::new("remix.pieces", piece, reason));
            }
        }
        Ok(frames)
    }

    /// The films that these frames show, by index, rising.
    pub fn films_in(&self, frames: Range<u64>) -> BTreeSet<usize> {
        let mut end = 0;
        let mut is_in = |piece: &&Piece| {
            let start = end;
            end += piece.frames;
            start < frames.end && frames.start < end
        };
        self.pieces.iter().filter(|piece| is_in(piece)).map(|piece| piece.film).collect()
    }

    /// Looks whether all films of these frames are there, and are what they were.
    ///
    /// # Errors
    /// One is gone or another, in one line.
    pub fn check(&self, frames: Range<u64>) -> Result<(), String> {
        use rayon::prelude::*;
        self.films_in(frames).into_par_iter().try_for_each(|film| {
            let film = &self.films[film];
            let at = film.location();
            match fingerprint(&at) {
                Ok(now) if now == film.fingerprint => Ok(()),
                Ok(_) => Err(format!(
                    "{at} is not the film that this remix was begun with; put that one back, or \
                     remix the playlist anew, which makes another job"
                )),
                Err(e) => Err(format!("{e}; this remix was begun with it")),
            }
        })
    }
}
