//! Where frames come from: generators draw them, or remixes cut them out of films; and what is made of them.

use std::cell::Cell;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use super::driver::{Unreadable, driver, film};
use super::hearing::{Hearing, Listener};
use super::{listening, memory};
use crate::cancel::Cancel;
use crate::compose::{Single, Stack};
use crate::error::{Error, Result};
use crate::generate::shader::Device;
use crate::generate::{Clip as Target, Frame, Generator, Means, PaintError, Painter, Stage};
use crate::jobs::{Checkpoints, Event, Folder};
use crate::media::{EncodedSound, PixFmt, SegmentEncoder};
use crate::recipe::{Layer, Recipe, Source};
use crate::remix::{Clip, ClipReader, Cutter, Remix};

/// What gives the frames of a job: its source, or of a stack the sources of its layers.
pub(super) struct Drawing<'a> {
    recipe: Recipe,
    parts: Vec<Part<'a>>,
    /// What gives their sound, if there is some.
    hearing: Option<Hearing>,
    /// How many frames before those that are asked for are drawn as well, because effects look back at them.
    lead: u64,
    cancel: Cancel,
}

/// A source of frames.
enum Part<'a> {
    /// They are drawn.
    Drawn(Box<dyn Generator>),
    /// They are drawn by a generator of the caller's.
    Lent(&'a dyn Generator),
    /// They are cut from films.
    Cut(Box<Remix>, Target),
    /// They are those of a film, in a layer.
    Film(Box<Clip>, Target),
}

impl<'a> Drawing<'a> {
    /// The frames of `recipe`.
    pub fn new(recipe: &Recipe, means: &Means) -> Self {
        Self::kept(recipe, means, None)
    }

    /// The same, where states that frames grow out of are kept in a job's folder: new ones, too, if that `grows`.
    pub fn kept(recipe: &Recipe, means: &Means, folder: Option<(&Folder, bool)>) -> Self {
        let number = Cell::new(0);
        let part = |source: &Source, clip: Target| {
            let number = number.replace(number.get() + 1);
            let checkpoints = folder.map(|(folder, grows)| {
                Arc::new(Checkpoints::new(folder, recipe, number, grows)) as _
            });
            match source {
                Source::Remix(remix) => Some(Part::Cut(Box::new(remix.clone()), clip)),
                Source::Film(film) => Some(Part::Film(Box::new(film.clone()), clip)),
                source => {
                    let layer = source.parameters().and_then(|parameters| parameters.layer());
                    let layer = layer.and_then(|name| driver(recipe, name, clip, means));
                    let seen = source.parameters().and_then(|parameters| parameters.film());
                    let layer = layer.or_else(|| {
                        let film = film(seen?, clip);
                        Some(film.unwrap_or_else(|reason| Arc::new(Unreadable(reason))))
                    });
                    let stage = recipe.stage(source, clip, means);
                    let stage = Stage { checkpoints, layer, ..stage };
                    source.generator(&stage).map(Part::Drawn)
                }
            }
        };
        let clip = recipe.clip();
        let parts = match &recipe.source {
            Source::Stack(stack) => {
                let part = |layer: &Layer| {
                    let (size, seed) = (layer.place.size, layer.place.seed);
                    let size = size.unwrap_or(clip.size);
                    part(&layer.source, Target { size, seed: seed.unwrap_or(clip.seed), ..clip })
                };
                stack.layers.iter().filter_map(part).collect()
            }
            source => part(source, clip).into_iter().collect(),
        };
        let hearing = Hearing::new(recipe);
        let recipe = recipe.clone();
        Self { lead: recipe.lead(), recipe, parts, hearing, cancel: Cancel::new() }
    }

    /// The frames of a generator of the caller's, with the sound of `recipe`.
    pub fn lent(recipe: &Recipe, generator: &'a dyn Generator) -> Self {
        let hearing = Hearing::new(recipe);
        let (recipe, parts) = (recipe.clone(), vec![Part::Lent(generator)]);
        Self { recipe, parts, hearing, lead: 0, cancel: Cancel::new() }
    }

    /// Looks whether there is all that is needed, before any work.
    pub fn ready(&self) -> Result<(), String> {
        self.ready_for(0..u64::MAX)
    }

    /// As [`Drawing::ready`], for some frames.
    pub fn ready_for(&self, frames: Range<u64>) -> Result<(), String> {
        self.hearing.iter().try_for_each(Hearing::ready)?;
        self.drawn_from(frames)
    }

    /// As [`Drawing::ready_for`], of pictures alone.
    pub fn drawn_from(&self, frames: Range<u64>) -> Result<(), String> {
        self.parts.iter().try_for_each(|part| match part {
            Part::Drawn(generator) => generator.ready(),
            Part::Lent(generator) => generator.ready(),
            Part::Cut(remix, _) => remix.check(frames.clone()),
            Part::Film(film, _) => film.check(),
        })
    }

    /// The device that draws shaders, if there are some.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn device(&self) -> Result<Option<String>, String> {
        let device = |part: &Part| match part {
            Part::Drawn(generator) => generator.device(),
            Part::Lent(generator) => generator.device(),
            Part::Cut(..) | Part::Film(..) => Ok(None),
        };
        self.parts.iter().map(device).find(|device| *device != Ok(None)).unwrap_or(Ok(None))
    }

    /// The files that these frames are made of.
    pub fn files(&self, frames: Range<u64>) -> Vec<PathBuf> {
        let files = self.parts.iter().flat_map(|part| match part {
            Part::Drawn(generator) => generator.files(),
            Part::Lent(generator) => generator.files(),
            Part::Cut(remix, _) => {
                let films = remix.films_in(frames.clone()).into_iter();
                let places = films.map(|film| remix.films[film].location());
                places.filter_map(|at| at.file().map(Into::into)).collect()
            }
            Part::Film(film, _) => film.path().into_iter().collect(),
        });
        files.chain(self.hearing.iter().flat_map(Hearing::files)).collect()
    }

    /// How many frames must be gone through for frame `index` to be drawn alone.
    pub fn reach(&self, index: u64) -> u64 {
        let first = index.saturating_sub(self.lead);
        let reach = |part: &Part| match part {
            Part::Drawn(generator) => generator.reach(first),
            Part::Lent(generator) => generator.reach(first),
            Part::Cut(..) | Part::Film(..) => 0,
        };
        self.parts.iter().map(reach).max().unwrap_or(0)
    }

    /// `frames`, and those around them that are drawn as well, or whose sound is cut with theirs: what is encoded before a
    /// segment's sound is less than three seconds, also at the lowest rate.
    pub fn around(&self, frames: Range<u64>) -> Range<u64> {
        let seconds = self.parts.iter().map(|part| match part {
            Part::Cut(_, clip) => clip.fps.frames(3_000_000),
            _ => 0,
        });
        let sound = seconds.max().unwrap_or(0);
        frames.start.saturating_sub(sound.max(self.lead))..frames.end.saturating_add(sound)
    }

    /// Told when the work stops.
    pub fn stop(&self) {
        self.cancel.cancel();
        self.hearing.iter().for_each(Hearing::stop);
        for part in &self.parts {
            match part {
                Part::Drawn(generator) => generator.stop(),
                Part::Lent(generator) => generator.stop(),
                Part::Cut(..) | Part::Film(..) => {}
            }
        }
    }

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
    frame: Frame,
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

/// Frames of a recipe, each drawn alone.
pub struct Stills(Drawing<'static>);

impl Stills {
    /// The frames of `recipe`, which follow no sound; shaders are drawn on the processor.
    pub fn new(recipe: Recipe) -> Self {
        Self(Drawing::new(&recipe, &still()))
    }

    /// The frames of `recipe`, by what is kept in the job's `folder` of the sound that they follow.
    ///
    /// # Errors
    /// Nothing is kept of it yet.
    pub fn known(recipe: &Recipe, folder: &Folder) -> Result<Self> {
        Ok(Self::of_job(&listening::known(recipe, folder.path())?, folder))
    }

    /// The frames of `recipe`, by what is kept in the job's `folder` of states that they grow out of.
    fn of_job(recipe: &Recipe, folder: &Folder) -> Self {
        Self::with(recipe, &still(), Some(folder))
    }

    fn with(recipe: &Recipe, means: &Means, folder: Option<&Folder>) -> Self {
        Self(Drawing::kept(recipe, means, folder.map(|folder| (folder, false))))
    }

    /// How many frames must be gone through for frame `index` to be drawn.
    pub fn reach(&self, index: u64) -> u64 {
        self.0.reach(index)
    }

    /// Draws frame `index`.
    ///
    /// # Errors
    /// What the generator said, or lacks; of a remix, what is wrong with its film.
    pub fn draw(&self, index: u64) -> Result<Frame> {
        let Self(drawing) = self;
        memory::check_frame(&drawing.recipe)?;
        let frames = drawing.around(index..index.saturating_add(1));
        drawing.drawn_from(frames).map_err(Error::NotReady)?;
        let mut source = drawing.source();
        source.draw(index, None, true)?;
        Ok(source.frame)
    }

    /// Told from another thread when nobody waits any more: drawing returns an error then, now and
    /// later.
    pub fn stop(&self) {
        self.0.stop();
    }
}

/// A frame that somebody asks for is drawn on the processor: a visitor of the page does not keep the GPU from its work.
fn still() -> Means {
    Means { device: Device::Cpu, ..Means::default() }
}

/// Draws frame `index` of `recipe`, alone. Sound that it follows is looked at as a whole.
///
/// # Errors
/// As [`Stills::draw`], and if that sound cannot be read.
pub fn frame(recipe: &Recipe, index: u64) -> Result<Frame> {
    frame_with(recipe, index, &Means::default(), None)
}

/// As [`frame`], drawn with `means`; of a job in `folder` by what is known there of the sound, and of states.
///
/// # Errors
/// As [`frame`].
pub fn frame_with(
    recipe: &Recipe,
    index: u64,
    means: &Means,
    folder: Option<&Folder>,
) -> Result<Frame> {
    Stills::with(&listening::alone(recipe, folder.map(Folder::path))?, means, folder).draw(index)
}
