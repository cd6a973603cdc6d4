//! The pages, and what stands behind their links.

use std::collections::HashSet;
use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path as UrlPath, Query as UrlQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::app::App;
use super::host::Host;
use super::job::JobPage;
use super::listing::{self, Entry, Json as ListedJson, Listing, Query};
use super::place::{self, Place};
use super::proxy::Reached;
use super::refusal::{failed, nothing};
use super::row::{Row, rows};
use super::{content, frames, guard, job, live};
use crate::error::{Error, Result};
use crate::jobs::{JobView, State as JobState};
use crate::recipe::Recipe;
use crate::words;

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage {
    version: &'static str,
    root: String,
    sum: String,
    jobs: Vec<Row>,
    listing: Listing,
    /// What stands before a job's link.
    base: &'static str,
}

#[derive(Template)]
#[template(path = "folder.html")]
struct FolderPage {
    version: &'static str,
    root: String,
    path: String,
    listing: Listing,
}

/// An entry as a row of the table.
#[derive(Template)]
#[template(path = "entry.html")]
struct EntryRow {
    entry: Entry,
}

/// The type of pages.
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// A page's text.
fn text(template: &impl Template) -> Result<Vec<u8>> {
    let written = template.render().map(String::into_bytes);
    written.map_err(|e| Error::io("write", "a page")(std::io::Error::other(e)))
}

/// Entries as JSON.
fn json(entries: &[Entry]) -> Result<Vec<u8>> {
    let entries: Vec<ListedJson> = entries.iter().map(ListedJson::from).collect();
    let written = serde_json::to_vec(&entries);
    written.map_err(|e| Error::io("write", "a list")(std::io::Error::other(e)))
}

pub(super) async fn to_jobs() -> Redirect {
    Redirect::permanent("./jobs/")
}

pub(super) async fn favicon() -> Redirect {
    Redirect::permanent("./web/icon.svg")
}

/// Crawlers would have every frame drawn.
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
    let entries = app.root.find(&[]);
    let (base, is_json) = (if uri.path() == "/" { "jobs/" } else { "" }, query.is_json());
    let make = move || {
        let entries = match entries {
            Place::Folder(folder) => listing::read(&folder, &query)?,
            _ => Vec::new(),
        };
        if is_json {
            return json(&entries);
        }
        let names: HashSet<&str> = jobs.iter().map(|job| job.record.name.as_str()).collect();
        let is_job =
            |entry: &Entry| entry.is_folder && names.contains(entry.name.trim_end_matches('/'));
        let others = match base {
            "" => entries.into_iter().filter(|entry| !is_job(entry)).collect(),
            // The root has but one folder; its files stand there.
            _ => vec![Entry::new("jobs".as_ref(), true)],
        };
        let all = others.len() as u64;
        let listing = Listing::new(others, all, &query);
        text(&IndexPage {
            version: env!("CARGO_PKG_VERSION"),
            root: if base.is_empty() { "../".into() } else { String::new() },
            sum: sum(&jobs),
            jobs: rows(&jobs, &query),
            listing: Listing { pages: 1, has_up: base.is_empty(), ..listing },
            base,
        })
    };
    app.answer(uri.to_string(), if is_json { JSON } else { HTML }, make).await
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
    width: Option<NonZero<u32>>,
}

/// A job, or what is in its folder.
pub(super) async fn below(
    State(app): State<Arc<App>>,
    UrlQuery(query): UrlQuery<Query>,
    ask: std::result::Result<UrlQuery<Ask>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_string();
    let below = path.strip_prefix("/jobs/").unwrap_or_default();
    let Some(names) = place::names(below) else { return nothing().await };
    let Ok(UrlQuery(ask)) = ask else {
        return (StatusCode::BAD_REQUEST, "width is a number of pixels, from 1 up\n")
            .into_response();
    };
    let job = match names.first().and_then(|name| name.to_str()) {
        Some(name) => match app.job(name).await {
            Ok(job) => job,
            Err(e) => return failed(&e),
        },
        None => None,
    };
    if let (Some(job), [_, rest @ ..]) = (&job, names.as_slice())
        && let Some(answer) = made(&app, job, rest, &query, &ask, Visit::of(&request)).await
    {
        return answer;
    }
    // A few names are looked up, which takes less time than to hand it to another thread.
    match app.root.find(&names) {
        Place::Nothing => nothing().await,
        Place::Outside => {
            (StatusCode::FORBIDDEN, "this leads out of the folder of jobs\n").into_response()
        }
        Place::Closed => (StatusCode::FORBIDDEN, "this may not be read here\n").into_response(),
        Place::File(..) if path.ends_with('/') => nothing().await,
        Place::File(opened) => {
            content::file(&app.sending, opened, request, ask.download.is_some()).await
        }
        Place::Folder(_) if !path.ends_with('/') => {
            // Of the same server, whatever stands in the path.
            let last = path.rsplit('/').next().unwrap_or_default();
            Redirect::permanent(&format!("./{last}/")).into_response()
        }
        Place::Folder(folder) => {
            let job = job.filter(|_| names.len() == 1);
            listed(&app, folder, job, query, request.uri()).await
        }
    }
}

/// Who asks, and for what.
struct Visit {
    path: String,
    headers: HeaderMap,
    peer: IpAddr,
    host: Option<Host>,
    reached: Reached,
}

impl Visit {
    fn of(request: &Request) -> Self {
        Self {
            path: request.uri().path().into(),
            headers: request.headers().clone(),
            peer: guard::peer(request.extensions()),
            host: request.extensions().get().cloned(),
            reached: request.extensions().get().cloned().unwrap_or_default(),
        }
    }
}

/// What a job has that is no file; `None` where a file is asked for.
async fn made(
    app: &Arc<App>,
    job: &JobView,
    names: &[OsString],
    query: &Query,
    ask: &Ask,
    visit: Visit,
) -> Option<Response> {
    let names: Vec<&str> = names.iter().map(|name| name.to_str().unwrap_or("\u{0}")).collect();
    match names.as_slice() {
        ["play.m3u"] => Some(job::play_list(job, visit.host.as_ref(), &visit.reached)),
        ["live.m3u8"] => Some(live::list(app, job).await),
        ["live", piece] => Some(live::fragment(app, job, piece).await),
        ["frames", name @ ..] if name.len() < 2 => frame(app, job, name, query, ask, visit).await,
        _ => None,
    }
}

/// A folder's page; a job's own if it is the folder of `job`.
async fn listed(
    app: &Arc<App>,
    folder: OwnedFd,
    job: Option<JobView>,
    query: Query,
    uri: &Uri,
) -> Response {
    let (dir, path, is_json) = (app.dir(), uri.path().to_string(), query.is_json());
    let make = move || {
        let mut entries = listing::read(&folder, &query)?;
        if let Some(job) = &job {
            job::add_frames(job, &mut entries);
        }
        match job {
            _ if is_json => json(&entries),
            Some(job) => text(&JobPage::new(&dir, &job, entries, &query, to_root(&path))?),
            None => {
                let all = entries.len() as u64;
                text(&folder_page(&path, page_of(entries, &query), all, &query))
            }
        }
    };
    app.answer(uri.to_string(), if is_json { JSON } else { HTML }, make).await
}

/// The wanted page of the entries.
fn page_of(entries: Vec<Entry>, query: &Query) -> Vec<Entry> {
    let (page, limit) = query.page();
    entries.into_iter().skip(page.saturating_mul(limit) as usize).take(limit as usize).collect()
}

/// What leads from the page at `path` to the root. Links do not begin there, so that they are right behind a proxy that
/// has another path for it.
fn to_root(path: &str) -> String {
    "../".repeat(path.matches('/').count().saturating_sub(1))
}

fn folder_page(path: &str, entries: Vec<Entry>, all: u64, query: &Query) -> FolderPage {
    FolderPage {
        version: env!("CARGO_PKG_VERSION"),
        root: to_root(path),
        path: crate::media::decode_path(path).to_string_lossy().into_owned(),
        listing: Listing::new(entries, all, query),
    }
}

/// The frames that a job would have as files, written as they are sent.
fn frame_list(app: &App, job: &JobView, recipe: Recipe, query: &Query, path: &str) -> Response {
    let (numbers, all, entry) = frames::list(job, recipe, query);
    if query.is_json() {
        let first = numbers.start;
        let line = move |n: u64| {
            let comma = if n > first { "," } else { "" };
            let entry = serde_json::to_string(&ListedJson::from(&entry(n))).unwrap_or_default();
            format!("{comma}{entry}")
        };
        let body = app.room.list("[".into(), numbers, line, "]".into());
        return ([(header::CONTENT_TYPE, JSON)], body).into_response();
    }
    const MARK: &str = "<!-- entries -->";
    let mut page = folder_page(path, Vec::new(), all, query);
    page.listing.mark_rows = MARK;
    let page = match page.render() {
        Ok(page) => page,
        Err(e) => return failed(&Error::io("write", "a page")(std::io::Error::other(e))),
    };
    let (head, end) = page.split_once(MARK).unwrap_or((&page, ""));
    let line = move |n: u64| {
        let row = EntryRow { entry: entry(n) }.render();
        format!("\n{}", row.unwrap_or_default().trim_end())
    };
    let body = app.room.list(head.into(), numbers, line, end.into());
    ([(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// The frames of a job, or one; `None` where what is stored is all there is.
async fn frame(
    app: &Arc<App>,
    job: &JobView,
    rest: &[&str],
    query: &Query,
    ask: &Ask,
    visit: Visit,
) -> Option<Response> {
    let Visit { path, headers, peer, .. } = visit;
    let recipe = job.recipe().ok()?;
    let undrawn = frames::undrawn(&recipe);
    match rest {
        [name] if let Some(reason) = undrawn => {
            let asked = frames::asked(job, &recipe, name.as_ref())?;
            let is_stored = job.folder.image(&recipe, asked.index, asked.format).exists();
            (!is_stored).then(|| (StatusCode::NOT_FOUND, reason + "\n").into_response())
        }
        _ if undrawn.is_some() => None,
        [] if !path.ends_with('/') => Some(Redirect::permanent("./frames/").into_response()),
        [] => Some(frame_list(app, job, recipe, query, &path)),
        [name] => {
            let asked = frames::asked(job, &recipe, name.as_ref())?;
            let stored = job.folder.image(&recipe, asked.index, asked.format);
            if stored.exists() && ask.width.is_none() {
                return None;
            }
            let may = app.guard.may_render(peer);
            Some(
                frames::answer(app, job, recipe, asked, ask.width.map(NonZero::get), &headers, may)
                    .await,
            )
        }
        _ => None,
    }
}
