//! Text in which numbers of the frame stand.

use crate::formula::{Formula, ParseError, Program, most_letters};
use crate::generate::Clip;
use crate::values::{Course, Curve};

/// Text, and what is filled in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Literal(String),
    Field(Field, Format),
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq)]
enum Field {
    Timecode,
    /// A formula over time, and how many decimals it has where nothing is said.
    Number(Box<Formula>, Option<usize>),
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Format {
    width: usize,
    zeros: bool,
    decimals: Option<usize>,
}

/// A part of a text: what stands there, or what stands between braces.
enum Part<'t> {
    Literal(String),
    Field(&'t str),
}

/// The parts of `Frame {frame:05} of {n + 1}`; `{{` and `}}` are braces.
fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
        } else if brace == "}" {
            return Err("'}' without its '{'; as text it is written }}".into());
        } else {
            let end = end(rest).ok_or("missing '}' for a '{'; as text it is written {{")?;
            parts.push(Part::Literal(std::mem::take(&mut literal)));
            parts.push(Part::Field(&rest[..end]));
            rest = &rest[end + 1..];
        }
    }
    literal.push_str(rest);
    parts.push(Part::Literal(literal));
    Ok(parts)
}

/// Where a field ends: at the next brace that stands in no quotes.
fn end(text: &str) -> Option<usize> {
    let mut quote = None;
    let closes = |(_, c): &(usize, char)| {
        quote = match (quote, c) {
            (None, '\'' | '"') => Some(*c),
            (Some(sign), c) if sign == *c => None,
            (quote, _) => quote,
        };
        quote.is_none() && *c == '}'
    };
    text.char_indices().find(closes).map(|(at, _)| at)
}

/// The text with other fields: `change` says what stands there instead, as text or as a field again.
///
/// # Errors
/// A brace is missing; those of `change`.
pub(crate) fn with_fields(
    text: &str,
    mut change: impl FnMut(&str) -> Result<Filled, String>,
) -> Result<String, String> {
    let escaped = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let mut whole = String::new();
    for part in parts(text)? {
        match part {
            Part::Literal(literal) => whole += &escaped(&literal),
            Part::Field(field) => match change(field)? {
                Filled::Text(text) => whole += &escaped(&text),
                Filled::Field(field) => whole += &format!("{{{field}}}"),
            },
        }
    }
    Ok(whole)
}

/// What stands in the place of a field.
pub(crate) enum Filled {
    /// This, from now on.
    Text(String),
    /// This field.
    Field(String),
}

impl Template {
    /// Reads `Frame {frame:05} of {n + 1}`; `{{` and `}}` are braces.
    ///
    /// # Errors
    /// What is wrong, in a line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let most = most_letters(text);
        if text.chars().count() > most {
            return Err(format!("a text has at most {most} characters"));
        }
        let piece = |part| match part {
            Part::Literal(literal) => Ok(Piece::Literal(literal)),
            Part::Field(text) => field(text),
        };
        Ok(Self(parts(text)?.into_iter().map(piece).collect::<Result<_, String>>()?))
    }

    /// True if nothing is filled in that changes.
    pub fn is_still(&self) -> bool {
        !self.0.iter().any(|piece| matches!(piece, Piece::Field(..)))
    }

    /// Every character that it may come to.
    pub fn characters(&self) -> String {
        let literal = self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(text) => Some(text.as_str()),
            Piece::Field(..) => None,
        });
        let digits = if self.is_still() { "" } else { "0123456789:.-" };
        literal.chain([digits]).collect()
    }

    /// The first frame at which a formula gives no number, of those that are looked at before work.
    pub fn stray(&self, clip: Clip) -> Option<u64> {
        let stray = |piece: &Piece| match piece {
            Piece::Field(Field::Number(formula, _), _) => {
                let curve = Curve::new(String::new(), &Course::Number((**formula).clone()), clip);
                curve.strays(curve.looked_at(), f64::MIN, f64::MAX).map(|(frame, _)| frame)
            }
            _ => None,
        };
        self.0.iter().filter_map(stray).min()
    }

    /// The template in the frames of `clip`.
    pub fn filling(&self, clip: Clip) -> Filling<'_> {
        let program = |piece: &Piece| match piece {
            Piece::Field(Field::Number(formula, _), _) => Some(clip.in_frames(formula).program()),
            _ => None,
        };
        Filling { template: self, programs: self.0.iter().map(program).collect(), clip }
    }
}

/// A template with what computes its numbers.
pub(super) struct Filling<'a> {
    template: &'a Template,
    programs: Vec<Option<Program>>,
    clip: Clip,
}

impl Filling<'_> {
    /// The text of a frame.
    ///
    /// # Errors
    /// A formula in it gives no number.
    pub fn at(&mut self, frame: u64) -> Result<String, String> {
        let mut text = String::new();
        for (piece, program) in self.template.0.iter().zip(&mut self.programs) {
            match (piece, program) {
                (Piece::Literal(literal), _) => text.push_str(literal),
                (Piece::Field(Field::Timecode, _), _) => text += &timecode(frame, self.clip),
                (Piece::Field(Field::Number(_, decimals), format), Some(program)) => {
                    let mut value = [0.0];
                    program.row(&[0.0], &[frame as f64], &mut value);
                    if !value[0].is_finite() {
                        return Err("a formula in the text is no number".into());
                    }
                    text += &format.write(value[0], *decimals);
                }
                (Piece::Field(Field::Number(..), _), None) => {}
            }
        }
        Ok(text)
    }
}

/// A whole number as a field writes it that is `name`, or `name:05`; `None` if the field is another.
pub(crate) fn written(field: &str, name: &str, number: u64) -> Option<String> {
    let (own, format) = field.split_once(':').unwrap_or((field, "0"));
    let format = Format::parse(format).filter(|_| own.trim() == name)?;
    let width = format.width;
    Some(if format.zeros { format!("{number:0>width$}") } else { format!("{number:>width$}") })
}

/// A field: a name or a formula, and perhaps a colon and how it is written.
fn field(text: &str) -> Result<Piece, String> {
    let (name, format) = match text.rsplit_once(':') {
        Some((name, format)) => match Format::parse(format) {
            Some(format) => (name.trim(), format),
            // The colon may be that of a key.
            None if name.matches('(').count() > name.matches(')').count() => {
                (text.trim(), Format::default())
            }
            None => {
                let reason = "is no way to write a number; such as 05 (digits) or .2 (decimals)";
                return Err(format!("{{{text}}}: '{format}' {reason}"));
            }
        },
        None => (text.trim(), Format::default()),
    };
    let number = |text: &str, decimals| {
        let formula = Formula::over_time(text)?;
        match formula.signals().pop_first() {
            Some(signal) => {
                let message = format!("{signal} is a signal of the sound, which text cannot show");
                Err(ParseError { column: 1, message })
            }
            None => Ok(Field::Number(Box::new(formula), decimals)),
        }
    };
    let field = match name {
        "timecode" if format == Format::default() => Ok(Field::Timecode),
        "timecode" => return Err(format!("{{{text}}}: a timecode is always written alike")),
        "frame" => number("n", Some(0)),
        "time" => number("t", Some(3)),
        "u" => number("u", Some(3)),
        formula => number(formula, None),
    };
    let fields = "{frame}, {time}, {timecode}, {u}, {seed}, {name} or a formula in t, n and u";
    let field = field.map_err(|e| format!("{{{text}}}: {e}; what is filled in is {fields}"))?;
    Ok(Piece::Field(field, format))
}

impl Format {
    /// Reads `05`, `.2` or `08.3`.
    fn parse(text: &str) -> Option<Self> {
        let (width, decimals) = match text.split_once('.') {
            Some((width, decimals)) => (width, Some(decimals)),
            None => (text, None),
        };
        let number = |text: &str| text.parse::<usize>().ok().filter(|n| *n <= 20);
        let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if text.is_empty() || !is_digits(width) || !decimals.is_none_or(is_digits) {
            return None;
        }
        Some(Self {
            width: if width.is_empty() { 0 } else { number(width)? },
            zeros: width.starts_with('0'),
            decimals: match decimals {
                Some(decimals) => Some(number(decimals)?),
                None => None,
            },
        })
    }

    fn write(self, value: f64, decimals: Option<usize>) -> String {
        let text = match self.decimals.or(decimals) {
            Some(decimals) => format!("{value:.decimals$}"),
            // What is nearly whole is whole.
            None => {
                let text = format!("{value:.3}");
                match text.contains('.') {
                    true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
                    false => text,
                }
            }
        };
        // Nothing has no sign.
        let is_zero = !text.contains(|c: char| c.is_ascii_digit() && c != '0');
        let text = if is_zero { text.trim_start_matches('-').to_string() } else { text };
        let width = self.width;
        match (self.zeros, text.strip_prefix('-')) {
            (true, Some(digits)) => format!("-{digits:0>width$}", width = width.saturating_sub(1)),
            (true, None) => format!("{text:0>width$}"),
            (false, _) => format!("{text:>width$}"),
        }
    }
}

/// SMPTE timecode without dropped frames: hours, minutes, seconds, and frames counted at the nearest whole rate.
fn timecode(frame: u64, clip: Clip) -> String {
    let rate = (clip.fps.as_f64().round() as u64).max(1);
    let (seconds, frames) = (frame / rate, frame % rate);
    let digits = if rate > 100 { 3 } else { 2 };
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}:{frames:0digits$}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{FrameRate, Size};

    fn at(text: &str, frame: u64) -> String {
        let fps = FrameRate { num: 30_000, den: 1001 };
        let clip = Clip { seed: 7, size: Size::new(64, 48), fps, frames: 101, looped: false };
        let template = Template::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        template.filling(clip).at(frame).unwrap_or_else(|e| e)
    }

    #[test]
    fn fields_are_filled_in() {
        assert_eq!(at("frame {frame} of {frame:05}", 42), "frame 42 of 00042");
        assert_eq!(at("{time} {time:.1} {t:08.2}", 60), "2.002 2.0 00002.00");
        assert_eq!(at("{timecode}|{u}", 95), "00:00:03:05|0.950");
        assert_eq!(at("{n + 1} {n/4} {-n:04}", 3), "4 0.75 -003");
        assert_eq!(at("{-0*n:.1} {-n/1000:.1} {-n:.0}", 3), "0.0 0.0 -3");
        assert_eq!(at("{1/n}", 0), "a formula in the text is no number");
        assert_eq!(at("{{frame}} }}", 3), "{frame} }");
        assert_eq!(at("{keys(0: 1, 2: 3):.2}", 0), "1.00");
        assert_eq!(timecode(107_892 + 61, clip_at(30)), "00:59:58:13");
    }

    fn clip_at(fps: u32) -> Clip {
        let fps = FrameRate { num: fps, den: 1 };
        Clip { seed: 1, size: Size::new(1, 1), fps, frames: 1, looped: false }
    }

    #[test]
    fn mistakes_are_said() {
        let error = |text: &str| Template::parse(text).expect_err(text);
        assert!(error("{frame").contains("missing '}'"));
        assert!(error("frame}").contains("written }}"));
        assert!(error("{framme}").contains("{framme}: column 1: unknown name 'framme'"));
        assert!(error("{t +}").contains("column 4"));
        assert!(error("{frame:x}").contains("'x' is no way to write a number"));
        assert!(error("{t:.99999}").contains("is no way to write a number"));
        assert!(error("{timecode:08}").contains("always written alike"));
        assert!(error("{keys(0: 1, '}").contains("missing '}'"));
    }
}
