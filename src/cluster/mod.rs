//! Many machines: handing a job to an engine that starts workers, and what a worker learns from the engine that started
//! it. The engine schedules, limits, retries and kills; the job's folder is all that workers share.

mod kubernetes;
mod place;
mod shell;
mod slurm;
mod stored;
mod stores;

use std::time::Duration;

pub use kubernetes::{Kubernetes, Shared, check_name, check_quantity, resource_name};
pub use place::{Place, ShardUnknown, is_by_engine};
pub use shell::{quoted, words};
pub use slurm::{Scripts, Slurm, check_options, summary};
pub use stored::{Fetched, Stored};
pub use stores::Stores;

use crate::clock::Stopwatch;
use crate::error::Result;
use crate::jobs::shards::{Engine, Meeting, Shard, Submission, bury, store_of};
use crate::jobs::{Folder, JobView, State};
use crate::remote::Remote;

/// The shards, from 1, that lack a segment.
///
/// # Errors
/// The job's folder cannot be read, or its segments are of other libraries.
pub fn missing(meeting: &Meeting, shards: u64) -> Result<Vec<u64>> {
    let finished = meeting.finished()?;
    meeting.check_segments(&finished)?;
    let segments = meeting.site().recipe().segments();
    let lacks = |number: &u64| {
        let part = Shard::new(*number - 1, shards).map(|shard| shard.segments(segments));
        part.is_some_and(|mut part| part.any(|index| !finished.contains(&index)))
    };
    Ok((1..=shards).filter(lacks).collect())
}

/// Looks whether the engine can be handed anything from here.
///
/// # Errors
/// Its programs are not here.
pub fn check(engine: Engine) -> Result<()> {
    match engine {
        Engine::Slurm => slurm::check("sbatch"),
        Engine::Kubernetes => kubernetes::check(),
    }
}

/// True if the engine still has what it was handed.
///
/// # Errors
/// It cannot be asked.
pub fn has(submission: &Submission) -> Result<bool> {
    match submission.engine {
        Engine::Slurm => slurm::has(submission),
        // The film lies in its claim, which this folder need not be: so it is not rendered here once Kubernetes is done.
        Engine::Kubernetes => Ok(true),
    }
}

/// Asks the engine whether it still has the job of this folder. If not, the submission has ended.
///
/// # Errors
/// The engine cannot be asked, or the folder cannot be read or written.
pub fn settle(folder: &Folder) -> Result<Option<Submission>> {
    let Some(submission) = Submission::read(folder)? else { return Ok(None) };
    if has(&submission)? {
        return Ok(Some(submission));
    }
    // Its workers are dead, whatever their last signs.
    bury(folder)?;
    if let Some(url) = store_of(folder)?
        && let Ok(store) = Remote::open(&url)
    {
        // Where it is away they are silent, too.
        let _ = Stored::new(&store, folder.name()).bury();
    }
    Submission::end(folder)?;
    Ok(None)
}

/// Has a job that is rendered in a store say what is there.
///
/// # Errors
/// The store cannot be asked.
pub fn look(job: &mut JobView) -> Result<()> {
    let Some(url) = job.store.clone().filter(|_| job.state != State::Done) else { return Ok(()) };
    let stored = Stored::new(&Remote::open(&url)?, job.folder.name());
    let meeting = stored.meeting(job.folder.clone(), &job.folder.read_recipe()?);
    match meeting.is_published()? {
        true => {
            let record = &mut job.record;
            (record.frames_done, record.segments_done) = (record.frames, record.segments);
            (record.live_frames, job.submission) = (record.frames, None);
            job.state = State::Done;
            Ok(())
        }
        false => {
            let here = job.finished.clone();
            job.ask(&meeting)?;
            if let Some(here) = here {
                job.add(&here, meeting.site().recipe());
            }
            Ok(())
        }
    }
}

/// Takes the job of this folder back from the engine that has it.
///
/// # Errors
/// The engine does not do it, or the folder cannot be read or written.
pub fn take_back(folder: &Folder) -> Result<()> {
    /// How long workers may take to end.
    const PATIENCE: Duration = Duration::from_secs(60);
    let store = store_of(folder)?;
    let Some(submission) = Submission::read(folder)? else { return stop_in(folder, store) };
    match submission.engine {
        Engine::Slurm => slurm::take_back(&submission)?,
        Engine::Kubernetes => kubernetes::take_back(&submission.ids)?,
    }
    let mut waited = Stopwatch::start();
    while submission.engine == Engine::Slurm
        && settle(folder)?.is_some()
        && waited.elapsed() < PATIENCE
    {
        std::thread::sleep(Duration::from_millis(200));
    }
    Submission::forget(folder)?;
    stop_in(folder, store)
}

/// Has the workers in a store end, if the job is in one.
fn stop_in(folder: &Folder, store: Option<String>) -> Result<()> {
    let Some(url) = store else { return Ok(()) };
    let stored = Stored::new(&Remote::open(&url)?, folder.name());
    stored.meeting(folder.clone(), &folder.read_recipe()?).stop()
}
