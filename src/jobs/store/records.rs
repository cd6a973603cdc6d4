//! The rows, as data.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::checksum::Checksum;
use crate::jobs::FilmChecksum;
use crate::values::named;

/// A job, as it is recorded. Whether one that is recorded as running still has its process is
/// for the lock to say.
#[derive(Debug, Clone)]
pub struct JobRecord {
    pub(in crate::jobs) id: i64,
    /// Its name, also its folder's.
    pub name: String,
    /// The generator's name.
    pub generator: String,
    /// The recipe's canonical TOML.
    pub recipe: String,
    /// The recipe's identity.
    pub identity: String,
    /// Versions of the encoder libraries that its segments come from.
    pub build: u64,
    /// Frames in all.
    pub frames: u64,
    /// Segments in all.
    pub segments: u64,
    /// Its state.
    pub state: State,
    /// Why it is not done, if there is more to say than its state.
    pub error: Option<String>,
    /// Where the result is or goes, relative to the job's folder or absolute.
    pub output: Option<String>,
    /// The result's size, once it is published.
    pub output_bytes: Option<u64>,
    /// Frames of finished segments.
    pub frames_done: u64,
    /// Finished segments.
    pub segments_done: u64,
    /// Segments that failed.
    pub segments_failed: u64,
    /// Bytes of finished segments and their images.
    pub bytes_done: u64,
    /// Frames rendered, with those of unfinished segments.
    pub live_frames: u64,
    /// Frames a second, lately, or over the whole job if it is done.
    pub fps: f64,
    /// When it was first asked for.
    pub created: SystemTime,
    /// When it last changed.
    pub updated: SystemTime,
}

named! {
    /// The state of a job, as everyone who looks sees it.
    State as "state" {
        /// It waits for its turn.
        Queued = "queued",
        /// A living process works on it.
        Running = "running",
        /// Its process stopped or died; it continues where it was.
        Interrupted = "interrupted",
        /// Some of its frames cannot be rendered; all others are.
        Failed = "failed",
        /// Somebody cancelled it.
        Cancelled = "cancelled",
        /// Its result is published.
        Done = "done",
    }
}

named! {
    /// What became of a segment.
    SegmentState as "state of a segment" {
        /// It is on disk, or in the published film.
        Done = "done",
        /// It could not be rendered.
        Failed = "failed",
    }
}

/// A segment that was rendered, or tried.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRecord {
    /// Its index, from 0.
    pub index: u64,
    /// Its number of frames.
    pub frames: u64,
    /// What became of it.
    pub state: SegmentState,
    /// Size of its file; 0 if there is no video.
    pub bytes: u64,
    /// The checksum in its seal.
    pub checksum: Option<Checksum>,
    /// Size of its images, together.
    pub image_bytes: u64,
    /// Checksum of its images, one after the other.
    pub image_checksum: Option<Checksum>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed.
    pub error: Option<String>,
    /// How long a worker was busy with it, the last time.
    pub seconds: f64,
}

/// A film outside the folders of jobs, as genmedia wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// The identity of its recipe.
    pub identity: String,
    /// Its size.
    pub bytes: u64,
    /// Its checksum.
    pub checksum: FilmChecksum,
}

/// An event, as it is recorded.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Rises with time.
    pub id: i64,
    /// The job's name.
    pub job: String,
    /// When it happened.
    pub at: SystemTime,
    /// What happened, as JSON; one of [`Event`](crate::jobs::Event)'s.
    pub event: serde_json::Value,
}

/// A time in the database's form, back.
pub(super) fn time(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}
