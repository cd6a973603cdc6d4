//! `genmedia rescan`.

use genmedia::jobs::Catalog;
use genmedia::words::count;

use super::tell;
use crate::cli::options::Dir;
use crate::cli::{Failure, note, print};

/// Rebuild the database from the folders
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia rescan
  genmedia rescan --dir /srv/films

Every segment is read and compared with its checksum. A database that is lost or damaged comes back, \
without what only it knew: the history of events, times and rates, whether a job was cancelled or failed, \
and which films elsewhere (-o) belong to jobs that were removed.")]
pub struct Args {
    #[command(flatten)]
    dir: Dir,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let found = Catalog::rescan(&self.dir.dir, &tell)?;
        for (job, reason) in &found.skipped {
            note(format_args!("{job}: passed over: {reason}"));
        }
        let damaged = match found.damaged {
            0 => String::new(),
            n => format!(", {n} damaged"),
        };
        let (jobs, segments) = (count(found.jobs, "job"), count(found.segments, "segment"));
        Ok(print(format_args!("{jobs}, {segments} whole{damaged}"))?)
    }
}
