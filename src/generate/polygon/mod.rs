//! Polygons and their kin, by chance, blended over a background: new in each frame, or in motion.

mod motion;
mod scene;
mod shapes;

use self::scene::Scene;
pub use super::ink::Blend;
use super::ink::{Coverage, fill};
use super::{Clip, Content, Frame, Generator, Painter, Palette, Parameters, Stage};
use crate::cancel::Cancel;
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Color, Ground, Size, named};

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

parameters! {
    /// The parameters of polygon; the default is 251 quadrilateral outlines in white at 41 % opacity
    /// on black, new in each frame.
    Polygon, PolygonDraft as "polygon";

    /// Shapes in a frame; the points of a triangulation
    count: u32 = 251, within(1.0, 100_000.0, "shapes"), still(COUNTED);
    /// Corners of each shape, or tips of a star
    points: u32 = 4, within(3.0, 1000.0, "points"), still(COUNTED);
    /// Colour of outline or filling, #rrggbb or a CSS name
    color: Color = Color::WHITE, by_default("white");
    /// How much of the colour covers what lies below
    opacity: f64 = 0.41, placeholder("0..1"), within(0.0, 1.0, "(opaque)");
    /// Colour of the empty frame, or none
    background: Ground = Ground::BLACK, by_default("black");
    /// Fill instead of outline
    fill: bool = false;
    /// Width of the outline
    width: f64 = 1.0, placeholder("PIXELS"), within(0.1, 1000.0, "pixels"), excludes("fill");
    /// Smooth edges
    antialias: bool = true, off("Hard edges");
    /// What the random points become
    shape: Shape = Shape::Polygon, placeholder("SHAPE"), later();
    /// How the shapes move; with none every frame is new
    motion: Motion = Motion::None, placeholder("MOTION"), later();
    /// Heights of the frame, turns or shapes a second
    speed: f64 = 0.2, placeholder("S"), within(0.0, 100.0, ""),
        only(Polygon::is_moving, "a --motion"), rate();
    /// How often everything is drawn around the middle
    symmetry: u32 = 1, within(1.0, 64.0, "times"), later();
    /// Where the colours come from
    color_mode: ColorMode = ColorMode::Solid, placeholder("MODE"), later();
    /// Colours of the palette or gradient
    palette: Option<Palette> = None,
        only(Polygon::has_palette, "--color-mode palette or gradient");
    /// How colours meet
    blend: Blend = Blend::Normal, placeholder("MODE"), later();
}

/// Why a count does not move.
const COUNTED: &str = "with another number of them, all would be others";

impl Polygon {
    /// True for shapes that share their sides and fill the frame.
    fn is_mesh(&self) -> bool {
        matches!(self.shape, Shape::Delaunay | Shape::Voronoi)
    }

    fn is_moving(&self) -> bool {
        self.motion != Motion::None
    }

    fn has_palette(&self) -> bool {
        matches!(self.color_mode, ColorMode::Palette | ColorMode::Gradient)
    }
}

impl Parameters for Polygon {
    fn about() -> &'static str {
        "Random polygons, stars, circles, curves or meshes, still or in motion"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render polygon --frames 90
  genmedia render polygon --count 12 --points 3 --fill --color gold --opacity 0.3
  genmedia render polygon --width 5 --background navy --no-antialias
  genmedia render polygon --motion trail --points 3 --count 60 --symmetry 6 --palette 'gold,tomato'
  genmedia render polygon --shape voronoi --motion drift --count 80 --fill --color-mode random"
    }

    fn resolve(mut draft: PolygonDraft, clip: Clip) -> Result<Self, Invalid> {
        // Colours that are given are meant to be used.
        if draft.palette.is_some() {
            draft.color_mode.get_or_insert(ColorMode::Palette);
        }
        let polygon = draft.over(Self::default(), clip)?;
        if polygon.is_mesh() && matches!(polygon.motion, Motion::Trail | Motion::Spin) {
            let reason = format!("{} is moved by drift, morph and bounce", polygon.shape);
            return Err(Invalid::new("polygon.motion", polygon.motion, reason));
        }
        if polygon.has_palette() && polygon.palette.is_none() {
            let reason = "colours are needed: --palette navy,teal,gold";
            return Err(Invalid::new("polygon.color-mode", polygon.color_mode, reason));
        }
        Ok(polygon)
    }

    fn size(&self) -> Size {
        Size::new(1920, 1080)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        Box::new(PolygonGenerator::new(self, stage.clip))
    }

    fn is_transparent(&self) -> bool {
        self.background == Ground::None
    }

    fn content(&self) -> Content {
        Content::Busy
    }

    fn memory(&self, size: Size) -> u64 {
        size.pixels() as u64
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
            frame.begin(self.look.background);
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
