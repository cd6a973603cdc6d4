//! Progress on stderr: a bar, plain lines, or JSON lines, all from the same events.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use genmedia::render::Event;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::note;

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
    frames: u64,
    done: u64,
    /// Frames that were there before.
    reused: u64,
    started: Instant,
    next: Duration,
}

/// Between two lines of JSON, and of plain text.
const JSON_EVERY: Duration = Duration::from_millis(250);
const PLAIN_EVERY: Duration = Duration::from_secs(5);

impl Progress {
    pub(super) fn new(mode: Mode) -> Self {
        let mode = match mode {
            Mode::Auto if std::io::stderr().is_terminal() => Mode::Bar,
            Mode::Auto => Mode::Plain,
            mode => mode,
        };
        let state = State {
            bar: ProgressBar::hidden(),
            job: String::new(),
            frames: 0,
            done: 0,
            reused: 0,
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.update(&event);
        match self.mode {
            Mode::Bar => state.draw(&event),
            Mode::Plain => state.say(&event),
            Mode::Json => state.write_json(&event),
            Mode::Auto | Mode::None => {}
        }
    }
}

impl State {
    fn update(&mut self, event: &Event) {
        match event {
            Event::Planned { job, frames, frames_done, .. } => {
                self.job.clone_from(job);
                self.frames = *frames;
                self.done = *frames_done;
                self.reused = *frames_done;
                self.started = Instant::now();
            }
            Event::Frame { .. } => self.done += 1,
            _ => {}
        }
    }

    /// Frames a second since the start, of those that were rendered.
    fn rate(&self) -> f64 {
        (self.done - self.reused) as f64 / self.started.elapsed().as_secs_f64().max(1e-3)
    }

    fn seconds_left(&self) -> f64 {
        self.frames.saturating_sub(self.done) as f64 / self.rate().max(1e-9)
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
            Event::Planned { job, frames, frames_done, .. } => {
                let style = ProgressStyle::with_template(
                    "{prefix} {wide_bar:.cyan/238} {pos}/{len} frames {percent:>3} %  {rate}  {left}",
                )
                .unwrap_or_else(|_| ProgressStyle::default_bar())
                .progress_chars("━╸─")
                .with_key("rate", |s: &ProgressState, w: &mut dyn std::fmt::Write| {
                    let _ = write!(w, "{:.1} fps", s.per_sec());
                })
                .with_key("left", |s: &ProgressState, w: &mut dyn std::fmt::Write| {
                    let _ = write!(w, "{} left", duration(s.eta().as_secs_f64()));
                });
                self.bar = ProgressBar::new(*frames).with_style(style).with_prefix(job.clone());
                self.bar.set_position(*frames_done);
                // Speed and time left are those of this run, not of the frames found done.
                self.bar.reset_eta();
            }
            Event::Frame { .. } => self.bar.inc(1),
            Event::Damaged { path, reason } => {
                self.bar.suspend(|| note(damaged(path, reason)));
            }
            Event::Done { .. } => {
                self.bar.finish_and_clear();
                if self.done > self.reused {
                    note(self.summary());
                }
            }
            _ => {}
        }
    }

    fn say(&mut self, event: &Event) {
        match event {
            Event::Planned { job, frames, frames_done, segments, segments_done } => {
                self.next = Duration::from_secs(1);
                if frames_done == frames {
                    note(format_args!("{job}: all {frames} frames are done"));
                } else if *frames_done > 0 {
                    note(format_args!(
                        "{job}: continuing, {segments_done} of {segments} segments are done"
                    ));
                }
            }
            Event::Damaged { path, reason } => note(damaged(path, reason)),
            Event::Frame { .. } if self.due(PLAIN_EVERY) => note(format_args!(
                "{}: {}/{} frames, {} %, {:.1} fps, {} left",
                self.job,
                self.done,
                self.frames,
                self.done * 100 / self.frames.max(1),
                self.rate(),
                duration(self.seconds_left()),
            )),
            Event::Done { .. } if self.done > self.reused => note(self.summary()),
            _ => {}
        }
    }

    fn summary(&self) -> String {
        format!(
            "{}: {} frames in {}, {:.1} fps",
            self.job,
            self.done - self.reused,
            duration(self.started.elapsed().as_secs_f64()),
            self.rate()
        )
    }

    fn write_json(&mut self, event: &Event) {
        use serde_json::json;
        let mut value = match event {
            Event::Planned { frames, frames_done, segments, segments_done, .. } => json!({
                "event": "planned", "frames": frames, "frames_done": frames_done,
                "segments": segments, "segments_done": segments_done,
            }),
            Event::Damaged { path, reason } => {
                json!({ "event": "damaged", "path": path.to_string_lossy(), "reason": reason })
            }
            Event::Frame { .. } if self.due(JSON_EVERY) => json!({
                "event": "progress", "frames": self.frames, "frames_done": self.done,
                "fps": (self.rate() * 100.0).round() / 100.0,
                "seconds_left": (self.seconds_left() * 10.0).round() / 10.0,
            }),
            Event::Segment { index, frames } => {
                json!({ "event": "segment", "index": index, "frames": frames })
            }
            Event::Assembling => json!({ "event": "assembling" }),
            Event::Done { output, bytes } => {
                json!({ "event": "done", "output": output.to_string_lossy(), "bytes": bytes })
            }
            _ => return,
        };
        value["job"] = json!(self.job);
        let _ = writeln!(std::io::stderr(), "{value}");
    }
}

fn damaged(path: &std::path::Path, reason: &str) -> String {
    format!("{} is damaged and is rendered again ({reason})", path.display())
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s if s < 360_000.0 => format!("{} h {:02} min", s as u64 / 3600, s as u64 / 60 % 60),
        s => format!("{} days", s as u64 / 86_400),
    }
}
