//! Values that move: what a formula gives for each frame of a film.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::{Clip, Color, Place, at_commas};
use crate::formula::{Column, Formula, ParseError, Signal, most_letters};

/// What a value is at a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Now {
    /// A number.
    Number(f64),
    /// A colour.
    Color(Color),
    /// A place.
    Place(Place),
}

/// A formula over time, of a number, a colour or a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// As it was written.
    text: String,
    course: Course,
    clip: Clip,
    /// Seconds times value before each block of frames, for rates.
    sums: Sums,
}

/// What a formula over time gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Course {
    /// A number.
    Number(Formula),
    /// A colour.
    Color(Mix),
    /// A place, across and down.
    Place(Formula, Formula),
}

/// A colour, or several that flow into each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Mix {
    /// It stays what it is.
    Fixed(Color),
    /// From the first to the second, as the formula goes from 0 to 1.
    Between(Box<Mix>, Box<Mix>, Formula),
}

/// Running sums, found when they are first asked for. What they are follows from the rest of the curve.
#[derive(Debug, Clone, Default)]
struct Sums(OnceLock<Vec<f64>>);

impl PartialEq for Sums {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A deeper colour would exhaust the stack.
const MOST_MIXED: usize = 100;

/// Frames from one running sum to the next.
const BLOCK: u64 = 1024;

impl Course {
    /// True if it does not stand still.
    pub(super) fn is_moving(&self) -> bool {
        match self {
            Self::Number(formula) => formula.is_moving(),
            Self::Color(_) => true,
            Self::Place(x, y) => x.is_moving() || y.is_moving(),
        }
    }
}

impl Curve {
    /// A formula in the frames of a film, which was written as `text`.
    pub(crate) fn new(text: String, course: &Course, clip: Clip) -> Self {
        let in_frames = |formula: &Formula| clip.in_frames(formula);
        let course = match course {
            Course::Number(formula) => Course::Number(in_frames(formula)),
            Course::Color(mix) => Course::Color(mix.in_frames(clip)),
            Course::Place(x, y) => Course::Place(in_frames(x), in_frames(y)),
        };
        Self { text, course, clip, sums: Sums::default() }
    }

    /// The formula, as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value at `frame`.
    pub fn at(&self, frame: u64) -> Now {
        match &self.course {
            Course::Number(formula) => Now::Number(one(formula, frame)),
            Course::Color(mix) => Now::Color(mix.at(frame)),
            Course::Place(x, y) => Now::Place(Place { x: one(x, frame), y: one(y, frame) }),
        }
    }

    /// The mean of a rate from the film's beginning up to `frame`: times the seconds that have passed, it is how far
    /// things have come. The rate is taken to change in straight lines from frame to frame.
    pub fn mean(&self, frame: u64) -> f64 {
        let Course::Number(formula) = &self.course else { return f64::NAN };
        if frame == 0 {
            return one(formula, 0);
        }
        let sums = self.sums.0.get_or_init(|| {
            let mut sum = 0.0;
            let block = |index: u64| {
                let before = sum;
                sum += area(formula, index * BLOCK, BLOCK);
                before
            };
            (0..=self.clip.frames / BLOCK).map(block).collect()
        });
        let block = (frame / BLOCK).min(sums.len() as u64 - 1);
        let sum = sums[block as usize];
        (sum + area(formula, block * BLOCK, frame - block * BLOCK)) / frame as f64
    }

    /// The first of `frames` at which a number of the formula is none, or not from `least` to `most`, with what it is
    /// there. How far a colour is mixed may be any number.
    pub fn strays(&self, frames: Range<u64>, least: f64, most: f64) -> Option<(u64, f64)> {
        let stray = |formula: &Formula, least: f64, most: f64| {
            let blocks = frames.clone().step_by(BLOCK as usize);
            blocks.into_iter().find_map(|first| {
                let values = values(formula, first, BLOCK.min(frames.end - first));
                let stray = values.iter().position(|v| !(least..=most).contains(v))?;
                Some((first + stray as u64, values[stray]))
            })
        };
        if let Course::Number(formula) = &self.course {
            return stray(formula, least, most);
        }
        let strays = self.formulas().into_iter().filter_map(|formula| match &self.course {
            Course::Color(_) => stray(formula, f64::NEG_INFINITY, f64::INFINITY),
            _ => stray(formula, f64::MIN, f64::MAX),
        });
        strays.min_by_key(|(frame, _)| *frame)
    }

    /// The signals of the sound that it follows, and that are not known yet.
    pub(crate) fn signals(&self) -> BTreeSet<Signal> {
        self.formulas().into_iter().flat_map(Formula::signals).collect()
    }

    /// The curve with what `known` gives for its signals.
    pub(crate) fn hear(&mut self, known: &dyn Fn(&Signal) -> Option<Arc<Column>>) {
        self.course = match &self.course {
            Course::Number(formula) => Course::Number(formula.hear(known)),
            Course::Color(mix) => Course::Color(mix.hear(known)),
            Course::Place(x, y) => Course::Place(x.hear(known), y.hear(known)),
        };
        self.sums = Sums::default();
    }

    fn formulas(&self) -> Vec<&Formula> {
        match &self.course {
            Course::Number(formula) => vec![formula],
            Course::Color(mix) => mix.formulas(),
            Course::Place(x, y) => vec![x, y],
        }
    }

    /// The frames that are looked at before work. In a longer film the others are looked at one by one.
    pub fn looked_at(&self) -> Range<u64> {
        0..self.clip.frames.min(1_000_000)
    }
}

/// The values at `count` frames from `first` on. Rows and single values have the same bits.
fn values(formula: &Formula, first: u64, count: u64) -> Vec<f64> {
    let frames: Vec<f64> = (first..first + count).map(|frame| frame as f64).collect();
    let mut values = vec![0.0; frames.len()];
    formula.program().row(&[0.0], &frames, &mut values);
    values
}

fn one(formula: &Formula, frame: u64) -> f64 {
    values(formula, frame, 1)[0]
}

/// The area under a rate from frame `first` on, `count` frames long, in frames times value.
fn area(formula: &Formula, first: u64, count: u64) -> f64 {
    let values = values(formula, first, count + 1);
    values.windows(2).fold(0.0, |sum, pair| sum + (pair[0] + pair[1]) / 2.0)
}

impl Mix {
    /// Reads a colour, or `mix(navy, gold, u)`, whose colours may be mixed themselves.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let depth = text.matches("mix(").count();
        if text.len() > most_letters(text) || depth > MOST_MIXED {
            let message = format!(
                "a colour has at most {} characters, and {MOST_MIXED} times mix",
                most_letters(text)
            );
            return Err(ParseError { column: 1, message });
        }
        Self::parse_at(text, 0)
    }

    /// Of a part of a text, which `before` characters stand before.
    fn parse_at(text: &str, before: usize) -> Result<Self, ParseError> {
        let leading = text.chars().take_while(|c| c.is_whitespace()).count();
        let (text, before) = (text.trim(), before + leading);
        let fail =
            |at: usize, message: String| Err(ParseError { column: before + at + 1, message });
        if let Ok(color) = text.parse() {
            return Ok(Self::Fixed(color));
        }
        let Some(inner) = text.strip_prefix("mix(") else {
            let course = "a colour is #rrggbb or a CSS name, such as #ff8800 or orange; one that moves is \
                        mix(navy, gold, u)";
            return fail(0, course.into());
        };
        let Some(inner) = inner.strip_suffix(')') else {
            return fail(text.chars().count(), "missing ')' for the '(' of mix".into());
        };
        let parts = at_commas(inner);
        let [(from_at, from), (to_at, to), (by_at, by)] = parts[..] else {
            let count = parts.len();
            return fail(0, format!("mix takes two colours and a number, not {count} arguments"));
        };
        let place = |at: usize| before + 4 + inner[..at].chars().count();
        let formula = Formula::over_time(by)
            .map_err(|e| ParseError { column: e.column + place(by_at), ..e })?;
        let (from, to) = (Self::parse_at(from, place(from_at))?, Self::parse_at(to, place(to_at))?);
        Ok(Self::Between(Box::new(from), Box::new(to), formula))
    }

    fn in_frames(&self, clip: Clip) -> Self {
        match self {
            Self::Fixed(color) => Self::Fixed(*color),
            Self::Between(from, to, by) => Self::Between(
                Box::new(from.in_frames(clip)),
                Box::new(to.in_frames(clip)),
                clip.in_frames(by),
            ),
        }
    }

    fn hear(&self, known: &dyn Fn(&Signal) -> Option<Arc<Column>>) -> Self {
        match self {
            Self::Fixed(color) => Self::Fixed(*color),
            Self::Between(from, to, by) => {
                Self::Between(Box::new(from.hear(known)), Box::new(to.hear(known)), by.hear(known))
            }
        }
    }

    /// All formulas in it.
    fn formulas(&self) -> Vec<&Formula> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Between(from, to, by) => {
                [from.formulas(), to.formulas(), vec![by]].into_iter().flatten().collect()
            }
        }
    }

    /// The colour at `frame`, mixed on sRGB values; beyond 0 and 1 it is that of the end.
    fn at(&self, frame: u64) -> Color {
        match self {
            Self::Fixed(color) => *color,
            Self::Between(from, to, by) => {
                let (from, to) = (from.at(frame).0, to.at(frame).0);
                let by = one(by, frame).clamp(0.0, 1.0);
                let mixed = |c: usize| {
                    (f64::from(from[c]) * (1.0 - by) + f64::from(to[c]) * by).round() as u8
                };
                Color([mixed(0), mixed(1), mixed(2)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::{FrameRate, Size};

    fn clip(frames: u64) -> Clip {
        let size = Size::new(640, 480);
        Clip { fps: FrameRate { num: 25, den: 1 }, frames, seed: 1, size, looped: false }
    }

    fn number(text: &str, frames: u64) -> Curve {
        let course = Course::Number(Formula::over_time(text).expect("valid"));
        Curve::new(text.into(), &course, clip(frames))
    }

    #[test]
    fn the_mean_of_a_rate_times_the_time_is_its_integral() {
        let frames = 10_000;
        let curve = number("2 + sin(t)", frames);
        for frame in [1, 2, 1023, 1024, 1025, 4096, 9_999] {
            let t = frame as f64 / 25.0;
            let exact = 2.0 * t + 1.0 - libm::cos(t);
            assert!((curve.mean(frame) * t - exact).abs() < 2e-3, "frame {frame}");
        }
        // However it slows down, what it drives never goes back.
        let way = |frame: u64| curve.mean(frame) * frame as f64;
        assert!((1..frames).all(|frame| way(frame) > way(frame - 1)));
        let still = number("0*t + 0.1", frames);
        assert!((still.mean(9_000) - 0.1).abs() < 1e-12);
        assert_eq!(number("5*t + 1", 10).mean(0), 1.0);
    }

    #[test]
    fn means_are_the_same_in_any_order() {
        let (one, other) = (number("noise(t)", 9_000), number("noise(t)", 9_000));
        let up: Vec<f64> = (0..9_000).map(|frame| one.mean(frame)).collect();
        let down: Vec<f64> = (0..9_000).rev().map(|frame| other.mean(frame)).collect();
        assert!(up.iter().eq(down.iter().rev()));
    }

    #[test]
    fn a_value_out_of_range_is_found_at_its_frame() {
        assert_eq!(number("n", 3_000).strays(0..3_000, 0.0, 2_000.0), Some((2_001, 2_001.0)));
        assert_eq!(number("n", 3_000).strays(0..3_000, 0.0, 2_999.0), None);
        assert_eq!(number("n", 3_000).strays(2_500..2_501, 0.0, 9.0), Some((2_500, 2_500.0)));
        let (frame, value) = number("1/(n - 7)", 100).strays(0..100, -9.0, 9.0).expect("a pole");
        assert_eq!((frame, value), (7, f64::INFINITY));
        assert_eq!(number("sqrt(5 - n)", 100).strays(0..100, -9.0, 9.0).map(|s| s.0), Some(6));
    }

    #[test]
    fn colours_flow_into_each_other() {
        let mix = |text: &str| {
            Mix::parse(text).map(|mix| Curve::new(text.into(), &Course::Color(mix), clip(101)))
        };
        let at = |text: &str, frame| match mix(text).expect("valid").at(frame) {
            Now::Color(color) => color.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(at("mix(black, white, u)", 0), "#000000");
        assert_eq!(at("mix(black, white, u)", 50), "#808080");
        assert_eq!(at("mix(black, white, 3*u)", 50), "#ffffff");
        assert_eq!(at("mix(mix(red, lime, u), rgb(0, 0, 255), u)", 50), "#404080");
        let error = |text: &str| mix(text).expect_err(text);
        assert_eq!(error("mix(navy, golt, u)").column, 11);
        assert_eq!(error("mix(navy, gold, sinn(t))").column, 17);
        assert!(error(&"mix(".repeat(100_000)).message.contains("at most"));
        assert_eq!(error("mix(navy, gold)").column, 1);
        assert_eq!(error("mix(navy, gold, u").column, 18);
    }
}
