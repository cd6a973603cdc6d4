//! The pipeline: plans which segments are missing, renders them on all threads, and publishes the
//! result.

mod commit;
mod drawing;
mod driver;
mod frames;
mod hearing;
mod images;
mod listening;
pub(crate) mod memory;
mod monitor;
mod plan;
mod queue;
mod shard;
mod sources;
mod target;
mod turns;
mod work;
mod worker;

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use drawing::{Stills, frame};
pub use hearing::sound;
pub use images::{encode_image, write_image, write_image_over};
pub use shard::{Part, PartRendered, render_part};

use crate::cancel::Cancel;
use crate::crash::crash_point;
use crate::error::{Error, Result, said};
use crate::files;
use crate::generate::shader::Device;
use crate::generate::{Generator, Means};
use crate::jobs::shards::{self, Submission, Versions};
use crate::jobs::{Build, Event, Folder, Job, Output, Watch};
use crate::media;
use crate::recipe::{Copies, Recipe, Shape};
use drawing::Drawing;
use listening::Heard;
use plan::Plan;
use sources::Sources;
use target::{Found, Target};
use work::Work;

/// How to render, beside what.
#[derive(Debug, Clone)]
pub struct Options {
    /// Workers; 0 for one for each core that this process may use.
    pub threads: usize,
    /// Where the result goes; by default `NAME.mp4` in the job's folder.
    pub output: Option<PathBuf>,
    /// Keep the segments after the result is published.
    pub keep_segments: bool,
    /// Render anew, and replace whatever stands at the output.
    pub force: bool,
    /// How often a segment that failed is tried again.
    pub retries: u32,
    /// How long a frame may take; `None` for a minute of a shader, and for as long as it likes of a program.
    pub timeout: Option<Duration>,
    /// The device that draws shaders.
    pub device: Device,
    /// Segments of several devices may be in one film.
    pub mix_devices: bool,
    /// Render though workers of a cluster may be at it, too.
    pub beside_workers: bool,
    /// Where files of the recipe are that are not where it says.
    pub copies: Copies,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            threads: 0,
            output: None,
            keep_segments: false,
            force: false,
            retries: 2,
            timeout: None,
            device: Device::default(),
            mix_devices: false,
            beside_workers: false,
            copies: Copies::new(),
        }
    }
}

impl Options {
    /// What frames are drawn with.
    fn means(&self) -> Means {
        Means { timeout: self.timeout, device: self.device.clone() }
    }

    /// The number of workers that render `recipe`.
    pub fn workers(&self, recipe: &Recipe) -> usize {
        Threads::share(self, recipe).workers
    }
}

/// How the threads are shared.
#[derive(Clone, Copy)]
struct Threads {
    /// Workers, each of which draws segments and encodes them.
    workers: usize,
    /// Threads of each worker's encoder.
    encoder: usize,
}

impl Threads {
    /// One encoder of a kind that must be alone gets all threads. Two workers keep it busy: one draws for it while
    /// the other ends the last segment.
    fn share(options: &Options, recipe: &Recipe) -> Self {
        let threads = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
            n => n,
        };
        match recipe.video.as_ref().is_some_and(|video| video.codec.is_alone()) {
            true => Self { workers: threads.min(2), encoder: threads },
            false => Self { workers: threads, encoder: 1 },
        }
    }
}

/// Renders `recipe` as the job `name` in `dir`, or continues it, or finds it done.
///
/// Returns the film's path, or the folder of images if there is no film. The bytes of both
/// depend on the recipe only.
///
/// # Errors
/// Every failure leaves the finished segments in place; the same call continues from them.
pub fn render(
    recipe: &Recipe,
    dir: &Path,
    name: &str,
    options: &Options,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<PathBuf> {
    let draw = |recipe: &Recipe, folder: &Folder| {
        let copy = recipe.with_copies(&options.copies);
        Drawing::kept(&copy, &options.means(), Some((folder, true)))
    };
    start(recipe, &draw, dir, name, options, cancel, on)
}

/// What `recipe` follows of its sound, looked at if that is not `kept`.
fn hear<'a>(
    recipe: &'a Recipe,
    kept: Option<Vec<u8>>,
    options: &Options,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<Heard<'a>> {
    let copy = recipe.with_copies(&options.copies);
    let threads = Threads::share(options, recipe).workers;
    listening::hear(recipe, &copy, kept, threads, cancel, on)
}

/// As [`render`], with frames from a generator of the caller's. The recipe gives all else; the
/// caller sees to it that the name stands for the generator as well.
///
/// # Errors
/// As [`render`].
pub fn render_with(
    recipe: &Recipe,
    generator: &dyn Generator,
    dir: &Path,
    name: &str,
    options: &Options,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<PathBuf> {
    let draw = |recipe: &Recipe, _: &Folder| Drawing::lent(recipe, generator);
    start(recipe, &draw, dir, name, options, cancel, on)
}

/// Renders `recipe`, with what `draw` gives for it.
fn start<'a>(
    recipe: &Recipe,
    draw: &dyn Fn(&Recipe, &Folder) -> Drawing<'a>,
    dir: &Path,
    name: &str,
    options: &Options,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<PathBuf> {
    media::init()?;
    if let Some(video) = &recipe.video {
        media::require(video.codec)?;
    }
    let threads = Threads::share(options, recipe);
    memory::check(recipe, threads.workers)?;
    let folder = Folder::new(dir, name)?;
    match options.beside_workers {
        true => Submission::check(&folder, recipe)?,
        false => shards::check_alone(&folder)?,
    }
    if !options.force {
        Versions::check(&folder, recipe)?;
    }
    let unheard = draw(recipe, &folder);
    let sources = Sources::new(&unheard);
    options.output.iter().try_for_each(|output| unheard.spare(output))?;
    let unready = unready(&unheard, &folder, options.force)?;
    let given =
        options.output.as_deref().map(|path| Target::given(path, &folder, recipe, options.force));
    let given = given.transpose()?;
    // Where nothing can be drawn, or not into this folder, there is nothing to follow.
    let is_free = options.force || folder.is_of(recipe)?;
    let heard = match &unready {
        None if is_free => {
            Some(hear(recipe, fs::read(folder.signals()).ok(), options, cancel, on)?)
        }
        _ => None,
    };
    let drawing = heard.as_ref().map(|heard| draw(&heard.recipe, &folder));
    let drawing = drawing.as_ref().unwrap_or(&unheard);
    let watch = Watch { on, cancel };
    let build = build(recipe, drawing, &folder, options);
    let job = Job::open_for(build, dir, name, recipe, options.force, "rendered", watch)?;
    heard.iter().try_for_each(|heard| heard.keep(job.folder()))?;
    // What is refused before the work begins leaves the job in the state that it has.
    let begun = Cell::new(false);
    // Whatever panics ends the job in order: with its record, and without its temporary files.
    let rendered = catch_unwind(AssertUnwindSafe(|| {
        let mut target = match (given, &recipe.video) {
            (Some(given), _) => Some(given),
            (None, Some(video)) => Some(Target::within(job.folder().film(video.container))?),
            (None, None) => None,
        };
        if let Some(target) = &target
            && job.output()?.is_none()
        {
            // From here on what is made there is found after a kill.
            target.claim(&job)?;
        }
        let film = match &mut target {
            Some(target) => target.find(&job, options.force)?,
            None => Found::Nothing,
        };
        let film = match film {
            Found::Film(output) => Some(*output),
            Found::Nothing => None,
        };
        let lost = job.output()?.filter(|output| film.is_none() && output.bytes.is_some());
        if let Some(output) = lost
            && let Some(reason) = output.fault(job.folder().path())?
        {
            job.note(Event::Lost { path: output.file(job.folder().path()), reason })?;
        }
        let survey = job.survey(film.is_some(), false)?;
        let plan = Plan::new(&job, &survey)?;
        // A film is assembled of what is drawn already.
        if let Some(e) = unready.filter(|_| !plan.todo.is_empty()) {
            return Err(e);
        }
        // It was taken for granted that nothing is left to be drawn.
        if !plan.todo.is_empty() && !build.counts_device() && !options.mix_devices {
            let device = drawing.device().map_err(Error::NotReady)?;
            if device.is_some_and(|device| !job.was_begun_by(build.on(&device))) {
                return Err(job.site().other_build());
            }
        }
        begun.set(true);
        let work =
            Work { job: &job, drawing, sources: &sources, plan: &plan, threads, options, cancel };
        finish(&work, target.as_ref(), film)
    }));
    let result = rendered.unwrap_or_else(|panic| Err(Error::Fault(said(&*panic))));
    if let Err(e) = &result
        && (begun.get() || options.beside_workers)
        && let Err(unrecorded) = job.end(e)
    {
        // The state shows as interrupted all the same, since nobody holds the lock any more.
        tracing::debug!("{name}: {unrecorded}");
    }
    if let Err(e) = &result
        && options.beside_workers
        && !matches!(e, Error::Interrupted)
    {
        // This was the last of an engine's jobs; one that is interrupted may be started again.
        Submission::forget(job.folder())?;
    }
    result
}

/// What makes the segments. Of a shader whose device cannot be opened, and of a job in which nothing is left to be drawn, it does
/// not matter which device that is.
fn build(recipe: &Recipe, drawing: &Drawing, folder: &Folder, options: &Options) -> Build {
    let build = Build::here(recipe);
    let is_drawn =
        || folder.finished(recipe).is_ok_and(|finished| finished.len() as u64 == recipe.segments());
    if build.counts_device() || !options.force && is_drawn() {
        return build;
    }
    match drawing.device() {
        Ok(Some(device)) if options.mix_devices => build.on(&device).mixed(recipe),
        Ok(Some(device)) => build.on(&device),
        _ => build,
    }
}

/// Looks whether there is all that drawing a recipe needs: its programs, scripts and films.
///
/// # Errors
/// What is missing, in a line.
pub fn check_ready(recipe: &Recipe) -> Result<()> {
    Drawing::new(recipe, &Means::default()).ready().map_err(Error::NotReady)
}

/// Why nothing can be drawn, if it matters only where something is missing: a job that is begun may be finished.
///
/// # Errors
/// Nothing can be drawn, and so nothing is to be begun or dropped.
fn unready(drawing: &Drawing, folder: &Folder, force: bool) -> Result<Option<Error>> {
    match drawing.ready().map_err(Error::NotReady) {
        Ok(()) => Ok(None),
        Err(e) if !force && files::look(&folder.recipe())?.is_some() => Ok(Some(e)),
        Err(e) => Err(e),
    }
}

/// Renders what is missing and publishes the result; returns its path. `film` is the record of the
/// published film, if there is one.
fn finish(work: &Work, target: Option<&Target>, film: Option<Output>) -> Result<PathBuf> {
    let (job, plan) = (work.job, work.plan);
    let recipe = job.recipe();
    let planned = Event::Planned {
        job: job.name().into(),
        frames: recipe.frames,
        frames_done: plan.frames_done,
        segments: recipe.segments(),
        segments_done: plan.segments_done,
    };
    let (mut fps, mut output) = (None, film);
    let path = target.map_or_else(|| job.folder().frames(), |t| t.path().into());
    if plan.todo.is_empty() && (output.is_some() || target.is_none()) {
        job.tell(planned);
    } else {
        job.begin()?;
        // Whoever goes on with a job that was taken back may have help again.
        shards::allow(job.folder())?;
        let missing = target.filter(|_| output.is_none());
        let temp = missing.map(|target| target.begin(job)).transpose()?;
        job.note(planned)?;
        crash_point!("planned");
        let started = Instant::now();
        let rendered = work.run(temp.as_ref())?;
        fps = Some(rendered as f64 / started.elapsed().as_secs_f64().max(1e-3));
        if let (Some(target), Some(temp)) = (missing, temp) {
            let published = target.publish(job, temp)?;
            output = Some(hearing::measured(job, published, target.path(), work.cancel)?);
        }
    }
    let bytes = output.as_ref().and_then(|o| o.bytes).unwrap_or(0);
    let done = Event::Done { output: path.clone(), bytes };
    // Of a copy there is a record of its own, and the job's result stays where it is.
    let result = match (job.published()?, output) {
        (Some(published), _) => Some(published),
        (None, Some(output)) => {
            job.record_output(&output)?;
            Some(output)
        }
        (None, None) => None,
    };
    job.finish(result.as_ref(), fps.filter(|fps| *fps > 0.0), done)?;
    crash_point!("finished");
    job.folder().remove_traces(&Shape::from(recipe))?;
    if target.is_some() && !work.options.keep_segments {
        job.folder().remove_segments(&Shape::from(recipe))?;
    }
    Ok(path)
}
