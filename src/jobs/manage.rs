//! Telling jobs what to do, and the one place where record and folders are made to agree again.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::journal::Watch;
use super::result::elsewhere;
use super::shards::{self, Worker};
use super::store::{Change, PATIENCE};
use super::{Catalog, Event, Folder, Job, JobView, Output, State, Store};
use crate::cancel::Cancel;
use crate::clock::Stopwatch;
use crate::error::{Error, Result};
use crate::files::{self, Owner};
use crate::recipe::Recipe;

/// How long a job that is asked to stop may take to do so.
const STOPPING: Duration = Duration::from_secs(15);

/// What [`Catalog::cancel`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// Nobody worked on it; it is cancelled.
    Idle,
    /// Whoever worked on it has stopped.
    Stopped,
}

/// What [`Catalog::rescan`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rescanned {
    /// Jobs that were looked into.
    pub jobs: u64,
    /// Segments that are whole.
    pub segments: u64,
    /// Files that are not.
    pub damaged: u64,
    /// Jobs that could not be looked into, each with the reason.
    pub skipped: Vec<(String, String)>,
}

impl Catalog {
    /// Opens the jobs in `dir` to change something; `None` if there is no such folder. The record is made
    /// that of the folders. What happens meanwhile (a database rebuilt, jobs found or lost) is told to
    /// `on`, with the job's name.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(dir: &Path, on: &dyn Fn(&str, Event)) -> Result<Option<Self>> {
        if !dir.is_dir() {
            return Ok(None);
        }
        let folders = Folder::all(dir)?;
        if folders.is_empty() && files::look_through(&dir.join(super::DATABASE))?.is_none() {
            return Ok(None);
        }
        let catalog = Self::with(dir, Store::open(dir, PATIENCE)?, on);
        catalog.reconcile(&folders, on)?;
        Ok(Some(catalog))
    }

    fn with(dir: &Path, store: Store, on: &dyn Fn(&str, Event)) -> Self {
        if let Some(kept) = store.damaged() {
            on("", Event::Rebuilt { path: store.path().into(), kept: kept.into() });
        }
        Self { dir: dir.into(), store: Some(store) }
    }

    /// The database, of a catalog that was opened to change something.
    pub(super) fn store(&self) -> Result<&Store> {
        self.store.as_ref().ok_or_else(|| Error::Damaged { path: self.dir.join(super::DATABASE) })
    }

    /// Makes the record that of the folders: a job is where its folder is.
    fn reconcile(&self, folders: &[Folder], on: &dyn Fn(&str, Event)) -> Result<()> {
        let store = self.store()?;
        let records = store.jobs()?;
        for record in &records {
            let folder = Folder::new(&self.dir, &record.name)?;
            if files::look(folder.path())?.is_none() {
                store.remove(record.id)?;
                on(&record.name, Event::Gone);
            }
        }
        for folder in folders {
            if !records.iter().any(|r| r.name == folder.name())
                && let Err(e) = self.adopt(folder, false, on)
            {
                // One that cannot be read, or is held, does not keep the others from it.
                tracing::warn!("{}: {e}", folder.path().display());
            }
        }
        Ok(())
    }

    /// Records a job that is on disk, and returns the whole and the damaged files found.
    fn adopt(&self, folder: &Folder, all: bool, on: &dyn Fn(&str, Event)) -> Result<(u64, u64)> {
        let recipe = folder.read_recipe()?;
        let told = Mutex::new(Vec::new());
        let listen = |event| told.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        let result = (|| {
            let watch = Watch { on: &listen, cancel: &Cancel::new() };
            let job = Job::open(&self.dir, folder.name(), &recipe, false, "checked", watch)?;
            let before = self.store()?.job(folder.name())?;
            let published = job.published()?;
            let survey = job.survey(published.is_some(), all)?;
            let whole = survey.video.iter().zip(&survey.images).filter(|(v, i)| **v && **i).count();
            let finished = whole == survey.video.len();
            let state = before.map_or(State::Interrupted, |record| record.state);
            let done = |output: Option<Output>| {
                let film = output.as_ref().and_then(elsewhere);
                let done = [Change::Output(output), Change::State(State::Done, None)];
                done.into_iter().chain(film).collect()
            };
            let changes: Vec<Change> = match (published, recipe.video.is_some()) {
                (Some(output), true) => done(Some(output)),
                (None, false) if finished => done(None),
                (output, _) => {
                    // Where it goes is known, as long as that is written down.
                    let output = output.or(job.output()?).map(|o| Output { bytes: None, ..o });
                    let output = Change::Output(output.filter(|_| recipe.video.is_some()));
                    let is_over = matches!(state, State::Done | State::Running);
                    let state = is_over.then_some(Change::State(State::Interrupted, None));
                    std::iter::once(output).chain(state).collect()
                }
            };
            self.store()?.apply(job.id, &changes)?;
            Ok((whole as u64, survey.damaged))
        })();
        for event in told.into_inner().unwrap_or_default() {
            on(folder.name(), event);
        }
        result
    }

    /// Rebuilds the database from the folders, reading every file.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn rescan(dir: &Path, on: &dyn Fn(&str, Event)) -> Result<Rescanned> {
        let folders = Folder::all(dir)?;
        let catalog = Self::with(dir, Store::repaired(dir, PATIENCE, true)?, on);
        catalog.reconcile(&[], on)?;
        let mut report = Rescanned::default();
        for folder in folders {
            match catalog.adopt(&folder, true, on) {
                Ok((segments, damaged)) => {
                    report.jobs += 1;
                    report.segments += segments;
                    report.damaged += damaged;
                }
                Err(e @ (Error::Store { .. } | Error::Busy { .. } | Error::Damaged { .. })) => {
                    return Err(e);
                }
                Err(e) => report.skipped.push((folder.name().into(), e.to_string())),
            }
        }
        Ok(report)
    }

    /// Enters a job that waits, unless there is one of that name.
    ///
    /// # Errors
    /// The name stands for another recipe, or the job cannot be written.
    pub fn queue(dir: &Path, name: &str, recipe: &Recipe, watch: Watch) -> Result<()> {
        let folder = Folder::new(dir, name)?;
        if files::look(&folder.recipe())?.is_some() {
            return Ok(());
        }
        let job = Job::open(dir, name, recipe, false, "queued", watch)?;
        let changes = [Change::State(State::Queued, None), Change::Tell(Event::Queued)];
        job.patiently(|| job.store.apply(job.id, &changes))
    }

    /// Cancels a job: asks whoever works on it to stop, and waits for it.
    ///
    /// # Errors
    /// There is no such job, it is done, or its process does not stop.
    pub fn cancel(&self, name: &str) -> Result<Cancelled> {
        let JobView { record, state, folder, .. } = self.job(name)?;
        let refuse = |reason: String| Err(Error::State { job: name.into(), reason });
        if state == State::Done {
            return refuse(format!(
                "is done; there is nothing to cancel (genmedia remove {name} deletes it)"
            ));
        }
        let (mut cancelled, mut asked) = (Cancelled::Idle, String::new());
        let mut waited = Stopwatch::start();
        if shards::are_at_work(&folder)? {
            shards::stop(&folder)?;
        }
        while let Some(owner) = at_work(&folder)? {
            cancelled = Cancelled::Stopped;
            // Asked again if another has taken its place meanwhile, or had not yet signed.
            if !owner.run.is_empty() && owner.run != asked {
                self.store()?.wish_cancel(record.id, &owner.run)?;
                asked = owner.run;
            }
            if waited.elapsed() > STOPPING {
                return refuse(format!(
                    "was asked to stop, and still runs after {} s ({}); it stops after the frame it is at, or \
                     when its process is killed",
                    STOPPING.as_secs(),
                    owner.who
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _lock = folder.take("cancelled")?;
        match self.job(name)?.state {
            // It was quicker than the wish.
            State::Done => refuse("was done before it stopped".into()),
            State::Cancelled => Ok(cancelled),
            _ => {
                let told = Change::Tell(Event::Cancelled);
                let changes = [Change::State(State::Cancelled, None), told];
                self.store()?.apply(record.id, &changes)?;
                Ok(cancelled)
            }
        }
    }
}

/// Who works on the job: the holder of its lock, or one of those who render it together.
fn at_work(folder: &Folder) -> Result<Option<Owner>> {
    let worker = || -> Result<Option<Owner>> {
        let alive = shards::workers(folder)?.into_iter().find(Worker::is_alive);
        let who = |worker: Worker| format!("pid {} on {}", worker.pid, worker.host);
        Ok(alive.map(|worker| Owner { who: who(worker), ..Owner::default() }))
    };
    match folder.owner()? {
        None => worker(),
        owner => Ok(owner),
    }
}
