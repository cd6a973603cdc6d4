//! Generators whose parameters move: each frame is drawn by a generator of its own.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Frame, Generator, Painter, Parameters, Stage};
use crate::cancel::Cancel;
use crate::parameters::Described;

/// The generator of these parameters.
pub(crate) fn generator<P>(parameters: &P, stage: &Stage) -> Box<dyn Generator>
where
    P: Parameters + Described + Clone + Send + Sync + 'static,
{
    if parameters.moves().is_empty() || P::is_moved_by_itself() {
        return parameters.generator(stage);
    }
    let (parameters, cancel) = (parameters.clone(), Cancel::new());
    let first = parameters.at(0).generator(stage);
    Box::new(Moving { parameters, stage: stage.clone(), first, cancel, drawing: Mutex::default() })
}

struct Moving<P> {
    parameters: P,
    stage: Stage,
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
            let now = self.parameters.generator_at(index, &self.stage);
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
