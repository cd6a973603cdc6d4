//! What the frames of a recipe come from.

use serde::{Serialize, Serializer};

use super::Stack;
use crate::generate::{self, Content, Generator, Parameters, Seen, Stage, generators};
use crate::parameters::Moves;
use crate::remix::{Clip, Remix};
use crate::values::{Ground, Size};

macro_rules! source {
    ($($module:ident $Type:ident,)+) => {
        /// What draws the frames, with its parameters.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        #[expect(clippy::large_enum_variant, reason = "a recipe has a few of them")]
        pub enum Source {
            $(
                #[doc = concat!("The generator `", stringify!($module), "`.")]
                $Type(generate::$module::$Type),
            )+
            /// Pieces of other films.
            Remix(Remix),
            /// A film, in a layer.
            Film(Clip),
            /// Layers, each from a source of its own.
            Stack(Stack),
        }

        impl Source {
            /// The names of those that are the source of a recipe.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($module),)+ "remix"];

            /// The names of those that are the source of a layer.
            pub const OF_LAYERS: &'static [&'static str] =
                &[$(stringify!($module),)+ "film", "remix"];

            /// The name, and that of the table in recipes.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Type(_) => stringify!($module),)+
                    Self::Remix(_) => "remix",
                    Self::Film(_) => "film",
                    Self::Stack(_) => "stack",
                }
            }

            /// The generator. `None` for a remix, whose frames are not drawn but cut from films, and for a stack.
            pub fn generator(&self, stage: &Stage) -> Option<Box<dyn Generator>> {
                match self {
                    $(Self::$Type(parameters) => {
                        Some(generate::generator(parameters, stage))
                    })+
                    Self::Remix(_) | Self::Film(_) | Self::Stack(_) => None,
                }
            }

            /// The parameters that move; `None` of what has none.
            pub(super) fn moves(&self) -> Option<&Moves> {
                match self {
                    $(Self::$Type(parameters) => Some(&parameters.moves),)+
                    Self::Film(clip) => Some(&clip.moves),
                    Self::Remix(_) | Self::Stack(_) => None,
                }
            }

            /// The same, to be changed.
            pub(super) fn moves_mut(&mut self) -> Option<&mut Moves> {
                match self {
                    $(Self::$Type(parameters) => Some(&mut parameters.moves),)+
                    Self::Film(clip) => Some(&mut clip.moves),
                    Self::Remix(_) | Self::Stack(_) => None,
                }
            }

            /// The parameters of the generator; `None` for a remix and for a stack.
            pub fn parameters(&self) -> Option<&dyn Parameters> {
                match self {
                    $(Self::$Type(parameters) => Some(parameters),)+
                    Self::Remix(_) | Self::Film(_) | Self::Stack(_) => None,
                }
            }
        }

        /// Its table.
        impl Serialize for Source {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$Type(parameters) => parameters.serialize(serializer),)+
                    Self::Remix(remix) => remix.serialize(serializer),
                    Self::Film(clip) => clip.serialize(serializer),
                    Self::Stack(stack) => stack.layers.serialize(serializer),
                }
            }
        }
    };
}
generators!(source);

impl Source {
    /// What its frames come from in the end: itself, or of a stack the sources of its layers.
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::Stack(stack) => stack.layers.iter().map(|layer| &layer.source).collect(),
            source => vec![source],
        }
    }

    /// The same, to be changed.
    pub(super) fn leaves_mut(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Stack(stack) => stack.layers.iter_mut().map(|layer| &mut layer.source).collect(),
            source => vec![source],
        }
    }

    /// True for noise that closes a circle of its own, and so a whole film of it.
    pub(super) fn is_loop(&self) -> bool {
        matches!(self, Self::Noise(noise) if noise.looped)
    }

    /// True if nothing lies below what is drawn: frames are transparent in places.
    pub fn is_transparent(&self) -> bool {
        match self {
            Self::Stack(stack) => stack.background == Ground::None,
            source => source.parameters().is_some_and(Parameters::is_transparent),
        }
    }

    /// Samples a second of its sound, if it has sound.
    pub fn sound(&self) -> Option<u32> {
        self.leaves().into_iter().find_map(|source| match source {
            Self::Remix(remix) => remix.sound,
            _ => None,
        })
    }

    /// True if a device draws, on which its frames depend.
    pub fn runs_on_devices(&self) -> bool {
        let runs = |source: &Self| source.parameters().is_some_and(Parameters::runs_on_devices);
        self.leaves().into_iter().any(runs)
    }

    /// True if a program of the user's draws: it is not started for clients of the page.
    pub fn is_program(&self) -> bool {
        let is_program = |source: &Self| source.parameters().is_some_and(Parameters::is_program);
        self.leaves().into_iter().any(is_program)
    }

    /// What is seen of the sound, if anything is.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.parameters().map(Parameters::seen).unwrap_or_default()
    }

    /// The size of a frame where nothing is said.
    pub(super) fn size(&self) -> Size {
        let size = |source: &Self| match source {
            Self::Film(clip) => clip.pixels,
            source => source.parameters().map(Parameters::size),
        };
        self.leaves().first().and_then(|source| size(source)).unwrap_or(Size::new(1024, 768))
    }

    /// What the pictures are to an encoder. Those of films are not known, and taken for smooth: the choice
    /// that is never far off.
    pub(super) fn content(&self) -> Content {
        // The lowest layer is that which covers all, as a rule.
        let content = |source: &&Self| source.parameters().map(Parameters::content);
        self.leaves().first().and_then(content).unwrap_or(Content::Smooth)
    }
}
