//! The pictures of a remix, by frame.

use super::{Remix, Timeline};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::generate::Frame;
use crate::media::{FilmReader, Fitter, Location, Picture, PixFmt, Unfitter};
use crate::values::{FrameRate, Size};

/// Films that one cutter keeps open; more would cost memory, and pieces follow each other in time.
const OPEN: usize = 2;

/// Cuts pictures out of films, for one worker.
pub struct Cutter<'a> {
    remix: &'a Remix,
    timeline: Timeline<'a>,
    /// Films that are open, the last used at the end.
    films: Vec<(usize, FilmReader)>,
    fitter: Fitter,
    unfitter: Unfitter,
    picture: Picture,
    cancel: &'a Cancel,
}

impl<'a> Cutter<'a> {
    /// A cutter for `remix`, whose frames have `size` and these pixels, and follow each other at `fps`; it fails once
    /// `cancel` says so.
    pub fn new(
        remix: &'a Remix,
        (size, fps): (Size, FrameRate),
        pix_fmt: PixFmt,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            remix,
            timeline: Timeline::new(remix, fps),
            films: Vec::new(),
            fitter: Fitter::new(size, pix_fmt, remix.fit),
            unfitter: Unfitter::default(),
            picture: Picture::new(size, pix_fmt),
            cancel,
        }
    }

    /// The picture of frame `index`, in the encoder's pixels.
    ///
    /// # Errors
    /// The film cannot be read.
    pub fn picture(&mut self, index: u64) -> Result<&mut Picture> {
        let (film, time) = self.timeline.frame(index).ok_or_else(|| Error::Frame {
            index,
            reason: "it lies behind the last piece".into(),
        })?;
        match self.films.iter().position(|(n, _)| *n == film) {
            Some(at) => {
                let used = self.films.remove(at);
                self.films.push(used);
            }
            None => {
                if self.films.len() == OPEN {
                    self.films.remove(0);
                }
                self.films.push((film, FilmReader::open(&self.location(film), self.cancel)?));
            }
        }
        if let Some((_, reader)) = self.films.last_mut() {
            self.fitter.fit(reader, time, &mut self.picture)?;
        }
        Ok(&mut self.picture)
    }

    /// Writes what [`Cutter::picture`] gave last into `frame`.
    ///
    /// # Errors
    /// Its pixels cannot be converted.
    pub fn frame(&mut self, frame: &mut Frame) -> Result<()> {
        self.unfitter.unfit(&self.picture, frame)
    }

    fn location(&self, film: usize) -> Location {
        self.remix.films[film].location()
    }
}
