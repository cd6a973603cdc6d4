//! A simulation as what grows: its warm-up, and the steps of each frame.

use super::Simulate;
use super::guide::{Guide, Lamp};
use super::simulation::{Simulation, begin};
use super::view::View;
use crate::cancel::Cancel;
use crate::generate::strand::Growing;
use crate::generate::{PaintError, Stage};
use crate::parameters::Described;
use crate::values::Clip;

/// A simulation, with the light that drives it.
pub(super) struct Steps {
    pub simulate: Simulate,
    pub guide: Guide,
    clip: Clip,
}

impl Steps {
    pub fn new(simulate: &Simulate, stage: &Stage) -> Self {
        let guide = Guide::new(simulate, stage);
        Self { simulate: simulate.clone(), guide, clip: stage.clip }
    }

    /// The simulation before its first step, in the light that drives it.
    fn first(&self, lamp: &mut Lamp) -> Result<Box<dyn Simulation>, PaintError> {
        let light = lamp.first()?;
        let mut simulation = begin(&self.simulate, self.clip, light.as_deref())?;
        if let Some(light) = light {
            simulation.shine(&light);
        }
        Ok(simulation)
    }

    /// Takes so many steps, to a frame.
    fn take(
        &self,
        simulation: &mut dyn Simulation,
        steps: u64,
        frame: u64,
        cancel: &Cancel,
    ) -> Result<(), PaintError> {
        let now = self.simulate.at(frame);
        for _ in 0..steps {
            cancel.check()?;
            simulation.step(&now, frame);
        }
        Ok(())
    }

    /// Steps up to a frame, all together.
    fn upto(&self, frame: u64) -> u64 {
        // The product is rounded, and may fall short of a whole number that is meant.
        (self.simulate.at(frame).steps * frame as f64 + 1e-6) as u64
    }
}

impl Growing for Steps {
    type State = Box<dyn Simulation>;
    type View = View;
    type Lamp<'a> = Lamp<'a>;

    fn begin(&self, lamp: &mut Lamp<'_>, cancel: &Cancel) -> Result<Self::State, PaintError> {
        let mut simulation = self.first(lamp)?;
        self.take(&mut *simulation, self.simulate.warm_up.into(), 0, cancel)?;
        Ok(simulation)
    }

    fn load(&self, saved: &[u8], lamp: &mut Lamp<'_>) -> Result<Option<Self::State>, PaintError> {
        let mut simulation = self.first(lamp)?;
        Ok(simulation.load(saved).then_some(simulation))
    }

    fn go_on(
        &self,
        simulation: &mut Self::State,
        next: u64,
        lamp: &mut Lamp<'_>,
        cancel: &Cancel,
    ) -> Result<(), PaintError> {
        if let Some(light) = lamp.next(next)? {
            simulation.shine(&light);
        }
        let steps = self.upto(next).saturating_sub(self.upto(next - 1));
        self.take(&mut **simulation, steps, next, cancel)
    }

    fn look(
        &self,
        simulation: &Self::State,
        frame: u64,
        _: &mut Lamp<'_>,
    ) -> Result<View, PaintError> {
        Ok(simulation.view(&self.simulate.at(frame)))
    }

    fn save(&self, simulation: &Self::State) -> Result<Vec<u8>, PaintError> {
        Ok(simulation.save())
    }

    fn bytes(view: &View) -> usize {
        view.bytes()
    }
}
