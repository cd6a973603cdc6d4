//! The jobs for other programs, as JSON; `/api/openapi.json` describes it.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Deserialize;
use serde_json::{Value, json};

use super::app::App;
use super::refusal::Refusal;
use crate::jobs::{Catalog, JobRecord, JobView, SegmentRecord};

/// All jobs.
pub(super) async fn jobs(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let jobs = app.jobs().await?;
    let make = move || {
        let all = Value::Array(jobs.iter().map(JobView::to_json).collect());
        Ok(all.to_string().into_bytes())
    };
    Ok(app.answer("/api/jobs".into(), "application/json", make).await)
}

async fn find(app: &App, name: &str) -> Result<JobView, Refusal> {
    let none = || Refusal(StatusCode::NOT_FOUND, format!("there is no job {name}"));
    app.job(name).await?.ok_or_else(none)
}

/// The name in the path, if it is text.
fn named(name: Result<Path<String>, PathRejection>) -> Result<String, Refusal> {
    name.map(|Path(name)| name).map_err(|e| Refusal(StatusCode::BAD_REQUEST, e.body_text()))
}

/// One job.
pub(super) async fn job(
    State(app): State<Arc<App>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(find(&app, &named(name)?).await?.to_json()))
}

/// Which segments.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Page {
    offset: Option<u64>,
    limit: Option<u64>,
}

/// The recorded segments of a job.
pub(super) async fn segments(
    State(app): State<Arc<App>>,
    name: Result<Path<String>, PathRejection>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Response, Refusal> {
    const LIMIT: u64 = 1000;
    const MOST: u64 = 100_000;
    let refusal = || {
        let reason = format!("limit is a number from 1 to {MOST}, offset one from 0");
        Refusal(StatusCode::BAD_REQUEST, reason)
    };
    let Query(page) = page.map_err(|_| refusal())?;
    let (offset, limit) = (page.offset.unwrap_or(0), page.limit.unwrap_or(LIMIT));
    if !(1..=MOST).contains(&limit) || offset > i64::MAX as u64 {
        return Err(refusal());
    }
    let view = find(&app, &named(name)?).await?;
    let (record, all) = (view.record.clone(), view.record.segments);
    let before = match offset {
        0 => None,
        n => {
            let record = record.clone();
            let look =
                move |catalog: &Catalog| catalog.ask(|store| store.segment_at(&record, n - 1));
            match app.look(look).await?.flatten() {
                None => return Ok(sent(&view, offset, all, Vec::new())),
                before => before,
            }
        }
    };
    // The first are asked for before the answer begins, so that an error is one.
    let first = rows(&app, &record, before, limit).await?;
    if first.len() as u64 == limit || first.len() < STEP as usize {
        return Ok(sent(&view, offset, all, first));
    }
    let head = head(&view, offset);
    let stream = unfold(Some((first, limit)), move |state| {
        let (app, record) = (app.clone(), record.clone());
        async move {
            let (shown, left) = state?;
            let left = left - shown.len() as u64;
            let last = shown.last().map(|segment| segment.index);
            let mut text = listed(&shown);
            // What is recorded meanwhile is listed or not; what cannot be read breaks the answer off.
            let more = match left {
                0 => Ok(Vec::new()),
                left => rows(&app, &record, last, left).await,
            };
            Some(match more {
                Err(Refusal(_, e)) => (Err(std::io::Error::other(e)), None),
                Ok(more) if more.is_empty() => {
                    text.push_str(&end(all));
                    (Ok(Bytes::from(text)), None)
                }
                Ok(more) => {
                    text.push(',');
                    (Ok(Bytes::from(text)), Some((more, left)))
                }
            })
        }
    });
    let stream = tokio_stream::StreamExt::chain(tokio_stream::once(Ok(Bytes::from(head))), stream);
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(stream)).into_response())
}

/// Recorded segments that are read at once.
const STEP: u64 = 64;

/// The next recorded segments after `last`, a few.
async fn rows(
    app: &App,
    record: &JobRecord,
    last: Option<u64>,
    left: u64,
) -> Result<Vec<SegmentRecord>, Refusal> {
    let record = record.clone();
    let look = move |catalog: &Catalog| {
        catalog.ask(|store| store.segments_after(&record, last, left.min(STEP)))
    };
    let _turn = app.room.turn_to_read().await;
    Ok(app.look(look).await?.unwrap_or_default())
}

fn head(view: &JobView, offset: u64) -> String {
    format!("{{\"job\":{},\"offset\":{offset},\"recorded\":[", json!(view.record.name))
}

fn listed(segments: &[SegmentRecord]) -> String {
    segments.iter().map(|shown| segment(shown).to_string()).collect::<Vec<_>>().join(",")
}

fn end(segments: u64) -> String {
    format!("],\"segments\":{segments}}}")
}

/// An answer in one piece.
fn sent(view: &JobView, offset: u64, segments: u64, shown: Vec<SegmentRecord>) -> Response {
    let text = format!("{}{}{}", head(view, offset), listed(&shown), end(segments));
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

fn segment(segment: &SegmentRecord) -> Value {
    json!({
        "index": segment.index,
        "frames": segment.frames,
        "state": segment.state,
        "bytes": segment.bytes + segment.image_bytes,
        "checksum": segment.checksum.map(|c| c.to_string()),
        "attempts": segment.attempts,
        "error": segment.error,
        "seconds": segment.seconds,
    })
}

/// The description of all this.
pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], include_str!("../../web/openapi.json"))
}
