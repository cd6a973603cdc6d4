//! What all requests share.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use axum::response::Response;
use axum::response::sse::Event;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore, broadcast, watch};

use super::guard::Guard;
use super::host::Names;
use super::log::Requests;
use super::memory::{Answer, Made, Room, Shared, Unmade};
use super::opened::Sending;
use super::options::Options;
use super::place::Root;
use super::refusal::{failed, later};
use super::renders::Renders;
#[cfg(feature = "cluster")]
use crate::cluster::Stores;
use crate::error::{Error, Result};
use crate::jobs::{Catalog, JobView};

/// How old an answer about the jobs may be.
const FRESH: Duration = Duration::from_millis(250);
/// For how long it is known of a file that it is what genmedia wrote.
const PROVEN: Duration = Duration::from_secs(3600);

/// News, and which job it is about.
#[derive(Debug, Clone)]
pub(super) struct News {
    pub job: Arc<str>,
    pub event: Event,
}

impl News {
    pub fn new(kind: &str, job: &str, data: &Value) -> Self {
        Self { job: job.into(), event: Event::default().event(kind).data(data.to_string()) }
    }
}

/// What all requests share.
pub(super) struct App {
    pub options: Options,
    /// The folder of jobs, for what is in it.
    pub root: Root,
    pub guard: Arc<Guard>,
    pub requests: Arc<Requests>,
    pub renders: Renders,
    /// The names that are answered to.
    pub names: Arc<Names>,
    /// Room for answers.
    pub room: Room,
    /// Answers that were made lately.
    pub answers: Shared<Option<Answer>>,
    /// Fragments that were made lately.
    pub fragments: Shared<Result<Made, Unmade>>,
    /// Whether films outside the folder of jobs are what genmedia wrote.
    pub proven: Shared<Option<bool>>,
    /// Why the jobs cannot be read, if they cannot.
    pub health: Shared<Option<String>>,
    /// Segments that are done without a gap, by job.
    ready: Shared<Option<u64>>,
    /// The files that are being sent.
    pub sending: Sending,
    /// Places for those who listen.
    pub listeners: Arc<Semaphore>,
    /// What happens, for those who listen.
    pub news: broadcast::Sender<News>,
    /// Set while somebody looks for news.
    pub is_watching: AtomicBool,
    /// Set when the server is to stop.
    pub stop: watch::Sender<bool>,
    /// The jobs, as they were seen last.
    seen: Mutex<Option<(Instant, Arc<Vec<JobView>>)>>,
    /// What is known of jobs that are rendered in a store.
    #[cfg(feature = "cluster")]
    stores: Stores,
}

impl App {
    /// `check_names`: the address that is listened on says which names are answered to.
    pub fn new(options: Options, check_names: bool) -> Result<Self> {
        /// News that a listener may lie behind before it misses some.
        const BEHIND: usize = 256;
        Ok(Self {
            root: Root::new(&options.dir),
            guard: Arc::new(Guard::new(options.logins.clone(), options.frame_limit)),
            requests: Arc::default(),
            renders: Renders::new(options.renders)?,
            news: broadcast::Sender::new(BEHIND),
            is_watching: AtomicBool::new(false),
            names: Arc::new(Names::new(
                &options.hosts,
                check_names && options.bind.ip().is_loopback(),
            )),
            room: Room::new()?,
            answers: Shared::new(FRESH, Option::is_some),
            fragments: Shared::new(8 * FRESH, Result::is_ok),
            proven: Shared::new(PROVEN, Option::is_some),
            health: Shared::new(FRESH, |_| true),
            ready: Shared::new(2 * FRESH, Option::is_some),
            sending: Sending::default(),
            listeners: Arc::new(Semaphore::new(options.listeners)),
            stop: watch::Sender::new(false),
            seen: Mutex::new(None),
            #[cfg(feature = "cluster")]
            stores: Stores::default(),
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
        #[cfg(feature = "cluster")]
        let stores = self.stores.clone();
        let look = move |catalog: &Catalog| {
            #[cfg_attr(not(feature = "cluster"), expect(unused_mut))]
            let mut jobs = catalog.jobs()?;
            #[cfg(feature = "cluster")]
            stores.tell(&mut jobs);
            Ok(jobs)
        };
        let jobs = Arc::new(self.look(look).await?.unwrap_or_default());
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

    /// The job of this name, as it is after this was called.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn job_anew(&self, name: &str) -> Result<Option<JobView>> {
        tokio::time::sleep(FRESH).await;
        self.job(name).await
    }

    /// How many segments of a job are done, from the first on without a gap; `None` if too much is asked
    /// for at once.
    pub async fn ready(&self, job: &JobView) -> Option<u64> {
        let (record, dir) = (job.record.clone(), self.dir());
        let look = move || {
            let catalog = Catalog::look(&dir, &|_, _| {}).ok()??;
            catalog.ask(|store| store.segments_ready(&record)).ok()
        };
        let make = async { self.room.make(look).await.flatten() };
        self.ready.get(job.record.name.clone(), make).await
    }

    /// An answer that takes long to make, and that several may ask for at once: `key` says what for.
    pub async fn answer(
        &self,
        key: String,
        kind: &'static str,
        make: impl FnOnce() -> Result<Vec<u8>> + Send + 'static,
    ) -> Response {
        let mut failure = None;
        let made = self.answers.get(key, async {
            match self.room.make(make).await? {
                Ok(bytes) => {
                    // What nobody waits for may be in the way.
                    let Some(kept) = self.room.keep(bytes) else {
                        self.answers.clear();
                        self.fragments.clear();
                        return None;
                    };
                    Some(Answer { kind, kept })
                }
                Err(e) => {
                    failure = Some(e);
                    None
                }
            }
        });
        match (made.await, failure) {
            (Some(answer), _) => answer.response(&self.sending),
            (None, Some(e)) => failed(&e),
            (None, None) => later(),
        }
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
        blocking(move || match Catalog::look(&dir, &|_, _| {})? {
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
