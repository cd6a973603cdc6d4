//! How a worker comes to a job: by what all workers see of it, and by nothing else.

use std::collections::HashSet;
use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::depot::{Depot, Shared};
use super::{Claims, DEVICE, STOP, Sign, Submission, VERSIONS, Worker, sign};
use crate::error::{Error, Result};
use crate::files::{self, TempFile};
use crate::jobs::Build;
use crate::jobs::open::{check_made, claim, other_recipe, says};
use crate::jobs::{Folder, Output, Site};
use crate::media::{self, Seal};
use crate::recipe::{Recipe, Shape};

/// What renders a job. Segments of two kinds never meet in one film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// That of genmedia.
    pub genmedia: String,
    /// Those of FFmpeg's libraries.
    pub libraries: String,
    /// The hash of the recipe; older ones did not note it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}

impl Versions {
    /// Those of this process, for a job of `recipe`.
    pub fn here(recipe: &Recipe) -> Self {
        let genmedia = env!("CARGO_PKG_VERSION").into();
        Self { genmedia, libraries: media::version(), identity: Some(recipe.identity()) }
    }

    /// Sees that what was rendered in this folder by several is of `recipe`, if that is what stands there now.
    ///
    /// # Errors
    /// The recipe was changed since.
    pub fn check(folder: &Folder, recipe: &Recipe) -> Result<()> {
        let there = files::read_text(&folder.recipe()).unwrap_or_default();
        if !says(&there, &recipe.to_toml(), folder) {
            return Ok(());
        }
        let text = files::read_text(&folder.cluster().join(VERSIONS)).unwrap_or_default();
        let made = toml::from_str::<Self>(&text).ok().and_then(|there| there.identity);
        made.map_or(Ok(()), |made| check_made(folder, &made, recipe))
    }

    /// Notes that these render the job of this folder, or sees that they are those that do.
    ///
    /// # Errors
    /// Others do, or the folder cannot be used.
    fn agree(&self, depot: &dyn Depot, folder: &Folder, recipe: &Recipe) -> Result<()> {
        let path = folder.cluster().join(VERSIONS);
        let text = toml::to_string(self).unwrap_or_default();
        if depot.find(&path)?.is_none() && depot.create(&path, &text)? {
            return Ok(());
        }
        let there = depot.read(&path)?.map(|(text, _)| text).unwrap_or_default();
        match toml::from_str::<Self>(&there) {
            Ok(there) if there.genmedia == self.genmedia && there.libraries == self.libraries => {
                there.identity.map_or(Ok(()), |made| check_made(folder, &made, recipe))
            }
            Ok(there) => Err(Error::Mismatch {
                job: folder.name().into(),
                reason: format!(
                    "is rendered by genmedia {} with {}, and this is genmedia {} with {}; install the same on \
                     all machines",
                    there.genmedia, there.libraries, self.genmedia, self.libraries
                ),
            }),
            Err(_) => Err(Error::Occupied {
                path,
                reason: "cannot be understood; remove it if no worker is at work".into(),
            }),
        }
    }
}

/// A job, as those see it who render it together.
#[derive(Debug, Clone)]
pub struct Meeting {
    site: Site,
    depot: Arc<dyn Depot>,
}

impl Meeting {
    /// The job of `recipe` in `folder`, which all see. Nothing is looked at yet.
    pub fn in_folder(folder: Folder, recipe: &Recipe) -> Self {
        Self { site: Site::new(folder, recipe.clone()), depot: Arc::new(Shared) }
    }

    /// The job of `recipe` at the place `store` in a store; its files are made in `folder`. Nothing is looked at yet.
    #[cfg(feature = "cluster")]
    pub fn in_store(store: crate::remote::Remote, folder: Folder, recipe: &Recipe) -> Self {
        let depot = Arc::new(super::remote::InStore::new(store, folder.path()));
        Self { site: Site::new(folder, recipe.clone()), depot }
    }

    /// The same job, where segments are made by `build`.
    #[must_use]
    pub fn made_by(&self, build: Build) -> Self {
        Self { site: self.site.clone().made_by(build), depot: self.depot.clone() }
    }

    /// Sees that all draw on the same device: what the first has noted, the others have.
    ///
    /// # Errors
    /// The first has another, or the folder cannot be used.
    pub fn agree_on(&self, device: &str) -> Result<()> {
        let path = self.site.folder.cluster().join(DEVICE);
        if self.depot.find(&path)?.is_none() && self.depot.create(&path, device)? {
            return Ok(());
        }
        let there = self.depot.read(&path)?.map(|(text, _)| text).unwrap_or_default();
        match there.trim() == device {
            true => Ok(()),
            false => Err(Error::Mismatch {
                job: self.site.name().into(),
                reason: format!(
                    "is drawn on {}, and this is {device}; choose the same --device on all machines, or --mix-devices \
                     to have both in one film",
                    there.trim()
                ),
            }),
        }
    }

    /// Where segments are made, and what their seals say.
    pub fn site(&self) -> &Site {
        &self.site
    }

    pub(super) fn depot(&self) -> &dyn Depot {
        &*self.depot
    }

    /// Makes the job where it is not there yet, and sees that it is of this recipe and rendered by these versions.
    /// Neither its lock is taken, nor its record made.
    ///
    /// # Errors
    /// The folder belongs to something else, to another recipe, or to other versions; or it cannot be written.
    pub fn begin(&self) -> Result<()> {
        let Self { site: Site { folder, recipe, .. }, depot } = self;
        claim(folder, files::folder_of(folder.path()))?;
        folder.check_names(&Shape::from(recipe))?;
        let wanted = recipe.to_toml();
        let read = || Ok::<_, Error>(depot.read(&folder.recipe())?.map(|(text, _)| text));
        let there = match read()? {
            Some(there) => Some(there),
            None if depot.create(&folder.recipe(), &wanted)? => None,
            // Another was quicker.
            None => read()?,
        };
        if let Some(there) = there.filter(|there| !says(there, &wanted, folder)) {
            return Err(match depot.is_elsewhere() {
                false => other_recipe(folder, &there),
                true => Error::Mismatch {
                    job: folder.name().into(),
                    reason: "is of another recipe in the store; choose another --name, or another place there".into(),
                },
            });
        }
        Submission::check(folder, recipe)?;
        if let Some(made) = self.output()?.and_then(|output| output.identity) {
            check_made(folder, &made, recipe)?;
        }
        if self.is_published()? {
            return Ok(());
        }
        self.make_folders()?;
        Versions::here(recipe).agree(&**depot, folder, recipe)
    }

    /// Makes the folders in which files are made. Those of a store are there once something is in them.
    fn make_folders(&self) -> Result<()> {
        let Site { folder, recipe, .. } = &self.site;
        let video = recipe.video.is_some().then(|| folder.segments());
        let images = recipe.images.is_some().then(|| folder.frames());
        let own = [Some(folder.workers()), Some(folder.claims()), video, images];
        for folder in own.into_iter().flatten() {
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        }
        Ok(())
    }

    /// Looks at one of the segments that are `finished` whether those of this process go with it.
    ///
    /// # Errors
    /// They are of other libraries.
    pub fn check_segments(&self, finished: &HashSet<u64>) -> Result<()> {
        let one = finished.iter().next().filter(|_| self.site.recipe.video.is_some());
        let Some(index) = one else {
            return Ok(());
        };
        match Seal::read(&self.site.segment(*index)) {
            Ok((seal, _)) if seal.identity == self.site.identity && !self.site.goes_with(&seal) => {
                Err(self.site.other_build())
            }
            // Damaged segments are found by the process that makes the film.
            _ => Ok(()),
        }
    }

    /// The record of the result.
    fn output(&self) -> Result<Option<Output>> {
        let read = self.depot.read(&self.site.folder.output())?;
        Ok(read.and_then(|(text, _)| toml::from_str(&text).ok()))
    }

    /// True if the result is published: there is nothing to be rendered.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn is_published(&self) -> Result<bool> {
        let identity = self.site.recipe.identity();
        let is_one = |output: &Output| {
            output.identity.as_deref() == Some(&identity) && output.damaged.is_none()
        };
        let Some(output) = self.output()?.filter(is_one) else { return Ok(false) };
        let found = self.depot.find_result(&output.file(self.site.folder.path()))?;
        Ok(found.is_some() && found == output.bytes)
    }

    /// The segments that are there, see [`Folder::finished`].
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn finished(&self) -> Result<HashSet<u64>> {
        self.site.folder.finished_by(&self.site.recipe, &|folder| self.depot.names(folder))
    }

    /// True if segment `index` is there, by the names of its files.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn is_finished(&self, index: u64) -> Result<bool> {
        let Site { folder, recipe, .. } = &self.site;
        if recipe.video.is_some() && self.depot.find(&self.site.segment(index))?.is_none() {
            return Ok(false);
        }
        let Some(images) = &recipe.images else { return Ok(true) };
        for frame in recipe.segment(index) {
            if self.depot.find(&folder.image(recipe, frame, images.format))?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Brings the files of a segment to where all see them. `files` begins with its video, if it has one: a segment is
    /// there once that is.
    ///
    /// # Errors
    /// They cannot be written there.
    pub fn bring(&self, mut files: Vec<TempFile>) -> Result<()> {
        files.reverse();
        self.depot.bring(files)
    }

    /// The signals that somebody has found, in the form of [`Signals::to_bytes`](crate::sound::Signals::to_bytes).
    ///
    /// # Errors
    /// They cannot be read.
    pub fn signals(&self) -> Result<Option<Vec<u8>>> {
        match self.site.recipe.signals().is_empty() {
            true => Ok(None),
            false => self.depot.read_bytes(&self.site.folder.signals()),
        }
    }

    /// Brings signals, in the form of [`Signals::to_bytes`](crate::sound::Signals::to_bytes), to where all see them.
    ///
    /// # Errors
    /// They cannot be written there.
    pub fn bring_signals(&self, bytes: &[u8]) -> Result<()> {
        let temp = TempFile::create(&self.site.folder.signals())?;
        (&temp).write_all(bytes).map_err(Error::io("write", temp.target()))?;
        self.depot.bring(vec![temp])
    }

    /// Removes the video of a segment that nobody needs any more.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn drop_segment(&self, index: u64) -> Result<()> {
        match self.site.recipe.video {
            Some(_) => self.depot.remove(&self.site.segment(index)),
            None => Ok(()),
        }
    }

    /// Begins to work beside others, as `worker`.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn join(&self, worker: Worker) -> Result<(Sign, Claims)> {
        let sign = Sign::begin(&self.depot, &self.site.folder, worker)?;
        let claims = Claims::new(self, &sign)?;
        Ok((sign, claims))
    }

    /// How often a worker gives a sign of life.
    pub fn beat(&self) -> Duration {
        self.depot.beat()
    }

    /// Those who render it, as far as they are not known to have ended.
    ///
    /// # Errors
    /// They cannot be looked at.
    pub fn workers(&self) -> Result<Vec<Worker>> {
        sign::all(&*self.depot, &self.site.folder, SystemTime::now())
    }

    /// Has all workers end, within seconds.
    ///
    /// # Errors
    /// It cannot be said where they see it.
    pub fn stop(&self) -> Result<()> {
        self.depot.write(&self.site.folder.cluster().join(STOP), "stop\n")
    }

    /// Workers may begin again.
    ///
    /// # Errors
    /// It cannot be said where they see it.
    pub fn allow(&self) -> Result<()> {
        self.depot.remove(&self.site.folder.cluster().join(STOP))
    }

    /// True if all workers are to end.
    pub fn is_stopped(&self) -> bool {
        matches!(self.depot.find(&self.site.folder.cluster().join(STOP)), Ok(Some(_)))
    }
}
