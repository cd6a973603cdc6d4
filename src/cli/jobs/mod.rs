//! `genmedia jobs` and its subcommands, which are also commands of their own: `genmedia show JOB` is
//! `genmedia jobs show JOB`.

mod cancel;
mod remove;
mod rescan;
mod show;
mod table;
mod verify;
mod watch;

use clap::Subcommand;
#[cfg(feature = "cluster")]
use genmedia::jobs::State;
use genmedia::jobs::{Catalog, JobView, no_job};
use genmedia::{Error, Event};
use serde_json::Value;

use super::options::Dir;
use super::{Failure, note, print};

/// List the jobs, or act on them
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  genmedia jobs
  genmedia jobs --watch
  genmedia jobs --json | jq -r '.[] | select(.state == \"failed\") | .name'

States: queued, running, interrupted (its process is gone; genmedia resume continues it), failed, \
cancelled, done.")]
pub struct Args {
    #[command(subcommand)]
    command: Option<JobCommand>,
    /// Print JSON: an array of jobs, or with --watch an event a line
    #[arg(long)]
    json: bool,
    /// Keep the list up to date, until Ctrl-C; not on a terminal, print events as they happen
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    dir: Dir,
}

/// What can be done to jobs.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Show everything about a job
    Show(show::Args),
    /// Compare all that a job has with what was recorded, and decode its film
    Verify(verify::Args),
    /// Cancel jobs, running or not
    Cancel(cancel::Args),
    /// Remove jobs, with what genmedia made for them
    Remove(remove::Args),
    /// Rebuild the database from the folders
    Rescan(rescan::Args),
}

impl JobCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Show(args) => args.run(),
            Self::Verify(args) => args.run(),
            Self::Cancel(args) => args.run(),
            Self::Remove(args) => args.run(),
            Self::Rescan(args) => args.run(),
        }
    }
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        if let Some(command) = self.command {
            return command.run();
        }
        if self.watch {
            return watch::run(&self.dir.dir, self.json);
        }
        let mut jobs = jobs(&self.dir)?;
        jobs.iter_mut().for_each(ask_engine);
        if self.json {
            let list = Value::Array(jobs.iter().map(JobView::to_json).collect());
            return Ok(print(format_args!("{list:#}"))?);
        }
        if jobs.is_empty() {
            note(format_args!("no jobs in {}", self.dir.dir.display()));
            return Ok(());
        }
        Ok(print(table::draw(&jobs))?)
    }
}

/// Looks whether the engine that was handed a job still has it, where nobody is at work.
fn ask_engine(job: &mut JobView) {
    #[cfg(feature = "cluster")]
    if let Err(e) = genmedia::cluster::look(job) {
        note(format_args!("warning: job {}: {e}", job.record.name));
    }
    #[cfg(feature = "cluster")]
    if let (State::Queued, Some(submission)) = (job.state, &job.submission)
        && matches!(genmedia::cluster::has(submission), Ok(false))
    {
        job.state = State::Interrupted;
        job.record.error = Some(genmedia::jobs::shards::has_no_more(submission.engine));
    }
    #[cfg(not(feature = "cluster"))]
    let _ = job;
}

/// Opens the jobs for changes; `None` if there are none.
pub(super) fn catalog(dir: &Dir) -> Result<Option<Catalog>, Error> {
    Catalog::open(&dir.dir, &tell)
}

/// Opens the jobs for reading, to look at the one called `name`.
fn look_for(dir: &Dir, name: &str) -> Result<Catalog, Error> {
    Catalog::look(&dir.dir, &tell)?.ok_or_else(|| no_job(&dir.dir, name, std::iter::empty()))
}

fn jobs(dir: &Dir) -> Result<Vec<JobView>, Error> {
    Catalog::look(&dir.dir, &tell)?.map_or(Ok(Vec::new()), |catalog| catalog.jobs())
}

/// Shows what happens to `job`, or to all jobs if it is empty, while the jobs are opened.
fn tell(job: &str, event: Event) {
    match job {
        "" => note(event),
        job => note(format_args!("{job}: {event}")),
    }
}

/// Jobs that a command is about.
#[derive(Debug, clap::Args)]
pub struct Named {
    /// The jobs' names
    #[arg(required = true, value_name = "JOB")]
    jobs: Vec<String>,
    #[command(flatten)]
    dir: Dir,
}

impl Named {
    /// Calls `act` for each job, even if it fails for one. Shows all failures but the last, which is returned.
    fn each(&self, act: impl Fn(&Catalog, &str) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut failed: Option<Failure> = None;
        let act = |name: &String| match catalog(&self.dir)? {
            Some(catalog) => act(&catalog, name),
            None => Err(no_job(&self.dir.dir, name, std::iter::empty()).into()),
        };
        for failure in self.jobs.iter().filter_map(|name| act(name).err()) {
            if let Some(before) = failed.replace(failure) {
                before.report();
            }
        }
        failed.map_or(Ok(()), Err)
    }
}
