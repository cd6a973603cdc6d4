//! A formula in x, y and a, as colour or as a surface, while a is swept over the video.

mod camera;
mod complex;
mod contour;
mod curve;
mod density;
mod field;
mod grid;
mod look;
mod orbit;
mod raster;
mod surface;

use serde::{Deserialize, Serialize};

pub use look::Look;

use self::field::{Field, Shades};
use super::{Colormap, Generator};
use crate::error::Invalid;
use crate::formula::{ComplexFormula, Formula, ParseError};
use crate::values::{Color, FrameRate, Size, Span, named};

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

/// The parameters of wave; the default is `sin(x*y + a)` over -4..4 as a shaded surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wave {
    /// A formula by name: fills in what is left open.
    #[serde(skip_serializing)]
    pub look: Option<Look>,
    /// The formula: in x, y and a; of a curve two or three in t and a; of the complex view one in
    /// z, c (the point), a and i. Unset, `sin(x*y + a)` or what the view has instead.
    pub expr: Option<String>,
    /// From the left edge to the right; unset, -4..4, or what suits the view.
    pub x: Option<Span>,
    /// From the lower edge (the near one of a surface) to the upper; unset, as x.
    pub y: Option<Span>,
    /// Swept over the video, both ends included; unset, 0 to 5 a second.
    pub a: Option<Span>,
    /// The values that the colormap and the height span; unset, found by sampling.
    pub z: Option<Span>,
    /// How it is shown; unset, as a surface.
    pub view: Option<View>,
    /// From value to colour; unset, viridis, or sinebow for the complex view.
    pub colormap: Option<Colormap>,
    /// Grid points along each side of a surface, 2 to 4096, or points of a curve, 2 to 100000;
    /// unset, 240 and 4000.
    pub samples: Option<u32>,
    /// Samples along each side of a pixel, 1 to 8; unset, 2 for a surface and 1 for the others.
    pub antialias: Option<u32>,
    /// Where the viewer stands around a surface, in degrees from the front, counter-clockwise.
    pub azimuth: f64,
    /// How high the viewer stands, in degrees above the plane, -89 to 89.
    pub elevation: f64,
    /// Turns of the viewer around a surface over the video.
    pub spin: f64,
    /// Mesh lines over a surface in each direction, 0 to 1000.
    pub mesh: u32,
    /// The edges of a surface's box.
    #[serde(rename = "box")]
    pub boxed: bool,
    /// Colour behind a surface or a curve.
    pub background: Color,
    /// Colour of NaN and of infinities.
    pub nan_color: Color,
    /// What t runs through along a curve; unset, 0..2*pi.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t: Option<Span>,
    /// Width of a curve or of contour lines in pixels, 0.1 to 1000; unset, 2 and 1.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Earlier frames' curves that are still seen, 0 to 500; unset, 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trail: Option<u32>,
    /// Bands of a contour, 2 to 1000; unset, 12.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub levels: Option<u32>,
    /// How often a complex formula is applied to its own result, 1 to 10000; unset, 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
}

impl Default for Wave {
    fn default() -> Self {
        Self {
            look: None,
            expr: None,
            x: None,
            y: None,
            a: None,
            z: None,
            view: None,
            colormap: None,
            samples: None,
            antialias: None,
            azimuth: -37.5,
            elevation: 32.0,
            spin: 0.0,
            mesh: 0,
            boxed: true,
            background: Color([0x12, 0x13, 0x18]),
            nan_color: Color([0x80, 0x80, 0x80]),
            t: None,
            width: None,
            trail: None,
            levels: None,
            iterations: None,
        }
    }
}

impl Wave {
    /// Checks every parameter, and settles those left open for a video of `frames` at `fps`.
    pub(crate) fn resolve(&mut self, fps: FrameRate, frames: u64) -> Result<(), Invalid> {
        if let Some(look) = self.look.take() {
            look.settle(self);
        }
        let view = *self.view.get_or_insert(View::Surface);
        let (expr, side, colormap, samples) = match view {
            View::Curve => ("sin(3*t + a); sin(4*t)", 1.2, "viridis", 4000),
            View::Complex => ("(z^3 - exp(i*a))/(z^2 + 1)", 2.0, "sinebow", 240),
            _ => ("sin(x*y + a)", 4.0, "viridis", 240),
        };
        let expr = self.expr.get_or_insert_with(|| expr.into()).clone();
        check(view, &expr).map_err(|e| Invalid::new("wave.expr", quoted(&expr), e.to_string()))?;
        let x = *self.x.get_or_insert(Span::new(-side, side));
        let y = *self.y.get_or_insert(Span::new(-side, side));
        for (key, span) in [("wave.x", x), ("wave.y", y)] {
            let width = (span.end - span.start).abs();
            if !(width > 0.0 && width.is_finite()) {
                return Err(Invalid::new(key, span, "the two ends must differ"));
            }
        }
        if self.colormap.is_none() {
            self.colormap = colormap.parse().ok();
        }
        let samples = *self.samples.get_or_insert(samples);
        let (most, of) = match view {
            View::Curve => (100_000, "a curve has"),
            _ => (4096, "a grid has"),
        };
        if !(2..=most).contains(&samples) {
            let reason = format!("{of} 2 to {most} samples");
            return Err(Invalid::new("wave.samples", samples, reason));
        }
        let antialias = *self.antialias.get_or_insert(match view {
            View::Surface => 2,
            _ => 1,
        });
        if !(1..=8).contains(&antialias) {
            return Err(Invalid::new("wave.antialias", antialias, "1 (none) to 8 samples a side"));
        }
        if !(-89.0..=89.0).contains(&self.elevation) {
            let reason = "an elevation is -89 to 89 degrees";
            return Err(Invalid::new("wave.elevation", self.elevation, reason));
        }
        for (key, angle) in [("wave.azimuth", self.azimuth), ("wave.spin", self.spin)] {
            if !(-36000.0..=36000.0).contains(&angle) {
                return Err(Invalid::new(key, angle, "-36000 to 36000"));
            }
        }
        if self.mesh > 1000 {
            return Err(Invalid::new("wave.mesh", self.mesh, "0 to 1000 lines"));
        }
        self.resolve_by_view(view)?;
        let a = *self.a.get_or_insert(Span::new(0.0, 5.0 * fps.seconds(frames)));
        if matches!(view, View::Curve | View::Complex) {
            return match self.z {
                None => Ok(()),
                Some(z) => {
                    Err(Invalid::new("wave.z", z, format!("a {view} has no range of values")))
                }
            };
        }
        let z = match self.z {
            Some(z) => z,
            None => self.sampled_range(x, y, a),
        };
        if !(z.end > z.start && (z.end - z.start).is_finite()) {
            return Err(Invalid::new("wave.z", z, "the range must rise"));
        }
        self.z = Some(z);
        Ok(())
    }

    /// Settles what only some views have, and refuses it for the others.
    fn resolve_by_view(&mut self, view: View) -> Result<(), Invalid> {
        let refuse = |key: &str, value: String, of: &str| {
            Err(Invalid::new(&format!("wave.{key}"), value, format!("it belongs to --view {of}")))
        };
        match (view, self.t) {
            (View::Curve, t) => {
                let t = t.unwrap_or(Span::new(0.0, std::f64::consts::TAU));
                self.t = Some(t);
                if !(t.end - t.start).is_finite() {
                    return Err(Invalid::new("wave.t", t, "the two ends must be numbers"));
                }
            }
            (_, Some(t)) => return refuse("t", t.to_string(), "curve"),
            _ => {}
        }
        let whole = |key: &str, value: &mut Option<u32>, of: View, default, range, unit: &str| {
            let range: std::ops::RangeInclusive<u32> = range;
            match (*value, of == view) {
                (Some(value), false) => refuse(key, value.to_string(), of.name()),
                (None, false) => Ok(()),
                (given, true) => {
                    let settled = *value.insert(given.unwrap_or(default));
                    let reason = format!("{} to {} {unit}", range.start(), range.end());
                    match range.contains(&settled) {
                        true => Ok(()),
                        false => Err(Invalid::new(&format!("wave.{key}"), settled, reason)),
                    }
                }
            }
        };
        whole("trail", &mut self.trail, View::Curve, 0, 0..=500, "frames")?;
        whole("levels", &mut self.levels, View::Contour, 12, 2..=1000, "bands")?;
        whole("iterations", &mut self.iterations, View::Complex, 1, 1..=10_000, "times")?;
        match (view, self.width) {
            (View::Curve | View::Contour, width) => {
                let width = width.unwrap_or(if view == View::Curve { 2.0 } else { 1.5 });
                self.width = Some(width);
                match (0.1..=1000.0).contains(&width) {
                    true => Ok(()),
                    false => {
                        Err(Invalid::new("wave.width", width, "a width is 0.1 to 1000 pixels"))
                    }
                }
            }
            (_, Some(width)) => refuse("width", width.to_string(), "curve or contour"),
            _ => Ok(()),
        }
    }

    /// The formula; that of a resolved wave is never empty.
    pub(crate) fn expr(&self) -> &str {
        self.expr.as_deref().unwrap_or_default()
    }

    /// The view.
    pub(crate) fn view(&self) -> View {
        self.view.unwrap_or(View::Surface)
    }

    fn x(&self) -> Span {
        self.x.unwrap_or(Span::new(-4.0, 4.0))
    }

    fn y(&self) -> Span {
        self.y.unwrap_or(Span::new(-4.0, 4.0))
    }

    fn colormap(&self) -> Colormap {
        self.colormap.unwrap_or_default()
    }

    fn parsed(&self) -> Result<Formula, ParseError> {
        Formula::parse(self.expr(), &["x", "y", "a"])
    }

    /// Where the values lie, from a coarse grid over x, y and a: all of them, unless a pole
    /// stretches them to twenty times what the middle 96 % span.
    fn sampled_range(&self, x: Span, y: Span, a: Span) -> Span {
        const GRID: u32 = 97;
        const SWEEP: u32 = 17;
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
fn check(view: View, expr: &str) -> Result<(), ParseError> {
    match view {
        View::Curve => curve::parse(expr).map(drop),
        View::Complex => ComplexFormula::parse(expr).map(drop),
        _ => Formula::parse(expr, &["x", "y", "a"]).map(drop),
    }
}

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

/// The generator of a resolved wave on frames of `size`, for a video of `frames`.
pub(crate) fn generator(wave: &Wave, size: Size, frames: u64) -> Box<dyn Generator> {
    let field = Field::new(wave, frames);
    match wave.view() {
        View::Surface => Box::new(surface::SurfaceGenerator::new(wave, field, size)),
        View::Density => Box::new(density::DensityGenerator::new(wave, field, size)),
        View::Contour => Box::new(contour::ContourGenerator::new(wave, field, size)),
        View::Curve => Box::new(curve::CurveGenerator::new(wave, field, size)),
        View::Complex => Box::new(complex::ComplexGenerator::new(wave, field, size)),
    }
}
