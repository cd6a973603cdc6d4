//! Text to tree, by precedence climbing.

use std::ops::RangeInclusive;

use super::functions::{CONSTANTS, Function, NAMED};
use super::oscillate::OSCILLATORS;
use super::signal::{SIGNAL_FUNCTIONS, SIGNALS};
use super::{Node, ParseError};
use crate::error::did_you_mean;

/// The variables of a formula over time. `seed` is no name of the language: `noise` reads it.
pub(super) const OVER_TIME: &[&str] = &["n", "t", "u", "seed", "w", "h"];

/// The variables of a formula of sound; behind them stand the phases of its oscillators.
pub(super) const OF_SOUND: &[&str] = &["n", "t", "u", "seed"];

/// How many of them, from the first on, are others in another frame or for another seed.
pub(super) const MOVING: usize = 4;

/// The longest formula that is no mistake: one in which the values of a table stand may be longer.
pub(crate) fn most_letters(text: &str) -> usize {
    if text.contains("table(") { 20_000_000 } else { 10_000 }
}

/// Deeper formulas would exhaust the stack.
const MAX_DEPTH: usize = 100;

pub(super) fn parse(text: &str, variables: &[&str]) -> Result<Node, ParseError> {
    parse_with_rates(text, variables).map(|(root, _)| root)
}

/// As [`parse`], with the frequencies of the oscillators in a formula of sound: those of one may depend on those before it.
pub(super) fn parse_with_rates(
    text: &str,
    variables: &[&str],
) -> Result<(Node, Vec<Node>), ParseError> {
    let chars: Vec<char> = text.chars().collect();
    let most = most_letters(text);
    if chars.len() > most {
        let message = format!("a formula has at most {most} characters");
        return Err(ParseError { column: most + 1, message });
    }
    let mut parser = Parser { chars, at: 0, depth: 0, variables, rates: Vec::new() };
    parser.skip_blanks();
    if parser.peek().is_none() {
        return parser.fail("the formula is empty");
    }
    let node = parser.expression(0)?;
    match parser.peek() {
        None => Ok((node, parser.rates)),
        Some(')') => parser.fail("')' without its '('"),
        Some(',') => parser.fail("',' outside a function's parentheses"),
        Some(c) => parser.fail(format!("expected an operator, found '{c}'{}", hint(c))),
    }
}

/// What is meant by a sign that other languages have.
fn hint(c: char) -> &'static str {
    match c {
        '%' => "; the remainder is mod(a, b)",
        '*' => "; a power is a^b",
        '?' | '<' | '>' | '=' | '&' | '|' => "; a condition is step(edge, x), which is 0 or 1",
        '{' | '}' | '[' | ']' => "; parentheses are ( )",
        _ => "",
    }
}

pub(super) struct Parser<'a> {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    depth: usize,
    variables: &'a [&'a str],
    /// Of oscillators, in the order in which they stand.
    pub(super) rates: Vec<Node>,
}

/// Binding power of unary minus: above `*`, below `^`.
const UNARY: u8 = 5;

fn operator(c: char) -> Option<(Function, u8, u8)> {
    // (function, left power, right power): `^` is right-associative.
    Some(match c {
        '+' => (Function::Add, 1, 2),
        '-' => (Function::Sub, 1, 2),
        '*' => (Function::Mul, 3, 4),
        '/' => (Function::Div, 3, 4),
        '^' => (Function::Pow, 7, 6),
        _ => return None,
    })
}

impl Parser<'_> {
    fn is_over_time(&self) -> bool {
        self.variables == OVER_TIME || self.is_of_sound()
    }

    pub(super) fn is_of_sound(&self) -> bool {
        self.variables == OF_SOUND
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
        self.skip_blanks();
    }

    pub(super) fn fail<T>(&self, message: impl Into<String>) -> Result<T, ParseError> {
        self.fail_at(self.at, message)
    }

    pub(super) fn fail_at<T>(
        &self,
        at: usize,
        message: impl Into<String>,
    ) -> Result<T, ParseError> {
        Err(ParseError { column: at + 1, message: message.into() })
    }

    pub(super) fn expression(&mut self, power: u8) -> Result<Node, ParseError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        let mut left = self.operand()?;
        while let Some((function, left_power, right_power)) = self.peek().and_then(operator) {
            if left_power < power {
                break;
            }
            let operator_at = self.at;
            self.advance();
            let right = self.expression(right_power)?;
            if function == Function::Div && right == Node::Constant(0.0) {
                return self.fail_at(operator_at, "division by zero");
            }
            left = call(function, vec![left, right]);
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Node, ParseError> {
        match self.peek() {
            None => self.fail("the formula ends where a value is expected"),
            Some('-') => {
                self.advance();
                Ok(call(Function::Neg, vec![self.expression(UNARY)?]))
            }
            Some('+') => {
                self.advance();
                self.expression(UNARY)
            }
            Some('(') => {
                let open = self.at;
                self.advance();
                let inner = self.expression(0)?;
                self.close(open)?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.name(),
            Some(c) => self.fail(format!("expected a value, found '{c}'{}", hint(c))),
        }
    }

    pub(super) fn close(&mut self, open: usize) -> Result<(), ParseError> {
        match self.peek() {
            Some(')') => {
                self.advance();
                Ok(())
            }
            None => self.fail(format!("missing ')' for the '(' at column {}", open + 1)),
            Some(c) => self.fail(format!("expected an operator or ')', found '{c}'")),
        }
    }

    fn number(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        let digits = |p: &mut Self| {
            while p.peek().is_some_and(|c| c.is_ascii_digit()) {
                p.at += 1;
            }
        };
        digits(self);
        if self.peek() == Some('.') {
            self.at += 1;
            digits(self);
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let sign = usize::from(matches!(self.chars.get(self.at + 1), Some('+' | '-')));
            if self.chars.get(self.at + 1 + sign).is_some_and(char::is_ascii_digit) {
                self.at += 1 + sign;
                digits(self);
            }
        }
        let text: String = self.chars[start..self.at].iter().collect();
        let value = match text.parse::<f64>() {
            Ok(v) if v.is_finite() => v,
            _ => return self.fail_at(start, format!("'{text}' is not a number in range")),
        };
        self.skip_blanks();
        Ok(Node::Constant(value))
    }

    fn name(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        let name = self.word();
        if self.variables == OVER_TIME
            && let Some(signal) = self.signal(&name, start)?
        {
            return Ok(signal);
        }
        if self.peek() == Some('(') {
            return self.arguments(&name, start);
        }
        let index = self.variables.iter().position(|v| *v == name);
        if let Some(index) = index.filter(|_| name != "seed") {
            return Ok(Node::Variable(index));
        }
        if let Some((_, value)) = CONSTANTS.iter().find(|(n, _)| *n == name) {
            return Ok(Node::Constant(*value));
        }
        if NAMED.iter().any(|(n, ..)| *n == name) {
            return self
                .fail_at(start, format!("the function '{name}' needs its arguments in ( )"));
        }
        let variables = self.variables.iter().copied().filter(|name| *name != "seed");
        let signals = if self.variables == OVER_TIME { SIGNALS } else { &[] };
        let known = variables
            .chain(CONSTANTS.iter().map(|(n, _)| *n))
            .chain(signals.iter().map(|(name, _)| *name));
        let near = match &*name {
            "frame" if self.is_over_time() => "; the frame is n".into(),
            "time" | "seconds" if self.is_over_time() => "; the time is t".into(),
            name if self.is_of_sound() && SIGNALS.iter().any(|(n, _)| *n == name) => {
                "; sound cannot follow sound".into()
            }
            name => did_you_mean(name, known.clone()),
        };
        let list = known.collect::<Vec<_>>().join(", ");
        self.fail_at(start, format!("unknown name '{name}'{near} (names here: {list})"))
    }

    /// Letters, digits and underscores.
    pub(super) fn word(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        let word = self.chars[start..self.at].iter().collect();
        self.skip_blanks();
        word
    }

    fn arguments(&mut self, name: &str, start: usize) -> Result<Node, ParseError> {
        match name {
            "ease" => return self.ease(),
            "noise" | "keys" | "table" if !self.is_over_time() => {
                return self.fail_at(start, format!("'{name}' is for numbers that move over time"));
            }
            "noise" => return self.noise(),
            "keys" => return self.keys(),
            "table" => return self.table(),
            name if SIGNAL_FUNCTIONS.contains(&name) && self.is_of_sound() => {
                return self.fail_at(start, "sound cannot follow sound".to_string());
            }
            name if OSCILLATORS.contains(&name) && !self.is_of_sound() => {
                return self.fail_at(start, format!("'{name}' is for formulas of sound"));
            }
            name if OSCILLATORS.contains(&name) => return self.oscillator(name, start),
            _ => {}
        }
        let Some(&(_, function, count)) = NAMED.iter().find(|(n, ..)| *n == name) else {
            if self.variables.contains(&name) || CONSTANTS.iter().any(|(n, _)| *n == name) {
                return self
                    .fail(format!("'{name}' is no function; write {name}*(...) to multiply"));
            }
            let more = match self.is_over_time() {
                true => ["ease", "noise", "keys", "table"].as_slice(),
                false => &["ease"],
            };
            let heard = match () {
                _ if self.is_of_sound() => OSCILLATORS,
                _ if self.is_over_time() => SIGNAL_FUNCTIONS,
                _ => &[],
            };
            let names = NAMED.iter().map(|(n, ..)| *n).chain(more.iter().chain(heard).copied());
            let near = did_you_mean(name, names.clone());
            let known = names.collect::<Vec<_>>().join(", ");
            return self
                .fail_at(start, format!("unknown function '{name}'{near} (known: {known})"));
        };
        Ok(call(function, self.list(name, count, start)?))
    }

    /// The arguments of a function that takes `count`, in parentheses.
    pub(super) fn list(
        &mut self,
        name: &str,
        count: usize,
        start: usize,
    ) -> Result<Vec<Node>, ParseError> {
        self.list_of(name, count..=count, start)
    }

    /// As [`Parser::list`], of several counts.
    pub(super) fn list_of(
        &mut self,
        name: &str,
        counts: RangeInclusive<usize>,
        start: usize,
    ) -> Result<Vec<Node>, ParseError> {
        let open = self.at;
        self.advance();
        let mut args = Vec::new();
        if self.peek() != Some(')') {
            args.push(self.expression(0)?);
            while self.peek() == Some(',') {
                self.advance();
                args.push(self.expression(0)?);
            }
        }
        self.close(open)?;
        if !counts.contains(&args.len()) {
            let (least, most) = (counts.start(), counts.end());
            let or = if least == most { String::new() } else { format!(" or {most}") };
            let s = if *most == 1 { "" } else { "s" };
            let reason = format!("{name} takes {least}{or} argument{s}, not {}", args.len());
            return self.fail_at(start, reason);
        }
        Ok(args)
    }
}

/// A call, folded to a number where all arguments are numbers.
pub(super) fn call(function: Function, args: Vec<Node>) -> Node {
    let mut values = [0.0; 3];
    for (slot, arg) in values.iter_mut().zip(&args) {
        match arg {
            Node::Constant(c) => *slot = *c,
            _ => return Node::Call(function, args),
        }
    }
    Node::Constant(function.scalar(values))
}
