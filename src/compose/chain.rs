//! Effects in order, on what a generator drew.

use super::effect::Moment;
use super::{Canvas, Effect, Scratch};
use crate::generate::{Clip, Frame};

/// Effects in order, with the memory that one worker needs for them.
pub struct Chain<'a> {
    effects: &'a [Effect],
    clip: Clip,
    canvas: Canvas,
    scratch: Scratch,
}

impl<'a> Chain<'a> {
    /// These effects on the frames of `clip`; `None` if there are none.
    pub fn new(effects: &'a [Effect], clip: Clip) -> Option<Self> {
        if effects.is_empty() {
            return None;
        }
        Some(Self { effects, clip, canvas: Canvas::new(clip.size), scratch: Scratch::default() })
    }

    /// Bytes that a chain takes for frames of so many pixels, estimated from above.
    pub fn memory(effects: &[Effect], pixels: u64) -> u64 {
        match effects.is_empty() {
            true => 0,
            false => pixels * 14,
        }
    }

    /// Puts frame `index` through all effects.
    ///
    /// # Errors
    /// A value that moves leaves its range at this frame.
    pub fn apply(&mut self, index: u64, frame: &mut Frame) -> Result<(), String> {
        for effect in self.effects {
            effect.check(index)?;
        }
        self.canvas.set(frame);
        let at = Moment { clip: self.clip, index };
        for effect in self.effects {
            effect.apply(&mut self.canvas, &mut self.scratch, at);
        }
        match frame.alpha() {
            None => self.canvas.flatten(frame),
            Some(_) => self.canvas.store(frame),
        }
        Ok(())
    }
}
