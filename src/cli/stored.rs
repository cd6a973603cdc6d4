//! Jobs in a store: where they are, and how their films are made.

use std::path::Path;
use std::time::Duration;

use genmedia::cluster::{Fetched, Stored, is_by_engine};
use genmedia::files::Lock;
use genmedia::jobs::Folder;
use genmedia::jobs::shards::{self, Meeting};
use genmedia::recipe::Copies;
use genmedia::remote::Remote;
use genmedia::words::count;
use genmedia::{Error, Recipe};
use tempfile::TempDir;

use super::resume::await_workers;
use super::signals::Signals;
use super::work::{RenderOptions, Task, Turn, settle};
use super::{Failure, note, print_path};

/// The store in which jobs are, for machines that share no folder.
#[derive(Debug, clap::Args)]
pub(super) struct InStore {
    /// Store in which jobs are: s3://BUCKET/PREFIX, gs://, az:// or file:///FOLDER; what opens it is in the environment
    #[arg(long, value_name = "URL", env = "GENMEDIA_STORE", hide_env_values = true)]
    store: Option<String>,
}

impl InStore {
    /// Its URL; an empty one is none.
    pub(super) fn url(&self) -> Option<&str> {
        self.store.as_deref().filter(|url| !url.is_empty())
    }

    /// The URL, if it was typed: the variable is for whoever names none.
    pub(super) fn typed(&self) -> Option<&str> {
        let variable = std::env::var("GENMEDIA_STORE").unwrap_or_default();
        self.url().filter(|url| *url != variable)
    }

    /// Opens it.
    pub(super) fn open(&self) -> Result<Option<Remote>, Error> {
        self.url().map(Remote::open).transpose()
    }
}

/// A job, to be looked at for the first time: somebody who types waits for the answer, and the URL may be wrong.
pub(super) fn first_look(store: &Remote, name: &str) -> Stored {
    let stored = Stored::new(store, name);
    if is_by_engine() { stored.patient() } else { stored }
}

/// The recipe of a job in a store.
pub(super) fn recipe_in(stored: &Stored) -> Result<Recipe, Error> {
    stored.recipe()?.ok_or_else(|| Error::Remote {
        url: stored.url().into(),
        reason: "there is no such job; genmedia submit or shard with a recipe's file begins it"
            .into(),
    })
}

/// A folder for what is fetched or on its way into a store. It goes with its handle; one whose process was killed goes
/// when the next is made.
pub(super) struct Scratch {
    folder: TempDir,
    _held: Lock,
}

impl Scratch {
    const PREFIX: &str = "genmedia-";
    const LOCK: &str = "held";

    pub fn new() -> Result<Self, Error> {
        Self::clear();
        let made = tempfile::Builder::new().prefix(Self::PREFIX).tempdir();
        let folder = made.map_err(Error::io("create a folder in", std::env::temp_dir()))?;
        let lock = folder.path().join(Self::LOCK);
        match Lock::take(&lock, "used")? {
            Ok(held) => Ok(Self { folder, _held: held }),
            Err(_) => Err(Error::Fault(format!("{} is held by another", lock.display()))),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Removes the folders of processes that are gone. What cannot be removed stays.
    fn clear() {
        /// A folder that is younger may not be locked yet.
        const YOUNG: Duration = Duration::from_secs(60);
        let Ok(all) = std::fs::read_dir(std::env::temp_dir()) else { return };
        for folder in all.flatten() {
            let is_ours = folder.file_name().to_string_lossy().starts_with(Self::PREFIX);
            let modified = folder.metadata().ok().filter(|found| found.is_dir());
            let age = modified.and_then(|found| found.modified().ok()?.elapsed().ok());
            let lock = folder.path().join(Self::LOCK);
            if is_ours
                && age.is_some_and(|age| age > YOUNG)
                && lock.symlink_metadata().is_ok_and(|found| found.is_file())
                && matches!(Lock::take(&lock, "removed"), Ok(Ok(_)))
            {
                let _ = std::fs::remove_dir_all(folder.path());
            }
        }
    }
}

/// How the film of a job in a store is made.
pub(super) struct Publisher<'a> {
    pub store: &'a Remote,
    pub work: &'a RenderOptions,
    /// Workers are waited for.
    pub awaits: bool,
    /// Workers may be at it, too.
    pub is_forced: bool,
}

impl Publisher<'_> {
    /// Makes the film of what is in the store, and of what is rendered here because it is not there. Afterwards the film
    /// is in both places.
    pub(super) fn publish(&self, name: &str, signals: &Signals) -> Result<(), Failure> {
        /// Between two looks at a store, each of which costs.
        const TICK: Duration = Duration::from_secs(10);
        let stored = first_look(self.store, name);
        let folder = Folder::new(&self.work.dir.dir, name)?;
        if self.awaits && stored.recipe()?.is_none() {
            note(format_args!("{name}: waiting for it to begin in {}", stored.url()));
        }
        let stored = if self.awaits { stored.patient() } else { stored };
        if self.awaits {
            let found = || {
                let recipe = stored.recipe()?;
                Ok(recipe.map(|recipe| stored.meeting(folder.clone(), &recipe)))
            };
            if !await_workers(&found, TICK, signals)? {
                return Err(Failure::Signal(signals.exit_code()));
            }
        }
        let recipe = recipe_in(&stored)?;
        let meeting = stored.meeting(folder.clone(), &recipe);
        let is_published = meeting.is_published()?;
        if !is_published && !self.is_forced && !self.awaits {
            settle(&folder)?;
            shards::check_alone(&folder)?;
            check_alone(&meeting)?;
        }
        let here = Meeting::in_folder(folder.clone(), &recipe);
        here.begin()?;
        let stored = stored.patient();
        // It is of the recipe that it was begun with, and rendered by these versions.
        meeting.begin()?;
        // They are there as long as this is.
        let (mut copies, copied) = (Copies::new(), Scratch::new()?);
        let is_here = here.is_published()? || stored.film(&folder, &recipe)?.is_some();
        if self.fetch(&stored, &meeting, is_here, signals)? {
            copies = stored.unpack(&recipe, copied.path())?;
        }
        let task = Task { recipe: &recipe, name, output: None, force: false, beside_workers: true };
        let path = self.work.film_of(&task, copies, Turn::ALONE, signals)?;
        if !is_published {
            stored.publish(&folder, &recipe, self.work.keep_segments)?;
            note(format_args!("{name}: published in {}", stored.url()));
        } else {
            // A worker that was late may have left something.
            stored.tidy()?;
        }
        Ok(print_path(&path)?)
    }

    /// Fetches what is there, but for segments where the film `is_here`; true if something is missing.
    fn fetch(
        &self,
        stored: &Stored,
        meeting: &Meeting,
        is_here: bool,
        signals: &Signals,
    ) -> Result<bool, Failure> {
        let site = meeting.site();
        let (recipe, name) = (site.recipe(), site.name());
        let fetched = match is_here {
            true => stored.fetch_images(site, signals.cancel()).map(|()| Fetched::default()),
            false => stored.fetch(site, signals.cancel()),
        };
        let fetched = match fetched {
            Err(Error::Interrupted) => return Err(Failure::Signal(signals.exit_code())),
            fetched => fetched?,
        };
        for (index, reason) in &fetched.damaged {
            note(format_args!(
                "{name}: segment {index} in the store is damaged ({reason}), and is rendered anew"
            ));
        }
        if !is_here {
            note(format_args!("{name}: {} fetched", count(fetched.segments, "segment")));
        }
        let images = recipe.images.is_some();
        Ok((!is_here || images)
            && site.folder().finished(recipe)?.len() as u64 != recipe.segments())
    }
}

/// Sees that nobody renders what is missing.
fn check_alone(meeting: &Meeting) -> Result<(), Error> {
    let site = meeting.site();
    if meeting.finished()?.len() as u64 == site.recipe().segments() {
        return Ok(());
    }
    let workers = meeting.workers()?;
    let Some(worker) = workers.iter().find(|worker| worker.is_alive()) else { return Ok(()) };
    let reason = format!(
        "is rendered (a worker on {}); wait for it, or make the film of what is there with --force",
        worker.host
    );
    Err(Error::State { job: site.name().into(), reason })
}
