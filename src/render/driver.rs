//! What draws the layers and films that drive a simulation, or are seen in a shader.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::error::Error;
use crate::generate::{
    Clip as Target, Frame, Generator, Means, PaintError, Painter, Picture, Seen,
};
use crate::recipe::{Recipe, Source};
use crate::remix::{Clip, ClipDraft, ClipReader};
use crate::values::{Fit, Size};

/// The layers and films that `source` sees. Layers are as large as `target`.
pub(super) fn pictures(
    recipe: &Recipe,
    source: &Source,
    target: Target,
    means: &Means,
) -> Vec<Picture> {
    let picture = |seen: Seen| {
        let (size, generator) = match &seen {
            Seen::Layer(name) => (target.size, layer(recipe, name, target, means)?),
            Seen::Film(file) => film(file, target)
                .unwrap_or_else(|reason| (target.size, Arc::new(Unreadable(reason)))),
            Seen::Sound | Seen::Track(_) => return None,
        };
        Some(Picture { seen, size, generator })
    };
    source.seen().into_iter().filter_map(picture).collect()
}

/// The generator of the layer of `name`; `None` if there is no such layer, or it cannot drive.
fn layer(recipe: &Recipe, name: &str, target: Target, means: &Means) -> Option<Arc<dyn Generator>> {
    let Source::Stack(stack) = &recipe.source else { return None };
    let layer = stack.layers.iter().find(|layer| layer.place.name.as_deref() == Some(name))?;
    let target = Target { seed: layer.place.seed.unwrap_or(recipe.seed), ..target };
    if let Source::Film(film) = &layer.source {
        let (film, cancel) = (film.clone(), Cancel::new());
        return Some(Arc::new(FilmGenerator { film, target, cancel }));
    }
    let mut stage = recipe.stage(&layer.source, target, means);
    // It may be driven itself. No layer needs itself in the end.
    stage.pictures = pictures(recipe, &layer.source, target, means);
    layer.source.generator(&stage).map(Into::into)
}

/// The generator of a film that is seen in a source, in its own size.
///
/// # Errors
/// The film cannot be read.
fn film(file: &str, target: Target) -> Result<(Size, Arc<dyn Generator>), String> {
    let draft =
        ClipDraft { file: Some(file.into()), fit: Some(Fit::Stretch), ..ClipDraft::default() };
    let film = Clip::resolve(draft, target).map_err(|e| format!("{file}: {}", e.reason))?;
    let size = film.pixels.unwrap_or(target.size);
    let target = Target { size, ..target };
    Ok((size, Arc::new(FilmGenerator { film, target, cancel: Cancel::new() })))
}

/// What cannot be drawn, and why.
struct Unreadable(String);

impl Generator for Unreadable {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(|_: u64, _: &mut Frame| Err(PaintError::from(self.0.clone())))
    }

    fn ready(&self) -> Result<(), String> {
        Err(self.0.clone())
    }
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
