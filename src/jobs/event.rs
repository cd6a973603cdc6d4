//! What happens to a job, for whoever shows it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize, Serializer};

use crate::error;
use crate::words::{count, duration, percent, size};

/// A change. The terminal's bar, plain lines, JSON lines and the record of events are all drawn
/// from these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// The job waits for its turn.
    Queued,
    /// The sound is looked at, before frames are drawn that follow it. Not recorded.
    Listening {
        /// Seconds of it that were looked at.
        seconds: f64,
        /// In all.
        of: f64,
    },
    /// The plan stands: how much there is, and how much of it was there already.
    Planned {
        /// The job's name.
        job: String,
        /// Frames in all.
        frames: u64,
        /// Frames that need not be rendered again.
        frames_done: u64,
        /// Segments in all.
        segments: u64,
        /// Segments that need not be rendered again.
        segments_done: u64,
    },
    /// The database was damaged, and is rebuilt from the folders.
    Rebuilt {
        /// The database.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
        /// What the damaged one is called now.
        #[serde(serialize_with = "lossy")]
        kept: PathBuf,
    },
    /// The database is damaged, and has not been rebuilt yet. Not recorded.
    Unreadable {
        /// The database.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
    },
    /// Another process has the database; records wait for it, and the work goes on. Not recorded.
    Waiting {
        /// The database.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
    },
    /// The recipe's file was changed while the job ran. Not recorded.
    RecipeChanged {
        /// The recipe.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
    },
    /// The job's folder is not there any more, and its record goes with it. Not recorded.
    Gone,
    /// Whole segments were on disk that the record did not know; it does now.
    Found {
        /// How many.
        segments: u64,
    },
    /// The published film is not there any more as it was, and is made again.
    Lost {
        /// The film.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
        /// Why it is not what it was.
        reason: String,
    },
    /// Recorded segments are not on disk any more and are rendered again.
    Missing {
        /// How many segments.
        segments: u64,
    },
    /// What stood in the job's folder under its film's name was not the film, and is kept.
    Kept {
        /// The film's file.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
        /// What is called now what stood there.
        #[serde(serialize_with = "lossy")]
        kept: PathBuf,
    },
    /// A file of an earlier run is not whole and is rendered again.
    Damaged {
        /// The file.
        #[serde(serialize_with = "lossy")]
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A frame was rendered and encoded. Not recorded.
    Frame {
        /// Its index, from 0.
        index: u64,
    },
    /// How far it is, a few times a second. Not recorded as an event.
    Progress {
        /// Frames in all.
        frames: u64,
        /// Frames that are rendered, in segments finished or not.
        frames_done: u64,
        /// Frames a second, lately.
        fps: f64,
        /// Time left in seconds at that rate; `None` while nothing was rendered.
        seconds_left: Option<f64>,
    },
    /// A segment is on disk and recorded, for good.
    Segment {
        /// Its index, from 0.
        index: u64,
        /// Its frames.
        frames: u64,
        /// Its size in bytes, images included.
        bytes: u64,
        /// How long a worker was busy with it.
        seconds: f64,
    },
    /// A segment could not be rendered; it is tried again.
    Retry {
        /// Its index, from 0.
        index: u64,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why.
        error: String,
    },
    /// A segment could not be rendered in as many attempts as were allowed.
    SegmentFailed {
        /// Its index, from 0.
        index: u64,
        /// Its frames.
        frames: Range<u64>,
        /// How often it was tried.
        attempts: u32,
        /// Why the last attempt failed.
        error: String,
    },
    /// The sound would have gone beyond full scale, and is turned down where it would.
    Limited {
        /// When that was seen, in seconds from the film's beginning.
        seconds: f64,
    },
    /// The picture follows a beat, and none was found.
    Beatless,
    /// A file that is heard is damaged or has a gap.
    Silent {
        /// The file.
        file: PathBuf,
        /// Where in it, in seconds; perhaps elsewhere as well.
        seconds: f64,
    },
    /// The sound is no number, and is silent there.
    Silenced {
        /// When that was seen, in seconds from the film's beginning.
        seconds: f64,
    },
    /// All segments are there; the film is being closed.
    Assembling,
    /// The result is published.
    Done {
        /// The film, or the folder of images.
        #[serde(serialize_with = "lossy")]
        output: PathBuf,
        /// Its size in bytes; 0 for images.
        bytes: u64,
    },
    /// The job ended without its result.
    Failed {
        /// Why.
        error: String,
    },
    /// The job was stopped, by a signal or for want of room.
    Interrupted {
        /// Why, if it was not a signal.
        error: Option<String>,
    },
    /// The job was cancelled.
    Cancelled,
}

impl Event {
    /// The event's name, as in its JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Listening { .. } => "listening",
            Self::Planned { .. } => "planned",
            Self::Rebuilt { .. } => "rebuilt",
            Self::Unreadable { .. } => "unreadable",
            Self::Waiting { .. } => "waiting",
            Self::RecipeChanged { .. } => "recipe-changed",
            Self::Gone => "gone",
            Self::Found { .. } => "found",
            Self::Lost { .. } => "lost",
            Self::Missing { .. } => "missing",
            Self::Kept { .. } => "kept",
            Self::Damaged { .. } => "damaged",
            Self::Frame { .. } => "frame",
            Self::Progress { .. } => "progress",
            Self::Segment { .. } => "segment",
            Self::Retry { .. } => "retry",
            Self::SegmentFailed { .. } => "segment-failed",
            Self::Limited { .. } => "limited",
            Self::Beatless => "beatless",
            Self::Silent { .. } => "silent",
            Self::Silenced { .. } => "silenced",
            Self::Assembling => "assembling",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Interrupted { .. } => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// JSON has no other form for a path that is not UTF-8.
fn lossy<S: Serializer>(path: &Path, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&path.to_string_lossy())
}

impl fmt::Display for Event {
    /// What it says, without the job's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

/// What an event says, without the job's name.
fn sentence(event: &Event) -> String {
    match event {
        Event::Queued => "waits for its turn".into(),
        Event::Listening { seconds, of } => {
            format!("listens, {} of {}", duration(*seconds), duration(*of))
        }
        Event::Planned { frames, frames_done, .. } if frames == frames_done => {
            format!("all {frames} frames are done")
        }
        Event::Planned { segments, segments_done, .. } if *segments_done > 0 => {
            format!("continuing, {segments_done} of {segments} segments are done")
        }
        Event::Planned { frames, segments, .. } => {
            format!("begins, {} in {}", count(*frames, "frame"), count(*segments, "segment"))
        }
        Event::Rebuilt { path, kept } => format!(
            "{} was damaged; it is kept as {}, and rebuilt from the folders",
            path.display(),
            kept.display()
        ),
        Event::Unreadable { path } => format!(
            "{} is damaged; what the folders hold is shown, and genmedia rescan rebuilds it",
            path.display()
        ),
        Event::Waiting { path } => format!(
            "{} is held by another process; what is finished is kept and recorded when it is free",
            path.display()
        ),
        Event::RecipeChanged { path } => format!(
            "{} was changed while the job ran; the result is of the recipe as it was",
            path.display()
        ),
        Event::Gone => "its folder is gone, and so is its record".into(),
        Event::Found { segments: 1 } => {
            "1 finished segment is there that others rendered, or that was not recorded yet".into()
        }
        Event::Found { segments } => {
            format!(
                "{segments} finished segments are there that others rendered, or that were not recorded yet"
            )
        }
        Event::Lost { path, reason } => {
            format!("the film {} is made again: {reason}", path.display())
        }
        Event::Missing { segments: 1 } => {
            "1 recorded segment is not on disk any more and is rendered again".into()
        }
        Event::Missing { segments } => {
            format!("{segments} recorded segments are not on disk any more and are rendered again")
        }
        Event::Kept { path, kept } => format!(
            "{} was not as genmedia wrote it; it is kept as {}",
            path.display(),
            kept.display()
        ),
        Event::Damaged { path, reason } => {
            format!("{} is damaged and is rendered again ({reason})", path.display())
        }
        Event::Segment { index, frames, bytes, seconds } => {
            let frames = count(*frames, "frame");
            format!("segment {index}: {frames}, {}, {}", size(*bytes), duration(*seconds))
        }
        Event::Retry { index, attempt, error } => {
            format!("segment {index}: attempt {attempt} failed, trying again: {error}")
        }
        Event::SegmentFailed { index, frames, attempts, error } => format!(
            "segment {index} ({}) failed after {}: {error}",
            error::frames(frames),
            count(*attempts, "attempt")
        ),
        Event::Limited { seconds } => format!(
            "the sound goes beyond full scale, such as at {seconds:.3} s, and is turned down there; a lower gain keeps it \
             as it is"
        ),
        Event::Beatless => "no beat was found in the sound, so beat, bar and bpm are 0; bpm = 120 of a track says one".into(),
        Event::Silent { file, seconds } => format!(
            "{} is damaged or has a gap, such as at {seconds:.3} s in it; what is missing there is not heard",
            file.display()
        ),
        Event::Silenced { seconds } => {
            format!("the sound is no number, such as at {seconds:.3} s, and is silent there")
        }
        Event::Assembling => "all segments are there, joining them".into(),
        Event::Done { output, bytes: 0 } => format!("done: {}", output.display()),
        Event::Done { output, bytes } => format!("done: {}, {}", output.display(), size(*bytes)),
        Event::Failed { error } => format!("failed: {error}"),
        Event::Interrupted { error: None } => "interrupted".into(),
        Event::Interrupted { error: Some(error) } => format!("interrupted: {error}"),
        Event::Cancelled => "cancelled".into(),
        Event::Frame { index } => format!("frame {index}"),
        Event::Progress { frames, frames_done, fps, seconds_left } => {
            let left = seconds_left.map_or(String::new(), |s| format!(", {} left", duration(s)));
            let percent = percent(*frames_done, *frames);
            format!("{frames_done}/{frames} frames, {percent} %, {fps:.1} fps{left}")
        }
    }
}
