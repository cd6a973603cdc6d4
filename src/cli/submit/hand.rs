//! How a job is handed over, to whichever engine, and waited for.

use std::time::Duration;

use genmedia::cluster::{self, Stored};
use genmedia::generate::shader::Device;
use genmedia::jobs::shards::{Engine, Meeting, Submission, check_alone, note_store, store_of};
use genmedia::jobs::{Catalog, Folder, State, Watch};
use genmedia::remote::Remote;
use genmedia::values::whole_in;
use genmedia::words::count;
use genmedia::{Error, Recipe};

use crate::cli::options::{Dir, flag_error};
use crate::cli::signals::Signals;
use crate::cli::stored::InStore;
use crate::cli::work::Tries;
use crate::cli::{Failure, note, print, print_path};

/// Gives an engine the shards of a job that lack something.
pub(super) type HandOver<'a> = dyn Fn(&Meeting, &[u64]) -> Result<Submission, Error> + 'a;

/// How a job is handed over, to whichever engine.
#[derive(Debug, clap::Args)]
pub(super) struct Hand {
    /// Parts, each of which one worker does first [default: one for each segment, up to 64]
    #[arg(long, value_name = "N", value_parser = whole_in(1..=1_000_000u64))]
    #[arg(allow_negative_numbers = true, global = true)]
    shards: Option<u64>,
    #[command(flatten)]
    tries: Tries,
    /// Print what would be submitted, and submit nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    #[command(flatten)]
    pub dir: Dir,
    #[command(flatten)]
    pub store: InStore,
}

impl Hand {
    /// Into how many parts a job is cut.
    pub fn shards_of(&self, recipe: &Recipe) -> Result<u64, Error> {
        /// By default at most so many.
        const USUAL: u64 = 64;
        let segments = recipe.segments();
        match self.shards {
            None => Ok(segments.min(USUAL)),
            Some(shards) if shards <= segments => Ok(shards),
            Some(shards) => {
                let reason = format!(
                    "the job has {}; choose at most as many shards, or shorter segments (--segment-frames)",
                    count(segments, "segment")
                );
                Err(flag_error("shards", shards, reason))
            }
        }
    }

    /// Options that workers and publisher get.
    pub fn options(&self) -> String {
        let timeout = self.tries.timeout.map(|time| format!(" --timeout {}", time.as_secs_f64()));
        let Tries { retries, device, mix_devices, .. } = &self.tries;
        let mut options = format!(" --retries {retries}{}", timeout.unwrap_or_default());
        if *device != Device::Auto {
            options += &format!(" --device {}", cluster::quoted(device.to_string()));
        }
        if *mix_devices {
            options += " --mix-devices";
        }
        options
    }

    /// The shards of a job that lack something; `None` if it is done.
    pub fn missing(
        &self,
        recipe: &Recipe,
        name: &str,
        shards: u64,
        store: Option<&Remote>,
    ) -> Result<Option<Vec<u64>>, Error> {
        let folder = Folder::new(&self.dir.dir, name)?;
        let meeting = match store {
            Some(store) => Stored::new(store, name).meeting(folder, recipe),
            None => Meeting::in_folder(folder, recipe),
        };
        match meeting.is_published()? {
            true => Ok(None),
            false => cluster::missing(&meeting, shards).map(Some),
        }
    }

    /// Hands a job over by `hand`, unless it is done, or the engine has it.
    pub fn submit(
        &self,
        recipe: &Recipe,
        name: &str,
        shards: u64,
        store: Option<&Remote>,
        signals: &Signals,
        hand: &HandOver,
    ) -> Result<(), Failure> {
        let dir = &self.dir.dir;
        let folder = Folder::new(dir, name)?;
        if let Some(there) = cluster::settle(&folder)?
            && there.engine == Engine::Slurm
            && there.identity == recipe.identity()
        {
            let (engine, ids) = (there.engine.name(), there.ids.join(", "));
            note(format_args!("job {name}: {engine} has it ({ids}), and nothing is submitted"));
            return Ok(());
        }
        check_alone(&folder)?;
        if let Some(owner) = folder.owner()? {
            let (job, doing) = (name.to_string(), owner.doing);
            return Err(Error::Held { job, doing, who: format!(" ({})", owner.who) }.into());
        }
        let stored = store.map(|store| Stored::new(store, name));
        if let Some(stored) = &stored {
            let workers = stored.meeting(folder.clone(), recipe).workers()?;
            if let Some(worker) = workers.iter().find(|worker| worker.is_alive()) {
                let reason = format!(
                    "is rendered already (a worker on {}, {} s ago); wait for it, or stop it with genmedia cancel {name}",
                    worker.host,
                    worker.silent.as_secs()
                );
                return Err(Error::State { job: name.into(), reason }.into());
            }
        }
        let is_new = !folder.recipe().exists();
        let on = |event| note(format_args!("{name}: {event}"));
        Catalog::queue(dir, name, recipe, Watch { on: &on, cancel: signals.cancel() })?;
        let here = Meeting::in_folder(folder.clone(), recipe);
        here.begin()?;
        let meeting = match (&stored, store) {
            (Some(stored), Some(store)) => {
                note_store(&folder, store.url())?;
                let meeting = stored.meeting(folder.clone(), recipe);
                meeting.begin()?;
                stored.pack(recipe)?;
                meeting
            }
            _ => here,
        };
        if meeting.is_published()? {
            note(format_args!("job {name} is done, and nothing is submitted"));
            return Ok(());
        }
        meeting.allow()?;
        let missing = cluster::missing(&meeting, shards)?;
        let submission = match hand(&meeting, &missing) {
            Ok(submission) => submission,
            Err(e) => {
                // Nothing is left half submitted.
                if is_new && let Some(catalog) = Catalog::open(dir, &|_, _| {})? {
                    catalog.remove(name)?;
                }
                return Err(e.into());
            }
        };
        let what = cluster::summary(shards, &missing, recipe.frames);
        let (engine, ids) = (submission.engine.name(), submission.ids.join(", "));
        let told = match submission.engine {
            Engine::Slurm if stored.is_some() => format!(
                "genmedia show {name} tells how far it is, and each node has its logs in /tmp/{}-*.log",
                submission.label
            ),
            Engine::Slurm => format!(
                "genmedia show {name} tells how far it is, and the logs are in {}",
                folder.logs().display()
            ),
            Engine::Kubernetes => {
                let place = stored.as_ref().map_or("the claim", |stored| stored.url());
                format!("kubectl get pods shows them, and the film will be in {place}")
            }
        };
        note(format_args!("job {name}: {what}; handed to {engine} as {ids}; {told}"));
        Ok(())
    }

    /// Waits until the film of a job is there, or the engine has the job no more.
    pub fn wait_for(&self, name: &str, signals: &Signals) -> Result<(), Failure> {
        /// Between two looks.
        const TICK: Duration = Duration::from_millis(500);
        let dir = &self.dir.dir;
        let folder = Folder::new(dir, name)?;
        loop {
            // Asked first: it may end between the two questions.
            let has_it = cluster::settle(&folder);
            let catalog = Catalog::look(dir, &|_, _| {})?;
            let mut job = catalog.map(|catalog| catalog.job(name)).transpose()?;
            if let Some(job) = &mut job {
                cluster::look(job)?;
            }
            if let Some(job) = job.as_ref().filter(|job| job.state == State::Done) {
                if let Some(url) = &job.store {
                    note(format_args!(
                        "{name} is done, in {url}/{name}; genmedia resume {name} fetches it"
                    ));
                    let film = job.folder.read_recipe()?.video.map(|video| video.container);
                    let film = film.map_or("frames".into(), |kind| format!("{name}.{kind}"));
                    return Ok(print(format_args!("{url}/{name}/{film}"))?);
                }
                return Ok(print_path(&job.output().unwrap_or_else(|| job.folder.frames()))?);
            }
            if signals.cancel().is_cancelled() {
                note(format_args!(
                    "{name} goes on without you; genmedia cancel {name} takes it back"
                ));
                return Err(Failure::Signal(signals.exit_code()));
            }
            match has_it {
                Ok(Some(_)) => std::thread::sleep(TICK),
                Ok(None) => return Err(Failure::Told(unfinished(&folder)?)),
                // It may be back soon.
                Err(Error::Engine { .. }) => std::thread::sleep(10 * TICK),
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// Why a job is not done that the engine has no more.
fn unfinished(folder: &Folder) -> Result<String, Error> {
    let (name, logs) = (folder.name(), folder.logs());
    let engine = Engine::Slurm.name();
    if store_of(folder)?.is_some() {
        return Ok(format!(
            "job {name} was not finished by {engine}; the logs in /tmp of its nodes say why"
        ));
    }
    let said = std::fs::read_to_string(logs.join("film.log")).unwrap_or_default();
    let error =
        said.lines().rev().find_map(|line| line.split_once("error: ").map(|(_, error)| error));
    let has_logs = std::fs::read_dir(&logs).is_ok_and(|mut logs| logs.next().is_some());
    Ok(match (error, has_logs) {
        (Some(error), _) => format!("job {name} was not finished by {engine}: {error}"),
        (None, true) => format!(
            "job {name} was not finished by {engine}; the logs in {} say why",
            logs.display()
        ),
        (None, false) => format!(
            "job {name} was not finished by {engine}, and nothing came from its nodes: do they see {}?",
            folder.path().display()
        ),
    })
}
