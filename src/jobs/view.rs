//! A job as those who look at it see it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::shards::{self, Meeting, Submission, Worker};
use super::{Folder, JobRecord, Output, State};
use crate::error::Result;
use crate::files;
use crate::media::Loudness;
use crate::recipe::{Draft, Recipe};
use crate::words::count;

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
    /// Those who render it together, perhaps on many machines, by machine.
    pub workers: Vec<Worker>,
    /// The segments that are there, as far as those were asked who render it together.
    pub finished: Option<Arc<HashSet<u64>>>,
    /// What an engine has of it.
    pub submission: Option<Submission>,
    /// The URL of the store in which it is rendered, if not in its folder.
    pub store: Option<String>,
}

impl JobView {
    /// A job by its record.
    pub(super) fn new(record: JobRecord, folder: Folder) -> Self {
        // Only the lock knows whether somebody is still alive. Where it cannot be asked, somebody may be.
        let ask = || match folder.owner() {
            Ok(owner) => owner.map(|owner| owner.who),
            Err(e) => Some(e.to_string()),
        };
        let owner = if record.state == State::Running { ask() } else { None };
        let state = match record.state {
            State::Running if owner.is_none() => State::Interrupted,
            state => state,
        };
        let alone = Self {
            record,
            state,
            owner,
            folder,
            workers: Vec::new(),
            finished: None,
            submission: None,
            store: None,
        };
        match state {
            State::Done => alone,
            _ => alone.with_workers(),
        }
    }

    /// With what its folder tells of those who render it together: they record nothing. What cannot be read is not told.
    fn with_workers(mut self) -> Self {
        if !matches!(files::look(&self.folder.cluster()), Ok(Some(_))) {
            return self;
        }
        self.submission = Submission::read(&self.folder).unwrap_or_default();
        self.store = shards::store_of(&self.folder).unwrap_or_default();
        if let Some(engine) = Submission::ended(&self.folder)
            && self.state == State::Queued
        {
            self.state = State::Interrupted;
            self.record.error = Some(shards::has_no_more(engine));
        }
        if let Ok(recipe) = self.folder.read_recipe() {
            let _ = self.ask(&Meeting::in_folder(self.folder.clone(), &recipe));
        }
        self
    }

    /// Takes over what those see who render it together.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn ask(&mut self, meeting: &Meeting) -> Result<()> {
        self.workers = meeting.workers()?;
        self.workers.retain(Worker::is_alive);
        self.finished = None;
        self.add(&meeting.finished()?, meeting.site().recipe());
        let record = &mut self.record;
        if self.owner.is_none() && !self.workers.is_empty() {
            record.fps = self.workers.iter().map(|worker| worker.fps).sum();
            record.live_frames = record.frames_done;
            self.state = State::Running;
            let hosts: HashSet<&str> = self.workers.iter().map(|w| w.host.as_str()).collect();
            let workers = count(self.workers.len() as u64, "worker");
            let machines = count(hosts.len() as u64, "machine");
            self.owner = Some(format!("{workers} on {machines}"));
        } else if self.owner.is_none() && self.submission.is_some() {
            self.state = State::Queued;
        }
        Ok(())
    }

    /// These segments are there as well.
    pub fn add(&mut self, finished: &HashSet<u64>, recipe: &Recipe) {
        let known = self.finished.take().unwrap_or_default();
        let finished: HashSet<u64> = known.union(finished).copied().collect();
        let frames = |index: &u64| {
            let frames = recipe.segment(*index);
            frames.end - frames.start
        };
        let record = &mut self.record;
        record.segments_done = finished.len() as u64;
        record.frames_done = finished.iter().map(frames).sum();
        record.live_frames = record.live_frames.max(record.frames_done);
        self.finished = Some(Arc::new(finished));
    }

    /// A job that has no record, by what lies in its folder.
    ///
    /// # Errors
    /// The recipe cannot be read.
    pub(super) fn found(folder: Folder) -> Result<Self> {
        let recipe = folder.read_recipe()?;
        let identity = recipe.identity();
        let output =
            Output::read(&folder.output())?.filter(|o| o.identity == Some(identity.clone()));
        let path = output.as_ref().map(|output| output.path.clone());
        let published = output.filter(|output| {
            output.damaged.is_none() && matches!(output.fault(folder.path()), Ok(None))
        });
        let (segments, bytes) = folder.count(&recipe)?;
        let is_done =
            published.is_some() || recipe.video.is_none() && segments == recipe.segments();
        let state = match (is_done, folder.owner()?) {
            (true, _) => State::Done,
            (false, Some(_)) => State::Running,
            (false, None) => State::Interrupted,
        };
        let at = files::look(&folder.recipe())?.and_then(|metadata| metadata.modified().ok());
        let at = at.unwrap_or(SystemTime::UNIX_EPOCH);
        let segments = if is_done { recipe.segments() } else { segments };
        let frames_done = recipe.frames.min(segments * u64::from(recipe.segment_frames));
        let record = JobRecord {
            id: 0,
            name: folder.name().into(),
            generator: recipe.source.name().into(),
            recipe: recipe.to_toml(),
            identity,
            build: super::Build::here(&recipe).number(),
            frames: recipe.frames,
            segments: recipe.segments(),
            state,
            error: None,
            output_bytes: published.as_ref().and_then(|output| output.bytes),
            output: path.filter(|_| recipe.video.is_some()),
            frames_done,
            segments_done: segments,
            segments_failed: 0,
            bytes_done: bytes,
            live_frames: frames_done,
            fps: 0.0,
            created: at,
            updated: at,
        };
        Ok(Self::new(record, folder))
    }

    /// The recipe of what is rendered, as it is recorded; before anything is, that in the folder, which may
    /// still be changed.
    ///
    /// # Errors
    /// It cannot be read, or is of another version.
    pub fn recipe(&self) -> Result<Recipe> {
        match self.record.segments_done > 0 || self.record.state == State::Done {
            true => Draft::parse(&self.record.recipe, &self.folder.recipe())?.resolve(),
            false => self.folder.read_recipe(),
        }
    }

    /// True if others render it, who record nothing.
    pub fn has_workers(&self) -> bool {
        !self.workers.is_empty() || self.submission.is_some()
    }

    /// The published result, if it is there.
    pub fn output(&self) -> Option<PathBuf> {
        let path = self.record.output.as_ref()?;
        let file = self.folder.path().join(path);
        // One that cannot be looked at may be there.
        let is_there = !matches!(files::look_through(&file), Ok(None));
        self.record.output_bytes.filter(|_| is_there).map(|_| file)
    }

    /// How loud the result is, if that was measured when it was made.
    pub fn loudness(&self) -> Option<Loudness> {
        let output = Output::read(&self.folder.output()).ok().flatten()?;
        output
            .loudness
            .filter(|_| output.bytes.is_some() && output.bytes == self.record.output_bytes)
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
            "workers": self.workers.iter().map(worker_json).collect::<Vec<_>>(),
            "store": self.store,
            "engine": self.submission.as_ref().map(|s| s.engine.name()),
            "engine_jobs": self.submission.as_ref().map(|s| &s.ids),
            "identity": r.identity,
            "created": time(r.created),
            "updated": time(r.updated),
        })
    }
}

fn worker_json(worker: &Worker) -> Value {
    json!({
        "host": worker.host,
        "pid": worker.pid,
        "shard": worker.shard,
        "task": worker.task,
        "frames": worker.frames,
        "fps": worker.fps,
        "silent": worker.silent.as_secs(),
    })
}
