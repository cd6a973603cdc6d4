//! A film as a layer: its pictures by the time of another.

use std::path::{Path, PathBuf};

use super::fingerprint;
use crate::cancel::Cancel;
use crate::error::{Error, Invalid, Result};
use crate::generate::Frame;
use crate::media::{self, FilmReader, Fitter, Location, Picture, PixFmt};
use crate::parameters::{Described, parameters};
use crate::values::{Clip as Target, Fit, Size, named};

named! {
    /// What is seen once a film has ended.
    After as "ending" {
        /// Its last picture.
        Hold = "hold",
        /// It begins again.
        Loop = "loop",
        /// Nothing.
        None = "none",
    }
}

parameters! {
    /// The parameters of film.
    Clip, ClipDraft as "film";

    /// The film: a file, or an address of http or https
    file: String = String::new(), placeholder("FILE");
    /// Where in it the first frame is taken from
    start: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e7, "seconds"),
        still("how fast it runs is speed");
    /// How fast it runs
    speed: f64 = 1.0, placeholder("X"), within(0.0, 1000.0, "times"), rate();
    /// What is seen once it has ended
    after: After = After::Hold, placeholder("AFTER");
    /// How a picture of another shape goes into the frame
    fit: Fit = Fit::Pad, placeholder("FIT");
    /// What tells its content from any other
    fingerprint: Option<String> = None;
    /// How long it is
    length: Option<f64> = None, placeholder("SECONDS"), within(0.0, 1e9, "seconds"), still("it is found");
    /// Pixels of its pictures
    pixels: Option<Size> = None;
}

impl Clip {
    /// Settles what was left open, and looks into the film. Of a recipe that knows its film, what it was made with holds.
    ///
    /// # Errors
    /// The first value that is out of range; the film cannot be read.
    pub fn resolve(draft: ClipDraft, target: Target) -> std::result::Result<Self, Invalid> {
        // In a loop it begins again, if nothing is said.
        let mut own = Self::default();
        if target.looped {
            own.after = After::Loop;
        }
        let mut clip = draft.over(own, target)?;
        let invalid = |reason: String| Invalid::new("film.file", &clip.file, reason);
        if clip.file.is_empty() {
            return Err(invalid("a film is needed: file = 'clip.mp4'".into()));
        }
        if target.looped && clip.after != After::Loop && clip.speed != 0.0 {
            let reason = "in a loop a film begins again: after = 'loop'";
            return Err(Invalid::new("film.after", clip.after, reason));
        }
        if clip.fingerprint.is_some() && clip.length.is_some() && clip.pixels.is_some() {
            return Ok(clip);
        }
        let at = clip.location();
        let facts = media::probe(&at).map_err(|e| invalid(e.to_string()))?;
        let print = fingerprint(&at).map_err(|e| invalid(e.to_string()))?;
        let length = facts.duration as f64 / 1e6;
        if clip.start >= length {
            let reason = format!("{} lasts {length:.3} s", clip.file);
            return Err(Invalid::new("film.start", clip.start, reason));
        }
        (clip.fingerprint, clip.length, clip.pixels) =
            (Some(print), Some(length), Some(facts.size));
        Ok(clip)
    }

    /// Where the film is.
    pub fn location(&self) -> Location {
        Location::typed(Path::new(&self.file))
    }

    /// Its file, if it is one.
    pub fn path(&self) -> Option<PathBuf> {
        self.location().file().map(Into::into)
    }

    /// Looks whether the film is there, and is what it was.
    ///
    /// # Errors
    /// It is gone or another, in one line.
    pub fn check(&self) -> std::result::Result<(), String> {
        match fingerprint(&self.location()) {
            Ok(now) if Some(&now) == self.fingerprint.as_ref() => Ok(()),
            Ok(_) => Err(format!(
                "{} has changed since this recipe was made, and its frames would not fit those that are there; put \
                 it back as it was, or make another job",
                self.file
            )),
            Err(e) => Err(format!("{e}; this recipe was made with it")),
        }
    }

    /// The time in the film that is seen `seconds` after the beginning, in microseconds; `None` where there is nothing.
    fn time(&self, seconds: f64, target: &Target) -> Option<u64> {
        let length = self.length.unwrap_or(f64::INFINITY);
        let time = self.start + target.passed(seconds, self.speed, length - self.start);
        let time = match self.after {
            _ if time < length => time,
            After::Hold => length,
            After::Loop => self.start + (time - self.start) % (length - self.start),
            After::None => return None,
        };
        Some((time * 1e6).round() as u64)
    }
}

/// Reads the pictures of a film, for one worker.
pub struct ClipReader<'a> {
    clip: &'a Clip,
    target: Target,
    reader: Option<FilmReader>,
    fitter: Fitter,
    picture: Picture,
    cancel: &'a Cancel,
}

impl<'a> ClipReader<'a> {
    /// A reader for the frames of `target`; it fails once `cancel` says so.
    pub fn new(clip: &'a Clip, target: Target, cancel: &'a Cancel) -> Self {
        Self {
            clip,
            target,
            reader: None,
            fitter: Fitter::new(target.size, PixFmt::Bgra, clip.fit),
            picture: Picture::new(target.size, PixFmt::Bgra),
            cancel,
        }
    }

    /// Draws what is seen at frame `index`.
    ///
    /// # Errors
    /// The film cannot be read; a value that moves leaves its range.
    pub fn draw(&mut self, index: u64, frame: &mut Frame) -> Result<()> {
        self.clip.moves.check(index).map_err(|reason| Error::Frame { index, reason })?;
        let time = self.clip.at(index).time(self.target.fps.seconds(index), &self.target);
        let Some(time) = time else {
            frame.clear();
            return Ok(());
        };
        if self.reader.is_none() {
            self.reader = Some(FilmReader::open(&self.clip.location(), self.cancel)?);
        }
        if let Some(reader) = &mut self.reader {
            self.fitter.fit(reader, time, &mut self.picture)?;
        }
        media::with_alpha(&self.picture, frame);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::FrameRate;

    #[test]
    fn the_time_in_a_film_is_that_of_its_speed_and_ending() {
        let clip =
            |after| Clip { start: 1.0, speed: 2.0, after, length: Some(5.0), ..Clip::default() };
        let fps = FrameRate { num: 10, den: 1 };
        let target = Target { seed: 1, size: Size::new(4, 3), fps, frames: 100, looped: false };
        let times = |after| [0.0, 1.5, 2.0, 3.0].map(|seconds| clip(after).time(seconds, &target));
        let micros = |seconds: u64| Some(seconds * 1_000_000);
        assert_eq!(times(After::Hold), [micros(1), micros(4), micros(5), micros(5)]);
        assert_eq!(times(After::Loop), [micros(1), micros(4), micros(1), micros(3)]);
        assert_eq!(times(After::None), [micros(1), micros(4), None, None]);
    }
}
