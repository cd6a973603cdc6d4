//! The value as the height of a shaded surface.

use pulp::{Arch, Simd, WithSimd};

use super::camera::{Camera, Fit, box_corner};
use super::mesh::Mesh;
use super::raster::{Band, Line};
use super::{Field, Shades, Wave};
use crate::cancel::{Cancel, Stopped};
use crate::generate::{Frame, Generator, Painter};
use crate::values::{Color, Ground, Size};

/// Output rows in a band: with two samples a side and 1280 pixels, about a megabyte of buffer.
const BAND_ROWS: usize = 48;

/// Draws the surface in perspective.
pub(super) struct SurfaceGenerator {
    look: Wave,
    field: Field,
    shades: Shades,
    fit: Fit,
    antialias: usize,
    size: Size,
    cancel: Cancel,
}

impl SurfaceGenerator {
    pub(super) fn new(wave: &Wave, field: Field, size: Size) -> Self {
        let antialias = wave.antialias;
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
            cancel: Cancel::new(),
        }
    }

    /// Lines of the mesh and of the box.
    fn lines(&self, mesh: &Mesh, camera: &Camera) -> Vec<Line> {
        let width = self.antialias as f32 * (self.size.height as f32 / 900.0).max(1.0);
        let mut lines = Vec::new();
        let Color(ink) = contrast(self.look.background.color());
        if self.look.boxed {
            for a in 0..8usize {
                for bit in [1, 2, 4].into_iter().filter(|bit| a & bit == 0) {
                    let (from, to) = (box_corner(a), box_corner(a | bit));
                    let (from, to) = (camera.project(from), camera.project(to));
                    lines.push(Line { from, to, color: ink, opacity: 0.35, width });
                }
            }
        }
        let last = mesh.side() - 1;
        for k in 0..self.look.mesh as usize {
            // Spread evenly, the border left out.
            let at = ((k + 1) * last + self.look.mesh as usize / 2) / (self.look.mesh as usize + 1);
            for i in 0..last {
                for (p, q) in [
                    (at * mesh.side() + i, at * mesh.side() + i + 1),
                    (i * mesh.side() + at, (i + 1) * mesh.side() + at),
                ] {
                    if mesh.is_finite(p) && mesh.is_finite(q) {
                        let (from, to) = (mesh.at(p), mesh.at(q));
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
        let mut mesh = Mesh::new(&self.look, &self.shades);
        let side = self.antialias;
        let arch = Arch::new();
        let mut band = Band::new(self.size.width as usize, BAND_ROWS, side);
        let bands = (self.size.height as usize).div_ceil(BAND_ROWS);
        let mut quads = Bins::new(bands, BAND_ROWS * side);
        let mut strokes = Bins::new(bands, BAND_ROWS * side);
        let mut extents = Vec::new();
        let mut on_white = (self.look.background == Ground::None).then(|| Frame::new(self.size));
        Box::new(move |index: u64, frame: &mut Frame| {
            let turned = field.turned(self.look.spin, index);
            let camera = self.fit.camera(self.look.azimuth + turned);
            mesh.update(&mut field, &self.shades, index, &camera, &self.cancel)?;
            let lines = self.lines(&mesh, &camera);
            arch.dispatch(Extents { mesh: &mesh, extents: &mut extents });
            quads.sort(&extents);
            extents.clear();
            extents.extend(lines.iter().map(|l| {
                let (a, b) = (l.from[1].min(l.to[1]), l.from[1].max(l.to[1]));
                (a - l.width - 1.0, b + l.width + 1.0)
            }));
            strokes.sort(&extents);
            let mut draw = |background: Color, frame: &mut Frame| {
                arch.dispatch(Draw {
                    band: &mut band,
                    background,
                    side,
                    mesh: &mesh,
                    quads: &quads,
                    lines: &lines,
                    strokes: &strokes,
                    frame,
                    cancel: &self.cancel,
                })
            };
            match &mut on_white {
                None => draw(self.look.background.color(), frame)?,
                Some(on_white) => {
                    draw(Color::BLACK, frame)?;
                    draw(Color::WHITE, on_white)?;
                    frame.see_through(on_white);
                }
            }
            Ok(())
        })
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}

/// All bands of a frame, one after the other.
struct Draw<'a> {
    band: &'a mut Band,
    background: Color,
    side: usize,
    mesh: &'a Mesh,
    quads: &'a Bins,
    lines: &'a [Line],
    strokes: &'a Bins,
    frame: &'a mut Frame,
    cancel: &'a Cancel,
}

impl WithSimd for Draw<'_> {
    type Output = Result<(), Stopped>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let Self { band, mesh, side, frame, .. } = self;
        let height = frame.size().height as usize;
        for b in 0..height.div_ceil(BAND_ROWS) {
            band.clear(b * BAND_ROWS * side, self.background.0);
            for quad in self.quads.of(b) {
                band.cell(corners(mesh, *quad as usize).map(|k| mesh.vertex(k)));
            }
            self.cancel.check()?;
            for line in self.strokes.of(b) {
                band.line(&self.lines[*line as usize]);
            }
            for row in 0..BAND_ROWS.min(height - b * BAND_ROWS) {
                band.resolve(row * side, side, frame.row_mut((b * BAND_ROWS + row) as u32));
            }
        }
        Ok(())
    }
}

/// The four points of the cell whose first is point `k`.
#[inline(always)]
fn corners(mesh: &Mesh, k: usize) -> [usize; 4] {
    [k, k + 1, k + mesh.side(), k + mesh.side() + 1]
}

/// The first and last line of samples of each cell, by the index of its first point. What is not
/// to be drawn ends before it begins.
struct Extents<'a> {
    mesh: &'a Mesh,
    extents: &'a mut Vec<(f32, f32)>,
}

impl WithSimd for Extents<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { mesh, extents } = self;
        let side = mesh.side();
        let lines = mesh.lines();
        extents.resize(side * (side - 1), (0.0, 0.0));
        for (j, row) in extents.chunks_exact_mut(side).enumerate() {
            let (near, far) = (&lines[j * side..][..side], &lines[(j + 1) * side..][..side]);
            for i in 0..side - 1 {
                let (a, b, c, d) = (near[i], near[i + 1], far[i], far[i + 1]);
                let least = |a: f32, b: f32| if a < b { a } else { b };
                let most = |a: f32, b: f32| if a > b { a } else { b };
                row[i] = (least(least(a, b), least(c, d)), most(most(a, b), most(c, d)));
            }
            row[side - 1] = NOTHING;
        }
        if mesh.is_all_finite() {
            return;
        }
        for (k, extent) in extents.iter_mut().enumerate().filter(|(k, _)| k % side < side - 1) {
            let finite = corners(mesh, k).into_iter().filter(|k| mesh.is_finite(*k)).count();
            // A cell between values and none would be a cliff that is not there.
            if finite != 0 && finite != 4 {
                *extent = NOTHING;
            }
        }
    }
}

/// Ends before it begins.
const NOTHING: (f32, f32) = (0.0, -1.0);

/// What touches which band, by counting sort.
struct Bins {
    band_lines: f32,
    starts: Vec<u32>,
    next: Vec<u32>,
    items: Vec<u32>,
    ranges: Vec<(u32, u32)>,
}

impl Bins {
    fn new(bands: usize, band_lines: usize) -> Self {
        let starts = vec![0; bands + 1];
        let band_lines = band_lines as f32;
        Self { band_lines, next: starts.clone(), starts, items: Vec::new(), ranges: Vec::new() }
    }

    /// Sorts items by the lines `first..=last` that they touch; their order within a band stays.
    fn sort(&mut self, extents: &[(f32, f32)]) {
        let bands = self.starts.len() - 1;
        let per_line = 1.0 / self.band_lines;
        self.ranges.clear();
        self.ranges.extend(extents.iter().map(|(first, last)| {
            let end = ((last * per_line).max(-1.0) as i32 + 1).clamp(0, bands as i32) as u32;
            let end = if last < first || *last < 0.0 { 0 } else { end };
            (((first * per_line).max(0.0) as u32).min(end), end)
        }));
        self.starts.fill(0);
        for (first, end) in &self.ranges {
            for b in *first..*end {
                self.starts[b as usize + 1] += 1;
            }
        }
        for b in 0..bands {
            self.starts[b + 1] += self.starts[b];
        }
        self.items.resize(self.starts[bands] as usize, 0);
        self.next.copy_from_slice(&self.starts);
        for (item, (first, end)) in (0..).zip(&self.ranges) {
            for b in *first..*end {
                let next = &mut self.next[b as usize];
                self.items[*next as usize] = item;
                *next += 1;
            }
        }
    }

    fn of(&self, band: usize) -> &[u32] {
        &self.items[self.starts[band] as usize..self.starts[band + 1] as usize]
    }
}
