//! `genmedia show JOB`.

use std::path::Path;

use genmedia::jobs::{Catalog, JobView, State, StoredEvent};
use genmedia::media::{self, Location, Loudness, SoundFormat};
use genmedia::recipe::Recipe;
use genmedia::values::Bitrate;
use genmedia::{Cancel, Error, Event};
use serde_json::{Value, json};

use super::{ask_engine, look_for};
use crate::cli::options::Dir;
use crate::cli::{Failure, print};
use genmedia::words::{age, count, duration, percent, size};

/// Show all about a job
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia show noise-04aab1f6
  genmedia show noise-04aab1f6 --json | jq .failures")]
pub struct Args {
    /// The job's name
    job: String,
    /// Print an object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    dir: Dir,
}

/// Events that are shown, and given as JSON.
const SHOWN: u32 = 10;
const GIVEN: u32 = 100;

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let catalog = look_for(&self.dir, &self.job)?;
        let mut job = catalog.job(&self.job)?;
        ask_engine(&mut job);
        let text = match self.json {
            true => format!("{:#}", object(&catalog, &job)?),
            false => page(&catalog, &job)?,
        };
        Ok(print(text)?)
    }
}

fn object(catalog: &Catalog, job: &JobView) -> Result<Value, Error> {
    let mut object = job.to_json();
    object["folder"] = json!(job.folder.path().to_string_lossy());
    object["recipe"] = toml::from_str::<Value>(&job.record.recipe).unwrap_or_default();
    let failures = catalog.ask(|store| store.failures(&job.record))?;
    if let Some(Loudness { integrated, true_peak }) = loudness(job) {
        object["loudness"] = json!({ "integrated_lufs": integrated, "true_peak_dbtp": true_peak });
    }
    object["failures"] = failures
        .iter()
        .map(|f| json!({ "segment": f.index, "attempts": f.attempts, "error": f.error }))
        .collect();
    let events = catalog.ask(|store| store.events(Some(&job.record), 0, GIVEN))?;
    object["events"] = events
        .into_iter()
        .map(|stored| {
            let mut event = stored.event;
            event["id"] = json!(stored.id);
            event["at"] = json!(humantime::format_rfc3339_millis(stored.at).to_string());
            event
        })
        .collect();
    Ok(object)
}

fn page(catalog: &Catalog, job: &JobView) -> Result<String, Error> {
    let r = &job.record;
    let mut lines = Vec::new();
    let mut add = |key: &str, value: String| lines.push(format!("{key:<9} {value}"));
    add("name", r.name.clone());
    let owner = job.owner.as_ref().map(|owner| format!(" ({owner})"));
    add("state", format!("{}{}", job.state, owner.unwrap_or_default()));
    if let Some(error) = &r.error {
        add("error", error.clone());
    }
    match job.recipe() {
        Ok(recipe) => add("recipe", summary(&recipe)),
        Err(e) => add("recipe", format!("cannot be read: {e}")),
    }
    let file = job.folder.recipe();
    if job.recipe().is_ok_and(|recipe| recipe.to_toml() == r.recipe) {
        match job.folder.read_recipe() {
            Ok(now) if now.to_toml() == r.recipe => {}
            Ok(_) => add("changed", format!("{} is another recipe now", file.display())),
            Err(e) => add("changed", e.to_string()),
        }
    }
    if let Some(loudness) = loudness(job) {
        add("loudness", loudness.to_string());
    }
    let rendered = job.frames_rendered();
    add("frames", format!("{rendered} of {}, {} %", r.frames, percent(rendered, r.frames)));
    let failed = match r.segments_failed {
        0 => String::new(),
        n => format!(", {n} failed"),
    };
    add("segments", format!("{} of {}{failed}", r.segments_done, r.segments));
    if r.fps > 0.0 && matches!(job.state, State::Running | State::Done) {
        let left = job.seconds_left().map(|s| format!(", {} left", duration(s)));
        add("speed", format!("{:.1} fps{}", r.fps, left.unwrap_or_default()));
    }
    if let Some(submission) = &job.submission {
        add("engine", format!("{} ({})", submission.engine.name(), submission.ids.join(", ")));
    }
    if let Some(url) = &job.store {
        let fetched = match job.state {
            State::Done => format!("; genmedia resume {} fetches the film", r.name),
            _ => String::new(),
        };
        add("store", format!("{url}/{}{fetched}", r.name));
    }
    for worker in job.workers.iter().take(SHOWN as usize) {
        add("worker", worker.to_string());
    }
    if let Some(more) = job.workers.len().checked_sub(SHOWN as usize).filter(|more| *more > 0) {
        add("", format!("and {}", count(more as u64, "more worker")));
    }
    add("size", size(job.bytes()));
    match (job.output(), job.state) {
        (Some(output), _) => add("output", output.display().to_string()),
        (None, State::Done) if r.output.is_some() => {
            let path = job.folder.path().join(r.output.as_deref().unwrap_or_default());
            add("output", format!("{} (not there any more)", path.display()));
        }
        _ => {}
    }
    for (path, _) in catalog.all_elsewhere(r)? {
        if job.output().is_none_or(|output| output != Path::new(&path)) {
            add("copy", path);
        }
    }
    add("folder", job.folder.path().display().to_string());
    for (key, time) in [("created", r.created), ("updated", r.updated)] {
        let at = humantime::format_rfc3339_seconds(time);
        add(key, format!("{at} ({} ago)", age(time)));
    }
    for failure in catalog.ask(|store| store.failures(r))?.iter().take(SHOWN as usize) {
        let error = failure.error.as_deref().unwrap_or_default();
        add("failed", format!("segment {}: {error}", failure.index));
    }
    for event in catalog.ask(|store| store.events(Some(r), 0, SHOWN))? {
        add("event", event_line(event));
    }
    Ok(lines.join("\n"))
}

/// How loud the film is: as it was measured when it was made, or measured now.
fn loudness(job: &JobView) -> Option<Loudness> {
    let SoundFormat { rate, channels, .. } = job.recipe().ok()?.sound_format()?;
    let film = job.output().filter(|_| job.state == State::Done)?;
    job.loudness().or_else(|| {
        media::init().ok()?;
        media::loudness(&Location::File(film), rate, channels, &Cancel::new()).ok()
    })
}

fn event_line(stored: StoredEvent) -> String {
    let at = humantime::format_rfc3339_seconds(stored.at);
    let said = serde_json::from_value::<Event>(stored.event).map(|event| event.to_string());
    format!("{at} {}", said.unwrap_or_default())
}

fn summary(recipe: &Recipe) -> String {
    let mut text = format!(
        "{}, {}, {} fps, {} ({}), seed {}",
        recipe.source.name(),
        recipe.size,
        recipe.fps,
        count(recipe.frames, "frame"),
        duration(recipe.seconds()),
        recipe.seed
    );
    if let Some(video) = &recipe.video {
        text.push_str(&format!(", {} {}", video.codec, video.preset));
        if let Some(SoundFormat { codec, rate, channels, bitrate }) = recipe.sound_format() {
            let channels = if channels == 1 { "mono" } else { "stereo" };
            let bits = match bitrate {
                0 => String::new(),
                bitrate => format!(" at {}", Bitrate(bitrate)),
            };
            text.push_str(&format!(", {codec}{bits} {rate} Hz {channels}"));
        }
    }
    if let Some(images) = &recipe.images {
        text.push_str(&format!(", {} images", images.format));
    }
    text
}
