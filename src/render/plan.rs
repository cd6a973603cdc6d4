//! Which segments are missing.

use crate::jobs::Survey;
use crate::recipe::Recipe;

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
    /// What lacks by this survey.
    pub(super) fn new(recipe: &Recipe, survey: &Survey) -> Self {
        let mut plan = Self { todo: Vec::new(), frames_done: 0, segments_done: 0 };
        let there = survey.video.iter().zip(&survey.images);
        for (segment, (video, images)) in (0..).zip(there) {
            let frames = recipe.segment(segment);
            if *video && *images {
                plan.frames_done += frames.end - frames.start;
                plan.segments_done += 1;
            } else {
                plan.todo.push(Todo { segment, video: !video, images: !images });
            }
        }
        plan
    }
}
