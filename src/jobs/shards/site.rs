//! How a worker comes to a job: by its folder alone.

use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Claims, STOP, Sign, Submission, VERSIONS, Worker, sign};
use crate::error::{Error, Result};
use crate::files::{self, Over, TempFile};
use crate::jobs::open::{check_made, claim, other_build, other_recipe, says};
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
}

impl Versions {
    /// Those of this process.
    pub fn here() -> Self {
        Self { genmedia: env!("CARGO_PKG_VERSION").into(), libraries: media::version() }
    }

    /// Notes that these render the job of this folder, or sees that they are those that do.
    ///
    /// # Errors
    /// Others do, or the folder cannot be used.
    fn agree(&self, folder: &Folder) -> Result<()> {
        let path = folder.cluster().join(VERSIONS);
        let text = toml::to_string(self).unwrap_or_default();
        if files::look(&path)?.is_none() {
            let temp = TempFile::create(&path)?;
            (&temp).write_all(text.as_bytes()).map_err(Error::io("write", &path))?;
            match temp.publish(Over::Nothing) {
                // Another was quicker.
                Err(Error::Occupied { .. }) => {}
                published => return published,
            }
        }
        let there = files::read_text(&path).map_err(Error::io("read", &path))?;
        match toml::from_str::<Self>(&there) {
            Ok(there) if there == *self => Ok(()),
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

impl Site {
    /// The job `name` in `dir` for whoever renders segments of `recipe` together with others; makes its folder if it is
    /// not there. Neither its lock is taken, nor its record made.
    ///
    /// # Errors
    /// The name is unfit; the folder belongs to something else, to another recipe, or to other versions; or it cannot be
    /// written.
    pub fn shared(dir: &Path, name: &str, recipe: &Recipe) -> Result<Self> {
        let folder = Folder::new(dir, name)?;
        claim(&folder, dir)?;
        folder.check_names(&Shape::from(recipe))?;
        let wanted = recipe.to_toml();
        match files::read_text(&folder.recipe()) {
            Ok(there) if says(&there, &wanted, &folder) => {}
            Ok(there) => return Err(other_recipe(&folder, &there)),
            Err(e) if e.kind() == ErrorKind::NotFound => {
                let written = files::write(&folder.recipe(), wanted.as_bytes());
                // Another may write the same at this moment.
                let there =
                    || files::read_text(&folder.recipe()).is_ok_and(|there| there == wanted);
                if let Err(e) = written
                    && !there()
                {
                    return Err(e);
                }
            }
            Err(e) => return Err(Error::io("read", folder.recipe())(e)),
        }
        Submission::check(&folder, recipe)?;
        if let Some(made) = Output::read(&folder.output())?.and_then(|output| output.identity) {
            check_made(&folder, &made, recipe)?;
        }
        let site = Self::new(folder, recipe.clone());
        if site.is_published()? {
            return Ok(site);
        }
        site.make_folders()?;
        Versions::here().agree(&site.folder)?;
        Ok(site)
    }

    pub(in crate::jobs) fn make_folders(&self) -> Result<()> {
        let video = self.recipe.video.is_some().then(|| self.folder.segments());
        let images = self.recipe.images.is_some().then(|| self.folder.frames());
        for folder in [video, images].into_iter().flatten() {
            fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        }
        sign::make(&self.folder)
    }

    /// Looks at one of the segments that are `finished` whether those of this process go with it.
    ///
    /// # Errors
    /// They are of other libraries.
    pub fn check_segments(&self, finished: &HashSet<u64>) -> Result<()> {
        let one = finished.iter().next().filter(|_| self.recipe.video.is_some());
        let Some(index) = one else {
            return Ok(());
        };
        match Seal::read(&self.segment(*index)) {
            Ok((seal, _)) if seal.identity == self.identity && seal.build != self.build => {
                Err(other_build(self.name()))
            }
            // Damaged segments are found by the process that makes the film.
            _ => Ok(()),
        }
    }

    /// True if the result is published: there is nothing to be rendered.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn is_published(&self) -> Result<bool> {
        let output = Output::read(&self.folder.output())?;
        let identity = self.recipe.identity();
        let is_one = |output: &Output| {
            output.identity.as_deref() == Some(&identity) && output.damaged.is_none()
        };
        match output.filter(is_one) {
            Some(output) => Ok(output.fault(self.folder.path())?.is_none()),
            None => Ok(false),
        }
    }

    /// The segments that are there, see [`Folder::finished`].
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn finished(&self) -> Result<HashSet<u64>> {
        self.folder.finished(&self.recipe)
    }

    /// True if segment `index` is there, by the names of its files.
    ///
    /// # Errors
    /// It cannot be looked at.
    pub fn is_finished(&self, index: u64) -> Result<bool> {
        if self.recipe.video.is_some() && files::look(&self.segment(index))?.is_none() {
            return Ok(false);
        }
        let Some(images) = &self.recipe.images else { return Ok(true) };
        for frame in self.recipe.segment(index) {
            if files::look(&self.folder.image(&self.recipe, frame, images.format))?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Begins to work beside others, as `worker`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn join(&self, worker: Worker) -> Result<(Sign, Claims)> {
        let sign = Sign::begin(&self.folder, worker)?;
        let claims = Claims::new(self, &sign)?;
        Ok((sign, claims))
    }

    /// True if all workers are to end.
    pub fn is_stopped(&self) -> bool {
        matches!(files::look(&self.folder.cluster().join(STOP)), Ok(Some(_)))
    }
}
