//! A job's folder: what stands where.

mod clear;
mod names;

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) use names::number;
use names::{check_name, digits, sizes};

use super::checkpoints::CHECKPOINTS;
use crate::error::{Error, Result};
use crate::files::{self, Lock, Owner, RealFolder};
use crate::media::Container;
use crate::recipe::{Draft, ImageFormat, Recipe, Shape};

const RECIPE: &str = "recipe.toml";
const OUTPUT: &str = "output.toml";
const LOCK: &str = ".lock";
const SEGMENTS: &str = "segments";
const FRAMES: &str = "frames";
const CLUSTER: &str = "cluster";
const WORKERS: &str = "workers";
const CLAIMS: &str = "claims";
const LOGS: &str = "logs";

/// The folder of a job, which may not exist yet.
#[derive(Debug, Clone)]
pub struct Folder {
    name: String,
    path: PathBuf,
}

impl Folder {
    /// The folder of the job `name` in `dir`.
    ///
    /// # Errors
    /// The name is unfit for a folder.
    pub fn new(dir: &Path, name: &str) -> Result<Self> {
        check_name(name)?;
        Ok(Self { name: name.into(), path: dir.join(name) })
    }

    /// The folders in `dir` that hold a job, by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn all(dir: &Path) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir).map_err(Error::io("read", dir))? {
            let entry = entry.map_err(Error::io("read", dir))?;
            // A name that is not UTF-8 cannot be a job's.
            if let Ok(name) = entry.file_name().into_string()
                && let Ok(folder) = Self::new(dir, &name)
                && matches!(files::look(&folder.recipe()), Ok(Some(recipe)) if recipe.is_file())
            {
                found.push(folder);
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The job's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The recipe's file.
    pub fn recipe(&self) -> PathBuf {
        self.path.join(RECIPE)
    }

    /// The record of the result.
    pub fn output(&self) -> PathBuf {
        self.path.join(OUTPUT)
    }

    /// The lock of the process that works here.
    pub(super) fn lock(&self) -> PathBuf {
        self.path.join(LOCK)
    }

    /// Who works here, if somebody does.
    ///
    /// # Errors
    /// It cannot be found out.
    pub fn owner(&self) -> Result<Option<Owner>> {
        Lock::owner(&self.lock())
    }

    /// Takes the job's lock, for what is `doing`: `rendered`, `checked`.
    ///
    /// # Errors
    /// Another process holds it: who, and since when.
    pub(super) fn take(&self, doing: &str) -> Result<Lock> {
        Lock::take(&self.lock(), doing)?.map_err(|owner| {
            let Owner { who, doing, .. } = owner;
            let who = if who.is_empty() { who } else { format!(" ({who})") };
            let doing = if doing.is_empty() { "held".into() } else { doing };
            Error::Held { job: self.name.clone(), doing, who }
        })
    }

    /// The folder, opened; `None` if it is not there.
    ///
    /// # Errors
    /// It, or one in it that genmedia writes to, is a link.
    pub(super) fn enter(&self) -> Result<Option<RealFolder>> {
        let Some(folder) = RealFolder::open(&self.path)? else { return Ok(None) };
        folder.child(SEGMENTS)?;
        folder.child(FRAMES)?;
        folder.child(CHECKPOINTS)?;
        if let Some(cluster) = folder.child(CLUSTER)? {
            cluster.child(WORKERS)?;
            cluster.child(CLAIMS)?;
            cluster.child(LOGS)?;
        }
        Ok(Some(folder))
    }

    /// Looks that no folder stands where a job of this shape writes a file: it could not be replaced.
    ///
    /// # Errors
    /// One does.
    pub(super) fn check_names(&self, shape: &Shape) -> Result<()> {
        let Some(job) = self.enter()? else { return Ok(()) };
        let check = |folder: &str, is_ours: &dyn Fn(&OsStr) -> bool| -> Result<()> {
            let Some(folder) = job.child(folder)? else { return Ok(()) };
            match folder.folders()?.iter().find(|name| is_ours(name)) {
                None => Ok(()),
                Some(name) => Err(Error::Occupied {
                    path: folder.path().join(name),
                    reason: "is a folder, where a file of the job belongs; move it away".into(),
                }),
            }
        };
        check(SEGMENTS, &|name| number(name, "segment", shape.segments()).is_some())?;
        check(FRAMES, &|name| Self::image_of(shape, name).is_some())
    }

    /// Reads the recipe, by which the job goes on.
    ///
    /// # Errors
    /// Its file is none, or no recipe, or of another version.
    pub fn read_recipe(&self) -> Result<Recipe> {
        let path = self.recipe();
        let read = || {
            let text = files::read_text(&path).map_err(Error::io("read the recipe", &path))?;
            Draft::parse(&text, &path)?.resolve()
        };
        read().map_err(|e| Error::JobRecipe { job: self.name.clone(), reason: Box::new(e) })
    }

    /// The segments of a recipe whose files are all there, by name, and their bytes.
    pub(super) fn count(&self, recipe: &Recipe) -> Result<(u64, u64)> {
        let videos = match recipe.video {
            Some(_) => Some(self.segment_sizes(recipe)?),
            None => None,
        };
        let images = match &recipe.images {
            Some(images) => Some(self.image_sizes(recipe, images.format)?),
            None => None,
        };
        let sizes = [&videos, &images].into_iter().flatten().flat_map(|sizes| sizes.values());
        let bytes = sizes.sum();
        let is_there = |segment: &u64| {
            videos.as_ref().is_none_or(|videos| videos.contains_key(segment))
                && images.as_ref().is_none_or(|images| {
                    recipe.segment(*segment).all(|frame| images.contains_key(&frame))
                })
        };
        Ok(((0..recipe.segments()).filter(is_there).count() as u64, bytes))
    }

    /// The folder of segments.
    pub fn segments(&self) -> PathBuf {
        self.path.join(SEGMENTS)
    }

    /// The folder of images.
    pub fn frames(&self) -> PathBuf {
        self.path.join(FRAMES)
    }

    /// What those who render the job together tell each other.
    pub fn cluster(&self) -> PathBuf {
        self.path.join(CLUSTER)
    }

    /// The folder of their signs of life.
    pub fn workers(&self) -> PathBuf {
        self.cluster().join(WORKERS)
    }

    /// The folder of their claims.
    pub fn claims(&self) -> PathBuf {
        self.cluster().join(CLAIMS)
    }

    /// The folder of what they say.
    pub fn logs(&self) -> PathBuf {
        self.cluster().join(LOGS)
    }

    /// The claim on segment `index`.
    pub fn claim(&self, recipe: &Recipe, index: u64) -> PathBuf {
        let digits = digits(recipe.segments());
        self.claims().join(format!("{index:0digits$}.claim"))
    }

    /// The segments of a recipe that are there, by the names of their files: those of its video, or else those whose
    /// images are all there.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn finished(&self, recipe: &Recipe) -> Result<HashSet<u64>> {
        self.finished_by(recipe, &|folder| match RealFolder::open(folder)? {
            Some(folder) => folder.names(),
            None => Ok(Vec::new()),
        })
    }

    /// As [`Folder::finished`], where `names` gives the names in a folder.
    pub(super) fn finished_by(
        &self,
        recipe: &Recipe,
        names: &dyn Fn(&Path) -> Result<Vec<OsString>>,
    ) -> Result<HashSet<u64>> {
        let named = |folder: &Path, ending: &str, count: u64| -> Result<HashSet<u64>> {
            Ok(names(folder)?.iter().filter_map(|name| number(name, ending, count)).collect())
        };
        let videos = match recipe.video {
            Some(_) => Some(named(&self.segments(), "segment", recipe.segments())?),
            None => None,
        };
        let Some(images) = &recipe.images else { return Ok(videos.unwrap_or_default()) };
        let images = named(&self.frames(), images.format.name(), recipe.frames)?;
        let is_there = |segment: &u64| {
            videos.as_ref().is_none_or(|videos| videos.contains(segment))
                && recipe.segment(*segment).all(|frame| images.contains(&frame))
        };
        Ok((0..recipe.segments()).filter(is_there).collect())
    }

    /// The frame whose image has this name; `None` for the names of anything else.
    fn image_of(shape: &Shape, name: &OsStr) -> Option<u64> {
        number(name, shape.images?.name(), shape.frames)
    }

    /// Where the result goes if nothing else is said.
    pub fn film(&self, container: Container) -> PathBuf {
        self.path.join(format!("{}.{container}", self.name))
    }

    /// The file of segment `index`.
    pub fn segment(&self, recipe: &Recipe, index: u64) -> PathBuf {
        let digits = digits(recipe.segments());
        self.segments().join(format!("{index:0digits$}.segment"))
    }

    /// The image of frame `index`.
    pub fn image(&self, recipe: &Recipe, index: u64, format: ImageFormat) -> PathBuf {
        let digits = digits(recipe.frames);
        self.frames().join(format!("{index:0digits$}.{format}"))
    }

    /// The segments' files that are there, with their sizes.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn segment_sizes(&self, recipe: &Recipe) -> Result<HashMap<u64, u64>> {
        sizes(&self.segments(), "segment", recipe.segments())
    }

    /// The images that are there, with their sizes.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn image_sizes(
        &self,
        recipe: &Recipe,
        format: ImageFormat,
    ) -> Result<HashMap<u64, u64>> {
        sizes(&self.frames(), format.name(), recipe.frames)
    }
}
