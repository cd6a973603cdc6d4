//! The jobs of a folder, for everyone who looks at them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Elsewhere, Event, Folder, JobRecord, JobView, Store};
use crate::error::{Error, Result, did_you_mean};
use crate::files;

/// The jobs of a folder. Looking at them changes nothing and keeps nobody waiting; what changes or mends
/// something, [opens](Catalog::open) them for it.
pub struct Catalog {
    pub(super) dir: PathBuf,
    pub(super) store: Option<Store>,
}

impl Catalog {
    /// Looks at the jobs in `dir`; `None` if there is no such folder. A database that is damaged is told
    /// to `on`, with the job's name or none; the folders then tell what they can, and so they do of jobs
    /// that have no record.
    ///
    /// # Errors
    /// The folder cannot be read, or the database is not genmedia's.
    pub fn look(dir: &Path, on: &dyn Fn(&str, Event)) -> Result<Option<Self>> {
        if !dir.is_dir() {
            return Ok(None);
        }
        let store = match Store::view(dir) {
            Ok(store) => store,
            Err(Error::Damaged { path }) => {
                on("", Event::Unreadable { path });
                None
            }
            Err(e) => return Err(e),
        };
        if store.is_none() && Folder::all(dir)?.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { dir: dir.into(), store }))
    }

    /// The folder of the jobs.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Asks the database; without one there is nothing to be known.
    ///
    /// # Errors
    /// Those of `ask`.
    pub fn ask<T: Default>(&self, ask: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
        match &self.store {
            Some(store) => match ask(store) {
                // Damage that shows only now.
                Err(Error::Damaged { .. }) => Ok(T::default()),
                result => result,
            },
            None => Ok(T::default()),
        }
    }

    /// The film that genmedia wrote to `path`, an absolute one outside the folders of jobs, the last time.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn elsewhere(&self, path: &Path) -> Result<Option<Elsewhere>> {
        let path = path.to_string_lossy();
        self.ask(|store| store.elsewhere(&path))
    }

    /// The films that `job` wrote outside the folders of jobs, by path.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn all_elsewhere(&self, job: &JobRecord) -> Result<Vec<(String, Elsewhere)>> {
        self.ask(|store| store.all_elsewhere(&job.name, &job.identity))
    }

    /// The film of the job `name` in `dir`; `None` if there is no such job.
    ///
    /// # Errors
    /// It has no film yet, or the database cannot be read.
    pub fn film(dir: &Path, name: &str) -> Result<Option<PathBuf>> {
        let Some(catalog) = Self::look(dir, &|_, _| {})? else { return Ok(None) };
        let jobs = catalog.jobs()?;
        let Some(job) = jobs.iter().find(|job| job.record.name == name) else { return Ok(None) };
        job.output().map(Some).ok_or_else(|| Error::State {
            job: name.into(),
            reason: format!(
                "is {} and has no film yet; genmedia resume {name} finishes it",
                job.state
            ),
        })
    }

    /// All jobs, in the order in which they were asked for.
    ///
    /// # Errors
    /// The database or the folder cannot be read.
    pub fn jobs(&self) -> Result<Vec<JobView>> {
        let mut jobs = Vec::new();
        let mut recorded = HashSet::new();
        for record in self.ask(Store::jobs)? {
            recorded.insert(record.name.clone());
            jobs.extend(self.view(record)?);
        }
        for folder in Folder::all(&self.dir)? {
            if recorded.contains(folder.name()) {
                continue;
            }
            // One that cannot be read is passed over: it is not for a look at the others to fail on it.
            match JobView::found(folder) {
                Ok(job) => jobs.push(job),
                Err(e) => tracing::debug!("{e}"),
            }
        }
        Ok(jobs)
    }

    /// The job of that name.
    ///
    /// # Errors
    /// There is none, with the nearest names.
    pub fn job(&self, name: &str) -> Result<JobView> {
        if let Some(record) = self.ask(|store| store.job(name))?
            && let Some(view) = self.view(record)?
        {
            return Ok(view);
        }
        let folder = Folder::new(&self.dir, name);
        match folder.ok().filter(|folder| files::look(&folder.recipe()).is_ok_and(|r| r.is_some()))
        {
            Some(folder) => JobView::found(folder),
            None => {
                let jobs = self.jobs()?;
                Err(no_job(&self.dir, name, jobs.iter().map(|job| job.record.name.as_str())))
            }
        }
    }

    /// A recorded job; `None` if its folder is gone.
    fn view(&self, record: JobRecord) -> Result<Option<JobView>> {
        let folder = Folder::new(&self.dir, &record.name)?;
        let is_gone = matches!(files::look(folder.path()), Ok(None));
        Ok((!is_gone).then(|| JobView::new(record, folder)))
    }
}

/// The error for a job that is not there.
pub fn no_job<'a>(dir: &Path, name: &str, names: impl Iterator<Item = &'a str>) -> Error {
    Error::NoJob { job: name.into(), dir: dir.into(), hint: did_you_mean(name, names) }
}
