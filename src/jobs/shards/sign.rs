//! Signs of life of those who render a job together.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::depot::{Depot, Shared};
use crate::error::{Error, Result};
use crate::files;
use crate::jobs::Folder;
use crate::words::count;

/// Whoever has given no sign for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(60);
/// The size of a sign's file in bytes. It never changes, so that one write replaces all of it.
const LENGTH: usize = 1024;

/// What a worker tells of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Worker {
    /// The machine that it runs on.
    pub host: String,
    /// Its process there.
    pub pid: u32,
    /// Which part it does first: `3/64`.
    pub shard: String,
    /// What the engine that started it calls it: `slurm 1234_3`. The engine never has two of them at once.
    pub task: Option<String>,
    /// When it began, by its own clock.
    pub began: String,
    /// Frames that it has drawn.
    pub frames: u64,
    /// Frames a second, lately.
    pub fps: f64,
    /// How long ago it gave its last sign.
    #[serde(skip)]
    pub silent: Duration,
}

impl Worker {
    /// This process, which begins with `shard`.
    pub fn here(shard: String, task: Option<String>) -> Self {
        Self {
            host: sysinfo::System::host_name().unwrap_or_else(|| "unknown".into()),
            pid: std::process::id(),
            shard,
            task,
            began: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            frames: 0,
            fps: 0.0,
            silent: Duration::ZERO,
        }
    }

    /// True if it may still be at work.
    pub fn is_alive(&self) -> bool {
        self.silent < SILENCE
    }

    /// True if `other` knows that this worker is dead, however fresh its last sign is.
    pub(super) fn is_replaced_by(&self, other: &Self) -> bool {
        if self.task.is_some() && self.task == other.task {
            return true;
        }
        // Two containers may have the same name and each its own processes. Then a worker that lives is taken for dead,
        // which costs a segment that is rendered twice.
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        self.host == other.host
            && pid.is_some_and(|pid| {
                rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
            })
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, shard, fps, .. } = self;
        let task = self.task.as_ref().map(|task| format!(" ({task})")).unwrap_or_default();
        let (frames, seconds) = (count(self.frames, "frame"), self.silent.as_secs());
        write!(f, "{host}, shard {shard}{task}: {frames}, {fps:.1} fps, a sign {seconds} s ago")
    }
}

/// The sign of life of this process. It goes with it.
#[derive(Debug)]
pub struct Sign {
    depot: Arc<dyn Depot>,
    path: PathBuf,
    worker: Worker,
}

impl Sign {
    /// Gives the first sign of `worker`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn begin(depot: &Arc<dyn Depot>, folder: &Folder, worker: Worker) -> Result<Self> {
        let workers = folder.workers();
        let failed = |e: io::Error| Error::io("write", &workers)(e);
        let token = getrandom::u64().map_err(|e| failed(io::Error::other(e.to_string())))?;
        let path = workers.join(format!("{token:016x}.toml"));
        let sign = Self { depot: depot.clone(), path, worker };
        sign.depot.take(&sign.path, &sign.text()?)?;
        Ok(sign)
    }

    /// What it tells.
    pub(super) fn worker(&self) -> &Worker {
        &self.worker
    }

    /// The name of its file.
    pub(super) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Gives another sign.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn beat(&mut self, frames: u64, fps: f64) -> Result<()> {
        (self.worker.frames, self.worker.fps) = (frames, (fps * 100.0).round() / 100.0);
        let text = self.text()?;
        match self.depot.write_over(&self.path, &text) {
            Err(Error::Io { source, .. }) if files::is_gone(&source) => {
                self.depot.take(&self.path, &text).map(drop)
            }
            written => written,
        }
    }

    fn text(&self) -> Result<String> {
        let text = toml::to_string(&self.worker).map_err(io::Error::other);
        let text = text.map_err(Error::io("write", &self.path))?;
        Ok(format!("{text:\n<LENGTH$}"))
    }

    /// The time of the last sign, by the clock of the file system or store: those of others are compared with it.
    pub(super) fn now(&self) -> Result<SystemTime> {
        if let Some((_, now)) = self.depot.find(&self.path)? {
            return Ok(now);
        }
        // Somebody took this worker for dead.
        self.depot.take(&self.path, &self.text()?)?;
        let gone = || Error::io("look at", &self.path)(io::ErrorKind::NotFound.into());
        self.depot.find(&self.path)?.map(|(_, now)| now).ok_or_else(gone)
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        let _ = self.depot.remove(&self.path);
    }
}

/// The sign at `path`, read at the time `now`; `None` if there is none.
pub(super) fn read(depot: &dyn Depot, path: &Path, now: SystemTime) -> Result<Option<Worker>> {
    let (text, since) = match depot.read(path) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(None),
        // A link, a folder or a pipe is no sign.
        Err(Error::Io { source, .. }) if is_no_file(&source) => return Ok(None),
        Err(e) => return Err(e),
    };
    // Clocks need not agree; what lies ahead was written just now.
    let silent = now.duration_since(since).unwrap_or_default();
    let worker = toml::from_str(&text).unwrap_or_else(|_| Worker {
        host: "unknown".into(),
        pid: 0,
        shard: String::new(),
        task: None,
        began: String::new(),
        frames: 0,
        fps: 0.0,
        silent,
    });
    Ok(Some(Worker { silent, ..worker }))
}

fn is_no_file(e: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(e);
    e.kind() == io::ErrorKind::InvalidInput
        || matches!(errno, Some(rustix::io::Errno::LOOP | rustix::io::Errno::NXIO))
}

/// Those who gave a sign in the job's folder and have not ended in order, by machine.
///
/// # Errors
/// The folder cannot be read.
pub fn workers(folder: &Folder) -> Result<Vec<Worker>> {
    all(&Shared, folder, SystemTime::now())
}

/// As [`workers`], of those who meet in `depot`, at the time `now`.
pub(super) fn all(depot: &dyn Depot, folder: &Folder, now: SystemTime) -> Result<Vec<Worker>> {
    let path = folder.workers();
    let mut found = Vec::new();
    for name in depot.names(&path)? {
        found.extend(read(depot, &path.join(name), now)?);
    }
    found.sort_by(|a, b| (&a.host, &a.shard, a.pid).cmp(&(&b.host, &b.shard, b.pid)));
    Ok(found)
}
