//! What all requests share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, broadcast, watch};

use super::Options;
use super::events::News;
use super::frames::Renders;
use super::guard::Guard;
use super::metrics::Metrics;
use super::place::Root;
use crate::error::{Error, Result};
use crate::jobs::{Catalog, JobView};

/// How old an answer about the jobs may be.
const FRESH: Duration = Duration::from_millis(250);

/// What all requests share.
pub(super) struct App {
    pub options: Options,
    /// The folder of jobs, for what is in it.
    pub root: Root,
    pub guard: Guard,
    pub metrics: Metrics,
    pub renders: Renders,
    /// What happens, for those who listen.
    pub news: broadcast::Sender<News>,
    /// Set while somebody looks for news.
    pub is_watching: AtomicBool,
    /// Set when the server is to stop.
    pub stop: watch::Sender<bool>,
    /// The jobs, as they were seen last.
    seen: Mutex<Option<(Instant, Arc<Vec<JobView>>)>>,
}

impl App {
    pub fn new(options: Options) -> Result<Self> {
        /// News that a listener may lie behind before it misses some.
        const BEHIND: usize = 256;
        Ok(Self {
            root: Root::new(&options.dir),
            guard: Guard::new(&options),
            metrics: Metrics::default(),
            renders: Renders::new(options.renders)?,
            news: broadcast::Sender::new(BEHIND),
            is_watching: AtomicBool::new(false),
            stop: watch::Sender::new(false),
            seen: Mutex::new(None),
            options,
        })
    }

    /// The folder of jobs.
    pub fn dir(&self) -> PathBuf {
        self.options.dir.clone()
    }

    /// All jobs, as they are or were a moment ago.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn jobs(&self) -> Result<Arc<Vec<JobView>>> {
        // Whoever waits here gets what the first one has seen.
        let mut seen = self.seen.lock().await;
        if let Some((at, jobs)) = &*seen
            && at.elapsed() < FRESH
        {
            return Ok(jobs.clone());
        }
        let jobs = Arc::new(self.look(|catalog| catalog.jobs()).await?.unwrap_or_default());
        *seen = Some((Instant::now(), jobs.clone()));
        Ok(jobs)
    }

    /// The job of this name, if there is one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn job(&self, name: &str) -> Result<Option<JobView>> {
        Ok(self.jobs().await?.iter().find(|job| job.record.name == name).cloned())
    }

    /// Asks the catalog, if there are jobs at all, without keeping others from their answers.
    ///
    /// # Errors
    /// Those of `look`.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Catalog) -> Result<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let dir = self.dir();
        blocking(move || match Catalog::open(&dir, &|_, _| {})? {
            Some(catalog) => look(&catalog).map(Some),
            None => Ok(None),
        })
        .await
    }
}

/// Does something that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(act).await {
        Ok(result) => result,
        Err(_) => Err(Error::Interrupted),
    }
}
