//! Formulas of complex numbers.

mod elementary;
mod program;

pub(crate) use elementary::{arg, norm};
pub use program::{Block, ComplexProgram, LANES};

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

    /// The formula made ready for blocks of points, in which z and c change from lane to lane.
    pub fn program(&self) -> ComplexProgram {
        ComplexProgram::compile(&self.root)
    }
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

#[cfg(test)]
mod tests {
    use num_complex::Complex64;

    use super::*;

    fn at(text: &str, re: f64, im: f64) -> Complex64 {
        let formula = ComplexFormula::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let (mut program, point) = (formula.program(), Complex64::new(re, im));
        program.begin(2.0);
        program.put(3, point, point);
        program.run(8);
        program.after().get(3)
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
                let difference = norm(at(left, re, im) - at(right, re, im));
                assert!(difference < 1e-12, "{left} and {right} at {re}+{im}i: {difference}");
            }
        }
    }

    #[test]
    fn what_stands_still_has_the_bits_of_what_moves() {
        for text in [
            "W + W^2",
            "W - 3",
            "W * conj(W)",
            "(W + 1)/W",
            "-W",
            "W^3",
            "W^-4",
            "W^9",
            "W^W",
            "exp(W)",
            "ln(W)",
            "sin(W)",
            "cos(W)",
            "tan(W)",
            "sinh(W)",
            "cosh(W)",
            "tanh(W)",
            "sqrt(W)",
            "abs(W)",
            "arg(W)",
            "re(W)",
            "im(W)",
        ] {
            let bits = |point: &str| {
                let value = at(&text.replace('W', point), 0.75, -1.5);
                (value.re.to_bits(), value.im.to_bits())
            };
            assert_eq!(bits("z"), bits("(0.75 - 1.5*i)"), "{text}");
        }
    }

    #[test]
    fn functions_of_real_numbers_are_refused() {
        let e = ComplexFormula::parse("z + floor(z)").expect_err("refused");
        assert_eq!((e.column, e.message.as_str()), (5, "'floor' is for real numbers only"));
        assert!(ComplexFormula::parse("x").is_err());
    }
}
