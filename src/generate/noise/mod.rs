//! Noise: white and its kin, independent from frame to frame, and coherent noise that moves.

mod blue;
mod coherent;
mod lattice;
mod pixels;
mod worley;

use serde::{Deserialize, Serialize};

use super::{Clip, Colormap, Generator, Palette};
use crate::error::Invalid;
use crate::values::named;

pub(crate) use pixels::PixelGenerator;

named! {
    /// A kind of noise.
    Kind as "kind of noise" {
        /// Every channel of every pixel independent and uniform on 0..=255.
        White = "white",
        /// Every channel independent and normal: mean 127.5, standard deviation 42.5.
        Gaussian = "gaussian",
        /// Every pixel independent and uniform, its channels equal.
        Gray = "gray",
        /// Middle grey, with one pixel in twenty black and one white.
        SaltPepper = "salt-pepper",
        /// Grey without low frequencies: no clumps and no holes.
        Blue = "blue",
        /// Random values at the points of a lattice, smoothly joined.
        Value = "value",
        /// Perlin's gradient noise.
        Perlin = "perlin",
        /// Gradient noise on a lattice of simplices (OpenSimplex2).
        Simplex = "simplex",
        /// The distance to the nearest of random points.
        Worley = "worley",
        /// Perlin noise in octaves, each finer and fainter.
        Fbm = "fbm",
        /// The same of absolute values: billows.
        Turbulence = "turbulence",
        /// The same of absolute values, upside down: ridges.
        Ridged = "ridged",
        /// Octaves, seen through a lens of octaves.
        Warp = "warp",
    }
}

impl Kind {
    /// True for noise that is continuous in space and time.
    fn is_coherent(self) -> bool {
        use Kind::*;
        matches!(self, Value | Perlin | Simplex | Worley) || self.has_octaves()
    }

    fn has_octaves(self) -> bool {
        matches!(self, Kind::Fbm | Kind::Turbulence | Kind::Ridged | Kind::Warp)
    }

    /// True for noise with one value a pixel, which a colormap can colour.
    fn has_values(self) -> bool {
        self.is_coherent() || matches!(self, Kind::Gray | Kind::Blue)
    }

    fn is_white(&self) -> bool {
        *self == Kind::White
    }
}

/// The parameters of noise; the default is white.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Noise {
    /// The kind.
    #[serde(skip_serializing_if = "Kind::is_white")]
    pub kind: Kind,
    /// Pixels across a cell of the coarsest lattice, 1 to 10000; unset, 96. Coherent kinds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Octaves, 1 to 12; unset, 5. Fractal kinds only, as the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub octaves: Option<u32>,
    /// How faint each octave is beside the one before, 0 to 1; unset, 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain: Option<f64>,
    /// How fine each octave is beside the one before, 1 to 8; unset, 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lacunarity: Option<f64>,
    /// Cells that pass in a second, along the third axis, 0 to 100; unset, 0.5. Coherent kinds only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// The frame after the last is the first. Coherent kinds only.
    #[serde(rename = "loop", skip_serializing_if = "std::ops::Not::not")]
    pub looped: bool,
    /// From value to colour; unset, grey. Kinds with one value a pixel only, as the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colormap: Option<Colormap>,
    /// From value to colour, by colours of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub palette: Option<Palette>,
}

impl Default for Noise {
    fn default() -> Self {
        Self {
            kind: Kind::White,
            scale: None,
            octaves: None,
            gain: None,
            lacunarity: None,
            speed: None,
            looped: false,
            colormap: None,
            palette: None,
        }
    }
}

impl Noise {
    /// True for noise that is continuous in space and time.
    pub fn is_coherent(&self) -> bool {
        self.kind.is_coherent()
    }

    /// Checks every parameter, and settles those left open.
    pub(crate) fn resolve(&mut self) -> Result<(), Invalid> {
        let kind = self.kind;
        let refuse = |key: &str, value: String, what: &str| {
            let reason = format!("{kind} noise {what}");
            Err(Invalid::new(&format!("noise.{key}"), value, reason))
        };
        if kind.is_coherent() {
            settle("scale", &mut self.scale, 96.0, 1.0..=10_000.0, "pixels")?;
            settle("speed", &mut self.speed, 0.5, 0.0..=100.0, "cells a second")?;
        } else {
            const STILL: &str = "is new in each frame and has no scale, no speed and no loop";
            match (self.scale, self.speed, self.looped) {
                (Some(scale), ..) => return refuse("scale", scale.to_string(), STILL),
                (_, Some(speed), _) => return refuse("speed", speed.to_string(), STILL),
                (.., true) => return refuse("loop", String::new(), STILL),
                _ => {}
            }
        }
        if kind.has_octaves() {
            let octaves = *self.octaves.get_or_insert(5);
            if !(1..=12).contains(&octaves) {
                return Err(Invalid::new("noise.octaves", octaves, "1 to 12 octaves"));
            }
            settle("gain", &mut self.gain, 0.5, 0.0..=1.0, "")?;
            settle("lacunarity", &mut self.lacunarity, 2.0, 1.0..=8.0, "")?;
        } else {
            const ONE: &str = "has no octaves; fbm, turbulence, ridged and warp do";
            match (self.octaves, self.gain, self.lacunarity) {
                (Some(octaves), ..) => return refuse("octaves", octaves.to_string(), ONE),
                (_, Some(gain), _) => return refuse("gain", gain.to_string(), ONE),
                (.., Some(l)) => return refuse("lacunarity", l.to_string(), ONE),
                _ => {}
            }
        }
        const OWN: &str = "has its own colours; gray, blue and the kinds that move take others";
        match (&self.colormap, &self.palette) {
            (Some(map), Some(_)) => {
                let reason = "a colormap or a palette, not both";
                Err(Invalid::new("noise.colormap", map, reason))
            }
            (Some(map), None) if !kind.has_values() => refuse("colormap", map.to_string(), OWN),
            (None, Some(palette)) if !kind.has_values() => {
                refuse("palette", palette.to_string(), OWN)
            }
            _ => Ok(()),
        }
    }
}

fn settle(
    key: &str,
    value: &mut Option<f64>,
    default: f64,
    range: std::ops::RangeInclusive<f64>,
    unit: &str,
) -> Result<(), Invalid> {
    let value = *value.get_or_insert(default);
    if range.contains(&value) {
        return Ok(());
    }
    let reason = format!("{} to {} {unit}", range.start(), range.end());
    Err(Invalid::new(&format!("noise.{key}"), value, reason.trim_end()))
}

/// The generator of a resolved noise.
pub(crate) fn generator(noise: &Noise, clip: Clip) -> Box<dyn Generator> {
    match noise.kind.is_coherent() {
        true => Box::new(coherent::CoherentGenerator::new(noise, clip)),
        false => Box::new(PixelGenerator::new(noise, clip.seed)),
    }
}
