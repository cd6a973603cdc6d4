//! What draws frames of sound.

use std::path::PathBuf;
use std::sync::Arc;

use super::tap::Tap;
use super::{Scope, View, bars, beam, circle, spectrogram, wave};
use crate::cancel::Cancel;
use crate::generate::{Clip, Frame, Generator, PaintError, Painter, Stage, Waves};
use crate::parameters::Described;

/// Draws the views, each by what draws it.
pub(super) struct ScopeGenerator {
    scope: Scope,
    clip: Clip,
    sound: Option<Arc<dyn Waves>>,
    cancel: Cancel,
}

/// Draws one view.
pub(super) trait Drawn {
    /// Draws frame `index`, at which the parameters are `now`, on what lies behind it.
    fn draw(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
        frame: &mut Frame,
    ) -> Result<(), PaintError>;
}

impl ScopeGenerator {
    pub fn new(scope: &Scope, stage: &Stage) -> Self {
        let (clip, sound) = (stage.clip, stage.sounds.first().map(|(_, sound)| sound.clone()));
        Self { scope: scope.clone(), clip, sound, cancel: Cancel::new() }
    }
}

impl Generator for ScopeGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let Some(sound) = &self.sound else {
            return Box::new(|_: u64, _: &mut Frame| Err(SILENT.into()));
        };
        let (scope, clip) = (&self.scope, self.clip);
        let mut view: Box<dyn Drawn> = match scope.view {
            View::Wave => Box::new(wave::WaveView),
            View::Bars => Box::new(bars::BarsView::new(scope, clip, sound.rate())),
            View::Spectrum => {
                Box::new(spectrogram::SpectrumView::new(scope, clip.size, sound.rate()))
            }
            View::Circle => Box::new(circle::CircleView::new(scope, clip, sound.rate())),
            View::Xy => Box::new(beam::BeamView::new(scope, clip)),
        };
        let mut tap = Tap::new(sound.ear(), sound.rate(), clip, &self.cancel);
        Box::new(move |index: u64, frame: &mut Frame| {
            self.cancel.check()?;
            scope.moves.check(index)?;
            if scope.moves.is_empty() {
                return view.draw(scope, index, &mut tap, frame);
            }
            view.draw(&scope.at(index), index, &mut tap, frame)
        })
    }

    fn ready(&self) -> Result<(), String> {
        self.sound.as_ref().ok_or(SILENT)?.ready()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.sound.iter().flat_map(|sound| sound.files()).collect()
    }

    fn stop(&self) {
        self.cancel.cancel();
        self.sound.iter().for_each(|sound| sound.stop());
    }
}

const SILENT: &str = "nothing is heard that could be seen";
