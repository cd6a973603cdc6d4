//! Files: whole or in parts, streamed.

use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};
use tokio_stream::wrappers::ReceiverStream;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::opened::AtOnce;
use crate::media::encode_path;

/// Bytes that are read at once.
const CHUNK: usize = 256 << 10;
/// Ranges of one request; more are answered with the whole file.
const RANGES: usize = 16;

/// Answers with the file at `path`, of so many `bytes`. `downloads`: to be saved, and not shown.
pub(super) async fn file(
    path: &Path,
    bytes: u64,
    mut request: Request<Body>,
    downloads: bool,
) -> Response {
    let headers = request.headers_mut();
    if let Some(condition) = headers.remove(header::IF_RANGE)
        && !holds(path, bytes, &condition).await
    {
        headers.remove(header::RANGE);
    }
    let ranges = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let several = ranges.filter(|ranges| ranges.contains(',')).map(str::to_string);
    if several.is_some() {
        headers.remove(header::RANGE);
    }
    let method = request.method().clone();
    let mut response = whole(path, bytes, request).await;
    if let Some(kind) = kind(path) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if downloads {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, attachment(path));
    }
    match several {
        Some(ranges) if response.status() == StatusCode::OK => {
            parts(path, &ranges, &method, response.headers()).await.unwrap_or(response)
        }
        _ => response,
    }
}

/// Answers with the file, or one range of it.
async fn whole(path: &Path, bytes: u64, mut request: Request<Body>) -> Response {
    // What the path of the URL meant is settled.
    *request.uri_mut() = Uri::from_static("/");
    // A small file does not need a large buffer.
    let buffer = bytes.clamp(4096, CHUNK as u64) as usize;
    let service = ServeDir::with_backend(path, AtOnce)
        .append_index_html_on_directories(false)
        .with_buf_chunk_size(buffer);
    let Ok(answer) = service.oneshot(request).await;
    answer.map(Body::new)
}

/// Types that are to be right, whatever the system's list says.
fn kind(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()? {
        "toml" | "log" | "edl" | "ffconcat" | "txt" => Some("text/plain; charset=utf-8"),
        "m3u" => Some("audio/x-mpegurl"),
        "m3u8" => Some("application/vnd.apple.mpegurl"),
        "xspf" => Some("application/xspf+xml"),
        "segment" => Some("application/octet-stream"),
        "mkv" => Some("video/x-matroska"),
        _ => None,
    }
}

/// A header that makes browsers save the file under its name (RFC 6266, RFC 8187).
fn attachment(path: &Path) -> HeaderValue {
    let name = path.file_name().unwrap_or_default();
    let plain: String = name
        .to_string_lossy()
        .chars()
        .map(|c| {
            if c.is_ascii() && !c.is_ascii_control() && !matches!(c, '"' | '\\') { c } else { '_' }
        })
        .collect();
    let encoded = encode_path(Path::new(name));
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

/// Whether the file still is what `condition` (an entity tag or a date) says.
async fn holds(path: &Path, bytes: u64, condition: &HeaderValue) -> bool {
    let head = Request::builder().method(Method::HEAD).body(Body::empty());
    let Ok(head) = head else { return false };
    let answer = whole(path, bytes, head).await;
    let is = |name| answer.headers().get(name) == Some(condition);
    is(header::ETAG) || is(header::LAST_MODIFIED)
}

/// Several ranges of one file, as `multipart/byteranges` (RFC 9110, 14.6); `None` for what is no
/// list of ranges, which is answered with the whole.
async fn parts(path: &Path, ranges: &str, method: &Method, whole: &HeaderMap) -> Option<Response> {
    let size: u64 = whole.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    let wanted: Vec<&str> = ranges.strip_prefix("bytes=")?.split(',').map(str::trim).collect();
    if wanted.len() > RANGES {
        return None;
    }
    let mut spans: Vec<(u64, u64)> = Vec::new();
    for range in wanted {
        let (from, to) = range.split_once('-')?;
        let number = |text: &str| text.parse::<u64>().ok();
        let span = match (from, to) {
            ("", suffix) => (size.saturating_sub(number(suffix)?), size),
            (from, "") => (number(from)?, size),
            (from, to) if number(from)? <= number(to)? => {
                (number(from)?, number(to)?.saturating_add(1))
            }
            _ => return None,
        };
        if span.0 < size {
            spans.push((span.0, span.1.min(size)));
        }
    }
    if spans.is_empty() {
        let range = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
        return Some((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
    }
    let kind = whole.get(header::CONTENT_TYPE)?.to_str().ok()?.to_string();
    let boundary =
        format!("genmedia-{:016x}", size ^ spans.len() as u64 ^ spans[0].0.rotate_left(17));
    let heads: Vec<String> = spans
        .iter()
        .map(|(from, to)| {
            format!(
                "\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {from}-{}/{size}\r\n\r\n",
                to - 1
            )
        })
        .collect();
    let end = format!("\r\n--{boundary}--\r\n");
    let length = end.len() as u64
        + heads.iter().zip(&spans).map(|(head, (a, b))| head.len() as u64 + b - a).sum::<u64>();
    let body = match *method {
        Method::HEAD => Body::empty(),
        _ => {
            let (sender, receiver) = tokio::sync::mpsc::channel::<std::io::Result<Bytes>>(2);
            let path = path.to_path_buf();
            tokio::spawn(async move {
                let sent = send_parts(&path, heads, spans, end, &sender).await;
                if let Err(e) = sent {
                    let _ = sender.send(Err(e)).await;
                }
            });
            Body::from_stream(ReceiverStream::new(receiver))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let headers = response.headers_mut();
    for name in [header::ETAG, header::LAST_MODIFIED, header::ACCEPT_RANGES] {
        headers.extend(whole.get(&name).map(|value| (name, value.clone())));
    }
    let kind = format!("multipart/byteranges; boundary={boundary}");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&kind).ok()?);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Some(response)
}

/// Sends the parts as fast as they are taken.
async fn send_parts(
    path: &Path,
    heads: Vec<String>,
    spans: Vec<(u64, u64)>,
    end: String,
    out: &tokio::sync::mpsc::Sender<std::io::Result<Bytes>>,
) -> std::io::Result<()> {
    let gone = |_| std::io::Error::from(std::io::ErrorKind::BrokenPipe);
    let mut file = File::open(path).await?;
    for (head, (from, to)) in heads.into_iter().zip(spans) {
        out.send(Ok(head.into())).await.map_err(gone)?;
        file.seek(SeekFrom::Start(from)).await?;
        let mut left = to - from;
        while left > 0 {
            let mut chunk = vec![0; CHUNK.min(left as usize)];
            file.read_exact(&mut chunk).await?;
            left -= chunk.len() as u64;
            out.send(Ok(chunk.into())).await.map_err(gone)?;
        }
    }
    out.send(Ok(end.into())).await.map_err(gone)
}
