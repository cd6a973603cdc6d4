//! The sound of a film, for generators that draw it.

use std::path::PathBuf;

use super::{Mixer, Studio};
use crate::error::Error;
use crate::generate::{Ear, PaintError, Waves};

impl Waves for Studio {
    fn rate(&self) -> u32 {
        self.rate()
    }

    fn ear(&self) -> Box<dyn Ear + '_> {
        Box::new(self.mixer())
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
