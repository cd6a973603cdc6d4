//! The rows of the table of jobs.

use std::cmp::Reverse;

use super::frames;
use super::listing::{Query, date};
use crate::jobs::{JobView, State};
use crate::media::encode_path;
use crate::recipe::Recipe;
use crate::words;

/// A row of the table of jobs.
pub(super) struct Row {
    pub name: String,
    /// The name as it stands in addresses.
    pub encoded: String,
    /// The address of its folder, relative to that of the jobs.
    pub href: String,
    pub state: State,
    pub done: u64,
    pub frames: u64,
    pub percent: u64,
    pub fps: String,
    pub left: String,
    pub bytes: String,
    pub changed: String,
    /// The address of its thumbnail, relative to `href`.
    pub thumb: Option<String>,
}

impl Row {
    pub fn new(job: &JobView) -> Self {
        let (record, done) = (&job.record, job.frames_rendered());
        let name = &record.name;
        Self {
            encoded: encode_path(name.as_ref()),
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

/// The address of the newest frame, 160 pixels wide, relative to the job's folder. `None` if a program draws: its
/// recipe need not be read to know that.
fn thumb(job: &JobView) -> Option<String> {
    if job.record.generator == "exec" {
        return None;
    }
    let recipe = job.recipe().ok()?;
    let image = newest(job, &recipe, 1).pop()?;
    Some(format!("frames/{image}?width=160"))
}

/// The names of up to `count` images, the newest last, a quarter of a segment apart so that neighbours differ.
/// None if they may not be drawn for anyone.
pub(super) fn newest(job: &JobView, recipe: &Recipe, count: u64) -> Vec<String> {
    if !frames::are_drawn(recipe) {
        return Vec::new();
    }
    let end = job.record.frames_done.max(1).min(recipe.frames);
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

/// All jobs, sorted as `query` asks. Where it asks for nothing: what runs, then what ended, the last change first,
/// then what waits.
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
