//! Noise that is continuous in space and time: 3D noise whose third axis is the frame.

use fastnoise_lite::{FastNoiseLite, NoiseType};

use super::lattice::{Cell, Lattice, hash};
use super::{Kind, Noise};
use crate::cancel::Cancel;
use crate::generate::palette::shades;
use crate::generate::{Clip, Frame, Generator, Painter};
use crate::values::{FrameRate, Size};

/// Draws coherent noise.
pub(super) struct CoherentGenerator {
    kind: Kind,
    seed: u64,
    /// Cells in a pixel, of the coarsest octave.
    frequency: f64,
    /// How far it is moved across and down, in cells.
    shift: [f64; 2],
    size: Size,
    octaves: Vec<Octave>,
    speed: f64,
    looped: bool,
    fps: FrameRate,
    frames: u64,
    table: Vec<[u8; 3]>,
    cancel: Cancel,
}

#[derive(Clone, Copy)]
struct Octave {
    lattice: Lattice,
    /// How fine it is beside the first.
    fineness: f64,
    amplitude: f32,
}

impl CoherentGenerator {
    pub(super) fn new(noise: &Noise, clip: Clip) -> Self {
        let Noise { scale, gain, lacunarity, speed, .. } = *noise;
        let cells = speed * clip.fps.seconds(clip.frames);
        let count = if noise.has_octaves() { noise.octaves } else { 1 };
        let least = if noise.kind == Kind::Value { 2.0 } else { 1.0 };
        let mut octaves = Vec::new();
        let (mut fineness, mut amplitude, mut sum) = (1.0, 1.0, 0.0);
        for octave in 0..count {
            let lattice = Lattice {
                salt: hash(clip.seed, u64::from(octave), noise.kind as u64, 0),
                frequency: fineness / scale,
                // A loop closes where a whole number of cells has passed, in every octave.
                // Between a value and itself nothing moves.
                period: noise.looped.then(|| (cells * fineness).round().max(least) as u64),
                gradients: noise.kind != Kind::Value,
                shift: [0.0; 2],
            };
            octaves.push(Octave { lattice, fineness, amplitude: amplitude as f32 });
            sum += amplitude;
            fineness *= lacunarity;
            amplitude *= gain;
        }
        for octave in &mut octaves {
            octave.amplitude /= sum as f32;
        }
        Self {
            kind: noise.kind,
            seed: clip.seed,
            frequency: 1.0 / scale,
            shift: [0.0; 2],
            size: clip.size,
            octaves,
            speed,
            looped: noise.looped,
            fps: clip.fps,
            frames: clip.frames,
            cancel: Cancel::new(),
            table: shades(noise.colormap, noise.palette.as_ref()),
        }
    }

    /// The same, moved so that in the middle of the frame stands what stood there with cells of so many pixels.
    pub(super) fn zoomed_from(mut self, scale: f64) -> Self {
        let Size { width, height } = self.size;
        let way = |side: u32| f64::from(side) / 2.0 * (1.0 / scale - self.frequency);
        self.shift = [way(width), way(height)];
        for octave in &mut self.octaves {
            octave.lattice.shift = self.shift.map(|shift| shift * octave.fineness);
        }
        self
    }

    /// Where frame `index` lies on an octave's third axis, in cells.
    fn depth(&self, index: u64, octave: &Octave) -> f64 {
        if self.speed == 0.0 {
            return 0.5;
        }
        match octave.lattice.period {
            Some(period) => index as f64 / self.frames as f64 * period as f64,
            None => self.fps.seconds(index) * self.speed * octave.fineness,
        }
    }

    /// The sum of all octaves along row `y`, each in `shape`, about -1 to 1.
    fn sum_row(&self, index: u64, y: f64, shape: impl Fn(f32) -> f32 + Copy, out: &mut [f32]) {
        out.fill(0.0);
        for octave in &self.octaves {
            let z = self.depth(index, octave);
            octave.lattice.add_row(y, z, octave.amplitude, shape, out);
        }
    }

    /// Octaves seen through octaves: the place that is looked at is itself moved by noise.
    fn warp_row(
        &self,
        index: u64,
        y: f64,
        cells: &mut [Cell],
        across: &mut [f32],
        out: &mut [f32],
    ) {
        /// Cells that a place is moved by, at most.
        const BEND: f64 = 2.0;
        // Two fields of the first octaves, far apart, are the two directions.
        let move_row = |shift: f64, out: &mut [f32]| {
            out.fill(0.0);
            for octave in self.octaves.iter().take(2) {
                let z = self.depth(index, octave);
                octave.lattice.add_row(y + shift / self.frequency, z, octave.amplitude, |v| v, out);
            }
        };
        move_row(51.0, across);
        move_row(-77.0, out);
        let offsets: Vec<(f64, f64, f64)> = self
            .octaves
            .iter()
            .map(|o| (self.depth(index, o), o.lattice.offset(0), o.lattice.offset(1)))
            .collect();
        for (x, (out, across)) in out.iter_mut().zip(&*across).enumerate() {
            let px = (x as f64 + 0.5) * self.frequency + f64::from(*across) * BEND * 2.0;
            let py = y * self.frequency + f64::from(*out) * BEND * 2.0;
            let mut sum = 0.0;
            let octaves = self.octaves.iter().zip(&offsets).zip(&mut *cells);
            for ((octave, (z, ox, oy)), cell) in octaves {
                let fine = octave.fineness;
                let noise = octave.lattice.at(px * fine + ox, py * fine + oy, *z, cell);
                sum += octave.amplitude * noise;
            }
            *out = sum;
        }
    }

    fn simplex_row(&self, index: u64, y: f64, noise: &FastNoiseLite, out: &mut [f32]) {
        let at = |x: usize, z: f64| {
            let px = (x as f64 + 0.5) * self.frequency + self.shift[0];
            let py = y * self.frequency + self.shift[1];
            noise.get_noise_3d(px as f32, py as f32, z as f32)
        };
        let (time, whole) = (self.fps.seconds(index), self.fps.seconds(self.frames));
        let z = time * self.speed + 0.5;
        if !self.looped || self.speed == 0.0 {
            out.iter_mut().enumerate().for_each(|(x, out)| *out = at(x, z));
            return;
        }
        // Its lattice has no period, so a second pass that ends where the first begins is faded
        // in; the weights keep the contrast of one.
        let part = time / whole;
        let scale = 1.0 / (part * part + (1.0 - part) * (1.0 - part)).sqrt();
        let (now, then) = (((1.0 - part) * scale) as f32, (part * scale) as f32);
        for (x, out) in out.iter_mut().enumerate() {
            *out = now * at(x, z) + then * at(x, z - whole * self.speed);
        }
    }
}

impl Generator for CoherentGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut simplex = FastNoiseLite::with_seed(self.seed as i32 ^ (self.seed >> 32) as i32);
        simplex.set_noise_type(Some(NoiseType::OpenSimplex2));
        simplex.set_frequency(Some(1.0));
        let (mut row, mut across, mut cells) = (Vec::new(), Vec::new(), Vec::new());
        Box::new(move |index: u64, frame: &mut Frame| {
            let size = frame.size();
            row.resize(size.width as usize, 0.0);
            across.resize(size.width as usize, 0.0);
            cells.clear();
            cells.resize(self.octaves.len(), Cell::default());
            let last = (self.table.len() - 1) as f32;
            for y in 0..size.height {
                self.cancel.check()?;
                let at = f64::from(y) + 0.5;
                // Each kind's values, stretched so that they fill 0 to 1 and seldom go beyond.
                let (middle, contrast) = match self.kind {
                    Kind::Worley => {
                        if let Some(octave) = self.octaves.first() {
                            octave.lattice.nearest_row(at, self.depth(index, octave), &mut row);
                        }
                        (0.0, 0.95)
                    }
                    Kind::Simplex => {
                        self.simplex_row(index, at, &simplex, &mut row);
                        (0.5, 0.55)
                    }
                    Kind::Turbulence => {
                        self.sum_row(index, at, f32::abs, &mut row);
                        (0.0, 2.2)
                    }
                    Kind::Ridged => {
                        self.sum_row(index, at, |v| 1.0 - v.abs() * 1.7, &mut row);
                        (-0.35, 1.4)
                    }
                    Kind::Warp => {
                        self.warp_row(index, at, &mut cells, &mut across, &mut row);
                        (0.5, 1.4)
                    }
                    Kind::Value => {
                        self.sum_row(index, at, |v| v, &mut row);
                        (0.5, 0.6)
                    }
                    Kind::Fbm => {
                        self.sum_row(index, at, |v| v, &mut row);
                        (0.5, 1.4)
                    }
                    _ => {
                        self.sum_row(index, at, |v| v, &mut row);
                        (0.5, 0.95)
                    }
                };
                let pixels = frame.row_mut(y).chunks_exact_mut(3);
                for (pixel, value) in pixels.zip(&row) {
                    let shade = (middle + contrast * value).clamp(0.0, 1.0) * last + 0.5;
                    pixel.copy_from_slice(&self.table[shade as usize]);
                }
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}
