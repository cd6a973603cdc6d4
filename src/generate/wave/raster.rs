//! Triangles and lines with hidden surfaces removed, a band of the picture at a time, so that
//! the depth buffer stays in the cache and its size does not grow with the picture.

use super::camera::Vec3;
use super::grid::Vertex;

/// A horizontal band of samples: nearness and packed colour of what is nearest in each.
pub(super) struct Band {
    width: usize,
    top: usize,
    lines: usize,
    nearness: Vec<f32>,
    colors: Vec<u32>,
}

/// A line in the picture, from point to point (samples right, samples down, nearness).
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub from: Vec3,
    pub to: Vec3,
    /// sRGB, 0 to 255.
    pub color: [u8; 3],
    /// How much it covers, 0 to 1.
    pub opacity: f32,
    /// Samples across.
    pub width: f32,
}

/// Lines lie on the surface they belong to; this much nearness is forgiven them.
const LINE_BIAS: f32 = 0.002;

/// Up to so many samples, a triangle has one colour: finer shading would not be seen.
const FLAT: f32 = 6.0;

impl Band {
    pub(super) fn new(width: usize, lines: usize) -> Self {
        let samples = width * lines;
        Self { width, top: 0, lines, nearness: vec![0.0; samples], colors: vec![0; samples] }
    }

    /// Starts over at line `top` of the picture, in one colour, infinitely far.
    pub(super) fn clear(&mut self, top: usize, color: [u8; 3]) {
        self.top = top;
        self.nearness.fill(0.0);
        self.colors.fill(pack(color));
    }

    /// The colours of line `line` of the band.
    pub(super) fn line_colors(&self, line: usize) -> &[u32] {
        &self.colors[line * self.width..][..self.width]
    }

    /// Draws the part of a triangle that lies in the band.
    ///
    /// Edges that triangles share are walked from the same end by the same arithmetic, so that
    /// neighbours leave no gap and share no sample.
    pub(super) fn triangle(&mut self, mut v: [&Vertex; 3]) {
        if v[0].at[1] > v[1].at[1] {
            v.swap(0, 1);
        }
        if v[1].at[1] > v[2].at[1] {
            v.swap(1, 2);
        }
        if v[0].at[1] > v[1].at[1] {
            v.swap(0, 1);
        }
        let [a, b, c] = v.map(|v| v.at);
        let first = first_middle(a[1]).max(self.top as i32);
        let last = first_middle(c[1]).min((self.top + self.lines) as i32);
        if first >= last {
            return;
        }
        let (bx, by, cx, cy) = (b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]);
        let area = bx * cy - cx * by;
        if area.abs() < 1e-9 {
            return;
        }
        let inverse = 1.0 / area;
        // The change of a plane through the three corners, to the right and downwards.
        let gradient = |va: f32, vb: f32, vc: f32| {
            let (db, dc) = (vb - va, vc - va);
            ((db * cy - dc * by) * inverse, (dc * bx - db * cx) * inverse)
        };
        let (zx, zy) = gradient(a[2], b[2], c[2]);
        let left = a[0].min(b[0]).min(c[0]);
        let right = a[0].max(b[0]).max(c[0]);
        let colors = v.map(|v| v.color);
        let shading = if right - left <= FLAT && cy <= FLAT {
            let third = 1.0 / 3.0;
            let mean = [0, 1, 2].map(|i| (colors[0][i] + colors[1][i] + colors[2][i]) * third);
            Shading::Flat(pack(mean.map(|c| c as u8)))
        } else {
            Shading::Smooth([0, 1, 2].map(|i| {
                let (x, y) = gradient(colors[0][i], colors[1][i], colors[2][i]);
                [colors[0][i], x, y]
            }))
        };
        let slope = |p: Vec3, q: Vec3| (q[0] - p[0]) / (q[1] - p[1]);
        let (ac, ab, bc) = (slope(a, c), slope(a, b), slope(b, c));
        for line in first..last {
            let y = line as f32 + 0.5;
            let long = a[0] + (y - a[1]) * ac;
            let short = if y < b[1] { a[0] + (y - a[1]) * ab } else { b[0] + (y - b[1]) * bc };
            let (x0, x1) = if long < short { (long, short) } else { (short, long) };
            let start = first_middle(x0).max(0) as usize;
            let end = first_middle(x1).clamp(0, self.width as i32) as usize;
            if start >= end {
                continue;
            }
            let (dx, dy) = (start as f32 + 0.5 - a[0], y - a[1]);
            let row = (line as usize - self.top) * self.width;
            let nearness = &mut self.nearness[row + start..row + end];
            let pixels = nearness.iter_mut().zip(&mut self.colors[row + start..row + end]);
            let near = a[2] + dx * zx + dy * zy;
            match &shading {
                Shading::Flat(color) => {
                    for (i, (z, pixel)) in pixels.enumerate() {
                        let here = near + i as f32 * zx;
                        if here > *z {
                            (*z, *pixel) = (here, *color);
                        }
                    }
                }
                Shading::Smooth(planes) => {
                    let start = planes.map(|[v, x, y]| v + dx * x + dy * y);
                    for (i, (z, pixel)) in pixels.enumerate() {
                        let here = near + i as f32 * zx;
                        if here > *z {
                            *z = here;
                            let i = i as f32;
                            *pixel = pack([0, 1, 2].map(|c| (start[c] + i * planes[c][1]) as u8));
                        }
                    }
                }
            }
        }
    }

    /// Draws the visible part of a line over what lies in the band; ends are cut straight.
    pub(super) fn line(&mut self, line: &Line) {
        let (dx, dy) = (line.to[0] - line.from[0], line.to[1] - line.from[1]);
        let steep = dy.abs() > dx.abs();
        let major = usize::from(steep);
        let (from, to) = match line.from[major] <= line.to[major] {
            true => (line.from, line.to),
            false => (line.to, line.from),
        };
        let run = to[major] - from[major];
        if run <= 0.0 {
            return;
        }
        // The width across, measured along the minor axis.
        let half = line.width / 2.0 * ((dx * dx + dy * dy).sqrt() / run);
        let (first, last) = (first_middle(from[major]), first_middle(to[major]));
        let (first, last) = match steep {
            true => (first.max(self.top as i32), last.min((self.top + self.lines) as i32)),
            false => (first.max(0), last.min(self.width as i32)),
        };
        for step in first..last {
            let t = (step as f32 + 0.5 - from[major]) / run;
            let middle = from[1 - major] + t * (to[1 - major] - from[1 - major]);
            let near = from[2] + t * (to[2] - from[2]) + LINE_BIAS;
            let start = (middle - half - 0.5).floor() as i32;
            for across in start..=(middle + half + 0.5).floor() as i32 {
                let (x, y) = if steep { (across, step) } else { (step, across) };
                let y = y - self.top as i32;
                if x < 0 || y < 0 || x >= self.width as i32 || y >= self.lines as i32 {
                    continue;
                }
                let k = y as usize * self.width + x as usize;
                let seen = half + 0.5 - (across as f32 + 0.5 - middle).abs();
                if seen > 0.0 && near > self.nearness[k] {
                    let alpha = seen.min(1.0).min(2.0 * half) * line.opacity;
                    let below = unpack(self.colors[k]);
                    let mixed = [0, 1, 2].map(|i| {
                        let (b, c) = (f32::from(below[i]), f32::from(line.color[i]));
                        (b + (c - b) * alpha + 0.5) as u8
                    });
                    self.colors[k] = pack(mixed);
                }
            }
        }
    }
}

enum Shading {
    Flat(u32),
    /// For each channel the value at the first corner, and its change right and down.
    Smooth([[f32; 3]; 3]),
}

/// The first sample whose middle is not before `x`.
fn first_middle(x: f32) -> i32 {
    (x - 0.5).ceil() as i32
}

fn pack([r, g, b]: [u8; 3]) -> u32 {
    u32::from_le_bytes([r, g, b, 0])
}

pub(super) fn unpack(color: u32) -> [u8; 3] {
    let [r, g, b, _] = color.to_le_bytes();
    [r, g, b]
}
