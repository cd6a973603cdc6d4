//! What draws frames of a simulation.

use std::ops::Range;
use std::path::PathBuf;

use super::guide::Lamp;
use super::simulation::Simulation;
use super::steps::Steps;
use super::{Simulate, looks};
use crate::generate::strand::{Runner, Strand};
use crate::generate::{Frame, Generator, PaintError, Painter, Stage, files};
use crate::parameters::Described;

pub(super) struct SimulationGenerator {
    strand: Strand<Steps>,
}

impl SimulationGenerator {
    pub fn new(simulate: &Simulate, stage: &Stage) -> Self {
        Self { strand: Strand::new(Steps::new(simulate, stage), stage) }
    }
}

impl Generator for SimulationGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let strand = &self.strand;
        let (number, lamp) = (strand.enter(), strand.growing.guide.lamp());
        Box::new(SimulationPainter { strand, number, lamp, own: None })
    }

    fn ready(&self) -> Result<(), String> {
        files::check(&self.strand.growing.simulate.files)?;
        self.strand.growing.guide.ready()
    }

    fn files(&self) -> Vec<PathBuf> {
        let Steps { simulate, guide, .. } = &self.strand.growing;
        simulate.files.keys().map(PathBuf::from).chain(guide.files()).collect()
    }

    fn reach(&self, index: u64) -> u64 {
        self.strand.reach(index)
    }

    fn stop(&self) {
        self.strand.stop();
        self.strand.growing.guide.stop();
    }
}

struct SimulationPainter<'a> {
    strand: &'a Strand<Steps>,
    /// Its number at the strand.
    number: u64,
    lamp: Lamp<'a>,
    /// A state of its own, for frames that the strand is past.
    own: Option<Runner<Box<dyn Simulation>>>,
}

impl Painter for SimulationPainter<'_> {
    fn prepare(&mut self, frames: Range<u64>) {
        self.strand.want(self.number, frames);
    }

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        let simulate: &Simulate = &self.strand.growing.simulate;
        simulate.moves.check(index)?;
        let view = match self.strand.view(self.number, index, &mut self.lamp)? {
            Some(view) => view,
            None => self.strand.own(&mut self.own, index, &mut self.lamp)?,
        };
        looks::draw(&simulate.at(index), &view, frame);
        self.strand.drawn(self.number, index);
        Ok(())
    }
}

impl Drop for SimulationPainter<'_> {
    fn drop(&mut self) {
        self.strand.leave(self.number);
    }
}
