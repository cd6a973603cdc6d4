//! Watches over the work: tells how far it is, and whether somebody asked for an end.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::jobs::{Event, Job};

/// Between two looks.
const TICK: Duration = Duration::from_millis(100);
/// Looks until the database is asked for a wish to cancel, and until it is told of progress.
const ASK: u32 = 3;
const RECORD: u32 = 10;
/// The rate is that of the last so many seconds.
const WINDOW: Duration = Duration::from_secs(15);

/// Frames rendered, in earlier runs and by all workers in this one; those of a failed attempt, or
/// of a segment that turns out to be damaged, are taken back.
pub(super) struct Rendered {
    before: u64,
    all: AtomicU64,
}

impl Rendered {
    pub(super) fn new(before: u64) -> Self {
        Self { before, all: AtomicU64::new(before) }
    }

    pub(super) fn add(&self, frames: u64) {
        self.all.fetch_add(frames, Ordering::Relaxed);
    }

    pub(super) fn take_back(&self, frames: u64) {
        let less = |all: u64| Some(all.saturating_sub(frames));
        let _ = self.all.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// All that count.
    pub(super) fn all(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// Those of this run.
    pub(super) fn now(&self) -> u64 {
        self.all().saturating_sub(self.before)
    }
}

/// Runs until `ended` hangs up. Sets `cancelled` when somebody asked for it, and calls `halt` at
/// each look, which tells the generator if it is time to stop.
pub(super) fn watch(
    job: &Job,
    rendered: &Rendered,
    cancelled: &AtomicBool,
    ended: &Receiver<()>,
    halt: &dyn Fn(),
) {
    let mut rate = Rate::new(rendered.all());
    for tick in 1u32.. {
        let last = ended.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout);
        let frames = job.recipe().frames;
        let frames_done = rendered.all().min(frames);
        let fps = rate.at(frames_done);
        let seconds_left = (fps > 0.0).then(|| (frames - frames_done) as f64 / fps);
        job.tell(Event::Progress { frames, frames_done, fps, seconds_left });
        if last {
            return;
        }
        halt();
        // A database that cannot be reached is for whoever records segments to tell of.
        if tick.is_multiple_of(ASK) && job.cancel_wished().unwrap_or(false) {
            cancelled.store(true, Ordering::Relaxed);
        }
        if tick.is_multiple_of(RECORD) && job.flush().is_ok() {
            // Nobody waits for this, and the next one says more.
            let _ = job.record_progress(frames_done, fps);
        }
    }
}

/// Frames a second over the last while.
pub(super) struct Rate(VecDeque<(Instant, u64)>);

impl Rate {
    pub(super) fn new(frames: u64) -> Self {
        Self(VecDeque::from([(Instant::now(), frames)]))
    }

    pub(super) fn at(&mut self, frames: u64) -> f64 {
        let now = Instant::now();
        while self.0.len() > 1 && self.0.front().is_some_and(|(t, _)| now - *t > WINDOW) {
            self.0.pop_front();
        }
        let rate = self.0.front().map_or(0.0, |(since, before)| {
            frames.saturating_sub(*before) as f64 / (now - *since).as_secs_f64().max(1e-3)
        });
        self.0.push_back((now, frames));
        rate
    }
}
