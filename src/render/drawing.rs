//! Where frames come from: generators draw them, or remixes cut them out of films.

use std::cell::Cell;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::driver::pictures;
use super::hearing::Hearing;
use super::{listening, memory};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::generate::shader::Device;
use crate::generate::{Clip as Target, Frame, Generator, Means, Stage};
use crate::jobs::{Checkpoints, Folder};
use crate::recipe::{Layer, Recipe, Source};
use crate::remix::{Clip, Remix};

/// What gives the frames of a job: its source, or of a stack the sources of its layers.
pub(super) struct Drawing<'a> {
    pub recipe: Recipe,
    pub parts: Vec<Part<'a>>,
    /// What gives their sound, if there is some.
    pub hearing: Option<Hearing>,
    /// How many frames before those that are asked for are drawn as well, because effects look back at them.
    pub lead: u64,
    pub cancel: Cancel,
}

/// A source of frames.
pub(super) enum Part<'a> {
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
                    let pictures = pictures(recipe, source, clip, means);
                    let stage = recipe.stage(source, clip, means);
                    let stage = Stage { checkpoints, pictures, ..stage };
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

    /// Sees that an output is none of the files that these frames are made of.
    ///
    /// # Errors
    /// It is one of them.
    pub fn spare(&self, output: &Path) -> Result<()> {
        let Ok(real) = output.canonicalize() else { return Ok(()) };
        let is_it = |file: &PathBuf| file.canonicalize().is_ok_and(|file| file == real);
        match self.files(0..u64::MAX).iter().any(is_it) {
            true => Err(Error::Occupied {
                path: output.into(),
                reason: "is what the frames are made of; choose another name".into(),
            }),
            false => Ok(()),
        }
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

    /// The frames of `recipe`, drawn with `means`; of a job in `folder` by what is known there of states that they grow out of.
    /// Sound that they follow is looked at as a whole, unless it is known there.
    ///
    /// # Errors
    /// That sound cannot be read.
    pub fn alone(recipe: &Recipe, means: &Means, folder: Option<&Folder>) -> Result<Self> {
        let recipe = listening::alone(recipe, folder.map(Folder::path))?;
        Ok(Self::with(&recipe, means, folder))
    }

    fn with(recipe: &Recipe, means: &Means, folder: Option<&Folder>) -> Self {
        Self(Drawing::kept(recipe, means, folder.map(|folder| (folder, false))))
    }

    /// How many frames must be gone through for frame `index` to be drawn.
    pub fn reach(&self, index: u64) -> u64 {
        self.0.reach(index)
    }

    /// Sees that the file that a frame goes into is none of those that it is made of.
    ///
    /// # Errors
    /// It is one of them.
    pub fn spare(&self, output: &Path) -> Result<()> {
        self.0.spare(output)
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
    Stills::alone(recipe, &Means::default(), None)?.draw(index)
}
