//! A job that this process holds: every change of it goes through here, into the database and to
//! whoever listens.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::folder::Folder;
use super::journal::{Journal, Watch};
use super::open::says;
use super::site::Site;
use super::store::Change;
use super::{Build, Event, Output, SegmentRecord, State, Store};
use crate::error::{Error, Result};
use crate::files::{self, Lock};
use crate::recipe::Recipe;

/// A job, held by this process as long as this lives.
pub struct Job<'a> {
    pub(super) site: Site,
    pub(super) store: Store,
    pub(super) id: i64,
    pub(super) identity: String,
    pub(super) watch: Watch<'a>,
    pub(super) journal: Journal,
    /// That records wait for the database has been told.
    pub(super) is_told: AtomicBool,
    /// Results that do not say what they are made of are of this recipe, by the database.
    pub(super) is_recorded: bool,
    /// What lies in the folder and is not recorded is not to be used.
    pub(super) is_anew: bool,
    // Dropped last: whoever waits for it may then see all that was recorded.
    pub(super) lock: Lock,
}

impl<'a> Job<'a> {
    /// True if what is done of it was made by `build`, or nothing is done.
    pub fn was_begun_by(&self, build: Build) -> bool {
        let record = self.patiently(|| self.store.job(self.name()));
        let Ok(Some(record)) = record else { return true };
        record.segments_done == 0 || build.goes_with(record.build)
    }

    /// Where its segments go.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        self.site.name()
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        self.site.recipe()
    }

    /// The recipe's identity, 64 hex digits.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        self.site.folder()
    }

    /// The file of segment `index`.
    pub fn segment(&self, index: u64) -> PathBuf {
        self.site.segment(index)
    }

    /// Tells of something that changes no record.
    pub fn tell(&self, event: Event) {
        (self.watch.on)(event);
    }

    pub(super) fn patiently<T>(&self, act: impl FnMut() -> Result<T>) -> Result<T> {
        self.watch.patiently(&self.is_told, act)
    }

    /// Makes changes now, or as soon as nobody else holds the database.
    pub(super) fn change(&self, changes: impl IntoIterator<Item = Change>) -> Result<()> {
        match self.journal.add(changes) {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// Tries to write what waits for the database. That it has to wait is told once.
    ///
    /// # Errors
    /// The database cannot be written, for another reason than that somebody else holds it.
    pub fn flush(&self) -> Result<()> {
        match self.journal.flush(|changes| self.store.apply(self.id, changes)) {
            Err(Error::Busy { path, .. }) => self.watch.tell_waiting(&self.is_told, path),
            Err(e) => return Err(e),
            Ok(()) => self.is_told.store(false, Ordering::Relaxed),
        }
        Ok(())
    }

    /// Makes changes, after all that wait, however long that takes.
    pub(super) fn change_at_last(&self, changes: impl IntoIterator<Item = Change>) -> Result<()> {
        self.journal.add(changes);
        self.patiently(|| self.journal.flush(|changes| self.store.apply(self.id, changes)))?;
        self.is_told.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Records an event and tells of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn note(&self, event: Event) -> Result<()> {
        self.change([Change::Tell(event.clone())])?;
        self.tell(event);
        Ok(())
    }

    /// Work begins.
    ///
    /// # Errors
    /// The folder or the database cannot be written; [`Error::Cancelled`] if that was wished meanwhile.
    pub fn begin(&self) -> Result<()> {
        for folder in [
            self.site.recipe.video.is_some().then(|| self.site.folder.segments()),
            self.site.recipe.images.is_some().then(|| self.site.folder.frames()),
        ]
        .into_iter()
        .flatten()
        {
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        }
        if self.site.recipe.video.is_none() {
            // Images carry no seal; this says what they are made of.
            let path = "frames".to_string();
            self.output_at(path).write(&self.site.folder.output())?;
        }
        self.change_at_last([Change::State(State::Running, None)])?;
        match self.cancel_wished()? {
            true => Err(Error::Cancelled(self.name().into())),
            false => Ok(()),
        }
    }

    /// Records that the files of segment `index` are about to get their names, and so are the job's.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn claim(&self, index: u64) -> Result<()> {
        self.change([Change::Write(index)])
    }

    /// Records a segment, finished or failed, after its files are synced and have their names.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn record(&self, segment: SegmentRecord, event: Event) -> Result<()> {
        self.change([Change::Record(segment), Change::Tell(event.clone())])?;
        self.tell(event);
        Ok(())
    }

    /// Records segments that were found, and forgets others, with the events that tell of it.
    pub(super) fn correct(
        &self,
        found: Vec<SegmentRecord>,
        forgotten: &[u64],
        events: Vec<Event>,
    ) -> Result<()> {
        let forgotten = forgotten.iter().copied().map(Change::Forget);
        let found = found.into_iter().map(Change::Record);
        let told = events.iter().cloned().map(Change::Tell);
        self.change(forgotten.chain(found).chain(told))?;
        events.into_iter().for_each(|event| self.tell(event));
        Ok(())
    }

    /// Forgets a recorded segment whose file is damaged.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn forget_damaged(&self, index: u64, reason: String) -> Result<()> {
        self.correct(
            Vec::new(),
            &[index],
            vec![Event::Damaged { path: self.segment(index), reason }],
        )
    }

    /// Records how far it is: frames rendered, those of unfinished segments included. Nothing waits for
    /// this record.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn record_progress(&self, frames: u64, fps: f64) -> Result<()> {
        self.store.progress(self.id, frames, fps)
    }

    /// True if somebody asked for this run of the job to be cancelled.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn cancel_wished(&self) -> Result<bool> {
        self.store.cancel_wished(self.id, self.lock.run())
    }

    /// Records that the job is done, unless it is recorded already.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn finish(&self, output: Option<&Output>, fps: Option<f64>, event: Event) -> Result<()> {
        let recorded = self.patiently(|| self.store.job(self.name()))?.is_some_and(|record| {
            record.state == State::Done && record.output.as_ref() == output.map(|o| &o.path)
        });
        let done = match recorded {
            true => Vec::new(),
            false => vec![
                Change::Output(output.cloned()),
                Change::State(State::Done, None),
                Change::Tell(event.clone()),
            ],
        };
        self.change_at_last(fps.map(Change::Rate).into_iter().chain(done))?;
        self.tell(event);
        let wanted = self.site.recipe.to_toml();
        let now = files::read_text(&self.site.folder.recipe());
        if now.is_ok_and(|now| !says(&now, &wanted, &self.site.folder)) {
            self.tell(Event::RecipeChanged { path: self.site.folder.recipe() });
        }
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
            // The machine failed, not the recipe: a full disk, a lost folder. And what is read may be put back.
            e if e.is_of_the_machine() || matches!(e, Error::NotReady(_)) => {
                (State::Interrupted, Event::Interrupted { error: Some(text) })
            }
            _ => (State::Failed, Event::Failed { error: text }),
        };
        let text = match &event {
            Event::Interrupted { error } => error.clone(),
            Event::Failed { error } => Some(error.clone()),
            _ => None,
        };
        self.change_at_last([Change::State(state, text), Change::Tell(event.clone())])?;
        self.tell(event);
        Ok(())
    }
}
