//! The parameters, each described once.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::choices::{Edges, Flow, Kind, Regime, Role, Shape};
use crate::generate::{Colormap, Files, Palette};
use crate::parameters::parameters;
use crate::values::{Color, Ground, written_as_text};

parameters! {
    /// The parameters of simulate.
    Simulate, SimulateDraft as "simulate";

    /// What is simulated
    kind: Kind = Kind::Life, placeholder("KIND");
    /// The rule: B3/S23, B2/S/C3, Golly's R5,C0,M1,S34..58,B34..45,NM, or a name such as highlife; of elementary 0 to 255, or code777
    rule: Option<RuleText> = None, placeholder("RULE"), by_default("that of the pattern, life B3/S23, elementary 30"),
        only(Simulate::has_rule, "--kind life or elementary");
    /// Where it begins: a file as Golly writes it (.rle, .cells), or glider, lwss, r-pentomino, acorn, diehard, pulsar, gosper-gun; of sandpile identity
    pattern: Option<String> = None, placeholder("FILE"), only(Simulate::has_pattern, "--kind life or sandpile");
    /// The share of cells that live at first, by chance; of reaction-diffusion, that are seeded
    density: Option<f64> = None, placeholder("0..1"), within(0.0, 1.0, ""),
        by_default("life 0.35, larger 0.45, ising 0.5, forest-fire 0.3, reaction-diffusion 0.03, or none where light feeds it, elementary a single cell"),
        only(Simulate::is_sown, "--kind life, ising, forest-fire, reaction-diffusion or elementary, and nothing else that says where it begins"),
        still(BEGINNING);
    /// A picture whose light drives it
    picture: Option<String> = None, placeholder("FILE"), only(Simulate::is_driven, DRIVEN), later();
    /// Letters that drive it as a picture does, as large as the field takes
    letters: Option<String> = None, placeholder("TEXT"), only(Simulate::is_driven, DRIVEN), later();
    /// A layer whose light drives it, by name
    layer: Option<String> = None, placeholder("LAYER"), only(Simulate::is_driven, DRIVEN), later();
    /// What light does
    role: Role = Role::Start, placeholder("ROLE"), only(Simulate::has_light, "--picture, --letters or a layer");
    /// States of a cell
    states: u32 = 16, within(3.0, 254.0, "states"), by_default("cyclic 16, codes of elementary 3"),
        only(Simulate::has_states, "--kind cyclic, or elementary with a code"), still(BEGINNING);
    /// Neighbours that eat a cell together
    threshold: u32 = 1, within(1.0, 8.0, "neighbours"), only(Simulate::is_cyclic, "--kind cyclic"), still(BEGINNING);
    /// Grains that lie in the middle at first
    grains: u32 = 120_000, within(0.0, 1e9, "grains"), by_default("120000, none where light feeds it"), only(Simulate::is_pile, "--kind sandpile, and nothing else that says where it begins"), still(BEGINNING);
    /// Grains that fall in each step, by chance anywhere, or where there is food
    falling: f64 = 0.0, placeholder("GRAINS"), within(0.0, 1e6, "grains a step"), by_default("0, 5 where light feeds it"), only(Simulate::is_sandpile, "--kind sandpile");
    /// How warm it is; order ends at 2.269
    temperature: f64 = 2.269, placeholder("T"), within(0.01, 1000.0, ""), only(Simulate::is_ising, "--kind ising");
    /// A field that all magnets feel
    external_field: f64 = 0.0, placeholder("X"), within(-100.0, 100.0, ""), only(Simulate::is_ising, "--kind ising");
    /// The share of empty places where a tree grows in a step
    sprout: f64 = 0.008, placeholder("0..1"), within(0.0, 1.0, ""), only(Simulate::is_forest, "--kind forest-fire");
    /// The share of trees that lightning strikes in a step
    lightning: f64 = 0.000_01, placeholder("0..1"), within(0.0, 1.0, ""), only(Simulate::is_forest, "--kind forest-fire");
    /// What it becomes: feed and kill by name
    regime: Regime = Regime::Coral, placeholder("REGIME"), only(Simulate::is_reaction, "--kind reaction-diffusion"), still(BEGINNING);
    /// How much is fed in a step
    feed: Option<f64> = None, placeholder("X"), within(0.0, 0.2, ""), by_default("that of the regime"), only(Simulate::is_reaction, "--kind reaction-diffusion");
    /// How much is taken away in a step
    kill: Option<f64> = None, placeholder("X"), within(0.0, 0.2, ""), by_default("that of the regime"), only(Simulate::is_reaction, "--kind reaction-diffusion");
    /// Feed over the plane, a formula in x and y (0 to 1, y downwards), m (the light there) and v (--feed)
    feed_over: Option<String> = None, placeholder("FORMULA"), only(Simulate::is_reaction, "--kind reaction-diffusion");
    /// Kill over the plane, likewise
    kill_over: Option<String> = None, placeholder("FORMULA"), only(Simulate::is_reaction, "--kind reaction-diffusion");
    /// How many there are
    agents: u32 = 300_000, within(1.0, 20_000_000.0, "agents"), most(Simulate::most_agents), by_default("physarum 300000, particles 20000, boids 1500"),
        only(Simulate::has_agents, "--kind physarum, particles or boids"), still(BEGINNING);
    /// How far they go in a step
    speed: f64 = 1.0, placeholder("CELLS"), within(0.0, 100.0, "cells a step"), by_default("physarum 1, particles 1.5, boids 3"),
        only(Simulate::has_agents, "--kind physarum, particles or boids");
    /// How far ahead they smell
    sensor: f64 = 9.0, placeholder("CELLS"), within(0.0, 1000.0, "cells"), only(Simulate::is_physarum, "--kind physarum");
    /// How far to the sides they smell
    sensor_angle: f64 = 22.5, placeholder("DEGREES"), within(0.0, 180.0, "degrees"), only(Simulate::is_physarum, "--kind physarum");
    /// How far they turn in a step
    turn: f64 = 45.0, placeholder("DEGREES"), within(0.0, 180.0, "degrees"), only(Simulate::is_physarum, "--kind physarum");
    /// How much each leaves behind in a step
    deposit: f64 = 5.0, placeholder("X"), within(0.0, 100.0, ""), only(Simulate::is_physarum, "--kind physarum");
    /// How strongly light smells that feeds it
    food: f64 = 1.0, placeholder("X"), within(0.0, 100.0, "times"), only(Simulate::is_fed, "--kind physarum --role food");
    /// What is left of a trail after a step
    decay: f64 = 0.9, placeholder("0..1"), within(0.0, 1.0, ""), by_default("physarum 0.9, particles 0.96"),
        only(Simulate::has_trail, "--kind physarum or particles");
    /// What moves particles
    flow: Flow = Flow::Curl, placeholder("FLOW"), only(Simulate::is_particles, "--kind particles");
    /// Pixels across an eddy
    scale: f64 = 220.0, placeholder("PIXELS"), within(2.0, 1e6, "pixels"), only(Simulate::has_eddies, "--kind particles, --flow curl or light"), still("eddies cannot be moved apart");
    /// Eddies that pass in a second
    wander: f64 = 0.15, placeholder("X"), within(0.0, 1000.0, "a second"), only(Simulate::has_eddies, "--kind particles, --flow curl or light"), rate();
    /// How fast they go to the right, a formula in x and y (-1 to 1 across the shorter side, y upwards), t, m (the light there) and v (--drive)
    vx: String = "-y".into(), placeholder("FORMULA"), only(Simulate::is_formula, "--kind particles --flow formula");
    /// How fast they go upwards, likewise
    vy: String = "x".into(), placeholder("FORMULA"), only(Simulate::is_formula, "--kind particles --flow formula");
    /// A number of your own, v in formulas, which may follow sound
    drive: f64 = 0.0, placeholder("X"), within(-1e6, 1e6, ""), only(Simulate::has_drive, "--kind particles with --spawn or --flow formula");
    /// How likely particles are born at a place, against others: a formula likewise
    spawn: Option<String> = None, placeholder("FORMULA"), by_default("everywhere, or by --role"), only(Simulate::is_particles, "--kind particles");
    /// Steps that a particle lives
    life: f64 = 300.0, placeholder("STEPS"), within(1.0, 1e6, "steps"), only(Simulate::is_particles, "--kind particles");
    /// Whose points are drawn
    shape: Shape = Shape::DeJong, placeholder("NAME"), only(Simulate::is_attractor, "--kind attractor");
    /// The first number of its formula
    a: Option<f64> = None, placeholder("X"), within(-1000.0, 1000.0, ""), by_default("one that is known to look well"), only(Simulate::is_attractor, "--kind attractor");
    /// The second
    b: Option<f64> = None, placeholder("X"), within(-1000.0, 1000.0, ""), by_default("likewise"), only(Simulate::has_b, "--kind attractor, of shapes with two numbers or more");
    /// The third
    c: Option<f64> = None, placeholder("X"), within(-1000.0, 1000.0, ""), by_default("likewise"), only(Simulate::has_b, "--kind attractor, of shapes with three numbers or more");
    /// The fourth
    d: Option<f64> = None, placeholder("X"), within(-1000.0, 1000.0, ""), by_default("likewise"), only(Simulate::has_d, "--kind attractor, of shapes with four numbers");
    /// Points in a frame
    points: u32 = 4_000_000, within(1.0, 4e9, "points"), only(Simulate::is_attractor, "--kind attractor");
    /// How fast it turns
    spin: f64 = 12.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees a second"), by_default("flows 12, maps 6"), only(Simulate::is_attractor, "--kind attractor"), rate();
    /// How far it is tilted towards the viewer
    tilt: f64 = 20.0, placeholder("DEGREES"), within(-360.0, 360.0, "degrees"), by_default("flows 20, maps 90: from above"), only(Simulate::is_attractor, "--kind attractor");
    /// How large it is: 1 fits the frame
    zoom: f64 = 1.0, placeholder("X"), within(0.01, 100.0, "times"), only(Simulate::is_attractor, "--kind attractor");
    /// How far a curve keeps from itself
    spacing: f64 = 9.0, placeholder("CELLS"), within(2.0, 200.0, "cells"), only(Simulate::is_growth, "--kind growth"), still(BEGINNING);
    /// How much a curve grows in a step
    rate: f64 = 0.008, placeholder("X"), within(0.0, 0.5, "of its length"), only(Simulate::is_growth, "--kind growth");
    /// How far birds see
    sight: f64 = 30.0, placeholder("CELLS"), within(1.0, 200.0, "cells"), only(Simulate::is_boids, "--kind boids"), still("it is how the field is divided");
    /// How much birds keep apart
    apart: f64 = 1.0, placeholder("X"), within(0.0, 100.0, ""), only(Simulate::is_boids, "--kind boids");
    /// How much birds fly as their neighbours do
    align: f64 = 1.0, placeholder("X"), within(0.0, 100.0, ""), only(Simulate::is_boids, "--kind boids");
    /// How much birds fly towards each other
    together: f64 = 1.0, placeholder("X"), within(0.0, 100.0, ""), only(Simulate::is_boids, "--kind boids");
    /// What lies beyond the edges of the field
    edges: Edges = Edges::Torus, placeholder("KIND"), by_default("sandpile and particles dead, others torus"), only(Simulate::has_edges, "other kinds than attractor, dla and growth");
    /// Pixels across a cell
    cell: u32 = 4, placeholder("PIXELS"), within(1.0, 4096.0, "pixels"),
        by_default("sandpile, ising, forest-fire, reaction-diffusion, dla and growth 2, physarum, particles, attractor and boids 1, others 4"), still(BEGINNING);
    /// Steps from frame to frame
    steps: f64 = 1.0, placeholder("STEPS"), within(0.0, 10_000.0, "steps a frame"), by_default("sandpile 40, reaction-diffusion 16, dla 30, growth 4, others 1"),
        only(Simulate::is_stepped, "other kinds than attractor"), rate();
    /// Steps before the first frame
    warm_up: u32 = 0, placeholder("STEPS"), within(0.0, 1e9, "steps"), by_default("particles 80, forest-fire 150, others 0"), only(Simulate::is_stepped, "other kinds than attractor"), still(BEGINNING);
    /// Colours from the youngest cell to the oldest, from the first state to the last, or from little to much
    colormap: Option<Colormap> = None, by_default("cyclic sinebow");
    /// The same, of your own
    palette: Option<Palette> = None, by_default("one for each kind; elementary one colour");
    /// Steps until a cell has the last colour
    age: f64 = 60.0, placeholder("STEPS"), within(1.0, 127.0, "steps"), only(Simulate::has_trace, "--kind life, ising or forest-fire");
    /// Steps from the first colour to the last
    span: f64 = 6000.0, placeholder("STEPS"), within(1.0, 1e9, "steps"), only(Simulate::is_dla, "--kind dla");
    /// Steps until nothing is seen of a cell that has died
    fade: f64 = 24.0, placeholder("STEPS"), within(0.0, 127.0, "steps"), only(Simulate::has_trace, "--kind life, ising or forest-fire");
    /// Colour of a cell that has died just now
    trace: Color = Color([0x2a, 0x3d, 0x66]), by_default("forest-fire #ff7a1a, others #2a3d66"), only(Simulate::has_trace, "--kind life, ising or forest-fire");
    /// How bright it is
    exposure: f64 = 1.0, placeholder("X"), within(0.001, 1000.0, "times"), only(Simulate::is_exposed, "--kind physarum, particles or attractor");
    /// How high it stands out, lit from the side
    relief: f64 = 0.0, placeholder("X"), within(0.0, 100.0, ""), only(Simulate::is_high, "--kind reaction-diffusion, sandpile or physarum");
    /// Where that light comes from: 0 from the right, 90 from above
    light: f64 = 135.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees"), only(Simulate::is_high, "--kind reaction-diffusion, sandpile or physarum");
    /// Colour where nothing is, or none
    background: Ground = Ground::Color(Color([0x08, 0x09, 0x0d])), only(Simulate::has_background, "other kinds than cyclic and reaction-diffusion");
    /// The files it begins with, each with the hash of its content
    files: Files = Files::new(), later();
}

const BEGINNING: &str = "it is how it begins";
const DRIVEN: &str = "--kind life, cyclic, sandpile, ising, forest-fire, reaction-diffusion, physarum, particles or dla";

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
