//! How things are said: durations, sizes and events, the same wherever they are shown.

use std::time::{Duration, SystemTime};

use crate::error;
use crate::jobs::Event;

/// So many of something whose plural ends in s.
pub fn count(n: impl Into<u64>, thing: &str) -> String {
    match n.into() {
        1 => format!("1 {thing}"),
        n => format!("{n} {thing}s"),
    }
}

/// Seconds as people say them.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s if s < 360_000.0 => format!("{} h {:02} min", s as u64 / 3600, s as u64 / 60 % 60),
        s => format!("{} days", s as u64 / 86_400),
    }
}

/// How long ago something was, in one unit. A clock that was set back makes nothing younger than
/// now.
pub fn age(since: SystemTime) -> String {
    let seconds = SystemTime::now().duration_since(since).unwrap_or(Duration::ZERO).as_secs();
    match seconds {
        s if s < 60 => format!("{s} s"),
        s if s < 3600 => format!("{} min", s / 60),
        s if s < 48 * 3600 => format!("{} h", s / 3600),
        s => format!("{} d", s / 86_400),
    }
}

/// Bytes in the unit that fits.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match value {
        v if v < 9.95 => format!("{v:.1} {}", UNITS[unit]),
        v => format!("{v:.0} {}", UNITS[unit]),
    }
}

/// Whole percent; a hundred only when all is there.
pub fn percent(part: u64, whole: u64) -> u64 {
    (u128::from(part) * 100 / u128::from(whole.max(1))) as u64
}

/// What an event says, without the job's name.
pub fn sentence(event: &Event) -> String {
    match event {
        Event::Queued => "waits for its turn".into(),
        Event::Planned { frames, frames_done, .. } if frames == frames_done => {
            format!("all {frames} frames are done")
        }
        Event::Planned { segments, segments_done, .. } if *segments_done > 0 => {
            format!("continuing, {segments_done} of {segments} segments are done")
        }
        Event::Planned { frames, segments, .. } => {
            format!("begins, {} in {}", count(*frames, "frame"), count(*segments, "segment"))
        }
        Event::Rebuilt { path, kept } => format!(
            "{} was damaged; it is kept as {}, and made anew from the folders",
            path.display(),
            kept.display()
        ),
        Event::Unreadable { path } => format!(
            "{} is damaged, and the folders tell what they can; genmedia rescan makes it anew",
            path.display()
        ),
        Event::Waiting { path } => format!(
            "{} is held by another process; what is finished is kept and recorded when it is free",
            path.display()
        ),
        Event::RecipeChanged { path } => format!(
            "{} was changed while the job ran; the result is of the recipe as it was",
            path.display()
        ),
        Event::Gone => "its folder is gone, and so is its record".into(),
        Event::Found { segments: 1 } => {
            "1 finished segment is on disk that was not recorded".into()
        }
        Event::Found { segments } => {
            format!("{segments} finished segments are on disk that were not recorded")
        }
        Event::Missing { segments: 1 } => {
            "1 recorded segment is not on disk any more and is rendered again".into()
        }
        Event::Missing { segments } => {
            format!("{segments} recorded segments are not on disk any more and are rendered again")
        }
        Event::Kept { path, kept } => format!(
            "{} was not as genmedia wrote it; it is kept as {}",
            path.display(),
            kept.display()
        ),
        Event::Damaged { path, reason } => {
            format!("{} is damaged and is rendered again ({reason})", path.display())
        }
        Event::Segment { index, frames, bytes, seconds } => {
            let frames = count(*frames, "frame");
            format!("segment {index}: {frames}, {}, {}", size(*bytes), duration(*seconds))
        }
        Event::Retry { index, attempt, error } => {
            format!("segment {index}: attempt {attempt} failed, trying again: {error}")
        }
        Event::SegmentFailed { index, frames, attempts, error } => format!(
            "segment {index} (frames {}) failed after {}: {error}",
            error::frames(frames),
            count(*attempts, "attempt")
        ),
        Event::Assembling => "all segments are there, joining them".into(),
        Event::Done { output, bytes: 0 } => format!("done: {}", output.display()),
        Event::Done { output, bytes } => format!("done: {}, {}", output.display(), size(*bytes)),
        Event::Failed { error } => format!("failed: {error}"),
        Event::Interrupted { error: None } => "interrupted".into(),
        Event::Interrupted { error: Some(error) } => format!("interrupted: {error}"),
        Event::Cancelled => "cancelled".into(),
        Event::Frame { index } => format!("frame {index}"),
        Event::Progress { frames, frames_done, fps, seconds_left } => {
            let left = seconds_left.map_or(String::new(), |s| format!(", {} left", duration(s)));
            let percent = percent(*frames_done, *frames);
            format!("{frames_done}/{frames} frames, {percent} %, {fps:.1} fps{left}")
        }
    }
}
