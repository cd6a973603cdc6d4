//! What draws frames of a simulation.

use std::ops::Range;
use std::path::PathBuf;

use super::strand::{Runner, Strand};
use super::{Simulate, looks};
use crate::generate::{Frame, Generator, PaintError, Painter, Stage, files};
use crate::parameters::Described;

pub(super) struct SimulationGenerator {
    simulate: Simulate,
    strand: Strand,
}

impl SimulationGenerator {
    pub fn new(simulate: &Simulate, stage: &Stage) -> Self {
        Self { simulate: simulate.clone(), strand: Strand::new(simulate, stage) }
    }
}

impl Generator for SimulationGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let Self { simulate, strand } = self;
        Box::new(SimulationPainter { simulate, strand, number: strand.enter(), own: None })
    }

    fn ready(&self) -> Result<(), String> {
        files::check(&self.simulate.files)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.simulate.files.keys().map(PathBuf::from).collect()
    }

    fn reach(&self, index: u64) -> u64 {
        self.strand.reach(index)
    }

    fn stop(&self) {
        self.strand.stop();
    }
}

struct SimulationPainter<'a> {
    simulate: &'a Simulate,
    strand: &'a Strand,
    /// Its number at the strand.
    number: u64,
    /// A state of its own, for frames that the strand is past.
    own: Option<Runner>,
}

impl Painter for SimulationPainter<'_> {
    fn prepare(&mut self, frames: Range<u64>) {
        self.strand.want(self.number, frames);
    }

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        self.simulate.moves.check(index)?;
        let view = match self.strand.view(self.number, index)? {
            Some(view) => view,
            None => self.strand.own(&mut self.own, index)?,
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
