//! Layers, with open ends.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::SourceDraft;
use super::effects::resolve as resolve_effects;
use crate::compose::{self, Effect, EffectDraft};
use crate::error::{Invalid, did_you_mean};
use crate::generate::Seen;
use crate::parameters::Described;
use crate::recipe::layer::{Layer, Stack};
use crate::recipe::text::plain;
use crate::recipe::{Size, Source};
use crate::values::{Clip, Ground};

/// The most layers of a picture.
const MOST: usize = 100;

/// A layer as it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LayerDraft {
    /// How it lies over those before it.
    pub place: compose::LayerDraft,
    /// What it shows.
    pub source: SourceDraft,
    /// Its effects, in order.
    pub effect: Vec<EffectDraft>,
}

/// Reads layers, with the number of each in what is said of it.
pub(super) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<LayerDraft>, D::Error> {
    let tables = Vec::<toml::Table>::deserialize(deserializer)?;
    let read = |(number, table)| {
        LayerDraft::read(table).map_err(|e| D::Error::custom(format!("layer {number}{e}")))
    };
    (1..).zip(tables).map(read).collect()
}

impl LayerDraft {
    /// The keys of three tables stand in one, which serde cannot flatten and still refuse unknown ones.
    fn read(table: toml::Table) -> Result<Self, String> {
        let keys: Vec<String> =
            compose::Layer::parameters().into_iter().map(|parameter| parameter.key).collect();
        let (mut place, mut source) = (toml::Table::new(), toml::Table::new());
        let mut effect = Vec::new();
        let said = |e: &toml::de::Error| plain(e.message());
        for (key, value) in table {
            if Source::OF_LAYERS.contains(&&*key) {
                source.insert(key, value);
            } else if keys.contains(&key) {
                place.insert(key, value);
            } else if key == "effect" {
                effect = value.try_into().map_err(|e| format!(": {}", said(&e)))?;
            } else {
                let keys = keys.iter().map(String::as_str);
                let known = keys.chain(["effect"]).chain(Source::OF_LAYERS.iter().copied());
                let near = did_you_mean(&key, known.clone());
                let known: Vec<&str> = known.collect();
                return Err(format!(" has no '{key}'{near} (known: {})", known.join(", ")));
            }
        }
        // One at a time, so that what is wrong is said of its key.
        let name = source.keys().next().cloned().unwrap_or_default();
        for (key, value) in &place {
            let alone: toml::Table = [(key.clone(), value.clone())].into_iter().collect();
            let read = alone.try_into::<compose::LayerDraft>();
            read.map_err(|e| format!(" {key}: {}", said(&e)))?;
        }
        Ok(Self {
            place: place.try_into().map_err(|e| format!(": {}", said(&e)))?,
            source: source.try_into().map_err(|e| format!(" {name}: {}", said(&e)))?,
            effect,
        })
    }
}

/// Settles what was left open in `drafts`, for a film whose frames have `size`, if that is said.
///
/// # Errors
/// The first value that is out of range or contradicts another, with the number of its layer.
pub(super) fn resolve(
    drafts: &[LayerDraft],
    (background, linear): (Ground, bool),
    size: Option<Size>,
    clip: Clip,
) -> Result<Stack, Invalid> {
    if drafts.len() > MOST {
        return Err(Invalid::new(
            "layer",
            drafts.len(),
            format!("a picture has at most {MOST} layers"),
        ));
    }
    let numbered = |number: usize, e: Invalid| {
        let key = e.key.strip_prefix("layer.").unwrap_or(&e.key);
        Invalid { key: format!("layer.{number}.{key}"), ..e }
    };
    // The chance of each layer begins from a seed of its own.
    let seeded = |number: usize, draft: &LayerDraft| {
        let seed = draft.place.seed.unwrap_or((clip.seed + number as u64 - 1) % (1 << 63));
        Clip { seed, ..clip }
    };
    let source = |number: usize, draft: &LayerDraft, size: Size| {
        let clip = Clip { size, ..seeded(number, draft) };
        draft.source.resolve(None, true, clip).map_err(|e| match &*e.key {
            "generator" if draft.source.is_empty() => {
                let reason = format!("a table is missing that says what it shows: {}", e.reason);
                Invalid::new(&format!("layer.{number}"), "", reason)
            }
            "generator" => Invalid::new(&format!("layer.{number}"), "", e.reason),
            _ => numbered(number, e),
        })
    };
    // Without a size of its own, a film has that of its first layer, in which all formulas are reckoned then.
    let size = match (size, drafts.first()) {
        (Some(size), _) => size,
        (None, Some(first)) => source(1, first, clip.size)?.size(),
        (None, None) => clip.size,
    };
    let sources: Vec<Source> = (1..)
        .zip(drafts)
        .map(|(number, draft)| source(number, draft, size))
        .collect::<Result<_, _>>()?;
    let mut layers = Vec::new();
    for ((number, draft), source) in (1..).zip(drafts).zip(sources) {
        let clip = Clip { size, ..seeded(number, draft) };
        let own = match &source {
            Source::Image(_) | Source::Film(_) => Some(source.size()),
            _ => None,
        };
        let place = compose::Layer::resolve(draft.place.clone(), own, clip);
        let place = place.map_err(|e| numbered(number, e))?;
        let effects = resolve_effects(&draft.effect, clip).map_err(|e| numbered(number, e))?;
        layers.push(Layer { place, source, effects });
    }
    check_names(&layers)?;
    Ok(Stack { background, linear, layers })
}

/// Checks that what layers name are layers, and that none needs itself.
fn check_names(layers: &[Layer]) -> Result<(), Invalid> {
    let named =
        |name: &str| layers.iter().position(|layer| layer.place.name.as_deref() == Some(name));
    // What a layer needs to be drawn: the key that says it, and the layer's name.
    let needs = |n: usize| {
        let layer: &Layer = &layers[n];
        let mask = layer.place.mask.as_deref().map(|name| ("mask".to_string(), name));
        let effects = (1..).zip(&layer.effects).filter_map(|(number, effect)| {
            Some((format!("effect.{number}.{}.by", effect.name()), effect.layer()?))
        });
        let drivers = drivers(&layer.source).into_iter();
        let drivers = drivers.map(|name| (driver_key(&layer.source), name));
        let own = mask.into_iter().chain(effects).map(|(key, name)| (key, name.to_string()));
        own.chain(drivers).collect::<Vec<_>>()
    };
    for (n, layer) in layers.iter().enumerate() {
        let invalid = |key: &str, value: &str, reason: String| {
            Err(Invalid::new(&format!("layer.{}.{key}", n + 1), value, reason))
        };
        if let Some(name) = &layer.place.name
            && named(name) != Some(n)
        {
            return invalid("name", name, "another layer has this name".into());
        }
        for (key, name) in needs(n) {
            let Some(first) = named(&name) else {
                return invalid(&key, &name, unnamed(layers, &name));
            };
            if key == driver_key(&layer.source) && matches!(layers[first].source, Source::Remix(_))
            {
                return invalid(&key, &name, "a remix drives nothing; a film does".into());
            }
            // All that this one needs in turn.
            let (mut waiting, mut seen) = (vec![first], vec![first]);
            while let Some(at) = waiting.pop() {
                if at == n {
                    return invalid(&key, &name, "the layer would need itself to be drawn".into());
                }
                for next in needs(at).into_iter().filter_map(|(_, name)| named(&name)) {
                    if !seen.contains(&next) {
                        seen.push(next);
                        waiting.push(next);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Why a name is none of a layer.
fn unnamed(layers: &[Layer], name: &str) -> String {
    let names = layers.iter().filter_map(|layer| layer.place.name.as_deref());
    let near = did_you_mean(name, names.clone());
    let known: Vec<&str> = names.collect();
    let known = if known.is_empty() { "none".into() } else { known.join(", ") };
    format!("no layer has this name{near} (named: {known})")
}

/// Checks that the layers that effects on the whole look at are there, and that which drives a single generator.
///
/// # Errors
/// One is not.
pub(super) fn check_effects(effects: &[Effect], source: &Source) -> Result<(), Invalid> {
    if let Some(name) = drivers(source).into_iter().next() {
        let does = if matches!(source, Source::Shader(_)) { "is seen in" } else { "drives" };
        let reason = format!("a layer {does} it, and there are none: [[layer]]");
        return Err(Invalid::new(&driver_key(source), name, reason));
    }
    for (number, effect) in (1..).zip(effects) {
        let Some(name) = effect.layer() else { continue };
        let invalid = |reason: String| {
            Err(Invalid::new(&format!("effect.{number}.{}.by", effect.name()), name, reason))
        };
        match source {
            Source::Stack(stack) => {
                let is_it = |layer: &Layer| layer.place.name.as_deref() == Some(name);
                if !stack.layers.iter().any(is_it) {
                    return invalid(unnamed(&stack.layers, name));
                }
            }
            _ => return invalid("it looks at a layer, and there are none: [[layer]]".into()),
        }
    }
    Ok(())
}

/// The layers that drive a source, or are seen in it.
fn drivers(source: &Source) -> Vec<String> {
    let layer = |seen| match seen {
        Seen::Layer(name) => Some(name),
        Seen::Sound | Seen::Track(_) | Seen::Film(_) => None,
    };
    source.seen().into_iter().filter_map(layer).collect()
}

/// The key that names the layers that a source needs.
fn driver_key(source: &Source) -> String {
    let key = if matches!(source, Source::Shader(_)) { "channel" } else { "layer" };
    format!("{}.{key}", source.name())
}
