//! What is finished so far, to be watched while the rest is being rendered: HLS (RFC 8216) with
//! fragmented MP4, copied from the finished segments, or, once these are gone, from the film.

use std::fmt::Write;
use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::app::{App, blocking};
use super::pages::{failed, nothing};
use crate::error::Error;
use crate::jobs::{JobView, SegmentState, State};
use crate::media::{self, Container, Fragment};
use crate::recipe::Recipe;

/// True if films of this recipe can be streamed: fragments are MP4.
pub(super) fn can_grow(recipe: &Recipe) -> bool {
    let container = recipe.video.as_ref().map(|video| video.codec.segment_container());
    container == Some(Container::Mp4)
}

/// The list of what can be played: an EVENT, which grows, and is closed when the job is done.
pub(super) async fn list(app: &Arc<App>, job: &JobView) -> Response {
    let Some(recipe) = job.recipe().ok().filter(can_grow) else { return nothing().await };
    let is_done = job.state == State::Done && job.output().is_some();
    let ready = match is_done {
        true => recipe.segments(),
        false => {
            let record = job.record.clone();
            match app.look(move |catalog| catalog.store().segments(&record)).await {
                // Up to the first that is missing.
                Ok(segments) => segments
                    .unwrap_or_default()
                    .iter()
                    .zip(0..)
                    .take_while(|(s, n)| s.number == *n && s.state == SegmentState::Done)
                    .count() as u64,
                Err(e) => return failed(&e),
            }
        }
    };
    let longest = recipe.fps.seconds(u64::from(recipe.segment_frames)).ceil().max(1.0);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{longest}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n"
    );
    if ready > 0 {
        text.push_str("#EXT-X-MAP:URI=\"live/head.mp4\"\n");
    }
    for index in 0..ready {
        let frames = recipe.segment(index);
        let seconds = recipe.fps.seconds(frames.end - frames.start);
        let _ = writeln!(text, "#EXTINF:{seconds:.6},\nlive/{index}.m4s");
    }
    if is_done {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.apple.mpegurl"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

/// The head of all fragments, or one fragment.
pub(super) async fn piece(job: &JobView, name: &str) -> Response {
    let Some(recipe) = job.recipe().ok().filter(can_grow) else { return nothing().await };
    let index = match name {
        "head.mp4" => Some(0),
        name => name.strip_suffix(".m4s").and_then(|n| n.parse::<u64>().ok()),
    };
    let canonical = |index: u64| name == "head.mp4" || name == format!("{index}.m4s");
    let Some(index) = index.filter(|n| *n < recipe.segments() && canonical(*n)) else {
        return nothing().await;
    };
    let (segment, film) = (job.folder.segment(&recipe, index), job.output());
    let made = blocking(move || match media::fragment(&segment, false, &recipe, index) {
        Ok(fragment) => Ok(fragment),
        // The segments go once the film is there.
        Err(e) => match film {
            Some(film) => media::fragment(&film, true, &recipe, index),
            None => Err(e),
        },
    });
    match made.await {
        Ok(Fragment { head, body }) => {
            let bytes = if name == "head.mp4" { head } else { body };
            ([(header::CONTENT_TYPE, "video/mp4"), (header::CACHE_CONTROL, "no-cache")], bytes)
                .into_response()
        }
        Err(Error::Io { .. }) => {
            (StatusCode::NOT_FOUND, "this segment is not there yet\n").into_response()
        }
        Err(e) => failed(&e),
    }
}
