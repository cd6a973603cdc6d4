//! What one worker draws frames with, and what is made of them: effects, layers.

use std::ops::Range;

use super::drawing::{Drawing, Part};
use super::hearing::{Hearing, Listener};
use crate::compose::{Single, Stack};
use crate::error::{Error, Result};
use crate::generate::{Frame, PaintError, Painter};
use crate::jobs::Event;
use crate::media::{EncodedSound, PixFmt, SegmentEncoder};
use crate::recipe::{Recipe, Source};
use crate::remix::{ClipReader, Cutter};

impl<'a> Drawing<'a> {
    /// What one worker draws with.
    pub fn source(&'a self) -> FrameSource<'a> {
        let recipe = &self.recipe;
        let composition = Composition::new(recipe);
        // What nothing else is done to stays in the encoder's pixels.
        let pix_fmt = match (&composition, &recipe.video) {
            (Composition::Plain, Some(video)) => video.pix_fmt,
            _ => PixFmt::Bgra,
        };
        let tool = |part: &'a Part| match part {
            Part::Drawn(generator) => Tool::Painter(generator.painter()),
            Part::Lent(generator) => Tool::Painter(generator.painter()),
            Part::Cut(remix, clip) => {
                let shape = (clip.size, clip.fps);
                Tool::Cutter(Box::new(Cutter::new(remix, shape, pix_fmt, &self.cancel)))
            }
            Part::Film(film, target) => {
                Tool::Film(Box::new(ClipReader::new(film, *target, &self.cancel)))
            }
        };
        let tools = self.parts.iter().map(tool).collect();
        FrameSource {
            tools,
            composition,
            listener: self.hearing.as_ref().map(Hearing::listener),
            recipe,
            lead: self.lead,
            frame: Frame::new(recipe.size),
        }
    }
}

/// What is made of what the sources give.
enum Composition<'a> {
    /// It is the frame.
    Plain,
    /// It goes through effects.
    Single(Box<Single<'a>>),
    /// Layers.
    Stack(Box<Stack<'a>>),
}

impl<'a> Composition<'a> {
    fn new(recipe: &'a Recipe) -> Self {
        let (effects, clip) = (&recipe.effects[..], recipe.clip());
        match &recipe.source {
            Source::Stack(stack) => {
                let layers = stack.sheaves();
                let stack = Stack::new(layers, stack.background, stack.linear, effects, clip);
                Self::Stack(Box::new(stack))
            }
            _ if effects.is_empty() => Self::Plain,
            _ => Self::Single(Box::new(Single::new(effects, clip))),
        }
    }
}

/// What a worker draws with, and on.
pub(super) struct FrameSource<'a> {
    tools: Vec<Tool<'a>>,
    composition: Composition<'a>,
    listener: Option<Listener<'a>>,
    recipe: &'a Recipe,
    /// See [`Drawing::lead`].
    lead: u64,
    /// What was drawn last.
    pub frame: Frame,
}

enum Tool<'a> {
    Painter(Box<dyn Painter + 'a>),
    Cutter(Box<Cutter<'a>>),
    Film(Box<ClipReader<'a>>),
}

impl Tool<'_> {
    /// Draws frame `index`.
    fn draw(&mut self, index: u64, frame: &mut Frame) -> Result<()> {
        frame.set_opaque();
        match self {
            Self::Painter(painter) => painter.paint(index, frame).map_err(|e| match e {
                PaintError::Failed(reason) => Error::Frame { index, reason },
                PaintError::Stopped(_) => Error::Interrupted,
            }),
            Self::Cutter(cutter) => {
                cutter.picture(index).map_err(|e| at(index, e))?;
                cutter.frame(frame)
            }
            Self::Film(reader) => reader.draw(index, frame).map_err(|e| at(index, e)),
        }
    }
}

impl FrameSource<'_> {
    /// Told which frames come next.
    pub fn prepare(&mut self, frames: Range<u64>) {
        for tool in &mut self.tools {
            if let Tool::Painter(painter) = tool {
                painter.prepare(frames.start.saturating_sub(self.lead)..frames.end);
            }
        }
    }

    /// The sound of `frames`, if there is any, and what is worth telling of it.
    pub fn sound(&mut self, frames: Range<u64>) -> Result<(Option<EncodedSound>, Vec<Event>)> {
        let (index, fps, all) = (frames.start, self.recipe.fps, self.recipe.frames);
        match (&mut self.listener, self.recipe.sound_format()) {
            (Some(listener), Some(format)) => {
                let heard = listener.encode(&format, fps, frames, all);
                heard.map(|(sound, told)| (Some(sound), told)).map_err(|e| at(index, e))
            }
            _ => Ok((None, Vec::new())),
        }
    }

    /// Makes frame `index`: into `encoder`, if there is one, and, if `seen`, to be looked at.
    pub fn draw(
        &mut self,
        index: u64,
        encoder: Option<&mut SegmentEncoder>,
        seen: bool,
    ) -> Result<&Frame> {
        let Self { tools, composition, frame, .. } = self;
        match (composition, &mut tools[..]) {
            (Composition::Plain, [Tool::Cutter(cutter)]) => {
                let picture = cutter.picture(index).map_err(|e| at(index, e))?;
                if let Some(encoder) = encoder {
                    encoder.push_picture(picture)?;
                }
                if seen {
                    cutter.frame(frame)?;
                }
                return Ok(frame);
            }
            (Composition::Stack(stack), tools) => {
                stack.draw(index, frame, &mut |n, index, frame| tools[n].draw(index, frame))?;
            }
            (Composition::Single(single), [tool]) => {
                single.draw(index, frame, &mut |index, frame| tool.draw(index, frame))?;
            }
            (Composition::Plain, [tool]) => tool.draw(index, frame)?,
            // A recipe has a source.
            (_, _) => {}
        }
        if let Some(encoder) = encoder {
            encoder.push(frame)?;
        }
        Ok(frame)
    }
}

/// An error of a film, as one of the frame that it was to show.
fn at(index: u64, error: Error) -> Error {
    match error {
        Error::Media { what, reason } => {
            Error::Frame { index, reason: format!("{what}: {reason}") }
        }
        error => error,
    }
}
