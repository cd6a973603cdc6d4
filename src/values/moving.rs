//! Values as they are typed, which may be formulas over time.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::Color;
use super::curve::{Curve, Mix, Now, Timing};
use super::value::{Written, one};
use crate::formula::Formula;

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
    fn settle(self, timing: Timing) -> (Self::Value, Option<Curve>);
}

impl<T: Written + fmt::Debug> Typed for T {
    type Value = T;

    fn read(texts: &[String]) -> Result<Self, String> {
        Written::read(texts)
    }

    fn settle(self, _: Timing) -> (T, Option<Curve>) {
        (self, None)
    }
}

/// A value, or a formula over time.
#[derive(Debug, Clone, PartialEq)]
pub enum Moving<T> {
    /// It stays what it is.
    Fixed(T),
    /// It moves.
    Formula(Text<T>),
}

/// A formula as it was typed, and as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Text<T> {
    text: String,
    parsed: Parsed,
    of: std::marker::PhantomData<T>,
}

#[derive(Debug, Clone, PartialEq)]
enum Parsed {
    Number(Formula),
    Color(Mix),
}

impl<T> From<T> for Moving<T> {
    fn from(value: T) -> Self {
        Self::Fixed(value)
    }
}

/// A value that may move.
pub trait Movable: Written + fmt::Debug {
    /// What a formula of it is, as messages say it.
    const FORMULA: &'static str;

    /// The value at a frame. A formula is of the kind that its type takes; of another it gives nothing.
    fn of(now: Now) -> Self;
}

impl Movable for f64 {
    const FORMULA: &'static str = "a number is expected, or a formula in t, n and u";

    fn of(now: Now) -> Self {
        match now {
            Now::Number(number) => number,
            Now::Color(_) => f64::NAN,
        }
    }
}

impl Movable for u32 {
    const FORMULA: &'static str =
        "a whole number from 0 up is expected, or a formula in t, n and u";

    /// The nearest.
    fn of(now: Now) -> Self {
        f64::of(now).round() as u32
    }
}

impl Movable for Color {
    const FORMULA: &'static str = "";

    fn of(now: Now) -> Self {
        match now {
            Now::Color(color) => color,
            Now::Number(_) => Color::BLACK,
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
    let parsed = match T::FORMULA {
        "" if !text.contains('(') => return plain.map(Moving::Fixed),
        "" => Mix::parse(text).map(Parsed::Color),
        _ => Formula::over_time(text).map(Parsed::Number),
    };
    let parsed = match parsed {
        Ok(parsed) => parsed,
        // A formula has a sign or two of one; what has none was meant to be a number.
        Err(e) if T::FORMULA.is_empty() || text.contains(['(', '*', '+', '/', ' ']) => {
            return Err(e.to_string());
        }
        Err(_) => return Err(T::FORMULA.into()),
    };
    let text = text.to_string();
    Ok(Moving::Formula(Text { text, parsed, of: std::marker::PhantomData }))
}

impl<T: Movable> Typed for Moving<T> {
    type Value = T;

    fn read(texts: &[String]) -> Result<Self, String> {
        parse(one(texts)?)
    }

    fn settle(self, timing: Timing) -> (T, Option<Curve>) {
        let Text { text, parsed, .. } = match self {
            Self::Fixed(value) => return (value, None),
            Self::Formula(formula) => formula,
        };
        let (curve, is_moving) = match &parsed {
            Parsed::Number(formula) => (Curve::number(&text, formula, timing), formula.is_moving()),
            Parsed::Color(mix) => (Curve::color(&text, mix, timing), true),
        };
        (T::of(curve.at(0)), is_moving.then_some(curve))
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
        let expected = || match T::FORMULA {
            "" => "a colour in quotes is expected",
            formula => formula,
        };
        let text =
            match Given::deserialize(deserializer).map_err(|_| de::Error::custom(expected()))? {
                Given::Integer(number) => number.to_string(),
                Given::Float(number) => number.to_string(),
                Given::Text(text) => text,
            };
        parse(&text).map_err(|e| de::Error::custom(format!("'{text}': {e}")))
    }
}
