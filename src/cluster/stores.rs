//! Jobs that are rendered in a store, for those who look again and again: what is there is asked for beside, and told from
//! then on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::look;
use crate::jobs::{JobView, State};

/// How old what is told may be before a store is asked again, while somebody looks. Each time costs.
const FRESH: Duration = Duration::from_secs(10);

/// What stores said, by the jobs' names.
#[derive(Clone, Default)]
pub struct Stores(Arc<Mutex<HashMap<String, Said>>>);

/// What a store said of a job.
struct Said {
    asked: Instant,
    /// Somebody asks at this moment.
    is_asked: bool,
    job: Option<JobView>,
}

impl Stores {
    /// Has those of `jobs` that are in a store be as they were there last. Nobody waits for a store.
    pub fn tell(&self, jobs: &mut [JobView]) {
        let in_store = |job: &&mut JobView| {
            job.store.is_some() && !matches!(job.state, State::Done | State::Cancelled)
        };
        for job in jobs.iter_mut().filter(in_store) {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let said = known.entry(job.record.name.clone()).or_insert_with(|| Said {
                asked: Instant::now().checked_sub(FRESH).unwrap_or_else(Instant::now),
                is_asked: false,
                job: None,
            });
            if !said.is_asked && said.asked.elapsed() >= FRESH {
                said.is_asked = self.ask(job.clone());
            }
            if let Some(there) =
                said.job.as_ref().filter(|there| there.record.identity == job.record.identity)
            {
                *job = there.clone();
            }
        }
    }

    /// Begins to ask a store; false if that is not possible now.
    fn ask(&self, mut job: JobView) -> bool {
        let known = self.0.clone();
        let ask = move || {
            let looked = look(&mut job);
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(said) = known.get_mut(&job.record.name) else { return };
            (said.asked, said.is_asked) = (Instant::now(), false);
            match looked {
                Ok(()) => said.job = Some(job),
                Err(e) => tracing::debug!("{e}"),
            }
        };
        thread::Builder::new().name("store".into()).spawn(ask).is_ok()
    }
}
