//! Effects: each changes a picture that is drawn, by parameters of its own. What an effect makes of a picture depends on
//! the picture, the parameters and the frame's index only.

mod adjust;
mod written;

pub use written::{each_once, key_values};

/// The effects: `$with` gets the module and the type of each one's parameters. Whatever lists them is made from this.
macro_rules! effects {
    ($with:ident) => {
        $with! {
            aberration Aberration,
            blur Blur,
            colormap Colored,
            dilate Dilate,
            displace Displace,
            distance Distance,
            dither Dither,
            duotone Duotone,
            echo Echo,
            edges Edges,
            emboss Emboss,
            erode Erode,
            fisheye Fisheye,
            glow Glow,
            grade Grade,
            grain Grain,
            halftone Halftone,
            invert Invert,
            kaleidoscope Kaleidoscope,
            median Median,
            mirror Mirror,
            perspective Perspective,
            pixelate Pixelate,
            posterize Posterize,
            ripple Ripple,
            rotate Rotate,
            scanlines Scanlines,
            sharpen Sharpen,
            shift Shift,
            swirl Swirl,
            threshold Threshold,
            tile Tile,
            vignette Vignette,
            zoom Zoom,
        }
    };
}

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Canvas, Scratch};
use crate::error::{Invalid, did_you_mean};
use crate::parameters::{Described, Moves, Parameter, Table};
use crate::values::{Clip, Size};

/// The frame that an effect is at.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The film; its size is that of the picture.
    pub clip: Clip,
    /// Pixels of room at each side of the picture, for what effects do beyond it.
    pub margin: u32,
    /// The frame's index, from 0.
    pub index: u64,
}

impl Moment {
    /// How far something has come that goes on by `rate` a second and looks the same after each `period`.
    fn passed(&self, rate: f64, period: f64) -> f64 {
        self.clip.passed(self.clip.fps.seconds(self.index), rate, period)
    }

    /// A place in pixels, where the middle of the first of the room around the picture is 0, 0; by its parts of the
    /// picture's width and height.
    fn middle(&self, x: f64, y: f64) -> [f32; 2] {
        let margin = f64::from(self.margin);
        let of = |part: f64, side: u32| (margin + part * f64::from(side) - 0.5) as f32;
        [of(x, self.clip.size.width), of(y, self.clip.size.height)]
    }
}

/// The parameters of an effect, resolved. The first is the main one, which `--effect NAME=VALUE` sets.
pub trait Change: Described {
    /// What it does, in a line.
    const ABOUT: &'static str;

    /// Changes the picture. Its size stays.
    fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment);

    /// The layer that it looks at, by name: [`Scratch`] holds the whole picture of that.
    fn layer(&self) -> Option<&str> {
        None
    }

    /// The earlier pictures that it looks back at: how many, and how many frames apart. [`Scratch`] holds them.
    fn trail(&self) -> Option<(u64, u64)> {
        None
    }

    /// Why it does not lead back to where it began, in a loop: a key, its value, and what to do.
    fn seam(&self) -> Option<(&'static str, String, &'static str)> {
        None
    }

    /// How far beyond a picture of this size it is seen, in pixels.
    fn reach(&self, own: Size) -> f64 {
        let _ = own;
        0.0
    }
}

/// An effect, as the command line and the documentation show it.
#[derive(Debug, Clone)]
pub struct EffectDescription {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Its parameters, the main one first.
    pub parameters: Vec<Parameter>,
}

macro_rules! list {
    ($($module:ident $Type:ident,)+) => {
        $(mod $module;)+
        $(pub use $module::$Type;)+

        /// An effect, with its parameters.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Effect {
            $(
                #[doc = concat!("The effect `", stringify!($module), "`.")]
                $Type($Type),
            )+
        }

        /// An effect as it is written: everything but the name may be left open.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum EffectDraft {
            $(
                #[doc = concat!("The effect `", stringify!($module), "`.")]
                $Type(<$Type as Described>::Draft),
            )+
        }

        impl Effect {
            /// The names of all.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($module),)+];

            /// The name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Type(_) => stringify!($module),)+ }
            }

            /// The layer that it looks at, by name.
            pub fn layer(&self) -> Option<&str> {
                match self { $(Self::$Type(effect) => effect.layer(),)+ }
            }

            /// The earlier pictures that it looks back at: how many, and how many frames apart.
            pub(super) fn trail(&self) -> Option<(u64, u64)> {
                match self { $(Self::$Type(effect) => effect.trail(),)+ }
            }

            /// How far beyond a picture of this size it is seen at a frame, in pixels.
            pub(super) fn reach(&self, index: u64, own: Size) -> f64 {
                match self {
                    $(
                        Self::$Type(effect) if effect.moves.is_empty() => effect.reach(own),
                        Self::$Type(effect) => effect.at(index).reach(own),
                    )+
                }
            }

            /// The parameters that move.
            pub(crate) fn moves_mut(&mut self) -> &mut Moves {
                match self { $(Self::$Type(effect) => &mut effect.moves,)+ }
            }

            /// The same, to be looked at.
            pub(crate) fn moves(&self) -> &Moves {
                match self { $(Self::$Type(effect) => &effect.moves,)+ }
            }

            /// Looks at a frame that was not looked at before work.
            ///
            /// # Errors
            /// A value that moves leaves its range there.
            pub(super) fn check(&self, index: u64) -> Result<(), String> {
                let checked = match self { $(Self::$Type(effect) => effect.moves.check(index),)+ };
                checked.map_err(|reason| format!("effect {}: {reason}", self.name()))
            }

            /// Changes the picture. Its size stays.
            pub fn apply(&self, canvas: &mut Canvas, scratch: &mut Scratch, at: Moment) {
                match self {
                    $(
                        Self::$Type(effect) if effect.moves.is_empty() => {
                            effect.apply(canvas, scratch, at);
                        }
                        Self::$Type(effect) => effect.at(at.index).apply(canvas, scratch, at),
                    )+
                }
            }
        }

        impl EffectDraft {
            /// The name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$Type(_) => stringify!($module),)+ }
            }

            /// The effect `name`, with everything left open.
            fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($module) => Some(Self::$Type(Default::default())),)+
                    _ => None,
                }
            }

            fn table(&mut self) -> &mut dyn Table {
                match self { $(Self::$Type(draft) => draft,)+ }
            }

            fn read(name: &str, table: toml::Table) -> Result<Self, toml::de::Error> {
                match name {
                    $(stringify!($module) => table.try_into().map(Self::$Type),)+
                    other => Err(toml::de::Error::custom(unknown(other))),
                }
            }

            /// Settles what was left open, and checks everything.
            ///
            /// # Errors
            /// The first value that is out of range or contradicts another.
            pub fn resolve(&self, clip: Clip) -> Result<Effect, Invalid> {
                match self {
                    $(Self::$Type(draft) => {
                        let effect = draft.clone().over($Type::default(), clip)?;
                        match effect.seam().filter(|_| clip.looped) {
                            Some((key, value, reason)) => {
                                let key = format!("{}.{key}", $Type::NAME);
                                Err(Invalid::new(&key, value, reason))
                            }
                            None => Ok(Effect::$Type(effect)),
                        }
                    })+
                }
            }
        }

        /// Its name, and its table.
        impl Serialize for Effect {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let parameters = match self {
                    $(Self::$Type(effect) => toml::Table::try_from(effect),)+
                };
                let parameters = parameters.map_err(serde::ser::Error::custom)?;
                let mut map = serializer.serialize_map(Some(parameters.len() + 1))?;
                map.serialize_entry("name", self.name())?;
                for (key, value) in &parameters {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }

        /// All effects.
        pub fn effect_descriptions() -> Vec<EffectDescription> {
            vec![$(EffectDescription {
                name: stringify!($module),
                about: $Type::ABOUT,
                parameters: $Type::parameters(),
            },)+]
        }
    };
}
effects!(list);

fn unknown(name: &str) -> String {
    let near = did_you_mean(name, Effect::NAMES.iter().copied());
    format!("unknown effect '{name}'{near} (known: {})", Effect::NAMES.join(", "))
}
