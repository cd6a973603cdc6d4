//! The tree as straight-line code for a block of points: what stands still in a frame is computed once
//! for it, what is written twice once for both.
//!
//! Products and sums are loops that the compiler vectorises for whatever instruction set the caller was
//! dispatched to; the rest goes point by point. No operation is contracted, so the bits are the same.

use num_complex::Complex64;

use super::super::Node;
use super::super::functions::Function;
use super::elementary;

/// Points in a block: a handful of blocks stay in the first-level cache.
pub const LANES: usize = 64;

/// So many complex numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    re: [f64; LANES],
    im: [f64; LANES],
}

impl Block {
    const ZERO: Self = Self { re: [0.0; LANES], im: [0.0; LANES] };

    /// The number in that lane.
    pub fn get(&self, lane: usize) -> Complex64 {
        Complex64::new(self.re[lane], self.im[lane])
    }

    /// The real and the imaginary parts.
    pub fn parts(&self) -> (&[f64; LANES], &[f64; LANES]) {
        (&self.re, &self.im)
    }

    fn set(&mut self, lane: usize, value: Complex64) {
        (self.re[lane], self.im[lane]) = (value.re, value.im);
    }
}

/// A complex formula ready for points; owns its working memory, so each thread has its own.
#[derive(Debug, Clone)]
pub struct ComplexProgram {
    /// First z and c; of the others each is written by one step, or stands still.
    blocks: Vec<Block>,
    /// Subtrees without z and c, and the blocks that hold their values.
    still: Vec<(Node, usize)>,
    /// In order; each writes a block above those that it reads.
    steps: Vec<(usize, Step)>,
    result: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Step {
    operation: Operation,
    args: [usize; 2],
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Operation {
    Call(Function),
    /// A whole power; the second argument is not read.
    Power(i32),
}

const Z: usize = 0;
const C: usize = 1;

impl ComplexProgram {
    pub(super) fn compile(root: &Node) -> Self {
        let blocks = vec![Block::ZERO; 2];
        let mut program = Self { blocks, still: Vec::new(), steps: Vec::new(), result: Z };
        program.result = program.place(root);
        program
    }

    /// The block in which the node's values will stand.
    fn place(&mut self, node: &Node) -> usize {
        match node {
            Node::Variable(Z) => Z,
            Node::Variable(C) => C,
            Node::Call(function, args) if moves(node) => {
                let (operation, args) = operation(*function, args);
                let mut places = [Z; 2];
                for (place, arg) in places.iter_mut().zip(args) {
                    *place = self.place(arg);
                }
                self.step(Step { operation, args: places })
            }
            node => match self.still.iter().find(|(known, _)| known == node) {
                Some((_, block)) => *block,
                None => {
                    self.blocks.push(Block::ZERO);
                    self.still.push((node.clone(), self.blocks.len() - 1));
                    self.blocks.len() - 1
                }
            },
        }
    }

    fn step(&mut self, step: Step) -> usize {
        if let Some((block, _)) = self.steps.iter().find(|(_, known)| *known == step) {
            return *block;
        }
        self.blocks.push(Block::ZERO);
        self.steps.push((self.blocks.len() - 1, step));
        self.blocks.len() - 1
    }

    /// Settles what stands still in a frame, in which the sweep is `a`.
    pub fn begin(&mut self, a: f64) {
        for (node, block) in &self.still {
            let value = value(node, a);
            let block = &mut self.blocks[*block];
            (block.re, block.im) = ([value.re; LANES], [value.im; LANES]);
        }
    }

    /// Sets z and c of a lane.
    pub fn put(&mut self, lane: usize, z: Complex64, c: Complex64) {
        self.blocks[Z].set(lane, z);
        self.blocks[C].set(lane, c);
    }

    /// Sets z and c of a lane to those of another.
    pub fn copy(&mut self, from: usize, to: usize) {
        let (z, c) = (self.blocks[Z].get(from), self.blocks[C].get(from));
        self.put(to, z, c);
    }

    /// Applies the formula to the first `lanes` lanes.
    #[inline(always)]
    pub fn run(&mut self, lanes: usize) {
        for (block, step) in &self.steps {
            let (below, rest) = self.blocks.split_at_mut(*block);
            apply(step.operation, &mut rest[0], step.args.map(|arg| &below[arg]), lanes);
        }
    }

    /// z, which the formula was applied to.
    pub fn before(&self) -> &Block {
        &self.blocks[Z]
    }

    /// What [`ComplexProgram::run`] made of it.
    pub fn after(&self) -> &Block {
        &self.blocks[self.result]
    }

    /// Makes the result the next z.
    #[inline(always)]
    pub fn advance(&mut self) {
        if self.result != Z {
            let (z, rest) = self.blocks.split_at_mut(1);
            z[0].clone_from(&rest[self.result - 1]);
        }
    }
}

/// True if the node's value depends on the point.
fn moves(node: &Node) -> bool {
    match node {
        Node::Constant(_) => false,
        Node::Variable(index) => *index <= C,
        Node::Call(_, args) => args.iter().any(moves),
        Node::Table(_, x) => moves(x),
        Node::Signal(_) => true,
    }
}

/// What is to be done, and with what.
fn operation(function: Function, args: &[Node]) -> (Operation, &[Node]) {
    match args {
        [base, Node::Constant(n)]
            if function == Function::Pow && *n == n.trunc() && n.abs() <= 32.0 =>
        {
            (Operation::Power(*n as i32), std::slice::from_ref(base))
        }
        args => (Operation::Call(function), args),
    }
}

/// The value of a node without z and c.
fn value(node: &Node, a: f64) -> Complex64 {
    match node {
        Node::Constant(value) => Complex64::new(*value, 0.0),
        Node::Variable(2) => Complex64::new(a, 0.0),
        Node::Variable(_) => Complex64::I,
        Node::Call(function, args) => {
            let (operation, args) = operation(*function, args);
            let mut values = [Complex64::ZERO; 2];
            for (place, arg) in values.iter_mut().zip(args) {
                *place = value(arg, a);
            }
            operation.at(values)
        }
        // Formulas of points have no tables.
        Node::Table(..) | Node::Signal(_) => Complex64::new(f64::NAN, f64::NAN),
    }
}

impl Operation {
    fn at(self, [v, w]: [Complex64; 2]) -> Complex64 {
        match self {
            Self::Power(2) => v * v,
            Self::Power(3) => v * v * v,
            Self::Power(n) => v.powi(n),
            Self::Call(function) => match function {
                Function::Add => v + w,
                Function::Sub => v - w,
                Function::Mul => v * w,
                Function::Div => v / w,
                Function::Pow => elementary::pow(v, w),
                Function::Neg => -v,
                Function::Exp => elementary::exp(v),
                Function::Ln => elementary::ln(v),
                Function::Sin => elementary::sin(v),
                Function::Cos => elementary::cos(v),
                Function::Tan => elementary::tan(v),
                Function::Sinh => elementary::sinh(v),
                Function::Cosh => elementary::cosh(v),
                Function::Tanh => elementary::tanh(v),
                Function::Sqrt => elementary::sqrt(v),
                Function::Abs => Complex64::new(elementary::norm(v), 0.0),
                Function::Conj => v.conj(),
                Function::Arg => Complex64::new(elementary::arg(v), 0.0),
                Function::Re => Complex64::new(v.re, 0.0),
                Function::Im => Complex64::new(v.im, 0.0),
                // Refused when the formula was parsed.
                _ => Complex64::new(f64::NAN, f64::NAN),
            },
        }
    }
}

/// `out = operation(v, w)` in the first `lanes` lanes.
#[inline(always)]
fn apply(operation: Operation, out: &mut Block, args: [&Block; 2], lanes: usize) {
    use Operation::{Call, Power};
    match operation {
        Power(2) => map(out, args, lanes, |v, _| v * v),
        Power(3) => map(out, args, lanes, |v, _| v * v * v),
        Call(Function::Add) => map(out, args, lanes, |v, w| v + w),
        Call(Function::Sub) => map(out, args, lanes, |v, w| v - w),
        Call(Function::Mul) => map(out, args, lanes, |v, w| v * w),
        Call(Function::Div) => map(out, args, lanes, |v, w| v / w),
        Call(Function::Neg) => map(out, args, lanes, |v, _| -v),
        Call(Function::Conj) => map(out, args, lanes, |v, _| v.conj()),
        Call(Function::Re) => map(out, args, lanes, |v, _| Complex64::new(v.re, 0.0)),
        Call(Function::Im) => map(out, args, lanes, |v, _| Complex64::new(v.im, 0.0)),
        operation => point_by_point(operation, out, args, lanes),
    }
}

#[inline(always)]
fn map(
    out: &mut Block,
    [v, w]: [&Block; 2],
    lanes: usize,
    f: impl Fn(Complex64, Complex64) -> Complex64,
) {
    let n = lanes.min(LANES);
    let (out_re, out_im) = (&mut out.re[..n], &mut out.im[..n]);
    let (v_re, v_im, w_re, w_im) = (&v.re[..n], &v.im[..n], &w.re[..n], &w.im[..n]);
    for i in 0..n {
        let value = f(Complex64::new(v_re[i], v_im[i]), Complex64::new(w_re[i], w_im[i]));
        (out_re[i], out_im[i]) = (value.re, value.im);
    }
}

#[inline(never)]
fn point_by_point(operation: Operation, out: &mut Block, [v, w]: [&Block; 2], lanes: usize) {
    for lane in 0..lanes.min(LANES) {
        out.set(lane, operation.at([v.get(lane), w.get(lane)]));
    }
}
