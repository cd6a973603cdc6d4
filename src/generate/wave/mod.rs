//! A formula in x, y and a, as colour or as a surface, while a is swept over the video.

mod camera;
mod complex;
mod contour;
mod curve;
mod density;
mod field;
mod look;
mod mesh;
mod orbit;
mod raster;
mod seam;
mod surface;

use std::f64::consts::TAU;

pub use look::Look;

use self::field::{Field, Shades};
use super::{Clip, Colormap, Content, Generator, Palette, Parameters, Stage};
use crate::error::Invalid;
use crate::formula::{ComplexFormula, Formula, ParseError};
use crate::parameters::parameters;
use crate::values::{Color, Ground, Size, Span, named};

named! {
    /// How a wave is shown.
    View as "view" {
        /// A shaded surface in perspective, its height the value.
        Surface = "surface",
        /// The plane from above, its colour the value.
        Density = "density",
        /// The plane from above, in bands of equal value with lines between them.
        Contour = "contour",
        /// A curve `x(t, a); y(t, a)`, in space with `z(t, a)`.
        Curve = "curve",
        /// A formula in z = x + i y: its argument as colour, its modulus as contour.
        Complex = "complex",
    }
}

parameters! {
    /// The parameters of wave; the default is `sin(x*y + a)` over -4..4 as a shaded surface.
    Wave, WaveDraft as "wave";

    shorthand {
        /// A formula by name; other options change parts of it
        look: Look;
    }
    /// The formula, in x, y and a; a curve's two or three are in t and a, separated by semicolons; a
    /// complex one in z, c, a and i
    expr: String = SURFACE.into(), placeholder("FORMULA"), by_default(SURFACE);
    /// x from the left edge to the right
    x: Span = Span::new(-4.0, 4.0), by_default("-4..4, or what suits the view");
    /// y from the lower edge (the near one of a surface) to the upper
    y: Span = Span::new(-4.0, 4.0), by_default("-4..4, or what suits the view");
    /// a over the film, both ends included
    a: Span = Span::new(0.0, 50.0), by_default("from 0, rising by 5 a second");
    /// Values that colormap and height span
    z: Span = Span::new(-1.0, 1.0), by_default("found by sampling"),
        only(Wave::has_range, "--view surface, density or contour");
    /// How the formula is shown
    view: View = View::Surface, placeholder("VIEW");
    /// From value to colour
    colormap: Colormap = Colormap::VIRIDIS, by_default("viridis; complex sinebow"),
        only(Wave::has_colormap, "no palette");
    /// From value to colour, by colours of your own; of a curve from its oldest trail to the present
    palette: Option<Palette> = None, later();
    /// Grid points along each side of a surface, or points of a curve (up to 100000)
    samples: u32 = 240, within(2.0, 4096.0, "samples"), most(Wave::most_samples),
        by_default("240; curve 4000"), still(DRAWN);
    /// Samples along each side of a pixel
    antialias: u32 = 2, within(1.0, 8.0, "samples a side"), by_default("surface 2, else 1"), still(DRAWN);
    /// Where the viewer stands around a surface, from the front, counter-clockwise
    azimuth: f64 = -37.5, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees");
    /// How high the viewer stands above the plane
    elevation: f64 = 32.0, placeholder("DEGREES"), within(-89.0, 89.0, "degrees");
    /// Turns of the viewer around a surface over the film
    spin: f64 = 0.0, placeholder("TURNS"), within(-36_000.0, 36_000.0, "turns"), rate();
    /// Mesh lines over a surface in each direction
    mesh: u32 = 0, within(0.0, 1000.0, "lines");
    /// The edges of a surface's box
    boxed as "box": bool = true, off("Leave out the edges of the box");
    /// Colour behind a surface or a curve, or none
    background: Ground = Ground::Color(Color([0x12, 0x13, 0x18]));
    /// Colour of NaN and of infinities
    nan_color: Color = Color([0x80, 0x80, 0x80]);
    /// What t runs through along a curve
    t: Span = Span::new(0.0, TAU), by_default("0..2*pi"), only(Wave::is_curve, "--view curve");
    /// Width of a curve or of contour lines
    width: f64 = 2.0, placeholder("PIXELS"), within(0.1, 1000.0, "pixels"),
        by_default("curve 2, contour 1.5"), only(Wave::has_lines, "--view curve or contour");
    /// Earlier frames' curves that are still seen
    trail: u32 = 0, placeholder("FRAMES"), within(0.0, 500.0, "frames"),
        only(Wave::is_curve, "--view curve"), still("it is how far back is looked");
    /// Bands of a contour
    levels: u32 = 12, within(2.0, 1000.0, "bands"), only(Wave::is_contour, "--view contour");
    /// How often a complex formula is applied to its own result
    iterations: u32 = 1, within(1.0, 10_000.0, "times"), only(Wave::is_complex, "--view complex");
}

/// Why a number of samples does not move.
const DRAWN: &str = "it is how well is drawn, not what";

const SURFACE: &str = "sin(x*y + a)";

impl Wave {
    fn is_curve(&self) -> bool {
        self.view == View::Curve
    }

    fn is_contour(&self) -> bool {
        self.view == View::Contour
    }

    fn is_complex(&self) -> bool {
        self.view == View::Complex
    }

    /// True for views that have lines of a width.
    fn has_lines(&self) -> bool {
        self.is_curve() || self.is_contour()
    }

    /// True for views that show values of a range.
    fn has_range(&self) -> bool {
        !self.is_curve() && !self.is_complex()
    }

    fn has_colormap(&self) -> bool {
        self.palette.is_none()
    }

    /// The colours from the lowest value to the highest.
    fn table(&self) -> Vec<[u8; 3]> {
        self.palette.as_ref().map_or_else(|| self.colormap.table(), Palette::table)
    }

    fn most_samples(&self) -> f64 {
        if self.is_curve() { 100_000.0 } else { 4096.0 }
    }

    /// What holds in a view where nothing is said.
    fn of_view(view: View) -> Self {
        let wave = Self { view, ..Self::default() };
        let plane = |side: f64| Span::new(-side, side);
        match view {
            View::Surface => wave,
            View::Density => Self { antialias: 1, ..wave },
            View::Contour => Self { antialias: 1, width: 1.5, ..wave },
            View::Curve => Self {
                expr: "sin(3*t + a); sin(4*t)".into(),
                x: plane(1.2),
                y: plane(1.2),
                samples: 4000,
                antialias: 1,
                ..wave
            },
            View::Complex => Self {
                expr: "(z^3 - exp(i*a))/(z^2 + 1)".into(),
                x: plane(2.0),
                y: plane(2.0),
                colormap: Colormap::SINEBOW,
                antialias: 1,
                ..wave
            },
        }
    }

    /// Checks what the description of one parameter cannot say.
    fn check(&self) -> Result<(), Invalid> {
        let Self { expr, x, y, z, t, .. } = self;
        let refuse = |key: &str, value: String, reason: String| {
            Err(Invalid::new(&format!("wave.{key}"), value, reason))
        };
        if let Err(e) = parse(self.view, expr) {
            return refuse("expr", format!("'{expr}'"), e.to_string());
        }
        for (key, span) in [("x", x), ("y", y)] {
            let width = (span.end - span.start).abs();
            if !(width > 0.0 && width.is_finite()) {
                return refuse(key, span.to_string(), "the two ends must differ".into());
            }
        }
        if !(t.end - t.start).is_finite() {
            return refuse("t", t.to_string(), "the two ends must be numbers".into());
        }
        if self.has_range() && !(z.end > z.start && (z.end - z.start).is_finite()) {
            return refuse("z", z.to_string(), "the range must rise".into());
        }
        Ok(())
    }

    fn parsed(&self) -> Result<Formula, ParseError> {
        Formula::parse(&self.expr, &["x", "y", "a"])
    }

    /// Where the values lie, from a coarse grid over x, y and a: all of them, unless a pole
    /// stretches them to twenty times what the middle 96 % span.
    fn sampled_range(&self) -> Span {
        const GRID: u32 = 97;
        const SWEEP: u32 = 17;
        let Self { x, y, a, .. } = *self;
        let Ok(formula) = self.parsed() else { return Span::new(-1.0, 1.0) };
        let mut program = formula.program();
        let at = |span: Span, i: u32, n: u32| span.at(f64::from(i) / f64::from(n - 1));
        let xs: Vec<f64> = (0..GRID).map(|i| at(x, i, GRID)).collect();
        let mut values = Vec::new();
        let mut row = vec![0.0; xs.len()];
        for k in 0..SWEEP {
            for j in 0..GRID {
                program.row(&[0.0, at(y, j, GRID), at(a, k, SWEEP)], &xs, &mut row);
                values.extend(row.iter().copied().filter(|v| v.is_finite()));
            }
        }
        values.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (values.first(), values.last()) else {
            return Span::new(-1.0, 1.0);
        };
        let (low, high) = (values[values.len() / 50], values[values.len() - 1 - values.len() / 50]);
        let (low, high) = match last - first > 20.0 * (high - low) && high > low {
            true => (low, high),
            false => (*first, *last),
        };
        // Three digits: enough for a picture, and a recipe that reads well.
        let (low, high) = (round_to(low, high - low, -1.0), round_to(high, high - low, 1.0));
        if high - low > 1e-9 * low.abs().max(high.abs()) && (high - low).is_finite() {
            Span::new(low, high)
        } else {
            Span::new(low - 1.0, low + 1.0)
        }
    }
}

/// `value` rounded outwards (`direction` -1 down, 1 up) to a thousandth of `range`'s magnitude.
fn round_to(value: f64, range: f64, direction: f64) -> f64 {
    if !(range > 1e-9 && range < 1e12) {
        return value;
    }
    let scale = libm::pow(10.0, 3.0 - libm::log10(range).floor());
    // A hair is forgiven, so that 0.99999999 is 1 and not 1.001.
    (value * scale * direction - 0.02).ceil() * direction / scale
}

/// Parses the formula or formulas that a view wants.
fn parse(view: View, expr: &str) -> Result<(), ParseError> {
    match view {
        View::Curve => curve::parse(expr).map(drop),
        View::Complex => ComplexFormula::parse(expr).map(drop),
        _ => Formula::parse(expr, &["x", "y", "a"]).map(drop),
    }
}

impl Parameters for Wave {
    fn about() -> &'static str {
        "A formula as a surface, as colour or contours, as a curve, or in the complex plane"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render wave --frames 90
  genmedia render wave --expr 'sin(x*y + a)' --x -200..200 --y -200..200 --view density
  genmedia render wave --expr 'exp(-(x^2+y^2)/4) * cos(3*x - a)' --spin 0.5 --mesh 20
  genmedia render wave --view curve --expr 'sin(3*t + a); sin(4*t)' --trail 30
  genmedia render wave --look julia --iterations 200

Formulas: + - * / ^, parentheses, numbers, pi, e, phi, tau, and sin cos tan asin acos atan atan2 \
sinh cosh tanh exp ln log10 log2 sqrt cbrt abs sign floor ceil round fract mod min max hypot pow \
step smoothstep clamp. Ranges take constant formulas: --x -pi..2*pi."
    }

    fn resolve(mut draft: WaveDraft, clip: Clip) -> Result<Self, Invalid> {
        if let (Some(map), Some(_)) = (&draft.colormap, &draft.palette) {
            let reason = "a colormap or a palette, not both";
            return Err(Invalid::new("wave.colormap", map, reason));
        }
        let look = draft.look.take();
        let view = draft.view.or(look.map(Look::view)).unwrap_or(View::Surface);
        let mut base = Self::of_view(view);
        if let Some(look) = look {
            look.apply(&mut base);
        }
        base.a = Span::new(0.0, 5.0 * clip.fps.seconds(clip.frames));
        let (is_open, a_is_written) = (clip.looped, draft.a.is_some());
        let is_sampled = draft.z.is_none();
        let mut wave = draft.over(base, clip)?;
        wave.check()?;
        if is_open && !seam::closes(&wave) {
            match seam::period(&wave) {
                Some(turns) if !a_is_written => wave.a = Span::new(0.0, turns * TAU),
                turns => {
                    let hint = match turns {
                        Some(turns) => {
                            format!(
                                "let a go through a whole period, such as 0..{}*pi",
                                2.0 * turns
                            )
                        }
                        None => "no whole turns of a do that here; let it stand in sin or cos only"
                            .into(),
                    };
                    let reason = format!(
                        "in a loop the formula must be at the end of a what it is at its beginning: {hint}"
                    );
                    return Err(Invalid::new("wave.a", wave.a, reason));
                }
            }
        }
        if wave.has_range() && is_sampled {
            wave.z = wave.sampled_range();
        }
        Ok(wave)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        let (field, size) = (Field::new(self, stage.clip), stage.clip.size);
        match self.view {
            View::Surface => Box::new(surface::SurfaceGenerator::new(self, field, size)),
            View::Density => Box::new(density::DensityGenerator::new(self, field, size)),
            View::Contour => Box::new(contour::ContourGenerator::new(self, field, size)),
            View::Curve => Box::new(curve::CurveGenerator::new(self, field, size)),
            View::Complex => Box::new(complex::ComplexGenerator::new(self, field, size)),
        }
    }

    fn is_transparent(&self) -> bool {
        let is_drawn_on = matches!(self.view, View::Curve | View::Surface);
        is_drawn_on && self.background == Ground::None
    }

    fn content(&self) -> Content {
        if self.view == View::Density { Content::Stripes } else { Content::Smooth }
    }

    /// A band of samples, and the grid of a surface.
    fn memory(&self, size: Size) -> u64 {
        let (side, samples) = (u64::from(self.antialias), u64::from(self.samples));
        let points = match self.view {
            View::Surface => samples * samples,
            View::Curve => samples * (1 + u64::from(self.trail)),
            _ => 0,
        };
        u64::from(size.width) * side * side * 32 * 8 + points * 40
    }
}
