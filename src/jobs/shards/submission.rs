//! What was handed to an engine.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ENDED, SUBMITTED};
use crate::error::{Error, Result};
use crate::files;
use crate::jobs::Folder;
use crate::jobs::open::check_made;
use crate::recipe::Recipe;

/// What starts workers, keeps their time, and starts them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// Slurm.
    Slurm,
    /// Kubernetes.
    Kubernetes,
}

impl Engine {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slurm => "Slurm",
            Self::Kubernetes => "Kubernetes",
        }
    }
}

/// What is said of a job that an engine has no more, and that is not done.
pub fn has_no_more(engine: Engine) -> String {
    format!(
        "{} has it no more, and it is not done; submit it again, or go on here with genmedia resume",
        engine.name()
    )
}

/// A job that an engine has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The engine.
    pub engine: Engine,
    /// What it calls its jobs, that of the publisher last.
    pub ids: Vec<String>,
    /// A name that all of them have, and no others.
    pub label: String,
    /// The hash of the recipe that was handed over.
    pub identity: String,
    /// Parts.
    pub shards: u64,
    /// When.
    pub at: String,
}

impl Submission {
    fn path(folder: &Folder) -> PathBuf {
        folder.cluster().join(SUBMITTED)
    }

    /// That of the job in this folder.
    ///
    /// # Errors
    /// It is there and cannot be read.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        let path = Self::path(folder);
        match files::read_text(&path) {
            Ok(text) => toml::from_str(&text).map(Some).map_err(|_| Error::Occupied {
                path,
                reason: "cannot be understood; remove it if the engine has the job no more".into(),
            }),
            Err(e) if files::is_gone(&e) => Ok(None),
            Err(e) => Err(Error::io("read", path)(e)),
        }
    }

    /// Sees that `recipe`, of this folder, is the one that was handed over, if one was.
    ///
    /// # Errors
    /// It was changed meanwhile.
    pub fn check(folder: &Folder, recipe: &Recipe) -> Result<()> {
        match Self::read(folder)? {
            Some(submission) => check_made(folder, &submission.identity, recipe),
            None => Ok(()),
        }
    }

    /// Notes it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, folder: &Folder) -> Result<()> {
        let text = toml::to_string(self).unwrap_or_default();
        files::write(&Self::path(folder), text.as_bytes())?;
        files::remove(&folder.cluster().join(ENDED))
    }

    /// The engine has the job no more, and what it was handed is of no use to anybody.
    ///
    /// # Errors
    /// The note cannot be removed.
    pub fn forget(folder: &Folder) -> Result<()> {
        files::remove(&Self::path(folder))
    }

    /// The engine has the job no more. That it had it is still told, as long as the job is not done.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn end(folder: &Folder) -> Result<()> {
        let ended = folder.cluster().join(ENDED);
        match std::fs::rename(Self::path(folder), &ended) {
            Err(e) if !files::is_gone(&e) => Err(Error::io("write", ended)(e)),
            _ => Ok(()),
        }
    }

    /// The engine that had the job of this folder last, and has it no more.
    pub fn ended(folder: &Folder) -> Option<Engine> {
        let text = files::read_text(&folder.cluster().join(ENDED)).ok()?;
        toml::from_str::<Self>(&text).ok().map(|submission| submission.engine)
    }
}
