//! The segments that wait for a worker. There may come more: a finished one that turns out to be
//! damaged is rendered again.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::plan::Todo;

/// How often a worker that waits looks whether to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// A queue that is open until nothing can come any more.
pub(super) struct Queue {
    waiting: Mutex<Option<VecDeque<Todo>>>,
    changed: Condvar,
}

impl Queue {
    pub(super) fn new(todo: impl IntoIterator<Item = Todo>) -> Self {
        Self { waiting: Mutex::new(Some(todo.into_iter().collect())), changed: Condvar::new() }
    }

    /// Adds one, to be taken next.
    pub(super) fn push(&self, todo: Todo) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = waiting.as_mut() {
            waiting.push_front(todo);
        }
        self.changed.notify_one();
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.changed.notify_all();
    }

    /// The next one, waiting for it if need be; `None` when there are no more, or to stop.
    pub(super) fn next(&self, stopped: &dyn Fn() -> bool) -> Option<Todo> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if stopped() {
                return None;
            }
            if let Some(todo) = waiting.as_mut()?.pop_front() {
                return Some(todo);
            }
            let woken = self.changed.wait_timeout(waiting, GLANCE);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
