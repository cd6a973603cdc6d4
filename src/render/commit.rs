//! The committer: makes finished segments durable, and lets the film grow behind the workers.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::mpsc::Receiver;

use super::event::Event;
use super::plan::Plan;
use super::target::Target;
use super::worker::Finished;
use crate::error::{Error, Result};
use crate::files;
use crate::jobs::Job;
use crate::media::Assembler;

/// Publishes what arrives, appends each segment to the film once all before it are there, and
/// closes the film after the last.
pub(super) fn commit(
    job: &Job,
    plan: &Plan,
    target: Option<&Target>,
    arrivals: Receiver<Finished>,
    stopped: &dyn Fn() -> bool,
    on: &dyn Fn(Event),
) -> Result<()> {
    let recipe = job.recipe();
    let mut missing: BTreeSet<u64> =
        plan.todo.iter().filter(|t| t.video).map(|t| t.segment).collect();
    let mut film = match (target, &recipe.video) {
        (Some(target), Some(video)) => Some(Film {
            assembler: Assembler::new(&target.aside(), recipe, video),
            target,
            next: 0,
            unsynced: 0,
        }),
        _ => None,
    };
    for Finished { todo, files: written } in arrivals {
        for path in &written {
            files::publish(path)?;
        }
        if todo.images {
            files::sync_folder(&job.frames())?;
        }
        if todo.video {
            files::sync_folder(&job.segments())?;
            missing.remove(&todo.segment);
        }
        let frames = recipe.segment(todo.segment);
        on(Event::Segment { index: todo.segment, frames: frames.end - frames.start });
        if let Some(film) = &mut film {
            film.grow(job, missing.first().copied().unwrap_or(recipe.segments()), stopped)?;
        }
    }
    if let Some(mut film) = film.filter(|_| missing.is_empty() && !stopped()) {
        on(Event::Assembling);
        film.grow(job, recipe.segments(), stopped)?;
        if !stopped() {
            return film.assembler.finish();
        }
    }
    if stopped() { Err(Error::Interrupted) } else { Ok(()) }
}

/// The film so far.
struct Film<'a> {
    assembler: Assembler,
    target: &'a Target,
    next: u64,
    unsynced: u64,
}

impl Film<'_> {
    /// Appends all segments before `end`.
    fn grow(&mut self, job: &Job, end: u64, stopped: &dyn Fn() -> bool) -> Result<()> {
        /// Bytes that may wait for the disk: written back now, while the processors are busy,
        /// and not in one long wait at the end.
        const UNSYNCED: u64 = 16 << 20;
        // Told to stop, it only stops growing: segments that arrive are still published.
        while self.next < end && !stopped() {
            let path = job.segment(self.next);
            let frames = job.recipe().segment(self.next);
            self.assembler.push(&path, frames.end - frames.start)?;
            self.next += 1;
            self.unsynced += path.metadata().map_or(0, |m| m.len());
            if self.unsynced > UNSYNCED {
                let aside = self.target.aside();
                let file = File::open(&aside).map_err(Error::io("open", &aside))?;
                file.sync_data().map_err(Error::io("sync", &aside))?;
                self.unsynced = 0;
            }
        }
        Ok(())
    }
}
