//! Choices with a name: one list gives parsing, printing, serde and the nearest name to a typo.

/// Declares an enum whose variants are written by name.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident as $what:literal { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// Every choice.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name, as users write it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let names = Self::ALL.iter().map(|v| v.name());
                Self::ALL.iter().copied().find(|v| v.name().eq_ignore_ascii_case(text)).ok_or_else(|| {
                    format!(
                        concat!("unknown ", $what, "{} (known: {})"),
                        $crate::error::did_you_mean(text, names.clone()),
                        names.collect::<Vec<_>>().join(", "),
                    )
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(d)?;
                text.parse().map_err(|e| serde::de::Error::custom(format!("'{text}': {e}")))
            }
        }

        $crate::values::written_as_text!(
            $name, Choice, "NAME", choices Self::ALL.iter().map(|choice| choice.name())
        );
    };
}
pub(crate) use named;
