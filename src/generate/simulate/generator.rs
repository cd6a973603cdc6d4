//! What draws frames of a simulation.

use std::ops::Range;
use std::path::PathBuf;

use super::guide::{Guide, Lamp};
use super::strand::{Runner, Strand};
use super::{Simulate, looks};
use crate::generate::{Frame, Generator, PaintError, Painter, Stage, files};
use crate::parameters::Described;

pub(super) struct SimulationGenerator {
    simulate: Simulate,
    guide: Guide,
    strand: Strand,
}

impl SimulationGenerator {
    pub fn new(simulate: &Simulate, stage: &Stage) -> Self {
        let (guide, strand) = (Guide::new(simulate, stage), Strand::new(simulate, stage));
        Self { simulate: simulate.clone(), guide, strand }
    }
}

impl Generator for SimulationGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let Self { simulate, guide, strand } = self;
        let (number, lamp) = (strand.enter(), guide.lamp());
        Box::new(SimulationPainter { simulate, strand, number, lamp, own: None })
    }

    fn ready(&self) -> Result<(), String> {
        files::check(&self.simulate.files)?;
        self.guide.ready()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.simulate.files.keys().map(PathBuf::from).chain(self.guide.files()).collect()
    }

    fn reach(&self, index: u64) -> u64 {
        self.strand.reach(index)
    }

    fn stop(&self) {
        self.strand.stop();
        self.guide.stop();
    }
}

struct SimulationPainter<'a> {
    simulate: &'a Simulate,
    strand: &'a Strand,
    /// Its number at the strand.
    number: u64,
    lamp: Lamp<'a>,
    /// A state of its own, for frames that the strand is past.
    own: Option<Runner>,
}

impl Painter for SimulationPainter<'_> {
    fn prepare(&mut self, frames: Range<u64>) {
        self.strand.want(self.number, frames);
    }

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        self.simulate.moves.check(index)?;
        let view = match self.strand.view(self.number, index, &mut self.lamp)? {
            Some(view) => view,
            None => self.strand.own(&mut self.own, index, &mut self.lamp)?,
        };
        looks::draw(&self.simulate.at(index), &view, frame);
        self.strand.drawn(self.number, index);
        Ok(())
    }
}

impl Drop for SimulationPainter<'_> {
    fn drop(&mut self) {
        self.strand.leave(self.number);
    }
}
