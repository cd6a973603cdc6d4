//! What of a recipe says which files a job has.

use std::path::Path;

use super::{Draft, ImageFormat, Recipe};
use crate::media::Container;

/// How many frames and segments there are, and the forms of the files. It can be read from a recipe that
/// no longer resolves, because a script or a film that it names is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// See [`Recipe::frames`].
    pub frames: u64,
    /// See [`Recipe::segment_frames`].
    pub segment_frames: u32,
    /// The container of the film, if there is one.
    pub container: Option<Container>,
    /// The format of the images, if there are any.
    pub images: Option<ImageFormat>,
}

impl Shape {
    /// Number of segments.
    pub fn segments(&self) -> u64 {
        self.frames.div_ceil(u64::from(self.segment_frames))
    }

    /// That of a recipe's canonical text; `None` if it is not one.
    pub fn of_canonical(text: &str) -> Option<Self> {
        let draft = Draft::parse(text, Path::new("recipe")).ok()?;
        let video = draft.video?;
        Some(Self {
            frames: draft.frames?,
            segment_frames: draft.segment_frames.filter(|frames| *frames > 0)?,
            container: video.container.filter(|_| video.enabled != Some(false)),
            images: draft.images.and_then(|images| images.format),
        })
    }
}

impl From<&Recipe> for Shape {
    fn from(recipe: &Recipe) -> Self {
        Self {
            frames: recipe.frames,
            segment_frames: recipe.segment_frames,
            container: recipe.video.as_ref().map(|video| video.container),
            images: recipe.images.as_ref().map(|images| images.format),
        }
    }
}
