//! Formulas in named variables: parsed once, checked, and evaluated a row at a time with SIMD.
//!
//! ```
//! use genmedia::formula::Formula;
//!
//! let f = Formula::parse("sin(x*y + a) / 2", &["x", "y", "a"])?;
//! let mut row = [0.0; 3];
//! f.program().row(&[0.0, 2.0, 0.5], &[-1.0, 0.0, 1.0], &mut row);
//! assert!((row[1] - 0.5f64.sin() / 2.0).abs() < 1e-9);
//! # Ok::<(), genmedia::formula::ParseError>(())
//! ```
//!
//! The result of every operation is the same on every machine: IEEE arithmetic without
//! contraction, and our own or `libm`'s elementary functions instead of the system's.

mod complex;
mod easing;
mod functions;
mod lanes;
mod oscillate;
mod over_time;
mod parse;
mod program;
mod signal;
mod sound;
mod table;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use complex::{Block as ComplexBlock, ComplexFormula, ComplexProgram, LANES as COMPLEX_LANES};
pub(crate) use complex::{arg, norm};
pub use easing::Easing;
pub use functions::Function;
pub(crate) use parse::most_letters;
pub use program::Program;
pub use signal::{Signal, SignalKind};
pub use sound::{BLOCK as SOUND_BLOCK, Phases, SoundFormula, SoundProgram, Timing};
pub(crate) use table::Column;

/// A parsed formula.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    root: Node,
    variables: usize,
}

/// A formula's tree.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// A number.
    Constant(f64),
    /// The variable of that index.
    Variable(usize),
    /// A function or operator of its arguments.
    Call(Function, Vec<Node>),
    /// What a table holds at its argument.
    Table(Arc<Column>, Box<Node>),
    /// A signal of the sound, which is not known yet.
    Signal(Signal),
}

impl Formula {
    /// Parses `text`, in which `variables` may appear by name.
    ///
    /// # Errors
    /// What is wrong, and at which column.
    pub fn parse(text: &str, variables: &[&str]) -> Result<Self, ParseError> {
        let root = parse::parse(text, variables)?;
        Ok(Self { root, variables: variables.len() })
    }

    /// The formula that is nowhere a number.
    pub(crate) fn nan() -> Self {
        Self { root: Node::Constant(f64::NAN), variables: 3 }
    }

    /// Parses a formula over time, in `n` (the frame), `t` (seconds), `u` (0 to 1 over the film), `w` and `h` (the sides
    /// of a frame): in it there are `noise(x)`, by the film's `seed`, and `keys(0: 1, 2.5: 7)`, by `t`, as well.
    ///
    /// # Errors
    /// As [`Formula::parse`].
    pub(crate) fn over_time(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, parse::OVER_TIME)
    }

    /// A formula over time as one in `n` alone, for a film at `num / den` frames a second in which `u` takes so many
    /// `steps` to 1, and whose frames have such `sides`.
    pub(crate) fn in_frames(
        &self,
        (num, den): (u32, u32),
        steps: u64,
        seed: u64,
        sides: [u32; 2],
    ) -> Self {
        let n = || Box::new(Node::Variable(0));
        let times = |node, number| Node::Call(Function::Mul, vec![node, Node::Constant(number)]);
        let over = |node, number| Node::Call(Function::Div, vec![node, Node::Constant(number)]);
        let t = over(times(*n(), den.into()), num.into());
        let u = match steps {
            0 => Node::Constant(0.0),
            _ => over(*n(), steps as f64),
        };
        let seed = Node::Constant(seed_as_number(seed));
        let [w, h] = sides.map(|side| Node::Constant(side.into()));
        Self { root: self.root.with(&[*n(), t, u, seed, w, h]), variables: 1 }
    }

    /// The signals of the sound that it follows, and that are not known yet.
    pub(crate) fn signals(&self) -> BTreeSet<Signal> {
        let mut signals = BTreeSet::new();
        self.root.add_signals(&mut signals);
        signals
    }

    /// The formula in frames with what `known` gives for its signals, frame by frame.
    pub(crate) fn hear(&self, known: &dyn Fn(&Signal) -> Option<Arc<Column>>) -> Self {
        Self { root: self.root.heard(known), variables: self.variables }
    }

    /// True if a formula over time does not stand still.
    pub(crate) fn is_moving(&self) -> bool {
        self.root.is_moving()
    }

    /// The formula made ready for rows, in which the first variable changes from lane to lane
    /// and the others stand still.
    pub fn program(&self) -> Program {
        Program::compile(&self.root, self.variables, 1)
    }

    /// The value at one point; `variables` in the order given to [`Formula::parse`].
    ///
    /// Plain f64 arithmetic, one node after the other: the measure for [`Program::row`].
    pub fn value(&self, variables: &[f64]) -> f64 {
        value(&self.root, variables)
    }
}

/// A seed in as many bits as a float holds.
fn seed_as_number(seed: u64) -> f64 {
    (seed & ((1 << 53) - 1) ^ (seed >> 53 << 20)) as f64
}

impl Node {
    fn is_moving(&self) -> bool {
        match self {
            Self::Constant(_) => false,
            Self::Variable(i) => *i < parse::MOVING,
            Self::Call(_, args) => args.iter().any(Self::is_moving),
            Self::Table(_, x) => x.is_moving(),
            Self::Signal(_) => true,
        }
    }

    fn add_signals(&self, signals: &mut BTreeSet<Signal>) {
        match self {
            Self::Constant(_) | Self::Variable(_) => {}
            Self::Call(_, args) => args.iter().for_each(|arg| arg.add_signals(signals)),
            Self::Table(_, x) => x.add_signals(signals),
            Self::Signal(signal) => drop(signals.insert(signal.clone())),
        }
    }

    fn heard(&self, known: &dyn Fn(&Signal) -> Option<Arc<Column>>) -> Self {
        match self {
            Self::Constant(_) | Self::Variable(_) => self.clone(),
            Self::Call(function, args) => {
                Self::Call(*function, args.iter().map(|arg| arg.heard(known)).collect())
            }
            Self::Table(column, x) => Self::Table(column.clone(), Box::new(x.heard(known))),
            Self::Signal(signal) => match known(signal) {
                Some(column) => Self::Table(column, Box::new(Self::Variable(0))),
                None => self.clone(),
            },
        }
    }

    /// The tree with other trees in place of its variables.
    fn with(&self, variables: &[Node]) -> Self {
        match self {
            Self::Constant(c) => Self::Constant(*c),
            Self::Variable(i) => variables.get(*i).cloned().unwrap_or(Self::Constant(f64::NAN)),
            Self::Call(function, args) => {
                Self::Call(*function, args.iter().map(|arg| arg.with(variables)).collect())
            }
            Self::Table(column, x) => Self::Table(column.clone(), Box::new(x.with(variables))),
            Self::Signal(_) => self.clone(),
        }
    }
}

fn value(node: &Node, variables: &[f64]) -> f64 {
    match node {
        Node::Constant(c) => *c,
        Node::Variable(i) => variables.get(*i).copied().unwrap_or(f64::NAN),
        Node::Call(f, args) => {
            let mut values = [0.0; 3];
            for (slot, arg) in values.iter_mut().zip(args) {
                *slot = value(arg, variables);
            }
            f.scalar(values)
        }
        Node::Table(column, x) => column.at(value(x, variables)),
        // It is not known.
        Node::Signal(_) => f64::NAN,
    }
}

/// The value of a formula without variables, such as `2*pi`.
///
/// # Errors
/// As [`Formula::parse`].
pub fn constant(text: &str) -> Result<f64, ParseError> {
    Ok(Formula::parse(text, &[])?.value(&[]))
}

/// What is wrong with a formula, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

#[cfg(test)]
mod tests;
