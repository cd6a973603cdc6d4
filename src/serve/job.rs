//! The page of a job.

use std::collections::HashSet;
use std::path::Path;
use std::time::SystemTime;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::frames;
use super::host::Host;
use super::listing::{Entry, Listing, Query, date};
use super::proxy::Reached;
use super::row::{Row, newest};
use crate::error::Result;
use crate::jobs::shards::Worker;
use crate::jobs::{Catalog, Event, JobView, State, StoredEvent};
use crate::media::encode_path;
use crate::values::Size;
use crate::words;

/// Cells of the strip of segments.
const CELLS: u64 = 240;
/// Frames that are shown small.
const NEWEST: u64 = 6;
/// Events that are shown.
const EVENTS: u32 = 200;
/// Workers that are shown.
const WORKERS: usize = 50;
/// Points of the plot.
const POINTS: usize = 100;

/// The page of a job.
#[derive(Template)]
#[template(path = "job.html")]
pub(super) struct JobPage {
    version: &'static str,
    /// What leads to the root.
    root: String,
    job: Row,
    recipe: String,
    error: Option<String>,
    /// The film, from the job's folder.
    film: Option<String>,
    elsewhere: Option<String>,
    is_live: bool,
    /// Whether there is something to be watched before it is done.
    is_growing: bool,
    /// Pixels across and down, so that there is room for the film before it is there.
    size: Size,
    /// A frame that stands for the film until it is played.
    poster: Option<String>,
    strip: Vec<&'static str>,
    /// Those who render it together, a line each.
    workers: Vec<String>,
    segments_said: String,
    newest: Vec<String>,
    rate: String,
    most_fps: String,
    events: Vec<Shown>,
    listing: Listing,
}

/// An event in a line.
struct Shown {
    at: String,
    shown: String,
    text: String,
}

impl JobPage {
    /// The page, with what is in the folder.
    pub fn new(
        dir: &Path,
        job: &JobView,
        entries: Vec<Entry>,
        query: &Query,
        root: String,
    ) -> Result<Self> {
        let (record, cells) = (&job.record, job.record.segments.clamp(1, CELLS));
        let (parts, events) = match Catalog::look(dir, &|_, _| {})? {
            Some(catalog) => catalog.ask(|store| {
                let parts = store.segments_by_part(record, cells)?;
                Ok((parts, store.events(Some(record), 0, EVENTS)?))
            })?,
            None => Default::default(),
        };
        let recipe = job.recipe().ok();
        // Workers on other machines record nothing.
        let parts = match job.finished.as_ref().filter(|_| job.has_workers()) {
            Some(finished) => parts_of(finished, record.segments, cells),
            None => parts,
        };
        let film = film(job);
        let is_done = job.state == State::Done;
        let is_elsewhere = is_done && film.is_none() && job.output().is_some();
        let rates = rates(&events);
        let most = rates.iter().copied().fold(0.0, f64::max);
        let all = entries.len() as u64;
        let newest = recipe.as_ref().map_or_else(Vec::new, |r| newest(job, r, NEWEST));
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            root,
            recipe: recipe.as_ref().map_or_else(String::new, |recipe| {
                let (name, size, fps) = (recipe.source.name(), recipe.size, recipe.fps);
                let length = words::duration(recipe.seconds());
                format!("{name}, {size}, {fps} fps, {length}, seed {}", recipe.seed)
            }),
            error: job.record.error.clone(),
            // Where it stands is not for everybody.
            elsewhere: job
                .output()
                .filter(|_| is_elsewhere)
                .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()),
            film,
            is_live: matches!(job.state, State::Running | State::Queued),
            is_growing: recipe.as_ref().is_some_and(super::live::can_grow)
                && (!is_done || is_elsewhere),
            strip: strip(job, parts, cells),
            workers: job.workers.iter().take(WORKERS).map(Worker::to_string).collect(),
            segments_said: format!(
                "{} of {} segments are done{}",
                job.record.segments_done,
                job.record.segments,
                match job.record.segments_failed {
                    0 => String::new(),
                    failed => format!(", {failed} failed"),
                }
            ),
            size: recipe.as_ref().map_or(Size::new(16, 9), |recipe| recipe.size),
            poster: newest.last().cloned(),
            newest,
            rate: plot(&rates, most),
            most_fps: format!("{most:.1}"),
            events: events.iter().rev().map(shown).collect(),
            listing: Listing::new(entries, all, query),
            job: Row::new(job),
        })
    }
}

/// Of each part of the segments, how many are finished.
fn parts_of(finished: &HashSet<u64>, segments: u64, cells: u64) -> Vec<(u64, bool)> {
    let mut parts = vec![(0, false); cells as usize];
    for index in finished {
        let cell = u128::from(*index) * u128::from(cells) / u128::from(segments.max(1));
        if let Some((count, _)) = parts.get_mut(cell as usize) {
            *count += 1;
        }
    }
    parts
}

/// The published film, if it lies in the job's folder.
fn film(job: &JobView) -> Option<String> {
    let path = job.record.output.as_ref()?;
    job.output()?;
    let is_here = std::path::Path::new(path).components().count() == 1;
    is_here.then(|| encode_path(path.as_ref()))
}

fn shown(stored: &StoredEvent) -> Shown {
    let text = serde_json::from_value::<Event>(stored.event.clone());
    Shown {
        at: humantime::format_rfc3339_millis(stored.at).to_string(),
        shown: date(stored.at),
        text: text.map_or_else(|_| stored.event.to_string(), |event| event.to_string()),
    }
}

/// What the segments are, in cells: of each part how many are done, and whether one failed.
fn strip(job: &JobView, mut parts: Vec<(u64, bool)>, cells: u64) -> Vec<&'static str> {
    let all = job.record.segments.max(1);
    parts.resize(cells as usize, (0, false));
    let is_all_done = job.state == State::Done;
    let name = |(n, (done, failed)): (u64, (u64, bool))| {
        let from = u128::from(n) * u128::from(all);
        let size = (from + u128::from(all)).div_ceil(cells.into()) - from.div_ceil(cells.into());
        match (failed, u128::from(done)) {
            (true, _) => "failed",
            (_, done) if is_all_done || done >= size => "done",
            (_, 0) => "todo",
            _ => "part",
        }
    };
    (0..).zip(parts).map(name).collect()
}

/// Frames a second between segments, by the events that tell of them.
fn rates(events: &[StoredEvent]) -> Vec<f64> {
    let segments = events.iter().filter(|stored| stored.event["event"] == "segment");
    let finished: Vec<(SystemTime, u64)> =
        segments.filter_map(|stored| Some((stored.at, stored.event["frames"].as_u64()?))).collect();
    // Over a few segments, since several may end at once.
    const OVER: usize = 4;
    let rates = finished.windows(OVER + 1).filter_map(|window| {
        let seconds = window[OVER].0.duration_since(window[0].0).ok()?.as_secs_f64();
        let frames: u64 = window[1..].iter().map(|(_, frames)| frames).sum();
        (seconds > 0.0).then(|| frames as f64 / seconds)
    });
    let rates: Vec<f64> = rates.collect();
    rates[rates.len().saturating_sub(POINTS)..].to_vec()
}

/// A line through the rates, in a field of 100 by 30.
fn plot(rates: &[f64], most: f64) -> String {
    if rates.len() < 2 || most <= 0.0 {
        return String::new();
    }
    let step = 100.0 / (rates.len() - 1) as f64;
    let point = |(n, rate): (usize, &f64)| {
        format!("{:.1},{:.1}", n as f64 * step, 29.0 - 28.0 * rate / most)
    };
    rates.iter().enumerate().map(point).collect::<Vec<_>>().join(" ")
}

/// The folder of frames is there, whether they are stored or not.
pub(super) fn add_frames(job: &JobView, entries: &mut Vec<Entry>) {
    let is_there = entries.iter().any(|entry| entry.name == "frames/");
    if !is_there && job.recipe().is_ok_and(|recipe| frames::are_drawn(&recipe)) {
        let mut frames = Entry::new("frames".as_ref(), true);
        frames.modified = Some(job.record.created);
        let at = entries.iter().position(|e| !e.is_folder || e.name > frames.name);
        entries.insert(at.unwrap_or(entries.len()), frames);
    }
}

/// A playlist of the film, or of what there is of it, for players: it is opened from where the browser saves it, and so
/// names the film by its whole address.
pub(super) fn play_list(job: &JobView, host: Option<&Host>, reached: &Reached) -> Response {
    let host = reached.host.as_ref().or(host.map(|Host(host)| host));
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return (StatusCode::BAD_REQUEST, "the request names no host\n").into_response();
    };
    let name = &job.record.name;
    let can_grow = job.recipe().is_ok_and(|recipe| super::live::can_grow(&recipe));
    let film = match film(job) {
        Some(film) => film,
        None if can_grow => "live.m3u8".into(),
        None => {
            let reason = "there is no film here to be played: it is not done yet, or was written elsewhere\n";
            return (StatusCode::NOT_FOUND, reason).into_response();
        }
    };
    let folder = encode_path(name.as_ref());
    let scheme = reached.scheme.as_deref().unwrap_or("http");
    let prefix = reached.prefix.as_deref().unwrap_or_default();
    let address = format!("{scheme}://{host}{prefix}/jobs/{folder}/{film}");
    let text = format!("#EXTM3U\n#EXTINF:-1,{name}\n{address}\n");
    let saved = format!("attachment; filename=\"{}.m3u\"", encode_path(name.as_ref()));
    (
        [
            (header::CONTENT_TYPE, "audio/x-mpegurl".to_string()),
            (header::CONTENT_DISPOSITION, saved),
        ],
        text,
    )
        .into_response()
}
