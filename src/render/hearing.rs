//! Where the sound of a film comes from: its tracks are mixed, or remixes cut it out of films.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::files::{self, Over, TempFile};
use crate::jobs::{Event, Job, Output};
use crate::media::{self, EncodedSound, Location, Samples, SoundFile, SoundFormat};
use crate::recipe::Recipe;
use crate::remix::{Remix, SoundCutter};
use crate::sound::{Mixer, Remark, Studio};
use crate::values::FrameRate;

/// What gives the sound of a job.
pub(super) enum Hearing {
    /// Tracks, mixed; of a remix its own sound as well.
    Mixed(Box<Studio>),
    /// A remix's own sound.
    Cut {
        remix: Box<Remix>,
        fps: FrameRate,
        rate: u32,
        /// Samples of the film.
        samples: u64,
    },
}

impl Hearing {
    /// The sound of `recipe`, if it has some.
    pub fn new(recipe: &Recipe) -> Option<Self> {
        let remix = recipe.heard_remix().cloned();
        let fps = recipe.fps;
        match (&recipe.sound, remix) {
            (Some(sound), remix) => {
                Some(Self::Mixed(Box::new(Studio::new(sound.clone(), recipe.clip(), remix))))
            }
            (None, Some(remix)) => {
                let rate = remix.sound?;
                let samples = fps.units(recipe.frames, rate);
                Some(Self::Cut { remix: Box::new(remix), fps, rate, samples })
            }
            (None, None) => None,
        }
    }

    /// Looks whether the files are there that are heard.
    pub fn ready(&self) -> Result<(), String> {
        match self {
            Self::Mixed(studio) => studio.ready(),
            // The frames are cut from the same films.
            Self::Cut { .. } => Ok(()),
        }
    }

    /// The files that are heard.
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            Self::Mixed(studio) => studio.files(),
            Self::Cut { .. } => Vec::new(),
        }
    }

    /// Told when the work stops.
    pub fn stop(&self) {
        match self {
            Self::Mixed(studio) => studio.stop(),
            Self::Cut { .. } => {}
        }
    }

    /// What one worker hears it with.
    pub fn listener(&self) -> Listener<'_> {
        match self {
            Self::Mixed(studio) => Listener {
                samples: studio.samples(),
                player: Player::Mixer(Box::new(studio.mixer())),
            },
            Self::Cut { remix, fps, rate, samples } => Listener {
                samples: *samples,
                player: Player::Cutter(Box::new(SoundCutter::new(remix, *fps, *rate))),
            },
        }
    }
}

/// What a worker hears with.
pub(super) struct Listener<'a> {
    /// Samples of the film.
    samples: u64,
    player: Player<'a>,
}

/// What is kept from segment to segment: a sample is the same wherever playing began.
enum Player<'a> {
    Mixer(Box<Mixer<'a>>),
    Cutter(Box<SoundCutter<'a>>),
}

/// What gives samples: so many from the first on, added to the last argument.
type Read<'a> = dyn FnMut(i64, usize, &mut Samples) -> Result<()> + 'a;

impl Listener<'_> {
    /// The sound of `frames` of a film that has `all`, encoded; and what is worth telling.
    ///
    /// # Errors
    /// A file cannot be read, or the sound not be encoded.
    pub fn encode(
        &mut self,
        format: &SoundFormat,
        fps: FrameRate,
        frames: Range<u64>,
        all: u64,
    ) -> Result<(EncodedSound, Vec<Event>)> {
        let (packets, samples) = (format.packets(fps, frames, all), self.samples);
        let mut told = Vec::new();
        let encoded =
            self.reading(&mut told, |read| media::encode_sound(format, packets, samples, read))?;
        Ok((encoded, told))
    }

    /// Does `act` with what gives samples. What is worth telling goes to `told`.
    fn reading<T>(
        &mut self,
        told: &mut Vec<Event>,
        act: impl FnOnce(&mut Read) -> Result<T>,
    ) -> Result<T> {
        let samples = self.samples;
        match &mut self.player {
            Player::Mixer(mixer) => act(&mut |first, count, out| {
                let remarks = mixer.read(first, count, out)?;
                told.extend(remarks.into_iter().map(|remark| match remark {
                    Remark::Damaged(file, seconds) => Event::Silent { file: file.into(), seconds },
                    Remark::Limited(seconds) => Event::Limited { seconds },
                    Remark::Silenced(seconds) => Event::Silenced { seconds },
                }));
                Ok(())
            }),
            Player::Cutter(cutter) => act(&mut |first, count, out| {
                let first = u64::try_from(first).unwrap_or(0);
                cutter.read(first.min(samples)..(first + count as u64).min(samples), out)?;
                // Behind the film's end there is silence, which the last packet is filled up with.
                out.iter_mut().for_each(|channel| channel.resize(count, 0.0));
                Ok(())
            }),
        }
    }
}

/// The record of a film that was published at `path`, with how loud it is. If it cannot be measured, or `cancel` is set, that
/// is left out: the film is whole without it.
///
/// # Errors
/// The record cannot be written.
pub(super) fn measured(job: &Job, output: Output, path: &Path, cancel: &Cancel) -> Result<Output> {
    let Some(SoundFormat { rate, channels, .. }) = job.recipe().sound_format() else {
        return Ok(output);
    };
    let at = Location::File(path.into());
    let Ok(loudness) = media::loudness(&at, rate, channels, cancel) else { return Ok(output) };
    let output = Output { loudness: Some(loudness), ..output };
    job.record_output(&output)?;
    Ok(output)
}

/// Writes the sound of `recipe` into a file at `path`, whose ending is that of `kind`: all of it, as films carry it before
/// it is encoded. What is worth telling is told.
///
/// # Errors
/// The recipe has no sound; a file is missing, or is another; the file cannot be written, or is there and not to be replaced;
/// `cancel` was set.
pub fn sound(
    recipe: &Recipe,
    path: &Path,
    kind: SoundFile,
    over: Over,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Event),
) -> Result<()> {
    media::init()?;
    let Some(hearing) = Hearing::new(recipe) else {
        let reason = "nothing is heard in this recipe; a track is [sound] or --sound FILE".into();
        return Err(Error::NotReady(reason));
    };
    match recipe.heard_remix() {
        // Its films are what is heard.
        Some(_) => super::check_ready(recipe)?,
        None => hearing.ready().map_err(Error::NotReady)?,
    }
    let (rate, channels) = match (&recipe.sound, &hearing) {
        (Some(sound), _) => (sound.rate, sound.channels),
        (None, Hearing::Cut { rate, .. }) => (*rate, 2),
        (None, _) => (48_000, 2),
    };
    let temp = TempFile::create(path)?.locked()?;
    let mut listener = hearing.listener();
    let (samples, mut told) = (listener.samples, Vec::new());
    let file = temp.handle()?;
    listener.reading(&mut told, |read| {
        let mut read = |first, count, out: &mut Samples| {
            cancel.check().map_err(|_| Error::Interrupted)?;
            read(first, count, out)
        };
        kind.write(file, temp.path(), (rate, channels), samples, &mut read)
    })?;
    told.into_iter().for_each(tell);
    temp.publish(over)?;
    files::sync_folder(
        path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")),
    )
}
