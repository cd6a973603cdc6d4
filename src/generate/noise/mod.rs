//! Noise: white and its kin, independent from frame to frame, and coherent noise that moves.

mod blue;
mod coherent;
mod lattice;
mod pixels;
#[cfg_attr(not(feature = "gpu"), expect(dead_code, reason = "nothing draws it"))]
mod texture;
mod worley;

use super::{Clip, Colormap, Content, Generator, Palette, Parameters, Stage};
use crate::error::Invalid;
use crate::parameters::{Described, parameters};
use crate::values::{Size, named};

pub(crate) use lattice::Lattice;
pub(crate) use pixels::PixelGenerator;
pub(crate) use texture::Texture;
#[cfg(feature = "gpu")]
pub(crate) use texture::texture;

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
}

parameters! {
    /// The parameters of noise; the default is white.
    Noise, NoiseDraft as "noise";

    /// The kind of noise
    kind: Kind = Kind::White, placeholder("KIND"), later();
    /// Pixels across a cell of the coarsest lattice
    scale: f64 = 96.0, placeholder("PIXELS"), within(1.0, 10_000.0, "pixels"),
        only(Noise::is_coherent, COHERENT);
    /// Octaves of fractal noise
    octaves: u32 = 5, within(1.0, 12.0, "octaves"), only(Noise::has_octaves, FRACTAL);
    /// How faint an octave is beside the one before
    gain: f64 = 0.5, placeholder("G"), within(0.0, 1.0, ""), only(Noise::has_octaves, FRACTAL);
    /// How fine an octave is beside the one before
    lacunarity: f64 = 2.0, placeholder("L"), within(1.0, 8.0, ""),
        only(Noise::has_octaves, FRACTAL);
    /// Cells that pass in a second
    speed: f64 = 0.5, placeholder("CELLS"), within(0.0, 100.0, "cells a second"),
        only(Noise::is_coherent, COHERENT), rate();
    /// Close the circle: the frame after the last is the first
    looped as "loop": bool = false, later(), only(Noise::is_coherent, COHERENT);
    /// From value to colour
    colormap: Option<Colormap> = None, by_default("black to white"), only(Noise::has_values, VALUES);
    /// From value to colour, by colours of your own
    palette: Option<Palette> = None, only(Noise::has_values, VALUES);
}

const COHERENT: &str = "a --kind from value to warp";
const FRACTAL: &str = "--kind fbm, turbulence, ridged or warp";
const VALUES: &str = "--kind gray, blue, or from value to warp";

impl Noise {
    /// True for noise that is continuous in space and time.
    fn is_coherent(&self) -> bool {
        self.kind.is_coherent()
    }

    fn has_octaves(&self) -> bool {
        self.kind.has_octaves()
    }

    fn has_values(&self) -> bool {
        self.kind.has_values()
    }
}

impl Parameters for Noise {
    fn about() -> &'static str {
        "Noise: white and its kin, or coherent noise that moves"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render noise --frames 1000
  genmedia render noise --kind fbm --scale 200 --colormap magma --loop
  genmedia render noise --kind worley --palette 'navy,teal,white' --speed 1
  genmedia render noise --size 1920x1080 --seed random -o noise.mp4
  genmedia render noise --codec ffv1 -o noise.mkv          without loss"
    }

    fn resolve(draft: NoiseDraft, clip: Clip) -> Result<Self, Invalid> {
        let looped = clip.looped || draft.looped == Some(true);
        let mut noise = draft.over(Self::default(), Clip { looped, ..clip })?;
        // Each frame of the other kinds is new.
        noise.looped = looped && noise.is_coherent();
        match (&noise.colormap, &noise.palette) {
            (Some(map), Some(_)) => {
                Err(Invalid::new("noise.colormap", map, "a colormap or a palette, not both"))
            }
            _ => Ok(noise),
        }
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        let clip = stage.clip;
        match self.is_coherent() {
            true => Box::new(coherent::CoherentGenerator::new(self, clip)),
            false => Box::new(PixelGenerator::new(self, clip.seed)),
        }
    }

    /// A scale that moves is a zoom into the middle.
    fn generator_at(&self, frame: u64, stage: &Stage) -> Box<dyn Generator> {
        let clip = stage.clip;
        let now = self.at(frame);
        match now.is_coherent() {
            true => Box::new(coherent::CoherentGenerator::new(&now, clip).zoomed_from(self.scale)),
            false => Box::new(PixelGenerator::new(&now, clip.seed)),
        }
    }

    fn content(&self) -> Content {
        if self.is_coherent() { Content::Smooth } else { Content::Random }
    }

    /// Random bytes, and two fields of blue noise.
    fn memory(&self, size: Size) -> u64 {
        size.pixels() as u64 * 9
    }
}
