//! How a track is heard: what a mixing desk's channel strip sets.

use crate::error::Invalid;
use crate::parameters::{Described, parameters};
use crate::values::{Clip, FrameRate};

parameters! {
    /// How a track is heard.
    Strip, StripDraft as "sound";

    /// What it is called by
    name: Option<String> = None;
    /// When it is first heard
    from: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e7, "seconds"), still(ITS_TIME);
    /// When it is no longer heard
    until: Option<f64> = None, placeholder("SECONDS"), within(0.0, 1e7, "seconds"),
        by_default("the film's end; of a file that one's end, if it comes before"), still(ITS_TIME);
    /// How much louder it is than it was made
    gain: f64 = 0.0, placeholder("DB"), within(-120.0, 60.0, "dB");
    /// Where it is heard, from the left to the right
    pan: f64 = 0.0, placeholder("-1..1"), within(-1.0, 1.0, "");
    /// How long it takes to come
    fade_in: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e7, "seconds"), still(ITS_TIME);
    /// How long it takes to go
    fade_out: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e7, "seconds"), still(ITS_TIME);
    /// Its tempo, which beat, bar and bpm follow
    bpm: Option<f64> = None, placeholder("BEATS"), within(20.0, 400.0, "beats a minute"), by_default("it is found"),
        still("beats are sought near it");
    /// When a bar begins
    downbeat: Option<f64> = None, placeholder("SECONDS"), within(0.0, 1e7, "seconds"), by_default("it is found"),
        still(ITS_TIME);
}

const ITS_TIME: &str = "what moves with the time is gain";

/// True if formulas can name a track so.
fn is_word(name: &str) -> bool {
    name.starts_with(char::is_alphabetic) && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

impl Strip {
    /// Settles what was left open for a track of a film, which is heard for so many seconds by itself, if it has an end.
    ///
    /// # Errors
    /// The first value that is out of range or contradicts another.
    pub fn resolve(draft: StripDraft, length: Option<f64>, clip: Clip) -> Result<Self, Invalid> {
        let mut strip = draft.over(Self::default(), clip)?;
        // A film ends with a frame, and so perhaps a little before its tracks.
        let near = 1e-3 + 1.0 / clip.fps.as_f64();
        if let Some(name) = strip.name.as_ref().filter(|name| !is_word(name)) {
            let reason = "a name is a letter, and then letters, digits and underscores";
            return Err(Invalid::new("sound.name", name, reason));
        }
        let end = clip.fps.seconds(clip.frames);
        if strip.from >= end {
            let reason = format!("the film ends at {end:.3} s (times are seconds)");
            return Err(Invalid::new("sound.from", strip.from, reason));
        }
        let last = length.map_or(end, |length| (strip.from + length).min(end));
        let until = *strip.until.get_or_insert(last);
        if until > last + near {
            let who = if last < end { "its file" } else { "the film" };
            let reason = format!("{who} ends at {last:.3} s (times are seconds)");
            return Err(Invalid::new("sound.until", until, reason));
        }
        if until <= strip.from {
            let reason = format!("it would go before it comes, at {} s", strip.from);
            return Err(Invalid::new("sound.until", until, reason));
        }
        let heard = until - strip.from;
        for (key, fade) in [("fade-in", strip.fade_in), ("fade-out", strip.fade_out)] {
            if fade > heard + near {
                let reason = format!("it is heard for {heard:.3} s only (times are seconds)");
                return Err(Invalid::new(&format!("sound.{key}"), fade, reason));
            }
        }
        Ok(strip)
    }
}

/// How loud left and right of a track are, by sample.
#[derive(Debug)]
pub(super) struct Fader<'a> {
    strip: &'a Strip,
    /// Samples a second.
    rate: f64,
    fps: FrameRate,
    frames: u64,
    /// Of this frame and the next, if they move.
    between: Option<(u64, [f64; 2], [f64; 2])>,
}

impl<'a> Fader<'a> {
    pub fn new(strip: &'a Strip, rate: u32, clip: Clip) -> Self {
        Self { strip, rate: rate.into(), fps: clip.fps, frames: clip.frames, between: None }
    }

    /// The samples in which it is heard.
    pub fn heard(&self) -> (u64, u64) {
        let sample = |seconds: f64| (seconds * self.rate).round() as u64;
        (sample(self.strip.from), self.strip.until.map_or(u64::MAX, sample))
    }

    /// Factors of left and right at a sample.
    pub fn at(&mut self, sample: u64) -> [f64; 2] {
        let seconds = sample as f64 / self.rate;
        let part = |time: f64, fade: f64| if fade > 0.0 { (time / fade).min(1.0) } else { 1.0 };
        let until = self.strip.until.unwrap_or(f64::INFINITY);
        let fade = part(seconds - self.strip.from, self.strip.fade_in)
            * part(until - seconds, self.strip.fade_out);
        self.level(seconds).map(|level| level * fade)
    }

    /// What gain and pan come to. Between two frames they go on in straight lines.
    fn level(&mut self, seconds: f64) -> [f64; 2] {
        if self.strip.moves.is_empty() {
            let (_, now, _) =
                *self.between.get_or_insert_with(|| (0, factors(self.strip), [0.0; 2]));
            return now;
        }
        let at = seconds * self.fps.as_f64();
        let frame = (at as u64).min(self.frames - 1);
        let (_, now, next) = match self.between {
            Some(known) if known.0 == frame => known,
            _ => {
                let of = |frame: u64| factors(&self.strip.at(frame.min(self.frames - 1)));
                *self.between.insert((frame, of(frame), of(frame + 1)))
            }
        };
        let part = (at - frame as f64).clamp(0.0, 1.0);
        [0, 1].map(|side| now[side] + (next[side] - now[side]) * part)
    }
}

/// Factors of left and right.
fn factors(strip: &Strip) -> [f64; 2] {
    let gain = libm::exp10(strip.gain / 20.0);
    [gain * (1.0 - strip.pan).min(1.0), gain * (1.0 + strip.pan).min(1.0)]
}
