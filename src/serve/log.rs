//! What is noted of each request, for those who run the server: a line, and a count.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::guard;

/// The target of these lines, by which a subscriber of `tracing` tells them from others.
pub const ACCESS: &str = "genmedia::access";

/// Tells of each request once its answer begins: refusals and errors as warnings, all others as
/// information.
pub(super) async fn access(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let (peer, began) = (guard::peer(request.extensions()), Instant::now());
    let response = next.run(request).await;
    let (status, ms) = (response.status(), began.elapsed().as_millis() as u64);
    let (path, status) = (uri.path(), status.as_u16());
    if is_refusal(response.status()) {
        tracing::warn!(target: ACCESS, %peer, %method, path, status, ms);
    } else {
        tracing::info!(target: ACCESS, %peer, %method, path, status, ms);
    }
    response
}

/// True for what whoever runs the server should know of in any case. That there is nothing at an address
/// is no such thing.
fn is_refusal(status: StatusCode) -> bool {
    use StatusCode as S;
    status.is_server_error()
        || [S::UNAUTHORIZED, S::FORBIDDEN, S::MISDIRECTED_REQUEST, S::TOO_MANY_REQUESTS]
            .contains(&status)
}

/// How many requests there were since the server started, and are.
pub(super) struct Requests {
    pub started: SystemTime,
    answered: Mutex<BTreeMap<u16, u64>>,
    open: AtomicU64,
}

impl Default for Requests {
    fn default() -> Self {
        let (answered, open) = (Mutex::default(), AtomicU64::new(0));
        Self { started: SystemTime::now(), answered, open }
    }
}

impl Requests {
    /// How many were answered, by status.
    pub fn answered(&self) -> BTreeMap<u16, u64> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many are being answered.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }
}

/// Counts a request.
pub(super) async fn count(
    State(requests): State<Arc<Requests>>,
    request: Request,
    next: Next,
) -> Response {
    requests.open.fetch_add(1, Ordering::Relaxed);
    let response = next.run(request).await;
    requests.open.fetch_sub(1, Ordering::Relaxed);
    let mut answered = requests.answered.lock().unwrap_or_else(PoisonError::into_inner);
    *answered.entry(response.status().as_u16()).or_default() += 1;
    drop(answered);
    response
}
