//! What holds for each kind: where keys apply, and what they are where nothing is said.

use super::Simulate;
use super::choices::{Edges, Flow, Kind, Role, Shape};
use super::table::RuleText;
use crate::generate::Colormap;
use crate::values::{Color, Ground, Size};

impl Simulate {
    /// The flags of the simulation that is called `name`: that of a kind, or of an attractor.
    pub fn by_name(name: &str) -> Option<String> {
        match (name.parse::<Kind>(), name.parse::<Shape>()) {
            (Ok(kind), _) => Some(format!("--kind {kind}")),
            (_, Ok(shape)) => Some(format!("--kind attractor --shape {shape}")),
            _ => None,
        }
    }
}

/// Where keys apply.
impl Simulate {
    pub(super) fn is_cyclic(&self) -> bool {
        self.kind == Kind::Cyclic
    }

    pub(super) fn is_sandpile(&self) -> bool {
        self.kind == Kind::Sandpile
    }

    pub(super) fn is_ising(&self) -> bool {
        self.kind == Kind::Ising
    }

    pub(super) fn is_forest(&self) -> bool {
        self.kind == Kind::ForestFire
    }

    pub(super) fn is_reaction(&self) -> bool {
        self.kind == Kind::ReactionDiffusion
    }

    pub(super) fn is_physarum(&self) -> bool {
        self.kind == Kind::Physarum
    }

    pub(super) fn is_fed(&self) -> bool {
        self.is_physarum() && self.has_light() && self.role == Role::Food
    }

    pub(super) fn is_particles(&self) -> bool {
        self.kind == Kind::Particles
    }

    pub(super) fn has_drive(&self) -> bool {
        self.is_particles() && (self.flow == Flow::Formula || self.spawn.is_some())
    }

    pub(super) fn is_formula(&self) -> bool {
        self.is_particles() && self.flow == Flow::Formula
    }

    pub(super) fn is_attractor(&self) -> bool {
        self.kind == Kind::Attractor
    }

    pub(super) fn has_b(&self) -> bool {
        self.is_attractor() && self.shape != Shape::Thomas
    }

    pub(super) fn has_d(&self) -> bool {
        self.has_b() && self.shape != Shape::Lorenz
    }

    pub(super) fn is_growth(&self) -> bool {
        self.kind == Kind::Growth
    }

    pub(super) fn is_boids(&self) -> bool {
        self.kind == Kind::Boids
    }

    pub(super) fn has_rule(&self) -> bool {
        matches!(self.kind, Kind::Life | Kind::Elementary)
    }

    pub(super) fn has_pattern(&self) -> bool {
        matches!(self.kind, Kind::Life | Kind::Sandpile)
    }

    pub(super) fn is_driven(&self) -> bool {
        !matches!(self.kind, Kind::Elementary | Kind::Attractor | Kind::Growth | Kind::Boids)
    }

    /// True if light drives it.
    pub(super) fn has_light(&self) -> bool {
        self.picture.is_some() || self.letters.is_some() || self.layer.is_some()
    }

    /// True if what is light matters after the beginning too, to a role or a formula.
    pub(super) fn looks_on(&self) -> bool {
        let has_formulas = match self.kind {
            Kind::Particles => self.flow != Flow::Curl || self.spawn.is_some(),
            _ => self.feed_over.is_some() || self.kill_over.is_some(),
        };
        self.role != Role::Start || has_formulas
    }

    /// True if eddies move particles, if only where it is equally light.
    pub(super) fn has_eddies(&self) -> bool {
        self.is_particles() && self.flow != Flow::Formula
    }

    /// True if it begins where it is light.
    pub(super) fn starts_in_light(&self) -> bool {
        self.has_light() && self.role == Role::Start
    }

    pub(super) fn is_pile(&self) -> bool {
        self.is_sandpile() && self.pattern.is_none() && !self.starts_in_light()
    }

    /// True if the rule is the code of a totalistic automaton.
    pub(super) fn has_code(&self) -> bool {
        let is_code = |rule: &RuleText| rule.0.trim().starts_with("code");
        self.kind == Kind::Elementary && self.rule.as_ref().is_some_and(is_code)
    }

    /// True if a cell is in one of several states, and shown by it.
    pub(super) fn has_states(&self) -> bool {
        self.is_cyclic() || self.has_code()
    }

    pub(super) fn is_sown(&self) -> bool {
        let is_kind = matches!(
            self.kind,
            Kind::Life
                | Kind::Ising
                | Kind::ForestFire
                | Kind::ReactionDiffusion
                | Kind::Elementary
        );
        is_kind && self.pattern.is_none() && !self.starts_in_light()
    }

    pub(super) fn has_agents(&self) -> bool {
        matches!(self.kind, Kind::Physarum | Kind::Particles | Kind::Boids)
    }

    pub(super) fn has_trail(&self) -> bool {
        matches!(self.kind, Kind::Physarum | Kind::Particles)
    }

    pub(super) fn has_edges(&self) -> bool {
        !matches!(self.kind, Kind::Attractor | Kind::Dla | Kind::Growth)
    }

    pub(super) fn is_stepped(&self) -> bool {
        !self.is_attractor()
    }

    pub(super) fn has_trace(&self) -> bool {
        matches!(self.kind, Kind::Life | Kind::Ising | Kind::ForestFire)
    }

    pub(super) fn most_agents(&self) -> f64 {
        if self.is_boids() { 1e6 } else { 2e7 }
    }

    pub(super) fn is_dla(&self) -> bool {
        self.kind == Kind::Dla
    }

    pub(super) fn is_exposed(&self) -> bool {
        matches!(self.kind, Kind::Physarum | Kind::Particles | Kind::Attractor)
    }

    pub(super) fn is_high(&self) -> bool {
        matches!(self.kind, Kind::ReactionDiffusion | Kind::Sandpile | Kind::Physarum)
    }

    /// True if there are places where nothing is.
    pub(super) fn has_background(&self) -> bool {
        !self.is_cyclic() && !self.is_reaction()
    }

    /// True if every pixel has a colour of its own.
    pub(super) fn is_opaque(&self) -> bool {
        !self.has_background() || self.background != Ground::None
    }

    /// Columns and rows of cells in a frame of `size`.
    pub(super) fn field(&self, size: Size) -> (usize, usize) {
        (size.width.div_ceil(self.cell) as usize, size.height.div_ceil(self.cell) as usize)
    }

    /// What holds for a kind where nothing is said.
    pub(super) fn of_kind(kind: Kind) -> Self {
        let simulate = Self { kind, ..Self::default() };
        let palette = |text: &str| text.parse().ok();
        match kind {
            Kind::Life => {
                Self { palette: palette("#fff4d6,#ffb454,#e8505b,#8b2f97,#2b2a5c"), ..simulate }
            }
            Kind::Elementary => Self { palette: palette("#fff4d6,#fff4d6"), states: 3, ..simulate },
            Kind::Cyclic => Self { colormap: Some(Colormap::SINEBOW), ..simulate },
            Kind::Sandpile => Self {
                palette: palette("#101226,#1f4e79,#e0b04c,#c8553d,#ffffff"),
                edges: Edges::Dead,
                cell: 2,
                steps: 40.0,
                ..simulate
            },
            Kind::Ising => {
                Self { palette: palette("#ffe8c2,#f2a65a,#c8553d,#772f1a"), cell: 2, ..simulate }
            }
            Kind::ForestFire => Self {
                palette: palette("#b7d968,#5a9e3a,#2c6b35,#173f2a"),
                trace: Color([0xff, 0x7a, 0x1a]),
                cell: 2,
                warm_up: 150,
                ..simulate
            },
            Kind::ReactionDiffusion => Self {
                palette: palette("#0d1b2a,#1b3a4b,#b5543c,#f4a259,#fbe3c0"),
                cell: 2,
                steps: 16.0,
                ..simulate
            },
            Kind::Physarum => Self {
                palette: palette("#08090d,#4a2c0f,#b5701a,#f6c445,#fff6d8"),
                cell: 1,
                ..simulate
            },
            Kind::Particles => Self {
                palette: palette("#1f5f8b,#3fa7d6,#8fe3cf,#fdf6d8,#ff9f6b"),
                cell: 1,
                warm_up: 80,
                agents: 20_000,
                speed: 1.5,
                decay: 0.96,
                edges: Edges::Dead,
                ..simulate
            },
            Kind::Attractor => Self {
                palette: palette("#08090d,#123a63,#3d8fb0,#f3d9a4,#ffffff"),
                cell: 1,
                ..simulate
            },
            Kind::Dla => Self {
                palette: palette("#fff8e7,#ffd27d,#e07a5f,#81568a,#3d405b"),
                cell: 2,
                steps: 30.0,
                ..simulate
            },
            Kind::Growth => {
                Self { palette: palette("#f6e7cb,#dd8a6c"), cell: 2, steps: 4.0, ..simulate }
            }
            Kind::Boids => Self {
                palette: palette("#7fb2e5,#fdf6d8,#ffb347"),
                cell: 1,
                agents: 1500,
                speed: 3.0,
                ..simulate
            },
        }
    }
}
