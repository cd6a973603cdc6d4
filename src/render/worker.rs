//! The workers: each renders and encodes a segment at a time, frames never leave their thread.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SendError, SyncSender};

use rayon::ThreadPool;

use super::event::Event;
use super::images::write_image;
use super::plan::{Plan, Todo};
use crate::error::{Error, Result};
use crate::files::aside;
use crate::generate::{Frame, Generator, Painter};
use crate::jobs::Job;
use crate::media::SegmentEncoder;

/// A segment whose files are written aside, by their final names.
pub(super) struct Finished {
    pub todo: Todo,
    pub files: Vec<PathBuf>,
}

/// Renders everything in `plan`, in order as far as the number of workers lets it.
///
/// # Errors
/// The first one that a worker met; the others then stop at their next frame.
pub(super) fn run(
    pool: &ThreadPool,
    job: &Job,
    generator: &dyn Generator,
    plan: &Plan,
    finished: SyncSender<Finished>,
    stopped: &(dyn Fn() -> bool + Sync),
    on: &(dyn Fn(Event) + Sync),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let failed = |e: Error| {
        if let Ok(mut failure) = failure.lock() {
            failure.get_or_insert(e);
        }
    };
    let has_failed = || stopped() || failure.lock().is_ok_and(|f| f.is_some());
    // Not a parallel iterator, which would split the range in halves: the first segments are to
    // be finished first, so that the film grows from its beginning.
    pool.broadcast(|_| {
        let finished = finished.clone();
        let mut painter = generator.painter();
        let mut frame = Frame::new(job.recipe().size);
        while let Some(todo) = plan.todo.get(next.fetch_add(1, Ordering::Relaxed)) {
            let first = job.recipe().segment(todo.segment).start;
            // A generator's panic must cost its segment, not the night.
            let result = catch_unwind(AssertUnwindSafe(|| {
                segment(job, *todo, &mut *painter, &mut frame, &has_failed, on)
            }));
            match result.unwrap_or_else(|panic| Err(panicked(first, &*panic))) {
                Ok(done) => {
                    // The committer only hangs up after a failure of its own.
                    if let Err(SendError(done)) = finished.send(done) {
                        discard(&done.files);
                        break;
                    }
                }
                Err(e) => {
                    failed(e);
                    break;
                }
            }
        }
    });
    match failure.into_inner().unwrap_or_default() {
        Some(e) => Err(e),
        None => Ok(()),
    }
}

/// A panic as an error.
pub(super) fn panicked(index: u64, panic: &(dyn Any + Send)) -> Error {
    let reason = panic
        .downcast_ref::<&str>()
        .map(|s| s.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Error::Frame { index, reason: format!("in or after this frame, genmedia failed: {reason}") }
}

/// Renders a segment's files aside, or leaves nothing there.
fn segment(
    job: &Job,
    todo: Todo,
    painter: &mut dyn Painter,
    frame: &mut Frame,
    stopped: &dyn Fn() -> bool,
    on: &(dyn Fn(Event) + Sync),
) -> Result<Finished> {
    let mut files = Vec::new();
    match draw(job, todo, painter, frame, &mut files, stopped, on) {
        Ok(()) => Ok(Finished { todo, files }),
        Err(e) => {
            discard(&files);
            Err(e)
        }
    }
}

/// Draws and encodes; every file is in `files`, by its final name, before it is created.
fn draw(
    job: &Job,
    todo: Todo,
    painter: &mut dyn Painter,
    frame: &mut Frame,
    files: &mut Vec<PathBuf>,
    stopped: &dyn Fn() -> bool,
    on: &(dyn Fn(Event) + Sync),
) -> Result<()> {
    let recipe = job.recipe();
    let mut encoder = match &recipe.video {
        Some(video) if todo.video => {
            let path = job.segment(todo.segment);
            files.push(path.clone());
            Some(SegmentEncoder::create(&aside(&path), recipe, video)?)
        }
        _ => None,
    };
    for index in recipe.segment(todo.segment) {
        if stopped() {
            return Err(Error::Interrupted);
        }
        painter.paint(index, frame).map_err(|reason| Error::Frame { index, reason })?;
        if let Some(encoder) = &mut encoder {
            encoder.push(frame)?;
        }
        if let Some(images) = recipe.images.as_ref().filter(|_| todo.images) {
            let image = job.image(index, images.format);
            files.push(image.clone());
            write_image(&aside(&image), frame, images)?;
        }
        on(Event::Frame { index });
    }
    encoder.map_or(Ok(()), SegmentEncoder::finish)
}

/// Leaves nothing aside; what cannot be removed now is swept at the next start.
fn discard(written: &[PathBuf]) {
    for path in written {
        let _ = fs::remove_file(aside(path));
    }
}
