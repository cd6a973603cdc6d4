//! What formulas of sound have beyond others: oscillators, whose phase goes on when their frequency moves, and an envelope.

use super::functions::Function;
use super::parse::{OF_SOUND, Parser, call};
use super::{Node, ParseError};

/// Their names.
pub(super) const OSCILLATORS: &[&str] = &["sine", "saw", "square", "triangle", "pulse", "env"];

impl Parser<'_> {
    /// `saw(220)`: of an oscillator the first argument is its frequency in hertz. Its phase is what that comes to in the
    /// samples before, so it is a variable of its own, with the step to the next sample behind it.
    pub(super) fn oscillator(&mut self, name: &str, start: usize) -> Result<Node, ParseError> {
        let count = match name {
            "env" => 3,
            "pulse" => 2,
            _ => 1,
        };
        let mut args = self.list(name, count, start)?.into_iter();
        let mut next = || args.next().unwrap_or(Node::Constant(f64::NAN));
        if name == "env" {
            return Ok(call(Function::Env, vec![next(), next(), next()]));
        }
        self.rates.push(next());
        let variable = OF_SOUND.len() + 2 * (self.rates.len() - 1);
        let (phase, step) = (Node::Variable(variable), Node::Variable(variable + 1));
        Ok(match name {
            "saw" => Node::Call(Function::Saw, vec![phase, step]),
            "square" => Node::Call(Function::Pulse, vec![phase, step, Node::Constant(0.5)]),
            "pulse" => Node::Call(Function::Pulse, vec![phase, step, next()]),
            "triangle" => Node::Call(Function::Triangle, vec![phase, step]),
            _ => Node::Call(Function::Sine, vec![phase, step]),
        })
    }
}

/// The correction of a jump by two at the beginning of a turn, for the samples before and behind it. It takes away most
/// of the overtones that are too high for the samples (polyBLEP: Välimäki and Huovilainen, "Antialiasing oscillators in subtractive
/// synthesis", IEEE Signal Processing Magazine, 2007).
#[inline(always)]
fn step(place: f64, width: f64) -> f64 {
    let before = (place - 1.0) / width;
    let behind = place / width;
    let rest = if place > 1.0 - width { before * before + 2.0 * before + 1.0 } else { 0.0 };
    if place < width { 2.0 * behind - behind * behind - 1.0 } else { rest }
}

/// What goes on by half a turn a sample, or more, cannot be heard.
#[inline(always)]
fn audible(step: f64, value: f64) -> f64 {
    if step.abs() < 0.5 { value } else { step * 0.0 }
}

/// A sawtooth that rises from -1 to 1 in a turn, with its middle at phase 0.
#[inline(always)]
pub(super) fn saw(phase: f64, by: f64) -> f64 {
    let place = phase + 0.5 - (phase + 0.5).floor();
    audible(by, 2.0 * place - 1.0 - step(place, by.abs()))
}

/// 1 for the first `width` of a turn, and -1 for the rest.
#[inline(always)]
pub(super) fn pulse(phase: f64, by: f64, width: f64) -> f64 {
    let width = if width < 0.0 { 0.0 } else { width };
    let width = if width > 1.0 { 1.0 } else { width };
    let place = phase - phase.floor();
    let fall = place - width + 1.0;
    let fall = fall - fall.floor();
    let level = if place < width { 1.0 } else { -1.0 };
    audible(by, level + step(place, by.abs()) - step(fall, by.abs()))
}

/// From 0 to 1, to -1, and back to 0 in a turn.
#[inline(always)]
pub(super) fn triangle(phase: f64, by: f64) -> f64 {
    let place = phase + 0.75 - (phase + 0.75).floor();
    audible(by, 4.0 * (place - 0.5).abs() - 1.0)
}

/// A sine, whose value at a phase is `sine`.
#[inline(always)]
pub(super) fn pure(sine: f64, by: f64) -> f64 {
    audible(by, sine)
}

/// Rises from 0 to 1 in `attack` seconds, and falls to a thousandth in `decay` seconds, ever more slowly.
pub(super) fn env(seconds: f64, attack: f64, decay: f64) -> f64 {
    /// The logarithm of a thousandth, 60 dB.
    const LOW: f64 = -6.907_755_278_982_137;
    if seconds < 0.0 {
        0.0
    } else if seconds < attack {
        seconds / attack
    } else if decay > 0.0 {
        libm::exp(LOW * (seconds - attack) / decay)
    } else {
        0.0
    }
}
