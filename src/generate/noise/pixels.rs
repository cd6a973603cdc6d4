//! Noise that is new in each frame, from a stream of random bytes.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::blue::Blue;
use super::{Kind, Noise};
use crate::generate::palette::shades;
use crate::generate::{Frame, Generator, Painter};

/// Draws from the key stream of ChaCha8. The seed is its key and the frame is its stream number, so any frame is
/// drawn without those before it.
#[derive(Debug, Clone)]
pub(crate) struct PixelGenerator {
    kind: Kind,
    seeded: ChaCha8Rng,
    /// The level of the normal distribution for 16 random bits; empty for other kinds.
    normal: Vec<u8>,
    /// From a value, 0 to 255, to its colour.
    colors: Vec<[u8; 3]>,
}

impl PixelGenerator {
    pub(crate) fn new(noise: &Noise, seed: u64) -> Self {
        let table = shades(noise.colormap, noise.palette.as_ref());
        let last = table.len() - 1;
        Self {
            kind: noise.kind,
            seeded: ChaCha8Rng::seed_from_u64(seed),
            normal: if noise.kind == Kind::Gaussian { normal() } else { Vec::new() },
            colors: (0..256).map(|i| table[(i * last + 127) / 255]).collect(),
        }
    }
}

impl Generator for PixelGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut bytes = Vec::new();
        let mut blue = Blue::default();
        Box::new(move |index: u64, frame: &mut Frame| {
            let mut rng = self.seeded.clone();
            rng.set_stream(index);
            if self.kind == Kind::White {
                rng.fill_bytes(frame.data_mut());
                return Ok(());
            }
            let pixels = frame.size().pixels();
            let each = match self.kind {
                Kind::Gaussian => 6,
                _ => 1,
            };
            bytes.resize(pixels * each, 0);
            rng.fill_bytes(&mut bytes);
            match self.kind {
                Kind::Gaussian => {
                    for (value, random) in frame.data_mut().iter_mut().zip(bytes.chunks_exact(2)) {
                        let random = u16::from_le_bytes([random[0], random[1]]);
                        *value = self.normal[usize::from(random)];
                    }
                }
                Kind::SaltPepper => {
                    // 13 of 256 are one in twenty, as near as a byte can tell.
                    let shade = |random: u8| match random {
                        0..13 => 0,
                        243.. => 255,
                        _ => 128,
                    };
                    for (pixel, random) in frame.data_mut().chunks_exact_mut(3).zip(&bytes) {
                        pixel.fill(shade(*random));
                    }
                }
                kind => {
                    if kind == Kind::Blue {
                        blue.tint(&mut bytes, frame.size());
                    }
                    for (pixel, value) in frame.data_mut().chunks_exact_mut(3).zip(&bytes) {
                        pixel.copy_from_slice(&self.colors[usize::from(*value)]);
                    }
                }
            }
            Ok(())
        })
    }
}

/// The inverse distribution function of a normal distribution with mean 127.5 and standard deviation 42.5, as a
/// table of 65536 levels.
fn normal() -> Vec<u8> {
    const DEVIATION: f64 = 42.5;
    let below = |level: f64| {
        0.5 * (1.0 + libm::erf((level - 127.5) / (DEVIATION * std::f64::consts::SQRT_2)))
    };
    let mut table = vec![255; 65536];
    let mut start = 0;
    for level in 0..255u8 {
        let end = (below(f64::from(level) + 0.5) * 65536.0).round() as usize;
        table[start..end.max(start)].fill(level);
        start = end.max(start);
    }
    table
}
