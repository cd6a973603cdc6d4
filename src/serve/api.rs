//! The jobs for other programs, as JSON; `/api/openapi.json` describes it.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::app::App;
use crate::error::Error;
use crate::jobs::{JobView, SegmentRecord};

/// An answer that there is none.
pub(super) struct Refusal(pub StatusCode, pub String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<Error> for Refusal {
    fn from(e: Error) -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, e.to_string())
    }
}

/// All jobs.
pub(super) async fn jobs(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    let jobs = app.jobs().await?;
    Ok(Json(Value::Array(jobs.iter().map(JobView::to_json).collect())))
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
) -> Result<Json<Value>, Refusal> {
    const LIMIT: u64 = 1000;
    const MOST: u64 = 100_000;
    let Query(page) = page.map_err(|e| Refusal(StatusCode::BAD_REQUEST, e.body_text()))?;
    let (offset, limit) = (page.offset.unwrap_or(0), page.limit.unwrap_or(LIMIT));
    if !(1..=MOST).contains(&limit) || offset > i64::MAX as u64 {
        let reason = format!("limit is 1 to {MOST}, offset at least 0");
        return Err(Refusal(StatusCode::BAD_REQUEST, reason));
    }
    let view = find(&app, &named(name)?).await?;
    let record = view.record.clone();
    let segments = app
        .look(move |catalog| catalog.store().segments_page(&record, offset, limit))
        .await?
        .unwrap_or_default();
    let shown: Vec<Value> = segments.iter().map(segment).collect();
    Ok(Json(json!({
        "job": view.record.name,
        "segments": view.record.segments,
        "offset": offset,
        "recorded": shown,
    })))
}

fn segment(segment: &SegmentRecord) -> Value {
    json!({
        "index": segment.number,
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
