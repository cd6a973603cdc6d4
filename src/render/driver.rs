//! What draws the layer that drives a simulation.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::generate::{Clip as Target, Frame, Generator, PaintError, Painter};
use crate::recipe::{Recipe, Source};
use crate::remix::{Clip, ClipReader};

/// The generator of the layer of `name`, as large as `target`; `None` if there is no such layer, or it cannot drive.
pub(super) fn driver(
    recipe: &Recipe,
    name: &str,
    target: Target,
    timeout: Option<Duration>,
) -> Option<Arc<dyn Generator>> {
    let Source::Stack(stack) = &recipe.source else { return None };
    let layer = stack.layers.iter().find(|layer| layer.place.name.as_deref() == Some(name))?;
    let target = Target { seed: layer.place.seed.unwrap_or(recipe.seed), ..target };
    if let Source::Film(film) = &layer.source {
        let (film, cancel) = (film.clone(), Cancel::new());
        return Some(Arc::new(FilmGenerator { film, target, cancel }));
    }
    let mut stage = recipe.stage(&layer.source, target, timeout);
    // It may be driven itself. No layer needs itself in the end.
    let next = layer.source.parameters().and_then(|parameters| parameters.layer());
    stage.layer = next.and_then(|name| driver(recipe, name, target, timeout));
    layer.source.generator(&stage).map(Into::into)
}

/// A film as a generator.
struct FilmGenerator {
    film: Clip,
    target: Target,
    cancel: Cancel,
}

impl Generator for FilmGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut reader = ClipReader::new(&self.film, self.target, &self.cancel);
        Box::new(move |index: u64, frame: &mut Frame| {
            reader.draw(index, frame).map_err(|e| match e {
                Error::Interrupted => PaintError::Stopped(crate::cancel::Stopped),
                e => PaintError::Failed(e.to_string()),
            })
        })
    }

    fn ready(&self) -> Result<(), String> {
        self.film.check()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.film.path().into_iter().collect()
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}
