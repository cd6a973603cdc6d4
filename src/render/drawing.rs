//! Where frames come from: a generator draws them, or a remix cuts them out of films.

use std::ops::Range;
use std::path::PathBuf;

use crate::cancel::Cancel;
use crate::compose::Chain;
use crate::error::{Error, Result};
use crate::generate::{Frame, Generator, PaintError, Painter};
use crate::media::{PixFmt, SegmentEncoder, Sound};
use crate::recipe::{Recipe, Source};
use crate::remix::Cutter;

/// What gives the frames of a job.
#[derive(Clone, Copy)]
pub(super) enum Drawing<'a> {
    /// They are drawn.
    Drawn(&'a dyn Generator),
    /// They are cut from films, until they are no longer wanted.
    Cut(&'a Recipe, &'a Cancel),
}

impl<'a> Drawing<'a> {
    /// Looks whether there is all that is needed, before any work.
    pub fn ready(&self) -> Result<(), String> {
        self.ready_for(0..u64::MAX)
    }

    /// As [`Drawing::ready`], for some frames.
    pub fn ready_for(&self, frames: Range<u64>) -> Result<(), String> {
        match self {
            Self::Drawn(generator) => generator.ready(),
            Self::Cut(Recipe { source: Source::Remix(remix), .. }, _) => remix.check(frames),
            Self::Cut(..) => Ok(()),
        }
    }

    /// The files that these frames are made of.
    pub fn files(&self, frames: Range<u64>) -> Vec<PathBuf> {
        match self {
            Self::Drawn(generator) => generator.files(),
            Self::Cut(Recipe { source: Source::Remix(remix), .. }, _) => {
                let films = remix.films_in(frames).into_iter();
                let places = films.map(|film| remix.films[film].location());
                places.filter_map(|at| at.file().map(Into::into)).collect()
            }
            Self::Cut(..) => Vec::new(),
        }
    }

    /// `frames`, and those around them whose sound is cut with theirs: packets of sound reach beyond the frames, by far
    /// less than a second.
    pub fn heard(&self, frames: Range<u64>) -> Range<u64> {
        let second = match self {
            Self::Drawn(_) => 0,
            Self::Cut(recipe, _) => recipe.fps.frames(1_000_000),
        };
        frames.start.saturating_sub(second)..frames.end.saturating_add(second)
    }

    /// Told when the work stops.
    pub fn stop(&self) {
        match self {
            Self::Drawn(generator) => generator.stop(),
            Self::Cut(_, cancel) => cancel.cancel(),
        }
    }

    /// What one worker draws with.
    pub fn source(&self, recipe: &'a Recipe) -> FrameSource<'a> {
        let tool = match self {
            Self::Drawn(generator) => Tool::Painter(generator.painter()),
            Self::Cut(recipe, cancel) => {
                let pix_fmt = recipe.video.as_ref().map_or(PixFmt::Rgb24, |video| video.pix_fmt);
                Tool::Cutter(match &recipe.source {
                    Source::Remix(remix) => {
                        Some(Box::new(Cutter::new(remix, recipe.format(), pix_fmt, cancel)))
                    }
                    _ => None,
                })
            }
        };
        let chain = Chain::new(&recipe.effects, recipe.clip());
        FrameSource { tool, chain, frame: Frame::new(recipe.size) }
    }
}

/// What a worker draws with, and on.
pub(super) struct FrameSource<'a> {
    tool: Tool<'a>,
    /// What is done to each frame, if anything is.
    chain: Option<Chain<'a>>,
    frame: Frame,
}

enum Tool<'a> {
    Painter(Box<dyn Painter + 'a>),
    Cutter(Option<Box<Cutter<'a>>>),
}

impl FrameSource<'_> {
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
        let failed = |reason| Error::Frame { index, reason };
        match &mut self.tool {
            Tool::Painter(painter) => {
                painter.paint(index, &mut self.frame).map_err(|e| match e {
                    PaintError::Failed(reason) => Error::Frame { index, reason },
                    PaintError::Stopped(_) => Error::Interrupted,
                })?;
                if let Some(chain) = &mut self.chain {
                    chain.apply(index, &mut self.frame).map_err(failed)?;
                }
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
                match (&mut self.chain, encoder) {
                    (None, encoder) => {
                        if let Some(encoder) = encoder {
                            encoder.push_picture(picture)?;
                        }
                        if seen {
                            cutter.frame(&mut self.frame)?;
                        }
                    }
                    (Some(chain), encoder) => {
                        cutter.frame(&mut self.frame)?;
                        chain.apply(index, &mut self.frame).map_err(failed)?;
                        if let Some(encoder) = encoder {
                            encoder.push(&self.frame)?;
                        }
                    }
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
    cancel: Cancel,
}

impl Stills {
    /// The frames of `recipe`.
    pub fn new(recipe: Recipe) -> Self {
        Self { generator: recipe.generator(None), recipe, cancel: Cancel::new() }
    }

    fn drawing(&self) -> Drawing<'_> {
        match &self.generator {
            Some(generator) => Drawing::Drawn(&**generator),
            None => Drawing::Cut(&self.recipe, &self.cancel),
        }
    }

    /// Draws frame `index`.
    ///
    /// # Errors
    /// What the generator said, or lacks; of a remix, what is wrong with its film.
    pub fn draw(&self, index: u64) -> Result<Frame> {
        let drawing = self.drawing();
        drawing.ready_for(index..index.saturating_add(1)).map_err(Error::NotReady)?;
        let mut source = drawing.source(&self.recipe);
        source.draw(index, None, true)?;
        Ok(source.frame)
    }

    /// Told from another thread when nobody waits any more: drawing returns an error then, now and
    /// later.
    pub fn stop(&self) {
        self.drawing().stop();
    }
}

/// Draws frame `index` of `recipe`, alone.
///
/// # Errors
/// As [`Stills::draw`].
pub fn frame(recipe: &Recipe, index: u64) -> Result<Frame> {
    Stills::new(recipe.clone()).draw(index)
}
