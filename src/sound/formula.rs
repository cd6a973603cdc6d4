//! A track from formulas, a value for each sample.

use std::ops::Range;

use crate::error::Invalid;
use crate::formula::{Phases, SOUND_BLOCK, SoundFormula, SoundProgram, Timing};
use crate::parameters::parameters;
use crate::values::{Clip, embedded};

parameters! {
    /// A track from formulas.
    Synthesis, SynthesisDraft as "sound.formula";

    /// Left and right, as a formula in t
    mono: Option<String> = None, placeholder("FORMULA");
    /// Left, as a formula in t
    left: Option<String> = None, placeholder("FORMULA");
    /// Right, as a formula in t
    right: Option<String> = None, placeholder("FORMULA");
    /// What its chance starts from
    seed: Option<u64> = None, by_default("the film's, and one more for each track before it"),
        still("it is what chance starts from");
}

impl Synthesis {
    /// Settles what was left open, and reads the formulas.
    ///
    /// # Errors
    /// One is none, one is missing, or one is too many.
    pub fn resolve(draft: SynthesisDraft, clip: Clip) -> Result<Self, Invalid> {
        let mut synthesis = draft.over(Self::default(), clip)?;
        let Self { mono, left, right, .. } = &mut synthesis;
        for (key, text) in [("mono", &mut *mono), ("left", &mut *left), ("right", &mut *right)] {
            let Some(text) = text else { continue };
            let invalid = |reason: String| {
                Invalid::new(&format!("sound.formula.{key}"), format!("'{text}'"), reason)
            };
            SoundFormula::parse(text).map_err(|e| invalid(e.to_string()))?;
            // What stands in tables is part of the recipe.
            *text = embedded(text).map_err(invalid)?;
        }
        match (mono, left, right) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => Ok(synthesis),
            (Some(_), Some(side), _) | (Some(_), _, Some(side)) => {
                let reason = "mono is both left and right; say mono, or left and right";
                Err(Invalid::new("sound.formula.mono", side, reason))
            }
            _ => {
                let reason = "formulas are needed: mono = '0.3*sin(tau*220*t)', or left and right";
                Err(Invalid::new("sound.formula", "", reason))
            }
        }
    }

    /// The formulas of left and right, each once.
    pub(super) fn formulas(&self) -> Vec<SoundFormula> {
        let texts = [&self.mono, &self.left, &self.right].into_iter().flatten();
        texts.filter_map(|text| SoundFormula::parse(text).ok()).collect()
    }
}

/// Plays formulas.
pub(super) struct Synth<'a> {
    programs: Vec<SoundProgram<'a>>,
    /// The block that was reckoned last, and its values for each formula.
    block: Option<u64>,
    values: Vec<Vec<f64>>,
}

impl<'a> Synth<'a> {
    /// Plays `formulas`, whose phases are kept in `phases`.
    pub fn new(formulas: &[SoundFormula], phases: &'a [Phases], timing: Timing) -> Self {
        let pairs = formulas.iter().zip(phases);
        Self {
            programs: pairs.map(|(formula, phases)| formula.program(timing, phases)).collect(),
            block: None,
            values: vec![vec![0.0; SOUND_BLOCK]; formulas.len()],
        }
    }

    /// Adds samples `range` to `out`; what is no number stays so.
    pub fn read(&mut self, range: Range<u64>, out: &mut [Vec<f64>; 2]) {
        let size = SOUND_BLOCK as u64;
        let mut at = range.start;
        while at < range.end {
            let block = at / size;
            let end = range.end.min((block + 1) * size);
            if self.block != Some(block) {
                for (program, values) in self.programs.iter_mut().zip(&mut self.values) {
                    program.block(block, values);
                }
                self.block = Some(block);
            }
            let part = (at % size) as usize..(at % size) as usize + (end - at) as usize;
            for (side, out) in out.iter_mut().enumerate() {
                let values = self.values.get(side).or(self.values.first());
                out.extend_from_slice(values.map_or(&[], |values| &values[part.clone()]));
            }
            at = end;
        }
    }
}
