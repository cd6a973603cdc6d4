//! The jobs of a folder, for everyone who looks at them or tells them what to do.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::lock::Lock;
use super::{Event, Folder, Job, JobRecord, State, Store};
use crate::error::{Error, Result, did_you_mean};
use crate::recipe::Recipe;

/// How long a job that is asked to stop may take to do so.
const PATIENCE: Duration = Duration::from_secs(15);

/// The jobs of a folder.
pub struct Catalog {
    dir: PathBuf,
    store: Store,
}

/// A job, as it is at this moment.
#[derive(Debug, Clone)]
pub struct JobView {
    /// Its record.
    pub record: JobRecord,
    /// Its state; that of a job whose process is gone is [`State::Interrupted`].
    pub state: State,
    /// Who works on it.
    pub owner: Option<String>,
    /// Its folder.
    pub folder: Folder,
}

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
    /// Opens the jobs in `dir`; `None` if there is no such folder. What happens meanwhile (a
    /// database made anew, jobs found or lost) is told to `on`, with the job's name. Where nothing may
    /// be written, the record is shown as it is.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn open(dir: &Path, on: &dyn Fn(&str, Event)) -> Result<Option<Self>> {
        if !dir.is_dir() {
            return Ok(None);
        }
        let folders = Folder::all(dir)?;
        let store = match Store::open_existing(dir)? {
            None if folders.is_empty() => return Ok(None),
            None => Store::open(dir)?,
            Some(store) => store,
        };
        if let Some(kept) = store.damaged() {
            on("", Event::Rebuilt { path: store.path().into(), kept: kept.into() });
        }
        let catalog = Self { dir: dir.into(), store };
        if !catalog.store.is_read_only() {
            catalog.reconcile(&folders, on)?;
        }
        Ok(Some(catalog))
    }

    /// Makes the record that of the folders: a job is where its folder is.
    fn reconcile(&self, folders: &[Folder], on: &dyn Fn(&str, Event)) -> Result<()> {
        let records = self.store.jobs()?;
        for record in &records {
            let folder = Folder::new(&self.dir, &record.name)?;
            if !folder.path().exists() && folder.owner().is_none() {
                self.store.remove(record.id)?;
                on(&record.name, Event::Gone);
            }
        }
        for folder in folders {
            if !records.iter().any(|r| r.name == folder.name()) {
                // One that cannot be read, or is held, is passed over: it is not for a look at
                // the others to fail on it.
                let _ = self.adopt(folder, false, on);
            }
        }
        Ok(())
    }

    /// Records a job that is on disk, and returns the whole and the damaged files found.
    fn adopt(&self, folder: &Folder, all: bool, on: &dyn Fn(&str, Event)) -> Result<(u64, u64)> {
        let (recipe, _) = Recipe::read(folder.recipe())?;
        let told = std::sync::Mutex::new(Vec::new());
        let listen = |event| told.lock().unwrap_or_else(|e| e.into_inner()).push(event);
        let result = (|| {
            let job = Job::open(&self.dir, folder.name(), &recipe, false, &listen)?;
            let before = self.store.job(folder.name())?;
            let published = job.published();
            let survey = job.survey(published.is_some(), all)?;
            let whole = survey.video.iter().zip(&survey.images).filter(|(v, i)| **v && **i).count();
            let finished = whole == survey.video.len();
            let state = before.map_or(State::Interrupted, |record| record.state);
            match (&published, recipe.video.is_some()) {
                (Some(output), true) => self.store.publish(job.id, Some(output), None, None)?,
                (None, false) if finished => self.store.publish(job.id, None, None, None)?,
                _ if matches!(state, State::Done | State::Running) => {
                    self.store.set_state(job.id, State::Interrupted, None, None)?;
                }
                _ => {}
            }
            Ok((whole as u64, survey.damaged))
        })();
        for event in told.into_inner().unwrap_or_default() {
            on(folder.name(), event);
        }
        result
    }

    /// Makes the record anew from the folders, reading every file.
    ///
    /// # Errors
    /// The folder or the database cannot be used.
    pub fn rescan(dir: &Path, on: &dyn Fn(&str, Event)) -> Result<Rescanned> {
        let folders = Folder::all(dir)?;
        let store = Store::open(dir)?;
        let store = match store.check() {
            Ok(()) => store,
            Err(Error::Store { .. }) => store.replace()?,
            Err(e) => return Err(e),
        };
        if let Some(kept) = store.damaged() {
            on("", Event::Rebuilt { path: store.path().into(), kept: kept.into() });
        }
        let catalog = Self { dir: dir.into(), store };
        catalog.reconcile(&[], on)?;
        let mut report = Rescanned::default();
        for folder in folders {
            match catalog.adopt(&folder, true, on) {
                Ok((segments, damaged)) => {
                    report.jobs += 1;
                    report.segments += segments;
                    report.damaged += damaged;
                }
                Err(e @ Error::Store { .. }) => return Err(e),
                Err(e) => report.skipped.push((folder.name().into(), e.to_string())),
            }
        }
        Ok(report)
    }

    /// The folder of the jobs.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// All jobs, in the order in which they were asked for.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn jobs(&self) -> Result<Vec<JobView>> {
        self.store.jobs()?.into_iter().map(|record| self.view(record)).collect()
    }

    /// The job of that name.
    ///
    /// # Errors
    /// There is none, with the nearest names.
    pub fn job(&self, name: &str) -> Result<JobView> {
        match self.store.job(name)? {
            Some(record) => self.view(record),
            None => Err(self.unknown(name)?),
        }
    }

    fn unknown(&self, name: &str) -> Result<Error> {
        let jobs = self.store.jobs()?;
        Ok(no_job(&self.dir, name, jobs.iter().map(|j| j.name.as_str())))
    }

    fn view(&self, record: JobRecord) -> Result<JobView> {
        let folder = Folder::new(&self.dir, &record.name)?;
        // Only the lock knows whether somebody is still alive.
        let owner = match record.state {
            State::Running => folder.owner(),
            _ => None,
        };
        let state = match record.state {
            State::Running if owner.is_none() => State::Interrupted,
            state => state,
        };
        Ok(JobView { record, state, owner, folder })
    }

    /// Enters a job that waits, unless there is one of that name.
    ///
    /// # Errors
    /// The name stands for another recipe, or the job cannot be written.
    pub fn queue(dir: &Path, name: &str, recipe: &Recipe) -> Result<()> {
        let folder = Folder::new(dir, name)?;
        if folder.recipe().exists() {
            return Ok(());
        }
        let job = Job::open(dir, name, recipe, false, &|_| {})?;
        job.store.set_state(job.id, State::Queued, None, Some(&Event::Queued))
    }

    /// Cancels a job: asks whoever works on it to stop, and waits for it.
    ///
    /// # Errors
    /// There is no such job, it is done, or its process does not stop.
    pub fn cancel(&self, name: &str) -> Result<Cancelled> {
        let view = self.job(name)?;
        if view.state == State::Done {
            return Err(Error::Conflict(format!(
                "job {name} is done; there is nothing to cancel (genmedia remove {name} deletes it)"
            )));
        }
        let mut cancelled = Cancelled::Idle;
        if view.folder.owner().is_some() {
            cancelled = Cancelled::Stopped;
            self.store.wish_cancel(view.record.id)?;
            let asked = Instant::now();
            while let Some(owner) = view.folder.owner() {
                if asked.elapsed() > PATIENCE {
                    return Err(Error::Conflict(format!(
                        "job {name} was asked to stop, and still runs after {} s ({owner}); it \
                         stops after the frame it is at, or when its process is killed",
                        PATIENCE.as_secs()
                    )));
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _lock = Lock::take(&view.folder.lock(), name)?;
        match self.job(name)?.state {
            // It was quicker than the wish.
            State::Done => Err(Error::Conflict(format!("job {name} was done before it stopped"))),
            State::Cancelled => Ok(cancelled),
            _ => {
                let event = Event::Cancelled;
                self.store.set_state(view.record.id, State::Cancelled, None, Some(&event))?;
                Ok(cancelled)
            }
        }
    }
}

/// The error for a job that is not there.
pub fn no_job<'a>(dir: &Path, name: &str, names: impl Iterator<Item = &'a str>) -> Error {
    Error::Conflict(format!(
        "there is no job {name} in {}{} (genmedia jobs lists them)",
        dir.display(),
        did_you_mean(name, names)
    ))
}

impl JobView {
    /// The recipe.
    ///
    /// # Errors
    /// Its file cannot be read, or is of another version.
    pub fn recipe(&self) -> Result<Recipe> {
        Ok(Recipe::read(self.folder.recipe())?.0)
    }

    /// The published result, if it is there.
    pub fn output(&self) -> Option<PathBuf> {
        let path = self.record.output.as_ref()?;
        let file = self.folder.path().join(path);
        self.record.output_bytes.filter(|_| file.exists()).map(|_| file)
    }

    /// Frames that are rendered; of a running job with those of unfinished segments.
    pub fn frames_rendered(&self) -> u64 {
        match self.state {
            State::Running => self.record.live_frames.max(self.record.frames_done),
            _ => self.record.frames_done,
        }
    }

    /// Time left in seconds, of a running job that has a rate.
    pub fn seconds_left(&self) -> Option<f64> {
        let left = self.record.frames.saturating_sub(self.frames_rendered());
        let runs = self.state == State::Running && self.record.fps > 0.0;
        runs.then(|| left as f64 / self.record.fps)
    }

    /// Bytes of the result, or of what there is of it so far.
    pub fn bytes(&self) -> u64 {
        self.record.output_bytes.unwrap_or(self.record.bytes_done)
    }

    /// The job as JSON.
    pub fn to_json(&self) -> Value {
        let r = &self.record;
        let time = |t| humantime::format_rfc3339_millis(t).to_string();
        json!({
            "name": r.name,
            "state": self.state,
            "generator": r.generator,
            "frames": r.frames,
            "frames_done": r.frames_done,
            "frames_rendered": self.frames_rendered(),
            "segments": r.segments,
            "segments_done": r.segments_done,
            "segments_failed": r.segments_failed,
            "fps": (r.fps * 100.0).round() / 100.0,
            "seconds_left": self.seconds_left().map(|s| (s * 10.0).round() / 10.0),
            "bytes": self.bytes(),
            "output": self.output().map(|p| p.to_string_lossy().into_owned()),
            "error": r.error,
            "owner": self.owner,
            "identity": r.identity,
            "created": time(r.created),
            "updated": time(r.updated),
        })
    }
}
