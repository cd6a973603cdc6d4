//! Values as they are typed, which may be formulas over time.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::Clip;
use super::curve::{Course, Curve, Mix, Now};
use super::place::halves;
use super::table::embedded;
use super::value::{Written, one};
use super::{Color, Ground, Place};
use crate::formula::{Formula, ParseError};

/// What users type for a parameter.
pub trait Typed: Clone + PartialEq + fmt::Debug + de::DeserializeOwned {
    /// What the parameter holds at a frame.
    type Value;

    /// Reads what is typed; `texts` is one text, except of a command.
    ///
    /// # Errors
    /// What is expected instead.
    fn read(texts: &[String]) -> Result<Self, String>;

    /// The value, of what moves that at the first frame, and how it moves.
    fn settle(self, clip: Clip) -> (Self::Value, Option<Curve>);
}

impl<T: Written + fmt::Debug> Typed for T {
    type Value = T;

    fn read(texts: &[String]) -> Result<Self, String> {
        Written::read(texts)
    }

    fn settle(self, _: Clip) -> (T, Option<Curve>) {
        (self, None)
    }
}

/// A value, or a formula over time.
#[derive(Debug, Clone, PartialEq)]
pub enum Moving<T> {
    /// It stays what it is.
    Fixed(T),
    /// It moves.
    Formula(Typing),
}

/// A formula as it was typed, and as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Typing {
    text: String,
    course: Course,
}

impl<T> From<T> for Moving<T> {
    fn from(value: T) -> Self {
        Self::Fixed(value)
    }
}

/// A value that may move.
pub trait Movable: Written + fmt::Debug {
    /// What is expected of a text that is neither a value nor looks like a formula.
    const EXPECTED: &'static str;

    /// Reads a formula.
    ///
    /// # Errors
    /// What is wrong, and where.
    fn parse(text: &str) -> Result<Course, ParseError>;

    /// The value at a frame. A formula is of the kind that its type takes; of another it gives nothing.
    fn of(now: Now) -> Self;
}

impl Movable for f64 {
    const EXPECTED: &'static str =
        "a number is expected, or a formula in t, n, u and signals of the sound, such as bass";

    fn parse(text: &str) -> Result<Course, ParseError> {
        Formula::over_time(text).map(Course::Number)
    }

    fn of(now: Now) -> Self {
        match now {
            Now::Number(number) => number,
            _ => f64::NAN,
        }
    }
}

impl Movable for u32 {
    const EXPECTED: &'static str =
        "a whole number from 0 up is expected, or a formula in t, n and u";

    fn parse(text: &str) -> Result<Course, ParseError> {
        match text.parse::<f64>() {
            // A formula may give what lies between two; what is typed is meant.
            Ok(_) => Err(ParseError { column: 1, message: Self::EXPECTED.into() }),
            Err(_) => f64::parse(text),
        }
    }

    /// The nearest.
    fn of(now: Now) -> Self {
        f64::of(now).round() as u32
    }
}

impl Movable for Color {
    const EXPECTED: &'static str = "a colour is #rrggbb or a CSS name, such as #ff8800 or orange; \
                                    one that moves is mix(navy, gold, u)";

    fn parse(text: &str) -> Result<Course, ParseError> {
        Mix::parse(text).map(Course::Color)
    }

    fn of(now: Now) -> Self {
        match now {
            Now::Color(color) => color,
            _ => Color::BLACK,
        }
    }
}

impl Movable for Ground {
    const EXPECTED: &'static str = "a colour is #rrggbb or a CSS name, such as #ff8800 or orange; \
                                    one that moves is mix(navy, gold, u); nothing is none";

    fn parse(text: &str) -> Result<Course, ParseError> {
        Color::parse(text)
    }

    fn of(now: Now) -> Self {
        Self::Color(Color::of(now))
    }
}

impl Movable for Place {
    const EXPECTED: &'static str =
        "a place is X, Y in pixels, such as 'w/2, h/2'; each may be a formula in t, n and u";

    fn parse(text: &str) -> Result<Course, ParseError> {
        let Some((x, y)) = halves(text) else {
            return Err(ParseError { column: 1, message: Self::EXPECTED.into() });
        };
        let before = text.len() - y.len();
        let behind = |e: ParseError| {
            let before = text[..before].chars().count();
            ParseError { column: e.column + before, ..e }
        };
        Ok(Course::Place(Formula::over_time(x)?, Formula::over_time(y).map_err(behind)?))
    }

    fn of(now: Now) -> Self {
        match now {
            Now::Place(place) => place,
            _ => Place::default(),
        }
    }
}

/// What `text` stands for.
fn parse<T: Movable>(text: &str) -> Result<Moving<T>, String> {
    let text = text.trim();
    let plain = T::read(&[text.to_string()]);
    if let Ok(value) = plain {
        return Ok(Moving::Fixed(value));
    }
    // First as it was typed, so that columns in what is said of it are those that were typed.
    let parsed = T::parse(text).and_then(|course| {
        let whole = embedded(text).map_err(|message| ParseError { column: 0, message })?;
        match whole == text {
            true => Ok((whole, course)),
            false => T::parse(&whole).map(|course| (whole, course)),
        }
    });
    match parsed {
        Ok((text, course)) => Ok(Moving::Formula(Typing { text, course })),
        // Of a file.
        Err(e) if e.column == 0 => Err(e.message),
        Err(_) if let Some(hint) = unit(text) => Err(hint),
        // A formula has a sign or two of one; what has none was meant to be a value.
        Err(e) if text.contains(['(', '*', '+', '/', ' ']) => Err(e.to_string()),
        Err(_) => Err(T::EXPECTED.into()),
    }
}

/// What is said of a number with a unit.
fn unit(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%' || c == '°');
    let number = digits.trim().parse::<f64>().ok()?;
    match &text[digits.len()..] {
        "" => None,
        "%" => {
            Some(format!("a number without a unit is expected; {text} is {} of 1", number / 100.0))
        }
        _ => Some("a number without a unit is expected".into()),
    }
}

impl<T: Movable> Typed for Moving<T> {
    type Value = T;

    fn read(texts: &[String]) -> Result<Self, String> {
        parse(one(texts)?)
    }

    fn settle(self, clip: Clip) -> (T, Option<Curve>) {
        match self {
            Self::Fixed(value) => (value, None),
            Self::Formula(Typing { text, course }) => {
                let is_moving = course.is_moving();
                let curve = Curve::new(text, &course, clip);
                (T::of(curve.at(0)), is_moving.then_some(curve))
            }
        }
    }
}

impl<'de, T: Movable> Deserialize<'de> for Moving<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Integer(i64),
            Float(f64),
            Text(String),
        }
        let text =
            match Given::deserialize(deserializer).map_err(|_| de::Error::custom(T::EXPECTED))? {
                Given::Integer(number) => number.to_string(),
                Given::Float(number) => number.to_string(),
                Given::Text(text) => text,
            };
        parse(&text).map_err(|e| {
            // What is very long is not shown as a whole.
            let shown: String = text.chars().take(200).collect();
            let more = if shown.len() < text.len() { "..." } else { "" };
            de::Error::custom(format!("'{shown}{more}': {e}"))
        })
    }
}
