//! How a process comes to hold a job: its folder is made, or what lies in it is made to agree with the recipe.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::folder::Folder;
use super::journal::{Journal, Watch};
use super::remove::clear;
use super::site::Site;
use super::{Build, Event, Job, JobRecord, Output, State, Store};
use crate::crash::crash_point;
use crate::error::{Error, Result};
use crate::files;
use crate::media;
use crate::recipe::{Draft, Recipe, Shape, VERSION};

/// How long one try to reach the database lasts while other work goes on. Longer waits are made of
/// several.
const TRY: Duration = Duration::from_millis(250);

impl<'a> Job<'a> {
    /// Opens the job `name` in `dir` for `recipe`, to do with it what `doing` says in a word: makes its
    /// folder, or continues with it. What happens to it is told to `watch`.
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
        doing: &str,
        watch: Watch<'a>,
    ) -> Result<Self> {
        Self::open_for(Build::here(recipe), dir, name, recipe, force, doing, watch)
    }

    /// As [`Job::open`], for segments that are made by `build`.
    ///
    /// # Errors
    /// As [`Job::open`].
    pub fn open_for(
        build: Build,
        dir: &Path,
        name: &str,
        recipe: &Recipe,
        force: bool,
        doing: &str,
        watch: Watch<'a>,
    ) -> Result<Self> {
        let folder = Folder::new(dir, name)?;
        claim(&folder, dir)?;
        let lock = folder.take(doing)?;
        crash_point!("held");
        folder.check_names(&Shape::from(recipe))?;
        let is_told = AtomicBool::new(false);
        let mut store = watch.patiently(&is_told, || Store::open(dir, Duration::from_secs(1)))?;
        store.set_patience(TRY)?;
        if let Some(kept) = store.damaged() {
            (watch.on)(Event::Rebuilt { path: store.path().into(), kept: kept.into() });
        }
        let wanted = recipe.to_toml();
        let there = match files::read_text(&folder.recipe()) {
            Ok(there) => Some(there),
            Err(e) if e.kind() == ErrorKind::NotFound => None,
            Err(e) => return Err(Error::io("read", folder.recipe())(e)),
        };
        let is_there = there.as_deref().is_some_and(|there| says(there, &wanted, &folder));
        if let Some(there) = there.as_ref().filter(|_| !is_there && !force) {
            return Err(other_recipe(&folder, there));
        }
        let before = watch.patiently(&is_told, || store.job(name))?;
        // The record of a job whose folder is gone says nothing of the one that begins here.
        let begun = before.as_ref().filter(|_| there.is_some());
        if !force && let Some(made) = made_of(&folder, begun)? {
            check_made(&folder, &made, recipe)?;
        }
        if there.is_none() {
            // Before the record, so that a recorded job has a recipe to go on with.
            files::write(&folder.recipe(), wanted.as_bytes())?;
        }
        let id = watch
            .patiently(&is_told, || store.add(name, recipe, build.number(), State::Interrupted))?;
        is_told.store(false, Ordering::Relaxed);
        let identity = recipe.identity();
        let is_recorded = before.as_ref().is_some_and(|record| record.identity == identity);
        let job = Self {
            site: Site::new(folder, recipe.clone()).made_by(build),
            store,
            id,
            identity,
            watch,
            journal: Journal::default(),
            is_told,
            is_recorded,
            is_anew: force,
            lock,
        };
        job.settle(before, there.as_deref(), is_there || there.is_none(), force)?;
        crash_point!("opened");
        Ok(job)
    }

    /// Sweeps, drops what is to be dropped, and makes folder and record those of the recipe.
    fn settle(
        &self,
        before: Option<JobRecord>,
        there: Option<&str>,
        is_there: bool,
        force: bool,
    ) -> Result<()> {
        let begun = before.as_ref().is_some_and(|r| r.segments_done > 0);
        let build = self.site.build;
        let is_other = |record: &JobRecord| !build.goes_with(record.build);
        if force {
            self.drop_work(before, there)?;
        } else if self.is_recorded && begun && before.as_ref().is_some_and(is_other) {
            // Published results need no segments, so they may be from anywhere.
            if self.published()?.is_none() {
                return Err(self.site.other_build());
            }
        } else if !self.is_recorded || !begun && before.as_ref().is_some_and(is_other) {
            self.patiently(|| self.store.reset(self.id, &self.site.recipe, build.number()))?;
        }
        self.sweep()?;
        if !is_there {
            files::write(&self.site.folder.recipe(), self.site.recipe.to_toml().as_bytes())?;
        }
        Ok(())
    }

    /// Removes the temporary files of a run that was killed, wherever they are.
    fn sweep(&self) -> Result<()> {
        self.site.folder.sweep(&Shape::from(&self.site.recipe))?;
        let Some(output) = self.output()? else { return Ok(()) };
        if let Some(temp) = &output.temp {
            files::remove_leftovers(&self.site.folder.path().join(temp))?;
        }
        files::remove_stale(&files::lock_of(&output.file(self.site.folder.path())))
    }

    /// Drops what was rendered: first what is recorded as done, so that nothing is recorded that is not; then
    /// the files; and last what says that these were the job's, so that a kill leaves none that is nobody's.
    fn drop_work(&self, before: Option<JobRecord>, there: Option<&str>) -> Result<()> {
        let written = self.patiently(|| self.store.written(self.id))?;
        let recorded = before.and_then(|record| Shape::of_canonical(&record.recipe));
        let shape = recorded.or_else(|| Shape::of_canonical(there?));
        self.patiently(|| self.store.forget(self.id))?;
        crash_point!("forgotten");
        self.sweep()?;
        clear(&self.site.folder, &shape.unwrap_or(Shape::from(&self.site.recipe)), &written)?;
        crash_point!("cleared");
        self.patiently(|| self.store.reset(self.id, &self.site.recipe, self.site.build.number()))
    }
}

/// True if `text`, of the folder's recipe, says what the canonical recipe `wanted` does, perhaps otherwise and
/// with a remark.
pub(super) fn says(text: &str, wanted: &str, folder: &Folder) -> bool {
    let read = || Draft::parse(text, &folder.recipe())?.resolve();
    text == wanted || read().is_ok_and(|recipe| recipe.to_toml() == wanted)
}

/// Makes the job's folder, or sees that it is one.
pub(super) fn claim(folder: &Folder, dir: &Path) -> Result<()> {
    match folder.enter()? {
        Some(there) => {
            let names = there.names()?;
            let is_one =
                |name: &OsStr| folder.recipe().ends_with(name) || folder.lock().ends_with(name);
            // Another may be writing the recipe at this moment.
            let is_ours = names
                .iter()
                .any(|name| is_one(name) || files::target_of(name).is_some_and(|of| is_one(&of)));
            match names.is_empty() || is_ours {
                true => Ok(()),
                false => Err(Error::Occupied {
                    path: folder.path().into(),
                    reason: format!(
                        "holds {}, which is not a job's; move it away, or choose another --name or --dir",
                        names[0].display()
                    ),
                }),
            }
        }
        None => {
            fs::create_dir_all(folder.path()).map_err(Error::io("create", folder.path()))?;
            files::sync_folder(dir)
        }
    }
}

/// The hash of the recipe that the job's film, or else its recorded segments, were made of.
fn made_of(folder: &Folder, record: Option<&JobRecord>) -> Result<Option<String>> {
    let film = Output::read(&folder.output())?.and_then(|output| output.identity);
    let begun = record.filter(|r| r.segments_done > 0 || r.state == State::Done);
    Ok(film.or(begun.map(|record| record.identity.clone())))
}

/// Refuses to go on with a job whose recipe was changed after it was begun.
pub(super) fn check_made(folder: &Folder, made: &str, recipe: &Recipe) -> Result<()> {
    match recipe.identity() == *made {
        true => Ok(()),
        false => Err(Error::Mismatch {
            job: folder.name().into(),
            reason: format!(
                "cannot go on: {} was changed after it was begun, and what is rendered is of the recipe as it \
                 was ({}); put that back, choose another --name, or --force to render it anew",
                folder.recipe().display(),
                &made[..made.len().min(8)]
            ),
        }),
    }
}

pub(super) fn other_recipe(folder: &Folder, there: &str) -> Error {
    let version: Option<u32> =
        there.lines().find_map(|line| line.strip_prefix("version = ")?.parse().ok());
    let reason = match version {
        Some(version) if version != VERSION => format!(
            "was begun by a genmedia whose recipes are of version {version}, and this one's ({VERSION}) give \
             other bytes; finish it with that one, choose another --name, or --force to render it anew"
        ),
        _ => format!(
            "was made from another recipe ({}); choose another name, or --force to drop what it has rendered",
            folder.recipe().display()
        ),
    };
    Error::Mismatch { job: folder.name().into(), reason }
}

/// The refusal to mix segments.
pub(super) fn other_build(name: &str, recipe: &Recipe) -> Error {
    if recipe.source.runs_on_devices() {
        let reason = "was begun on another device, or with another version of its driver or of FFmpeg's libraries, whose \
                      frames do not go with this one's; finish it there (--device), choose another --name, --force to \
                      render it anew, or --mix-devices to have both in one film";
        return Error::Mismatch { job: name.into(), reason: reason.into() };
    }
    let reason = format!(
        "was begun with another version of FFmpeg's libraries, whose segments do not mix with this one's ({}); \
         finish it with that version, choose another --name, or --force to render it anew",
        media::version()
    );
    Error::Mismatch { job: name.into(), reason }
}

impl Folder {
    /// True if this is the folder of a job of `recipe`, or of none yet.
    ///
    /// # Errors
    /// What is there cannot be read.
    pub fn is_of(&self, recipe: &Recipe) -> Result<bool> {
        match std::fs::read_to_string(self.recipe()) {
            Ok(text) => Ok(text == recipe.to_toml()),
            Err(e) if files::is_gone(&e) => Ok(true),
            Err(e) => Err(Error::io("read", &self.recipe())(e)),
        }
    }
}
