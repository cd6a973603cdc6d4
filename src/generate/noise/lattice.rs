//! Value and gradient noise on a cubic lattice, a row at a time.
//!
//! Along a row, y and z do not change, so what the four corners of a lattice's column contribute
//! is a straight line in x; between two columns the noise is those lines, faded one into the other
//! (K. Perlin, "Improving Noise", SIGGRAPH 2002). The hashing, which is what noise usually costs,
//! is done once for each column and not for each pixel.

/// One octave of noise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lattice {
    /// Chosen by seed and octave.
    pub salt: u64,
    /// Cells in a pixel.
    pub frequency: f64,
    /// Cells after which the third axis begins anew.
    pub period: Option<u64>,
    /// Gradients, or values alone.
    pub gradients: bool,
    /// How far it is moved across and down, in cells.
    pub shift: [f64; 2],
}

/// What the corners of one cell contribute at the depth of one frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell {
    place: Option<(i64, i64)>,
    /// Slope across, slope down, and height, of the corners from the upper left by rows.
    corners: [[f32; 3]; 4],
}

/// A point of the row's plane, and how far it is between two planes of the lattice.
#[derive(Clone, Copy)]
struct Between {
    planes: [i64; 2],
    /// From the first plane, 0 to 1.
    part: f64,
}

impl Between {
    fn new(at: f64, period: Option<u64>) -> Self {
        let floor = at.floor();
        let plane = floor as i64;
        let wrap = |i: i64| period.map_or(i, |p| i.rem_euclid(p.max(1) as i64));
        Self { planes: [wrap(plane), wrap(plane + 1)], part: at - floor }
    }

    /// How much each plane counts, and how far the point is from each.
    fn weights(self) -> [(i64, f64, f64); 2] {
        let fade = fade64(self.part);
        [(self.planes[0], 1.0 - fade, self.part), (self.planes[1], fade, self.part - 1.0)]
    }
}

impl Lattice {
    /// Gradient noise of a seed, with so many cells in a pixel.
    pub(crate) fn of(seed: u64, frequency: f64) -> Self {
        let salt = hash(seed, 0x666c_6f77, 0, 0);
        Self { salt, frequency, period: None, gradients: true, shift: [0.0; 2] }
    }

    /// Adds `amplitude` times the shape of the noise to each of `out`, which are the pixels of row
    /// `y`, at `z` cells along the third axis.
    pub(crate) fn add_row(
        &self,
        y: f64,
        z: f64,
        amplitude: f32,
        shape: impl Fn(f32) -> f32,
        out: &mut [f32],
    ) {
        let (rows, slices) = (
            Between::new(y * self.frequency + self.offset(1), None).weights(),
            Between::new(z, self.period).weights(),
        );
        let start = self.offset(0) + 0.5 * self.frequency;
        let mut column = start.floor();
        let mut left = self.line(column as i64, &rows, &slices);
        let mut x = 0;
        while x < out.len() {
            let right = self.line(column as i64 + 1, &rows, &slices);
            // The first pixel at or beyond the next column.
            let end = (((column + 1.0 - start) / self.frequency).ceil() as usize).min(out.len());
            let first = (start + x as f64 * self.frequency - column) as f32;
            let step = self.frequency as f32;
            let count = end.saturating_sub(x);
            for (i, out) in out[x..x + count].iter_mut().enumerate() {
                let u = first + i as f32 * step;
                let (a, b) = (left.0 * u + left.1, right.0 * (u - 1.0) + right.1);
                *out += amplitude * shape(a + (b - a) * fade(u));
            }
            x += count;
            column += 1.0;
            left = right;
        }
    }

    /// The noise at one point, in cells, for points that do not lie in a row. `cell` remembers the
    /// cell of the last point, of the same frame.
    pub(super) fn at(&self, x: f64, y: f64, z: f64, cell: &mut Cell) -> f32 {
        let (column, row) = (x.floor(), y.floor());
        if cell.place != Some((column as i64, row as i64)) {
            *cell = self.cell(column as i64, row as i64, z);
        }
        let (u, v) = ((x - column) as f32, (y - row) as f32);
        let corner = |i: usize, u: f32, v: f32| {
            let [across, down, height] = cell.corners[i];
            across * u + down * v + height
        };
        let (s, t) = (fade(u), fade(v));
        let (a, b) = (corner(0, u, v), corner(1, u - 1.0, v));
        let (c, d) = (corner(2, u, v - 1.0), corner(3, u - 1.0, v - 1.0));
        let (top, bottom) = (a + (b - a) * s, c + (d - c) * s);
        top + (bottom - top) * t
    }

    fn cell(&self, column: i64, row: i64, z: f64) -> Cell {
        let slices = Between::new(z, self.period).weights();
        let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| {
            let mut sum = [0.0; 3];
            for (slice, weight, dz) in slices {
                let (x, y) = ((column + dx) as u64, (row + dy) as u64);
                let [gx, gy, gz] = direction(hash(self.salt, x, y, slice as u64));
                sum[0] += weight * gx;
                sum[1] += weight * gy;
                sum[2] += weight * gz * dz;
            }
            sum.map(|v| v as f32)
        });
        Cell { place: Some((column, row)), corners }
    }

    /// Where the lattice lies in the frame, so that no two octaves share their points.
    pub(super) fn offset(&self, axis: u64) -> f64 {
        let own = (hash(self.salt ^ axis, 0x6f66, 0x6673, 0x6574) >> 40) as f64 / 256.0;
        own + self.shift[axis as usize & 1]
    }

    /// What column `column` contributes to a row: slope and height at the column.
    fn line(
        &self,
        column: i64,
        rows: &[(i64, f64, f64); 2],
        slices: &[(i64, f64, f64); 2],
    ) -> (f32, f32) {
        let (mut slope, mut height) = (0.0, 0.0);
        for (row, row_weight, dy) in rows {
            for (slice, slice_weight, dz) in slices {
                let random = hash(self.salt, column as u64, *row as u64, *slice as u64);
                let weight = row_weight * slice_weight;
                if self.gradients {
                    let [gx, gy, gz] = direction(random);
                    slope += weight * gx;
                    height += weight * (gy * dy + gz * dz);
                } else {
                    height += weight * (unit(random >> 32) * 2.0 - 1.0);
                }
            }
        }
        (slope as f32, height as f32)
    }
}

/// How much of the next column counts, 0 to 1 (Perlin's quintic).
#[inline(always)]
fn fade(u: f32) -> f32 {
    u * u * u * (u * (u * 6.0 - 15.0) + 10.0)
}

fn fade64(u: f64) -> f64 {
    u * u * u * (u * (u * 6.0 - 15.0) + 10.0)
}

/// 64 random bits for a point of the lattice: rounds of the finisher of SplitMix64 (Steele, Lea,
/// Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
pub(super) fn hash(salt: u64, x: u64, y: u64, z: u64) -> u64 {
    let mix = |v: u64| {
        let v = (v ^ v >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let v = (v ^ v >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        v ^ v >> 31
    };
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let v = mix(salt.wrapping_add(x.wrapping_mul(STEP)));
    let v = mix(v.wrapping_add(y.wrapping_mul(STEP)).wrapping_add(STEP));
    mix(v.wrapping_add(z.wrapping_mul(STEP)).wrapping_add(STEP))
}

/// The low 16 bits as a number from 0 to 1.
pub(super) fn unit(random: u64) -> f64 {
    (random & 0xffff) as f64 / 65535.0
}

/// A direction in space, of length one.
fn direction(random: u64) -> [f64; 3] {
    let [x, y, z] = [0, 16, 32].map(|shift| unit(random >> shift) * 2.0 - 1.0);
    let length = (x * x + y * y + z * z).sqrt();
    match length > 1e-3 {
        true => [x / length, y / length, z / length],
        false => [1.0, 0.0, 0.0],
    }
}
