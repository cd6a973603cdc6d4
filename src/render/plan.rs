//! Which segments are missing.

use crate::error::Result;
use crate::jobs::{Job, Survey};

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
    /// What lacks by this survey. Segments that lack images only are drawn again for them; whether their
    /// video is whole is looked at here, so that none is drawn twice.
    ///
    /// # Errors
    /// A segment cannot be read.
    pub(super) fn new(job: &Job, survey: &Survey) -> Result<Self> {
        let recipe = job.recipe();
        let mut plan = Self { todo: Vec::new(), frames_done: 0, segments_done: 0 };
        let there = survey.video.iter().zip(&survey.images);
        for (segment, (video, images)) in (0..).zip(there) {
            let frames = recipe.segment(segment);
            if *video && *images {
                plan.frames_done += frames.end - frames.start;
                plan.segments_done += 1;
                continue;
            }
            let mut todo = Todo { segment, video: !video, images: !images };
            if recipe.video.is_some()
                && !todo.video
                && !survey.is_published
                && let Err(reason) = job.check_segment(segment)?
            {
                job.forget_damaged(segment, reason)?;
                todo.video = true;
            }
            plan.todo.push(todo);
        }
        Ok(plan)
    }
}
