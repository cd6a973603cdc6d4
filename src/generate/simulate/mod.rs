//! Simulations: frames that grow out of the frame before.

mod ages;
mod attractor;
mod boids;
mod chance;
mod choices;
mod cyclic;
mod dla;
mod elementary;
mod field;
mod flow;
mod forest;
mod generator;
mod growth;
mod guide;
mod ising;
mod kinds;
mod life;
mod looks;
mod near;
mod over;
mod particles;
mod physarum;
mod reaction;
mod sandpile;
mod simulation;
mod spawn;
mod steps;
mod table;
mod view;

pub use self::table::{RuleText, Simulate, SimulateDraft};

use self::attractor::AttractorGenerator;
use self::choices::{Flow, Kind, Role};
use self::generator::SimulationGenerator;
use super::{Clip, Content, Generator, Parameters, Seen, Stage};
use crate::error::Invalid;
use crate::formula::Formula;
use crate::values::{Ground, Size};

impl Parameters for Simulate {
    fn about() -> &'static str {
        "Simulations: life and its kin, reaction and diffusion, slime moulds, particles, attractors and others"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render simulate --cell 2 --density 0.3
  genmedia render simulate --pattern gosper-gun --edges dead --cell 8
  genmedia render simulate --kind elementary --rule 110 --cell 2 --steps 2
  genmedia render simulate --kind reaction-diffusion --regime coral --relief 3
  genmedia render simulate --kind physarum --letters genmedia --role food
  genmedia render simulate --kind attractor --shape lorenz --spin 20

A frame grows out of the one before. What was reckoned is kept from time to time, so a job that is cut short goes on from there."
    }

    fn resolve(draft: SimulateDraft, clip: Clip) -> Result<Self, Invalid> {
        if clip.looped {
            let reason = "a simulation does not lead back to its beginning";
            return Err(Invalid::new("loop", "", reason));
        }
        let mut base = Self::of_kind(draft.kind.unwrap_or(Kind::Life));
        if base.kind == Kind::Sandpile && draft.role == Some(Role::Food) {
            // Light feeds it with grains that fall.
            (base.grains, base.falling) = (0, 5.0);
        }
        if draft.colormap.is_some() || draft.palette.is_some() {
            (base.colormap, base.palette) = (None, None);
        }
        base.shape = draft.shape.unwrap_or(base.shape);
        let has_code = draft.rule.as_ref().is_some_and(|rule| rule.0.trim().starts_with("code"));
        if has_code && base.kind == Kind::Elementary && base.palette.is_some() {
            base.palette = "#e8505b,#ffb454,#fff4d6".parse().ok();
        }
        if base.kind == Kind::Attractor {
            attractor::resolve(&mut base);
        }
        let mut simulate = draft.over(base, clip)?;
        if let (Some(map), Some(_)) = (&simulate.colormap, &simulate.palette) {
            let reason = "a colormap or a palette, not both";
            return Err(Invalid::new("simulate.colormap", map, reason));
        }
        guide::resolve(&mut simulate, clip)?;
        let has_formulas = matches!(simulate.kind, Kind::Particles | Kind::ReactionDiffusion);
        if simulate.role == Role::Map && !has_formulas {
            let reason = "a map is for formulas: --kind particles or reaction-diffusion";
            return Err(Invalid::new("simulate.role", simulate.role, reason));
        }
        match simulate.kind {
            Kind::Life => life::resolve(&mut simulate, clip)?,
            Kind::Elementary => elementary::resolve(&mut simulate)?,
            Kind::ReactionDiffusion => reaction::resolve(&mut simulate)?,
            Kind::Sandpile => sandpile::resolve(&simulate)?,
            Kind::Cyclic if simulate.role != Role::Start => {
                let reason = "cyclic automata take light as their start alone";
                return Err(Invalid::new("simulate.role", simulate.role, reason));
            }
            Kind::Particles => {
                if simulate.flow == Flow::Light && !simulate.has_light() {
                    let reason = "there is no light: --picture, --letters or a layer";
                    return Err(Invalid::new("simulate.flow", "light", reason));
                }
                let formulas = [("vx", Some(&simulate.vx)), ("vy", Some(&simulate.vy))];
                let formulas = formulas.into_iter().chain([("spawn", simulate.spawn.as_ref())]);
                for (key, text) in formulas.filter_map(|(key, text)| Some((key, text?))) {
                    Formula::parse(text, over::VARIABLES).map_err(|e| {
                        Invalid::new(&format!("simulate.{key}"), text, e.to_string())
                    })?;
                }
                spawn::resolve(&simulate, clip)?;
            }
            _ => {}
        }
        Ok(simulate)
    }

    fn size(&self) -> Size {
        Size::new(1280, 720)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        match self.kind {
            Kind::Attractor => Box::new(AttractorGenerator::new(self, stage.clip)),
            _ => Box::new(SimulationGenerator::new(self, stage)),
        }
    }

    fn is_moved_by_itself() -> bool {
        true
    }

    fn content(&self) -> Content {
        Content::Busy
    }

    /// States, those that are saved, and what is held for who draws.
    fn memory(&self, size: Size) -> u64 {
        let (columns, rows) = self.field(size);
        let cells = (columns * rows) as u64;
        let agents = match self.kind {
            Kind::Physarum | Kind::Particles | Kind::Boids => u64::from(self.agents),
            _ => 0,
        };
        (cells * 8 + agents * 16) * 12 + (cells * 64).min(super::strand::HELD as u64)
    }

    fn is_transparent(&self) -> bool {
        self.has_background() && self.background == Ground::None
    }

    fn seen(&self) -> Vec<Seen> {
        self.layer.iter().cloned().map(Seen::Layer).collect()
    }
}
