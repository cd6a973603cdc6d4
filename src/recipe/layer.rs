//! A picture as a stack of layers.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::Source;
use crate::compose::{Effect, Layer as Place, Sheaf};
use crate::values::Ground;

/// Layers, from the lowest to the highest.
#[derive(Debug, Clone, PartialEq)]
pub struct Stack {
    /// What lies below all of them.
    pub background: Ground,
    /// True if light is mixed instead of sRGB values.
    pub linear: bool,
    /// The layers, at least one.
    pub layers: Vec<Layer>,
}

impl Stack {
    /// How each layer lies, and its effects.
    pub fn sheaves(&self) -> Vec<Sheaf<'_>> {
        self.layers.iter().map(|layer| (&layer.place, &layer.effects[..])).collect()
    }
}

/// A layer: what it shows, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// How it lies over those before it.
    pub place: Place,
    /// What is drawn; no stack.
    pub source: Source,
    /// What it is put through, in order.
    pub effects: Vec<Effect>,
}

/// Its table.
impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = toml::Table::try_from(&self.place).map_err(serde::ser::Error::custom)?;
        let mut table = serializer.serialize_map(None)?;
        for (key, value) in &place {
            table.serialize_entry(key, value)?;
        }
        table.serialize_entry(self.source.name(), &self.source)?;
        if !self.effects.is_empty() {
            table.serialize_entry("effect", &self.effects)?;
        }
        table.end()
    }
}
