//! The progress page: what the jobs are and how far, for people, players and programs.
//!
//! It only looks. Nothing that a request says changes a file or a job, or starts a program.

mod api;
mod app;
mod connection;
mod content;
mod events;
mod frames;
mod guard;
mod health;
mod host;
mod job;
mod listing;
mod live;
mod log;
mod memory;
mod metrics;
mod opened;
mod options;
mod pages;
mod place;
mod proxy;
mod refusal;
mod renders;
mod row;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tokio::net::{TcpListener, TcpSocket};

use crate::error::{Error, Result};
use app::App;
pub use guard::Login;
pub use log::ACCESS;
pub use options::Options;

/// How long requests that are under way may take once the server is told to stop.
const GRACE: Duration = Duration::from_millis(4500);

/// Listens and serves until `stop` is ready; then finishes what is under way, for a few seconds.
/// `ready` is told where it listens.
///
/// # Errors
/// The address cannot be listened on.
pub fn serve(
    options: Options,
    ready: impl FnOnce(SocketAddr),
    stop: impl Future<Output = ()>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("serve")
        // Each has memory of its own. What takes long has fewer turns than that.
        .max_blocking_threads(32)
        .enable_all()
        .build()
        .map_err(Error::io("start threads for", &options.dir))?;
    let bind = options.bind;
    let served = runtime.block_on(async move {
        let listener = listen(bind).map_err(|e| Error::Bind {
            address: bind,
            reason: match e.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "something listens there already; choose another port".into()
                }
                std::io::ErrorKind::AddrNotAvailable => {
                    "this machine has no such address; 127.0.0.1 is for itself, 0.0.0.0 for all"
                        .into()
                }
                std::io::ErrorKind::PermissionDenied => {
                    "ports below 1024 are for root; choose a higher one".into()
                }
                _ => e.to_string(),
            },
        })?;
        ready(listener.local_addr().unwrap_or(bind));
        let connections = options.connections;
        let app = Arc::new(App::new(options, true)?);
        let router = router(app.clone());
        connection::run(listener, router, &app, connections, stop, GRACE).await;
        Ok(())
    });
    // What still reads a file then reads it for nobody.
    runtime.shutdown_background();
    served
}

/// Listens, with room for a crowd that comes at once: whoever finds none is silently left to try again a second later.
fn listen(bind: SocketAddr) -> std::io::Result<TcpListener> {
    /// The system may allow less.
    const WAITING: u32 = 4096;
    let socket = match bind {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(bind)?;
    socket.listen(WAITING)
}

/// The pages as a service, for a server of one's own; `bind` and `connections` are then not used, and every
/// name is answered to, unless `hosts` names some.
///
/// # Errors
/// Threads cannot be started.
pub fn service(options: Options) -> Result<Router> {
    Ok(router(Arc::new(App::new(options, false)?)))
}

/// All that can be asked for.
fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(pages::index))
        .route("/jobs", get(pages::to_jobs))
        .route("/jobs/", get(pages::index))
        .route("/jobs/{*path}", get(pages::below))
        .route("/web/{name}", get(pages::asset))
        .route("/favicon.ico", get(pages::favicon))
        .route("/robots.txt", get(pages::robots))
        .route("/api/jobs", get(api::jobs))
        .route("/api/jobs/{name}", get(api::job))
        .route("/api/jobs/{name}/segments", get(api::segments))
        .route("/api/events", get(events::events))
        .route("/api/openapi.json", get(api::openapi))
        .route("/metrics", get(metrics::metrics))
        .route("/health", get(health::health))
        .route("/disk", get(health::disk))
        .route("/cpu", get(health::cpu))
        .route("/memory", get(health::memory))
        .fallback(refusal::nothing)
        .method_not_allowed_fallback(refusal::not_allowed)
        .layer(from_fn_with_state(app.guard.clone(), guard::login))
        .layer(from_fn_with_state(app.names.clone(), host::check))
        .layer(from_fn_with_state(app.requests.clone(), log::count))
        .layer(from_fn(guard::headers))
        .layer(from_fn(log::access))
        .layer(from_fn_with_state(Arc::from(app.options.proxies.as_slice()), proxy::believe))
        .with_state(app)
}
