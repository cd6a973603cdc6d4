//! How work is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells work to stop, from another thread or a signal. A clone tells the same work.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that has not been cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for an orderly stop: frames in flight are dropped, finished segments stay.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For a painter between two rows: an error once [`Cancel::cancel`] was called.
    ///
    /// # Errors
    /// It was.
    pub fn check(&self) -> Result<(), Stopped> {
        match self.is_cancelled() {
            true => Err(Stopped),
            false => Ok(()),
        }
    }
}

/// Work ended early because [`Cancel::cancel`] was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("was stopped")]
pub struct Stopped;
