//! Rendering a job on many machines at once, without its lock and its database, which a network file system might not
//! have. `cluster/` in the job's folder holds all that they tell each other:
//!
//! | File | What |
//! |---|---|
//! | `versions.toml` | the versions that render the job; whoever has others renders nothing |
//! | `device.txt` | of shaders, the device on which all draw them |
//! | `workers/NAME.toml` | a worker's sign of life, written anew every few seconds |
//! | `claims/INDEX.claim` | the worker that began a segment, until the segment is there |
//! | `submitted.toml` | the jobs of the engine that starts the workers |
//! | `ended.toml` | the same, when the engine has them no more |
//! | `store.toml` | the store in which all this is, if not here |
//! | `stop` | all workers are to end |
//!
//! A claim saves work, no more: two workers that render the same segment publish the same bytes under the same name.

mod claim;
mod depot;
mod meeting;
#[cfg(feature = "cluster")]
mod remote;
mod sign;
mod states;
mod stored;
mod submission;

pub use claim::{Claim, Claims};
pub use meeting::{Meeting, Versions};
pub use sign::{Sign, Worker, workers};
pub use states::States;
pub use stored::{note_store, store_of};
pub use submission::{Engine, Submission, has_no_more};

use std::ffi::OsStr;

use super::Folder;
use crate::error::{Error, Result};
use crate::files::{self, RealFolder};
use crate::words::count;

const VERSIONS: &str = "versions.toml";
const DEVICE: &str = "device.txt";
const SUBMITTED: &str = "submitted.toml";
const ENDED: &str = "ended.toml";
const STORE: &str = "store.toml";
const STOP: &str = "stop";
/// Ends the names of scripts that were handed to an engine.
pub const SCRIPT: &str = ".slurm";
/// Ends the names of what workers say.
pub const LOG: &str = ".log";

/// True if somebody renders the job together with others.
///
/// # Errors
/// Its folder cannot be read.
pub(super) fn are_at_work(folder: &Folder) -> Result<bool> {
    Ok(workers(folder)?.iter().any(Worker::is_alive))
}

/// Sees that nobody renders the job together with others, or is about to.
///
/// # Errors
/// Somebody does, or the folder cannot be read.
pub fn check_alone(folder: &Folder) -> Result<()> {
    let job = folder.name();
    let workers: Vec<Worker> = workers(folder)?.into_iter().filter(Worker::is_alive).collect();
    let submission = Submission::read(folder)?;
    if let (None, Some(last)) = (&submission, workers.iter().min_by_key(|worker| worker.silent)) {
        let many = count(workers.len() as u64, "worker");
        let who =
            format!(" ({many}, the last sign of {} {} s ago)", last.host, last.silent.as_secs());
        return Err(Error::Held { job: job.into(), doing: "rendered".into(), who });
    }
    match submission {
        None => Ok(()),
        Some(Submission { engine, ids, .. }) => Err(Error::State {
            job: job.into(),
            reason: format!(
                "was handed to {} ({}); wait for it, take it back with genmedia cancel {job}, or go on here with \
                 genmedia resume {job} --force",
                engine.name(),
                ids.join(", ")
            ),
        }),
    }
}

/// Removes the signs of life of all workers of a job: they are known to be dead.
///
/// # Errors
/// A file cannot be removed.
pub fn bury(folder: &Folder) -> Result<()> {
    let Some(workers) = RealFolder::open(&folder.workers())? else { return Ok(()) };
    let names = workers.names()?;
    let signs =
        names.iter().filter(|name| name.to_str().is_some_and(|name| name.ends_with(".toml")));
    signs.into_iter().try_for_each(|name| workers.remove(name))
}

/// Workers may begin again.
///
/// # Errors
/// The folder cannot be written.
pub fn allow(folder: &Folder) -> Result<()> {
    files::remove(&folder.cluster().join(STOP))
}

/// Has all workers end, within seconds.
///
/// # Errors
/// The folder cannot be written.
pub fn stop(folder: &Folder) -> Result<()> {
    match files::look(&folder.cluster())? {
        Some(_) => files::write(&folder.cluster().join(STOP), b""),
        None => Ok(()),
    }
}

/// Removes what workers told each other, and with `with_logs` their logs. Only for a job in which nothing is left to be
/// rendered: a worker that still lives finds the result published, or its files gone.
///
/// # Errors
/// A file cannot be removed.
pub(super) fn tidy(folder: &Folder, with_logs: bool) -> Result<()> {
    let Some(job) = RealFolder::open(folder.path())? else { return Ok(()) };
    let Some(cluster) = job.child("cluster")? else { return Ok(()) };
    let ends =
        |name: &OsStr, ending: &str| name.to_str().is_some_and(|name| name.ends_with(ending));
    let clear = |name: &str, ending: &str| -> Result<()> {
        let Some(inner) = cluster.child(name)? else { return Ok(()) };
        let names = inner.names()?;
        // Of a worker that was killed, temporary files as well.
        let own =
            names.iter().filter(|name| ends(name, ending) || files::target_of(name).is_some());
        own.into_iter().try_for_each(|name| inner.remove(name))?;
        cluster.remove_folder(name)
    };
    clear("workers", ".toml")?;
    clear("claims", ".claim")?;
    if with_logs {
        clear("logs", LOG)?;
    }
    for name in cluster.names()? {
        let is_ours =
            [VERSIONS, DEVICE, SUBMITTED, ENDED, STORE, STOP].iter().any(|own| name == *own);
        if is_ours || ends(&name, SCRIPT) || files::target_of(&name).is_some() {
            cluster.remove(&name)?;
        }
    }
    job.remove_folder("cluster")
}

/// A worker's part of a job: the `number`-th of `of` parts, from 0. Parts are runs of segments that lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    of: u64,
}

impl Shard {
    /// All of a job.
    pub const ALL: Self = Self { number: 0, of: 1 };

    /// The `number`-th of `of` parts, from 0; `None` if there is no such part.
    pub fn new(number: u64, of: u64) -> Option<Self> {
        (number < of).then_some(Self { number, of })
    }

    /// Its segments of a job that has `segments`.
    pub fn segments(self, segments: u64) -> std::ops::Range<u64> {
        let begin = |number: u64| {
            let place = u128::from(segments) * u128::from(number) / u128::from(self.of);
            place as u64
        };
        begin(self.number)..begin(self.number + 1)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, of)| {
            let number: u64 = number.parse().ok()?;
            Self::new(number.checked_sub(1)?, of.parse().ok()?)
        });
        parts.ok_or_else(|| "K/N is expected, K from 1 to N: 3/64".into())
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number + 1, self.of)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shards_are_all_segments_once(segments in 0u64..5_000, of in 1u64..300) {
            let mut next = 0;
            for number in 0..of {
                let part = Shard::new(number, of).expect("a part").segments(segments);
                prop_assert_eq!(part.start, next);
                let size = part.end - part.start;
                prop_assert!(size.abs_diff(segments / of) <= 1);
                next = part.end;
            }
            prop_assert_eq!(next, segments);
        }

        #[test]
        fn shards_are_read_as_they_are_shown(number in 0u64..u64::MAX, of in 1u64..) {
            match Shard::new(number, of) {
                Some(shard) => prop_assert_eq!(shard.to_string().parse(), Ok(shard)),
                None => {
                    let text = format!("{}/{of}", number + 1);
                    prop_assert!(text.parse::<Shard>().is_err());
                }
            }
        }
    }
}
