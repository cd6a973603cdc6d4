//! What is said of a parameter beyond its type and default.

use std::marker::PhantomData;
use std::ops::Range;

use super::Parameter;
use crate::error::Invalid;
use crate::values::{Clip, Curve, Form, Typed, Value, Written, bare};

/// Where a parameter applies, and the options that it belongs to, for messages.
type Only<P> = (fn(&P) -> bool, &'static str);

/// The description of a parameter of type `T` in table `P`.
pub(crate) struct Spec<P, T> {
    table: &'static str,
    key: &'static str,
    help: &'static str,
    placeholder: Option<&'static str>,
    range: Option<(f64, f64)>,
    most: Option<fn(&P) -> f64>,
    unit: &'static str,
    is_argument: bool,
    default: Option<&'static str>,
    only: Option<Only<P>>,
    is_later: bool,
    off: Option<&'static str>,
    excludes: Option<&'static str>,
    is_rate: bool,
    still: Option<&'static str>,
    of: PhantomData<T>,
}

impl<P, T: Value> Spec<P, T> {
    pub fn new(table: &'static str, key: &'static str, help: &'static str) -> Self {
        Self {
            table,
            key,
            help,
            placeholder: None,
            range: None,
            most: None,
            unit: "",
            is_argument: false,
            default: None,
            only: None,
            is_later: false,
            off: None,
            excludes: None,
            is_rate: false,
            still: None,
            of: PhantomData,
        }
    }

    /// What stands for the value in a help text, if not what its type says.
    pub fn placeholder(self, text: &'static str) -> Self {
        Self { placeholder: Some(text), ..self }
    }

    /// It is typed without its name.
    pub fn argument(self) -> Self {
        Self { is_argument: true, ..self }
    }

    /// The numbers that it may be, both included, and what they count.
    pub fn within(self, least: f64, most: f64, unit: &'static str) -> Self {
        Self { range: Some((least, most)), unit, ..self }
    }

    /// The greatest number, where it depends on other parameters.
    pub fn most(self, most: fn(&P) -> f64) -> Self {
        Self { most: Some(most), ..self }
    }

    /// What holds where nothing is said, in words: for one that depends on others.
    pub fn by_default(self, text: &'static str) -> Self {
        Self { default: Some(text), ..self }
    }

    /// It says something only where `applies`; elsewhere it is refused, and no part of the canonical form.
    /// `with` names the options that it belongs to.
    pub fn only(self, applies: fn(&P) -> bool, with: &'static str) -> Self {
        Self { only: Some((applies, with)), ..self }
    }

    /// It came after the first recipes of its table: at its default it is no part of the canonical form,
    /// so that these keep their identity.
    pub fn later(self) -> Self {
        Self { is_later: true, ..self }
    }

    /// What turning off a switch does, that is on by default.
    pub fn off(self, help: &'static str) -> Self {
        Self { off: Some(help), ..self }
    }

    /// It cannot be typed together with `key`.
    pub fn excludes(self, key: &'static str) -> Self {
        Self { excludes: Some(key), ..self }
    }

    /// It says how fast something goes. What it drives goes on from where it is when the rate changes.
    pub fn rate(self) -> Self {
        Self { is_rate: true, ..self }
    }

    /// It cannot move: why.
    pub fn still(self, reason: &'static str) -> Self {
        Self { still: Some(reason), ..self }
    }

    /// See [`Spec::rate`].
    pub fn is_rate(&self) -> bool {
        self.is_rate
    }

    /// Checks what a parameter is at every frame.
    pub fn check_curve(&self, curve: &Curve, clip: Clip) -> Result<(), Invalid> {
        let invalid = |reason: String| {
            let key = format!("{}.{}", self.table, self.key());
            Err(Invalid::new(&key, bare(curve.text()), reason))
        };
        if let Some(reason) = self.still {
            return invalid(format!("it cannot move: {reason}"));
        }
        if clip.looped && self.is_rate {
            return invalid("in a loop it cannot move: the circle would not close".into());
        }
        if !curve.signals().is_empty() {
            // Its values are looked at when the sound is known.
            return match clip.looped {
                true => {
                    invalid("in a loop it cannot follow sound: the circle would not close".into())
                }
                false => Ok(()),
            };
        }
        match self.bounds().stray(curve, curve.looked_at()) {
            None => Ok(()),
            Some(reason) => invalid(reason),
        }
    }

    /// What it may be at any frame.
    pub fn bounds(&self) -> Bounds {
        Bounds { range: self.range, unit: self.unit }
    }

    /// The key in recipes.
    pub fn key(&self) -> String {
        self.key.replace('_', "-")
    }

    /// Whether it says something in the resolved `table`.
    pub fn applies(&self, table: &P) -> bool {
        self.only.is_none_or(|(applies, _)| applies(table))
    }

    /// Whether `value` of the resolved `table` is part of the canonical form.
    pub fn is_kept(&self, table: &P, value: &T, default: &T) -> bool {
        value.get().is_some() && self.applies(table) && !(self.is_later && value == default)
    }

    /// Checks `value` of the resolved `table`.
    pub fn check(&self, table: &P, value: &T, is_written: bool) -> Result<(), Invalid> {
        let Some(written) = value.get() else { return Ok(()) };
        let invalid = |reason: String| {
            let key = format!("{}.{}", self.table, self.key());
            let text =
                if T::Written::FORM == Form::Switch { String::new() } else { written.text() };
            Err(Invalid::new(&key, text, reason))
        };
        match self.only {
            Some((applies, with)) if !applies(table) => {
                // A switch that is off says nothing.
                let is_said =
                    is_written && !(T::Written::FORM == Form::Switch && written.text() == "false");
                return match is_said {
                    true => invalid(format!("only with {with}")),
                    false => Ok(()),
                };
            }
            _ => {}
        }
        // A place of which a part is no number would not be read again.
        if T::Written::FORM == Form::Place
            && let Err(reason) = T::Written::read(&[written.text()])
        {
            return invalid(reason);
        }
        let (Some((least, most)), Some(number)) = (self.range, written.number()) else {
            return Ok(());
        };
        let most = self.most.map_or(most, |most| most(table));
        match (least..=most).contains(&number) {
            true => Ok(()),
            false => invalid(range(least, most, self.unit)),
        }
    }

    /// The parameter, whose default is `default`.
    pub fn parameter(&self, default: &T) -> Parameter {
        let form = T::Written::FORM;
        let says_default = form != Form::Switch;
        let default = self.default.map(str::to_string).or_else(|| default.get().map(Written::text));
        Parameter {
            key: self.key(),
            help: self.help.trim(),
            placeholder: self.placeholder.unwrap_or(T::Written::PLACEHOLDER),
            form,
            is_argument: self.is_argument,
            default: default.filter(|text| says_default && !text.is_empty()),
            range: self.range,
            unit: self.unit,
            choices: T::Written::choices(),
            only: self.only.map(|(_, with)| with),
            off: self.off,
            excludes: self.excludes,
            moves: T::Written::FORM.moves() && self.still.is_none(),
            check: |texts| <T::Written as Written>::Typed::read(texts).map(drop),
        }
    }
}

/// The numbers that a parameter may be, and what they count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    range: Option<(f64, f64)>,
    unit: &'static str,
}

impl Bounds {
    /// Any number.
    pub const ANY: Self = Self { range: None, unit: "" };

    /// What is wrong with a curve at one of `frames`, if anything is.
    pub fn stray(self, curve: &Curve, frames: Range<u64>) -> Option<String> {
        let (least, most) = self.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let (frame, value) = curve.strays(frames, least, most)?;
        // Of a place, only that it is somewhere.
        Some(match value.is_nan() || value.is_infinite() {
            true => format!("it is no number at frame {frame}"),
            false => {
                let range = range(least, most, self.unit);
                format!("it is {value} at frame {frame}, and may be {range}")
            }
        })
    }
}

/// The numbers from `least` to `most`, in words.
pub(super) fn range(least: f64, most: f64, unit: &str) -> String {
    let text = match most.is_finite() {
        true => format!("{least} to {most} {unit}"),
        false => format!("at least {least} {unit}"),
    };
    text.trim_end().to_string()
}
