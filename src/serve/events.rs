//! What happens, as it happens: server-sent events (HTML Living Standard, 9.2).

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::app::{App, News};
use super::refusal::later;
use crate::jobs::JobView;

/// How often the jobs are looked at while somebody listens.
const EVERY: Duration = Duration::from_millis(500);
/// How often a silent stream says that it is alive.
const BEAT: Duration = Duration::from_secs(15);
/// The most events of jobs that are told at once.
const EVENTS: u32 = 1000;

/// Which events.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    job: Option<String>,
}

/// Streams what the jobs are and become: `job` whenever one changes, `event` for what is recorded,
/// `gone` when one is removed.
pub(super) async fn events(State(app): State<Arc<App>>, Query(wish): Query<Wish>) -> Response {
    // They have places of their own, so that those who only listen do not keep others out.
    let Ok(place) = app.listeners.clone().try_acquire_owned() else { return later() };
    let (sender, receiver) = mpsc::channel::<Event>(8);
    tokio::spawn(async move {
        listen(app, wish.job, sender).await;
        drop(place);
    });
    let stream = ReceiverStream::new(receiver).map(Ok::<_, Infallible>);
    let beat = KeepAlive::new().interval(BEAT).text("alive");
    // nginx would keep news back until there are enough.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), "no");
    ([(header::CACHE_CONTROL, "no-store"), unbuffered], Sse::new(stream).keep_alive(beat))
        .into_response()
}

/// Passes news on until nobody takes them, or the server stops. Whoever does not keep up misses
/// some, and is told how things are.
async fn listen(app: Arc<App>, job: Option<String>, out: mpsc::Sender<Event>) {
    let is_wanted = |of: &str| job.as_deref().is_none_or(|job| job == of);
    let mut news = app.news.subscribe();
    let mut stop = app.stop.subscribe();
    app.clone().start_watching();
    let mut behind = true;
    loop {
        if std::mem::take(&mut behind) {
            let jobs = app.jobs().await.unwrap_or_default();
            for view in jobs.iter().filter(|view| is_wanted(&view.record.name)) {
                if out.send(of_job(view).event).await.is_err() {
                    return;
                }
            }
        }
        let event = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = out.closed() => return,
            heard = news.recv() => match heard {
                Ok(news) if is_wanted(&news.job) => news.event,
                Ok(_) => continue,
                Err(RecvError::Lagged(_)) => {
                    behind = true;
                    continue;
                }
                Err(RecvError::Closed) => return,
            },
        };
        tokio::select! {
            sent = out.send(event) => if sent.is_err() { return },
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

fn of_job(view: &JobView) -> News {
    News::new("job", &view.record.name, &view.to_json())
}

impl App {
    /// Watches the jobs as long as somebody listens; one watcher is enough.
    fn start_watching(self: Arc<Self>) {
        use std::sync::atomic::Ordering;
        if self.is_watching.swap(true, Ordering::SeqCst) {
            return;
        }
        tokio::spawn(async move {
            let mut known: HashMap<String, Value> = HashMap::new();
            let mut last = None;
            while self.news.receiver_count() > 0 && !*self.stop.borrow() {
                self.watch(&mut known, &mut last).await;
                tokio::time::sleep(EVERY).await;
            }
            self.is_watching.store(false, Ordering::SeqCst);
            // Somebody may have come in between.
            if self.news.receiver_count() > 0 && !*self.stop.borrow() {
                self.start_watching();
            }
        });
    }

    /// Looks once, and tells what is new.
    async fn watch(&self, known: &mut HashMap<String, Value>, last: &mut Option<i64>) {
        // Told of by whoever asks for a page.
        let Ok(jobs) = self.jobs().await.inspect_err(|e| tracing::debug!("{e}")) else { return };
        let tell = |news| drop(self.news.send(news));
        for view in jobs.iter() {
            let (name, now) = (&view.record.name, view.to_json());
            if known.get(name) != Some(&now) {
                tell(of_job(view));
                known.insert(name.clone(), now);
            }
        }
        let there: HashSet<&str> = jobs.iter().map(|view| view.record.name.as_str()).collect();
        known.retain(|name, _| {
            let is_there = there.contains(name.as_str());
            if !is_there {
                tell(News::new("gone", name, &json!({ "name": name })));
            }
            is_there
        });
        let after = *last;
        let stored = self.look(move |catalog| match after {
            Some(after) => catalog.ask(|store| store.events(None, after, EVENTS)),
            None => catalog.ask(|store| store.events(None, 0, 1)),
        });
        let stored = stored.await.ok().flatten().unwrap_or_default();
        for event in &stored {
            if after.is_some() {
                let mut data = event.event.clone();
                data["id"] = json!(event.id);
                data["job"] = json!(event.job);
                data["at"] = json!(humantime::format_rfc3339_millis(event.at).to_string());
                tell(News::new("event", &event.job, &data));
            }
        }
        *last = stored.last().map(|event| event.id).or(after).or(Some(0));
    }
}
