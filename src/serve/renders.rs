//! Threads that draw single frames for the page, a few at a time.

use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

use super::memory;
use crate::error::Result;

/// Frames that may wait for their turn, for each that is drawn; more are sent away.
const WAITING: usize = 16;

/// The threads, below everything else in priority.
pub(super) struct Renders {
    pool: rayon::ThreadPool,
    places: Arc<Semaphore>,
}

impl Renders {
    pub fn new(threads: usize) -> Result<Self> {
        let threads = threads.max(1);
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(|_| {
            // Jobs that are rendered come first, at ten parts to one: with less, the frames of a page would
            // take a minute. On Linux this is the thread's own; where it is not allowed, it is not needed.
            #[cfg(target_os = "linux")]
            let _ = rustix::process::nice(10);
        });
        let pool = memory::threads(builder, "frame")?;
        Ok(Self { pool, places: Arc::new(Semaphore::new(threads * WAITING)) })
    }

    /// Runs `make`, unless nobody waits for it any more; `None` if too many wait already.
    pub async fn run<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let place = self.places.clone().try_acquire_owned().ok()?;
        let (sender, receiver) = oneshot::channel();
        self.pool.spawn(move || {
            if !sender.is_closed() {
                let _ = sender.send(make());
            }
            drop(place);
        });
        receiver.await.ok()
    }
}
