//! The workers. Each draws and encodes one segment at a time; a frame never leaves its thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::SyncSender;
use std::time::Instant;

use rayon::ThreadPool;

use super::drawing::Drawing;
use super::frames::FrameSource;
use super::images::write_hashed;
use super::monitor::Rendered;
use super::plan::Todo;
use super::sources::Sources;
use crate::checksum::Hasher;
use crate::crash::crash_point;
use crate::error::{Error, Failure, Result, said};
use crate::files::TempFile;
use crate::jobs::{Event, Site};
use crate::media::{Sealed, SegmentEncoder};

/// What became of a segment.
pub(super) struct Outcome {
    pub todo: Todo,
    /// How often it was tried.
    pub attempts: u32,
    /// How long it took, all attempts together.
    pub seconds: f64,
    pub result: Result<Finished, Failure>,
}

/// The files of a segment, written under temporary names. Those that were not renamed are removed when this is
/// dropped.
#[derive(Default)]
pub(super) struct Finished {
    /// The files. Those of images are closed: there may be more of them than may be open.
    pub files: Vec<TempFile>,
    /// The seal of its video, if it has one.
    pub sealed: Option<Sealed>,
    /// The hash of its images, one after the other.
    pub images: Hasher,
}

/// Gives the next segment; its argument says whether to stop.
pub(super) type Next<'a> = dyn Fn(&dyn Fn() -> bool) -> Result<Option<Todo>> + Sync + 'a;

/// What all workers share.
pub(super) struct Shared<'a> {
    pub site: &'a Site,
    /// Told what happens.
    pub hear: &'a (dyn Fn(Event) -> Result<()> + Sync),
    pub drawing: &'a Drawing<'a>,
    pub sources: &'a Sources<'a>,
    /// The segment that is begun next, as long as nobody says stop; `None` when there are no more.
    pub next: &'a Next<'a>,
    pub rendered: &'a Rendered,
    /// How often a segment that failed is tried again.
    pub retries: u32,
    /// Threads of each worker's encoder.
    pub encoder_threads: usize,
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl Shared<'_> {
    /// Renders all segments that `next` gives. They are begun in order.
    ///
    /// # Errors
    /// The first error that stops all work, such as a full disk or an interruption; the other workers stop at their
    /// next frame. What is wrong with a segment is in its [`Outcome`].
    pub(super) fn run(&self, pool: &ThreadPool, outcomes: SyncSender<Outcome>) -> Result<()> {
        let failure = Mutex::new(None);
        let failed = |e: Error| {
            if let Ok(mut failure) = failure.lock() {
                failure.get_or_insert(e);
            }
        };
        let stopped = || (self.stopped)() || failure.lock().is_ok_and(|f| f.is_some());
        // Not a parallel iterator, which would split the range in halves: the first segments are
        // to be finished first, so that the film grows from its beginning.
        pool.broadcast(|_| {
            let outcomes = outcomes.clone();
            let mut source = self.drawing.source();
            loop {
                let rendered = match (self.next)(&stopped) {
                    Ok(None) => break,
                    Ok(Some(todo)) => self.segment(todo, &mut source, &stopped),
                    Err(e) => Err(e),
                };
                match rendered {
                    Ok(outcome) => {
                        // The committer only hangs up after a failure of its own.
                        if outcomes.send(outcome).is_err() {
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

    /// Renders the files of a segment, in up to `retries` more attempts if it fails.
    fn segment<'a>(
        &'a self,
        todo: Todo,
        source: &mut FrameSource<'a>,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Outcome> {
        let started = Instant::now();
        let frames = self.site.recipe().segment(todo.segment);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let mut finished = Finished::default();
            let mut drawn = 0;
            // A panic of a generator fails its segment, not the whole job.
            let result = catch_unwind(AssertUnwindSafe(|| {
                self.draw(todo, source, &mut finished, &mut drawn, stopped)
            }));
            let error = match result.unwrap_or_else(|panic| Err(panicked(frames.start, &*panic))) {
                Ok(()) => {
                    let seconds = started.elapsed().as_secs_f64();
                    return Ok(Outcome { todo, attempts, seconds, result: Ok(finished) });
                }
                Err(error) => error,
            };
            drop(finished);
            self.rendered.take_back(drawn);
            // What the frames are made of is another now, and would be for the next segment.
            if error.is_of_the_machine() || matches!(error, Error::NotReady(_)) {
                return Err(error);
            }
            let (index, error) = (todo.segment, error.to_string());
            // The failure may have left the source in any state: the next attempt gets a new one.
            *source = self.drawing.source();
            if attempts > self.retries {
                let failure = Failure { segment: index, frames, error };
                let seconds = started.elapsed().as_secs_f64();
                return Ok(Outcome { todo, attempts, seconds, result: Err(failure) });
            }
            (self.hear)(Event::Retry { index, attempt: attempts, error })?;
        }
    }

    /// Draws and encodes into files that are left in `finished`.
    fn draw(
        &self,
        todo: Todo,
        source: &mut FrameSource<'_>,
        finished: &mut Finished,
        drawn: &mut u64,
        stopped: &dyn Fn() -> bool,
    ) -> Result<()> {
        let (site, recipe) = (self.site, self.site.recipe());
        let path = site.segment(todo.segment);
        let frames = recipe.segment(todo.segment);
        let held = self.sources.hold(frames.clone())?;
        let mut encoder = match &recipe.video {
            Some(video) if todo.video => {
                let (sound, told) = source.sound(frames.clone())?;
                told.into_iter().try_for_each(self.hear)?;
                let temp = TempFile::create(&path)?;
                let (file, format) = (temp.handle()?, recipe.format());
                let (path, threads) = (temp.path(), self.encoder_threads);
                let encoder = SegmentEncoder::create(file, path, &format, video, sound, threads)?;
                finished.files.push(temp);
                Some((encoder, video))
            }
            _ => None,
        };
        source.prepare(frames.clone());
        for index in frames.clone() {
            if stopped() {
                return Err(Error::Interrupted);
            }
            let encoder = encoder.as_mut().map(|(encoder, _)| encoder);
            let frame = source.draw(index, encoder, todo.images).map_err(|e| match e {
                Error::Frame { .. } if stopped() => Error::Interrupted,
                e => e,
            })?;
            if let Some(images) = recipe.images.as_ref().filter(|_| todo.images) {
                let image = site.folder().image(recipe, index, images.format);
                let mut temp = TempFile::create(&image)?;
                write_hashed(temp.file(), temp.path(), frame, images, &mut finished.images)?;
                temp.close();
                finished.files.push(temp);
            }
            *drawn += 1;
            self.rendered.add(1);
            (self.hear)(Event::Frame { index })?;
            crash_point!("frame");
        }
        held.check(frames.start)?;
        if let Some((encoder, video)) = encoder {
            encoder.finish()?;
            let container = video.segment_container();
            // The video was added first, before the images.
            if let Some(temp) = finished.files.first() {
                let seal = site.seal(todo.segment);
                finished.sealed = Some(seal.write(temp.file(), temp.path(), container)?);
            }
            crash_point!("sealed");
        }
        Ok(())
    }
}

/// A panic as an error.
fn panicked(index: u64, panic: &(dyn Any + Send)) -> Error {
    let reason = said(panic);
    Error::Frame { index, reason: format!("in or after this frame, genmedia failed: {reason}") }
}
