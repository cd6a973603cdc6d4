//! Effects in order.

use super::effect::{Effect, Moment};
use super::{Canvas, Scratch, Trail};
use crate::error::{Error, Result};
use crate::values::Clip;

/// Effects in order, on the pictures of a layer or on the whole, with what they remember of earlier frames.
pub struct Chain<'a> {
    effects: &'a [Effect],
    clip: Clip,
    /// The number of the layer whose effects they are, from 1.
    layer: Option<usize>,
    /// Of each effect.
    trails: Vec<Trail>,
}

/// What effects are put on.
pub trait Below {
    /// Draws frame `index` as it is before all effects.
    ///
    /// # Errors
    /// It cannot be drawn.
    fn draw(&mut self, index: u64, picture: &mut Canvas) -> Result<()>;

    /// The layer of a name at frame `index`, as large as the frame.
    ///
    /// # Errors
    /// It cannot be drawn.
    fn layer(&mut self, name: &str, index: u64) -> Result<Canvas>;

    /// Memory to work in.
    fn scratch(&mut self) -> &mut Scratch;
}

/// A picture that is to be drawn.
struct Step {
    /// How many frames it is before that which is asked for.
    since: u64,
    index: u64,
    /// How many effects it goes through: all, or those before the one that looks back at it.
    effects: usize,
}

impl<'a> Chain<'a> {
    /// A chain for the frames of `clip`, whose size is that of the pictures without the room around them. `layer` is the
    /// number of its layer, from 1, for errors; `None` for effects on the whole picture.
    pub fn new(effects: &'a [Effect], clip: Clip, layer: Option<usize>) -> Self {
        let trails = effects.iter().map(|_| Trail::default()).collect();
        Self { effects, clip, layer, trails }
    }

    /// True if there are no effects.
    pub fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }

    /// How many earlier frames `effects` need, in frames.
    pub fn reach(effects: &[Effect]) -> u64 {
        effects.iter().filter_map(Effect::trail).map(|(count, apart)| count * apart).sum()
    }

    /// Bytes that such effects take for pictures of so many pixels, estimated from above.
    pub fn memory(effects: &[Effect], pixels: u64) -> u64 {
        let trails = (0..effects.len()).filter(|n| effects[*n].trail().is_some());
        let kept: u64 = trails.map(|n| Self::reach(&effects[n..]) + 2).sum();
        match effects.is_empty() {
            true => 0,
            false => pixels * (14 + 4 * kept),
        }
    }

    /// Draws frame `index` and puts it through all effects. Earlier pictures that they look back at are drawn first, if
    /// they are not remembered: in their order, so that a program that draws need not start anew for each.
    ///
    /// # Errors
    /// What is below cannot be drawn; a value that moves leaves its range.
    pub fn draw(&mut self, index: u64, picture: &mut Canvas, below: &mut dyn Below) -> Result<()> {
        for (n, trail) in self.trails.iter_mut().enumerate() {
            trail.forget(&self.clip, index, Self::reach(&self.effects[n..]));
        }
        for step in self.steps(index) {
            below.draw(step.index, picture)?;
            self.change(&step, picture, below)?;
            if step.since > 0 {
                self.trails[step.effects].keep(step.index, picture);
            }
        }
        Ok(())
    }

    /// What is to be drawn for frame `index`, the oldest first.
    fn steps(&self, index: u64) -> Vec<Step> {
        let mut steps = vec![Step { since: 0, index, effects: self.effects.len() }];
        for n in (0..self.effects.len()).rev() {
            let Some((count, apart)) = self.effects[n].trail() else { continue };
            // All that are drawn for what comes behind go through this one, and look back.
            for at in 0..steps.len() {
                for past in 1..=count {
                    let since = steps[at].since + past * apart;
                    let Some(earlier) = self.clip.before(index, since) else { break };
                    // In a loop a frame may be needed by one that is drawn before it.
                    let is_drawn = |step: &Step| step.index == earlier && step.since >= since;
                    let is_known =
                        self.trails[n].get(earlier).is_some() || steps.iter().any(is_drawn);
                    if !is_known {
                        steps.push(Step { since, index: earlier, effects: n });
                    }
                }
            }
        }
        steps.sort_by_key(|step| std::cmp::Reverse(step.since));
        steps
    }

    /// Puts a picture through the effects of a step.
    fn change(&mut self, step: &Step, picture: &mut Canvas, below: &mut dyn Below) -> Result<()> {
        let index = step.index;
        let margin = (picture.size().width - self.clip.size.width) / 2;
        let at = Moment { clip: self.clip, margin, index };
        for (effect, trail) in self.effects.iter().zip(&mut self.trails).take(step.effects) {
            effect.check(index).map_err(|reason| failed(self.layer, index, &reason))?;
            if let Some(name) = effect.layer() {
                let map = below.layer(name, index)?;
                below.scratch().map = Some(map);
            }
            let looks_back = effect.trail().is_some();
            let scratch = below.scratch();
            if looks_back {
                trail.keep(index, picture);
                scratch.trail = std::mem::take(trail);
            }
            effect.apply(picture, scratch, at);
            if looks_back {
                *trail = std::mem::take(&mut scratch.trail);
            }
        }
        Ok(())
    }
}

/// An error of a layer, by its number from 1, or of the whole.
pub(super) fn failed(layer: Option<usize>, index: u64, reason: &str) -> Error {
    let reason = match layer {
        Some(number) => format!("layer {number}: {reason}"),
        None => reason.into(),
    };
    Error::Frame { index, reason }
}
