//! Whether all is well, for those who watch machines: `ok` or `not ok`, 200 or 503, and the figures
//! as JSON for who asks for it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::app::{App, blocking};

fn answer(headers: &HeaderMap, is_ok: bool, mut figures: Value) -> Response {
    let status = if is_ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = if is_ok { "ok" } else { "not ok" };
    let accepts = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !accepts.contains("application/json") {
        return (status, format!("{said}\n")).into_response();
    }
    figures["status"] = json!(said);
    (status, Json(figures)).into_response()
}

/// Whether the jobs can be read.
pub(super) async fn health(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let look = async {
        let looked = app.look(|catalog| catalog.ask(|store| store.events(None, 0, 1))).await;
        looked.err().map(|e| e.to_string())
    };
    let error = app.health.get(String::new(), look).await;
    answer(&headers, error.is_none(), json!({ "error": error }))
}

/// Whether there is room on the disk of the jobs.
pub(super) async fn disk(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let dir = app.dir();
    let room = blocking(move || {
        // A folder that is yet to be made will be on the disk of the nearest that is there.
        let there = dir.ancestors().find(|folder| folder.is_dir());
        let there = there.unwrap_or(std::path::Path::new("."));
        let stat =
            rustix::fs::statvfs(there).map_err(|e| crate::Error::io("look at", there)(e.into()))?;
        Ok((stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize))
    });
    let threshold = app.options.disk_free;
    match room.await {
        Ok((free, all)) => {
            let part = free as f64 / (all as f64).max(1.0);
            let figures = json!({
                "free_bytes": free, "bytes": all, "free": round(part), "threshold": threshold,
            });
            answer(&headers, part >= threshold, figures)
        }
        Err(e) => {
            answer(&headers, false, json!({ "error": e.to_string(), "threshold": threshold }))
        }
    }
}

/// Whether the cores keep up.
pub(super) async fn cpu(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    let load = System::load_average().one / cores as f64;
    let threshold = app.options.load;
    let figures = json!({ "load": round(load), "processors": cores, "threshold": threshold });
    answer(&headers, load <= threshold, figures)
}

/// Whether there is memory left.
pub(super) async fn memory(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(memory);
    let (free, all) = match system.cgroup_limits() {
        Some(limits) => (limits.free_memory.min(system.available_memory()), limits.total_memory),
        None => (system.available_memory(), system.total_memory()),
    };
    let threshold = app.options.memory_free;
    let part = free as f64 / (all as f64).max(1.0);
    let figures = json!({
        "available_bytes": free, "bytes": all, "available": round(part), "threshold": threshold,
    });
    answer(&headers, part >= threshold, figures)
}

fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
