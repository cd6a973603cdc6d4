//! Triangles and lines with hidden surfaces removed, a band of the picture at a time, so that
//! the depth buffer stays in the cache and its size does not grow with the picture.

use wide::{f32x4, u32x4};

use super::camera::Vec3;
use super::mesh::Vertex;

/// A horizontal band of samples: nearness and packed colour of what is nearest in each.
pub(super) struct Band {
    width: usize,
    top: usize,
    lines: usize,
    nearness: Vec<f32>,
    colors: Vec<u32>,
    /// A row of pixels.
    means: Vec<u32>,
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

/// What varies linearly over a face: the value at `origin` and its change right and down.
struct Plane {
    origin: (f32, f32),
    nearness: (f32, f32, f32),
    color: [(f32, f32, f32); 3],
}

/// Lines lie on the surface they belong to; this much nearness is forgiven them.
const LINE_BIAS: f32 = 0.002;

/// A cell of the surface up to this size, in samples, is drawn as one plane, in vectors: most
/// cells are, and at their size a wrong guess of the processor costs more than the work it saves.
const SMALL_WIDTH: f32 = 15.0;
const SMALL_LINES: usize = 32;

/// Samples that are drawn together; the buffers have room for as many beyond the last.
const TOGETHER: usize = 4;

const LANES: f32x4 = f32x4::new([0.0, 1.0, 2.0, 3.0]);

impl Band {
    /// For pictures of `columns` pixels, with `side` samples along each side of a pixel.
    pub(super) fn new(columns: usize, rows: usize, side: usize) -> Self {
        let (width, lines) = (columns * side, rows * side);
        let samples = width * lines + TOGETHER;
        Self {
            width,
            top: 0,
            lines,
            nearness: vec![0.0; samples],
            colors: vec![0; samples],
            means: vec![0; columns],
        }
    }

    /// Starts over at line `top` of the picture, in one colour, infinitely far.
    pub(super) fn clear(&mut self, top: usize, color: [u8; 3]) {
        self.top = top;
        self.nearness.fill(0.0);
        self.colors.fill(pack(color));
    }

    /// One row of pixels from the `side` lines that begin at `line`: means of `side * side`
    /// samples.
    #[inline(always)]
    pub(super) fn resolve(&mut self, line: usize, side: usize, row: &mut [u8]) {
        let lines = &self.colors[line * self.width..][..side * self.width];
        match side {
            1 => self.means.copy_from_slice(lines),
            2 => {
                let (upper, lower) = lines.split_at(self.width);
                let pairs = upper.chunks_exact(2).zip(lower.chunks_exact(2));
                for (mean, (u, l)) in self.means.iter_mut().zip(pairs) {
                    // Red and blue share a sum, 16 bits each.
                    let red_blue = |c: u32| c & 0x00ff_00ff;
                    let green = |c: u32| c & 0x0000_ff00;
                    let rb = red_blue(u[0]) + red_blue(u[1]) + red_blue(l[0]) + red_blue(l[1]);
                    let g = green(u[0]) + green(u[1]) + green(l[0]) + green(l[1]);
                    *mean = red_blue((rb + 0x0002_0002) >> 2) | green((g + 0x0200) >> 2);
                }
            }
            _ => {
                let n = (side * side) as u32;
                for (x, mean) in self.means.iter_mut().enumerate() {
                    let mut sums = [n / 2; 3];
                    for l in 0..side {
                        for color in &lines[l * self.width + x * side..][..side] {
                            for (sum, c) in sums.iter_mut().zip(unpack(*color)) {
                                *sum += u32::from(c);
                            }
                        }
                    }
                    *mean = pack(sums.map(|s| (s / n) as u8));
                }
            }
        }
        for (pixel, mean) in row.chunks_exact_mut(3).zip(&self.means) {
            pixel.copy_from_slice(&unpack(*mean));
        }
    }

    /// Draws the part of a cell of the surface that lies in the band; its corners in the order
    /// near left, near right, far left, far right.
    #[inline(always)]
    pub(super) fn cell(&mut self, v: [Vertex; 4]) {
        let [a, b, c, d] = v.map(|v| v.at);
        let (left, right) = (least(a[0], b[0], c[0], d[0]), -least(-a[0], -b[0], -c[0], -d[0]));
        let (top, bottom) = (least(a[1], b[1], c[1], d[1]), -least(-a[1], -b[1], -c[1], -d[1]));
        if right - left < SMALL_WIDTH && bottom - top < (SMALL_LINES - 1) as f32 {
            return self.small(&v, top, bottom);
        }
        // Cut along the diagonal whose ends are more alike: across a crest, the other one would
        // give it teeth.
        if (a[2] - d[2]).abs() <= (b[2] - c[2]).abs() {
            self.triangle([&v[0], &v[1], &v[3]]);
            self.triangle([&v[0], &v[3], &v[2]]);
        } else {
            self.triangle([&v[0], &v[1], &v[2]]);
            self.triangle([&v[1], &v[3], &v[2]]);
        }
    }

    /// A small cell, as one plane: what lies between its outermost edges.
    #[inline(always)]
    fn small(&mut self, v: &[Vertex; 4], top: f32, bottom: f32) {
        let first = first_middle(top).max(self.top as i32);
        let last = first_middle(bottom).min((self.top + self.lines) as i32);
        if first >= last {
            return;
        }
        let [a, b, c, d] = v.map(|v| v.at);
        let edges = [(a, b), (b, d), (c, d), (a, c)].map(|(p, q)| {
            // From the upper end, as in every cell that shares the edge.
            let (p, q) = if p[1] <= q[1] { (p, q) } else { (q, p) };
            (p[0], p[1], q[1], (q[0] - p[0]) / (q[1] - p[1]))
        });
        let (mut left, mut right) = ([0; SMALL_LINES], [0; SMALL_LINES]);
        for begin in (0..(last - first) as usize).step_by(TOGETHER) {
            let y = f32x4::splat(first as f32 + 0.5 + begin as f32) + LANES;
            let (mut l, mut r) = (f32x4::splat(f32::MAX), f32x4::splat(f32::MIN));
            for (px, py, qy, slope) in edges {
                let crosses = y.simd_ge(f32x4::splat(py)) & y.simd_lt(f32x4::splat(qy));
                let x = f32x4::splat(px) + (y - f32x4::splat(py)) * f32x4::splat(slope);
                l = crosses.bitselect(x.fast_min(l), l);
                r = crosses.bitselect(x.fast_max(r), r);
            }
            // As `first_middle`; where no edge crosses, out of range becomes the least integer.
            let middle = |x: f32x4| (x + f32x4::splat(0.5)).fast_trunc_int().to_array();
            left[begin..begin + TOGETHER].copy_from_slice(&middle(l));
            right[begin..begin + TOGETHER].copy_from_slice(&middle(r));
        }
        // The plane of the diagonals, through the middle.
        let mean = |f: &dyn Fn(&Vertex) -> f32| (f(&v[0]) + f(&v[1]) + f(&v[2]) + f(&v[3])) * 0.25;
        let (mx, my) = (mean(&|v| v.at[0]), mean(&|v| v.at[1]));
        let (ux, uy) = (d[0] - a[0], d[1] - a[1]);
        let (wx, wy) = (c[0] - b[0], c[1] - b[1]);
        let area = ux * wy - wx * uy;
        // Seen from the edge, a cell is a line, everywhere as its middle.
        let inverse = if area.abs() > 1e-2 { 1.0 / area } else { 0.0 };
        let plane = |f: &dyn Fn(&Vertex) -> f32| {
            let (u, w) = ((f(&v[3]) - f(&v[0])) * inverse, (f(&v[2]) - f(&v[1])) * inverse);
            (mean(f), u * wy - w * uy, w * ux - u * wx)
        };
        let plane = Plane {
            origin: (mx, my),
            nearness: plane(&|v| v.at[2]),
            color: [0, 1, 2].map(|i| plane(&|v| v.color[i])),
        };
        for line in first..last {
            let (l, r) = (left[(line - first) as usize], right[(line - first) as usize]);
            self.span(line, l, r, &plane);
        }
    }

    /// Draws what is nearest of a plane, from sample `start` to before `end` on a line of the
    /// picture.
    #[inline(always)]
    fn span(&mut self, line: i32, start: i32, end: i32, plane: &Plane) {
        let start = start.max(0) as usize;
        let end = end.clamp(0, self.width as i32) as usize;
        if start >= end {
            return;
        }
        let row = (line as usize - self.top) * self.width;
        let dx = start as f32 + 0.5 - plane.origin.0;
        let dy = line as f32 + 0.5 - plane.origin.1;
        let begin = |(v, x, y): (f32, f32, f32)| {
            f32x4::splat(v + dx * x + dy * y) + LANES * f32x4::splat(x)
        };
        let mut here = begin(plane.nearness);
        let step = f32x4::splat(plane.nearness.1 * TOGETHER as f32);
        for x in (0..end - start).step_by(TOGETHER) {
            let nearness = self.nearness[row + start + x..].first_chunk_mut::<TOGETHER>();
            let Some(nearness) = nearness else { break };
            let before = f32x4::from(*nearness);
            let inside = LANES.simd_lt(f32x4::splat((end - start - x) as f32));
            let seen = here.simd_gt(before) & inside;
            // Cells come from the front as a rule, and most of what is behind is hidden.
            if seen.any() {
                *nearness = seen.bitselect(here, before).to_array();
                let byte = |c: usize| {
                    let v = begin(plane.color[c]) + f32x4::splat(x as f32 * plane.color[c].1);
                    let v = v.fast_max(f32x4::ZERO).fast_min(f32x4::splat(255.0));
                    // The sum's low bits are the rounded integer.
                    let v: u32x4 = bytemuck::cast(v + f32x4::splat(8_388_608.0));
                    v & u32x4::splat(0xff)
                };
                let packed: u32x4 = byte(0) | (byte(1) << 8_u32) | (byte(2) << 16_u32);
                let mask: u32x4 = bytemuck::cast(seen);
                let colors = self.colors[row + start + x..].first_chunk_mut::<TOGETHER>();
                let Some(colors) = colors else { break };
                let mixed: u32x4 = (packed & mask) | (u32x4::from(*colors) & !mask);
                *colors = mixed.to_array();
            }
            here += step;
        }
    }

    /// Draws the part of a triangle that lies in the band.
    ///
    /// Edges that triangles share are walked from the same end by the same arithmetic, so that
    /// neighbours leave no gap and share no sample.
    #[inline(always)]
    fn triangle(&mut self, mut v: [&Vertex; 3]) {
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
        let v = v.map(|v| *v);
        let through = |f: &dyn Fn(&Vertex) -> f32| {
            let (db, dc) = (f(&v[1]) - f(&v[0]), f(&v[2]) - f(&v[0]));
            (f(&v[0]), (db * cy - dc * by) * inverse, (dc * bx - db * cx) * inverse)
        };
        let plane = Plane {
            origin: (a[0], a[1]),
            nearness: through(&|v| v.at[2]),
            color: [0, 1, 2].map(|i| through(&|v| v.color[i])),
        };
        let slope = |p: Vec3, q: Vec3| (q[0] - p[0]) / (q[1] - p[1]);
        let (ac, ab, bc) = (slope(a, c), slope(a, b), slope(b, c));
        for line in first..last {
            let y = line as f32 + 0.5;
            let long = a[0] + (y - a[1]) * ac;
            let short = if y < b[1] { a[0] + (y - a[1]) * ab } else { b[0] + (y - b[1]) * bc };
            let (left, right) = if long < short { (long, short) } else { (short, long) };
            self.span(line, first_middle(left), first_middle(right), &plane);
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

#[inline(always)]
fn least(a: f32, b: f32, c: f32, d: f32) -> f32 {
    let low = |a: f32, b: f32| if a < b { a } else { b };
    low(low(a, b), low(c, d))
}

/// The first sample whose middle is beyond `x`; anything below 1 where that is before the first.
#[inline(always)]
fn first_middle(x: f32) -> i32 {
    (x + 0.5) as i32
}

fn pack([r, g, b]: [u8; 3]) -> u32 {
    u32::from_le_bytes([r, g, b, 0])
}

fn unpack(color: u32) -> [u8; 3] {
    let [r, g, b, _] = color.to_le_bytes();
    [r, g, b]
}
