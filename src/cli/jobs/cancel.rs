//! `genmedia cancel JOB...`.

use genmedia::jobs::Cancelled;

use super::{catalog_with, each};
use crate::cli::options::Dir;
use crate::cli::{Failure, note};

/// Cancel jobs, running or not
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia cancel noise-04aab1f6

A running job stops within a second, whichever process renders it. What is finished is kept, and
genmedia resume JOB continues it; genmedia resume --all passes it over.")]
pub struct Args {
    /// The jobs' names
    #[arg(required = true, value_name = "JOB")]
    jobs: Vec<String>,
    #[command(flatten)]
    dir: Dir,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        each(&self.jobs, |name| {
            match catalog_with(&self.dir, name)?.cancel(name)? {
                Cancelled::Idle => note(format_args!("{name}: cancelled")),
                Cancelled::Stopped => note(format_args!("{name}: stopped and cancelled")),
            }
            Ok(())
        })
    }
}
