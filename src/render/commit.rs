//! The committer: makes finished segments durable, and lets the film grow behind the workers.

use std::collections::{BTreeSet, HashSet};
use std::sync::mpsc::Receiver;

use super::monitor::Rendered;
use super::plan::{Plan, Todo};
use super::queue::Queue;
use super::worker::{Finished, Outcome};
use crate::crash::crash_point;
use crate::error::{Error, Failure, Result};
use crate::files::{self, Over, TempFile};
use crate::jobs::{Event, Job, SegmentRecord, SegmentState};
use crate::media::{Assembler, Seal};

/// Turns outcomes into records, and segments into a film.
pub(super) struct Committer<'a> {
    job: &'a Job<'a>,
    queue: &'a Queue,
    rendered: &'a Rendered,
    stopped: &'a dyn Fn() -> bool,
    /// Segments that the workers have, or that wait for them.
    outstanding: usize,
    /// Segments of the film that are not there yet, or failed.
    missing: BTreeSet<u64>,
    /// Segments of this run, or read by the plan, whose checksums need no second look.
    fresh: HashSet<u64>,
    failures: Vec<Failure>,
    growing: Option<Growing<'a>>,
}

impl<'a> Committer<'a> {
    pub(super) fn new(
        job: &'a Job<'a>,
        plan: &Plan,
        temp: Option<&'a TempFile>,
        queue: &'a Queue,
        rendered: &'a Rendered,
        stopped: &'a dyn Fn() -> bool,
    ) -> Result<Self> {
        let growing = match (temp, &job.recipe().video) {
            (Some(temp), Some(video)) => {
                let file = temp.handle()?;
                let assembler = Assembler::new(file, temp.path(), &job.recipe().format(), video);
                Some(Growing { assembler, temp, next: 0, unsynced: 0 })
            }
            _ => None,
        };
        Ok(Self {
            job,
            queue,
            rendered,
            stopped,
            outstanding: plan.todo.len(),
            missing: plan.todo.iter().filter(|t| t.video).map(|t| t.segment).collect(),
            fresh: plan.todo.iter().filter(|t| !t.video).map(|t| t.segment).collect(),
            failures: Vec::new(),
            growing,
        })
    }

    /// Publishes what arrives, appends each segment to the film once all before it are there, and
    /// closes the film after the last.
    pub(super) fn run(mut self, outcomes: Receiver<Outcome>) -> Result<()> {
        loop {
            self.grow()?;
            if self.outstanding == 0 {
                break;
            }
            let Ok(Outcome { todo, attempts, seconds, result }) = outcomes.recv() else { break };
            self.outstanding -= 1;
            match result {
                Ok(finished) => self.publish(todo, finished, attempts, seconds)?,
                Err(failure) => self.fail(failure, attempts, seconds)?,
            }
        }
        self.queue.close();
        // The workers hang up early only to tell of a failure themselves.
        if self.outstanding > 0 || (self.stopped)() {
            return Err(Error::Interrupted);
        }
        if !self.failures.is_empty() {
            self.failures.sort_by_key(|f| f.segment);
            return Err(Error::Failed {
                job: self.job.name().into(),
                segments: self.job.recipe().segments(),
                failures: self.failures,
            });
        }
        match self.growing {
            Some(growing) => {
                self.job.note(Event::Assembling)?;
                crash_point!("assembling");
                growing.assembler.finish()
            }
            None => Ok(()),
        }
    }

    /// Gives the segment's files their names, and records them.
    fn publish(
        &mut self,
        todo: Todo,
        mut finished: Finished,
        attempts: u32,
        seconds: f64,
    ) -> Result<()> {
        let (job, index) = (self.job, todo.segment);
        let recipe = job.recipe();
        job.claim(index)?;
        for temp in std::mem::take(&mut finished.files) {
            temp.publish(Over::Anything)?;
        }
        if todo.images {
            files::sync_folder(&job.folder().frames())?;
        }
        if todo.video {
            files::sync_folder(&job.folder().segments())?;
        }
        crash_point!("unrecorded");
        // What was there before belongs into the record as well.
        let sealed = match finished.sealed.take() {
            None if recipe.video.is_some() => {
                Seal::read(&job.segment(index)).ok().map(|(_, sealed)| sealed)
            }
            sealed => sealed,
        };
        let range = recipe.segment(index);
        let image_bytes = match &recipe.images {
            Some(images) if !todo.images => range
                .clone()
                .filter_map(|f| job.folder().image(recipe, f, images.format).metadata().ok())
                .map(|m| m.len())
                .sum(),
            _ => finished.images.bytes(),
        };
        let frames = range.end - range.start;
        let bytes = sealed.map_or(0, |s| s.bytes);
        let record = SegmentRecord {
            index,
            frames,
            state: SegmentState::Done,
            bytes,
            checksum: sealed.map(|s| s.checksum),
            image_bytes,
            image_checksum: todo.images.then(|| finished.images.checksum()),
            attempts,
            error: None,
            seconds,
        };
        let event = Event::Segment { index, frames, bytes: bytes + image_bytes, seconds };
        job.record(record, event)?;
        crash_point!("recorded");
        if todo.video {
            self.missing.remove(&index);
            self.fresh.insert(index);
        }
        Ok(())
    }

    /// Records that a segment failed for good.
    fn fail(&mut self, failure: Failure, attempts: u32, seconds: f64) -> Result<()> {
        let Failure { segment, frames, error } = failure.clone();
        let record = SegmentRecord {
            index: segment,
            frames: frames.end - frames.start,
            state: SegmentState::Failed,
            bytes: 0,
            checksum: None,
            image_bytes: 0,
            image_checksum: None,
            attempts,
            error: Some(error.clone()),
            seconds,
        };
        self.failures.push(failure);
        self.job.record(record, Event::SegmentFailed { index: segment, frames, attempts, error })
    }

    /// Appends all segments that are there, up to the first that is not.
    ///
    /// Those of earlier runs are read for the first time here, so it is here that their checksums
    /// are looked at. One that is damaged goes back to the workers.
    fn grow(&mut self) -> Result<()> {
        /// Bytes that may wait for the disk: written back now, while the cores are busy,
        /// and not in one long wait at the end.
        const UNSYNCED: u64 = 16 << 20;
        let Some(growing) = &mut self.growing else { return Ok(()) };
        let job = self.job;
        // Told to stop, it only stops growing: segments that arrive are still published.
        while growing.next < job.recipe().segments()
            && !self.missing.contains(&growing.next)
            && !(self.stopped)()
        {
            let index = growing.next;
            let path = job.segment(index);
            let frames = job.recipe().segment(index);
            let frames = frames.end - frames.start;
            if !self.fresh.remove(&index)
                && let Err(reason) = job.check_segment(index)?
            {
                job.forget_damaged(index, reason)?;
                self.rendered.take_back(frames);
                self.missing.insert(index);
                self.outstanding += 1;
                self.queue.push(Todo { segment: index, video: true, images: false });
                return Ok(());
            }
            growing.assembler.push(&path, frames)?;
            files::forget(&path);
            growing.next += 1;
            growing.unsynced += path.metadata().map_or(0, |m| m.len());
            if growing.unsynced > UNSYNCED {
                growing.temp.file().sync_data().map_err(Error::io("sync", growing.temp.path()))?;
                growing.unsynced = 0;
            }
            crash_point!("grown");
        }
        Ok(())
    }
}

/// The film so far.
struct Growing<'a> {
    assembler: Assembler,
    temp: &'a TempFile,
    next: u64,
    unsynced: u64,
}
