//! The pages, and what stands behind their links.

use std::net::IpAddr;
use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::{Path as UrlPath, Query as UrlQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::app::App;
use super::job::JobPage;
use super::listing::{self, Entry, Json as ListedJson, Query};
use super::place::{self, Place};
use super::row::{Row, rows};
use super::{content, frames, guard, job, live};
use crate::error::Error;
use crate::jobs::{JobView, State as JobState};
use crate::words;

/// A listing as a page shows it.
pub(super) struct Listing {
    pub entries: Vec<Entry>,
    pub by: String,
    pub is_reverse: bool,
    /// From 1.
    pub page: u64,
    pub pages: u64,
    pub limit: Option<u64>,
    /// Whether the reader chose the order.
    pub is_chosen: bool,
    /// Whether there is a folder above.
    pub has_up: bool,
}

impl Listing {
    pub fn new(entries: Vec<Entry>, all: u64, query: &Query) -> Self {
        let (by, is_reverse) = query.sorting();
        let (page, limit) = query.page();
        Self {
            entries,
            by: by.into(),
            is_reverse,
            page: page + 1,
            pages: all.div_ceil(limit).max(1),
            limit: query.limit,
            is_chosen: query.sort.is_some(),
            has_up: true,
        }
    }

    /// The link that sorts by a column, or turns it round.
    pub fn link(&self, by: &str) -> String {
        let order =
            if by == self.by && self.is_chosen && !self.is_reverse { "desc" } else { "asc" };
        format!("?sort={by}&order={order}")
    }

    pub fn mark(&self, by: &str) -> &'static str {
        match (by == self.by && self.is_chosen, self.is_reverse) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        }
    }

    pub fn to(&self, page: u64) -> String {
        let order = if self.is_reverse { "desc" } else { "asc" };
        let limit = self.limit.map_or_else(String::new, |limit| format!("&limit={limit}"));
        format!("?page={page}&sort={}&order={order}{limit}", self.by)
    }
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    version: &'static str,
    sum: String,
    jobs: Vec<Row>,
    listing: Listing,
    /// What stands before a job's link.
    base: &'static str,
}

#[derive(Template)]
#[template(path = "folder.html")]
struct FolderPage<'a> {
    version: &'static str,
    path: &'a str,
    listing: Listing,
}

/// A page, or why there is none.
pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => ([(header::CACHE_CONTROL, "no-store")], Html(text)).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{e}\n")).into_response(),
    }
}

/// An error as an answer.
pub(super) fn failed(e: &Error) -> Response {
    let status = match e {
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            StatusCode::NOT_FOUND
        }
        Error::Io { source, .. } if source.kind() == std::io::ErrorKind::PermissionDenied => {
            StatusCode::FORBIDDEN
        }
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, format!("{e}\n")).into_response()
}

pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing here\n").into_response()
}

pub(super) async fn not_allowed() -> Response {
    let allow = [(header::ALLOW, "GET, HEAD")];
    (StatusCode::METHOD_NOT_ALLOWED, allow, "nothing can be changed here\n").into_response()
}

pub(super) async fn to_jobs() -> Redirect {
    Redirect::permanent("/jobs/")
}

pub(super) async fn favicon() -> Redirect {
    Redirect::permanent("/web/icon.svg")
}

/// Crawlers would have every frame computed.
pub(super) async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /jobs/*/frames/\n"
}

/// What the pages need.
pub(super) async fn asset(UrlPath(name): UrlPath<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "style.css" => ("text/css; charset=utf-8", include_str!("../../web/style.css")),
        "live.js" => ("text/javascript; charset=utf-8", include_str!("../../web/live.js")),
        "player.js" => ("text/javascript; charset=utf-8", include_str!("../../web/player.js")),
        "icon.svg" => ("image/svg+xml", include_str!("../../web/icon.svg")),
        _ => return nothing().await,
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// The jobs, and the files beside them.
pub(super) async fn index(
    State(app): State<Arc<App>>,
    UrlQuery(query): UrlQuery<Query>,
    uri: Uri,
) -> Response {
    let jobs = match app.jobs().await {
        Ok(jobs) => jobs,
        Err(e) => return failed(&e),
    };
    let dir = app.dir();
    let asked = query.clone();
    let entries = super::app::blocking(move || match dir.is_dir() {
        true => listing::read(&dir, &asked),
        false => Ok(Vec::new()),
    });
    let entries = match entries.await {
        Ok(entries) => entries,
        Err(e) => return failed(&e),
    };
    if query.is_json() {
        return Json(entries.iter().map(ListedJson::from).collect::<Vec<_>>()).into_response();
    }
    let is_job = |entry: &Entry| {
        let name = entry.name.trim_end_matches('/');
        entry.is_folder && jobs.iter().any(|job| job.record.name == name)
    };
    let base = if uri.path() == "/" { "jobs/" } else { "" };
    let mut others: Vec<Entry> = entries.iter().filter(|entry| !is_job(entry)).cloned().collect();
    if !base.is_empty() {
        // The root has but one folder; its files stand there.
        others = vec![Entry::new("jobs".as_ref(), true)];
    }
    let all = others.len() as u64;
    page(&IndexPage {
        version: env!("CARGO_PKG_VERSION"),
        sum: sum(&jobs),
        jobs: rows(&jobs, &query),
        listing: Listing { pages: 1, has_up: base.is_empty(), ..Listing::new(others, all, &query) },
        base,
    })
}

/// All jobs in a sentence.
fn sum(jobs: &[JobView]) -> String {
    let states = JobState::ALL.iter().filter_map(|state| {
        let count = jobs.iter().filter(|job| job.state == *state).count();
        (count > 0).then(|| format!("{count} {state}"))
    });
    let states: Vec<String> = states.collect();
    let all: u64 = jobs.iter().map(JobView::bytes).sum();
    match jobs.len() {
        0 => String::new(),
        1 => format!("1 job, {}; {}", states.join(", "), words::size(all)),
        n => format!("{n} jobs: {}; {}", states.join(", "), words::size(all)),
    }
}

/// What is asked of a file or folder below the jobs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ask {
    download: Option<String>,
    width: Option<u32>,
}

/// A job, or what is in its folder.
pub(super) async fn below(
    State(app): State<Arc<App>>,
    UrlQuery(query): UrlQuery<Query>,
    ask: Result<UrlQuery<Ask>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_string();
    let below = path.strip_prefix("/jobs/").unwrap_or_default();
    let Some(names) = place::names(below) else { return nothing().await };
    let Ok(UrlQuery(ask)) = ask else {
        return (StatusCode::BAD_REQUEST, "width is a number of pixels\n").into_response();
    };
    let job = match names.first().and_then(|name| name.to_str()) {
        Some(name) => match app.job(name).await {
            Ok(job) => job,
            Err(e) => return failed(&e),
        },
        None => None,
    };
    if let (Some(job), [_, rest @ ..]) = (&job, names.as_slice()) {
        let rest: Vec<&str> = rest.iter().map(|name| name.to_str().unwrap_or("\u{0}")).collect();
        match rest.as_slice() {
            ["play.m3u"] => return job::play_list(job, request.headers()),
            ["live.m3u8"] => return live::list(&app, job).await,
            ["live", piece] => return live::piece(job, piece).await,
            ["frames"] | ["frames", _] => {
                let asks = (request.headers().clone(), guard::peer(request.extensions()));
                if let Some(answer) = frame(&app, job, &rest[1..], &query, &ask, &path, asks).await
                {
                    return answer;
                }
            }
            _ => {}
        }
    }
    // A few names are looked up, which takes less time than to hand it to another thread.
    match app.root.find(&names) {
        Place::Nothing => nothing().await,
        Place::Outside => {
            (StatusCode::FORBIDDEN, "this leads out of the folder of jobs\n").into_response()
        }
        Place::File(..) if path.ends_with('/') => nothing().await,
        Place::File(file, bytes) => {
            content::file(&file, bytes, request, ask.download.is_some()).await
        }
        Place::Folder(_) if !path.ends_with('/') => {
            // Of the same server, whatever stands in the path.
            let last = path.rsplit('/').next().unwrap_or_default();
            Redirect::permanent(&format!("./{last}/")).into_response()
        }
        Place::Folder(folder) => {
            let asked = query.clone();
            let read = super::app::blocking(move || listing::read(&folder, &asked)).await;
            let mut entries = match read {
                Ok(entries) => entries,
                Err(e) => return failed(&e),
            };
            if let (Some(job), 1) = (&job, names.len()) {
                job::add_frames(job, &mut entries);
            }
            if query.is_json() {
                let all: Vec<ListedJson> = entries.iter().map(ListedJson::from).collect();
                return Json(all).into_response();
            }
            match (job, names.len()) {
                (Some(job), 1) => match JobPage::new(&app, &job, entries, &query).await {
                    Ok(shown) => page(&shown),
                    Err(e) => failed(&e),
                },
                _ => {
                    let all = entries.len() as u64;
                    folder_page(&path, cut(entries, &query), all, &query)
                }
            }
        }
    }
}

/// The wanted page of the entries.
fn cut(entries: Vec<Entry>, query: &Query) -> Vec<Entry> {
    let (page, limit) = query.page();
    entries.into_iter().skip(page.saturating_mul(limit) as usize).take(limit as usize).collect()
}

fn folder_page(path: &str, entries: Vec<Entry>, all: u64, query: &Query) -> Response {
    let shown = crate::media::decode_path(path);
    let path = shown.to_string_lossy();
    page(&FolderPage {
        version: env!("CARGO_PKG_VERSION"),
        path: &path,
        listing: Listing::new(entries, all, query),
    })
}

/// The frames of a job, or one; `None` where what is stored is all there is.
async fn frame(
    app: &Arc<App>,
    job: &JobView,
    rest: &[&str],
    query: &Query,
    ask: &Ask,
    path: &str,
    (headers, peer): (HeaderMap, IpAddr),
) -> Option<Response> {
    let recipe = job.recipe().ok().filter(frames::are_computed)?;
    match rest {
        [] if !path.ends_with('/') => Some(Redirect::permanent("./frames/").into_response()),
        [] => {
            let (entries, all) = frames::list(job, &recipe, query);
            Some(match query.is_json() {
                true => {
                    Json(entries.iter().map(ListedJson::from).collect::<Vec<_>>()).into_response()
                }
                false => folder_page(path, entries, all, query),
            })
        }
        [name] => {
            let asked = frames::asked(job, &recipe, name.as_ref())?;
            let stored = job.folder.image(&recipe, asked.index, asked.format);
            if stored.exists() && ask.width.is_none() {
                return None;
            }
            let may = app.guard.may_render(peer);
            Some(frames::answer(app, job, recipe, asked, ask.width, &headers, may).await)
        }
        _ => None,
    }
}
