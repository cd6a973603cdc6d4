//! What is finished so far, to be watched while the rest is being rendered: HLS (RFC 8216) with
//! fragmented MP4, copied from the finished segments, or, once these are gone, from the film.

use std::fs::File;
use std::io::Seek;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::content::{Part, send};
use super::memory::{Made, Unmade};
use super::place::Place;
use super::refusal::{later, nothing};
use crate::error::Result;
use crate::files::open_regular;
use crate::jobs::{JobView, State};
use crate::media::{self, Container, Fragment, Video};
use crate::recipe::Recipe;

/// True if films of this recipe can be streamed: fragments are MP4.
pub(super) fn can_grow(recipe: &Recipe) -> bool {
    let container = recipe.video.as_ref().map(Video::segment_container);
    matches!(container, Some(Container::Mp4 | Container::Mov))
}

/// The list of what can be played: an EVENT, which grows, and is closed when the job is done. It is written
/// as it is sent.
pub(super) async fn list(app: &Arc<App>, job: &JobView) -> Response {
    let Some(recipe) = job.recipe().ok().filter(can_grow) else { return nothing().await };
    let is_done = job.state == State::Done && job.output().is_some();
    let ready = match is_done {
        true => recipe.segments(),
        false => match app.ready(job).await {
            Some(ready) => ready,
            None => return later(),
        },
    };
    let longest = recipe.fps.seconds(u64::from(recipe.segment_frames)).ceil().max(1.0);
    let mut head = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    );
    if ready > 0 {
        head.push_str("#EXT-X-MAP:URI=\"live/head.mp4\"\n");
    }
    let line = move |index: u64| {
        let frames = recipe.segment(index);
        let seconds = recipe.fps.seconds(frames.end - frames.start);
        format!("#EXTINF:{seconds:.6},\nlive/{index}.m4s\n")
    };
    let end = if is_done { "#EXT-X-ENDLIST\n" } else { "" };
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.apple.mpegurl"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, app.room.list(head, 0..ready, line, end.into())).into_response()
}

/// The head of all fragments, or one fragment.
pub(super) async fn fragment(app: &Arc<App>, job: &JobView, name: &str) -> Response {
    let Some(recipe) = job.recipe().ok().filter(can_grow) else { return nothing().await };
    let index = match name {
        "head.mp4" => Some(0),
        name => name.strip_suffix(".m4s").and_then(|n| n.parse::<u64>().ok()),
    };
    let canonical = |index: u64| name == "head.mp4" || name == format!("{index}.m4s");
    let Some(index) = index.filter(|n| *n < recipe.segments() && canonical(*n)) else {
        return nothing().await;
    };
    let key = format!("{} {index} {}", job.record.identity, job.record.name);
    match app.fragments.get(key, make(app, job, recipe, index)).await {
        Ok(Made(made)) => {
            let Fragment { file, head, bytes } = &made.0;
            let (from, to) = if name == "head.mp4" { (0, *head) } else { (*head, *bytes) };
            let headers = [
                (header::CONTENT_TYPE, "video/mp4".to_string()),
                (header::CACHE_CONTROL, "no-cache".into()),
                (header::CONTENT_LENGTH, (to - from).to_string()),
            ];
            let Ok(file) = file.try_clone() else { return later() };
            let parts = vec![Part::File(from, to)];
            let body = send(Arc::new(file), app.sending.clone(), parts);
            // What it lies in goes when it is sent.
            let body = tokio_stream::StreamExt::map(body, move |sent| {
                let _ = &made;
                sent
            });
            (headers, Body::from_stream(body)).into_response()
        }
        Err(Unmade::NotYet) => {
            (StatusCode::NOT_FOUND, "this segment is not there yet\n").into_response()
        }
        Err(Unmade::Later) => later(),
        Err(Unmade::Failed) => {
            (StatusCode::SERVICE_UNAVAILABLE, "this segment cannot be read\n").into_response()
        }
    }
}

/// Makes a fragment from the segment, or, once it is gone, from the film.
async fn make(app: &Arc<App>, job: &JobView, recipe: Recipe, index: u64) -> Result<Made, Unmade> {
    let record = &job.record;
    let file_of = |path: &PathBuf| {
        let names = path.strip_prefix(job.folder.path()).ok()?;
        let name = std::ffi::OsString::from(&record.name);
        let names: Vec<_> = std::iter::once(name).chain(names.iter().map(Into::into)).collect();
        match app.root.find(&names) {
            Place::File(opened) => Some((opened.file, opened.metadata.len())),
            _ => None,
        }
    };
    let segment = job.folder.segment(&recipe, index);
    let (path, file, bytes, is_film) = match file_of(&segment) {
        Some((file, bytes)) => (segment, file, bytes, false),
        None => {
            let film = match job.output() {
                Some(film) => film,
                // Segments go once the film is there, and the job may have been looked at before.
                None => {
                    let job = app.job_anew(&record.name).await.ok().flatten();
                    let job = job.filter(|job| job.record.identity == record.identity);
                    job.and_then(|job| job.output()).ok_or(Unmade::NotYet)?
                }
            };
            let (file, bytes) = match file_of(&film) {
                Some(opened) => opened,
                None => elsewhere(app, job, &film).await?,
            };
            (film, file, 2 * bytes / recipe.segments(), true)
        }
    };
    let Some(room) = app.room.on_disk(bytes) else {
        app.answers.clear();
        app.fragments.clear();
        return Err(Unmade::Later);
    };
    let (format, frames) = (recipe.format(), recipe.segment(index));
    let make = move || media::fragment(file, &path, is_film, &format, index, frames);
    let made = app.room.make(make).await;
    match made {
        None => Err(Unmade::Later),
        Some(Ok(fragment)) => Ok(Made(Arc::new((fragment, room)))),
        Some(Err(e)) => {
            tracing::warn!("{e}");
            Err(Unmade::Failed)
        }
    }
}

/// A film outside the folder of jobs, opened: only what genmedia itself wrote for this job, by its own list
/// and by the checksum of what was opened. What a file in the folder of jobs says is not enough.
async fn elsewhere(app: &App, job: &JobView, film: &Path) -> Result<(File, u64), Unmade> {
    let path = film.to_path_buf();
    let written = app.look(move |catalog| catalog.elsewhere(&path)).await.ok().flatten().flatten();
    let written = written.filter(|written| written.identity == job.record.identity);
    let Some(written) = written else { return Err(Unmade::NotYet) };
    let opened =
        open_regular(film).and_then(|file| Ok((file.metadata()?, file.try_clone()?, file)));
    let Ok((metadata, copy, file)) = opened else { return Err(Unmade::NotYet) };
    if metadata.len() != written.bytes {
        return Err(Unmade::NotYet);
    }
    // Whatever is changed in a file, or about it, changes this.
    let time = (metadata.ctime(), metadata.ctime_nsec());
    let key = format!("{} {} {time:?} {}", metadata.dev(), metadata.ino(), written.checksum);
    let path = film.to_path_buf();
    let read = move || {
        let is_it = written.checksum.is_of(copy, &path).inspect_err(|e| tracing::warn!("{e}"));
        is_it.unwrap_or(false)
    };
    match app.proven.get(key, app.room.make(read)).await {
        // Both handles share one position.
        Some(true) if (&file).rewind().is_ok() => Ok((file, metadata.len())),
        Some(_) => Err(Unmade::NotYet),
        None => Err(Unmade::Later),
    }
}
