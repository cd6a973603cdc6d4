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
mod functions;
mod lanes;
mod parse;
mod program;

use std::fmt;

pub use complex::{Block as ComplexBlock, ComplexFormula, ComplexProgram, LANES as COMPLEX_LANES};
pub(crate) use complex::{arg, norm};
pub use functions::Function;
pub use program::Program;

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

    /// The formula made ready for rows, in which the first variable changes from lane to lane
    /// and the others stand still.
    pub fn program(&self) -> Program {
        Program::compile(&self.root, self.variables)
    }

    /// The value at one point; `variables` in the order given to [`Formula::parse`].
    ///
    /// Plain f64 arithmetic, one node after the other: the measure for [`Program::row`].
    pub fn value(&self, variables: &[f64]) -> f64 {
        value(&self.root, variables)
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
