//! Jobs that are rendered in a store, for those who look again and again: what is there is asked for beside, and told from
//! then on.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::look;
use crate::jobs::{JobView, State};

/// How old what is told may be before a store is asked again, while somebody looks. Each time costs.
const FRESH: Duration = Duration::from_secs(10);

/// What is older is told only where the store does not answer soon.
const STALE: Duration = Duration::from_secs(20);
/// How long a store is waited for, then.
const SOON: Duration = Duration::from_secs(2);

/// What stores said, by the jobs' names.
#[derive(Clone, Default)]
pub struct Stores(Arc<(Mutex<HashMap<String, Said>>, Condvar)>);

/// What a store said of a job.
struct Said {
    asked: Instant,
    /// It was asked, and did not answer.
    is_away: bool,
    /// Somebody asks at this moment.
    is_asked: bool,
    job: Option<JobView>,
}

impl Stores {
    /// Has those of `jobs` that are in a store be as they were there last. Stores are asked beside, and waited for a
    /// moment only where nothing is known, or nothing new.
    pub fn tell(&self, jobs: &mut [JobView]) {
        let in_store = |job: &&mut JobView| {
            job.store.is_some() && !matches!(job.state, State::Done | State::Cancelled)
        };
        let mut jobs: Vec<&mut JobView> = jobs.iter_mut().filter(in_store).collect();
        let (known, answered) = &*self.0;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut awaited = Vec::new();
        for job in &jobs {
            let said = known.entry(job.record.name.clone()).or_insert_with(|| Said {
                asked: Instant::now().checked_sub(STALE).unwrap_or_else(Instant::now),
                is_away: false,
                is_asked: false,
                job: None,
            });
            if !said.is_asked && said.asked.elapsed() >= FRESH {
                said.is_asked = self.ask((**job).clone());
            }
            if said.is_asked && !said.is_away && said.asked.elapsed() >= STALE {
                awaited.push(job.record.name.clone());
            }
        }
        let is_open = |known: &mut HashMap<String, Said>| {
            awaited.iter().any(|name| known.get(name).is_some_and(|said| said.is_asked))
        };
        let waited = answered.wait_timeout_while(known, SOON, is_open);
        known = waited.unwrap_or_else(PoisonError::into_inner).0;
        for job in &mut jobs {
            let said = known.get(&job.record.name).and_then(|said| said.job.as_ref());
            if let Some(there) = said.filter(|there| there.record.identity == job.record.identity) {
                **job = there.clone();
            }
        }
    }

    /// Begins to ask a store; false if that is not possible now.
    fn ask(&self, mut job: JobView) -> bool {
        let shared = self.0.clone();
        let ask = move || {
            let looked = look(&mut job);
            let (known, answered) = &*shared;
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(said) = known.get_mut(&job.record.name) else { return };
            (said.asked, said.is_asked, said.is_away) = (Instant::now(), false, looked.is_err());
            answered.notify_all();
            match looked {
                Ok(()) => said.job = Some(job),
                Err(e) => tracing::debug!("{e}"),
            }
        };
        thread::Builder::new().name("store".into()).spawn(ask).is_ok()
    }
}
