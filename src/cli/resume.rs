//! `genmedia resume [JOB...|--all]`.

use std::path::PathBuf;

use genmedia::Error;
use genmedia::jobs::{JobView, State, no_job};

use super::signals::Signals;
use super::work::{Task, Work};
use super::{Failure, jobs, note};

/// Continue what was interrupted.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia resume                      all that was interrupted, or waits
  genmedia resume --all                and what failed
  genmedia resume noise-04aab1f6       this one, whatever its state

Cancelled jobs are continued by name only.")]
pub struct Args {
    /// The jobs' names
    #[arg(value_name = "JOB", conflicts_with = "all")]
    jobs: Vec<String>,
    /// All that was interrupted, waits, or failed
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    work: Work,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let catalog = jobs::catalog(&self.work.dir)?;
        let dir = &self.work.dir.dir;
        let chosen: Vec<JobView> = match &catalog {
            None if self.jobs.is_empty() => Vec::new(),
            None => return Err(no_job(dir, &self.jobs[0], std::iter::empty()).into()),
            Some(catalog) if self.jobs.is_empty() => {
                catalog.jobs()?.into_iter().filter(|job| self.wants(job.state)).collect()
            }
            Some(catalog) => {
                self.jobs.iter().map(|name| catalog.job(name)).collect::<Result<_, _>>()?
            }
        };
        if chosen.is_empty() {
            note(format_args!("nothing to continue in {}", dir.display()));
        }
        // All are read before the first is rendered.
        let recipes = chosen.iter().map(JobView::recipe).collect::<Result<Vec<_>, Error>>()?;
        let signals = Signals::watch()?;
        let outputs: Vec<Option<PathBuf>> = chosen.iter().map(elsewhere).collect();
        let tasks = chosen.iter().zip(&recipes).zip(&outputs).map(|((job, recipe), output)| Task {
            recipe,
            name: &job.record.name,
            output: output.as_deref(),
            force: false,
        });
        self.work.render_all(&tasks.collect::<Vec<_>>(), &signals)
    }

    fn wants(&self, state: State) -> bool {
        matches!(state, State::Interrupted | State::Queued) || self.all && state == State::Failed
    }
}

/// Where the job's result was asked for, if not in its folder.
fn elsewhere(job: &JobView) -> Option<PathBuf> {
    let path = PathBuf::from(job.record.output.as_ref()?);
    path.is_absolute().then_some(path)
}
