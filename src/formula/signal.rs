//! Signals of the sound, as formulas over time name them.

use std::fmt;

use super::parse::Parser;
use super::{Node, ParseError};
use crate::error::did_you_mean;

/// A signal of the sound: a number for each frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal {
    /// The track that it is of, by name; all of them together if none is said.
    pub track: Option<String>,
    /// What it tells.
    pub kind: SignalKind,
    /// Of a level, the microseconds around the frame over which it is averaged; 0 for none.
    pub over: u32,
}

/// What a signal tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignalKind {
    /// How loud it is, 0 to 1.
    Level,
    /// How loud what is below 250 Hz is, 0 to 1.
    Bass,
    /// How loud what is from 250 Hz to 4 kHz is, 0 to 1.
    Mid,
    /// How loud what is above 4 kHz is, 0 to 1.
    Treble,
    /// How loud one of some bands is, 0 to 1: which, from 0, and of how many.
    Band(u8, u8),
    /// 1 where something begins, falling to nothing in so many microseconds.
    Onset(u32),
    /// How far it is from one beat to the next, 0 to 1.
    Beat,
    /// How far it is through a bar of four beats, 0 to 1.
    Bar,
    /// Beats a minute.
    Bpm,
    /// The wave itself, so many microseconds from the middle of the frame.
    Sample(i32),
}

/// How long an onset is seen, in microseconds.
const ONSET: u32 = 300_000;
/// The most bands that a spectrum is cut into.
const MOST_BANDS: f64 = 128.0;

/// The names of signals without arguments.
pub(super) const SIGNALS: &[(&str, SignalKind)] = &[
    ("level", SignalKind::Level),
    ("bass", SignalKind::Bass),
    ("mid", SignalKind::Mid),
    ("treble", SignalKind::Treble),
    ("onset", SignalKind::Onset(ONSET)),
    ("beat", SignalKind::Beat),
    ("bar", SignalKind::Bar),
    ("bpm", SignalKind::Bpm),
];

/// Those with arguments.
pub(super) const SIGNAL_FUNCTIONS: &[&str] =
    &["band", "onset", "sample", "level", "bass", "mid", "treble"];

/// The longest time of which a signal is the mean, in seconds.
const LONGEST: f64 = 60.0;

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(track) = &self.track {
            write!(f, "{track}.")?;
        }
        let named = SIGNALS.iter().find(|(_, kind)| *kind == self.kind);
        let over = f64::from(self.over) / 1e6;
        match (named, self.kind) {
            (Some((name, _)), _) if self.over > 0 => write!(f, "{name}({over})"),
            (Some((name, _)), _) => f.write_str(name),
            (None, SignalKind::Band(i, n)) if self.over > 0 => write!(f, "band({i}, {n}, {over})"),
            (None, SignalKind::Band(i, n)) => write!(f, "band({i}, {n})"),
            (None, SignalKind::Onset(micros)) => write!(f, "onset({})", f64::from(micros) / 1e6),
            (None, SignalKind::Sample(micros)) => write!(f, "sample({})", f64::from(micros) / 1e6),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

impl Parser<'_> {
    /// Reads the rest of a signal after its first word, `name`: a track's own name may follow a dot, and arguments may
    /// follow that. `None` if the word names no signal.
    pub(super) fn signal(&mut self, name: &str, start: usize) -> Result<Option<Node>, ParseError> {
        let track = self.peek() == Some('.') && name.starts_with(|c: char| c.is_alphabetic());
        let (track, name, own) = match track {
            true => {
                self.advance();
                let at = self.at;
                let own = self.word();
                if own.is_empty() {
                    return self.fail_at(at, format!("a signal is expected: {name}.bass"));
                }
                (Some(name.to_string()), own, at)
            }
            false => (None, name.to_string(), start),
        };
        let plain = SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let has_arguments = self.peek() == Some('(');
        let (kind, over) = match plain {
            Some(kind) if !has_arguments => (kind, 0),
            _ if has_arguments && SIGNAL_FUNCTIONS.contains(&&*name) => {
                self.signal_of(&name, own)?
            }
            Some(_) if track.is_some() => {
                return self.fail_at(own, format!("'{name}' takes no arguments"));
            }
            _ if track.is_some() => {
                let known = SIGNALS.iter().map(|(name, _)| *name);
                let known = known.chain(["band", "sample"]);
                let near = did_you_mean(&name, known.clone());
                let list = known.collect::<Vec<_>>().join(", ");
                return self.fail_at(own, format!("unknown signal '{name}'{near} (known: {list})"));
            }
            _ => return Ok(None),
        };
        Ok(Some(Node::Signal(Signal { track, kind, over })))
    }

    /// What a signal with arguments tells, and the microseconds over which it is averaged.
    fn signal_of(&mut self, name: &str, start: usize) -> Result<(SignalKind, u32), ParseError> {
        let counts = if name == "band" { 2..=3 } else { 1..=1 };
        let arguments = self.list_of(name, counts, start)?;
        let mut numbers = [0.0; 3];
        for (number, argument) in numbers.iter_mut().zip(&arguments) {
            let Node::Constant(value) = argument else {
                return self.fail_at(start, format!("what {name} takes are plain numbers"));
            };
            *number = *value;
        }
        let [first, second, third] = numbers;
        let over = match name {
            "band" => third,
            "onset" | "sample" => 0.0,
            _ => first,
        };
        let is_given = arguments.len() == 3 || !matches!(name, "band" | "onset" | "sample");
        if is_given && !(0.001..=LONGEST).contains(&over) {
            let reason = format!("{name} is the mean of 0.001 to {LONGEST} seconds");
            return self.fail_at(start, reason);
        }
        let plain = SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        let kind = match name {
            "band" => {
                let is_whole = first.fract() == 0.0 && second.fract() == 0.0;
                let fits = (1.0..=MOST_BANDS).contains(&second) && (0.0..second).contains(&first);
                match is_whole && fits {
                    true => Ok(SignalKind::Band(first as u8, second as u8)),
                    false => self.fail_at(
                        start,
                        format!("band(i, n) is band i, from 0, of n, 1 to {MOST_BANDS}"),
                    ),
                }
            }
            "onset" if (0.001..=60.0).contains(&first) => {
                Ok(SignalKind::Onset((first * 1e6).round() as u32))
            }
            "onset" => self.fail_at(start, "an onset is seen for 0.001 to 60 seconds"),
            "level" | "bass" | "mid" | "treble" => Ok(plain.unwrap_or(SignalKind::Level)),
            _ if (-60.0..=60.0).contains(&first) => {
                Ok(SignalKind::Sample((first * 1e6).round() as i32))
            }
            _ => self.fail_at(start, "a sample is -60 to 60 seconds from the middle of the frame"),
        };
        kind.map(|kind| (kind, (over * 1e6).round() as u32))
    }
}
