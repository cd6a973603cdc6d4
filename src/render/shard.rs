//! A worker among others: renders segments of a job into its folder, sealed, and nothing else. It first does its own
//! part, and then what nobody has begun, so that a slow worker holds nobody up.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::drawing::Drawing;
use super::listening::Heard;
use super::monitor::{Rate, Rendered};
use super::plan::Todo;
use super::sources::Sources;
use super::turns::Turns;
use super::worker::{Outcome, Shared};
use super::{Options, Threads, hear, memory};
use crate::cancel::Cancel;
use crate::error::{Error, Failure, Result};
use crate::files;
use crate::jobs::shards::{Claims, Meeting, Shard, Sign, States, Worker};
use crate::jobs::{Build, Event};
use crate::media;
use crate::recipe::Recipe;

/// Between two looks at how far it is.
const TICK: Duration = Duration::from_millis(250);

/// What one of several workers does.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it does first.
    pub shard: Shard,
    /// What the engine that started it calls it, if there is one: `slurm 1234_3`.
    pub task: Option<String>,
    /// Threads, attempts, how long a program may take, and copies of files; the rest is of no use here.
    pub options: Options,
}

/// What a worker has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRendered {
    /// Segments that it rendered, and how many of them are of its own part.
    pub segments: u64,
    /// Of its own part.
    pub own: u64,
    /// Segments of the job that others had begun and not finished when it ended.
    pub left: u64,
    /// The result is published already.
    pub is_published: bool,
}

/// Renders segments of a job beside other workers, until there is none that nobody has begun. The job is made if it is not
/// there. Its lock and its database are not used.
///
/// # Errors
/// The job is of another recipe, or rendered by other versions; the folder cannot be used; segments failed; or `cancel`
/// was set, or the job taken back. What is finished is kept.
pub fn render_part(
    meeting: &Meeting,
    part: &Part,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<PartRendered> {
    let recipe = meeting.site().recipe();
    media::init()?;
    if let Some(video) = &recipe.video {
        media::require(video.codec)?;
    }
    let threads = Threads::share(&part.options, recipe);
    memory::check(recipe, threads.workers)?;
    let heard = hear(recipe, meeting.signals()?, &part.options, cancel, on)?;
    let copy = heard.recipe.with_copies(&part.options.copies);
    let folder = Some((meeting.site().folder(), true));
    let drawing = Drawing::kept(&copy, &part.options.means(), folder);
    draw_part(meeting, &heard, &drawing, part, cancel, on)
}

fn draw_part(
    meeting: &Meeting,
    heard: &Heard,
    drawing: &Drawing,
    part: &Part,
    cancel: &Cancel,
    on: &(dyn Fn(Event) + Sync),
) -> Result<PartRendered> {
    let sources = Sources::new(drawing);
    let (site, recipe, name) = (meeting.site(), meeting.site().recipe(), meeting.site().name());
    meeting.begin()?;
    heard.share(meeting)?;
    let nothing = PartRendered { segments: 0, own: 0, left: 0, is_published: true };
    if meeting.is_published()? {
        return Ok(nothing);
    }
    if meeting.is_stopped() {
        return Err(Error::Cancelled(name.into()));
    }
    let finished = meeting.finished()?;
    meeting.check_segments(&finished)?;
    let missing = recipe.segments() - finished.len() as u64;
    let own = part.shard.segments(recipe.segments());
    // What is told is the part of this worker: what the others do, the job tells.
    let frames = |segments: &mut dyn Iterator<Item = u64>| {
        segments.map(|index| frames_of(recipe, index)).sum()
    };
    let all: u64 = frames(&mut own.clone());
    let done: u64 = frames(&mut own.clone().filter(|index| finished.contains(index)));
    on(Event::Planned {
        job: name.into(),
        frames: all,
        frames_done: done,
        segments: own.end - own.start,
        segments_done: own.clone().filter(|index| finished.contains(index)).count() as u64,
    });
    if missing == 0 {
        return Ok(PartRendered { is_published: false, ..nothing });
    }
    // A lock that cannot be looked at is that of a file system without locks.
    if let Ok(Some(owner)) = site.folder().owner() {
        return Err(Error::Held {
            job: name.into(),
            doing: owner.doing,
            who: format!(" ({})", owner.who),
        });
    }
    drawing.ready().map_err(Error::NotReady)?;
    let device = drawing.device().map_err(Error::NotReady)?;
    let made_by = device.as_ref().map(|device| {
        let build = Build::here(recipe).on(device);
        if part.options.mix_devices { build.mixed(recipe) } else { build }
    });
    let meeting = &made_by.map_or_else(|| meeting.clone(), |build| meeting.made_by(build));
    if let Some(device) = device.filter(|_| !part.options.mix_devices) {
        meeting.agree_on(&device)?;
        meeting.check_segments(&finished)?;
    }
    let first = own.clone().find(|index| !finished.contains(index));
    let first = first.map_or(0, |index| recipe.segment(index).start);
    let states = match drawing.reach(first) {
        0 => States::default(),
        _ => helped(meeting.fetch_states(first)).unwrap_or_default(),
    };
    let (sign, claims) = meeting.join(Worker::here(part.shard.to_string(), part.task.clone()))?;
    let turns =
        Turns::new(claims.clone(), own.clone().filter(|index| !finished.contains(index)).collect());
    let work = Work {
        meeting,
        drawing,
        sources: &sources,
        threads: Threads::share(&part.options, recipe),
        retries: part.options.retries,
        claims: &claims,
        states: Mutex::new(states),
        turns: Mutex::new(turns),
        sign: Mutex::new(sign),
        rendered: Rendered::new(done),
        own: own.clone(),
        planned: AtomicU64::new(all),
        cancel,
        on,
    };
    let ended = match work.run() {
        // The folder of segments is removed when the result is published.
        Err(Error::Io { source, .. }) if files::is_gone(&source) && meeting.is_published()? => {
            return Ok(nothing);
        }
        ended => ended?,
    };
    if meeting.is_published()? {
        // Where those of others are gone, its own came too late.
        let there = meeting.finished()?;
        if there.iter().all(|index| ended.segments.contains(index))
            && (there.len() as u64) < missing
        {
            there.iter().try_for_each(|index| meeting.drop_segment(*index))?;
        }
        return Ok(PartRendered { segments: ended.segments.len() as u64, ..nothing });
    }
    if !ended.failures.is_empty() {
        return Err(Error::Failed {
            job: name.into(),
            segments: recipe.segments(),
            failures: ended.failures,
        });
    }
    let is_own = ended.segments.iter().filter(|index| own.contains(index)).count() as u64;
    let left = recipe.segments().saturating_sub(meeting.finished()?.len() as u64);
    Ok(PartRendered {
        segments: ended.segments.len() as u64,
        own: is_own,
        left,
        is_published: false,
    })
}

/// What is of help and no more: that it failed is noted.
fn helped<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(|e| tracing::debug!("states of simulations were not exchanged: {e}")).ok()
}

fn frames_of(recipe: &Recipe, segment: u64) -> u64 {
    let frames = recipe.segment(segment);
    frames.end - frames.start
}

/// What a worker has rendered.
#[derive(Default)]
struct Ended {
    segments: Vec<u64>,
    failures: Vec<Failure>,
}

/// The work of one of several workers.
struct Work<'a> {
    meeting: &'a Meeting,
    drawing: &'a Drawing<'a>,
    sources: &'a Sources<'a>,
    threads: Threads,
    retries: u32,
    claims: &'a Claims,
    states: Mutex<States>,
    turns: Mutex<Turns>,
    sign: Mutex<Sign>,
    rendered: Rendered,
    /// Its own part.
    own: Range<u64>,
    /// Frames of its own part, and of what it helped with.
    planned: AtomicU64,
    cancel: &'a Cancel,
    on: &'a (dyn Fn(Event) + Sync),
}

impl Work<'_> {
    fn run(&self) -> Result<Ended> {
        let folder = self.meeting.site().folder().path();
        let no_threads = |e: std::io::Error| Error::io("start threads for", folder)(e);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.workers)
            .thread_name(|i| format!("render-{i}"))
            .build()
            .map_err(|e| no_threads(std::io::Error::other(e)))?;
        let (failed, taken_back) = (&AtomicBool::new(false), &AtomicBool::new(false));
        let obsolete = &AtomicBool::new(false);
        let is_set = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        let stopped = &|| {
            [failed, taken_back, obsolete].into_iter().any(is_set) || self.cancel.is_cancelled()
        };
        let (outcomes, arrivals) = mpsc::sync_channel(self.threads.workers);
        let (working, over) = mpsc::channel();
        let result = std::thread::scope(|scope| {
            let spawn = |name: &str| std::thread::Builder::new().name(name.into());
            let publisher = spawn("publish").spawn_scoped(scope, move || {
                let ended = self.publish_all(arrivals);
                if ended.is_err() {
                    failed.store(true, Ordering::Relaxed);
                }
                ended
            });
            let publisher = publisher.map_err(no_threads)?;
            let watcher = spawn("watch")
                .spawn_scoped(scope, move || self.watch(&over, taken_back, obsolete, stopped));
            let watcher = watcher.map_err(no_threads)?;
            let next = |stopped: &dyn Fn() -> bool| self.next(stopped);
            let hear = |event: Event| {
                (self.on)(event);
                Ok(())
            };
            let workers = Shared {
                site: self.meeting.site(),
                hear: &hear,
                drawing: self.drawing,
                sources: self.sources,
                next: &next,
                rendered: &self.rendered,
                retries: self.retries,
                encoder_threads: self.threads.encoder,
                stopped,
            };
            let drawn = workers.run(&pool, outcomes);
            if drawn.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            drop(working);
            let panicked = |_| Error::Fault("a thread of the worker panicked".into());
            let _ = watcher.join();
            let published = publisher.join().map_err(panicked)?;
            // That of the publisher comes first: it also stops the others.
            let ended = published?;
            match drawn {
                Err(Error::Interrupted) if is_set(obsolete) => Ok(ended),
                drawn => drawn.map(|()| ended),
            }
        });
        if result.is_err() {
            self.give_up_all();
        }
        match result {
            Err(Error::Interrupted) if taken_back.load(Ordering::Relaxed) => {
                Err(Error::Cancelled(self.meeting.site().name().into()))
            }
            Ok(_) if self.cancel.is_cancelled() => Err(Error::Interrupted),
            result => result,
        }
    }

    fn next(&self, stopped: &dyn Fn() -> bool) -> Result<Option<Todo>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if stopped() {
            return Ok(None);
        }
        let sign = self.sign.lock().unwrap_or_else(PoisonError::into_inner);
        let (video, images) = (
            self.meeting.site().recipe().video.is_some(),
            self.meeting.site().recipe().images.is_some(),
        );
        let next = turns.next(self.meeting, &sign)?;
        if let Some(index) = next.filter(|index| !self.own.contains(index)) {
            let frames = frames_of(self.meeting.site().recipe(), index);
            self.planned.fetch_add(frames, Ordering::Relaxed);
        }
        Ok(next.map(|segment| Todo { segment, video, images }))
    }

    /// Gives what arrives its names, and gives up the claims on it.
    fn publish_all(&self, arrivals: Receiver<Outcome>) -> Result<Ended> {
        let recipe = self.meeting.site().recipe();
        let mut ended = Ended::default();
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        for Outcome { todo, seconds, result, attempts } in arrivals {
            let index = todo.segment;
            let mut finished = match result {
                Ok(finished) => finished,
                Err(failure) => {
                    let Failure { frames, error, .. } = failure.clone();
                    self.claims.fail(index, &error)?;
                    (self.on)(Event::SegmentFailed { index, frames, attempts, error });
                    ended.failures.push(failure);
                    continue;
                }
            };
            let bytes = finished.sealed.map_or(0, |sealed| sealed.bytes) + finished.images.bytes();
            self.meeting.bring(std::mem::take(&mut finished.files))?;
            self.claims.give_up(index)?;
            let frames = recipe.segment(index);
            let frames = frames.end - frames.start;
            (self.on)(Event::Segment { index, frames, bytes, seconds });
            ended.segments.push(index);
            helped(self.meeting.bring_states(&mut states, false));
        }
        helped(self.meeting.bring_states(&mut states, true));
        ended.failures.sort_by_key(|failure| failure.segment);
        Ok(ended)
    }

    /// Gives signs of life, and looks whether the job was taken back.
    fn watch(
        &self,
        over: &Receiver<()>,
        taken_back: &AtomicBool,
        obsolete: &AtomicBool,
        stopped: &dyn Fn() -> bool,
    ) {
        let mut rate = Rate::new(self.rendered.all());
        let mut last = Instant::now();
        while over.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            let frames_done = self.rendered.all();
            let frames = self.planned.load(Ordering::Relaxed).max(frames_done);
            let fps = rate.at(frames_done);
            (self.on)(Event::Progress { frames, frames_done, fps, seconds_left: None });
            if last.elapsed() >= self.meeting.beat() {
                last = Instant::now();
                let mut sign = self.sign.lock().unwrap_or_else(PoisonError::into_inner);
                // A sign that cannot be given costs no more than the segments that others take over.
                let _ = sign.beat(self.rendered.now(), fps);
                if self.meeting.is_stopped() {
                    taken_back.store(true, Ordering::Relaxed);
                }
                // What it is made of is gone from where all see it, and is missed by nobody.
                if self.meeting.is_published().unwrap_or(false) {
                    obsolete.store(true, Ordering::Relaxed);
                }
            }
            if stopped() {
                self.drawing.stop();
            }
        }
    }

    /// Leaves to others what was begun.
    fn give_up_all(&self) {
        let begun = self.claims.own().unwrap_or_default();
        for index in begun {
            let _ = self.claims.give_up(index);
        }
    }
}
