//! Fields of heights: smooth between cells, coloured by height, and lit from the side.

use super::super::Simulate;
use super::super::choices::Kind;
use super::{Shade, Shades, cells, ground};
use crate::generate::Frame;
use crate::values::Size;

/// Draws heights by their colours; with tints they are how bright the colour of the tint is.
pub(super) fn draw(now: &Simulate, heights: &[u16], tints: Option<&[u8]>, frame: &mut Frame) {
    let size = frame.size();
    let field = now.field(size);
    let heights = Upright::new(size, now.cell, field).enlarge(heights);
    match tints {
        Some(tints) => {
            let shades = Shades::of(now);
            let colors: Vec<Shade> =
                (0..256).map(|tint| shades.at(f64::from(tint) / 255.0)).collect();
            let (cell, columns, width) = (now.cell as usize, field.0, size.width as usize);
            let ground = ground(now);
            paint(now, frame, |n| {
                let tint = tints[n / width / cell * columns + n % width / cell];
                over(colors[usize::from(tint)], heights[n] >> 8, ground)
            });
        }
        None => {
            // Heights of 16 bits are coloured by 12.
            let table = table(now);
            let color = |n: usize| table[usize::from(heights[n] >> 4)];
            match now.relief > 0.0 {
                true => {
                    let light = Lamp::new(now);
                    paint(now, frame, |n| {
                        // What lies low has no gloss, where slopes are of next to nothing.
                        let gloss = f32::from(heights[n]) * (3.0 / 65_535.0);
                        light.on(color(n), slope(&heights, n, size), gloss.min(1.0))
                    });
                }
                false => paint(now, frame, color),
            }
        }
    }
}

/// Draws cells of a colour each, lit as steps of a relief.
pub(super) fn draw_tones(now: &Simulate, tones: &[u8], frame: &mut Frame) {
    let size = frame.size();
    let (columns, _) = now.field(size);
    let (cell, width) = (now.cell as usize, size.width as usize);
    let (table, light) = (cells::table(now), Lamp::new(now));
    let tone = |n: usize| tones[n / width / cell * columns + n % width / cell];
    let heights: Vec<u16> = (0..size.pixels()).map(|n| u16::from(tone(n).min(4)) * 2_000).collect();
    paint(now, frame, |n| light.on(table[usize::from(tone(n))], slope(&heights, n, size), 1.0));
}

/// The colour of each height, of 12 bits.
fn table(now: &Simulate) -> Vec<Shade> {
    let (shades, ground) = (Shades::of(now), ground(now));
    let has_ground = now.has_background();
    let color = |height: u16| {
        let color = shades.at(f64::from(height) / 4095.0);
        // What is hardly there lets the ground be seen.
        // As light over other layers, it is no more there than it is bright.
        let much = if ground[3] == 0 { height / 8 } else { height / 2 };
        if has_ground { over(color, much.min(255), ground) } else { color }
    };
    (0..4096).map(color).collect()
}

/// A colour, of which so many parts of 255 are seen, over the ground.
fn over(color: Shade, much: u16, ground: Shade) -> Shade {
    let (much, rest) = (u32::from(much.min(255)), 255 - u32::from(much.min(255)));
    std::array::from_fn(|n| {
        ((u32::from(color[n]) * much + u32::from(ground[n]) * rest + 127) / 255) as u8
    })
}

/// Gives each pixel its colour.
fn paint(now: &Simulate, frame: &mut Frame, color: impl Fn(usize) -> Shade) {
    let is_opaque = now.is_opaque();
    match is_opaque {
        true => frame.set_opaque(),
        false => frame.clear(),
    }
    let (data, alpha) = frame.planes_mut();
    let (pixels, _) = data.as_chunks_mut::<3>();
    for (n, pixel) in pixels.iter_mut().enumerate() {
        let [r, g, b, a] = color(n);
        *pixel = [r, g, b];
        if !is_opaque {
            alpha[n] = a;
        }
    }
}

/// How much higher it is to the right of a pixel than to its left, and above than below.
fn slope(heights: &[u16], n: usize, size: Size) -> [f32; 2] {
    let width = size.width as usize;
    let x = n % width;
    let at = |n: usize| f32::from(heights[n]);
    let left = if x > 0 { at(n - 1) } else { at(n) };
    let right = if x + 1 < width { at(n + 1) } else { at(n) };
    let above = if n >= width { at(n - width) } else { at(n) };
    let below = if n + width < heights.len() { at(n + width) } else { at(n) };
    [right - left, above - below]
}

/// Light from the side, at half a right angle.
struct Lamp {
    /// Where it comes from: to the right, upwards, towards the viewer.
    from: [f32; 3],
    /// The middle between that and the viewer.
    half: [f32; 3],
    steep: f32,
}

impl Lamp {
    fn new(now: &Simulate) -> Self {
        let angle = now.light.to_radians();
        let flat = std::f64::consts::FRAC_1_SQRT_2;
        let from = [flat * libm::cos(angle), flat * libm::sin(angle), flat];
        let half = [from[0], from[1], from[2] + 1.0];
        let length = (half[0] * half[0] + half[1] * half[1] + half[2] * half[2]).sqrt();
        // Of a pile of grains, no more than its four heights are known.
        let much = if now.kind == Kind::Sandpile { 4.0 } else { 14.0 };
        Self {
            from: from.map(|v| v as f32),
            half: half.map(|v| (v / length) as f32),
            steep: (now.relief * much / 2.0 / 65_535.0) as f32,
        }
    }

    /// A colour in this light, on a slope, with so much gloss (0 to 1) (B. T. Phong's and J. Blinn's model).
    #[inline(always)]
    fn on(&self, [r, g, b, a]: Shade, [right, up]: [f32; 2], gloss_of: f32) -> Shade {
        let (x, y) = (-right * self.steep, -up * self.steep);
        let length = 1.0 / (x * x + y * y + 1.0).sqrt();
        let with = |way: [f32; 3]| {
            let part = (x * way[0] + y * way[1] + way[2]) * length;
            if part > 0.0 { part } else { 0.0 }
        };
        // On a plane, a colour is as it is.
        let lit = 0.3 + 0.7 * with(self.from) / self.from[2];
        let gloss = with(self.half);
        let gloss = gloss * gloss;
        let gloss = gloss * gloss;
        let gloss = gloss * gloss;
        let gloss = gloss * gloss;
        let gloss = (gloss * gloss - 0.08) * 90.0;
        let gloss = if gloss > 0.0 { gloss * gloss_of } else { 0.0 };
        let of = |c: u8| {
            let value = f32::from(c) * lit + gloss + 0.5;
            if value < 255.0 { value as u8 } else { 255 }
        };
        [of(r).min(a), of(g).min(a), of(b).min(a), a]
    }
}

/// From cells to pixels, straight between the middles of cells.
struct Upright {
    size: Size,
    cell: usize,
    field: (usize, usize),
}

impl Upright {
    fn new(size: Size, cell: u32, field: (usize, usize)) -> Self {
        Self { size, cell: cell as usize, field }
    }

    /// The cells to both sides of a pixel, and how much the second counts, in parts of 65536.
    fn between(&self, pixel: usize, cells: usize) -> (usize, usize, u32) {
        // In halves of pixels, from the middle of the first cell.
        let at = (2 * pixel + 1).saturating_sub(self.cell);
        let first = (at / (2 * self.cell)).min(cells - 1);
        let part = at % (2 * self.cell) * 65_536 / (2 * self.cell);
        (first, (first + 1).min(cells - 1), part as u32)
    }

    fn enlarge(&self, heights: &[u16]) -> Vec<u16> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        if self.cell == 1 {
            return heights.to_vec();
        }
        let (columns, rows) = self.field;
        let places: Vec<(usize, usize, u32)> =
            (0..width).map(|x| self.between(x, columns)).collect();
        let mix = |a: u16, b: u16, part: u32| {
            ((u64::from(a) * u64::from(65_536 - part) + u64::from(b) * u64::from(part)) >> 16)
                as u16
        };
        let mut line = vec![0; columns];
        let mut out = Vec::with_capacity(width * height);
        for y in 0..height {
            let (first, second, part) = self.between(y, rows);
            let (above, below) =
                (&heights[first * columns..][..columns], &heights[second * columns..][..columns]);
            for (at, (above, below)) in line.iter_mut().zip(above.iter().zip(below)) {
                *at = mix(*above, *below, part);
            }
            out.extend(
                places.iter().map(|(left, right, part)| mix(line[*left], line[*right], *part)),
            );
        }
        out
    }
}
