//! What is in a frame: outlines with their colours, in the order in which they are drawn.

use std::f64::consts::TAU;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::motion::Points;
use super::{ColorMode, Motion, Polygon, shapes};
use crate::generate::Clip;
use crate::generate::ink::Point;
use crate::values::{Color, FrameRate, Size};

/// A closed outline, and how it is drawn.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    pub corners: Vec<Point>,
    pub color: Color,
    pub opacity: f64,
}

/// What all frames of a clip are made of.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    look: Polygon,
    points: Points,
    fps: FrameRate,
    size: Size,
    /// The seed of the colours, which is not that of the positions.
    seed: u64,
    /// The palette's table, for gradients.
    table: Vec<[u8; 3]>,
}

/// Makes the seed of the colours another than that of the positions: "color" in ASCII.
const COLOR_SEED: u64 = 0x63_6f6c_6f72;

impl Scene {
    pub(super) fn new(look: &Polygon, clip: Clip) -> Self {
        let points = Points {
            motion: look.motion,
            speed: look.speed,
            clip,
            each: shapes::anchors(look.shape, look.points),
            groups: look.count as usize,
        };
        let table = look.palette.as_ref().map(|p| p.table()).unwrap_or_default();
        let (fps, size, seed) = (clip.fps, clip.size, clip.seed ^ COLOR_SEED);
        Self { look: look.clone(), points, fps, size, seed, table }
    }

    /// Replaces `figures` by those of frame `index`.
    pub(super) fn figures(&self, index: u64, figures: &mut Vec<Figure>) {
        let look = &self.look;
        let mut anchors = Vec::new();
        self.points.at(index, self.fps.seconds(index), &mut anchors);
        let colors = self.colors(index);
        figures.clear();
        if look.is_mesh() {
            for (site, corners) in shapes::mesh(look.shape, &anchors, self.size) {
                let color = colors.get(site).copied().unwrap_or(look.color);
                self.add(figures, corners, color, look.opacity);
            }
            return;
        }
        let last = look.count.max(2) - 1;
        for (i, group) in anchors.chunks_exact(self.points.each).enumerate() {
            let corners = shapes::outline(look.shape, look.points, group);
            let opacity = match look.motion {
                // Older shapes are fainter.
                Motion::Trail => look.opacity * (i as f64 + 1.0) / (f64::from(last) + 1.0),
                _ => look.opacity,
            };
            let color = colors.get(i).copied().unwrap_or(look.color);
            if look.motion == Motion::Drift {
                self.add_around(figures, corners, color, opacity);
            } else {
                self.add(figures, corners, color, opacity);
            }
        }
    }

    /// Adds an outline as often as the symmetry asks for.
    fn add(&self, figures: &mut Vec<Figure>, corners: Vec<Point>, color: Color, opacity: f64) {
        let turns = self.look.symmetry;
        let (x, y) = (f64::from(self.size.width) / 2.0, f64::from(self.size.height) / 2.0);
        for turn in 1..turns {
            let (sin, cos) = libm::sincos(TAU * f64::from(turn) / f64::from(turns));
            let turned = corners.iter().map(|p| {
                let (dx, dy) = (p.0 - x, p.1 - y);
                (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
            });
            figures.push(Figure { corners: turned.collect(), color, opacity });
        }
        figures.push(Figure { corners, color, opacity });
    }

    /// Adds an outline on a torus: what leaves at one border enters at the other.
    fn add_around(&self, figures: &mut Vec<Figure>, corners: Vec<Point>, color: Color, o: f64) {
        let (w, h) = (f64::from(self.size.width), f64::from(self.size.height));
        let pad = self.look.width;
        let range = |of: fn(&Point) -> f64| {
            corners
                .iter()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, r), v| (l.min(v), r.max(v)))
        };
        let ((left, right), (top, bottom)) = (range(|p| p.0), range(|p| p.1));
        for dx in [-w, 0.0, w] {
            for dy in [-h, 0.0, h] {
                let seen = left + dx < w + pad
                    && right + dx > -pad
                    && top + dy < h + pad
                    && bottom + dy > -pad;
                if seen {
                    let moved = corners.iter().map(|p| (p.0 + dx, p.1 + dy)).collect();
                    self.add(figures, moved, color, o);
                }
            }
        }
    }

    /// The colour of each shape; none if all have the same. Without motion they are drawn for each frame, as the shapes
    /// are; with motion they stay.
    fn colors(&self, index: u64) -> Vec<Color> {
        let count = self.look.count as usize;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(if self.look.motion == Motion::None { index } else { 0 });
        match (self.look.color_mode, &self.look.palette) {
            (ColorMode::Random, _) => (0..count)
                .map(|_| {
                    let [r, g, b, _] = rng.next_u32().to_le_bytes();
                    Color([r, g, b])
                })
                .collect(),
            (ColorMode::Palette, Some(palette)) => {
                let colors = palette.colors();
                // Multiplying and shifting spreads 32 bits evenly over any number of colours.
                let pick = |random: u32| ((u64::from(random) * colors.len() as u64) >> 32) as usize;
                (0..count).map(|_| colors[pick(rng.next_u32())]).collect()
            }
            (ColorMode::Gradient, Some(_)) => (0..count)
                .map(|i| Color(self.table[i * (self.table.len() - 1) / (count.max(2) - 1)]))
                .collect(),
            _ => Vec::new(),
        }
    }
}
