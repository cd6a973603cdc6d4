//! Files: whole or in parts, streamed.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream::unfold;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::guard::SANDBOX;
use super::opened::{AtOnce, Sending};
use super::place::Opened;
use crate::media::encode_path;

/// Ranges of one request; more are answered with the whole file.
const RANGES: usize = 16;

/// Answers with a file. `downloads`: to be saved, and not shown.
pub(super) async fn file(
    sending: &Sending,
    opened: Box<Opened>,
    mut request: Request<Body>,
    downloads: bool,
) -> Response {
    let Opened { file, metadata, name } = *opened;
    let backend = AtOnce { file: Arc::new(file), metadata, sending: sending.clone() };
    let bytes = backend.metadata.len();
    let headers = request.headers_mut();
    if let Some(condition) = headers.remove(header::IF_RANGE)
        && !holds(&backend, &name, &condition).await
    {
        headers.remove(header::RANGE);
    }
    let ranges = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let several = match ranges.map(|ranges| Wish::of(ranges, bytes)) {
        None => None,
        Some(Wish::Nothing) => {
            headers.remove(header::RANGE);
            None
        }
        Some(Wish::One(range)) => {
            headers.insert(header::RANGE, range);
            None
        }
        Some(Wish::Several(ranges)) => {
            headers.remove(header::RANGE);
            Some(ranges)
        }
    };
    let method = request.method().clone();
    let mut response = whole(&backend, &name, request).await;
    if let Some(kind) = kind(&name) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if downloads {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, attachment(&name));
    }
    if is_active(&response) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, SANDBOX);
    }
    match several {
        Some(ranges) if response.status() == StatusCode::OK => {
            parts(&backend, &ranges, &method, response.headers()).unwrap_or(response)
        }
        _ => response,
    }
}

/// What a `Range` asks for.
enum Wish {
    /// Nothing that is understood (RFC 9110, 14.2): the whole file.
    Nothing,
    One(HeaderValue),
    Several(String),
}

impl Wish {
    fn of(ranges: &str, bytes: u64) -> Self {
        let Some((unit, list)) = ranges.split_once('=') else { return Self::Nothing };
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Self::Nothing;
        }
        let list = list.trim();
        if list.contains(',') {
            return Self::Several(list.into());
        }
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let range = match list.split_once('-') {
            // A number that is too large is larger than the file.
            Some(("", last)) if is_number(last) => match last.parse().unwrap_or(u64::MAX) {
                // More than there is: all of it.
                last if last >= bytes && bytes > 0 => "bytes=0-".to_string(),
                last => format!("bytes=-{last}"),
            },
            Some((from, to)) if is_number(from) && (to.is_empty() || is_number(to)) => {
                let number = |text: &str| text.parse().unwrap_or(u64::MAX - 1);
                match (number(from), (!to.is_empty()).then(|| number(to))) {
                    (from, Some(to)) if to < from => return Self::Nothing,
                    (from, Some(to)) => format!("bytes={from}-{to}"),
                    (from, None) => format!("bytes={from}-"),
                }
            }
            _ => return Self::Nothing,
        };
        HeaderValue::from_str(&range).map_or(Self::Nothing, Self::One)
    }
}

/// True for what a browser would run: such a file of a user's must not act in this server's name.
fn is_active(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    let is_passive = kind.starts_with("video/")
        || kind.starts_with("audio/")
        || kind.starts_with("image/") && !kind.contains("svg")
        || ["text/plain", "application/octet-stream", "application/vnd.apple.mpegurl"]
            .contains(&&*kind);
    !is_passive
}

/// Answers with the file, or one range of it.
async fn whole(backend: &AtOnce, name: &OsStr, mut request: Request<Body>) -> Response {
    // What the path of the URL meant is settled.
    *request.uri_mut() = Uri::from_static("/");
    // A small file does not need a large buffer.
    let buffer = backend.metadata.len().clamp(4096, backend.sending.chunk() as u64) as usize;
    // The name is for its type; what is read is what was opened.
    let service = ServeDir::with_backend(name, backend.clone())
        .append_index_html_on_directories(false)
        .with_buf_chunk_size(buffer);
    let Ok(answer) = service.oneshot(request).await;
    answer.map(Body::new)
}

/// Types that are to be right, whatever the system's list says.
fn kind(name: &OsStr) -> Option<&'static str> {
    match Path::new(name).extension()?.to_str()? {
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
fn attachment(name: &OsStr) -> HeaderValue {
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
async fn holds(backend: &AtOnce, name: &OsStr, condition: &HeaderValue) -> bool {
    let head = Request::builder().method(Method::HEAD).body(Body::empty());
    let Ok(head) = head else { return false };
    let answer = whole(backend, name, head).await;
    let is = |name| answer.headers().get(name) == Some(condition);
    is(header::ETAG) || is(header::LAST_MODIFIED)
}

/// Several ranges of one file, as `multipart/byteranges` (RFC 9110, 14.6); `None` for what is no
/// list of ranges, or asks for more than there is, which is answered with the whole.
fn parts(backend: &AtOnce, ranges: &str, method: &Method, whole: &HeaderMap) -> Option<Response> {
    let size: u64 = whole.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    let wanted: Vec<&str> = ranges.split(',').map(str::trim).collect();
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
    // Ranges that overlap so much are a way to be sent the file many times (RFC 9110, 14.2).
    if spans.iter().map(|(from, to)| to - from).sum::<u64>() > size {
        return None;
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
            let parts = heads
                .into_iter()
                .zip(spans)
                .flat_map(|(head, (from, to))| [Part::Text(head.into()), Part::File(from, to)]);
            let parts = parts.chain([Part::Text(end.into())]).collect();
            Body::from_stream(send(backend.file.clone(), backend.sending.clone(), parts))
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

/// Of what is sent.
pub(super) enum Part {
    Text(Bytes),
    /// Bytes of the file, from the first to before the second.
    File(u64, u64),
}

/// Sends parts of a file, and what stands between them, as fast as they are taken.
pub(super) fn send(
    file: Arc<std::fs::File>,
    sending: Sending,
    parts: Vec<Part>,
) -> impl Stream<Item = io::Result<Bytes>> {
    let one = sending.one();
    let parts = parts.into_iter().collect::<std::collections::VecDeque<_>>();
    unfold((file, sending, one, parts), |(file, sending, one, mut parts)| async move {
        let sent = match parts.pop_front()? {
            Part::Text(text) => Ok(text),
            Part::File(from, to) if from >= to => Ok(Bytes::new()),
            Part::File(from, to) => {
                let next = to.min(from + sending.chunk() as u64);
                parts.push_front(Part::File(next, to));
                let from_file = file.clone();
                let read = tokio::task::spawn_blocking(move || {
                    let mut chunk = vec![0; (next - from) as usize];
                    from_file.read_exact_at(&mut chunk, from).map(|()| Bytes::from(chunk))
                });
                read.await.unwrap_or_else(|e| Err(io::Error::other(e)))
            }
        };
        if sent.is_err() {
            parts.clear();
        }
        Some((sent, (file, sending, one, parts)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_what_rfc_9110_says() {
        let one = |ranges: &str| match Wish::of(ranges, 100) {
            Wish::One(range) => range.to_str().unwrap_or_default().to_string(),
            Wish::Several(_) => "several".into(),
            Wish::Nothing => "whole".into(),
        };
        for (asked, meant) in [
            ("bytes=0-9", "bytes=0-9"),
            ("bytes=90-", "bytes=90-"),
            ("BYTES=-5", "bytes=-5"),
            ("bytes=-100", "bytes=0-"),
            ("bytes=-5000", "bytes=0-"),
            ("bytes=-99999999999999999999", "bytes=0-"),
            ("bytes=-0", "bytes=-0"),
            ("bytes=9-0", "whole"),
            ("lines=1-2", "whole"),
            ("bytes", "whole"),
            ("bytes=x-", "whole"),
            ("bytes=-", "whole"),
            ("bytes=0-1,4-5", "several"),
        ] {
            assert_eq!(one(asked), meant, "{asked}");
        }
    }
}
