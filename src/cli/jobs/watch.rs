//! `genmedia jobs --watch`.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use console::Term;
use genmedia::jobs::{Catalog, JobView, State};
use genmedia::{Error, Event};
use serde_json::json;

use super::{table, tell};
use crate::cli::signals::Signals;
use crate::cli::{Failure, print};

/// How often the jobs are read.
const EVERY: Duration = Duration::from_millis(500);
/// How often signals are checked meanwhile.
const GLANCE: Duration = Duration::from_millis(50);

/// The most events that are printed at once; of more, the newest.
const EVENTS: u32 = 10_000;

pub(super) fn run(dir: &Path, as_json: bool) -> Result<(), Failure> {
    let signals = Signals::watch()?;
    let on_terminal = std::io::stdout().is_terminal() && !as_json;
    #[cfg(feature = "cluster")]
    let stores = genmedia::cluster::Stores::default();
    let mut screen = Screen { lines: 0 };
    let mut stream = Stream { last: None, live: HashMap::new(), as_json };
    let is_told = Cell::new(false);
    while !signals.cancel().is_cancelled() {
        // A damaged database stays damaged, and is reported once.
        let on = |job: &str, event| {
            if !is_told.replace(true) {
                tell(job, event);
            }
        };
        let catalog = Catalog::look(dir, &on)?;
        match (&catalog, on_terminal) {
            (Some(catalog), true) => {
                #[cfg_attr(not(feature = "cluster"), expect(unused_mut))]
                let mut jobs = catalog.jobs()?;
                #[cfg(feature = "cluster")]
                stores.tell(&mut jobs);
                screen.show(&jobs)?;
            }
            (Some(catalog), false) => {
                #[cfg_attr(not(feature = "cluster"), expect(unused_mut))]
                let mut jobs = catalog.jobs()?;
                #[cfg(feature = "cluster")]
                stores.tell(&mut jobs);
                stream.tell(catalog, &jobs)?;
            }
            (None, true) => screen.show(&[])?,
            // There are no events yet: all that come are new.
            (None, false) => drop(stream.last.get_or_insert(0)),
        }
        for _ in 0..EVERY.as_millis() / GLANCE.as_millis() {
            if signals.cancel().is_cancelled() {
                break;
            }
            std::thread::sleep(GLANCE);
        }
    }
    Err(Failure::Signal(signals.exit_code()))
}

/// A table that is drawn over the one before.
struct Screen {
    lines: usize,
}

impl Screen {
    fn show(&mut self, jobs: &[JobView]) -> Result<(), Error> {
        let terminal = Term::stdout();
        let height = usize::from(terminal.size().0).max(2);
        let mut lines: Vec<String> = match jobs {
            [] => vec!["no jobs yet".into()],
            jobs => table::draw(jobs).lines().map(str::to_string).collect(),
        };
        // The oldest jobs are left out; the head stays.
        if lines.len() >= height {
            lines.drain(1..lines.len() - (height - 2));
        }
        let draw = || {
            terminal.clear_last_lines(self.lines)?;
            lines.iter().try_for_each(|line| terminal.write_line(line))
        };
        draw().map_err(Error::io("write to", "stdout"))?;
        self.lines = lines.len();
        Ok(())
    }
}

/// Events, a line each.
struct Stream {
    /// The id of the last event that was printed; `None` before the first look.
    last: Option<i64>,
    /// The frames that were last printed of each running job.
    live: HashMap<String, u64>,
    as_json: bool,
}

impl Stream {
    fn tell(&mut self, catalog: &Catalog, jobs: &[JobView]) -> Result<(), Error> {
        let Some(last) = self.last else {
            // Earlier events are printed by `genmedia show`.
            let newest = catalog.ask(|store| store.events(None, 0, 1))?;
            self.last = Some(newest.first().map_or(0, |e| e.id));
            return Ok(());
        };
        for stored in catalog.ask(|store| store.events(None, last, EVENTS))? {
            self.last = Some(stored.id);
            let at = humantime::format_rfc3339_millis(stored.at);
            if self.as_json {
                let mut line = stored.event;
                line["id"] = json!(stored.id);
                line["at"] = json!(at.to_string());
                line["job"] = json!(stored.job);
                print(line)?;
            } else if let Ok(event) = serde_json::from_value::<Event>(stored.event) {
                print(format_args!("{at} {}: {event}", stored.job))?;
            }
        }
        for job in jobs.iter().filter(|j| j.state == State::Running) {
            let (name, frames_done) = (&job.record.name, job.frames_rendered());
            if self.live.insert(name.clone(), frames_done) != Some(frames_done) {
                let (frames, fps) = (job.record.frames, job.record.fps);
                let event =
                    Event::Progress { frames, frames_done, fps, seconds_left: job.seconds_left() };
                self.tell_progress(name, &event)?;
            }
        }
        Ok(())
    }

    fn tell_progress(&self, job: &str, event: &Event) -> Result<(), Error> {
        let at = humantime::format_rfc3339_millis(std::time::SystemTime::now());
        if !self.as_json {
            return print(format_args!("{at} {job}: {event}"));
        }
        let mut line = json!(event);
        line["at"] = json!(at.to_string());
        line["job"] = json!(job);
        print(line)
    }
}
