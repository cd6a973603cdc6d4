//! The surface as a grid of lit, projected points.

use super::camera::{Camera, HALF_HEIGHT, Vec3, dot, normalize};
use super::{Field, Shades, Wave};
use crate::recipe::Span;

/// A grid point in the picture.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Vertex {
    /// Samples right, samples down, nearness.
    pub at: Vec3,
    /// sRGB, 0 to 255.
    pub color: Vec3,
    /// False where the value is NaN or infinite.
    pub finite: bool,
}

/// Values and vertices of one frame, row after row from the first y.
pub(super) struct Grid {
    side: usize,
    xs: Vec<f64>,
    ys: Vec<f64>,
    /// Indices into the colour table and heights in the box.
    indices: Vec<u32>,
    heights: Vec<f32>,
    vertices: Vec<Vertex>,
    values: Vec<f64>,
    /// The colour table in linear light, 0 to 1.
    linear: Vec<Vec3>,
}

impl Grid {
    pub(super) fn new(wave: &Wave, shades: &Shades) -> Self {
        let side = wave.samples as usize;
        let points = |span: Span| -> Vec<f64> {
            (0..side).map(|i| span.at(i as f64 / (side - 1) as f64)).collect()
        };
        Self {
            side,
            xs: points(wave.x),
            ys: points(wave.y),
            indices: vec![0; side * side],
            heights: vec![0.0; side * side],
            vertices: vec![Vertex::default(); side * side],
            values: vec![0.0; side],
            // Gamma 2 is near enough to sRGB for shading, and a square root undoes it.
            linear: shades.table.iter().map(|c| c.map(|c| (f32::from(c) / 255.0).powi(2))).collect(),
        }
    }

    /// Points along each side.
    pub(super) fn side(&self) -> usize {
        self.side
    }

    pub(super) fn vertices(&self) -> &[Vertex] {
        &self.vertices
    }

    /// Computes frame `index`.
    pub(super) fn update(&mut self, field: &mut Field, shades: &Shades, index: u64, camera: &Camera) {
        let side = self.side;
        let top = (shades.nan() - 1) as f32;
        for j in 0..side {
            field.row(index, self.ys[j], &self.xs, &mut self.values);
            let row = j * side..(j + 1) * side;
            let cells = self.indices[row.clone()].iter_mut().zip(&mut self.heights[row]);
            for ((i, height), value) in cells.zip(&self.values) {
                *i = shades.index(*value);
                // The exact value, not its colour's, or the surface would show steps.
                let t = ((*value - shades.low) * shades.scale) as f32 / top;
                let t = if *i == shades.nan() { 0.0 } else { t.clamp(0.0, 1.0) };
                *height = (2.0 * t - 1.0) * HALF_HEIGHT;
            }
        }
        let light = camera.to_light();
        for j in 0..side {
            for i in 0..side {
                self.vertices[j * side + i] = self.vertex(i, j, shades.nan(), light, camera);
            }
        }
    }

    fn vertex(&self, i: usize, j: usize, nan: u32, light: Vec3, camera: &Camera) -> Vertex {
        let side = self.side;
        let k = j * side + i;
        let step = 2.0 / (side - 1) as f32;
        let p = [i as f32 * step - 1.0, j as f32 * step - 1.0, self.heights[k]];
        let slope = |low: usize, high: usize, cells: usize| {
            (self.heights[high] - self.heights[low]) / (step * cells as f32)
        };
        let (i0, i1) = (i.saturating_sub(1), (i + 1).min(side - 1));
        let (j0, j1) = (j.saturating_sub(1), (j + 1).min(side - 1));
        let sx = slope(j * side + i0, j * side + i1, i1 - i0);
        let sy = slope(j0 * side + i, j1 * side + i, j1 - j0);
        let viewer = camera.to_viewer(p);
        let normal = normalize([-sx, -sy, 1.0]);
        // Both faces are lit, as those of paper.
        let normal = if dot(normal, viewer) < 0.0 { normal.map(|c| -c) } else { normal };
        let diffuse = dot(normal, light).max(0.0);
        let half = normalize([0, 1, 2].map(|c| light[c] + viewer[c]));
        let mut shine = dot(normal, half).max(0.0);
        // The 32nd power.
        for _ in 0..5 {
            shine *= shine;
        }
        let (base, gloss) = (0.26 + 0.86 * diffuse, 0.22 * shine);
        let color = self.linear[self.indices[k] as usize]
            .map(|c| (c * base + gloss).min(1.0).sqrt() * 255.0);
        Vertex { at: camera.project(p), color, finite: self.indices[k] != nan }
    }
}
