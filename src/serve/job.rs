//! The page of a job.

use std::time::SystemTime;

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::frames;
use super::listing::{Entry, Query, date};
use super::pages::Listing;
use super::row::{Row, newest};
use crate::error::Result;
use crate::jobs::{Event, JobView, SegmentRecord, SegmentState, State, StoredEvent};
use crate::media::encode_path;
use crate::recipe::Size;
use crate::words;

/// Cells of the strip of segments.
const CELLS: u64 = 240;
/// Frames that are shown small.
const NEWEST: u64 = 6;
/// Events that are shown.
const EVENTS: u32 = 200;
/// Points of the plot.
const POINTS: usize = 100;

/// The page of a job.
#[derive(Template)]
#[template(path = "job.html")]
pub(super) struct JobPage {
    version: &'static str,
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
    pub async fn new(app: &App, job: &JobView, entries: Vec<Entry>, query: &Query) -> Result<Self> {
        let record = job.record.clone();
        let (segments, events) = app
            .look(move |catalog| {
                let store = catalog.store();
                Ok((store.segments(&record)?, store.events(Some(&record), 0, EVENTS)?))
            })
            .await?
            .unwrap_or_default();
        let recipe = job.recipe().ok();
        let film = film(job);
        let is_done = job.state == State::Done;
        let rates = rates(&segments, &events);
        let most = rates.iter().copied().fold(0.0, f64::max);
        let all = entries.len() as u64;
        let newest = recipe.as_ref().map_or_else(Vec::new, |r| newest(job, r, NEWEST));
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            recipe: recipe.as_ref().map_or_else(String::new, |recipe| {
                let (name, size, fps) = (recipe.source.name(), recipe.size, recipe.fps);
                let length = words::duration(recipe.seconds());
                format!("{name}, {size}, {fps} fps, {length}, seed {}", recipe.seed)
            }),
            error: job.record.error.clone(),
            elsewhere: job.record.output.clone().filter(|_| is_done && film.is_none()),
            film,
            is_live: matches!(job.state, State::Running | State::Queued),
            is_growing: !is_done && recipe.as_ref().is_some_and(super::live::can_grow),
            strip: strip(job, &segments),
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
        text: text.map_or_else(|_| stored.event.to_string(), |event| words::sentence(&event)),
    }
}

/// What the segments are, in at most [`CELLS`] cells.
fn strip(job: &JobView, segments: &[SegmentRecord]) -> Vec<&'static str> {
    let all = job.record.segments.max(1);
    let cells = all.min(CELLS);
    let mut counts = vec![(0u64, false); cells as usize];
    let cell = |number: u64| (u128::from(number) * u128::from(cells) / u128::from(all)) as usize;
    for segment in segments {
        if let Some((done, failed)) = counts.get_mut(cell(segment.number)) {
            match segment.state {
                SegmentState::Done => *done += 1,
                SegmentState::Failed => *failed = true,
            }
        }
    }
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
    (0..).zip(counts).map(name).collect()
}

/// Frames a second between the recorded segments, by their events.
fn rates(segments: &[SegmentRecord], events: &[StoredEvent]) -> Vec<f64> {
    let finished: Vec<(SystemTime, u64)> = events
        .iter()
        .filter(|stored| stored.event["event"] == "segment")
        .filter_map(|stored| {
            let number = stored.event["index"].as_u64()?;
            let at = segments.binary_search_by_key(&number, |segment| segment.number).ok()?;
            Some((stored.at, segments[at].frames))
        })
        .collect();
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
    if !is_there && job.recipe().is_ok_and(|recipe| frames::are_computed(&recipe)) {
        let mut frames = Entry::new("frames".as_ref(), true);
        frames.modified = Some(job.record.created);
        let at = entries.iter().position(|e| !e.is_folder || e.name > frames.name);
        entries.insert(at.unwrap_or(entries.len()), frames);
    }
}

/// A playlist of the film, or of what there is of it, for players.
pub(super) fn play_list(job: &JobView, headers: &HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_host = !host.is_empty()
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b));
    if !is_host {
        return (StatusCode::BAD_REQUEST, "the request names no host\n").into_response();
    }
    let name = &job.record.name;
    let film = film(job).unwrap_or_else(|| "live.m3u8".into());
    let folder = encode_path(name.as_ref());
    let text = format!("#EXTM3U\n#EXTINF:-1,{name}\nhttp://{host}/jobs/{folder}/{film}\n");
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
