//! Simulations: frames that grow out of the frame before.

mod cyclic;
mod elementary;
mod generator;
mod life;
mod looks;
mod simulation;
mod strand;

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use self::generator::SimulationGenerator;
use super::{Clip, Colormap, Content, Files, Generator, Palette, Parameters, Stage};
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Color, Ground, Size, named, written_as_text};

named! {
    /// What is simulated.
    Kind as "kind of simulation" {
        /// Cells that are born, live and die by how many neighbours they have: Conway's life and its kin.
        Life = "life",
        /// A row of cells, and under it the row that follows: Wolfram's rules.
        Elementary = "elementary",
        /// Cells in states that eat each other in a circle.
        Cyclic = "cyclic",
    }
}

named! {
    /// What lies beyond the edges of a field.
    Edges as "kind of edges" {
        /// Its other end.
        Torus = "torus",
        /// Nothing.
        Dead = "dead",
    }
}

parameters! {
    /// The parameters of simulate.
    Simulate, SimulateDraft as "simulate";

    /// What is simulated
    kind: Kind = Kind::Life, placeholder("KIND");
    /// The rule: B3/S23, B2/S/C3 or a name such as highlife; of elementary 0 to 255
    rule: Option<RuleText> = None, placeholder("RULE"), by_default("that of the pattern, life B3/S23, elementary 30"),
        only(Simulate::has_rule, "--kind life or elementary");
    /// Where it begins: a file as Golly writes it (.rle, .cells), or glider, lwss, r-pentomino, acorn, diehard, pulsar, gosper-gun
    pattern: Option<String> = None, placeholder("FILE"), only(Simulate::is_life, "--kind life");
    /// The share of cells that live at first, by chance
    density: Option<f64> = None, placeholder("0..1"), within(0.0, 1.0, ""),
        by_default("life 0.35, elementary a single cell"), only(Simulate::is_sown, "--kind life without a pattern, or elementary"),
        still(BEGINNING);
    /// States of a cell
    states: u32 = 16, within(3.0, 254.0, "states"), only(Simulate::is_cyclic, "--kind cyclic"), still(BEGINNING);
    /// Neighbours that eat a cell together
    threshold: u32 = 1, within(1.0, 8.0, "neighbours"), only(Simulate::is_cyclic, "--kind cyclic"), still(BEGINNING);
    /// What lies beyond the edges of the field
    edges: Edges = Edges::Torus, placeholder("KIND");
    /// Pixels across a cell
    cell: u32 = 4, placeholder("PIXELS"), within(1.0, 4096.0, "pixels"), still(BEGINNING);
    /// Steps from frame to frame
    steps: f64 = 1.0, placeholder("STEPS"), within(0.0, 10_000.0, "steps a frame"), rate();
    /// Steps before the first frame
    warm_up: u32 = 0, placeholder("STEPS"), within(0.0, 1e9, "steps"), still(BEGINNING);
    /// Colours from the youngest cell to the oldest, or from the first state to the last
    colormap: Option<Colormap> = None, by_default("cyclic sinebow");
    /// The same, of your own
    palette: Option<Palette> = None, by_default("light to violet; elementary one colour");
    /// Steps until a cell has the last colour
    age: f64 = 60.0, placeholder("STEPS"), within(1.0, 127.0, "steps"), only(Simulate::is_life, "--kind life");
    /// Steps until nothing is seen of a cell that has died
    fade: f64 = 24.0, placeholder("STEPS"), within(0.0, 127.0, "steps"), only(Simulate::is_life, "--kind life");
    /// Colour of a cell that has died just now
    trace: Color = Color([0x2a, 0x3d, 0x66]), only(Simulate::is_life, "--kind life");
    /// Colour where nothing lives, or none
    background: Ground = Ground::Color(Color([0x08, 0x09, 0x0d])), only(Simulate::has_background, "--kind life or elementary");
    /// The pattern's file, with the hash of its content
    files: Files = Files::new(), later();
}

/// A rule as it is written: a text, or of elementary automata a number.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RuleText(pub String);

impl<'de> Deserialize<'de> for RuleText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Ok(Self(text)),
            toml::Value::Integer(number) => Ok(Self(number.to_string())),
            other => Err(D::Error::custom(format!("'{other}': a rule is B3/S23, or 30"))),
        }
    }
}

impl FromStr for RuleText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl fmt::Display for RuleText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

written_as_text!(RuleText, Text, "RULE");

const BEGINNING: &str = "it is how it begins";

impl Simulate {
    fn is_life(&self) -> bool {
        self.kind == Kind::Life
    }

    fn is_cyclic(&self) -> bool {
        self.kind == Kind::Cyclic
    }

    fn has_rule(&self) -> bool {
        !self.is_cyclic()
    }

    fn has_background(&self) -> bool {
        !self.is_cyclic()
    }

    fn is_sown(&self) -> bool {
        self.kind == Kind::Elementary || self.is_life() && self.pattern.is_none()
    }

    /// Columns and rows of cells in a frame of `size`.
    fn field(&self, size: Size) -> (usize, usize) {
        (size.width.div_ceil(self.cell) as usize, size.height.div_ceil(self.cell) as usize)
    }

    /// What holds for a kind where nothing is said.
    fn of_kind(kind: Kind) -> Self {
        let simulate = Self { kind, ..Self::default() };
        let palette = |text: &str| text.parse().ok();
        match kind {
            Kind::Life => {
                Self { palette: palette("#fff4d6,#ffb454,#e8505b,#8b2f97,#2b2a5c"), ..simulate }
            }
            Kind::Elementary => Self { palette: palette("#fff4d6,#fff4d6"), ..simulate },
            Kind::Cyclic => Self { colormap: Some(Colormap::SINEBOW), ..simulate },
        }
    }
}

impl Parameters for Simulate {
    fn about() -> &'static str {
        "Simulations: life and its kin, elementary and cyclic automata"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render simulate --cell 2 --density 0.3
  genmedia render simulate --pattern gosper-gun --edges dead --cell 8
  genmedia render simulate --rule brians-brain --cell 3 --density 0.1
  genmedia render simulate --kind elementary --rule 110 --cell 2 --steps 2
  genmedia render simulate --kind cyclic --states 14 --cell 2 --warm-up 200

A frame grows out of the one before. What was reckoned is kept from time to time, so a job that is cut short goes on from there."
    }

    fn resolve(draft: SimulateDraft, clip: Clip) -> Result<Self, Invalid> {
        if clip.looped {
            let reason = "a simulation does not lead back to its beginning";
            return Err(Invalid::new("loop", "", reason));
        }
        let mut base = Self::of_kind(draft.kind.unwrap_or(Kind::Life));
        if draft.colormap.is_some() || draft.palette.is_some() {
            (base.colormap, base.palette) = (None, None);
        }
        let mut simulate = draft.over(base, clip)?;
        if let (Some(map), Some(_)) = (&simulate.colormap, &simulate.palette) {
            return Err(Invalid::new(
                "simulate.colormap",
                map,
                "a colormap or a palette, not both",
            ));
        }
        match simulate.kind {
            Kind::Life => life::resolve(&mut simulate, clip)?,
            Kind::Elementary => elementary::resolve(&mut simulate)?,
            Kind::Cyclic => {}
        }
        Ok(simulate)
    }

    fn size(&self) -> Size {
        Size::new(1280, 720)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        Box::new(SimulationGenerator::new(self, stage))
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
        cells * 4 * 12 + (cells * 64).min(strand::HELD as u64)
    }

    fn is_transparent(&self) -> bool {
        self.has_background() && self.background == Ground::None
    }
}
