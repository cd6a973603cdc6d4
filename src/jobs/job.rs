//! A job that this process holds: every change of it goes through here, into the database and to
//! whoever listens.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::folder::Folder;
use super::lock::Lock;
use super::{Event, Output, SegmentRecord, State, Store};
use crate::error::{Error, Result};
use crate::files;
use crate::media::{self, Container, Seal};
use crate::recipe::{Recipe, VERSION};

/// A job, held by this process as long as this lives.
pub struct Job<'a> {
    pub(super) folder: Folder,
    pub(super) recipe: Recipe,
    pub(super) store: Store,
    pub(super) id: i64,
    pub(super) build: u64,
    identity: [u8; 16],
    on: &'a (dyn Fn(Event) + Sync),
    // Dropped last: whoever waits for it may then see all that was recorded.
    _lock: Lock,
}

impl<'a> Job<'a> {
    /// Opens the job `name` in `dir` for `recipe`: makes its folder, or continues with it. What
    /// happens to it is told to `on`.
    ///
    /// With `force`, what genmedia made there for another recipe, or for this one, is dropped.
    ///
    /// # Errors
    /// The name is unfit; another process holds the job; its folder belongs to something else or
    /// to another recipe; or it cannot be written.
    pub fn open(
        dir: &Path,
        name: &str,
        recipe: &Recipe,
        force: bool,
        on: &'a (dyn Fn(Event) + Sync),
    ) -> Result<Self> {
        let folder = Folder::new(dir, name)?;
        let ours = folder.recipe().exists() || folder.lock().exists();
        match fs::read_dir(folder.path()).map(|mut entries| entries.next().is_some()) {
            Ok(true) if !ours => {
                return Err(Error::Conflict(format!(
                    "{} holds files that are not a job's; choose another --name or --dir",
                    folder.path().display()
                )));
            }
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(folder.path()).map_err(Error::io("create", folder.path()))?;
                files::sync_folder(dir)?;
            }
            Err(e) => return Err(Error::io("use", folder.path())(e)),
        }
        let lock = Lock::take(&folder.lock(), name)?;
        let store = Store::open(dir)?;
        if let Some(kept) = store.damaged() {
            on(Event::Rebuilt { path: store.path().into(), kept: kept.into() });
        }
        let (build, wanted) = (media::build(), recipe.to_toml());
        let there = match fs::read_to_string(folder.recipe()) {
            Ok(there) => Some(there),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(Error::io("read", folder.recipe())(e)),
        };
        if let Some(there) = there.as_ref().filter(|there| **there != wanted && !force) {
            return Err(other_recipe(&folder, there));
        }
        let id = store.add(name, recipe, build, State::Interrupted)?;
        let mut identity = [0; 16];
        identity.copy_from_slice(&blake3::hash(wanted.as_bytes()).as_bytes()[..16]);
        let job =
            Self { folder, recipe: recipe.clone(), store, id, build, identity, on, _lock: lock };
        job.settle(there.as_deref() == Some(&wanted), force)?;
        Ok(job)
    }

    /// Sweeps, drops what is to be dropped, and makes folder and record those of the recipe.
    fn settle(&self, same: bool, force: bool) -> Result<()> {
        let record = self.store.job(self.name())?;
        let recorded = record.as_ref().is_some_and(|r| r.identity == self.recipe.identity());
        let begun = record.as_ref().is_some_and(|r| r.segments_done > 0);
        if force {
            self.drop_work()?;
        } else if recorded && begun && record.is_some_and(|r| r.build != self.build) {
            // Published results need no segments, so they may be from anywhere.
            if self.published().is_none() {
                return Err(other_build(self.name()));
            }
        } else if !recorded || !begun {
            self.store.reset(self.id, &self.recipe, self.build)?;
        }
        self.folder.sweep()?;
        if !same {
            files::write(&self.folder.recipe(), self.recipe.to_toml().as_bytes())?;
        }
        Ok(())
    }

    /// Drops what was rendered: the record first, so that nothing is recorded that is not.
    fn drop_work(&self) -> Result<()> {
        self.store.reset(self.id, &self.recipe, self.build)?;
        files::remove(&self.folder.output())?;
        for container in Container::ALL {
            files::remove(&self.folder.film(*container))?;
        }
        self.folder.remove_segments()?;
        self.folder.remove_images()
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        self.folder.name()
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The file of segment `index`.
    pub fn segment(&self, index: u64) -> PathBuf {
        self.folder.segment(&self.recipe, index)
    }

    /// What the seal of segment `index` says.
    pub fn seal(&self, index: u64) -> Seal {
        let frames = self.recipe.segment(index);
        let frames = frames.end - frames.start;
        Seal { identity: self.identity, build: self.build, index, frames }
    }

    /// Tells of something that changes no record.
    pub fn tell(&self, event: Event) {
        (self.on)(event);
    }

    /// Records an event and tells of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn note(&self, event: Event) -> Result<()> {
        self.store.tell(self.id, &event)?;
        self.tell(event);
        Ok(())
    }

    /// Work begins.
    ///
    /// # Errors
    /// The folder or the database cannot be written.
    pub fn begin(&self) -> Result<()> {
        for folder in [
            self.recipe.video.is_some().then(|| self.folder.segments()),
            self.recipe.images.is_some().then(|| self.folder.frames()),
        ]
        .into_iter()
        .flatten()
        {
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        }
        self.store.set_state(self.id, State::Running, None, None)
    }

    /// Records a segment, finished or failed, after its files are synced and have their names.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn record(&self, segment: SegmentRecord, event: Event) -> Result<()> {
        self.store.record(self.id, &[segment], Some(&event))?;
        self.tell(event);
        Ok(())
    }

    /// Forgets a recorded segment whose file is damaged.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget_damaged(&self, index: u64, reason: String) -> Result<()> {
        let event = Event::Damaged { path: self.segment(index), reason };
        self.store.forget(self.id, &[index], Some(&event))?;
        self.tell(event);
        Ok(())
    }

    /// Forgets a segment one of whose images is damaged, and puts the image where it is swept:
    /// images are known by their names.
    ///
    /// # Errors
    /// The folder or the database cannot be written.
    pub(super) fn forget_image(&self, segment: u64, path: &Path, reason: String) -> Result<()> {
        let event = Event::Damaged { path: path.into(), reason };
        self.store.forget(self.id, &[segment], Some(&event))?;
        fs::rename(path, files::aside(path)).map_err(Error::io("put aside", path))?;
        self.tell(event);
        Ok(())
    }

    /// Records how far it is: frames rendered, those of unfinished segments included.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn record_progress(&self, frames: u64, fps: f64) -> Result<()> {
        self.store.progress(self.id, frames, fps)
    }

    /// True if somebody asked for this job to be cancelled.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn cancel_wished(&self) -> Result<bool> {
        self.store.cancel_wished(self.id)
    }

    /// Where the result goes or is, as far as it is recorded.
    pub fn output(&self) -> Option<Output> {
        Output::read(&self.folder.output())
    }

    /// The published result, if it still is where and as it was published.
    pub fn published(&self) -> Option<Output> {
        self.output().filter(|output| output.is_there(self.folder.path()))
    }

    /// Records where the result goes, or the result that is about to be published there.
    ///
    /// # Errors
    /// The record cannot be written.
    pub fn record_output(&self, output: &Output) -> Result<()> {
        output.write(&self.folder.output())?;
        self.store.set_output(self.id, Some(output))
    }

    /// Records that the published result is no longer one.
    ///
    /// # Errors
    /// The record cannot be written.
    pub(super) fn unpublish(&self) -> Result<()> {
        if let Some(output) = self.output() {
            self.record_output(&Output { bytes: None, checksum: None, ..output })?;
        }
        Ok(())
    }

    /// Records that the job is done, unless it is recorded already.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn finish(&self, output: Option<&Output>, fps: Option<f64>, event: Event) -> Result<()> {
        let recorded = self.store.job(self.name())?.is_some_and(|record| {
            record.state == State::Done && record.output.as_ref() == output.map(|o| &o.path)
        });
        if !recorded {
            self.store.publish(self.id, output, fps, Some(&event))?;
        }
        self.tell(event);
        Ok(())
    }

    /// Records why the job ended without its result.
    ///
    /// # Errors
    /// The database cannot be written. The state then shows as interrupted all the same, since
    /// nobody holds the lock any more.
    pub fn end(&self, error: &Error) -> Result<()> {
        let text = error.to_string();
        let (state, event) = match error {
            Error::Interrupted => (State::Interrupted, Event::Interrupted { error: None }),
            Error::Cancelled(_) => (State::Cancelled, Event::Cancelled),
            // The machine failed, not the recipe: a full disk, a lost folder.
            Error::Io { .. } | Error::Store { .. } => {
                (State::Interrupted, Event::Interrupted { error: Some(text) })
            }
            _ => (State::Failed, Event::Failed { error: text }),
        };
        let text = match &event {
            Event::Interrupted { error } => error.as_deref(),
            Event::Failed { error } => Some(error.as_str()),
            _ => None,
        };
        self.store.set_state(self.id, state, text, Some(&event))?;
        self.tell(event);
        Ok(())
    }
}

fn other_recipe(folder: &Folder, there: &str) -> Error {
    let version: Option<u32> =
        there.lines().find_map(|line| line.strip_prefix("version = ")?.parse().ok());
    match version {
        Some(version) if version != VERSION => Error::Conflict(format!(
            "job {} was begun by a genmedia whose recipes are of version {version}, and this one's \
             ({VERSION}) give other bytes; finish it with that one, choose another --name, or \
             --force to render it anew",
            folder.name()
        )),
        _ => Error::Conflict(format!(
            "job {} was made from another recipe ({}); choose another --name, or --force to drop \
             what it has rendered",
            folder.name(),
            folder.recipe().display()
        )),
    }
}

/// The refusal to mix segments.
pub(super) fn other_build(name: &str) -> Error {
    Error::Conflict(format!(
        "job {name} was begun with another version of FFmpeg's libraries, whose segments do not \
         mix with this one's ({}); finish it with that version, choose another --name, or --force \
         to render it anew",
        media::version()
    ))
}
