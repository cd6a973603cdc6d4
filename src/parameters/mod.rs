//! Parameters, each described once.
//!
//! `parameters!` takes a table of a recipe: its keys, and of each the type, the default, the range and a
//! line of help. From it follow the table as it is written, where everything may be left open; the
//! resolved one, where every value is there; the canonical form; the errors; the options of the command line;
//! and the table in docs/reference.md.

mod moves;
mod spec;

pub use moves::Moves;
pub(crate) use spec::Spec;

use crate::values::Form;

/// A parameter, as the command line and the documentation show it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parameter {
    /// Its key in a recipe, and `--KEY` on the command line.
    pub key: String,
    /// What it is, in a line.
    pub help: &'static str,
    /// What stands for the value in a help text.
    pub placeholder: &'static str,
    /// How it is written.
    pub form: Form,
    /// True if it is typed without its name on the command line.
    pub is_argument: bool,
    /// What holds where nothing is said, if something does.
    pub default: Option<String>,
    /// The least and the greatest number.
    pub range: Option<(f64, f64)>,
    /// What the number counts, or nothing.
    pub unit: &'static str,
    /// All values, if they are few.
    pub choices: Vec<&'static str>,
    /// The options that it belongs to, if it does not belong to all.
    pub only: Option<&'static str>,
    /// What the switch that turns it off does, of one that is on by default: `--no-KEY`.
    pub off: Option<&'static str>,
    /// The key that it cannot be typed together with.
    pub excludes: Option<&'static str>,
    /// True if it may be a formula over time.
    pub moves: bool,
    /// Reads a value, to see whether it is one.
    pub check: fn(&[String]) -> Result<(), String>,
}

impl Parameter {
    /// The option on the command line, without the dashes.
    pub fn flag(&self) -> String {
        match self.off {
            Some(_) => format!("no-{}", self.key),
            None => self.key.clone(),
        }
    }

    /// What it is, its choices or its range, and what it belongs to.
    pub fn explained(&self) -> String {
        let mut text = self.off.unwrap_or(self.help).to_string();
        // A long list is cut here; the error for an unknown name gives all of it.
        if let [first @ .., last] = &self.choices[..] {
            match self.choices.len() {
                0..=14 => text += &format!(": {} or {last}", first.join(", ")),
                _ => text += &format!(": {} ...", first[..6].join(", ")),
            }
        }
        if let Some((least, most)) = self.range {
            text += &format!(", {}", spec::range(least, most, self.unit));
        }
        if self.form.moves() && !self.moves {
            text += ", cannot move";
        }
        if let Some(only) = self.only {
            text = format!("{text}; only with {only}");
        }
        text
    }
}

/// A table of a recipe as it is written, which takes values one by one.
pub trait Table {
    /// Sets `key` to what `texts` say: one text, or several of a command.
    ///
    /// # Errors
    /// The value is none, or there is no such key.
    fn set(&mut self, key: &str, texts: &[String]) -> Result<(), String>;
}

/// A table of a recipe that `parameters!` describes.
pub trait Described {
    /// The table's name.
    const NAME: &'static str;
    /// The table as it is written.
    type Draft: Table;

    /// Its parameters, in the order of the canonical form.
    fn parameters() -> Vec<Parameter>;

    /// Those that move.
    fn moves(&self) -> &Moves;

    /// The table as it is at a frame, in which nothing moves.
    fn at(&self, frame: u64) -> Self
    where
        Self: Sized;
}

/// Describes a table of a recipe.
///
/// A parameter is its help, its name (`as` another key, where the name is a word of Rust), its type, its
/// default, and what [`Spec`] takes beyond. `Option` is for a value that may be absent. What stands under
/// `shorthand` is settled into other parameters, and is no part of the resolved table.
macro_rules! parameters {
    (
        $(#[$meta:meta])*
        $name:ident, $draft:ident as $table:literal;
        $(shorthand {
            $(#[doc = $short_help:literal])+
            $short:ident: $short_type:ident;
        })?
        $(
            $(#[doc = $help:literal])+
            $field:ident $(as $key:literal)?: $type:ident $(<$of:ident>)? = $default:expr
            $(, $with:ident($($value:expr),*))*;
        )+
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[doc = $help])+ pub $field: $type $(<$of>)?,)+
            /// Those that move; the value of such a one is that of the first frame.
            pub moves: $crate::parameters::Moves,
        }

        #[doc = concat!("The table `[", $table, "]` as it is written: everything may be left open.")]
        #[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $draft {
            $($(#[doc = $short_help])+ pub $short: Option<$short_type>,)?
            $(
                $(#[doc = $help])+
                $(#[serde(rename = $key)])?
                pub $field: Option<$crate::parameters::typed!($type $(<$of>)?)>,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)+ moves: Default::default() }
            }
        }

        impl $name {
            $(
                fn $field() -> $crate::parameters::Spec<Self, $type $(<$of>)?> {
                    let key = $crate::parameters::key!($field $(as $key)?);
                    let help = concat!($($help),+);
                    $crate::parameters::Spec::new($table, key, help)$(.$with($($value),*))*
                }
            )+
        }

        impl $draft {
            /// The values that are written, and `base` for those left open; checks each. A parameter
            /// that does not apply gets its default, so that recipes that mean the same are equal.
            pub(crate) fn over(
                self,
                base: $name,
                clip: $crate::values::Clip,
            ) -> Result<$name, $crate::error::Invalid> {
                use $crate::values::{Typed, Value};
                let written = self.clone();
                let mut moves = $crate::parameters::Moves::default();
                let mut resolved = $name {
                    $($field: {
                        let settled = self.$field.map(|typed| typed.settle(clip));
                        let (value, curve) = settled.unzip();
                        let curve = curve.flatten();
                        // What it is at first is not known before the sound is.
                        let waits = curve.as_ref().is_some_and(|curve| !curve.signals().is_empty());
                        let value = value.filter(|_| !waits);
                        if let Some(curve) = curve {
                            let spec = $name::$field();
                            spec.check_curve(&curve, clip)?;
                            moves.insert(stringify!($field), curve, &spec);
                        }
                        Value::settle(value, base.$field)
                    },)+
                    moves: Default::default(),
                };
                $($name::$field().check(&resolved, &resolved.$field, written.$field.is_some())?;)+
                let default = $name::default();
                $(
                    if !$name::$field().applies(&resolved) {
                        resolved.$field = default.$field;
                    }
                )+
                resolved.moves = moves;
                Ok(resolved)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let default = Self::default();
                let mut map = serializer.serialize_map(None)?;
                $(
                    let spec = Self::$field();
                    if let Some(curve) = self.moves.get(stringify!($field)) {
                        map.serialize_entry(&spec.key(), curve.text())?;
                    } else if spec.is_kept(self, &self.$field, &default.$field) {
                        map.serialize_entry(&spec.key(), &self.$field)?;
                    }
                )+
                map.end()
            }
        }

        impl $crate::parameters::Described for $name {
            const NAME: &'static str = $table;
            type Draft = $draft;

            fn parameters() -> Vec<$crate::parameters::Parameter> {
                let default = Self::default();
                vec![
                    $({
                        let help = concat!($($short_help),+);
                        let spec = $crate::parameters::Spec::<Self, Option<$short_type>>::new(
                            $table, stringify!($short), help,
                        );
                        spec.parameter(&None)
                    },)?
                    $(Self::$field().parameter(&default.$field),)+
                ]
            }

            fn moves(&self) -> &$crate::parameters::Moves {
                &self.moves
            }

            fn at(&self, frame: u64) -> Self {
                use $crate::values::Value;
                let mut now = Self { moves: Default::default(), ..self.clone() };
                $(
                    let moved = self.moves.at(stringify!($field), frame);
                    if let Some(value) = moved.and_then(Value::moved) {
                        now.$field = value;
                    }
                )+
                now
            }
        }

        impl $crate::parameters::Table for $draft {
            fn set(&mut self, key: &str, texts: &[String]) -> Result<(), String> {
                use $crate::values::Typed;
                $(
                    if key == stringify!($short) {
                        self.$short = Some(Typed::read(texts)?);
                        return Ok(());
                    }
                )?
                $(
                    if key == $name::$field().key() {
                        self.$field = Some(Typed::read(texts)?);
                        return Ok(());
                    }
                )+
                Err(concat!("there is no such key in [", $table, "]").into())
            }
        }
    };
}

/// The type of a parameter as it is typed.
macro_rules! typed {
    (Option<$of:ident>) => { <$of as $crate::values::Written>::Typed };
    ($type:ident $(<$of:ident>)?) => { <$type $(<$of>)? as $crate::values::Written>::Typed };
}

/// The name of a parameter's key, with underscores.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident as $key:literal) => {
        $key
    };
}

pub(crate) use {key, parameters, typed};
