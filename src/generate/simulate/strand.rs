//! One strand of steps, of which all painters draw.
//!
//! A state follows from the one before, so steps are taken one after the other, by whichever painter is ahead. What is seen of
//! each state is handed to the painter that will draw it. So no step is taken twice, and drawing and encoding go on beside it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Simulate;
use super::guide::Lamp;
use super::simulation::{Simulation, begin};
use super::view::View;
use crate::cancel::Cancel;
use crate::generate::{Checkpoints, PaintError, Stage};
use crate::parameters::Described;
use crate::values::Clip;

/// Bytes of views that are held for each painter.
pub(super) const HELD: usize = 64 << 20;
/// Frames that were drawn and are held: the next segment may look back at them.
const BEHIND: u64 = 64;
/// Frames from one state that is saved to the next.
const EVERY: u64 = 32;
/// Saved states that are held for who draws a segment again.
const SAVED: usize = 8;
/// Between two checkpoints, at least.
const BETWEEN: Duration = Duration::from_secs(2);
/// And at least so many times what the last one took: it is 3 % of the time.
const SHARE: u32 = 33;
/// Between two looks of a painter that waits.
const PATIENCE: Duration = Duration::from_millis(50);
/// A painter that draws nothing for so long is not waited for: it goes on by itself.
const STUCK: Duration = Duration::from_secs(5);

/// A simulation at a frame.
pub(super) struct Runner {
    /// The frame.
    pub at: u64,
    simulation: Box<dyn Simulation>,
}

/// The strand.
pub(super) struct Strand {
    simulate: Simulate,
    clip: Clip,
    checkpoints: Option<Arc<dyn Checkpoints>>,
    cancel: Cancel,
    shared: Mutex<Shared>,
    changed: Condvar,
}

#[derive(Default)]
struct Shared {
    /// The frame that the strand has come to, once it is begun.
    at: Option<u64>,
    /// The state, unless a painter goes on with it at the moment.
    head: Option<Runner>,
    is_busy: bool,
    /// Views, by frame.
    views: BTreeMap<u64, View>,
    held: usize,
    /// The frames that each painter has still to draw.
    wanted: BTreeMap<u64, Range<u64>>,
    painters: u64,
    /// States that were saved, by frame.
    saved: BTreeMap<u64, Arc<Vec<u8>>>,
    /// When the last checkpoint was kept, and how long that took.
    kept: Option<(Instant, Duration)>,
}

impl Shared {
    fn hold(&mut self, frame: u64, view: View) {
        self.held += view.bytes();
        self.views.insert(frame, view);
    }

    /// The first frame that a painter has still to draw.
    fn needed(&self) -> Option<u64> {
        let left = self.wanted.values().filter(|range| !range.is_empty());
        left.map(|range| range.start).min()
    }

    /// Lets go of views that nobody has still to draw: of those far behind, and if more than `most` bytes are held of all
    /// others, the oldest first. False if more are held still.
    fn shed(&mut self, most: usize) -> bool {
        let needed = self.needed().unwrap_or(u64::MAX);
        while let Some(oldest) = self.views.first_entry()
            && *oldest.key() < needed
            && (*oldest.key() + BEHIND < needed || self.held > most)
        {
            self.held -= oldest.remove().bytes();
        }
        self.held <= most
    }
}

impl Strand {
    pub fn new(simulate: &Simulate, stage: &Stage) -> Self {
        Self {
            simulate: simulate.clone(),
            clip: stage.clip,
            checkpoints: stage.checkpoints.clone(),
            cancel: Cancel::new(),
            shared: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Told when the work stops.
    pub fn stop(&self) {
        self.cancel.cancel();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
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
    fn runner(&self, frame: u64, lamp: &mut Lamp) -> Result<Runner, PaintError> {
        let mut simulation = self.begin(lamp)?;
        if let Some((at, saved)) = self.nearest(frame) {
            if simulation.load(&saved) {
                return Ok(Runner { at, simulation });
            }
            // It may have taken up a part of it.
            simulation = self.begin(lamp)?;
        }
        let mut runner = Runner { at: 0, simulation };
        let begun = Instant::now();
        self.take(&mut runner, self.simulate.warm_up.into(), 0)?;
        if let Some(checkpoints) = &self.checkpoints
            && begun.elapsed() >= BETWEEN
        {
            checkpoints.keep(0, &runner.simulation.save(), 0);
        }
        Ok(runner)
    }

    /// The simulation before its first step, in the light that drives it.
    fn begin(&self, lamp: &mut Lamp) -> Result<Box<dyn Simulation>, PaintError> {
        let light = lamp.first()?;
        let mut simulation = begin(&self.simulate, self.clip, light.as_deref())?;
        if let Some(light) = light {
            simulation.shine(&light);
        }
        Ok(simulation)
    }

    /// Takes so many steps, to a frame.
    fn take(&self, runner: &mut Runner, steps: u64, frame: u64) -> Result<(), PaintError> {
        let now = self.simulate.at(frame);
        for _ in 0..steps {
            self.cancel.check()?;
            runner.simulation.step(&now, frame);
        }
        Ok(())
    }

    /// What is seen of a runner's state.
    fn look(&self, runner: &Runner) -> View {
        runner.simulation.view(&self.simulate.at(runner.at))
    }

    /// Steps up to a frame, all together.
    fn steps(&self, frame: u64) -> u64 {
        // The product is rounded, and may fall short of a whole number that is meant.
        (self.simulate.at(frame).steps * frame as f64 + 1e-6) as u64
    }

    /// Goes on by a frame.
    fn go_on(&self, runner: &mut Runner, lamp: &mut Lamp) -> Result<(), PaintError> {
        self.cancel.check()?;
        let next = runner.at + 1;
        if let Some(light) = lamp.next(next)? {
            runner.simulation.shine(&light);
        }
        let steps = self.steps(next).saturating_sub(self.steps(runner.at));
        self.take(runner, steps, next)?;
        runner.at = next;
        Ok(())
    }

    /// What is seen at `frame`, for which `painter` asks; `None` if the strand is past it.
    pub fn view(
        &self,
        painter: u64,
        frame: u64,
        lamp: &mut Lamp,
    ) -> Result<Option<View>, PaintError> {
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
                shared = self.alone(shared, || self.runner(first, lamp))?;
                continue;
            };
            if frame < at {
                return Ok(None);
            }
            if frame == at
                && let Some(head) = &shared.head
            {
                return Ok(Some(self.look(head)));
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
            shared = self.alone(shared, || {
                self.skip(&mut head, frame, lamp)?;
                if head.at < frame {
                    self.go_on(&mut head, lamp)?;
                    self.save(&head);
                }
                Ok(head)
            })?;
        }
    }

    fn wait<'a>(&self, shared: MutexGuard<'a, Shared>) -> MutexGuard<'a, Shared> {
        let waited = self.changed.wait_timeout(shared, PATIENCE);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Has `work` give the strand's head, while other painters take what is held.
    fn alone<'a>(
        &'a self,
        mut shared: MutexGuard<'a, Shared>,
        work: impl FnOnce() -> Result<Runner, PaintError>,
    ) -> Result<MutexGuard<'a, Shared>, PaintError> {
        shared.is_busy = true;
        drop(shared);
        // Whatever panics must not have the others wait for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let mut shared = self.lock();
        shared.is_busy = false;
        (shared.at, shared.head) = (None, None);
        self.changed.notify_all();
        match result {
            Ok(Ok(head)) => {
                shared.at = Some(head.at);
                if !shared.wanted.is_empty() {
                    shared.hold(head.at, self.look(&head));
                }
                shared.head = Some(head);
                Ok(shared)
            }
            Ok(Err(e)) => Err(e),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Goes to a checkpoint before `frame`, if there is one farther on and nobody has to draw what lies in between.
    fn skip(&self, head: &mut Runner, frame: u64, lamp: &mut Lamp) -> Result<(), PaintError> {
        let Some(checkpoints) = &self.checkpoints else { return Ok(()) };
        let is_first = self.lock().wanted.values().any(|range| range.start == frame);
        if !is_first || frame - head.at < 2 * EVERY {
            return Ok(());
        }
        let needed = self.lock().needed();
        let near = checkpoints.nearest(needed.map_or(frame, |needed| needed.min(frame)));
        if let Some((at, saved)) = near.filter(|(at, _)| *at > head.at) {
            match head.simulation.load(&saved) {
                true => head.at = at,
                false => *head = self.runner(head.at, lamp)?,
            }
        }
        Ok(())
    }

    /// Saves a state from time to time, and keeps one of these where the next run finds it.
    fn save(&self, head: &Runner) {
        let now = Instant::now();
        let (is_due, needed) = {
            let mut shared = self.lock();
            let (last, took) = *shared.kept.get_or_insert((now, Duration::ZERO));
            let needed = shared.needed().unwrap_or(head.at);
            (now - last >= BETWEEN.max(took * SHARE), needed)
        };
        if !is_due && !head.at.is_multiple_of(EVERY) {
            return;
        }
        let state = Arc::new(head.simulation.save());
        let mut shared = self.lock();
        shared.saved.insert(head.at, state.clone());
        while shared.saved.len() > SAVED {
            shared.saved.pop_first();
        }
        drop(shared);
        if let Some(checkpoints) = self.checkpoints.as_ref().filter(|_| is_due) {
            checkpoints.keep(head.at, &state, needed);
            self.lock().kept = Some((Instant::now(), now.elapsed()));
        }
    }

    /// Has a painter's own runner go to `frame`, which the strand is past.
    pub fn own(
        &self,
        own: &mut Option<Runner>,
        frame: u64,
        lamp: &mut Lamp,
    ) -> Result<View, PaintError> {
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
        let view = self.look(&runner);
        *own = Some(runner);
        Ok(view)
    }
}
