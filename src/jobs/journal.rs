//! Changes on their way into the database. Another process may hold it for as long as it likes: what is
//! finished is on the disk by then, rendering goes on, and its record waits here.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Event;
use super::store::Change;
use crate::cancel::Cancel;
use crate::error::{Error, Result};

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// Who is told what happens to a job, and who may stop it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told of each event.
    pub on: &'a (dyn Fn(Event) + Sync),
    /// Ends what waits.
    pub cancel: &'a Cancel,
}

impl Watch<'_> {
    /// Does what needs the database, again and again for as long as another process holds it. The wait
    /// is told, unless it `is_told` already; whoever has written something takes that back.
    ///
    /// # Errors
    /// Those of `act`; [`Error::Interrupted`] if the job was told to stop.
    pub(super) fn patiently<T>(
        &self,
        is_told: &AtomicBool,
        mut act: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        loop {
            match act() {
                Err(Error::Busy { path, .. }) => {
                    if self.cancel.is_cancelled() {
                        return Err(Error::Interrupted);
                    }
                    self.tell_waiting(is_told, path);
                    std::thread::sleep(PAUSE);
                }
                result => return result,
            }
        }
    }
}

impl Watch<'_> {
    /// Tells that records wait, unless it is told already.
    pub(super) fn tell_waiting(&self, is_told: &AtomicBool, path: PathBuf) {
        if !is_told.swap(true, Ordering::Relaxed) {
            (self.on)(Event::Waiting { path });
        }
    }
}

/// What waits for the database, in order.
#[derive(Default)]
pub(super) struct Journal {
    waiting: Mutex<Waiting>,
    /// Held by the one who writes.
    writing: Mutex<()>,
}

#[derive(Default)]
struct Waiting {
    changes: Vec<Change>,
    /// Another process had the database at the last try.
    is_busy: bool,
}

impl Journal {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds changes, to be made together. True if they should be written now; if not, whoever looks
    /// after the job from time to time does so.
    pub fn add(&self, changes: impl IntoIterator<Item = Change>) -> bool {
        let mut waiting = self.waiting();
        waiting.changes.extend(changes);
        !waiting.is_busy
    }

    /// Writes what waits by `write`, all or none.
    ///
    /// # Errors
    /// Those of `write`; what waits goes on waiting.
    pub fn flush(&self, write: impl Fn(&[Change]) -> Result<()>) -> Result<()> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let mut changes = std::mem::take(&mut self.waiting().changes);
            if changes.is_empty() {
                self.waiting().is_busy = false;
                return Ok(());
            }
            let Err(e) = write(&changes) else { continue };
            let mut waiting = self.waiting();
            changes.append(&mut waiting.changes);
            waiting.changes = changes;
            waiting.is_busy = matches!(e, Error::Busy { .. });
            return Err(e);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn what_waits_keeps_its_order_and_is_written_once() {
        let (journal, tries, written) = (Journal::default(), AtomicUsize::new(0), Mutex::default());
        let write = |changes: &[Change]| match tries.fetch_add(1, Ordering::Relaxed) {
            n if n < 3 => Err(Error::Busy { path: "db".into(), waited: Duration::ZERO }),
            _ => {
                let mut written: MutexGuard<'_, Vec<Change>> = written.lock().expect("whole");
                written.extend(changes.iter().cloned());
                Ok(())
            }
        };
        assert!(journal.add([Change::Write(0)]));
        for n in 1..4 {
            assert!(matches!(journal.flush(write), Err(Error::Busy { .. })));
            assert!(!journal.add([Change::Write(n)]), "it is busy");
        }
        assert!(journal.flush(write).is_ok());
        assert!(journal.add([Change::Write(4)]));
        assert!(journal.flush(write).is_ok());
        let written = written.into_inner().expect("whole");
        assert_eq!(written, [0, 1, 2, 3, 4].map(Change::Write));
    }
}
