//! Formulas of sound: a value for each sample.

use std::sync::{Mutex, PoisonError};

use super::parse::{OF_SOUND, parse_with_rates};
use super::{Function, Node, ParseError, Program};

/// Samples that are reckoned at once.
pub const BLOCK: usize = 4096;

/// A formula of sound, in `t` (seconds), `n` (the frame, with its fraction), and `u` (0 to 1 over the film): in it there
/// are `noise`, `keys` and `table` as in others over time, the oscillators `sine`, `saw`, `square`, `triangle` and `pulse` of a
/// frequency in hertz, and the envelope `env(seconds, attack, decay)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SoundFormula {
    root: Node,
    /// The frequencies of its oscillators, each of which may depend on those before it.
    rates: Vec<Node>,
}

/// How far the oscillators of a formula have come before each block, in turns, as far as that is known. It follows from
/// the formula, and is shared by all who reckon it.
#[derive(Debug, Default)]
pub struct Phases(Mutex<Vec<Vec<f64>>>);

/// A formula made ready for samples.
#[derive(Debug)]
pub struct SoundProgram<'a> {
    value: Program,
    /// The frequency of each oscillator, in turns a sample.
    steps: Vec<Rate>,
    phases: &'a Phases,
    /// What the programs read: the sample, and of each oscillator phase and step.
    inputs: Vec<Vec<f64>>,
}

/// How fast an oscillator turns, in turns a sample.
#[derive(Debug)]
enum Rate {
    /// Always alike.
    Fixed(f64),
    Moving(Program),
}

/// A film, as far as sound depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Samples a second.
    pub rate: u32,
    /// Frames a second, as a fraction.
    pub fps: (u32, u32),
    /// Samples in all.
    pub samples: u64,
    /// What chance starts from.
    pub seed: u64,
}

impl SoundFormula {
    /// Parses `text`.
    ///
    /// # Errors
    /// What is wrong, and at which column.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let (root, rates) = parse_with_rates(text, OF_SOUND)?;
        Ok(Self { root, rates })
    }

    /// The formula made ready, for a film of this timing.
    pub fn program<'a>(&self, timing: Timing, phases: &'a Phases) -> SoundProgram<'a> {
        let variables = self.variables(timing);
        let inputs = 1 + 2 * self.rates.len();
        let compile =
            |node: &Node, inputs| Program::compile(&node.with(&variables), inputs, inputs);
        let rate = f64::from(timing.rate);
        let step = |(k, node): (usize, &Node)| match node {
            Node::Constant(hertz) => Rate::Fixed(hertz / rate),
            node => Rate::Moving(compile(&over(node.clone(), rate), 1 + 2 * k)),
        };
        SoundProgram {
            value: compile(&self.root, inputs),
            steps: self.rates.iter().enumerate().map(step).collect(),
            phases,
            inputs: vec![vec![0.0; BLOCK]; inputs],
        }
    }

    /// What stands for each variable: trees in the sample, and what is kept of oscillators.
    fn variables(&self, timing: Timing) -> Vec<Node> {
        let sample = || Node::Variable(0);
        let rate = f64::from(timing.rate);
        let (num, den) = timing.fps;
        let frame = f64::from(num) / (f64::from(den) * rate);
        let frame = Node::Call(Function::Mul, vec![sample(), Node::Constant(frame)]);
        let u = over(sample(), timing.samples.saturating_sub(1).max(1) as f64);
        let seed = super::seed_as_number(timing.seed);
        let kept = (1..=2 * self.rates.len()).map(Node::Variable);
        [frame, over(sample(), rate), u, Node::Constant(seed)].into_iter().chain(kept).collect()
    }
}

fn over(node: Node, number: f64) -> Node {
    Node::Call(Function::Div, vec![node, Node::Constant(number)])
}

fn fract(x: f64) -> f64 {
    x - x.floor()
}

impl SoundProgram<'_> {
    /// The values of block `index`, which begins with sample `index * BLOCK`.
    pub fn block(&mut self, index: u64, out: &mut [f64]) {
        let begin = self.begin(index);
        self.turn(index, &begin);
        let inputs: Vec<&[f64]> = self.inputs.iter().map(Vec::as_slice).collect();
        self.value.rows(&[], &inputs, out);
    }

    /// Where the oscillators are before block `index`: those that move are turned through all blocks before it, once for
    /// all who ask.
    fn begin(&mut self, index: u64) -> Vec<f64> {
        let is_moving = |rate: &Rate| matches!(rate, Rate::Moving(_));
        if !self.steps.iter().any(is_moving) {
            let start = (index * BLOCK as u64) as f64;
            let at = |rate: &Rate| match rate {
                Rate::Fixed(step) => fract(step * start),
                Rate::Moving(_) => f64::NAN,
            };
            return self.steps.iter().map(at).collect();
        }
        let phases = self.phases;
        let mut known = phases.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_empty() {
            known.push(vec![0.0; self.steps.len()]);
        }
        while known.len() as u64 <= index {
            let block = known.len() - 1;
            let end = self.turn(block as u64, &known[block]);
            known.push(end);
        }
        known[index as usize].clone()
    }

    /// Fills the inputs for a block before which the phases are `begin`; gives those behind it.
    fn turn(&mut self, index: u64, begin: &[f64]) -> Vec<f64> {
        let first = index * BLOCK as u64;
        for (sample, n) in self.inputs[0].iter_mut().zip(first..) {
            *sample = n as f64;
        }
        let mut end = Vec::with_capacity(begin.len());
        for (k, (rate, begin)) in self.steps.iter_mut().zip(begin).enumerate() {
            let (before, rest) = self.inputs.split_at_mut(1 + 2 * k);
            let [phase, step, ..] = rest else { continue };
            match rate {
                Rate::Fixed(turns) => step.fill(*turns),
                Rate::Moving(program) => {
                    let before: Vec<&[f64]> = before.iter().map(Vec::as_slice).collect();
                    program.rows(&[], &before, step);
                }
            }
            let mut at = *begin;
            for (phase, step) in phase.iter_mut().zip(step.iter()) {
                *phase = at;
                // A frequency that is no number silences its sample only.
                at = fract(at + if step.is_finite() { *step } else { 0.0 });
            }
            end.push(at);
        }
        end
    }
}
