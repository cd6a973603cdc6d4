//! Connections: how many, and how long one may take for what.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep};
use tower::ServiceExt;

use super::app::App;

/// How long a client may take for the head of a request, and between two of them.
const HEAD: Duration = Duration::from_secs(10);
/// The same, where only a quarter of the places is left.
const HEAD_IN_A_CROWD: Duration = Duration::from_secs(2);
/// How long a client may leave what is sent to it unread. A film that is paused is asked for again.
const UNREAD: Duration = Duration::from_secs(60);
/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 << 10;

/// Serves until `stop` is ready, and then what is under way for as long as `grace`.
pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    app: &Arc<App>,
    connections: usize,
    stop: impl Future<Output = ()>,
    grace: Duration,
) {
    let room = Arc::new(Semaphore::new(connections.max(1)));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).max_buf_size(HEAD_BYTES.max(8192));
    // No more files may be open, say; it passes.
    let told = |e: &io::Error| tracing::warn!("cannot take a connection: {e}");
    loop {
        // Whoever comes when all places are taken waits in the system's queue.
        let place = tokio::select! {
            place = room.clone().acquire_owned() => place,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (Ok(place), Ok((stream, peer))) = (place, accepted.inspect_err(told)) else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = router.clone().map_request(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request.map(Body::new)
        });
        let service = TowerToHyperService::new(service);
        let is_crowded = room.available_permits() < connections / 4;
        let head = if is_crowded { HEAD_IN_A_CROWD } else { HEAD };
        http.header_read_timeout(head);
        let io = TokioIo::new(Impatient::new(stream, head));
        let connection = graceful.watch(http.serve_connection(io, service));
        tokio::spawn(async move {
            // What goes wrong with a client is the client's.
            if let Err(e) = connection.await {
                tracing::debug!("{peer}: {e}");
            }
            drop(place);
        });
    }
    drop(listener);
    // Those who listen for events are told to go.
    app.stop.send_replace(true);
    let _ = tokio::time::timeout(grace, graceful.shutdown()).await;
}

/// A stream whose writes fail when nobody reads them, and whose reads do when a request comes drop
/// by drop.
struct Impatient {
    stream: TcpStream,
    /// How long the head of a request may take.
    head: Duration,
    /// When the first byte came after what was written last.
    since: Option<Instant>,
    /// Runs while a write waits.
    patience: Pin<Box<Sleep>>,
    waits: bool,
}

impl Impatient {
    fn new(stream: TcpStream, head: Duration) -> Self {
        Self { stream, head, since: None, patience: Box::pin(sleep(UNREAD)), waits: false }
    }

    fn judge<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            (self.waits, self.since) = (false, None);
            return poll;
        }
        if !self.waits {
            self.waits = true;
            self.patience.as_mut().reset(Instant::now() + UNREAD);
        }
        match self.patience.as_mut().poll(cx) {
            Poll::Ready(()) => {
                // Reset, or the system would keep what was not read for minutes more.
                let _ = self.stream.set_zero_linger();
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Impatient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if poll.is_ready() && buffer.filled().len() > before {
            // Hyper's own limit is one of silence.
            let since = *self.since.get_or_insert_with(Instant::now);
            if since.elapsed() > self.head {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        poll
    }
}

impl AsyncWrite for Impatient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(cx, data);
        self.judge(cx, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(cx, data);
        self.judge(cx, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
