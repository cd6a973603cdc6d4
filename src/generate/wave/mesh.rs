//! The surface as a mesh of lit, projected points.

use pulp::{Arch, Simd, WithSimd};

use super::camera::{Camera, HALF_HEIGHT, Vec3};
use super::{Field, Shades, Wave};
use crate::cancel::{Cancel, Stopped};
use crate::values::Span;

/// A point of the mesh in the picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vertex {
    /// Samples right, samples down, nearness.
    pub at: Vec3,
    /// sRGB, 0 to 255.
    pub color: Vec3,
}

/// Values and points of one frame, row after row from the first y; each quantity in an array of
/// its own, so that a row is computed with SIMD.
pub(super) struct Mesh {
    arch: Arch,
    side: usize,
    xs: Vec<f64>,
    ys: Vec<f64>,
    values: Vec<f64>,
    /// Indices into the colour table.
    indices: Vec<u32>,
    nan: u32,
    heights: Vec<f32>,
    /// Samples right, samples down, nearness.
    at: [Vec<f32>; 3],
    /// sRGB, 0 to 255.
    color: [Vec<f32>; 3],
    /// Two rows of working memory: the slopes along x and y.
    slopes: [Vec<f32>; 2],
    /// The colour table in linear light, 0 to 1.
    linear: Vec<Vec3>,
}

impl Mesh {
    pub(super) fn new(wave: &Wave, shades: &Shades) -> Self {
        let side = wave.samples as usize;
        let points = |span: Span| -> Vec<f64> {
            (0..side).map(|i| span.at(i as f64 / (side - 1) as f64)).collect()
        };
        let all = || vec![0.0; side * side];
        Self {
            arch: Arch::new(),
            side,
            xs: points(wave.x),
            ys: points(wave.y),
            values: vec![0.0; side],
            indices: vec![0; side * side],
            nan: shades.nan(),
            heights: all(),
            at: [all(), all(), all()],
            color: [all(), all(), all()],
            slopes: [vec![0.0; side], vec![0.0; side]],
            // Gamma 2 is near enough to sRGB for shading, and a square root undoes it.
            linear: shades
                .table
                .iter()
                .map(|c| c.map(|c| (f32::from(c) / 255.0).powi(2)))
                .collect(),
        }
    }

    /// Points along each side.
    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// Point `k`, counted row by row.
    #[inline(always)]
    pub(super) fn vertex(&self, k: usize) -> Vertex {
        Vertex { at: self.at(k), color: [self.color[0][k], self.color[1][k], self.color[2][k]] }
    }

    /// Where point `k` lies in the picture.
    #[inline(always)]
    pub(super) fn at(&self, k: usize) -> Vec3 {
        [self.at[0][k], self.at[1][k], self.at[2][k]]
    }

    /// False where the value is NaN or infinite.
    #[inline(always)]
    pub(super) fn is_finite(&self, k: usize) -> bool {
        self.indices[k] != self.nan
    }

    /// True if all values are.
    pub(super) fn is_all_finite(&self) -> bool {
        !self.indices.contains(&self.nan)
    }

    /// How far down each point lies in the picture, in lines of samples.
    pub(super) fn lines(&self) -> &[f32] {
        &self.at[1]
    }

    /// Computes frame `index`.
    pub(super) fn update(
        &mut self,
        field: &mut Field,
        shades: &Shades,
        index: u64,
        camera: &Camera,
        cancel: &Cancel,
    ) -> Result<(), Stopped> {
        for j in 0..self.side {
            cancel.check()?;
            field.row(index, self.ys[j], &self.xs, &mut self.values);
            let row = j * self.side..(j + 1) * self.side;
            self.arch.dispatch(Heights {
                shades,
                values: &self.values,
                indices: &mut self.indices[row.clone()],
                heights: &mut self.heights[row],
            });
        }
        self.arch.dispatch(Points { mesh: self, camera });
        Ok(())
    }
}

/// A row of values as heights in the box and colour indices.
struct Heights<'a> {
    shades: &'a Shades,
    values: &'a [f64],
    indices: &'a mut [u32],
    heights: &'a mut [f32],
}

impl WithSimd for Heights<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let top = f64::from(self.shades.nan() - 1);
        let cells = self.indices.iter_mut().zip(self.heights);
        for ((index, height), value) in cells.zip(self.values) {
            *index = self.shades.index(*value);
            // The exact value, not its colour's, or the surface would show steps.
            let t = (*value - self.shades.low) * self.shades.scale / top;
            let t = if t > 0.0 { t } else { 0.0 };
            let t = if t < 1.0 { t } else { 1.0 };
            let t = if value.abs() <= f64::MAX { t } else { 0.0 };
            *height = (2.0 * t - 1.0) as f32 * HALF_HEIGHT;
        }
    }
}

/// The projection and light of all points.
struct Points<'a> {
    mesh: &'a mut Mesh,
    camera: &'a Camera,
}

impl WithSimd for Points<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Mesh { side, heights, indices, linear, at, color, slopes: [sx, sy], .. } = self.mesh;
        let (side, camera) = (*side, *self.camera);
        let light = camera.to_light();
        let eye = camera.eye();
        let step = 2.0 / (side - 1) as f32;
        for j in 0..side {
            let row = j * side..(j + 1) * side;
            let (j0, j1) = (j.saturating_sub(1), (j + 1).min(side - 1));
            let here = &heights[row.clone()];
            let (below, above) = (&heights[j0 * side..][..side], &heights[j1 * side..][..side]);
            let per_row = 1.0 / (step * (j1 - j0) as f32);
            for i in 0..side {
                sy[i] = (above[i] - below[i]) * per_row;
            }
            for i in 1..side - 1 {
                sx[i] = (here[i + 1] - here[i - 1]) * (0.5 / step);
            }
            sx[0] = (here[1] - here[0]) / step;
            sx[side - 1] = (here[side - 1] - here[side - 2]) / step;

            let [x, y, z] = at;
            let (x, y, z) = (&mut x[row.clone()], &mut y[row.clone()], &mut z[row.clone()]);
            let [r, g, b] = color;
            let (r, g, b) = (&mut r[row.clone()], &mut g[row.clone()], &mut b[row.clone()]);
            for (i, index) in indices[row].iter().enumerate() {
                [r[i], g[i], b[i]] = linear[*index as usize];
            }
            for i in 0..side {
                let p = [i as f32 * step - 1.0, j as f32 * step - 1.0, here[i]];
                [x[i], y[i], z[i]] = camera.project(p);
                let (diffuse, gloss) = lighting(p, sx[i], sy[i], light, eye);
                r[i] = shade(r[i], diffuse, gloss);
                g[i] = shade(g[i], diffuse, gloss);
                b[i] = shade(b[i], diffuse, gloss);
            }
        }
    }
}

/// Blinn and Phong's model for a point and the slopes there: how much of the colour is seen, and
/// how much white is added.
#[inline(always)]
fn lighting(p: Vec3, sx: f32, sy: f32, light: Vec3, eye: Vec3) -> (f32, f32) {
    let dot = |a: Vec3, b: Vec3| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let to_eye = [eye[0] - p[0], eye[1] - p[1], eye[2] - p[2]];
    let per_eye = 1.0 / dot(to_eye, to_eye).sqrt();
    let viewer = [to_eye[0] * per_eye, to_eye[1] * per_eye, to_eye[2] * per_eye];
    let per_normal = 1.0 / (sx * sx + sy * sy + 1.0).sqrt();
    let normal = [-sx * per_normal, -sy * per_normal, per_normal];
    // Both faces are lit, as those of paper.
    let face = if dot(normal, viewer) < 0.0 { -1.0 } else { 1.0 };
    let half = [light[0] + viewer[0], light[1] + viewer[1], light[2] + viewer[2]];
    let per_half = 1.0 / dot(half, half).sqrt();
    let diffuse = positive(face * dot(normal, light));
    let shine = positive(face * dot(normal, half) * per_half);
    let shine = shine * shine;
    let shine = shine * shine;
    let shine = shine * shine;
    let shine = shine * shine;
    let shine = shine * shine;
    (0.26 + 0.86 * diffuse, 0.22 * shine)
}

#[inline(always)]
fn shade(linear: f32, diffuse: f32, gloss: f32) -> f32 {
    let light = linear * diffuse + gloss;
    let light = if light < 1.0 { light } else { 1.0 };
    light.sqrt() * 255.0
}

#[inline(always)]
fn positive(v: f32) -> f32 {
    if v > 0.0 { v } else { 0.0 }
}
