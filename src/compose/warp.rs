//! Pictures that are bent: each pixel is taken from another place.

use pulp::{Arch, Simd, WithSimd};

use crate::compose::{Canvas, Scratch};
use crate::values::{Size, named};

named! {
    /// What lies beyond the edges of a picture.
    Border as "border" {
        /// Nothing: it is transparent there, or black.
        None = "none",
        /// The pixels of the edge.
        Edge = "edge",
        /// The picture, mirrored again and again.
        Mirror = "mirror",
        /// The picture, again and again.
        Wrap = "wrap",
    }
}

/// Pixels whose places are found together.
pub(super) const BLOCK: usize = 64;

/// Places in a picture, in pixels: the middle of the first is 0, 0.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub x: [f32; BLOCK],
    pub y: [f32; BLOCK],
}

/// Where the pixels of a picture come from.
pub(super) trait Bend {
    /// Replaces the places of some pixels by those that they are taken from.
    fn bend(&self, places: &mut Places);
}

/// Bends a picture, with bilinear filtering.
pub(super) fn bend(
    canvas: &mut Canvas,
    scratch: &mut Scratch,
    border: Border,
    by: &(impl Bend + ?Sized),
) {
    let source = scratch.exchange(canvas);
    bend_into(source, canvas, border, by);
}

/// Bends a picture into another, which may have another size.
pub(super) fn bend_into(
    source: &Canvas,
    target: &mut Canvas,
    border: Border,
    by: &(impl Bend + ?Sized),
) {
    Arch::new().dispatch(Work { source, target, border, by });
}

struct Work<'a, B: ?Sized> {
    source: &'a Canvas,
    target: &'a mut Canvas,
    border: Border,
    by: &'a B,
}

impl<B: Bend + ?Sized> WithSimd for Work<'_, B> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { source, target, border, by } = self;
        let size = source.size();
        let (width, height) = (size.width as usize, size.height as usize);
        let pixels = source.pixels();
        let mut places = Places { x: [0.0; BLOCK], y: [0.0; BLOCK] };
        let (mut columns, mut rows) = ([0i32; BLOCK], [0i32; BLOCK]);
        let mut weights = [[0u16; BLOCK]; 4];
        let mut four = [[[0u8; 4]; BLOCK]; 4];
        let across = target.size().width as usize;
        for (y, row) in target.pixels_mut().chunks_exact_mut(across).enumerate() {
            for (block, out) in row.chunks_mut(BLOCK).enumerate() {
                for i in 0..BLOCK {
                    places.x[i] = (block * BLOCK + i) as f32;
                    places.y[i] = y as f32;
                }
                by.bend(&mut places);
                fold(&mut places.x, width, border);
                fold(&mut places.y, height, border);
                for i in 0..BLOCK {
                    let (column, right) = parts(places.x[i]);
                    let (row, low) = parts(places.y[i]);
                    (columns[i], rows[i]) = (column, row);
                    // Together 256.
                    let both = (right * low + 128) >> 8;
                    weights[0][i] = (256 + both - right - low) as u16;
                    weights[1][i] = (right - both) as u16;
                    weights[2][i] = (low - both) as u16;
                    weights[3][i] = both as u16;
                }
                // Where none of the four is in the picture.
                let is_far =
                    |x: i32, y: i32| x < -1 || y < -1 || x >= width as i32 || y >= height as i32;
                for i in 0..out.len() {
                    let (x, y) = (columns[i], rows[i]);
                    let is_within =
                        x >= 0 && y >= 0 && x + 1 < width as i32 && y + 1 < height as i32;
                    let neighbours = match is_within {
                        true => {
                            let first = y as usize * width + x as usize;
                            let (above, below) = (&pixels[first..], &pixels[first + width..]);
                            [above[0], above[1], below[0], below[1]]
                        }
                        false if border == Border::None && is_far(x, y) => [[0; 4]; 4],
                        false => {
                            let at =
                                |x: i32, y: i32| neighbour(pixels, (width, height), (x, y), border);
                            [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)]
                        }
                    };
                    (0..4).for_each(|n| four[n][i] = neighbours[n]);
                }
                let mixed = mixed(&four, &weights);
                out.copy_from_slice(&mixed[..out.len()]);
            }
        }
    }
}

/// Has places beyond the edges be what the border says they are. None is further out than a pixel and a half.
#[inline(always)]
fn fold(places: &mut [f32; BLOCK], side: usize, border: Border) {
    let side = side as f32;
    match border {
        Border::None => {
            for place in places {
                *place = place.max(-1.5).min(side);
            }
        }
        Border::Edge => {
            for place in places {
                *place = place.max(0.0).min(side - 1.0);
            }
        }
        Border::Wrap => {
            for place in places {
                *place -= (*place / side).floor() * side;
                // What is no number is nowhere.
                *place = place.max(0.0).min(side);
            }
        }
        Border::Mirror => {
            for place in places {
                let turned = *place + 0.5;
                let turned = turned - (turned / (2.0 * side)).floor() * (2.0 * side);
                let turned = if turned > side { 2.0 * side - turned } else { turned };
                *place = (turned - 0.5).max(0.0).min(side - 1.0);
            }
        }
    }
}

/// A number from 0 up to 2^22, rounded to the nearest: the low bits of its sum with 2^23. A conversion that saturates
/// would not vectorise.
#[inline(always)]
pub(super) fn rounded(number: f32) -> u32 {
    (number + WHOLE).to_bits() & 0x007f_ffff
}

/// Above it floats have no fraction.
const WHOLE: f32 = 8_388_608.0;

/// The pixel before a place, and how far behind it the place is, of 256.
#[inline(always)]
fn parts(place: f32) -> (i32, u32) {
    let place = place + 2.0;
    // Rounded down, or of whole numbers perhaps one less: the rest is one then.
    let first = rounded(place - 0.5);
    let rest = place - first as i32 as f32;
    let fixed = first * 256 + rounded(rest * 256.0);
    ((fixed >> 8) as i32 - 2, fixed & 255)
}

/// A pixel that may lie beyond the edges, by one.
#[inline(never)]
fn neighbour(
    pixels: &[[u8; 4]],
    (width, height): (usize, usize),
    (x, y): (i32, i32),
    border: Border,
) -> [u8; 4] {
    let (w, h) = (width as i32, height as i32);
    let (x, y) = match border {
        Border::None if x < 0 || y < 0 || x >= w || y >= h => return [0; 4],
        Border::Wrap => (x.rem_euclid(w), y.rem_euclid(h)),
        _ => (x.clamp(0, w - 1), y.clamp(0, h - 1)),
    };
    pixels[y as usize * width + x as usize]
}

/// Four neighbours of each pixel of a block, by weights that are 256 together.
#[inline(always)]
fn mixed(four: &[[[u8; 4]; BLOCK]; 4], weights: &[[u16; BLOCK]; 4]) -> [[u8; 4]; BLOCK] {
    let mut sums = [128u16; BLOCK * 4];
    for (four, weights) in four.iter().zip(weights) {
        // Each weight beside each channel.
        let mut each = [[0u16; 4]; BLOCK];
        for (each, weight) in each.iter_mut().zip(weights) {
            *each = [*weight; 4];
        }
        let (levels, each) = (four.as_flattened(), each.as_flattened());
        for i in 0..BLOCK * 4 {
            sums[i] += u16::from(levels[i]) * each[i];
        }
    }
    let mut out = [[0; 4]; BLOCK];
    for (out, sum) in out.as_flattened_mut().iter_mut().zip(sums) {
        *out = (sum >> 8) as u8;
    }
    out
}

/// How far beyond its sides a picture is seen that is turned around its middle and so much larger.
pub(super) fn beyond(own: Size, larger: f64) -> f64 {
    let (width, height) = (f64::from(own.width), f64::from(own.height));
    (libm::hypot(width, height) * larger - width.min(height)) / 2.0
}

/// A linear map and a shift of places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Affine {
    matrix: [[f32; 2]; 2],
    shift: [f32; 2],
}

impl Affine {
    /// Takes a picture from where it was before it was turned counter-clockwise.
    pub fn turn(turns: f64) -> Self {
        let angle = (turns - turns.floor()) * std::f64::consts::TAU;
        let (sin, cos) = (libm::sin(angle) as f32, libm::cos(angle) as f32);
        Self { matrix: [[cos, -sin], [sin, cos]], shift: [0.0; 2] }
    }

    /// Takes a picture from where it was before it became larger by a factor.
    pub fn scale(factor: f64) -> Self {
        let part = (1.0 / factor) as f32;
        Self { matrix: [[part, 0.0], [0.0, part]], shift: [0.0; 2] }
    }

    /// The first map, and then the second.
    pub fn then(self, other: Self) -> Self {
        let ([[a, b], [c, d]], [e, f]) = (self.matrix, self.shift);
        let ([[p, q], [r, s]], [x, y]) = (other.matrix, other.shift);
        Self {
            matrix: [[p * a + q * c, p * b + q * d], [r * a + s * c, r * b + s * d]],
            shift: [p * e + q * f + x, r * e + s * f + y],
        }
    }

    /// Takes a picture from where it was before it was moved.
    pub fn shift(x: f64, y: f64) -> Self {
        Self { matrix: [[1.0, 0.0], [0.0, 1.0]], shift: [-x as f32, -y as f32] }
    }

    /// The same, around a place.
    pub fn around(self, [x, y]: [f32; 2]) -> Self {
        let [[a, b], [c, d]] = self.matrix;
        Self { shift: [x - a * x - b * y, y - c * x - d * y], ..self }
    }
}

impl Bend for Affine {
    #[inline(always)]
    fn bend(&self, places: &mut Places) {
        let ([[a, b], [c, d]], [e, f]) = (self.matrix, self.shift);
        for i in 0..BLOCK {
            let (x, y) = (places.x[i], places.y[i]);
            places.x[i] = a * x + b * y + e;
            places.y[i] = c * x + d * y + f;
        }
    }
}
