//! Generators whose parameters move: each frame is drawn by a generator of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Clip, Frame, Generator, Painter, Parameters};
use crate::cancel::Cancel;
use crate::parameters::Described;

/// The generator of these parameters; a program that draws may take `timeout` for a frame.
pub(crate) fn generator<P>(
    parameters: &P,
    clip: Clip,
    timeout: Option<Duration>,
) -> Box<dyn Generator>
where
    P: Parameters + Described + Clone + Send + Sync + 'static,
{
    if parameters.moves().is_empty() {
        return parameters.generator(clip, timeout);
    }
    let (parameters, cancel) = (parameters.clone(), Cancel::new());
    let first = parameters.at(0).generator(clip, timeout);
    Box::new(Moving { parameters, clip, timeout, first, cancel, drawing: Mutex::default() })
}

struct Moving<P> {
    parameters: P,
    clip: Clip,
    timeout: Option<Duration>,
    /// That of the first frame. What does not move is the same in all.
    first: Box<dyn Generator>,
    cancel: Cancel,
    /// Those that draw at the moment, to be told when the work stops.
    drawing: Mutex<Vec<Arc<dyn Generator>>>,
}

impl<P> Moving<P> {
    fn drawing<R>(&self, with: impl FnOnce(&mut Vec<Arc<dyn Generator>>) -> R) -> R {
        with(&mut self.drawing.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<P: Parameters + Described + Clone + Send + Sync> Generator for Moving<P> {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(move |index: u64, frame: &mut Frame| {
            self.parameters.moves().check(index)?;
            let now = self.parameters.generator_at(index, self.clip, self.timeout);
            let generator: Arc<dyn Generator> = now.into();
            self.drawing(|list| list.push(generator.clone()));
            // What was told before it stood in the list.
            let result = match self.cancel.check() {
                Ok(()) => generator.painter().paint(index, frame),
                Err(stopped) => Err(stopped.into()),
            };
            self.drawing(|list| list.retain(|other| !Arc::ptr_eq(other, &generator)));
            result
        })
    }

    fn ready(&self) -> Result<(), String> {
        self.first.ready()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.first.files()
    }

    fn stop(&self) {
        self.cancel.cancel();
        self.drawing(|list| list.iter().for_each(|generator| generator.stop()));
    }
}
