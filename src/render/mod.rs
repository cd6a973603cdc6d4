//! The pipeline: plans which segments are missing, renders them on all threads, and publishes the
//! result.

mod commit;
mod drawing;
mod images;
mod memory;
mod monitor;
mod plan;
mod queue;
mod target;
mod worker;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::Builder;
use std::time::{Duration, Instant};

pub use drawing::{Stills, frame};
pub use images::{encode_image, write_image, write_image_over};

use crate::cancel::Cancel;
use crate::crash::crash_point;
use crate::error::{Error, Result, said};
use crate::files::TempFile;
use crate::generate::Generator;
use crate::jobs::{Event, Folder, Job, Output, Watch};
use crate::media;
use crate::recipe::{Recipe, Shape};
use commit::Committer;
use drawing::Drawing;
use monitor::Rendered;
use plan::Plan;
use queue::Queue;
use target::{Found, Target};
use worker::Shared;

/// How to render, beside what.
#[derive(Debug, Clone)]
pub struct Options {
    /// Workers; 0 for one for each processor that this process may use.
    pub threads: usize,
    /// Where the result goes; by default `NAME.mp4` in the job's folder.
    pub output: Option<PathBuf>,
    /// Keep the segments after the result is published.
    pub keep_segments: bool,
    /// Render anew, and replace whatever stands at the output.
    pub force: bool,
    /// How often a segment that failed is tried again.
    pub retries: u32,
    /// How long a program may take for a frame; `None` for as long as it likes.
    pub timeout: Option<Duration>,
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
        }
    }
}

impl Options {
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
/// Returns the video's path, or the folder of images if there is no video. The bytes of both
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
    let generator = recipe.generator(options.timeout);
    let stop = Cancel::new();
    let drawing = match &generator {
        Some(generator) => Drawing::Drawn(&**generator),
        None => Drawing::Cut(recipe, &stop),
    };
    start(recipe, drawing, dir, name, options, cancel, on)
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
    start(recipe, Drawing::Drawn(generator), dir, name, options, cancel, on)
}

fn start(
    recipe: &Recipe,
    drawing: Drawing,
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
    drawing.ready().map_err(Error::NotReady)?;
    let folder = Folder::new(dir, name)?;
    let given =
        options.output.as_deref().map(|path| Target::given(path, &folder, recipe, options.force));
    let given = given.transpose()?;
    let watch = Watch { on, cancel };
    let job = Job::open(dir, name, recipe, options.force, "rendered", watch)?;
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
            Found::Film(output) => Some(output),
            Found::Nothing => None,
        };
        let survey = job.survey(film.is_some(), false)?;
        let plan = Plan::new(&job, &survey)?;
        begun.set(true);
        let render = Render { job: &job, drawing, plan, threads, options, cancel };
        render.run(target.as_ref(), film)
    }));
    let result = rendered.unwrap_or_else(|panic| Err(Error::Fault(said(&*panic))));
    if let Err(e) = &result
        && begun.get()
        && let Err(unrecorded) = job.end(e)
    {
        // The state shows as interrupted all the same, since nobody holds the lock any more.
        tracing::debug!("{name}: {unrecorded}");
    }
    result
}

/// A job and how it is rendered.
struct Render<'a> {
    job: &'a Job<'a>,
    drawing: Drawing<'a>,
    plan: Plan,
    threads: Threads,
    options: &'a Options,
    cancel: &'a Cancel,
}

impl Render<'_> {
    /// Renders what is missing and publishes the result; returns its path. `film` is the record of the
    /// published film, if there is one.
    fn run(&self, target: Option<&Target>, film: Option<Output>) -> Result<PathBuf> {
        let (job, plan) = (self.job, &self.plan);
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
            let missing = target.filter(|_| output.is_none());
            let temp = missing.map(|target| target.begin(job)).transpose()?;
            job.note(planned)?;
            crash_point!("planned");
            let started = Instant::now();
            let rendered = self.work(temp.as_ref())?;
            fps = Some(rendered as f64 / started.elapsed().as_secs_f64().max(1e-3));
            if let (Some(target), Some(temp)) = (missing, temp) {
                output = Some(target.publish(job, temp)?);
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
        if target.is_some() && !self.options.keep_segments {
            job.folder().remove_segments(&Shape::from(recipe))?;
        }
        Ok(path)
    }

    /// Renders what the plan lacks, and writes the film into `temp`. Returns the frames rendered.
    fn work(&self, temp: Option<&TempFile>) -> Result<u64> {
        let (job, Threads { workers, encoder: encoder_threads }) = (self.job, self.threads);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(workers.min(self.plan.todo.len()).max(1))
            .thread_name(|i| format!("render-{i}"))
            .build()
            .map_err(|e| no_threads(job)(std::io::Error::other(e)))?;
        let (stop, cancelled) = (AtomicBool::new(false), AtomicBool::new(false));
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let stopped = || set(&stop) || set(&cancelled) || self.cancel.is_cancelled();
        let queue = Queue::new(self.plan.todo.iter().copied());
        let rendered = Rendered::new(self.plan.frames_done);
        // A finished segment waits for the disk here, not in the worker that could render the
        // next; a queue of one each keeps the disk's delay from growing without bound.
        let (outcomes, arrivals) = mpsc::sync_channel(workers);
        let (working, ended) = mpsc::channel();
        let result = std::thread::scope(|scope| {
            let (stopped, queue, stop) = (&stopped, &queue, &stop);
            let (rendered, plan, cancelled) = (&rendered, &self.plan, &cancelled);
            let commit = || {
                // However it ends, nobody goes on for it, or waits.
                let end = End { stop, queue };
                let result = Committer::new(job, plan, temp, queue, rendered, stopped)
                    .and_then(|committer| committer.run(arrivals));
                if result.is_ok() {
                    std::mem::forget(end);
                }
                result
            };
            let committer = Builder::new().spawn_scoped(scope, commit).map_err(no_threads(job))?;
            let (drawing, retries) = (self.drawing, self.options.retries);
            let watch = move || {
                let halt = || {
                    if stopped() {
                        drawing.stop();
                    }
                };
                let end = End { stop, queue };
                monitor::watch(job, rendered, cancelled, &ended, &halt);
                std::mem::forget(end);
            };
            let monitor = Builder::new().spawn_scoped(scope, watch).map_err(no_threads(job));
            let monitor = monitor.inspect_err(|_| drop(End { stop, queue }))?;
            let work = Shared { job, drawing, queue, rendered, retries, encoder_threads, stopped };
            let drawn = work.run(&pool, outcomes);
            if drawn.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            let committed =
                committer.join().unwrap_or_else(|panic| Err(Error::Fault(said(&*panic))));
            drop(working);
            let watched = monitor.join().map_err(|panic| Error::Fault(said(&*panic)));
            // A full disk stops the workers, so the committer's reason comes first.
            match (watched, committed, drawn) {
                (Err(e), Err(Error::Interrupted), _)
                | (_, Err(Error::Interrupted), Err(e))
                | (_, Err(e), _)
                | (_, Ok(()), Err(e)) => Err(e),
                (_, Ok(()), Ok(())) => Ok(rendered.now()),
            }
        });
        match result {
            Err(Error::Interrupted) if set(&cancelled) => Err(Error::Cancelled(job.name().into())),
            result => result,
        }
    }
}

/// The error of a thread that cannot be started.
fn no_threads(job: &Job) -> impl FnOnce(std::io::Error) -> Error {
    Error::io("start threads for", job.folder().path())
}

/// Stops the workers when it is dropped.
struct End<'a> {
    stop: &'a AtomicBool,
    queue: &'a Queue,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.queue.close();
    }
}
