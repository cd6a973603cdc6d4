//! A single source, and effects on it.

use super::{Below, Canvas, Chain, Effect, Scratch};
use crate::error::{Error, Result};
use crate::generate::Frame;
use crate::values::Clip;

/// Puts the pictures of a single source through effects, with the memory that one worker needs for it.
pub struct Single<'a> {
    chain: Chain<'a>,
    canvas: Canvas,
    scratch: Scratch,
}

/// Draws what the source shows at a frame.
pub type DrawFrame<'d> = dyn FnMut(u64, &mut Frame) -> Result<()> + 'd;

impl<'a> Single<'a> {
    /// These effects on the frames of `clip`.
    pub fn new(effects: &'a [Effect], clip: Clip) -> Self {
        let chain = Chain::new(effects, clip, None);
        Self { chain, canvas: Canvas::new(clip.size), scratch: Scratch::default() }
    }

    /// Draws frame `index` into `frame`; `draw` draws what the source shows.
    ///
    /// # Errors
    /// Those of `draw`; a value that moves leaves its range.
    pub fn draw(&mut self, index: u64, frame: &mut Frame, draw: &mut DrawFrame) -> Result<()> {
        let mut below = Source { frame, draw, scratch: &mut self.scratch };
        self.chain.draw(index, &mut self.canvas, &mut below)?;
        match frame.alpha() {
            None => self.canvas.flatten(frame),
            Some(_) => self.canvas.store(frame),
        }
        Ok(())
    }
}

/// A source below effects.
struct Source<'s, 'd> {
    frame: &'s mut Frame,
    draw: &'s mut DrawFrame<'d>,
    scratch: &'s mut Scratch,
}

impl Below for Source<'_, '_> {
    fn draw(&mut self, index: u64, picture: &mut Canvas) -> Result<()> {
        (self.draw)(index, self.frame)?;
        picture.set(self.frame);
        Ok(())
    }

    fn layer(&mut self, name: &str, index: u64) -> Result<Canvas> {
        // A recipe that is resolved names layers that are there.
        Err(Error::Frame { index, reason: format!("there is no layer '{name}'") })
    }

    fn scratch(&mut self) -> &mut Scratch {
        self.scratch
    }
}
