//! What the frames of a recipe come from.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::generate::{self, Clip, Content, Generator, Parameters, generators};
use crate::remix::Remix;
use crate::values::Size;

macro_rules! source {
    ($($module:ident $Type:ident,)+) => {
        /// What draws the frames, with its parameters.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Source {
            $(
                #[doc = concat!("The generator `", stringify!($module), "`.")]
                $Type(generate::$module::$Type),
            )+
            /// Pieces of other films.
            Remix(Remix),
        }

        impl Source {
            /// The names of all.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($module),)+ "remix"];

            /// The name, and that of the table in recipes.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Type(_) => stringify!($module),)+
                    Self::Remix(_) => "remix",
                }
            }

            /// The generator; a program that draws may take `timeout` for a frame. `None` for a remix.
            pub(super) fn generator(
                &self,
                clip: Clip,
                timeout: Option<Duration>,
            ) -> Option<Box<dyn Generator>> {
                match self {
                    $(Self::$Type(parameters) => {
                        Some(generate::generator(parameters, clip, timeout))
                    })+
                    Self::Remix(_) => None,
                }
            }

            /// The parameters of the generator; `None` for a remix, whose frames are not drawn but cut from
            /// films.
            pub fn parameters(&self) -> Option<&dyn Parameters> {
                match self {
                    $(Self::$Type(parameters) => Some(parameters),)+
                    Self::Remix(_) => None,
                }
            }
        }

        /// Its table.
        impl Serialize for Source {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$Type(parameters) => parameters.serialize(serializer),)+
                    Self::Remix(remix) => remix.serialize(serializer),
                }
            }
        }
    };
}
generators!(source);

impl Source {
    /// The size of a frame where nothing is said.
    pub(super) fn size(&self) -> Size {
        self.parameters().map_or(Size::new(1024, 768), Parameters::size)
    }

    /// What the pictures are to an encoder. Those of films are not known, and taken for smooth: the choice
    /// that is never far off.
    pub(super) fn content(&self) -> Content {
        self.parameters().map_or(Content::Smooth, Parameters::content)
    }
}
