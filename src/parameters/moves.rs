//! The parameters of a table that move.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::spec::{Bounds, Spec};
use crate::formula::{Column, Signal};
use crate::values::{Curve, Now, Value, bare};

/// Parameters that move, by field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Moves(Vec<Move>);

#[derive(Debug, Clone, PartialEq)]
struct Move {
    field: Cow<'static, str>,
    curve: Curve,
    is_rate: bool,
    bounds: Bounds,
}

impl Moves {
    pub(crate) fn insert<P, T: Value>(
        &mut self,
        field: &'static str,
        curve: Curve,
        spec: &Spec<P, T>,
    ) {
        let field = field.into();
        self.0.push(Move { field, curve, is_rate: spec.is_rate(), bounds: spec.bounds() });
    }

    /// Adds what is no field of the table, but one of several numbers in it; it may be any.
    pub(crate) fn add(&mut self, field: String, curve: Curve) {
        self.0.push(Move { field: field.into(), curve, is_rate: false, bounds: Bounds::ANY });
    }

    /// Looks at a frame that was not looked at before work.
    ///
    /// # Errors
    /// A value leaves its range there.
    pub fn check(&self, frame: u64) -> Result<(), String> {
        self.0.iter().filter(|m| !m.curve.looked_at().contains(&frame)).try_for_each(|m| {
            match m.bounds.stray(&m.curve, frame..frame + 1) {
                None => Ok(()),
                Some(reason) => {
                    let key = m.field.replace('_', "-");
                    Err(format!("{key} = {}: {reason}", bare(m.curve.text())))
                }
            }
        })
    }

    /// The signals of the sound that parameters follow, and that are not known yet.
    pub(crate) fn signals(&self) -> BTreeSet<Signal> {
        self.0.iter().flat_map(|moving| moving.curve.signals()).collect()
    }

    /// What follows sound: each key, with its text and a signal.
    pub(crate) fn follows(&self) -> Vec<(String, String, Signal)> {
        let of = |moving: &Move| {
            let (key, text) = (moving.field.replace('_', "-"), bare(moving.curve.text()));
            let signals = moving.curve.signals().into_iter();
            signals.map(|signal| (key.clone(), text.clone(), signal)).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }

    /// Has them follow what `known` gives for their signals, and looks at each frame.
    ///
    /// # Errors
    /// A value leaves its range: of which key, and its text.
    pub(crate) fn hear(
        &mut self,
        known: &dyn Fn(&Signal) -> Option<Arc<Column>>,
    ) -> Result<(), (String, String, String)> {
        for moving in &mut self.0 {
            if moving.curve.signals().is_empty() {
                continue;
            }
            moving.curve.hear(known);
            if let Some(reason) = moving.bounds.stray(&moving.curve, moving.curve.looked_at()) {
                let key = moving.field.replace('_', "-");
                return Err((key, bare(moving.curve.text()), reason));
            }
        }
        Ok(())
    }

    /// True if nothing moves.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a parameter moves, if it does.
    pub fn get(&self, field: &str) -> Option<&Curve> {
        self.0.iter().find(|moving| moving.field == field).map(|moving| &moving.curve)
    }

    /// What a parameter is at a frame, if it moves: of a rate its mean up to there.
    pub(crate) fn at(&self, field: &str, frame: u64) -> Option<Now> {
        let moving = self.0.iter().find(|moving| moving.field == field)?;
        Some(match moving.is_rate {
            // A rate of exactly 0 is taken for a picture that stands still, which some generators draw otherwise. The
            // smallest number moves nothing.
            true => match moving.curve.mean(frame) {
                0.0 => Now::Number(f64::MIN_POSITIVE),
                mean => Now::Number(mean),
            },
            false => moving.curve.at(frame),
        })
    }
}
