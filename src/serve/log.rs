//! A line for each request, for those who run the server.

use std::time::Instant;

use axum::extract::Request;
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
