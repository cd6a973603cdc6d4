//! What frames come from, with open ends.

use serde::Deserialize;

use crate::error::{Invalid, did_you_mean};
use crate::generate::{self, Parameters, generators};
use crate::parameters::Described;
use crate::recipe::Source;
use crate::remix::{self, ClipDraft, Remix};
use crate::values::{Clip, Ground, Moving};

macro_rules! source {
    ($($module:ident $Type:ident,)+) => {
        /// The tables of sources, of which one is to be there.
        #[derive(Debug, Clone, Default, PartialEq, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct SourceDraft {
            $(
                #[doc = concat!("The parameters of `", stringify!($module), "`.")]
                pub $module: Option<<generate::$module::$Type as Described>::Draft>,
            )+
            /// The parameters of a remix.
            pub remix: Option<Remix>,
            /// The parameters of a film in a layer.
            pub film: Option<ClipDraft>,
        }

        impl SourceDraft {
            /// The names of the tables that are there.
            fn names(&self) -> Vec<&'static str> {
                let there = [
                    $((stringify!($module), self.$module.is_some()),)+
                    ("remix", self.remix.is_some()),
                    ("film", self.film.is_some()),
                ];
                there.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
            }

            /// The source of this name, resolved.
            fn named(&self, name: &str, clip: Clip) -> Result<Source, Invalid> {
                match name {
                    $(stringify!($module) => {
                        let draft = self.$module.clone().unwrap_or_default();
                        generate::$module::$Type::resolve(draft, clip).map(Source::$Type)
                    })+
                    "remix" => {
                        let mut remix = self.remix.clone().unwrap_or_default();
                        remix.resolve()?;
                        Ok(Source::Remix(remix))
                    }
                    "film" => {
                        let draft = self.film.clone().unwrap_or_default();
                        remix::Clip::resolve(draft, clip).map(Source::Film)
                    }
                    other => {
                        let near = did_you_mean(other, Source::NAMES.iter().copied());
                        let known = Source::NAMES.join(", ");
                        let reason = format!("unknown generator{near} (known: {known})");
                        Err(Invalid::new("generator", other, reason))
                    }
                }
            }
        }
    };
}
generators!(source);

impl SourceDraft {
    /// What lies below, where a generator draws on nothing.
    pub(super) fn ground(&self) -> Option<Ground> {
        let polygon = self.polygon.as_ref().and_then(|polygon| polygon.background.as_ref());
        let wave = self.wave.as_ref().and_then(|wave| wave.background.as_ref());
        let scope = self.scope.as_ref().and_then(|scope| scope.background.as_ref());
        let nothing = Moving::Fixed(Ground::None);
        let text = self.text.as_ref().map(|text| text.background.as_ref().unwrap_or(&nothing));
        let image = self.image.as_ref().and_then(|image| image.file.clone());
        let is_logo = image
            .is_some_and(|file| generate::Image { file, ..Default::default() }.is_transparent());
        let is_drawn_on = polygon.or(wave).or(scope).or(text) == Some(&nothing);
        (is_logo || is_drawn_on).then_some(Ground::None)
    }
}

impl SourceDraft {
    /// True if no table is there.
    pub(super) fn is_empty(&self) -> bool {
        self.names().is_empty()
    }

    /// Settles what was left open, for a layer or for the whole; `name` is the source's, if it is said.
    ///
    /// # Errors
    /// There is none, or more than one; the first value that is out of range or contradicts another.
    pub(super) fn resolve(
        &self,
        name: Option<&str>,
        is_layer: bool,
        clip: Clip,
    ) -> Result<Source, Invalid> {
        let tables = self.names();
        let name = match (name, tables.as_slice()) {
            (Some(name), tables) => {
                if let Some(other) = tables.iter().find(|t| **t != name) {
                    let reason = format!("[{other}] belongs to another generator");
                    return Err(Invalid::new("generator", name, reason));
                }
                name
            }
            (None, [one]) => *one,
            (None, []) => {
                let names = if is_layer { Source::OF_LAYERS } else { Source::NAMES };
                let reason = names.join(", ").replace(", remix", " or remix");
                return Err(Invalid::new("generator", "(absent)", reason));
            }
            (None, many) => {
                let tables = many.join("] and [");
                let reason = format!("both [{tables}] are there; name one");
                return Err(Invalid::new("generator", "(absent)", reason));
            }
        };
        self.named(name, clip)
    }
}
