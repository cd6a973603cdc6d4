//! `genmedia resume [JOB...|--all]`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use genmedia::Error;
use genmedia::jobs::shards::{Meeting, Submission};
use genmedia::jobs::{Folder, JobView, State, no_job};
use genmedia::words::count;

use super::signals::Signals;
use super::work::{RenderOptions, Task, settle};
use super::{Failure, jobs, note};
#[cfg(feature = "cluster")]
use {
    super::options::flag_error,
    super::stored::{InStore, Publisher},
    genmedia::remote::Remote,
};

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
    #[arg(long, conflicts_with = "after_workers")]
    all: bool,
    /// Go on here though workers of a cluster may be at it, too
    #[arg(long)]
    force: bool,
    /// Wait until workers on other machines have done all, or have given no sign for five minutes (for a day, before the
    /// first); then go on as with --force
    #[arg(long)]
    after_workers: bool,
    #[cfg(feature = "cluster")]
    #[command(flatten)]
    store: InStore,
    #[command(flatten)]
    work: RenderOptions,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let signals = Signals::watch()?;
        #[cfg(feature = "cluster")]
        // Where no job is named, the variable is not meant.
        let store = if self.jobs.is_empty() && self.store.typed().is_none() {
            None
        } else {
            self.store.open()?
        };
        #[cfg(feature = "cluster")]
        if let Some(store) = store {
            if self.jobs.is_empty() {
                let reason = "name the jobs that are fetched from the store";
                return Err(flag_error("store", store.url(), reason).into());
            }
            let each = |name: &String| self.in_store(&store).publish(name, &signals);
            return self.jobs.iter().try_for_each(each);
        }
        if self.after_workers {
            for name in &self.jobs {
                let folder = Folder::new(&self.work.dir.dir, name)?;
                let meeting = || match folder.recipe().is_file() {
                    true => {
                        let recipe = folder.read_recipe()?;
                        Ok(Some(Meeting::in_folder(folder.clone(), &recipe)))
                    }
                    false => Ok(None),
                };
                if !await_workers(&meeting, Duration::from_millis(500), &signals)? {
                    return Err(Failure::Signal(signals.exit_code()));
                }
            }
        }
        let catalog = jobs::catalog(&self.work.dir)?;
        let dir = &self.work.dir.dir;
        let mut failed = 0;
        let chosen: Vec<JobView> = match &catalog {
            None if self.jobs.is_empty() => Vec::new(),
            None => return Err(no_job(dir, &self.jobs[0], std::iter::empty()).into()),
            Some(catalog) if self.jobs.is_empty() => {
                let jobs = catalog.jobs()?;
                failed = jobs.iter().filter(|job| job.state == State::Failed).count() as u64;
                let others = jobs.into_iter().filter(|job| !is_with_an_engine(job));
                // What is told of its workers may have changed by that.
                let others = others.map(|job| match job.submission {
                    Some(_) => catalog.job(&job.record.name),
                    None => Ok(job),
                });
                let others: Vec<JobView> = others.collect::<Result<_, _>>()?;
                others.into_iter().filter(|job| self.wants(job.state)).collect()
            }
            Some(catalog) => {
                self.jobs.iter().map(|name| catalog.job(name)).collect::<Result<_, _>>()?
            }
        };
        if chosen.is_empty() && failed > 0 {
            let failed = count(failed, "job");
            note(format_args!(
                "nothing was interrupted; {failed} failed, which --all renders again"
            ));
        } else if chosen.is_empty() {
            note(format_args!("nothing to continue in {}", dir.display()));
        }
        let (stored, chosen): (Vec<JobView>, Vec<JobView>) =
            chosen.into_iter().partition(|job| job.store.is_some());
        // All are read before the first is rendered. Of jobs that were not named, one that cannot be
        // continued does not keep the others from it.
        let (mut ready, mut passed_over) = (Vec::new(), Vec::new());
        for job in &chosen {
            match job.folder.read_recipe() {
                Ok(recipe) => ready.push((job, recipe, elsewhere(job))),
                Err(e) if self.jobs.is_empty() => {
                    note(format_args!("warning: {e}; passed over"));
                    passed_over.push(job.record.name.as_str());
                }
                Err(e) => return Err(e.into()),
            }
        }
        let tasks = ready.iter().map(|(job, recipe, output)| Task {
            recipe,
            name: &job.record.name,
            output: output.as_deref(),
            force: false,
            beside_workers: self.force || self.after_workers,
        });
        self.work.render_all(&tasks.collect::<Vec<_>>(), &signals)?;
        #[cfg(feature = "cluster")]
        for job in &stored {
            let published = Remote::open(job.store.as_deref().unwrap_or_default())
                .map_err(Failure::from)
                .and_then(|store| self.in_store(&store).publish(&job.record.name, &signals));
            match published {
                Err(Failure::Error(e)) if self.jobs.is_empty() => {
                    note(format_args!("warning: job {}: {e}; passed over", job.record.name));
                    passed_over.push(job.record.name.as_str());
                }
                published => published?,
            }
        }
        #[cfg(not(feature = "cluster"))]
        let _ = stored;
        match passed_over.as_slice() {
            [] => Ok(()),
            names => {
                let jobs = count(names.len() as u64, "job");
                let names = names.join(", ");
                let reason = format!(
                    "{jobs} passed over, for the reasons above: {names}; genmedia cancel takes such a job \
                     out of what is resumed"
                );
                Err(Failure::Told(reason))
            }
        }
    }

    #[cfg(feature = "cluster")]
    fn in_store<'a>(&'a self, store: &'a Remote) -> Publisher<'a> {
        let Self { work, force, after_workers, .. } = self;
        Publisher { store, work, awaits: *after_workers, is_forced: *force }
    }

    fn wants(&self, state: State) -> bool {
        matches!(state, State::Interrupted | State::Queued) || self.all && state == State::Failed
    }
}

/// Waits until workers have done all of a job, or none has given a sign for a while. False if a signal came.
/// Looks every `tick`.
pub(super) fn await_workers(
    meeting: &dyn Fn() -> Result<Option<Meeting>, Error>,
    tick: Duration,
    signals: &Signals,
) -> Result<bool, Error> {
    /// How often signals are checked meanwhile.
    const GLANCE: Duration = Duration::from_millis(100);
    /// How long nobody gives a sign before they are given up.
    const PATIENCE: Duration = Duration::from_secs(300);
    /// The same before the first sign: an engine may have no room for them for long.
    const FIRST: Duration = Duration::from_secs(24 * 3600);
    /// Between two lines about it.
    const TOLD: Duration = Duration::from_secs(60);
    let mut since = Instant::now();
    let mut told = Instant::now();
    let mut finished = 0;
    let mut is_begun = false;
    while !signals.cancel().is_cancelled() {
        if let Some(meeting) = meeting()? {
            let now = meeting.finished()?.len() as u64;
            if now == meeting.site().recipe().segments() || meeting.is_published()? {
                return Ok(true);
            }
            let workers = meeting.workers()?.iter().filter(|worker| worker.is_alive()).count();
            if now > finished || workers > 0 {
                (since, finished, is_begun) = (Instant::now(), now, true);
            }
            if told.elapsed() > TOLD {
                told = Instant::now();
                let (site, workers) = (meeting.site(), count(workers as u64, "worker"));
                let segments = site.recipe().segments();
                note(format_args!(
                    "{}: {now} of {segments} segments are there, {workers}",
                    site.name()
                ));
            }
        } else if told.elapsed() > TOLD {
            told = Instant::now();
            note("waiting for the job to begin");
        }
        if since.elapsed() > if is_begun { PATIENCE } else { FIRST } {
            return Ok(true);
        }
        let looked = Instant::now();
        while looked.elapsed() < tick && !signals.cancel().is_cancelled() {
            std::thread::sleep(GLANCE);
        }
    }
    Ok(false)
}

/// True for a job that an engine renders, which is told.
fn is_with_an_engine(job: &JobView) -> bool {
    let Some(submission) = job.submission.as_ref().filter(|_| job.state != State::Cancelled) else {
        return false;
    };
    let has_it = settle(&job.folder).is_err() || !matches!(Submission::read(&job.folder), Ok(None));
    if has_it {
        let (name, engine) = (&job.record.name, submission.engine.name());
        note(format_args!("job {name} was handed to {engine}; passed over"));
    }
    has_it
}

/// Where the job's result was asked for, if not in its folder.
fn elsewhere(job: &JobView) -> Option<PathBuf> {
    let path = PathBuf::from(job.record.output.as_ref()?);
    path.is_absolute().then_some(path)
}
