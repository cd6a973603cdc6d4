//! What uniforms are set to: numbers, each of which may move.

use crate::error::{Invalid, did_you_mean};
use crate::parameters::Moves;
use crate::values::{Clip, Color, Curve, Moving, Now, Pairs, Typed, at_commas};

/// The most numbers of a uniform: those of an array.
const MOST: usize = 1024;

/// Names that are meant where one is near to them.
const COLORS: [&str; 16] = [
    "black", "white", "red", "green", "blue", "yellow", "cyan", "magenta", "gold", "orange",
    "purple", "pink", "navy", "teal", "tomato", "gray",
];

/// The uniforms that are set, by name.
#[derive(Debug, Clone)]
pub struct Settings(Vec<(String, Vec<Part>)>);

/// A number or a colour.
#[derive(Debug, Clone)]
enum Part {
    Number(f64),
    Color(Color),
    /// It moves: the key of its curve.
    Moving(String),
}

/// A part as it is typed, and how it is written down.
type Read = (Part, Option<Curve>, String);

fn part(text: &str, clip: Clip) -> Result<Read, String> {
    let text = text.trim();
    match text {
        "true" => return Ok((Part::Number(1.0), None, "true".into())),
        "false" => return Ok((Part::Number(0.0), None, "false".into())),
        _ => {}
    }
    let texts = [text.to_string()];
    let number = <Moving<f64> as Typed>::read(&texts);
    let color = || <Moving<Color> as Typed>::read(&texts);
    match number {
        Ok(number) => {
            let (number, curve) = number.settle(clip);
            let written = curve.as_ref().map_or(text, Curve::text).to_string();
            Ok((Part::Number(number), curve, written))
        }
        Err(e) => match color() {
            Ok(color) => {
                let (color, curve) = color.settle(clip);
                let written = curve.as_ref().map_or(text, Curve::text).to_string();
                Ok((Part::Color(color), curve, written))
            }
            // What looks like no formula was to be something else.
            Err(_) if !text.contains(['(', '*', '/', '+', ' ']) => {
                let names = ["true", "false"].into_iter().chain(COLORS);
                let near = did_you_mean(text, names);
                Err(format!(
                    "numbers, a colour (#rrggbb or a CSS name), true or false are expected, or formulas in t, n and u{near}"
                ))
            }
            Err(_) => Err(e),
        },
    }
}

fn key(name: &str, n: usize) -> String {
    format!("set.{name}.{n}")
}

impl Settings {
    /// Reads what is set. What moves is added to `moves`; texts are written as they are kept.
    ///
    /// # Errors
    /// A value is none.
    pub fn resolve(pairs: &mut Pairs, clip: Clip, moves: &mut Moves) -> Result<(), Invalid> {
        for (name, text) in &mut pairs.0 {
            let invalid =
                |reason: String| Invalid::new("shader.set", format!("{name}={text}"), reason);
            if text.trim().is_empty() {
                return Err(invalid("a value is expected: NAME=VALUE".into()));
            }
            let parts = at_commas(text);
            if parts.len() > MOST {
                return Err(invalid(format!("a uniform has at most {MOST} numbers")));
            }
            let mut written = Vec::new();
            for (n, (_, text)) in parts.into_iter().enumerate() {
                let (_, curve, text) = part(text, clip).map_err(invalid)?;
                if let Some(curve) = curve {
                    if let Some((frame, _)) = curve.strays(curve.looked_at(), f64::MIN, f64::MAX)
                        && curve.signals().is_empty()
                    {
                        return Err(invalid(format!("it is no number at frame {frame}")));
                    }
                    moves.add(key(name, n), curve);
                }
                written.push(text);
            }
            *text = written.join(", ");
        }
        Ok(())
    }

    /// The same, once it is resolved.
    pub fn of(pairs: &Pairs, clip: Clip) -> Self {
        let read = |name: &str, text: &str| {
            let parts = at_commas(text).into_iter().enumerate();
            let part = |(n, (_, text)): (usize, (usize, &str))| match part(text, clip) {
                Ok((_, Some(_), _)) => Part::Moving(key(name, n)),
                Ok((part, None, _)) => part,
                // It was read before.
                Err(_) => Part::Number(f64::NAN),
            };
            parts.map(part).collect()
        };
        Self(pairs.0.iter().map(|(name, text)| (name.clone(), read(name, text))).collect())
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// The numbers of a uniform at a frame, if it is set.
    pub fn at(&self, name: &str, frame: u64, moves: &Moves) -> Option<Vec<f64>> {
        let (_, parts) = self.0.iter().find(|(own, _)| own == name)?;
        let mut numbers = Vec::new();
        let color = |color: Color| color.0.map(|part| f64::from(part) / 255.0);
        for part in parts {
            match part {
                Part::Number(number) => numbers.push(*number),
                Part::Color(part) => numbers.extend(color(*part)),
                Part::Moving(key) => match moves.at(key, frame) {
                    Some(Now::Number(number)) => numbers.push(number),
                    Some(Now::Color(now)) => numbers.extend(color(now)),
                    _ => numbers.push(f64::NAN),
                },
            }
        }
        Some(numbers)
    }
}
