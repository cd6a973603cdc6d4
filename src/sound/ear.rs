//! The sound of a film, for generators that draw it.

use std::path::PathBuf;

use super::{Mixer, Studio};
use crate::error::Error;
use crate::generate::{Ear, PaintError, Waves};
use crate::media::Samples;

impl Waves for Studio {
    fn rate(&self) -> u32 {
        self.rate()
    }

    fn ear(&self) -> Box<dyn Ear + '_> {
        match self.has_remix() {
            true => Box::new(Blocks { studio: self, number: i64::MIN, block: Samples::default() }),
            false => Box::new(self.mixer()),
        }
    }

    fn ready(&self) -> Result<(), String> {
        self.ready()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files()
    }

    fn stop(&self) {
        self.stop();
    }
}

fn painted(error: Error) -> PaintError {
    match error {
        Error::Interrupted => PaintError::Stopped(crate::cancel::Stopped),
        error => PaintError::Failed(error.to_string()),
    }
}

impl Ear for Mixer<'_> {
    fn hear(
        &mut self,
        first: i64,
        count: usize,
        out: &mut [Vec<f32>; 2],
    ) -> Result<(), PaintError> {
        self.read(first, count, out).map(drop).map_err(painted)
    }
}

/// Seconds of a block.
const BLOCK: i64 = 1;

/// Hears a remix in blocks, each by a mixer of its own: what is cut from films depends on where decoding began, and who
/// hears a block is not to depend on what was heard before.
struct Blocks<'a> {
    studio: &'a Studio,
    /// The block that was heard last, and its number.
    number: i64,
    block: Samples,
}

impl Ear for Blocks<'_> {
    fn hear(
        &mut self,
        first: i64,
        count: usize,
        out: &mut [Vec<f32>; 2],
    ) -> Result<(), PaintError> {
        let length = BLOCK * i64::from(self.studio.rate());
        let (mut at, end) = (first, first + count as i64);
        while at < end {
            let number = at.div_euclid(length);
            if self.number != number {
                self.block.iter_mut().for_each(Vec::clear);
                self.number = i64::MIN;
                let read =
                    self.studio.mixer().read(number * length, length as usize, &mut self.block);
                read.map_err(painted)?;
                self.number = number;
            }
            let from = at.rem_euclid(length);
            let until = length.min(from + end - at);
            for (out, block) in out.iter_mut().zip(&self.block) {
                out.extend_from_slice(&block[from as usize..until as usize]);
            }
            at += until - from;
        }
        Ok(())
    }
}
