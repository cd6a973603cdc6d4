//! The states of a job.

use crate::values::named;

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
