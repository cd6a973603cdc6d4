//! Pieces of films joined by copying their packets.

mod clock;
mod first;
mod form;
mod head;
mod nal;
mod output;
mod pcm;
mod piece;
mod stream;
mod timecode;

use std::fs::File;
use std::path::{Path, PathBuf};

use ffmpeg_next::media;

use self::form::Form;
use self::output::Output;
use self::piece::{Piece, Streams};
use super::location::Location;
use super::probe::{open_probed, video_stream};
use crate::error::{Error, Result};
use crate::values::named;

named! {
    /// What pieces are copied into.
    CopyContainer as "container" {
        /// MP4, index in front.
        Mp4 = "mp4",
        /// QuickTime, which editors take, index in front.
        Mov = "mov",
        /// Matroska.
        Mkv = "mkv",
        /// WebM.
        Webm = "webm",
    }
}

impl CopyContainer {
    /// Those that take more.
    fn others(self) -> &'static str {
        match self {
            Self::Mp4 => ".mkv or .mov",
            Self::Mov => ".mkv or .mp4",
            Self::Mkv => ".mp4 or .mov",
            Self::Webm => ".mkv or .mp4",
        }
    }

    /// True if it says of each packet when it is shown or heard; MP4 and QuickTime only say how long packets last.
    fn has_times(self) -> bool {
        matches!(self, Self::Mkv | Self::Webm)
    }

    /// FFmpeg's name of the muxer.
    fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::Mkv => "matroska",
            Self::Webm => "webm",
        }
    }
}

/// What was joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joined {
    /// Frames of the picture.
    pub frames: u64,
    /// How long it is, in seconds.
    pub seconds: f64,
}

/// Joins pieces of films that are coded alike.
pub struct Joiner {
    /// Taken by the first piece.
    file: Option<File>,
    path: PathBuf,
    container: CopyContainer,
    with_sound: bool,
    output: Option<Output>,
    /// The end of what was joined so far, in microseconds.
    end: i64,
}

impl Joiner {
    /// Will write into `file`, an empty one; `path` is named in errors.
    pub fn new(file: File, path: &Path, container: CopyContainer, with_sound: bool) -> Self {
        Self { file: Some(file), path: path.into(), container, with_sound, output: None, end: 0 }
    }

    /// Appends the piece of the film at `at` from `start` to `stop`, in microseconds.
    ///
    /// # Errors
    /// The film cannot be read, is coded unlike the first, cannot be cut without decoding, or the result cannot be
    /// written.
    pub fn push(&mut self, at: &Location, start: u64, stop: u64) -> Result<()> {
        let input = open_probed(at)?;
        let picture = video_stream(&input, at)?;
        let sound = input.streams().best(media::Type::Audio).map(|stream| stream.index());
        let sound = sound.filter(|_| self.with_sound);
        let delay = match &self.output {
            Some(output) => {
                output.check(at, &input, (picture, sound))?;
                output.delay()
            }
            None => input.stream(picture).map_or(0, |stream| Form::of(&stream).delay),
        };
        let streams = Streams { picture, sound, delay };
        let piece = Piece::open(input, at, streams, start, stop)?;
        let output = match &mut self.output {
            Some(output) => output,
            output => {
                let failed = || refused(at, "an earlier piece failed".into());
                let file = self.file.take().ok_or_else(failed)?;
                output.insert(Output::new(file, &self.path, self.container, at, &piece)?)
            }
        };
        let shift = self.end - piece.start();
        let piece = output.append(piece, shift, at, &self.path)?;
        self.end += piece.end() - piece.start();
        Ok(())
    }

    /// Writes the index and closes the film, which is not yet synced.
    ///
    /// # Errors
    /// There was no piece, the film cannot be written, or its container cannot say all that the first one says.
    pub fn finish(self) -> Result<Joined> {
        let Some(output) = self.output else {
            let what = format!("cannot write {}", self.path.display());
            return Err(Error::Media { what, reason: "there is no piece".into() });
        };
        let frames = output.frames();
        output.finish(&self.path)?;
        Ok(Joined { frames, seconds: self.end as f64 / 1e6 })
    }
}

/// An error about the film at `at`.
fn refused(at: &Location, reason: String) -> Error {
    Error::Media { what: at.to_string(), reason }
}
