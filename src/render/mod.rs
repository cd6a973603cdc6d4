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

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub use drawing::{Stills, frame};
pub use images::{encode_image, write_image};

use crate::cancel::Cancel;
use crate::checksum::Checksum;
use crate::crash::crash_point;
use crate::error::{Error, Result};
use crate::files;
use crate::generate::{Generator, generator_within};
use crate::jobs::{Event, Job};
use crate::media;
use crate::recipe::Recipe;
use commit::Committer;
use drawing::Drawing;
use monitor::Rendered;
use plan::Plan;
use queue::Queue;
use target::Target;
use worker::Work;

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
    /// The number of workers that are meant.
    pub fn workers(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
            n => n,
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
    let generator = generator_within(recipe, options.timeout);
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
    let threads = options.workers();
    memory::check(recipe, threads)?;
    drawing.ready().map_err(Error::Conflict)?;
    let given = options.output.as_deref().map(Target::given).transpose()?;
    if let Some(target) = given.as_ref().filter(|_| !options.force) {
        target.check_free(&dir.join(name))?;
    }
    let job = Job::open(dir, name, recipe, options.force, on)?;
    let target = match (given, &recipe.video) {
        (Some(given), _) => Some(given),
        (None, Some(video)) => Some(Target::within(job.folder().film(video.container))?),
        (None, None) => None,
    };
    let published = match &target {
        Some(target) => target.find(&job, options.force)?,
        None => false,
    };
    let survey = job.survey(published, false)?;
    let plan = Plan::new(recipe, &survey);
    let render = Render { job: &job, drawing, plan, threads, options, cancel };
    let result = render.run(target.as_ref(), published);
    if let Err(e) = &result {
        // Where even this cannot be recorded, the state shows as interrupted all the same.
        let _ = job.end(e);
    }
    result
}

/// A job and how it is rendered.
struct Render<'a> {
    job: &'a Job<'a>,
    drawing: Drawing<'a>,
    plan: Plan,
    threads: usize,
    options: &'a Options,
    cancel: &'a Cancel,
}

impl Render<'_> {
    /// Renders what is missing and publishes the result; returns its path.
    fn run(&self, target: Option<&Target>, published: bool) -> Result<PathBuf> {
        let (job, plan) = (self.job, &self.plan);
        let recipe = job.recipe();
        let planned = Event::Planned {
            job: job.name().into(),
            frames: recipe.frames,
            frames_done: plan.frames_done,
            segments: recipe.segments(),
            segments_done: plan.segments_done,
        };
        let (mut fps, mut checksum) = (None, None);
        if plan.todo.is_empty() && (published || target.is_none()) {
            job.tell(planned);
        } else {
            job.begin()?;
            if let Some(target) = target.filter(|_| !published) {
                job.record_output(&target.record(job)?)?;
            }
            job.note(planned)?;
            crash_point!("planned");
            let started = Instant::now();
            let rendered;
            (rendered, checksum) = self.work(target.filter(|_| !published))?;
            fps = Some(rendered as f64 / started.elapsed().as_secs_f64().max(1e-3));
        }
        let output = match target {
            Some(target) if !published => Some(target.publish(job, checksum)?),
            Some(_) => job.published(),
            None => None,
        };
        let path = target.map_or_else(|| job.folder().frames(), |t| t.path().into());
        let bytes = output.as_ref().and_then(|o| o.bytes).unwrap_or(0);
        let done = Event::Done { output: path.clone(), bytes };
        job.finish(output.as_ref(), fps.filter(|fps| *fps > 0.0), done)?;
        crash_point!("finished");
        if target.is_some() && !self.options.keep_segments {
            job.folder().remove_segments()?;
        }
        Ok(path)
    }

    /// Renders what the plan lacks, and writes the film aside. Returns the frames rendered, and the
    /// film's checksum.
    fn work(&self, target: Option<&Target>) -> Result<(u64, Option<Checksum>)> {
        let (job, threads) = (self.job, self.threads);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.min(self.plan.todo.len()).max(1))
            .thread_name(|i| format!("render-{i}"))
            .build()
            .map_err(|e| {
                Error::io("start threads for", job.folder().path())(std::io::Error::other(e))
            })?;
        let (stop, cancelled) = (AtomicBool::new(false), AtomicBool::new(false));
        let set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let stopped = || set(&stop) || set(&cancelled) || self.cancel.is_cancelled();
        let queue = Queue::new(self.plan.todo.iter().copied());
        let rendered = Rendered::new(self.plan.frames_done);
        // A finished segment waits for the disk here, not in the worker that could render the
        // next; a queue of one each keeps the disk's delay from growing without bound.
        let (outcomes, arrivals) = mpsc::sync_channel(threads);
        let (working, ended) = mpsc::channel();
        let result = std::thread::scope(|scope| {
            let (stopped, queue) = (&stopped, &queue);
            let (rendered, plan, cancelled) = (&rendered, &self.plan, &cancelled);
            let committer = scope.spawn(|| {
                let result =
                    Committer::new(job, plan, target, queue, rendered, stopped).run(arrivals);
                if result.is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
                result
            });
            let (drawing, retries) = (self.drawing, self.options.retries);
            let monitor = scope.spawn(move || {
                let halt = || {
                    if stopped() {
                        drawing.stop();
                    }
                };
                monitor::watch(job, rendered, cancelled, &ended, &halt);
            });
            let drawn =
                Work { job, drawing, queue, rendered, retries, stopped }.run(&pool, outcomes);
            if drawn.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            let committed =
                committer.join().unwrap_or_else(|panic| Err(worker::panicked(0, &*panic)));
            drop(working);
            let _ = monitor.join();
            // A full disk stops the workers, so the committer's reason comes first.
            match (committed, drawn) {
                (Err(Error::Interrupted), Err(e)) | (Err(e), _) | (Ok(_), Err(e)) => Err(e),
                (Ok(checksum), Ok(())) => Ok((rendered.now(), checksum)),
            }
        });
        if let (Err(_), Some(target)) = (&result, target) {
            // Half a film is of no use, and takes the room that the next run may need. If it
            // cannot be removed now, it is swept then.
            let _ = files::remove(&target.aside());
        }
        match result {
            Err(Error::Interrupted) if set(&cancelled) => Err(Error::Cancelled(job.name().into())),
            result => result,
        }
    }
}
