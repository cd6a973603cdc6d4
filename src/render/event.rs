//! What happens while rendering, for whoever shows it.

use std::path::PathBuf;

/// A change. The terminal's bar, plain lines and JSON lines are all drawn from these.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
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
    /// A file of an earlier run is not whole and is rendered again.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A frame was rendered and encoded.
    Frame {
        /// Its index, from 0.
        index: u64,
    },
    /// A segment is on disk, for good.
    Segment {
        /// Its index, from 0.
        index: u64,
        /// Its frames.
        frames: u64,
    },
    /// All segments are there; the film is being closed.
    Assembling,
    /// The result is published.
    Done {
        /// The video, or the folder of images.
        output: PathBuf,
        /// Its size in bytes; 0 for images.
        bytes: u64,
    },
}
