//! The sound of a remix, by sample.
//!
//! What a decoder gives depends on where it began. It begins at each piece: so a sample is a pure function of recipe and
//! index, whichever were had before, and nothing clicks within a piece.

use std::ops::Range;

use super::timeline::Stretch;
use super::{Remix, Timeline};
use crate::error::Result;
use crate::media::{Samples, SoundReader};
use crate::values::FrameRate;

/// Cuts sound out of films.
pub struct SoundCutter<'a> {
    remix: &'a Remix,
    timeline: Timeline<'a>,
    /// Samples a second.
    rate: u32,
    /// The film that was read last, and what reads it, if it has sound.
    film: Option<(usize, Option<SoundReader>)>,
}

impl<'a> SoundCutter<'a> {
    /// Cuts the sound of `remix`, whose film has `fps` frames a second, at `rate` samples a second.
    pub fn new(remix: &'a Remix, fps: FrameRate, rate: u32) -> Self {
        Self { remix, timeline: Timeline::new(remix, fps), rate, film: None }
    }

    /// Adds samples `samples` of the remix to `out`.
    ///
    /// # Errors
    /// A film cannot be read.
    pub fn read(&mut self, samples: Range<u64>, out: &mut Samples) -> Result<()> {
        for Stretch { film, start, length, piece } in self.timeline.sound(samples, self.rate) {
            let at = self.remix.films[film].location();
            let known = self.film.take().filter(|(known, _)| *known == film);
            let reader = match known {
                Some((_, reader)) => reader,
                None => SoundReader::open(&at, self.rate)?,
            };
            let (_, reader) = self.film.insert((film, reader));
            let (piece, start, count) = (piece as i64, start as i64, length as usize);
            match reader {
                Some(reader) => reader.read(piece, start, count, out)?,
                None => out.iter_mut().for_each(|channel| {
                    channel.resize(channel.len() + count, 0.0);
                }),
            }
        }
        Ok(())
    }
}
