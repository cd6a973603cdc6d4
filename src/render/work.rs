//! The threads of a render: workers draw and encode, a committer publishes what they finish, and a monitor
//! watches both.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{Builder, Scope, ScopedJoinHandle};

use rayon::ThreadPool;

use super::commit::Committer;
use super::drawing::Drawing;
use super::monitor::{self, Rendered};
use super::plan::Plan;
use super::queue::Queue;
use super::sources::Sources;
use super::worker::Shared;
use super::{Options, Threads};
use crate::cancel::Cancel;
use crate::error::{Error, Result, said};
use crate::files::TempFile;
use crate::jobs::{Event, Job};

/// What is to be rendered, and how.
pub(super) struct Work<'a> {
    pub job: &'a Job<'a>,
    pub drawing: &'a Drawing<'a>,
    pub sources: &'a Sources<'a>,
    pub plan: &'a Plan,
    pub threads: Threads,
    pub options: &'a Options,
    pub cancel: &'a Cancel,
}

impl Work<'_> {
    /// Renders the segments that the plan lists, and writes the film into `temp`. Returns the number of frames that this
    /// run rendered.
    pub fn run(&self, temp: Option<&TempFile>) -> Result<u64> {
        let Self { job, drawing, sources, plan, .. } = *self;
        let pool = self.pool()?;
        let queue = Queue::new(plan.todo.iter().copied());
        let rendered = Rendered::new(plan.frames_done);
        let stop = Stop {
            failed: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            cancel: self.cancel,
            queue: &queue,
        };
        let stopped = || stop.is_set();
        let (queue, rendered, stop, stopped) = (&queue, &rendered, &stop, &stopped);
        // A worker begins its next segment while the committer syncs the last. The channel holds one for each worker,
        // which bounds how many wait for the disk.
        let (outcomes, arrivals) = mpsc::sync_channel(self.threads.workers);
        let (working, ended) = mpsc::channel();
        let commit = move || {
            let committer = Committer::new(job, plan, temp, queue, rendered, stopped)?;
            committer.run(arrivals)
        };
        let watch = move || {
            let halt = || {
                if stop.is_set() {
                    drawing.stop();
                }
            };
            monitor::watch(job, rendered, &stop.cancelled, &ended, &halt);
            Ok(())
        };
        let result = std::thread::scope(|scope| {
            let committer = self.spawn(scope, move || stop.stop_on_error(commit))?;
            let monitor = self.spawn(scope, move || stop.stop_on_error(watch));
            let monitor = monitor.inspect_err(|_| stop.set())?;
            let next = |stopped: &dyn Fn() -> bool| Ok(queue.next(stopped));
            let hear = |event: Event| match event {
                Event::Frame { .. } => {
                    job.tell(event);
                    Ok(())
                }
                event => job.note(event),
            };
            let workers = Shared {
                site: job.site(),
                hear: &hear,
                drawing,
                sources,
                next: &next,
                rendered,
                retries: self.options.retries,
                encoder_threads: self.threads.encoder,
                stopped,
            };
            let drawn = workers.run(&pool, outcomes);
            if drawn.is_err() {
                stop.failed.store(true, Ordering::Relaxed);
            }
            let committed = join(committer);
            drop(working);
            main_error(join(monitor), committed, drawn)
        });
        match result {
            Err(Error::Interrupted) if stop.cancelled.load(Ordering::Relaxed) => {
                Err(Error::Cancelled(job.name().into()))
            }
            result => result.map(|()| rendered.now()),
        }
    }

    fn pool(&self) -> Result<ThreadPool> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.workers.min(self.plan.todo.len()).max(1))
            .thread_name(|i| format!("render-{i}"))
            .build()
            .map_err(|e| self.no_threads(std::io::Error::other(e)))
    }

    fn spawn<'scope>(
        &self,
        scope: &'scope Scope<'scope, '_>,
        work: impl FnOnce() -> Result<()> + Send + 'scope,
    ) -> Result<ScopedJoinHandle<'scope, Result<()>>> {
        Builder::new().spawn_scoped(scope, work).map_err(|e| self.no_threads(e))
    }

    fn no_threads(&self, e: std::io::Error) -> Error {
        Error::io("start threads for", self.job.folder().path())(e)
    }
}

/// Tells all threads when to stop.
struct Stop<'a> {
    /// A thread failed.
    failed: AtomicBool,
    /// `genmedia cancel` was called for the job.
    cancelled: AtomicBool,
    /// Set by the caller to stop the render, as Ctrl-C does.
    cancel: &'a Cancel,
    queue: &'a Queue,
}

impl Stop<'_> {
    fn is_set(&self) -> bool {
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        is_set(&self.failed) || is_set(&self.cancelled) || self.cancel.is_cancelled()
    }

    fn set(&self) {
        self.failed.store(true, Ordering::Relaxed);
        self.queue.close();
    }

    /// Runs the work of one thread. If it fails or panics, all other threads are told to stop.
    fn stop_on_error(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let done = catch_unwind(AssertUnwindSafe(work));
        let done = done.unwrap_or_else(|panic| Err(Error::Fault(said(&*panic))));
        done.inspect_err(|_| self.set())
    }
}

fn join(thread: ScopedJoinHandle<'_, Result<()>>) -> Result<()> {
    thread.join().unwrap_or_else(|panic| Err(Error::Fault(said(&*panic))))
}

/// The error to report, if there is one. That of the committer comes first, because it also stops the workers. If the
/// committer was only interrupted, that of the monitor or of the workers does.
fn main_error(watched: Result<()>, committed: Result<()>, drawn: Result<()>) -> Result<()> {
    match (watched, committed, drawn) {
        (Err(e), Err(Error::Interrupted), _)
        | (_, Err(Error::Interrupted), Err(e))
        | (_, Err(e), _)
        | (_, Ok(()), Err(e)) => Err(e),
        (_, Ok(()), Ok(())) => Ok(()),
    }
}
