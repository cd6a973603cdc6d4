//! Which segments are missing.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::jobs::Job;
use crate::recipe::ImageFormat;

/// What is to be done.
pub(super) struct Plan {
    /// Segments with something missing, in order.
    pub todo: Vec<Todo>,
    /// Frames that lack nothing.
    pub frames_done: u64,
    /// Segments that lack nothing.
    pub segments_done: u64,
}

/// What a segment lacks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Todo {
    pub segment: u64,
    /// Its file in `segments/`.
    pub video: bool,
    /// One or more of its images.
    pub images: bool,
}

impl Plan {
    /// Looks at what is there; `published` if the video needs no segments any more.
    pub(super) fn new(
        job: &Job,
        published: bool,
        damaged: &mut dyn FnMut(&Path, String),
    ) -> Result<Self> {
        let recipe = job.recipe();
        let images = match &recipe.images {
            Some(images) => Some(images_there(job, images.format)?),
            None => None,
        };
        let mut plan = Self { todo: Vec::new(), frames_done: 0, segments_done: 0 };
        for segment in 0..recipe.segments() {
            let frames = recipe.segment(segment);
            let count = frames.end - frames.start;
            let video = recipe.video.is_some() && !published && !job.has_segment(segment, damaged);
            let images =
                images.as_ref().is_some_and(|there| frames.clone().any(|f| !there.contains(&f)));
            if video || images {
                plan.todo.push(Todo { segment, video, images });
            } else {
                plan.frames_done += count;
                plan.segments_done += 1;
            }
        }
        Ok(plan)
    }
}

/// The frames whose images are in the folder, by one reading of it.
fn images_there(job: &Job, format: ImageFormat) -> Result<HashSet<u64>> {
    let folder = job.frames();
    let mut there = HashSet::new();
    for entry in fs::read_dir(&folder).map_err(Error::io("read", &folder))? {
        let entry = entry.map_err(Error::io("read", &folder))?;
        let name = entry.file_name();
        let index = name
            .to_str()
            .and_then(|n| n.strip_suffix(format.name())?.strip_suffix('.')?.parse().ok());
        // Renamed only when synced, so a name is enough; an empty file is from elsewhere.
        if let Some(index) = index
            && job.image(index, format).file_name() == Some(&name)
            && entry.metadata().is_ok_and(|m| m.len() > 0)
        {
            there.insert(index);
        }
    }
    Ok(there)
}
