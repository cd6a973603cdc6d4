//! One strand of steps, of which all painters draw: simulations, and shaders with buffers.
//!
//! A state follows from the one before, so steps are taken one after the other, by whichever painter is ahead. What is seen of
//! each state is handed to the painter that will draw it. So no step is taken twice, and drawing and encoding go on beside it.

mod shared;

use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::shared::Shared;
use super::stage::Checkpoints;
use super::{PaintError, Stage};
use crate::cancel::Cancel;

/// Bytes of views that are held for each painter.
pub(super) const HELD: usize = 64 << 20;
/// Frames from one state that is saved to the next.
const EVERY: u64 = 32;
/// Saved states that are held for who draws a segment again, at most, and bytes of them.
const SAVED: usize = 8;
const SAVED_BYTES: usize = 256 << 20;
/// Between two checkpoints, at least.
const BETWEEN: Duration = Duration::from_secs(2);
/// And at least so many times what the last one took: it is 3 % of the time.
const SHARE: u32 = 33;
/// Between two looks of a painter that waits.
const PATIENCE: Duration = Duration::from_millis(50);
/// A painter that draws nothing for so long is not waited for: it goes on by itself.
const STUCK: Duration = Duration::from_secs(5);

/// What grows, a frame at a time.
pub(super) trait Growing: Sync {
    /// All that the next frame follows from.
    type State: Send;
    /// What is seen of a state.
    type View: Clone + Send;
    /// What a painter looks with at whatever else there is.
    type Lamp<'a>
    where
        Self: 'a;

    /// The state at frame 0.
    fn begin(&self, lamp: &mut Self::Lamp<'_>, cancel: &Cancel) -> Result<Self::State, PaintError>;

    /// A state that was saved; `None` if it is none of these.
    fn load(
        &self,
        saved: &[u8],
        lamp: &mut Self::Lamp<'_>,
    ) -> Result<Option<Self::State>, PaintError>;

    /// Goes on to frame `next`, which is that behind the state's.
    fn go_on(
        &self,
        state: &mut Self::State,
        next: u64,
        lamp: &mut Self::Lamp<'_>,
        cancel: &Cancel,
    ) -> Result<(), PaintError>;

    /// What is seen of a state at its frame.
    fn look(
        &self,
        state: &Self::State,
        frame: u64,
        lamp: &mut Self::Lamp<'_>,
    ) -> Result<Self::View, PaintError>;

    /// The state as bytes.
    fn save(&self, state: &Self::State) -> Result<Vec<u8>, PaintError>;

    /// Bytes that a view takes.
    fn bytes(view: &Self::View) -> usize;
}

/// A state at a frame.
pub(super) struct Runner<S> {
    /// The frame.
    pub at: u64,
    state: S,
}

/// The strand.
pub(super) struct Strand<G: Growing> {
    /// What grows.
    pub growing: G,
    checkpoints: Option<Arc<dyn Checkpoints>>,
    cancel: Cancel,
    shared: Mutex<Shared<G>>,
    changed: Condvar,
}

impl<G: Growing> Strand<G> {
    pub fn new(growing: G, stage: &Stage) -> Self {
        Self {
            growing,
            checkpoints: stage.checkpoints.clone(),
            cancel: Cancel::new(),
            shared: Mutex::new(Shared::new()),
            changed: Condvar::new(),
        }
    }

    /// Told when the work stops.
    pub fn stop(&self) {
        self.cancel.cancel();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shared<G>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for one more painter.
    pub fn enter(&self) -> u64 {
        let mut shared = self.lock();
        shared.painters += 1;
        shared.painters
    }

    /// A painter will draw these frames, in order.
    pub fn want(&self, painter: u64, frames: Range<u64>) {
        self.lock().wanted.insert(painter, frames);
        self.changed.notify_all();
    }

    /// A painter has drawn a frame.
    pub fn drawn(&self, painter: u64, frame: u64) {
        if let Some(range) = self.lock().wanted.get_mut(&painter)
            && range.contains(&frame)
        {
            range.start = frame + 1;
            self.changed.notify_all();
        }
    }

    /// A painter draws no more.
    pub fn leave(&self, painter: u64) {
        self.lock().wanted.remove(&painter);
        self.changed.notify_all();
    }

    /// How many frames must be gone through for `frame` to be drawn alone.
    pub fn reach(&self, frame: u64) -> u64 {
        frame - self.nearest(frame).map_or(0, |(at, _)| at.min(frame))
    }

    /// The saved state that is nearest to `frame`, and not behind it.
    fn nearest(&self, frame: u64) -> Option<(u64, Arc<Vec<u8>>)> {
        let near =
            self.lock().saved.range(..=frame).next_back().map(|(at, saved)| (*at, saved.clone()));
        let kept = self.checkpoints.as_ref().and_then(|checkpoints| checkpoints.nearest(frame));
        let kept = kept.map(|(at, saved)| (at, Arc::new(saved)));
        match (near, kept) {
            (Some(near), Some(kept)) => Some(if kept.0 > near.0 { kept } else { near }),
            (near, kept) => near.or(kept),
        }
    }

    /// A runner at a saved state near `frame`, or at frame 0.
    fn runner(&self, frame: u64, lamp: &mut G::Lamp<'_>) -> Result<Runner<G::State>, PaintError> {
        if let Some((at, saved)) = self.nearest(frame)
            && let Some(state) = self.growing.load(&saved, lamp)?
        {
            return Ok(Runner { at, state });
        }
        let begun = Instant::now();
        let state = self.growing.begin(lamp, &self.cancel)?;
        if let Some(checkpoints) = &self.checkpoints
            && begun.elapsed() >= BETWEEN
        {
            checkpoints.keep(0, &self.growing.save(&state)?, 0);
        }
        Ok(Runner { at: 0, state })
    }

    /// Goes on by a frame.
    fn go_on(
        &self,
        runner: &mut Runner<G::State>,
        lamp: &mut G::Lamp<'_>,
    ) -> Result<(), PaintError> {
        self.cancel.check()?;
        self.growing.go_on(&mut runner.state, runner.at + 1, lamp, &self.cancel)?;
        runner.at += 1;
        Ok(())
    }

    fn look(
        &self,
        runner: &Runner<G::State>,
        lamp: &mut G::Lamp<'_>,
    ) -> Result<G::View, PaintError> {
        self.growing.look(&runner.state, runner.at, lamp)
    }

    /// What is seen at `frame`, for which `painter` asks; `None` if the strand is past it.
    pub fn view(
        &self,
        painter: u64,
        frame: u64,
        lamp: &mut G::Lamp<'_>,
    ) -> Result<Option<G::View>, PaintError> {
        let mut shared = self.lock();
        let mut waiting: Option<(Option<u64>, Instant)> = None;
        if let Some(range) = shared.wanted.get_mut(&painter)
            && range.contains(&frame)
        {
            // It draws in order: frames that it has passed over are not drawn.
            range.start = frame;
        }
        loop {
            self.cancel.check()?;
            if let Some(view) = shared.views.get(&frame) {
                return Ok(Some(view.clone()));
            }
            if shared.is_busy {
                shared = self.wait(shared);
                continue;
            }
            let Some(at) = shared.at else {
                // Whoever comes first begins it, where the first frame is that anybody has to draw.
                let first = shared.needed().map_or(frame, |needed| needed.min(frame));
                shared = self.alone(shared, lamp, |lamp| self.runner(first, lamp))?;
                continue;
            };
            if frame < at {
                return Ok(None);
            }
            if frame == at
                && let Some(head) = &shared.head
            {
                return self.look(head, lamp).map(Some);
            }
            let most = HELD * shared.wanted.len().max(1);
            if !shared.shed(most) {
                // It waits until others have drawn what is held for them. The painter with the first frame of all never
                // waits: nothing is held that anybody still has to draw.
                let needed = shared.needed();
                match waiting {
                    Some((known, since)) if known == needed => {
                        if since.elapsed() > STUCK {
                            shared.wanted.retain(|_, range| Some(range.start) != needed);
                        }
                    }
                    _ => waiting = Some((needed, Instant::now())),
                }
                shared = self.wait(shared);
                continue;
            }
            let Some(mut head) = shared.head.take() else {
                // A painter was stopped, or a file is gone.
                shared.at = None;
                continue;
            };
            shared = self.alone(shared, lamp, |lamp| {
                self.skip(&mut head, frame, lamp)?;
                if head.at < frame {
                    self.go_on(&mut head, lamp)?;
                    self.save(&head)?;
                }
                Ok(head)
            })?;
        }
    }

    fn wait<'a>(&self, shared: MutexGuard<'a, Shared<G>>) -> MutexGuard<'a, Shared<G>> {
        let waited = self.changed.wait_timeout(shared, PATIENCE);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Has `work` give the strand's head, while other painters take what is held.
    fn alone<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared<G>>,
        lamp: &mut G::Lamp<'_>,
        work: impl FnOnce(&mut G::Lamp<'_>) -> Result<Runner<G::State>, PaintError>,
    ) -> Result<MutexGuard<'a, Shared<G>>, PaintError> {
        shared.is_busy = true;
        drop(shared);
        let work = || {
            let head = work(lamp)?;
            let is_wanted = self.lock().is_wanted(head.at);
            let view = is_wanted.then(|| self.look(&head, lamp)).transpose()?;
            Ok((head, view))
        };
        // Whatever panics must not have the others wait for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let mut shared = self.lock();
        shared.is_busy = false;
        (shared.at, shared.head) = (None, None);
        self.changed.notify_all();
        match result {
            Ok(Ok((head, view))) => {
                shared.at = Some(head.at);
                if let Some(view) = view {
                    shared.hold(head.at, view);
                }
                shared.head = Some(head);
                Ok(shared)
            }
            Ok(Err(e)) => Err(e),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Goes to a checkpoint before `frame`, if there is one farther on and nobody has to draw what lies in between.
    fn skip(
        &self,
        head: &mut Runner<G::State>,
        frame: u64,
        lamp: &mut G::Lamp<'_>,
    ) -> Result<(), PaintError> {
        let Some(checkpoints) = &self.checkpoints else { return Ok(()) };
        let is_first = self.lock().wanted.values().any(|range| range.start == frame);
        if !is_first || frame - head.at < 2 * EVERY {
            return Ok(());
        }
        let needed = self.lock().needed();
        let near = checkpoints.nearest(needed.map_or(frame, |needed| needed.min(frame)));
        if let Some((at, saved)) = near.filter(|(at, _)| *at > head.at)
            && let Some(state) = self.growing.load(&saved, lamp)?
        {
            *head = Runner { at, state };
        }
        Ok(())
    }

    /// Saves a state from time to time, and keeps one of these where the next run finds it.
    fn save(&self, head: &Runner<G::State>) -> Result<(), PaintError> {
        let now = Instant::now();
        let (is_due, needed) = {
            let mut shared = self.lock();
            let (last, took) = *shared.kept.get_or_insert((now, Duration::ZERO));
            let needed = shared.needed().unwrap_or(head.at);
            (now - last >= BETWEEN.max(took * SHARE), needed)
        };
        if !is_due && !head.at.is_multiple_of(EVERY) {
            return Ok(());
        }
        let state = Arc::new(self.growing.save(&head.state)?);
        let mut shared = self.lock();
        shared.saved.insert(head.at, state.clone());
        let most = (SAVED_BYTES / state.len().max(1)).clamp(1, SAVED);
        while shared.saved.len() > most {
            shared.saved.pop_first();
        }
        drop(shared);
        if let Some(checkpoints) = self.checkpoints.as_ref().filter(|_| is_due) {
            checkpoints.keep(head.at, &state, needed);
            self.lock().kept = Some((Instant::now(), now.elapsed()));
        }
        Ok(())
    }

    /// Has a painter's own runner go to `frame`, which the strand is past.
    pub fn own(
        &self,
        own: &mut Option<Runner<G::State>>,
        frame: u64,
        lamp: &mut G::Lamp<'_>,
    ) -> Result<G::View, PaintError> {
        if own.as_ref().is_none_or(|runner| runner.at > frame || frame - runner.at > 2 * EVERY) {
            *own = None;
        }
        let mut runner = match own.take() {
            Some(runner) => runner,
            None => self.runner(frame, lamp)?,
        };
        while runner.at < frame {
            self.go_on(&mut runner, lamp)?;
        }
        let view = self.look(&runner, lamp)?;
        *own = Some(runner);
        Ok(view)
    }
}
