//! Progress on stderr: a bar, plain lines, or JSON lines, all from the same events.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use genmedia::Event;
use indicatif::{ProgressBar, ProgressStyle};

use super::note;
use super::work::Turn;
use genmedia::words::{count, duration};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A bar on a terminal, plain lines elsewhere.
    Auto,
    Bar,
    Plain,
    Json,
    None,
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "bar" => Self::Bar,
            "plain" => Self::Plain,
            "json" => Self::Json,
            "none" => Self::None,
            _ => return Err("auto, bar, plain, json or none".into()),
        })
    }
}

/// Shows the events of one render.
pub(super) struct Progress {
    mode: Mode,
    state: Mutex<State>,
}

struct State {
    bar: ProgressBar,
    job: String,
    /// The job's name, and which of several it is.
    label: String,
    done: u64,
    /// Frames that were there before.
    reused: u64,
    threads: u64,
    started: Instant,
    next: Duration,
}

/// Between two lines of JSON, and of plain text.
const JSON_EVERY: Duration = Duration::from_millis(250);
const PLAIN_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    /// For a job of that name, which so many threads render.
    pub(super) fn new(mode: Mode, job: &str, turn: Turn, threads: usize) -> Self {
        let mode = match mode {
            Mode::Auto if std::io::stderr().is_terminal() => Mode::Bar,
            Mode::Auto => Mode::Plain,
            mode => mode,
        };
        let state = State {
            bar: ProgressBar::hidden(),
            job: job.into(),
            label: match turn {
                Turn { of: 1, .. } => job.into(),
                Turn { number, of } => format!("{job} ({number} of {of})"),
            },
            done: 0,
            reused: 0,
            threads: threads as u64,
            started: Instant::now(),
            next: Duration::ZERO,
        };
        Self { mode, state: Mutex::new(state) }
    }

    /// Removes the bar, to make room for a message.
    pub(super) fn clear(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).bar.finish_and_clear();
    }

    /// Shows an event.
    pub(super) fn show(&self, event: Event) {
        if matches!(event, Event::Frame { .. }) {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.update(&event);
        match self.mode {
            Mode::Bar => state.draw(&event),
            Mode::Plain => state.say(&event),
            Mode::Json => state.write_json(&event),
            Mode::None if is_notable(&event) => note(state.line(&event)),
            Mode::Auto | Mode::None => {}
        }
    }
}

impl State {
    fn update(&mut self, event: &Event) {
        match event {
            Event::Planned { frames_done, .. } => {
                self.done = *frames_done;
                self.reused = *frames_done;
                self.started = Instant::now();
                self.next = Duration::ZERO;
            }
            Event::Progress { frames_done, .. } => self.done = *frames_done,
            _ => {}
        }
    }

    /// True when the next line is due.
    fn due(&mut self, every: Duration) -> bool {
        let now = self.started.elapsed();
        if now < self.next {
            return false;
        }
        self.next = now + every;
        true
    }

    fn draw(&mut self, event: &Event) {
        match event {
            Event::Planned { frames, frames_done, segments, .. } => {
                if *frames_done == 0 {
                    self.hint(*frames, *segments);
                }
                let style = ProgressStyle::with_template(
                    "{prefix} {wide_bar:.cyan/238} {pos}/{len} frames {percent:>3} %  {msg}",
                )
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─");
                self.bar =
                    ProgressBar::new(*frames).with_style(style).with_prefix(self.label.clone());
                self.bar.set_position(*frames_done);
            }
            Event::Listening { seconds, of } => {
                if self.bar.length() != Some(of.ceil() as u64) {
                    let style = ProgressStyle::with_template(
                        "{prefix} listens {wide_bar:.cyan/238} {pos}/{len} s",
                    )
                    .unwrap_or_else(|_| ProgressStyle::default_bar())
                    .progress_chars("━╸─");
                    self.bar = ProgressBar::new(of.ceil() as u64)
                        .with_style(style)
                        .with_prefix(self.label.clone());
                }
                self.bar.set_position(*seconds as u64);
                if seconds >= of {
                    self.bar.finish_and_clear();
                }
            }
            Event::Progress { frames_done, fps, seconds_left, .. } => {
                let left = seconds_left.map(|s| format!("  {} left", duration(s)));
                self.bar.set_message(format!("{fps:.1} fps{}", left.unwrap_or_default()));
                self.bar.set_position(*frames_done);
            }
            Event::Done { .. } => {
                self.bar.finish_and_clear();
                self.sum_up();
            }
            event if is_notable(event) => {
                let line = self.line(event);
                self.bar.suspend(|| note(line));
            }
            _ => {}
        }
    }

    fn say(&mut self, event: &Event) {
        match event {
            Event::Planned { frames_done, .. } => {
                self.next = Duration::from_secs(1);
                if *frames_done > 0 {
                    note(self.line(event));
                }
            }
            Event::Progress { .. } | Event::Listening { .. } if self.due(PLAIN_EVERY) => {
                note(self.line(event));
            }
            Event::Done { .. } => self.sum_up(),
            event if is_notable(event) => note(self.line(event)),
            _ => {}
        }
    }

    /// Says so where there is less to share out than there is to share it with.
    fn hint(&self, frames: u64, segments: u64) {
        let Self { label, threads, .. } = self;
        if segments < *threads && frames >= 2 * threads {
            note(format_args!(
                "{label}: there are fewer segments ({segments}) than threads ({threads}); as another \
                 job, with --segment-frames {}, it would keep all busy",
                frames / threads
            ));
        }
    }

    fn line(&self, event: &Event) -> String {
        format!("{}: {event}", self.label)
    }

    fn sum_up(&self) {
        let (frames, seconds) =
            (self.done.saturating_sub(self.reused), self.started.elapsed().as_secs_f64());
        if frames > 0 {
            let rate = frames as f64 / seconds.max(1e-3);
            let (label, frames) = (&self.label, count(frames, "frame"));
            note(format_args!("{label}: {frames} in {}, {rate:.1} fps", duration(seconds)));
        }
    }

    fn write_json(&mut self, event: &Event) {
        let is_often = matches!(event, Event::Progress { .. } | Event::Listening { .. });
        if is_often && !self.due(JSON_EVERY) {
            return;
        }
        if let Ok(mut value) = serde_json::to_value(event) {
            value["job"] = self.job.clone().into();
            let _ = writeln!(std::io::stderr(), "{value}");
        }
    }
}

/// True for what a user should know even if all ends well.
fn is_notable(event: &Event) -> bool {
    use Event::*;
    matches!(
        event,
        Rebuilt { .. }
            | Unreadable { .. }
            | Waiting { .. }
            | RecipeChanged { .. }
            | Found { .. }
            | Lost { .. }
            | Missing { .. }
            | Kept { .. }
            | Damaged { .. }
            | Retry { .. }
            | SegmentFailed { .. }
            | Limited { .. }
            | Beatless
            | Silent { .. }
            | Silenced { .. }
    )
}
