//! The tree as straight-line code: what stands still along a row is computed once for the row,
//! the rest for a block of lanes at a time.

use std::sync::Arc;

use pulp::{Arch, Simd, WithSimd};

use super::Node;
use super::functions::Function;
use super::lanes::{Block, LANES, apply};
use super::table::Column;

/// A formula ready for rows; owns its working memory, so each thread has its own.
#[derive(Debug, Clone)]
pub struct Program {
    arch: Arch,
    /// How many variables change from lane to lane: the first ones, each in the register of its number.
    inputs: usize,
    /// Values that stand still along a row; the variables first (those of the inputs unused).
    uniforms: Vec<f64>,
    /// In order; each writes the uniform of its slot, above those it reads.
    uniform_steps: Vec<(usize, Step)>,
    /// `blocks[register] = uniforms[slot]` at the start of each row.
    splats: Vec<(usize, usize)>,
    /// In order; each writes the block of its own register, above those it reads.
    lane_steps: Vec<(usize, Step)>,
    blocks: Vec<Block>,
    result: Place,
}

#[derive(Debug, Clone, PartialEq)]
struct Step {
    operation: Operation,
    args: [usize; 3],
}

#[derive(Debug, Clone, PartialEq)]
enum Operation {
    Call(Function),
    Table(Arc<Column>),
}

impl Operation {
    fn scalar(&self, args: [f64; 3]) -> f64 {
        match self {
            Self::Call(function) => function.scalar(args),
            Self::Table(column) => column.at(args[0]),
        }
    }
}

/// Where a value lives.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Uniform(usize),
    Lane(usize),
}

impl Program {
    /// Of so many `variables` the first `inputs` change from lane to lane.
    pub(super) fn compile(root: &Node, variables: usize, inputs: usize) -> Self {
        let mut program = Self {
            arch: Arch::new(),
            inputs,
            uniforms: vec![0.0; variables.max(1)],
            uniform_steps: Vec::new(),
            splats: Vec::new(),
            lane_steps: Vec::new(),
            blocks: vec![[0.0; LANES]; inputs],
            result: Place::Lane(0),
        };
        program.result = program.place(root);
        program
    }

    fn place(&mut self, node: &Node) -> Place {
        match node {
            Node::Variable(i) if *i < self.inputs => Place::Lane(*i),
            Node::Variable(i) => Place::Uniform(*i),
            Node::Constant(c) => self.constant(*c),
            Node::Call(Function::Pow, args) => match args.as_slice() {
                [base, Node::Constant(n)] if *n == n.trunc() && (1.0..=16.0).contains(&n.abs()) => {
                    let base = self.place(base);
                    let power = self.power(base, n.abs() as u32);
                    if *n < 0.0 {
                        let one = self.constant(1.0);
                        return self.step(Function::Div, &[one, power]);
                    }
                    power
                }
                _ => self.call(Function::Pow, args),
            },
            Node::Call(function, args) => self.call(*function, args),
            // It is not known.
            Node::Signal(_) => self.constant(f64::NAN),
            Node::Table(column, x) => {
                let x = self.place(x);
                self.operate(Operation::Table(column.clone()), &[x])
            }
        }
    }

    fn call(&mut self, function: Function, args: &[Node]) -> Place {
        let places: Vec<Place> = args.iter().map(|a| self.place(a)).collect();
        self.step(function, &places)
    }

    /// By repeated squaring: the general power costs a hundred times a product.
    fn power(&mut self, base: Place, n: u32) -> Place {
        if n == 1 {
            return base;
        }
        let half = self.power(base, n / 2);
        let square = self.step(Function::Mul, &[half, half]);
        if n.is_multiple_of(2) { square } else { self.step(Function::Mul, &[square, base]) }
    }

    fn constant(&mut self, value: f64) -> Place {
        self.uniforms.push(value);
        Place::Uniform(self.uniforms.len() - 1)
    }

    /// The place of `function(args)`; the same call again has the same place.
    fn step(&mut self, function: Function, args: &[Place]) -> Place {
        self.operate(Operation::Call(function), args)
    }

    fn operate(&mut self, operation: Operation, args: &[Place]) -> Place {
        if args.iter().all(|a| matches!(a, Place::Uniform(_))) {
            let mut slots = [0; 3];
            for (slot, place) in slots.iter_mut().zip(args) {
                if let Place::Uniform(s) = place {
                    *slot = *s;
                }
            }
            self.uniforms.push(0.0);
            let slot = self.uniforms.len() - 1;
            self.uniform_steps.push((slot, Step { operation, args: slots }));
            return Place::Uniform(slot);
        }
        let mut registers = [0; 3];
        for (register, place) in registers.iter_mut().zip(args) {
            *register = match *place {
                Place::Lane(r) => r,
                Place::Uniform(slot) => self.splat(slot),
            };
        }
        let step = Step { operation, args: registers };
        if let Some((register, _)) = self.lane_steps.iter().find(|(_, s)| *s == step) {
            return Place::Lane(*register);
        }
        self.blocks.push([0.0; LANES]);
        let register = self.blocks.len() - 1;
        self.lane_steps.push((register, step));
        Place::Lane(register)
    }

    fn splat(&mut self, slot: usize) -> usize {
        if let Some((register, _)) = self.splats.iter().find(|(_, s)| *s == slot) {
            return *register;
        }
        self.blocks.push([0.0; LANES]);
        let register = self.blocks.len() - 1;
        self.splats.push((register, slot));
        register
    }
}

impl Program {
    /// Evaluates the formula for a row: `out[i]` with the first variable at `xs[i]` and the others
    /// at `variables` (whose first entry is not read). The shorter of `xs` and `out` counts.
    pub fn row(&mut self, variables: &[f64], xs: &[f64], out: &mut [f64]) {
        self.rows(variables, &[xs], out);
    }

    /// As [`Program::row`], of several variables that change, each at `inputs[n][i]`.
    pub(super) fn rows(&mut self, variables: &[f64], inputs: &[&[f64]], out: &mut [f64]) {
        for (slot, value) in self.uniforms.iter_mut().zip(variables) {
            *slot = *value;
        }
        for (slot, step) in &self.uniform_steps {
            let value = step.operation.scalar(step.args.map(|s| self.uniforms[s]));
            self.uniforms[*slot] = value;
        }
        for (register, slot) in &self.splats {
            self.blocks[*register].fill(self.uniforms[*slot]);
        }
        match self.result {
            Place::Uniform(slot) => out.fill(self.uniforms[slot]),
            Place::Lane(result) => self.arch.dispatch(Row {
                steps: &self.lane_steps,
                blocks: &mut self.blocks,
                result,
                inputs,
                out,
            }),
        }
    }
}

/// A row's work, as pulp wants it: everything inlined into it is compiled once for each
/// instruction set, and the best one is chosen when the program starts.
struct Row<'a> {
    steps: &'a [(usize, Step)],
    blocks: &'a mut [Block],
    result: usize,
    inputs: &'a [&'a [f64]],
    out: &'a mut [f64],
}

impl WithSimd for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let count = self.inputs.iter().map(|xs| xs.len()).min().unwrap_or(0).min(self.out.len());
        let firsts = (0..count).step_by(LANES);
        for (first, out) in firsts.zip(self.out[..count].chunks_mut(LANES)) {
            for (block, xs) in self.blocks.iter_mut().zip(self.inputs) {
                block[..out.len()].copy_from_slice(&xs[first..first + out.len()]);
            }
            for (register, step) in self.steps {
                let (below, rest) = self.blocks.split_at_mut(*register);
                let (out, args) = (&mut rest[0], step.args.map(|a| &below[a]));
                match &step.operation {
                    Operation::Call(function) => apply(*function, out, args),
                    Operation::Table(column) => {
                        out.iter_mut().zip(args[0]).for_each(|(out, x)| *out = column.at(*x));
                    }
                }
            }
            out.copy_from_slice(&self.blocks[self.result][..out.len()]);
        }
    }
}
