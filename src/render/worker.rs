//! The workers: each renders and encodes a segment at a time, frames never leave their thread.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;

use rayon::ThreadPool;

use super::event::Event;
use super::images::write_image;
use super::plan::{Plan, Todo};
use crate::error::{Error, Result};
use crate::files;
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
                    if finished.send(done).is_err() {
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

fn segment(
    job: &Job,
    todo: Todo,
    painter: &mut dyn Painter,
    frame: &mut Frame,
    stopped: &dyn Fn() -> bool,
    on: &(dyn Fn(Event) + Sync),
) -> Result<Finished> {
    let recipe = job.recipe();
    let path = job.segment(todo.segment);
    let mut written = Vec::new();
    let mut encoder = match &recipe.video {
        Some(video) if todo.video => {
            Some(SegmentEncoder::create(&files::aside(&path), recipe, video)?)
        }
        _ => None,
    };
    for index in recipe.segment(todo.segment) {
        if stopped() {
            discard(encoder.is_some().then_some(path), &written);
            return Err(Error::Interrupted);
        }
        painter.paint(index, frame).map_err(|reason| Error::Frame { index, reason })?;
        if let Some(encoder) = &mut encoder {
            encoder.push(frame)?;
        }
        if let Some(images) = recipe.images.as_ref().filter(|_| todo.images) {
            let image = job.image(index, images.format);
            write_image(&files::aside(&image), frame, images)?;
            written.push(image);
        }
        on(Event::Frame { index });
    }
    if let Some(encoder) = encoder {
        encoder.finish()?;
        written.push(path);
    }
    Ok(Finished { todo, files: written })
}

/// Leaves nothing aside; what cannot be removed now is swept at the next start.
fn discard(segment: Option<PathBuf>, images: &[PathBuf]) {
    for path in images.iter().chain(&segment) {
        let _ = fs::remove_file(files::aside(path));
    }
}
