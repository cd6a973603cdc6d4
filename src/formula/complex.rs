//! Formulas of complex numbers, a row of points at a time.

use num_complex::Complex64;

use super::functions::Function;
use super::{Node, ParseError, parse};

/// Variables of a complex formula, by index: the value, the point, the sweep, the unit.
const VARIABLES: &[&str] = &["z", "c", "a", "i"];

/// A formula in z, c, a and i.
#[derive(Debug, Clone, PartialEq)]
pub struct ComplexFormula {
    root: Node,
}

impl ComplexFormula {
    /// Parses `text`: the operators, `exp ln sin cos tan sinh cosh tanh sqrt abs` and
    /// `conj arg re im`, of z, c, a and i.
    ///
    /// # Errors
    /// What is wrong, and at which column.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let root = parse::parse(text, VARIABLES)?;
        match unfit(&root) {
            None => Ok(Self { root }),
            Some(name) => Err(ParseError {
                column: text.find(name).map_or(1, |at| text[..at].chars().count() + 1),
                message: format!("'{name}' is for real numbers only"),
            }),
        }
    }

    /// Values for a row of z and c.
    pub fn row(&self, z: &[Complex64], c: &[Complex64], a: f64, out: &mut [Complex64]) {
        evaluate(&self.root, &Inputs { z, c, a }, out);
    }
}

struct Inputs<'a> {
    z: &'a [Complex64],
    c: &'a [Complex64],
    a: f64,
}

/// The name of a function that has no complex meaning here.
fn unfit(node: &Node) -> Option<&'static str> {
    use Function::*;
    let Node::Call(function, args) = node else { return None };
    let fit = matches!(
        function,
        Add | Sub
            | Mul
            | Div
            | Neg
            | Pow
            | Exp
            | Ln
            | Sin
            | Cos
            | Tan
            | Sinh
            | Cosh
            | Tanh
            | Sqrt
            | Abs
            | Conj
            | Arg
            | Re
            | Im
    );
    match fit {
        true => args.iter().find_map(unfit),
        false => Some(function.name()),
    }
}

fn evaluate(node: &Node, inputs: &Inputs<'_>, out: &mut [Complex64]) {
    match node {
        Node::Constant(value) => out.fill(Complex64::new(*value, 0.0)),
        Node::Variable(0) => out.copy_from_slice(inputs.z),
        Node::Variable(1) => out.copy_from_slice(inputs.c),
        Node::Variable(2) => out.fill(Complex64::new(inputs.a, 0.0)),
        Node::Variable(_) => out.fill(Complex64::I),
        Node::Call(function, args) => match args.as_slice() {
            [one] => {
                evaluate(one, inputs, out);
                unary(*function, out);
            }
            [base, Node::Constant(n)] if *function == Function::Pow && is_small(*n) => {
                evaluate(base, inputs, out);
                match *n as i32 {
                    2 => out.iter_mut().for_each(|v| *v = *v * *v),
                    3 => out.iter_mut().for_each(|v| *v = *v * *v * *v),
                    n => out.iter_mut().for_each(|v| *v = v.powi(n)),
                }
            }
            [left, right, ..] => {
                let mut other = vec![Complex64::ZERO; out.len()];
                evaluate(left, inputs, out);
                evaluate(right, inputs, &mut other);
                binary(*function, out, &other);
            }
            [] => out.fill(Complex64::new(f64::NAN, f64::NAN)),
        },
    }
}

fn is_small(n: f64) -> bool {
    n == n.trunc() && n.abs() <= 32.0
}

fn unary(function: Function, values: &mut [Complex64]) {
    let mut each = |f: fn(Complex64) -> Complex64| values.iter_mut().for_each(|v| *v = f(*v));
    match function {
        Function::Neg => each(|v| -v),
        Function::Exp => each(|v| v.exp()),
        Function::Ln => each(|v| v.ln()),
        Function::Sin => each(|v| v.sin()),
        Function::Cos => each(|v| v.cos()),
        Function::Tan => each(|v| v.tan()),
        Function::Sinh => each(|v| v.sinh()),
        Function::Cosh => each(|v| v.cosh()),
        Function::Tanh => each(|v| v.tanh()),
        Function::Sqrt => each(|v| v.sqrt()),
        Function::Abs => each(|v| Complex64::new(v.norm(), 0.0)),
        Function::Conj => each(|v| v.conj()),
        Function::Arg => each(|v| Complex64::new(v.arg(), 0.0)),
        Function::Re => each(|v| Complex64::new(v.re, 0.0)),
        Function::Im => each(|v| Complex64::new(v.im, 0.0)),
        _ => each(|_| Complex64::new(f64::NAN, f64::NAN)),
    }
}

fn binary(function: Function, values: &mut [Complex64], others: &[Complex64]) {
    let pairs = values.iter_mut().zip(others);
    match function {
        Function::Add => pairs.for_each(|(a, b)| *a += b),
        Function::Sub => pairs.for_each(|(a, b)| *a -= b),
        Function::Mul => pairs.for_each(|(a, b)| *a *= b),
        Function::Div => pairs.for_each(|(a, b)| *a /= b),
        _ => pairs.for_each(|(a, b)| *a = a.powc(*b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, re: f64, im: f64) -> Complex64 {
        let formula = ComplexFormula::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let point = [Complex64::new(re, im)];
        let mut out = [Complex64::ZERO];
        formula.row(&point, &point, 2.0, &mut out);
        out[0]
    }

    #[test]
    fn identities_hold() {
        for (re, im) in [(0.3, -0.7), (-1.2, 0.4), (2.0, 1.0)] {
            for (left, right) in [
                ("exp(i*pi)", "-1"),
                ("z^2", "z*z"),
                ("z*conj(z)", "abs(z)^2"),
                ("exp(ln(z))", "z"),
                ("sin(z)^2 + cos(z)^2", "1"),
                ("sqrt(z)^2", "z"),
                ("re(z) + i*im(z)", "z"),
                ("abs(z)*exp(i*arg(z))", "z"),
                ("z^-3", "1/(z*z*z)"),
                ("z^a", "z*z"),
                ("(z + c)/2", "c"),
            ] {
                let difference = (at(left, re, im) - at(right, re, im)).norm();
                assert!(difference < 1e-12, "{left} and {right} at {re}+{im}i: {difference}");
            }
        }
    }

    #[test]
    fn functions_of_real_numbers_are_refused() {
        let e = ComplexFormula::parse("z + floor(z)").expect_err("refused");
        assert_eq!((e.column, e.message.as_str()), (5, "'floor' is for real numbers only"));
        assert!(ComplexFormula::parse("x").is_err());
    }
}
