//! The pipeline: plans which segments are missing, renders them on all threads, and publishes the
//! result.

mod commit;
mod event;
mod images;
mod memory;
mod plan;
mod target;
mod worker;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

pub use event::Event;
pub use images::write_image;

use crate::error::{Error, Result};
use crate::files;
use crate::generate::{Generator, generator};
use crate::jobs::Job;
use crate::media;
use crate::recipe::Recipe;
use plan::Plan;
use target::Target;

/// How to render, beside what.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Workers; 0 for one for each processor that this process may use.
    pub threads: usize,
    /// Where the result goes; by default `NAME.mp4` in the job's folder.
    pub output: Option<PathBuf>,
    /// Keep the segments after the result is published.
    pub keep_segments: bool,
    /// Render anew, and replace whatever stands at the output.
    pub force: bool,
}

/// Tells a render to stop, from another thread or a signal.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that has not been cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for an orderly stop: frames in flight are dropped, finished segments stay.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
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
    render_with(recipe, &*generator(recipe), dir, name, options, cancel, on)
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
    media::init()?;
    if let Some(video) = &recipe.video {
        media::require(video.codec)?;
    }
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
        n => n,
    };
    memory::check(recipe, threads)?;
    let given = options.output.as_deref().map(Target::given).transpose()?;
    if let Some(target) = given.as_ref().filter(|_| !options.force) {
        target.check_free(&dir.join(name))?;
    }
    let job = Job::open(dir, name, recipe, options.force)?;
    let target = match (given, &recipe.video) {
        (Some(given), _) => Some(given),
        (None, Some(video)) => Some(Target::within(job.default_output(video.container))?),
        (None, None) => None,
    };
    let published = match &target {
        Some(target) => target.find(&job, options.force)?,
        None => None,
    };
    let plan = Plan::new(&job, published.is_some(), &mut |path, reason| {
        on(Event::Damaged { path: path.into(), reason });
    })?;
    on(Event::Planned {
        job: name.into(),
        frames: recipe.frames,
        frames_done: plan.frames_done,
        segments: recipe.segments(),
        segments_done: plan.segments_done,
    });
    let wanted = target.as_ref().filter(|_| published.is_none());
    work(&job, generator, &plan, threads, wanted, cancel, on)?;
    let (output, bytes) = match (&target, published) {
        (None, _) => (job.frames(), 0),
        (Some(_), Some(there)) => (there.path, there.bytes),
        (Some(target), None) => (target.path().into(), target.publish(&job)?),
    };
    if target.is_some() && !options.keep_segments {
        job.remove_segments()?;
    }
    on(Event::Done { output: output.clone(), bytes });
    Ok(output)
}

/// Renders what the plan lacks, and writes the film aside.
fn work(
    job: &Job,
    generator: &dyn Generator,
    plan: &Plan,
    threads: usize,
    target: Option<&Target>,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<()> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.min(plan.todo.len()).max(1))
        .thread_name(|i| format!("render-{i}"))
        .build()
        .map_err(|e| Error::io("start threads for", job.segments())(std::io::Error::other(e)))?;
    let stop = AtomicBool::new(false);
    let stopped = || stop.load(Ordering::Relaxed) || cancel.is_cancelled();
    // A finished segment waits for the disk here, not in the worker that could render the next;
    // a queue of one each keeps the disk's delay from growing without bound.
    let (finished, arrivals) = mpsc::sync_channel(threads);
    std::thread::scope(|scope| {
        let committer = scope.spawn(|| {
            let result = commit::commit(job, plan, target, arrivals, &stopped, on);
            if result.is_err() {
                stop.store(true, Ordering::Relaxed);
            }
            result
        });
        let rendered = worker::run(&pool, job, generator, plan, finished, &stopped, on);
        if rendered.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        let committed = committer.join().unwrap_or_else(|panic| Err(worker::panicked(0, &*panic)));
        // A full disk stops the workers, so the committer's reason comes first.
        let result = match (committed, rendered) {
            (Err(Error::Interrupted), Err(e)) | (Err(e), _) | (Ok(()), Err(e)) => Err(e),
            (Ok(()), Ok(())) => Ok(()),
        };
        if let (Err(_), Some(target)) = (&result, target) {
            // Half a film is of no use, and takes the room that the next run may need. If it
            // cannot be removed now, it is swept then.
            let _ = files::remove(&target.aside());
        }
        result
    })
}
