//! What a parameter may hold: each type says how it is written, and of what form it is.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::moving::{Movable, Moving, Typed};
use super::{Color, Ground, Now, Place, Size, Span};

/// How a value is written, which decides how it is asked for: as a switch, a slider, a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// On or off.
    Switch,
    /// A number.
    Number,
    /// One of some names.
    Choice,
    /// A colour.
    Color,
    /// A place in a frame: two numbers, separated by a comma.
    Place,
    /// Several colours, separated by commas; in a recipe a list.
    Colors,
    /// Text.
    Text,
    /// A program and its arguments; in a recipe a list.
    Command,
    /// Names with values; in a recipe a table.
    Pairs,
    /// What genmedia finds and writes down itself.
    Record,
}

impl Form {
    /// True for values that may move.
    pub fn moves(self) -> bool {
        matches!(self, Self::Number | Self::Color | Self::Place)
    }

    /// True for values that are lists in a recipe.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Colors | Self::Command)
    }
}

/// A value as users write it.
pub trait Written: Clone + PartialEq + Serialize + DeserializeOwned {
    /// What is typed for it: itself, or with [`Moving`] perhaps a formula over time.
    type Typed: Typed<Value = Self>;
    /// The form.
    const FORM: Form;
    /// What stands for the value in a help text.
    const PLACEHOLDER: &'static str;

    /// Reads the value; `texts` is one text, except of a command.
    ///
    /// # Errors
    /// What is expected instead.
    fn read(texts: &[String]) -> Result<Self, String>;

    /// The value as it would be written.
    fn text(&self) -> String;

    /// The value as a number, if it is one.
    fn number(&self) -> Option<f64> {
        None
    }

    /// All values that there are, if they are few.
    fn choices() -> Vec<&'static str> {
        Vec::new()
    }

    /// What it is at a frame of a curve, if it can move.
    fn moved(_: Now) -> Option<Self> {
        None
    }
}

/// What a resolved parameter holds: a written value, or with `Option` one that may be absent.
pub trait Value: Clone + PartialEq + Serialize {
    /// What is written.
    type Written: Written;

    /// The written value, or where there is none that of `base`.
    fn settle(written: Option<Self::Written>, base: Self) -> Self;

    /// What it is at a frame of a curve, if it can move.
    fn moved(now: Now) -> Option<Self>;

    /// The value, if it is not absent.
    fn get(&self) -> Option<&Self::Written>;
}

impl<T: Written> Value for T {
    type Written = T;

    fn settle(written: Option<T>, base: T) -> T {
        written.unwrap_or(base)
    }

    fn moved(now: Now) -> Option<Self> {
        T::moved(now)
    }

    fn get(&self) -> Option<&T> {
        Some(self)
    }
}

impl<T: Written> Value for Option<T> {
    type Written = T;

    fn settle(written: Option<T>, base: Self) -> Self {
        written.or(base)
    }

    fn moved(now: Now) -> Option<Self> {
        T::moved(now).map(Some)
    }

    fn get(&self) -> Option<&T> {
        self.as_ref()
    }
}

/// The one text of a value that is no list.
pub(crate) fn one(texts: &[String]) -> Result<&str, String> {
    match texts {
        [text] => Ok(text),
        _ => Err("one value is expected".into()),
    }
}

/// A whole number, with a message for people where the standard library has one for programmers.
///
/// # Errors
/// What is expected instead.
pub fn whole<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    let is_whole = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(number) => Ok(number),
        Err(_) if is_whole => Err("the number is too large".into()),
        Err(_) => Err("a whole number from 0 up is expected".into()),
    }
}

/// Reads a whole number that lies in `range`.
pub fn whole_in<T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("a whole number from {} to {} is expected", range.start(), range.end())),
    }
}

impl Written for f64 {
    type Typed = Moving<Self>;

    const FORM: Form = Form::Number;
    const PLACEHOLDER: &'static str = "X";

    fn read(texts: &[String]) -> Result<Self, String> {
        one(texts)?.trim().parse().map_err(|_| "a number is expected".into())
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn number(&self) -> Option<f64> {
        Some(*self)
    }

    fn moved(now: Now) -> Option<Self> {
        Some(Self::of(now))
    }
}

impl Written for u32 {
    type Typed = Moving<Self>;

    const FORM: Form = Form::Number;
    const PLACEHOLDER: &'static str = "N";

    fn read(texts: &[String]) -> Result<Self, String> {
        whole(one(texts)?)
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn number(&self) -> Option<f64> {
        Some(f64::from(*self))
    }

    fn moved(now: Now) -> Option<Self> {
        Some(Self::of(now))
    }
}

impl Written for u64 {
    type Typed = Self;

    const FORM: Form = Form::Number;
    const PLACEHOLDER: &'static str = "N";

    fn read(texts: &[String]) -> Result<Self, String> {
        whole(one(texts)?)
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Written for bool {
    type Typed = Self;

    const FORM: Form = Form::Switch;
    const PLACEHOLDER: &'static str = "";

    fn read(texts: &[String]) -> Result<Self, String> {
        one(texts)?.parse().map_err(|_| "true or false is expected".into())
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Written for String {
    type Typed = Self;

    const FORM: Form = Form::Text;
    const PLACEHOLDER: &'static str = "TEXT";

    fn read(texts: &[String]) -> Result<Self, String> {
        one(texts).map(str::to_string)
    }

    fn text(&self) -> String {
        self.clone()
    }
}

impl Written for Vec<String> {
    type Typed = Self;

    const FORM: Form = Form::Command;
    const PLACEHOLDER: &'static str = "PROGRAM [ARGUMENT]...";

    fn read(texts: &[String]) -> Result<Self, String> {
        Ok(texts.to_vec())
    }

    fn text(&self) -> String {
        self.join(" ")
    }
}

impl Written for BTreeMap<String, String> {
    type Typed = Self;

    const FORM: Form = Form::Record;
    const PLACEHOLDER: &'static str = "";

    fn read(_: &[String]) -> Result<Self, String> {
        Err("genmedia finds it itself".into())
    }

    fn text(&self) -> String {
        format!("{self:?}")
    }
}

/// [`Written`] of a type that `FromStr` reads and `Display` writes; `choices` are its values, where those are few.
macro_rules! written_as_text {
    ($type:ty, $form:ident, $placeholder:literal $(, choices $choices:expr)?) => {
        impl $crate::values::Written for $type {
            type Typed = Self;

            const FORM: $crate::values::Form = $crate::values::Form::$form;
            const PLACEHOLDER: &'static str = $placeholder;

            fn read(texts: &[String]) -> Result<Self, String> {
                $crate::values::one(texts)?.parse()
            }

            fn text(&self) -> String {
                self.to_string()
            }

            $(fn choices() -> Vec<&'static str> {
                $choices.collect()
            })?
        }
    };
}
pub(crate) use written_as_text;

/// [`Written`] of what may move, and of which `FromStr` reads and `Display` writes the values that do not.
macro_rules! written_as_moving_text {
    ($type:ty, $form:ident, $placeholder:literal) => {
        impl Written for $type {
            type Typed = Moving<Self>;

            const FORM: Form = Form::$form;
            const PLACEHOLDER: &'static str = $placeholder;

            fn read(texts: &[String]) -> Result<Self, String> {
                one(texts)?.parse()
            }

            fn text(&self) -> String {
                self.to_string()
            }

            fn moved(now: Now) -> Option<Self> {
                Some(Self::of(now))
            }
        }
    };
}

written_as_moving_text!(Color, Color, "COLOR");
written_as_moving_text!(Ground, Color, "COLOR");
written_as_moving_text!(Place, Place, "X,Y");

written_as_text!(Span, Text, "A..B");
written_as_text!(Size, Text, "WxH");
