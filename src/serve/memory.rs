//! Limits the memory and the disk space that answers take until they are sent.

use std::collections::HashMap;
use std::fs::File;
use std::future::Future;
use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore, SemaphorePermit, oneshot};
use tokio_stream::StreamExt;

use super::content::{Part, send};
use super::opened::Sending;
use crate::error::{Error, Result, said};
use crate::media::Fragment;

/// KiB of answers that may wait in memory. Together with what 300 connections need, this is below 64 MiB.
const ANSWERS: usize = 16 << 10;
/// MiB that may wait on the disk: larger answers, and those for which there is no room in memory.
const DISK: usize = 2048;
/// Answers of up to this many bytes are not counted.
const SMALL: usize = 8 << 10;
/// Answers of this many bytes or more wait on the disk.
const LARGE: usize = 1 << 20;
/// How many answers are made at once.
const MAKERS: usize = 2;
/// How long one may wait until it is made.
const TURN: Duration = Duration::from_secs(3);

/// Room for what is sent, and turns to make it.
pub(super) struct Room {
    answers: Arc<Semaphore>,
    disk: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// Turns to read the next lines of a long list.
    readers: Semaphore,
    /// The turn to write the next lines of a long list.
    writers: Arc<Semaphore>,
    /// Threads that only make answers, so that the memory which one has used is used again.
    makers: ThreadPool,
}

/// Bytes, and the room that they take until the last copy is dropped.
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What waits to be sent.
#[derive(Clone)]
pub(super) enum Kept {
    Memory(Bytes),
    /// A file without a name, its bytes, and its room.
    Disk(Arc<(File, u64, OwnedSemaphorePermit)>),
}

impl Kept {
    /// As the body of an answer.
    pub fn body(self, sending: &Sending) -> Body {
        match self {
            Self::Memory(bytes) => Body::from(bytes),
            Self::Disk(kept) => match kept.0.try_clone() {
                Ok(file) => {
                    let parts = vec![Part::File(0, kept.1)];
                    let sent = send(Arc::new(file), sending.clone(), parts);
                    // The closure holds `kept`, and so its room, until all is sent.
                    Body::from_stream(StreamExt::map(sent, move |part| (part, &kept).0))
                }
                Err(e) => Body::from_stream(tokio_stream::once(Err::<Bytes, _>(e))),
            },
        }
    }
}

impl Room {
    /// Starts the threads; all room is free.
    ///
    /// # Errors
    /// Threads cannot be started.
    pub fn new() -> Result<Self> {
        Ok(Self {
            answers: Arc::new(Semaphore::new(ANSWERS)),
            disk: Arc::new(Semaphore::new(DISK)),
            turns: Arc::new(Semaphore::new(MAKERS)),
            readers: Semaphore::new(MAKERS),
            writers: Arc::new(Semaphore::new(1)),
            makers: threads(ThreadPoolBuilder::new().num_threads(MAKERS), "make")?,
        })
    }

    /// Keeps bytes until they are sent, in memory or on the disk; `None` if there is no room, or they cannot be written.
    pub fn keep(&self, bytes: Vec<u8>) -> Option<Kept> {
        if bytes.len() <= SMALL {
            return Some(Kept::Memory(bytes.into()));
        }
        let kib = bytes.len().div_ceil(1024) as u32;
        if bytes.len() < LARGE
            && let Ok(room) = self.answers.clone().try_acquire_many_owned(kib)
        {
            return Some(Kept::Memory(Bytes::from_owner(Held { bytes, _room: room })));
        }
        let room = self.on_disk(bytes.len() as u64)?;
        let written = tempfile::tempfile().and_then(|mut file| {
            file.write_all(&bytes)?;
            Ok(file)
        });
        let written =
            written.inspect_err(|e| tracing::warn!("cannot keep an answer on the disk: {e}"));
        Some(Kept::Disk(Arc::new((written.ok()?, bytes.len() as u64, room))))
    }

    /// Takes room on the disk, at most all of it; `None` if there is too little.
    pub fn on_disk(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let mib = bytes.div_ceil(1 << 20).clamp(1, DISK as u64) as u32;
        self.disk.clone().try_acquire_many_owned(mib).ok()
    }

    /// Waits for a turn to read the next lines of a long list. Few are read at once, so that no other request waits.
    pub async fn turn_to_read(&self) -> Option<SemaphorePermit<'_>> {
        self.readers.acquire().await.ok()
    }

    /// A body that is written as it is sent, a few lines at a time. The threads that write it also answer
    /// everybody else, so one list at a time is written, and the others wait in a queue.
    pub fn list(
        &self,
        head: String,
        lines: Range<u64>,
        line: impl Fn(u64) -> String + Send + 'static,
        end: String,
    ) -> Body {
        /// Lines that are written at once.
        const STEP: usize = 64;
        let begin = (lines, Some((head, end)), line, self.writers.clone());
        let parts = unfold(begin, |(mut lines, mut around, line, writers)| async move {
            let (mut text, end) = around.take()?;
            let turn = writers.acquire().await;
            lines.by_ref().take(STEP).for_each(|n| text.push_str(&line(n)));
            drop(turn);
            match lines.is_empty() {
                true => text.push_str(&end),
                false => around = Some((String::new(), end)),
            }
            Some((Ok::<_, std::io::Error>(Bytes::from(text)), (lines, around, line, writers)))
        });
        Body::from_stream(parts)
    }

    /// Runs `make` on another thread; `None` if none is free soon, or if it panics.
    pub async fn make<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let turn = tokio::time::timeout(TURN, self.turns.clone().acquire_owned()).await;
        let turn = turn.ok()?.ok()?;
        let (sender, receiver) = oneshot::channel();
        self.makers.spawn(move || {
            // Whoever asked may have gone, but the thread is taken until this is made.
            let _turn = turn;
            let _ = sender.send(make());
        });
        receiver.await.ok()
    }
}

/// Starts a pool of threads. A panic in what they do is logged, and ends none of them.
pub(super) fn threads(builder: ThreadPoolBuilder, name: &'static str) -> Result<ThreadPool> {
    builder
        .thread_name(move |n| format!("{name}-{n}"))
        .panic_handler(|panic| {
            tracing::error!("a fault of genmedia, please report it: {}", said(&*panic))
        })
        .build()
        .map_err(|e| Error::io("start threads for", "the page")(std::io::Error::other(e)))
}

/// An answer that several may ask for at once.
#[derive(Clone)]
pub(super) struct Answer {
    pub kind: &'static str,
    pub kept: Kept,
}

impl Answer {
    pub fn response(self, sending: &Sending) -> Response {
        let headers = [(header::CONTENT_TYPE, self.kind), (header::CACHE_CONTROL, "no-store")];
        (headers, self.kept.body(sending)).into_response()
    }
}

/// A fragment and its room on the disk. Both are freed with the last copy.
#[derive(Clone)]
pub(super) struct Made(pub Arc<(Fragment, OwnedSemaphorePermit)>);

/// Why there is no fragment.
#[derive(Clone)]
pub(super) enum Unmade {
    /// The segment is not rendered yet.
    NotYet,
    /// There is no room or no turn now.
    Later,
    /// The log says why.
    Failed,
}

/// A cache of what was made lately, by key. Whoever asks for a key while it is made, or a moment later, gets the same.
pub(super) struct Shared<T> {
    fresh: Duration,
    is_kept: fn(&T) -> bool,
    made: Mutex<HashMap<String, Entry<T>>>,
}

/// When it was first asked for, and what came of it.
type Entry<T> = (Instant, Arc<OnceCell<T>>);

impl<T: Clone> Shared<T> {
    /// What `is_kept` is used again for as long as `fresh`, from when it was first asked for; anything else is given
    /// only to those who already wait for it.
    pub fn new(fresh: Duration, is_kept: fn(&T) -> bool) -> Self {
        Self { fresh, is_kept, made: Mutex::default() }
    }

    /// What `key` stands for, made by the first who asks.
    pub async fn get(&self, key: String, make: impl Future<Output = T>) -> T {
        let cell = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            // What is being made has somebody who waits for it.
            made.retain(|_, (at, cell)| match cell.get() {
                None => Arc::strong_count(cell) > 1,
                Some(made) => at.elapsed() < self.fresh && (self.is_kept)(made),
            });
            made.entry(key).or_insert_with(|| (Instant::now(), Arc::default())).1.clone()
        };
        cell.get_or_init(|| make).await.clone()
    }

    /// Forgets all that is made, to make room.
    pub fn clear(&self) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.retain(|_, (_, cell)| !cell.initialized());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_is_taken_until_the_work_is_done_whoever_still_waits() {
        use std::sync::atomic::{AtomicBool, Ordering};
        let room = Room::new().expect("threads");
        let is_done = Arc::new(AtomicBool::new(false));
        let wait = |is_done: Arc<AtomicBool>| {
            move || {
                while !is_done.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
        };
        for _ in 0..MAKERS {
            let made = room.make(wait(is_done.clone()));
            assert!(tokio::time::timeout(Duration::from_millis(20), made).await.is_err());
        }
        assert_eq!(room.turns.available_permits(), 0);
        is_done.store(true, Ordering::Relaxed);
        assert_eq!(room.make(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_forgotten() {
        let shared = Shared::new(Duration::from_secs(60), |_: &u8| true);
        let never = shared.get("never".into(), std::future::pending());
        assert!(tokio::time::timeout(Duration::from_millis(5), never).await.is_err());
        assert_eq!(shared.get("a".into(), async { 1 }).await, 1);
        assert_eq!(shared.get("a".into(), async { 2 }).await, 1);
        let made = shared.made.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(made.keys().collect::<Vec<_>>(), ["a"]);
    }

    #[tokio::test]
    async fn room_is_taken_until_the_last_copy_is_gone_and_then_it_is_the_disks() {
        let room = Room::new().expect("threads");
        let is_on_disk = |kept: &Kept| matches!(kept, Kept::Disk(_));
        assert!(is_on_disk(&room.keep(vec![1; LARGE]).expect("room")));
        let many: Vec<Kept> =
            (0..17).map(|_| room.keep(vec![1; LARGE - 1]).expect("room")).collect();
        assert_eq!(many.iter().filter(|kept| is_on_disk(kept)).count(), 1, "16 MiB are in memory");
        assert!(
            !is_on_disk(&room.keep(vec![2; SMALL]).expect("room")),
            "small ones are not counted"
        );
        drop(many);
        assert!(!is_on_disk(&room.keep(vec![2; LARGE - 1]).expect("room")));
        let all = room.on_disk(u64::MAX).expect("alone");
        assert!(room.keep(vec![1; LARGE]).is_none());
        drop(all);
        let kept = room.keep(vec![7; LARGE + 5]).expect("room");
        let sent = axum::body::to_bytes(kept.body(&Sending::default()), 2 * LARGE).await;
        assert!(sent.expect("sent") == vec![7; LARGE + 5]);
        assert_eq!(room.disk.available_permits(), DISK);
    }

    #[tokio::test]
    async fn what_many_ask_for_is_made_once() {
        let (shared, made) = (Shared::new(Duration::from_secs(60), |n| *n != 2), Mutex::new(0));
        let make = || async {
            tokio::task::yield_now().await;
            let mut made = made.lock().expect("whole");
            *made += 1;
            *made
        };
        let (a, b) = tokio::join!(shared.get("x".into(), make()), shared.get("x".into(), make()));
        assert_eq!((a, b, shared.get("y".into(), make()).await), (1, 1, 2));
        assert_eq!(shared.get("y".into(), make()).await, 3, "a failure is not kept");
        shared.clear();
        assert_eq!(shared.get("x".into(), make()).await, 4);
    }
}
