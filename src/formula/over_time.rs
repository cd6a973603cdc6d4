//! What formulas over time have beyond others: easings, noise, keyframes, tables.

use std::sync::Arc;

use super::easing::Easing;
use super::functions::Function;
use super::parse::{Parser, call};
use super::table::Column;
use super::{Node, ParseError};
use crate::error::did_you_mean;

/// Each key is a step deeper in the tree of the formula.
const MAX_KEYS: usize = 1000;

/// The variables that `keys` and `noise` read.
const TIME: usize = 1;
const SEED: usize = 3;

impl Parser<'_> {
    /// `ease(x, "in-out-cubic")`.
    pub(super) fn ease(&mut self) -> Result<Node, ParseError> {
        let open = self.at;
        self.advance();
        let x = self.expression(0)?;
        if self.peek() != Some(',') {
            return self.fail("the name of an easing is missing: ease(x, 'in-out-cubic')");
        }
        self.advance();
        let easing = self.easing()?;
        self.close(open)?;
        Ok(call(Function::Ease(easing), vec![x]))
    }

    /// What stands in quotes; `expected` says what should.
    fn quoted(&mut self, expected: &str) -> Result<String, ParseError> {
        let start = self.at;
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return self.fail(expected);
        };
        self.at += 1;
        let from = self.at;
        while self.peek().is_some_and(|c| c != quote) {
            self.at += 1;
        }
        let text: String = self.chars[from..self.at].iter().collect();
        if self.peek().is_none() {
            return self.fail_at(start, format!("missing {quote} behind '{text}'"));
        }
        self.advance();
        Ok(text)
    }

    /// `table("data.csv", "level", t, 0: 1, 2: 3)`: the file and the column are names for people; what stood in them
    /// when the formula was typed stands behind them now.
    pub(super) fn table(&mut self) -> Result<Node, ParseError> {
        const EXPECTED: &str = "a table has a file, a column and a number by which it is looked up: table('data.csv', 'level', t)";
        let (start, open) = (self.at, self.at);
        self.advance();
        for _ in 0..2 {
            self.quoted(EXPECTED)?;
            if self.peek() != Some(',') {
                return self.fail(EXPECTED);
            }
            self.advance();
        }
        let x = self.expression(0)?;
        let mut points = Vec::new();
        while self.peek() == Some(',') {
            self.advance();
            let at = self.at;
            let Node::Constant(x) = self.expression(0)? else {
                return self.fail_at(at, EXPECTED);
            };
            if self.peek() != Some(':') {
                return self.fail(EXPECTED);
            }
            self.advance();
            let Node::Constant(y) = self.expression(0)? else {
                return self.fail_at(at, EXPECTED);
            };
            points.push((x, y));
        }
        self.close(open)?;
        // As it is typed, nothing is known of what stands in the file.
        let points = if points.is_empty() { vec![(0.0, f64::NAN)] } else { points };
        let Some(column) = Column::new(&points) else { return self.fail_at(start, EXPECTED) };
        Ok(match x {
            Node::Constant(x) => Node::Constant(column.at(x)),
            x => Node::Table(Arc::new(column), Box::new(x)),
        })
    }

    /// The name of an easing, in quotes.
    fn easing(&mut self) -> Result<Easing, ParseError> {
        let start = self.at;
        let name = self.quoted("the name of an easing in quotes is expected: 'in-out-cubic'")?;
        let Some(easing) = Easing::named(&name) else {
            let names = Easing::names();
            let near = did_you_mean(&name, names.iter().map(String::as_str));
            let known = "linear, hold, and in-, out- or in-out- with sine, quad, cubic, quart, quint, expo, circ, back, \
                         elastic or bounce";
            return self.fail_at(start, format!("unknown easing '{name}'{near} (known: {known})"));
        };
        Ok(easing)
    }

    /// `keys(0: 1, 2.5: 7, 4: 3)`, perhaps with an easing behind it: each stretch goes on from what those before it come
    /// to, so that each key is met exactly.
    pub(super) fn keys(&mut self) -> Result<Node, ParseError> {
        let open = self.at;
        self.advance();
        let (mut keys, mut easing): (Vec<(f64, Node)>, _) = (Vec::new(), Easing::LINEAR);
        loop {
            if matches!(self.peek(), Some('\'' | '"')) && !keys.is_empty() {
                easing = self.easing()?;
                break;
            }
            let start = self.at;
            let Node::Constant(time) = self.expression(0)? else {
                return self.fail_at(start, "the time of a key is a number of seconds");
            };
            if keys.last().is_some_and(|(before, _)| *before >= time) {
                return self.fail_at(start, "keys stand in the order of their times, each once");
            }
            if keys.len() == MAX_KEYS {
                return self.fail_at(start, format!("at most {MAX_KEYS} keys"));
            }
            if self.peek() != Some(':') {
                return self.fail("a key is TIME: VALUE, such as 2.5: 7");
            }
            self.advance();
            keys.push((time, self.expression(0)?));
            if self.peek() != Some(',') {
                break;
            }
            self.advance();
        }
        self.close(open)?;
        let mut keys = keys.into_iter();
        let (mut from, mut value) = keys.next().unwrap_or((0.0, Node::Constant(f64::NAN)));
        for (to, next) in keys {
            let since = call(Function::Sub, vec![Node::Variable(TIME), Node::Constant(from)]);
            let part = call(Function::Div, vec![since, Node::Constant(to - from)]);
            let eased = call(Function::Ease(easing), vec![part]);
            (from, value) = (to, call(Function::Mix, vec![value, next, eased]));
        }
        Ok(value)
    }

    /// `noise(x)` or `noise(x, k)`.
    pub(super) fn noise(&mut self) -> Result<Node, ParseError> {
        let open = self.at;
        self.advance();
        let x = self.expression(0)?;
        let mut seed = Node::Variable(SEED);
        if self.peek() == Some(',') {
            self.advance();
            let other = self.expression(0)?;
            // Far from the seeds that others have.
            let far = call(Function::Mul, vec![other, Node::Constant(1e9)]);
            seed = call(Function::Add, vec![seed, far]);
        }
        self.close(open)?;
        Ok(call(Function::Noise, vec![x, seed]))
    }
}
