//! `genmedia cancel JOB...`.

use genmedia::jobs::Cancelled;
#[cfg(feature = "cluster")]
use {genmedia::Error, genmedia::jobs::Catalog};

use super::Named;
use crate::cli::{Failure, note};

/// Cancel jobs, running or not
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia cancel noise-04aab1f6

A running job stops after the frames it is at, whichever process renders it. What is finished is kept, \
and genmedia resume JOB continues it; genmedia resume --all passes it over.")]
pub struct Args {
    #[command(flatten)]
    jobs: Named,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.jobs.each(|catalog, name| {
            #[cfg(feature = "cluster")]
            take_back(catalog, name)?;
            match catalog.cancel(name)? {
                Cancelled::Idle => note(format_args!("{name}: cancelled")),
                Cancelled::Stopped => note(format_args!("{name}: stopped and cancelled")),
            }
            Ok(())
        })
    }
}

/// Has an engine that was handed the job give it up first: it would start workers again.
#[cfg(feature = "cluster")]
fn take_back(catalog: &Catalog, name: &str) -> Result<(), Error> {
    let job = catalog.job(name)?;
    if let Some(submission) = &job.submission {
        genmedia::cluster::take_back(&job.folder)?;
        let (engine, ids) = (submission.engine.name(), submission.ids.join(", "));
        note(format_args!("{name}: taken back from {engine} ({ids})"));
    }
    Ok(())
}
