//! The sound of a remix, by sample.

use std::collections::HashMap;
use std::ops::Range;

use super::cutter::OPEN;
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
    films: HashMap<usize, Option<SoundReader>>,
}

impl<'a> SoundCutter<'a> {
    /// Cuts the sound of `remix`, whose film has `fps` frames a second, at `rate` samples a second.
    pub fn new(remix: &'a Remix, fps: FrameRate, rate: u32) -> Self {
        Self { remix, timeline: Timeline::new(remix, fps), rate, films: HashMap::new() }
    }

    /// Adds samples `samples` of the remix to `out`.
    ///
    /// # Errors
    /// A film cannot be read.
    pub fn read(&mut self, samples: Range<u64>, out: &mut Samples) -> Result<()> {
        for stretch in self.timeline.sound(samples, self.rate) {
            if !self.films.contains_key(&stretch.film) {
                if self.films.len() == OPEN {
                    self.films.clear();
                }
                let at = self.remix.films[stretch.film].location();
                self.films.insert(stretch.film, SoundReader::open(&at, self.rate)?);
            }
            let count = stretch.length as usize;
            match self.films.get_mut(&stretch.film) {
                Some(Some(reader)) => reader.read(stretch.start as i64, count, out)?,
                _ => out.iter_mut().for_each(|channel| {
                    channel.resize(channel.len() + count, 0.0);
                }),
            }
        }
        Ok(())
    }
}
