//! Where the segments of a job go, and what their seals say: all that whoever renders them has to know of it.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::folder::number;
use super::open::other_build;
use super::{Build, Folder};
use crate::error::Error;
use crate::media::Seal;
use crate::recipe::Recipe;

/// A job's folder and recipe, without its record.
#[derive(Debug, Clone)]
pub struct Site {
    pub(super) folder: Folder,
    pub(super) recipe: Recipe,
    /// What makes segments in this process.
    pub(super) build: Build,
    /// The first 16 bytes of the recipe's identity.
    pub(super) identity: [u8; 16],
}

impl Site {
    /// That of `recipe` in `folder`.
    pub(super) fn new(folder: Folder, recipe: Recipe) -> Self {
        let mut identity = [0; 16];
        identity.copy_from_slice(&blake3::hash(recipe.to_toml().as_bytes()).as_bytes()[..16]);
        let build = Build::here(&recipe);
        Self { folder, recipe, build, identity }
    }

    /// The same, where segments are made by `build`.
    pub(super) fn made_by(self, build: Build) -> Self {
        Self { build, ..self }
    }

    /// True if a seal is that of one of these segments, whoever made it.
    pub fn has_sealed(&self, seal: Seal, index: u64) -> bool {
        let own = self.seal(index);
        Seal { build: own.build, ..seal } == own
    }

    /// True if the segment of a seal goes with those that are made here.
    pub fn goes_with(&self, seal: &Seal) -> bool {
        self.build.goes_with(seal.build)
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

    /// The segment whose file has this name.
    pub fn index_of(&self, name: &str) -> Option<u64> {
        number(OsStr::new(name), "segment", self.recipe.segments())
    }

    /// The refusal of segments that other libraries made.
    pub fn other_build(&self) -> Error {
        other_build(self.name(), &self.recipe)
    }

    /// What the seal of segment `index` says.
    pub fn seal(&self, index: u64) -> Seal {
        let frames = self.recipe.segment(index);
        let frames = frames.end - frames.start;
        Seal { identity: self.identity, build: self.build.number(), index, frames }
    }
}
