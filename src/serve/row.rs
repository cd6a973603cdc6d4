//! A job in a line of the page.

use std::cmp::Reverse;

use super::frames;
use super::listing::{Query, date};
use crate::jobs::{JobView, State};
use crate::media::encode_path;
use crate::recipe::Recipe;
use crate::words;

/// What a page shows of a job at a glance.
pub(super) struct Row {
    pub name: String,
    /// Its folder, from that of the jobs.
    pub href: String,
    pub state: State,
    pub done: u64,
    pub frames: u64,
    pub percent: u64,
    pub fps: String,
    pub left: String,
    pub bytes: String,
    pub changed: String,
    /// A small picture of its newest frame, from its folder.
    pub thumb: Option<String>,
}

impl Row {
    pub fn new(job: &JobView) -> Self {
        let (record, done) = (&job.record, job.frames_rendered());
        let name = &record.name;
        Self {
            href: format!("{}/", encode_path(name.as_ref())),
            name: name.clone(),
            state: job.state,
            done,
            frames: record.frames,
            percent: words::percent(done, record.frames),
            fps: if record.fps > 0.0 { format!("{:.1}", record.fps) } else { "-".into() },
            left: job.seconds_left().map_or_else(|| "-".into(), words::duration),
            bytes: if job.bytes() > 0 { words::size(job.bytes()) } else { "-".into() },
            changed: date(record.updated),
            thumb: thumb(job),
        }
    }
}

/// The newest frame, small.
fn thumb(job: &JobView) -> Option<String> {
    // Programs are not started for visitors, and their frames need not be stored.
    if job.record.generator == "exec" {
        return None;
    }
    let recipe = job.recipe().ok()?;
    let newest = newest(job, &recipe, 1).pop()?;
    Some(format!("frames/{newest}?width=160"))
}

/// The names of the images of the newest frames, of which there are up to `count`, in order.
pub(super) fn newest(job: &JobView, recipe: &Recipe, count: u64) -> Vec<String> {
    if !frames::are_computed(recipe) {
        return Vec::new();
    }
    let end = job.record.frames_done.max(1).min(recipe.frames);
    // Spread over the last segments, so that neighbours differ.
    let step = (u64::from(recipe.segment_frames) / 4).max(1);
    let mut names: Vec<String> = (0..count)
        .filter_map(|n| (end - 1).checked_sub(n * step))
        .filter_map(|index| {
            let path = job.folder.image(recipe, index, crate::recipe::ImageFormat::Jpg);
            Some(path.file_name()?.to_string_lossy().into_owned())
        })
        .collect();
    names.reverse();
    names
}

/// All jobs, in the order that is asked for; of themselves those that run first, and those that wait
/// for their turn last.
pub(super) fn rows(jobs: &[JobView], query: &Query) -> Vec<Row> {
    let mut sorted: Vec<&JobView> = jobs.iter().collect();
    let (by, is_reverse) = query.sorting();
    match (by, &query.sort) {
        ("date", _) => sorted.sort_by_key(|job| job.record.updated),
        ("size", _) => sorted.sort_by_key(|job| job.bytes()),
        (_, Some(_)) => sorted.sort_by(|a, b| a.record.name.cmp(&b.record.name)),
        _ => sorted.sort_by_key(|job| {
            let created = job.record.created;
            match job.state {
                State::Running => (0, None, created),
                // What ended or stopped, the last first.
                State::Queued => (2, None, created),
                _ => (1, Some(Reverse(job.record.updated)), created),
            }
        }),
    }
    if is_reverse {
        sorted.reverse();
    }
    sorted.into_iter().map(Row::new).collect()
}
