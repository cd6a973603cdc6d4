//! Polygons and their kin, by chance, blended over a background: new in each frame, or in motion.

mod motion;
mod scene;
mod shapes;

use serde::{Deserialize, Serialize};

use self::scene::Scene;
pub use super::ink::Blend;
use super::ink::{Coverage, fill};
use super::{Clip, Frame, Generator, Painter, Palette};
use crate::cancel::Cancel;
use crate::error::Invalid;
use crate::values::{Color, Size, named};

named! {
    /// What the random points become.
    Shape as "shape" {
        /// The polygon through them.
        Polygon = "polygon",
        /// A star with that many tips.
        Star = "star",
        /// A circle.
        Circle = "circle",
        /// A closed curve that they pull.
        Bezier = "bezier",
        /// The triangles of their Delaunay triangulation, which fill the frame.
        Delaunay = "delaunay",
        /// Their Voronoi cells, which fill the frame.
        Voronoi = "voronoi",
    }
}

named! {
    /// How the shapes go from frame to frame.
    Motion as "motion" {
        /// Every frame is new.
        None = "none",
        /// Each drifts its way, and comes back at the other side.
        Drift = "drift",
        /// Each turns around its middle.
        Spin = "spin",
        /// Each turns into another, and another.
        Morph = "morph",
        /// Each corner goes its way, and bounces off the borders.
        Bounce = "bounce",
        /// One that bounces, and its past.
        Trail = "trail",
    }
}

named! {
    /// Where the colours of shapes come from.
    ColorMode as "colour mode" {
        /// All have one.
        Solid = "solid",
        /// Any colour.
        Random = "random",
        /// One of the palette's.
        Palette = "palette",
        /// The palette from the first shape to the last.
        Gradient = "gradient",
    }
}

/// The parameters of polygon; the default is 251 quadrilateral outlines in white at 41 % opacity
/// on black, new in each frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Polygon {
    /// Shapes in a frame, 1 to 100000; the points of a triangulation.
    pub count: u32,
    /// Corners of each, or tips of a star, 3 to 1000.
    pub points: u32,
    /// Colour of outline or filling.
    pub color: Color,
    /// How much of the colour covers what lies below, 0 to 1.
    pub opacity: f64,
    /// Colour of the empty frame.
    pub background: Color,
    /// Fill (even-odd) instead of outline.
    pub fill: bool,
    /// Width of the outline in pixels, 0.1 to 1000.
    pub width: f64,
    /// Smooth edges.
    pub antialias: bool,
    /// What the points become.
    #[serde(skip_serializing_if = "is_default")]
    pub shape: Shape,
    /// How they move.
    #[serde(skip_serializing_if = "is_default")]
    pub motion: Motion,
    /// How fast: heights of the frame, turns, or shapes a second, 0 to 100; unset, 0.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// How often everything is drawn around the middle, 1 to 64.
    #[serde(skip_serializing_if = "is_default")]
    pub symmetry: Symmetry,
    /// Where colours come from.
    #[serde(skip_serializing_if = "is_default")]
    pub color_mode: ColorMode,
    /// The colours to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub palette: Option<Palette>,
    /// How colours meet.
    #[serde(skip_serializing_if = "is_default")]
    pub blend: Blend,
}

/// A number of turns that make a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Symmetry(pub u32);

impl Default for Symmetry {
    fn default() -> Self {
        Self(1)
    }
}

macro_rules! first_is_default {
    ($($name:ident),+) => { $(impl Default for $name {
        fn default() -> Self {
            Self::ALL[0]
        }
    })+ };
}
first_is_default!(Shape, Motion, ColorMode, Blend);

/// Left out of the canonical form, so that recipes made before a parameter was there stay the same.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for Polygon {
    fn default() -> Self {
        Self {
            count: 251,
            points: 4,
            color: Color::WHITE,
            opacity: 0.41,
            background: Color::BLACK,
            fill: false,
            width: 1.0,
            antialias: true,
            shape: Shape::default(),
            motion: Motion::default(),
            speed: None,
            symmetry: Symmetry::default(),
            color_mode: ColorMode::default(),
            palette: None,
            blend: Blend::default(),
        }
    }
}

impl Polygon {
    /// True for shapes that share their sides and fill the frame.
    fn is_mesh(&self) -> bool {
        matches!(self.shape, Shape::Delaunay | Shape::Voronoi)
    }

    /// Checks every parameter against its range, and settles those left open.
    pub(crate) fn resolve(&mut self) -> Result<(), Invalid> {
        if !(1..=100_000).contains(&self.count) {
            return Err(Invalid::new("polygon.count", self.count, "1 to 100000 polygons"));
        }
        if !(3..=1000).contains(&self.points) {
            let reason = "a polygon has 3 to 1000 points";
            return Err(Invalid::new("polygon.points", self.points, reason));
        }
        if !(0.0..=1.0).contains(&self.opacity) {
            let reason = "opacity is 0 (invisible) to 1 (opaque)";
            return Err(Invalid::new("polygon.opacity", self.opacity, reason));
        }
        if !(0.1..=1000.0).contains(&self.width) {
            return Err(Invalid::new("polygon.width", self.width, "a width is 0.1 to 1000 pixels"));
        }
        if !(1..=64).contains(&self.symmetry.0) {
            return Err(Invalid::new("polygon.symmetry", self.symmetry.0, "1 (none) to 64 times"));
        }
        match (self.motion, self.speed) {
            (Motion::None, Some(speed)) => {
                let reason = "nothing moves; choose a --motion";
                return Err(Invalid::new("polygon.speed", speed, reason));
            }
            (Motion::None, None) => {}
            (_, speed) => {
                let speed = speed.unwrap_or(0.2);
                if !(0.0..=100.0).contains(&speed) {
                    return Err(Invalid::new("polygon.speed", speed, "0 to 100"));
                }
                self.speed = Some(speed);
            }
        }
        if self.is_mesh() && matches!(self.motion, Motion::Trail | Motion::Spin) {
            let reason = format!("{} is moved by drift, morph and bounce", self.shape);
            return Err(Invalid::new("polygon.motion", self.motion, reason));
        }
        let wants = matches!(self.color_mode, ColorMode::Palette | ColorMode::Gradient);
        match &self.palette {
            None if wants => {
                let reason = "colours are needed: --palette navy,teal,gold";
                Err(Invalid::new("polygon.color-mode", self.color_mode, reason))
            }
            Some(palette) if !wants => {
                let reason = "it is used by --color-mode palette and gradient";
                Err(Invalid::new("polygon.palette", palette, reason))
            }
            _ => Ok(()),
        }
    }
}

/// Draws [`Polygon`]s: the seed and the frame's index give the corners.
#[derive(Debug, Clone)]
pub struct PolygonGenerator {
    look: Polygon,
    size: Size,
    scene: Scene,
    cancel: Cancel,
}

impl PolygonGenerator {
    /// Polygons of that look, for the frames of `recipe`.
    pub fn new(look: &Polygon, clip: Clip) -> Self {
        let scene = Scene::new(look, clip);
        Self { look: look.clone(), size: clip.size, scene, cancel: Cancel::new() }
    }
}

impl Generator for PolygonGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut coverage = Coverage::new(self.size, self.look.antialias, self.look.blend);
        let mut figures = Vec::new();
        let is_mesh = self.look.is_mesh();
        Box::new(move |index: u64, frame: &mut Frame| {
            self.scene.figures(index, &mut figures);
            frame.fill(self.look.background);
            for rows in Coverage::bands(self.size) {
                coverage.set_rows(rows);
                for figure in &figures {
                    self.cancel.check()?;
                    coverage.set_color(figure.color, figure.opacity);
                    if self.look.fill {
                        fill(&mut coverage, &figure.corners);
                        if is_mesh {
                            // Two smooth edges side by side would let the background through.
                            coverage.stroke(&figure.corners, 1.5, true);
                        }
                    } else {
                        coverage.stroke(&figure.corners, self.look.width, true);
                    }
                    coverage.blend(frame);
                }
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}
