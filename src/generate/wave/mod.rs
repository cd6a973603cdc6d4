//! A formula in x, y and a, as colour or as a surface, while a is swept over the video.

mod camera;
mod density;
mod grid;
mod raster;
mod surface;

use serde::{Deserialize, Serialize};

use super::{Colormap, Generator};
use crate::error::Invalid;
use crate::formula::{Formula, Program};
use crate::recipe::{Color, FrameRate, Size, Span, named};

named! {
    /// How a wave is shown.
    View as "view" {
        /// A shaded surface in perspective, its height the value.
        Surface = "surface",
        /// The plane from above, its colour the value.
        Density = "density",
    }
}

/// The parameters of wave; the default is `sin(x*y + a)` over -4..4 as a shaded surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wave {
    /// The formula, in x, y and a.
    pub expr: String,
    /// From the left edge to the right.
    pub x: Span,
    /// From the lower edge (the near one of a surface) to the upper.
    pub y: Span,
    /// Swept over the video, both ends included; unset, 0 to 5 a second.
    pub a: Option<Span>,
    /// The values that the colormap and the height span; unset, found by sampling.
    pub z: Option<Span>,
    /// How it is shown.
    pub view: View,
    /// From value to colour.
    pub colormap: Colormap,
    /// Grid points along each side of a surface, 2 to 4096.
    pub samples: u32,
    /// Samples along each side of a pixel, 1 to 8; unset, 2 for a surface and 1 for a density.
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
    /// Colour behind a surface.
    pub background: Color,
    /// Colour of NaN and of infinities.
    pub nan_color: Color,
}

impl Default for Wave {
    fn default() -> Self {
        Self {
            expr: "sin(x*y + a)".into(),
            x: Span::new(-4.0, 4.0),
            y: Span::new(-4.0, 4.0),
            a: None,
            z: None,
            view: View::Surface,
            colormap: Colormap::default(),
            samples: 240,
            antialias: None,
            azimuth: -37.5,
            elevation: 32.0,
            spin: 0.0,
            mesh: 0,
            boxed: true,
            background: Color([0x12, 0x13, 0x18]),
            nan_color: Color([0x80, 0x80, 0x80]),
        }
    }
}

impl Wave {
    /// Checks every parameter, and settles those left open for a video of `frames` at `fps`.
    pub(crate) fn resolve(&mut self, fps: FrameRate, frames: u64) -> Result<(), Invalid> {
        self.parsed().map_err(|e| Invalid::new("wave.expr", quoted(&self.expr), e.to_string()))?;
        for (key, span) in [("wave.x", self.x), ("wave.y", self.y)] {
            let width = (span.end - span.start).abs();
            if !(width > 0.0 && width.is_finite()) {
                return Err(Invalid::new(key, span, "the two ends must differ"));
            }
        }
        if !(2..=4096).contains(&self.samples) {
            return Err(Invalid::new("wave.samples", self.samples, "a grid has 2 to 4096 samples"));
        }
        let antialias = *self.antialias.get_or_insert(match self.view {
            View::Surface => 2,
            View::Density => 1,
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
        let a = *self.a.get_or_insert(Span::new(0.0, 5.0 * fps.seconds(frames)));
        let z = match self.z {
            Some(z) => z,
            None => self.sampled_range(a),
        };
        if !(z.end > z.start && (z.end - z.start).is_finite()) {
            return Err(Invalid::new("wave.z", z, "the range must rise"));
        }
        self.z = Some(z);
        Ok(())
    }

    fn parsed(&self) -> Result<Formula, crate::formula::ParseError> {
        Formula::parse(&self.expr, &["x", "y", "a"])
    }

    /// Where the values lie, from a coarse grid over x, y and a: all of them, unless a pole
    /// stretches them to twenty times what the middle 96 % span.
    fn sampled_range(&self, a: Span) -> Span {
        const GRID: u32 = 97;
        const SWEEP: u32 = 17;
        let Ok(formula) = self.parsed() else { return Span::new(-1.0, 1.0) };
        let mut program = formula.program();
        let at = |span: Span, i: u32, n: u32| span.at(f64::from(i) / f64::from(n - 1));
        let xs: Vec<f64> = (0..GRID).map(|i| at(self.x, i, GRID)).collect();
        let mut values = Vec::new();
        let mut row = vec![0.0; xs.len()];
        for k in 0..SWEEP {
            for j in 0..GRID {
                program.row(&[0.0, at(self.y, j, GRID), at(a, k, SWEEP)], &xs, &mut row);
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

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

/// The generator of a resolved wave on frames of `size`, for a video of `frames`.
pub(crate) fn generator(wave: &Wave, size: Size, frames: u64) -> Box<dyn Generator> {
    let field = Field::new(wave, frames);
    match wave.view {
        View::Surface => Box::new(surface::SurfaceGenerator::new(wave, field, size)),
        View::Density => Box::new(density::DensityGenerator::new(wave, field, size)),
    }
}

/// The formula over the plane, frame by frame.
#[derive(Debug, Clone)]
struct Field {
    program: Program,
    a: Span,
    frames: u64,
}

impl Field {
    fn new(wave: &Wave, frames: u64) -> Self {
        // A recipe is validated when it is made; a formula that fails here draws as NaN.
        let program = match wave.parsed() {
            Ok(formula) => formula.program(),
            Err(_) => Formula::nan().program(),
        };
        Self { program, a: wave.a.unwrap_or(Span::new(0.0, 0.0)), frames }
    }

    /// How far frame `index` is through the video: 0 for the first, 1 for the last.
    fn progress(&self, index: u64) -> f64 {
        index as f64 / self.frames.saturating_sub(1).max(1) as f64
    }

    /// The values along a row of frame `index`.
    fn row(&mut self, index: u64, y: f64, xs: &[f64], out: &mut [f64]) {
        let a = self.a.at(self.progress(index));
        self.program.row(&[0.0, y, a], xs, out);
    }
}

/// From a value to a colour of the table, or to `nan_color`.
#[derive(Debug, Clone)]
struct Shades {
    /// The colormap's entries, then that of NaN.
    table: Vec<[u8; 3]>,
    low: f64,
    scale: f64,
}

impl Shades {
    fn new(wave: &Wave) -> Self {
        let mut table = wave.colormap.table();
        let last = (table.len() - 1) as f64;
        table.push(wave.nan_color.0);
        let z = wave.z.unwrap_or(Span::new(-1.0, 1.0));
        Self { table, low: z.start, scale: last / (z.end - z.start) }
    }

    /// The index of NaN's colour.
    fn nan(&self) -> u32 {
        self.table.len() as u32 - 1
    }

    /// The index of `value`'s colour; values beyond the range have those of its ends.
    #[inline(always)]
    fn index(&self, value: f64) -> u32 {
        // The sum's low bits are the rounded integer: a conversion that vectorises everywhere.
        const ROUNDER: f64 = 4_503_599_627_370_496.0;
        let t = (value - self.low) * self.scale;
        let t = if t < 0.0 { 0.0 } else { t };
        let last = f64::from(self.nan() - 1);
        let t = if t > last { last } else { t };
        let t = if value.abs() <= f64::MAX { t } else { f64::from(self.nan()) };
        (t + ROUNDER).to_bits() as u32
    }
}
