//! Where frames come from: a generator draws them, or a remix cuts them out of films.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::generate::{Frame, Generator, Painter, generator};
use crate::media::{SegmentEncoder, Sound};
use crate::recipe::{Recipe, Source};
use crate::remix::Cutter;

/// What gives the frames of a job.
#[derive(Clone, Copy)]
pub(super) enum Drawing<'a> {
    /// They are drawn.
    Drawn(&'a dyn Generator),
    /// They are cut from films.
    Cut(&'a Recipe),
}

impl<'a> Drawing<'a> {
    /// Looks whether there is all that is needed, before any work.
    pub fn ready(&self) -> Result<(), String> {
        match self {
            Self::Drawn(generator) => generator.ready(),
            Self::Cut(Recipe { source: Source::Remix(remix), .. }) => remix.check(),
            Self::Cut(_) => Ok(()),
        }
    }

    /// Told when the work stops.
    pub fn stop(&self) {
        if let Self::Drawn(generator) = self {
            generator.stop();
        }
    }

    /// What one worker draws with.
    pub fn brush(&self, recipe: &Recipe) -> Brush<'a> {
        let tool = match self {
            Self::Drawn(generator) => Tool::Painter(generator.painter()),
            Self::Cut(recipe) => Tool::Cutter(Cutter::new(recipe).map(Box::new)),
        };
        Brush { tool, frame: Frame::new(recipe.size) }
    }
}

/// What a worker draws with, and on.
pub(super) struct Brush<'a> {
    tool: Tool<'a>,
    frame: Frame,
}

enum Tool<'a> {
    Painter(Box<dyn Painter + 'a>),
    Cutter(Option<Box<Cutter<'a>>>),
}

impl Brush<'_> {
    /// Told which frames come next.
    pub fn prepare(&mut self, frames: Range<u64>) {
        if let Tool::Painter(painter) = &mut self.tool {
            painter.prepare(frames);
        }
    }

    /// The sound of `frames`, if there is any.
    pub fn sound(&mut self, frames: Range<u64>) -> Result<Option<Sound>> {
        let index = frames.start;
        match &mut self.tool {
            Tool::Cutter(Some(cutter)) => cutter.sound(frames).map_err(|e| at(index, e)),
            _ => Ok(None),
        }
    }

    /// Makes frame `index`: into `encoder`, if there is one, and, if `seen`, to be looked at.
    pub fn draw(
        &mut self,
        index: u64,
        encoder: Option<&mut SegmentEncoder>,
        seen: bool,
    ) -> Result<&Frame> {
        match &mut self.tool {
            Tool::Painter(painter) => {
                painter
                    .paint(index, &mut self.frame)
                    .map_err(|reason| Error::Frame { index, reason })?;
                if let Some(encoder) = encoder {
                    encoder.push(&self.frame)?;
                }
            }
            Tool::Cutter(cutter) => {
                let cutter = cutter.as_mut().ok_or_else(|| Error::Frame {
                    index,
                    reason: "this is no remix, and has no generator".into(),
                })?;
                let picture = cutter.picture(index).map_err(|e| at(index, e))?;
                if let Some(encoder) = encoder {
                    encoder.push_picture(picture)?;
                }
                if seen {
                    cutter.frame(&mut self.frame)?;
                }
            }
        }
        Ok(&self.frame)
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

/// Frames of a recipe, each drawn alone.
pub struct Stills {
    recipe: Recipe,
    generator: Option<Box<dyn Generator>>,
}

impl Stills {
    /// The frames of `recipe`.
    pub fn new(recipe: Recipe) -> Self {
        Self { generator: generator(&recipe), recipe }
    }

    /// Draws frame `index`.
    ///
    /// # Errors
    /// What the generator said; of a remix, what is wrong with its film.
    pub fn draw(&self, index: u64) -> Result<Frame> {
        let drawing = match &self.generator {
            Some(generator) => Drawing::Drawn(&**generator),
            None => Drawing::Cut(&self.recipe),
        };
        let mut brush = drawing.brush(&self.recipe);
        brush.draw(index, None, true)?;
        Ok(brush.frame)
    }

    /// Told from another thread when nobody waits any more: drawing returns an error then, now and
    /// later.
    pub fn stop(&self) {
        if let Some(generator) = &self.generator {
            generator.stop();
        }
    }
}

/// Draws frame `index` of `recipe`, alone.
///
/// # Errors
/// As [`Stills::draw`].
pub fn frame(recipe: &Recipe, index: u64) -> Result<Frame> {
    Stills::new(recipe.clone()).draw(index)
}
