//! The pictures and the sound of a remix, by frame.

use std::collections::HashMap;
use std::ops::Range;

use super::{Remix, Timeline};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::generate::Frame;
use crate::media::{
    self, FilmFormat, FilmReader, Fitter, Location, Picture, PixFmt, Samples, Sound, SoundReader,
    Unfitter,
};

/// Films that one cutter keeps open; more would cost memory, and pieces follow each other in time.
const OPEN: usize = 2;

/// Cuts pictures and sound out of films, for one worker.
pub struct Cutter<'a> {
    remix: &'a Remix,
    format: FilmFormat,
    timeline: Timeline<'a>,
    /// Films that are open, the last used at the end.
    films: Vec<(usize, FilmReader)>,
    sounds: HashMap<usize, Option<SoundReader>>,
    fitter: Fitter,
    unfitter: Unfitter,
    picture: Picture,
    cancel: &'a Cancel,
}

impl<'a> Cutter<'a> {
    /// A cutter for `remix`, whose film has this `format` and pixels; it fails once `cancel` says so.
    pub fn new(remix: &'a Remix, format: FilmFormat, pix_fmt: PixFmt, cancel: &'a Cancel) -> Self {
        Self {
            remix,
            format,
            timeline: Timeline::new(remix, format.fps),
            films: Vec::new(),
            sounds: HashMap::new(),
            fitter: Fitter::new(format.size, pix_fmt, remix.fit),
            unfitter: Unfitter::default(),
            picture: Picture::new(format.size, pix_fmt),
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

    /// The sound of `frames`, encoded; `None` if the remix has none.
    ///
    /// # Errors
    /// A film cannot be read, or the sound not be encoded.
    pub fn sound(&mut self, frames: Range<u64>) -> Result<Option<Sound>> {
        let Some(rate) = self.remix.sound else { return Ok(None) };
        // Found anew for each segment, so that where decoding began does not depend on what this
        // worker did before: codecs may carry their state over.
        self.sounds.clear();
        let (fps, all) = (self.format.fps, self.format.frames);
        let packets = media::sound_packets(rate, fps, frames, all);
        let end = fps.units(all, rate);
        media::encode_sound(rate, packets, |first, count, out| {
            let first = u64::try_from(first).unwrap_or(0);
            self.samples(first.min(end)..(first + count as u64).min(end), rate, out)?;
            // Behind the film's end there is silence, which the last packet is filled up with.
            out.iter_mut().for_each(|channel| channel.resize(count, 0.0));
            Ok(())
        })
        .map(Some)
    }

    fn samples(&mut self, samples: Range<u64>, rate: u32, out: &mut Samples) -> Result<()> {
        for stretch in self.timeline.sound(samples, rate) {
            let at = self.location(stretch.film);
            if !self.sounds.contains_key(&stretch.film) {
                if self.sounds.len() == OPEN {
                    self.sounds.clear();
                }
                self.sounds.insert(stretch.film, SoundReader::open(&at, rate)?);
            }
            let count = stretch.length as usize;
            match self.sounds.get_mut(&stretch.film) {
                Some(Some(reader)) => reader.read(stretch.start as i64, count, out)?,
                _ => out.iter_mut().for_each(|channel| {
                    channel.resize(channel.len() + count, 0.0);
                }),
            }
        }
        Ok(())
    }

    fn location(&self, film: usize) -> Location {
        self.remix.films[film].location()
    }
}
