//! Bands of the spectrum around a circle.

use std::f32::consts::TAU;

use super::bars::Bands;
use super::sheet::Sheet;
use super::tap::Tap;
use super::trace::cubic;
use super::{Drawn, Scope, Style};
use crate::generate::gradient::turns;
use crate::generate::{Clip, Frame, PaintError};

/// Draws the bands of the spectrum around a circle: the lowest at the bottom, up both sides.
pub(super) struct CircleView {
    bands: Bands,
    table: Vec<[u8; 3]>,
    /// Where each pixel lies: how far from the middle, in pixels, and how far around, from 0 to 1; row by row.
    places: Vec<(f32, f32)>,
}

/// Points around the circle where a curve is known.
const POINTS: usize = 2048;

impl CircleView {
    pub fn new(scope: &Scope, clip: Clip, rate: u32) -> Self {
        let (width, height) = (clip.size.width as usize, clip.size.height as usize);
        let place = |n: usize| {
            let x = (n % width) as f32 + 0.5 - width as f32 / 2.0;
            let y = (n / width) as f32 + 0.5 - height as f32 / 2.0;
            // From the bottom on, counter-clockwise.
            ((x * x + y * y).sqrt(), turns(y, x))
        };
        let places = (0..width * height).map(place).collect();
        Self { bands: Bands::new(scope, clip, rate), table: scope.table(), places }
    }
}

impl Drawn for CircleView {
    fn draw(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
        frame: &mut Frame,
    ) -> Result<(), PaintError> {
        frame.begin(now.background);
        let seen = self.bands.heights(now, index, tap)?;
        // Left on the left, right on the right; or the same on both sides.
        let (right, left) = (&seen[seen.len() - 1], &seen[0]);
        let levels: Vec<f32> =
            right.iter().chain(left.iter().rev()).map(|height| height.level).collect();
        let mut sheet = Sheet::new(frame);
        let half = sheet.width.min(sheet.height) as f32 / 2.0;
        let (inner, reach) = (half * now.radius as f32, half * (1.0 - now.radius as f32) - 1.0);
        let curve = curve(&levels);
        let near = match now.style {
            Style::Line => near(&curve, inner, reach, now.width as f32 / 2.0),
            _ => Vec::new(),
        };
        let turned = (now.angle / 360.0).rem_euclid(1.0) as f32;
        let ring = Ring { now, inner, reach, turned, curve, near, levels };
        let outer = ring.inner + ring.reach + now.width as f32 + 1.0;
        let last = (self.table.len() - 1) as f32;
        let (middle, width) = (sheet.height as f32 / 2.0, sheet.width);
        let rows = (middle - outer).max(0.0) as usize
            ..((middle + outer).max(0.0) as usize).min(sheet.height);
        for y in rows {
            for (x, (far, around)) in self.places[y * width..][..width].iter().enumerate() {
                if *far > outer {
                    continue;
                }
                let cover = (ring.covers(*far, *around) * 255.0 + 0.5) as u32;
                if cover > 0 {
                    let level = ((far - ring.inner) / ring.reach).clamp(0.0, 1.0);
                    sheet.put(x, y, self.table[(level * last) as usize], cover);
                }
            }
        }
        Ok(())
    }
}

/// A smooth closed curve through levels, at [`POINTS`] points.
fn curve(levels: &[f32]) -> Vec<f32> {
    let count = levels.len();
    let level = |n: usize| levels[n % count];
    let at = |n: usize| {
        let at = n as f32 / POINTS as f32 * count as f32 + count as f32 - 0.5;
        let before = at as usize;
        let four = [level(before + count - 1), level(before), level(before + 1), level(before + 2)];
        cubic(four, at - before as f32).clamp(0.0, 1.0)
    };
    (0..POINTS).map(at).collect()
}

/// How far from the middle a curve is at least and at most, within `width` of each point.
fn near(curve: &[f32], inner: f32, reach: f32, width: f32) -> Vec<(f32, f32)> {
    let around = (width * POINTS as f32 / (TAU * inner.max(1.0))).ceil() as usize;
    let around = around.clamp(1, POINTS / 8);
    let place = |n: usize| inner + reach * curve[n % POINTS];
    let ends = |n: usize| {
        let places = (n + POINTS - around..=n + POINTS + around + 1).map(place);
        places.fold((f32::MAX, f32::MIN), |(least, most), far| (least.min(far), most.max(far)))
    };
    (0..POINTS).map(ends).collect()
}

struct Ring<'a> {
    now: &'a Scope,
    /// Where levels begin, in pixels from the middle.
    inner: f32,
    /// How far it is to full scale, in pixels.
    reach: f32,
    turned: f32,
    /// The bands, from the bottom on around the circle.
    levels: Vec<f32>,
    curve: Vec<f32>,
    /// See [`near`]; empty where no line is drawn.
    near: Vec<(f32, f32)>,
}

impl Ring<'_> {
    /// How much of a pixel is covered that lies so far from the middle and around.
    #[inline(always)]
    fn covers(&self, far: f32, around: f32) -> f32 {
        let around = around - self.turned;
        let around = if around < 0.0 { around + 1.0 } else { around };
        match self.now.style {
            Style::Bars => return self.bar(far, around),
            Style::Dots => return self.dot(far, around),
            Style::Line | Style::Fill => {}
        }
        let at = around * POINTS as f32;
        let before = at as usize % POINTS;
        let (one, other) = (self.curve[before], self.curve[(before + 1) % POINTS]);
        let end = self.inner + self.reach * (one + (other - one) * (at - at.floor()));
        let width = self.now.width as f32 / 2.0;
        if self.now.style == Style::Fill {
            return (end - far + 0.5)
                .clamp(0.0, 1.0)
                .min((far - self.inner + width + 0.5).clamp(0.0, 1.0));
        }
        // The line goes no further than the curve does near it, however steep that is.
        let (least, most) = self.near[before];
        if far < least - width - 0.5 || far > most + width + 0.5 {
            return 0.0;
        }
        // The distance to a line of this slope.
        let slope = (other - one) * self.reach * POINTS as f32 / (TAU * end.max(1.0));
        let distance = (far - end).abs() / (1.0 + slope * slope).sqrt();
        (width + 0.5 - distance).clamp(0.0, 1.0)
    }

    /// A dot at the end of each band.
    fn dot(&self, far: f32, around: f32) -> f32 {
        let count = self.levels.len() as f32;
        let at = around * count;
        let n = (at as usize).min(self.levels.len() - 1);
        let end = self.inner + self.reach * self.levels[n];
        let across = (at - n as f32 - 0.5) * TAU * far / count;
        let distance = (across * across + (far - end) * (far - end)).sqrt();
        (self.now.width as f32 + 0.5 - distance).clamp(0.0, 1.0)
    }

    fn bar(&self, far: f32, around: f32) -> f32 {
        let count = self.levels.len() as f32;
        let at = around * count;
        let n = (at as usize).min(self.levels.len() - 1);
        // From the middle of the bar, in pixels.
        let across = (at - n as f32 - 0.5).abs() * TAU * far / count;
        let half = (1.0 - self.now.gap as f32) * TAU * self.inner.max(1.0) / count / 2.0;
        let end = self.inner + (self.reach * self.levels[n]).max(1.0);
        let along = (end - far + 0.5).clamp(0.0, 1.0).min((far - self.inner + 0.5).clamp(0.0, 1.0));
        along * (half - across + 0.5).clamp(0.0, 1.0)
    }
}
