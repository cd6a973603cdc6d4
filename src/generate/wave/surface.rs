//! The value as the height of a shaded surface.

use super::camera::{Camera, Fit, box_corner};
use super::grid::{Grid, Vertex};
use super::raster::{Band, Line, unpack};
use super::{Field, Shades, Wave};
use crate::generate::{Frame, Generator, Painter};
use crate::recipe::{Color, Size};

/// Output rows in a band: with two samples a side and 1280 pixels, about a megabyte of buffer.
const BAND_ROWS: usize = 32;

/// Draws the surface in perspective.
pub(super) struct SurfaceGenerator {
    look: Wave,
    field: Field,
    shades: Shades,
    fit: Fit,
    antialias: usize,
    size: Size,
}

impl SurfaceGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let antialias = wave.antialias.unwrap_or(2);
        let samples = Size::new(size.width * antialias, size.height * antialias);
        let views = if wave.spin == 0.0 { 1 } else { 72 };
        let azimuths = (0..views).map(|i| wave.azimuth + 360.0 * f64::from(i) / f64::from(views));
        Self {
            look: wave.clone(),
            field,
            shades: Shades::new(wave),
            fit: Fit::new(azimuths, wave.elevation, samples),
            antialias: antialias as usize,
            size,
        }
    }

    /// Lines of the mesh and of the box.
    fn lines(&self, grid: &Grid, camera: &Camera) -> Vec<Line> {
        let width = self.antialias as f32 * (self.size.height as f32 / 900.0).max(1.0);
        let mut lines = Vec::new();
        let Color(ink) = contrast(self.look.background);
        if self.look.boxed {
            for a in 0..8usize {
                for bit in [1, 2, 4].into_iter().filter(|bit| a & bit == 0) {
                    let (from, to) = (box_corner(a), box_corner(a | bit));
                    let (from, to) = (camera.project(from), camera.project(to));
                    lines.push(Line { from, to, color: ink, opacity: 0.35, width });
                }
            }
        }
        let last = grid.side() - 1;
        for k in 0..self.look.mesh as usize {
            // Spread evenly, the border left out.
            let at = ((k + 1) * last + self.look.mesh as usize / 2) / (self.look.mesh as usize + 1);
            for i in 0..last {
                for (p, q) in [
                    (at * grid.side() + i, at * grid.side() + i + 1),
                    (i * grid.side() + at, (i + 1) * grid.side() + at),
                ] {
                    let (p, q) = (&grid.vertices()[p], &grid.vertices()[q]);
                    if p.finite && q.finite {
                        let (from, to) = (p.at, q.at);
                        lines.push(Line { from, to, color: [0; 3], opacity: 0.45, width });
                    }
                }
            }
        }
        lines
    }
}

/// Black on light backgrounds, white on dark ones.
fn contrast(Color([r, g, b]): Color) -> Color {
    let luma = 2126 * u32::from(r) + 7152 * u32::from(g) + 722 * u32::from(b);
    if luma > 1_275_000 { Color::BLACK } else { Color::WHITE }
}

impl Generator for SurfaceGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        let mut field = self.field.clone();
        let mut grid = Grid::new(&self.look, &self.shades);
        let side = self.antialias;
        let mut band = Band::new(self.size.width as usize * side, BAND_ROWS * side);
        let bands = (self.size.height as usize).div_ceil(BAND_ROWS);
        let mut quads = Bins::new(bands, BAND_ROWS * side);
        let mut strokes = Bins::new(bands, BAND_ROWS * side);
        Box::new(move |index: u64, frame: &mut Frame| {
            let turned = 360.0 * self.look.spin * field.progress(index);
            let camera = self.fit.camera(self.look.azimuth + turned);
            grid.update(&mut field, &self.shades, index, &camera);
            let lines = self.lines(&grid, &camera);
            quads.sort(quad_extents(&grid));
            strokes.sort(lines.iter().enumerate().map(|(i, l)| {
                let (a, b) = (l.from[1].min(l.to[1]), l.from[1].max(l.to[1]));
                (i as u32, a - l.width - 1.0, b + l.width + 1.0)
            }));
            for b in 0..bands {
                band.clear(b * BAND_ROWS * side, self.look.background.0);
                for quad in quads.of(b) {
                    let [v00, v10, v01, v11] = corners(&grid, *quad as usize);
                    // Cut along the diagonal whose ends are more alike: across a crest, the other
                    // one would give it teeth.
                    let unlike = |a: &Vertex, b: &Vertex| (a.at[2] - b.at[2]).abs();
                    if unlike(v00, v11) <= unlike(v10, v01) {
                        band.triangle([v00, v10, v11]);
                        band.triangle([v00, v11, v01]);
                    } else {
                        band.triangle([v00, v10, v01]);
                        band.triangle([v10, v11, v01]);
                    }
                }
                for line in strokes.of(b) {
                    band.line(&lines[*line as usize]);
                }
                let rows = BAND_ROWS.min(self.size.height as usize - b * BAND_ROWS);
                for row in 0..rows {
                    average(&band, row * side, side, frame.row_mut((b * BAND_ROWS + row) as u32));
                }
            }
            Ok(())
        })
    }
}

/// The four vertices of the cell whose first is vertex `k`.
fn corners(grid: &Grid, k: usize) -> [&Vertex; 4] {
    let v = grid.vertices();
    [&v[k], &v[k + 1], &v[k + grid.side()], &v[k + grid.side() + 1]]
}

/// Each drawable cell with its first and last line of samples.
fn quad_extents(grid: &Grid) -> impl Iterator<Item = (u32, f32, f32)> + Clone + '_ {
    let side = grid.side();
    (0..side - 1).flat_map(move |j| (0..side - 1).map(move |i| j * side + i)).filter_map(move |k| {
        let v = corners(grid, k);
        let finite = v.iter().filter(|v| v.finite).count();
        // A cell between values and none would be a cliff that is not there.
        if finite != 0 && finite != 4 {
            return None;
        }
        let [a, b, c, d] = v.map(|v| v.at[1]);
        Some((k as u32, a.min(b).min(c.min(d)), a.max(b).max(c.max(d))))
    })
}

/// One row of pixels from `side` lines of samples.
fn average(band: &Band, line: usize, side: usize, row: &mut [u8]) {
    if side == 1 {
        for (pixel, color) in row.chunks_exact_mut(3).zip(band.line_colors(line)) {
            pixel.copy_from_slice(&unpack(*color));
        }
        return;
    }
    let n = (side * side) as u32;
    for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
        let mut sum = [n / 2; 3];
        for l in line..line + side {
            for color in &band.line_colors(l)[x * side..(x + 1) * side] {
                for (s, c) in sum.iter_mut().zip(unpack(*color)) {
                    *s += u32::from(c);
                }
            }
        }
        pixel.copy_from_slice(&sum.map(|s| (s / n) as u8));
    }
}

/// What touches which band, by counting sort.
struct Bins {
    band_lines: f32,
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Bins {
    fn new(bands: usize, band_lines: usize) -> Self {
        Self { band_lines: band_lines as f32, starts: vec![0; bands + 1], items: Vec::new() }
    }

    /// Sorts items by the lines `first..=last` that they touch; their order within a band stays.
    fn sort(&mut self, extents: impl Iterator<Item = (u32, f32, f32)> + Clone) {
        let bands = self.starts.len() - 1;
        let lines = self.band_lines;
        let range = move |first: f32, last: f32| {
            let end = ((last / lines).floor() + 1.0).clamp(0.0, bands as f32) as usize;
            ((first / lines).floor().max(0.0) as usize).min(end)..end
        };
        self.starts.fill(0);
        for (_, first, last) in extents.clone() {
            for b in range(first, last) {
                self.starts[b + 1] += 1;
            }
        }
        for b in 0..bands {
            self.starts[b + 1] += self.starts[b];
        }
        self.items.resize(self.starts[bands] as usize, 0);
        let mut next = self.starts.clone();
        for (item, first, last) in extents {
            for b in range(first, last) {
                self.items[next[b] as usize] = item;
                next[b] += 1;
            }
        }
    }

    fn of(&self, band: usize) -> &[u32] {
        &self.items[self.starts[band] as usize..self.starts[band + 1] as usize]
    }
}
