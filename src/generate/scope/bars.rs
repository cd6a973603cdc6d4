//! Bands of the spectrum.

use super::history::History;
use super::sheet::Sheet;
use super::spectrum::{Spectrum, seen};
use super::tap::Tap;
use super::trace::{Column, Pen, cubic};
use super::{Drawn, Scope, Stereo, Style};
use crate::generate::{Clip, Frame, PaintError};

/// How loud bands are, frame by frame.
pub(super) struct Bands {
    spectrum: Spectrum,
    bands: usize,
    /// Channels that are measured.
    channels: usize,
    /// Of each frame the levels of the bands in decibels, one channel after the other.
    history: History<Vec<f32>>,
    /// Frames in which a bar falls from the top.
    fall: f64,
    /// Frames for which marks stay.
    stay: f64,
}

/// What is seen of a band.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Height {
    /// From 0 to 1.
    pub level: f32,
    /// Where its mark is.
    pub peak: f32,
}

impl Bands {
    pub fn new(scope: &Scope, clip: Clip, rate: u32) -> Self {
        let bands = scope.bands as usize;
        let fps = clip.fps.as_f64();
        Self {
            spectrum: Spectrum::new(scope, bands, rate),
            bands,
            channels: if scope.stereo == Stereo::Split { 2 } else { 1 },
            history: History::default(),
            fall: scope.fall * fps,
            stay: if scope.peaks > 0.0 { scope.peaks * fps } else { 0.0 },
        }
    }

    /// What is seen of the bands of each channel at a frame.
    ///
    /// # Errors
    /// The sound cannot be heard.
    pub fn heights(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
    ) -> Result<Vec<Vec<Height>>, PaintError> {
        let Self { spectrum, bands, channels, history, fall, stay } = self;
        let (size, bands) = (spectrum.size(), *bands);
        let measure = |frame: i64| {
            let mut levels = vec![f32::NEG_INFINITY; bands * *channels];
            let Ok(frame) = u64::try_from(frame) else { return Ok(levels) };
            let [left, right] = tap.hear(tap.middle(frame) - size as i64 / 2, size)?;
            let waves = left.iter().zip(right).map(|(l, r)| seen(now.stereo, *l, *r));
            let (one, other) = levels.split_at_mut(bands);
            spectrum.measure(waves, [one, other]);
            Ok::<_, PaintError>(levels)
        };
        // The loudest bar has fallen, and its mark with it, after so many frames.
        let count = (*fall + *stay).ceil() as usize + 1;
        let frames = history.up_to(index as i64, count, measure)?;
        let mut seen = vec![vec![Height::default(); bands]; *channels];
        for (age, levels) in frames.rev().enumerate() {
            let lost = |frames: f64| match frames > 0.0 {
                true if *fall > 0.0 => (frames / *fall).min(1.0) as f32,
                true => 1.0,
                false => 0.0,
            };
            let (of_level, of_peak) = (lost(age as f64), lost(age as f64 - *stay));
            let heights = seen.iter_mut().flatten();
            for (height, level) in heights.zip(levels) {
                let own = now.height(*level);
                height.level = height.level.max(own - of_level);
                height.peak = height.peak.max(own - of_peak);
            }
        }
        Ok(seen)
    }
}

/// Draws the bands of the spectrum beside each other.
pub(super) struct BarsView {
    bands: Bands,
    table: Vec<[u8; 3]>,
}

/// Where bars stand.
#[derive(Debug, Clone, Copy)]
struct Ground {
    /// The axis, in pixels from the top.
    axis: f32,
    /// How far it is to full scale, in pixels downwards.
    reach: f32,
    channel: usize,
}

impl BarsView {
    pub fn new(scope: &Scope, clip: Clip, rate: u32) -> Self {
        Self { bands: Bands::new(scope, clip, rate), table: scope.table() }
    }
}

impl Drawn for BarsView {
    fn draw(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
        frame: &mut Frame,
    ) -> Result<(), PaintError> {
        frame.begin(now.background);
        let seen = self.bands.heights(now, index, tap)?;
        let mut sheet = Sheet::new(frame);
        let height = sheet.height as f32;
        let ground = |axis: f32, reach: f32, channel: usize| Ground {
            axis: axis * height,
            reach: reach * height,
            channel,
        };
        let grounds = match (now.stereo, now.mirror) {
            (Stereo::Split, _) => vec![ground(0.5, -0.5, 0), ground(0.5, 0.5, 1)],
            (_, true) => vec![ground(0.5, -0.5, 0), ground(0.5, 0.5, 0)],
            (_, false) => vec![ground(1.0, -1.0, 0)],
        };
        for ground in grounds {
            let heights = &seen[ground.channel];
            let shade = |row: usize| {
                let level = ((row as f32 + 0.5 - ground.axis) / ground.reach).clamp(0.0, 1.0);
                self.table[(level * (self.table.len() - 1) as f32) as usize]
            };
            let colors: Vec<[u8; 3]> = (0..sheet.height).map(shade).collect();
            match now.style {
                Style::Bars => bars(now, &mut sheet, ground, heights, &colors),
                style => {
                    let half = now.width as f32 / 2.0;
                    let pen = Pen { style, half, axis: ground.axis, colors: &colors };
                    let width = sheet.width;
                    pen.draw(&mut sheet, columns(ground, heights, width));
                }
            }
            if now.peaks > 0.0 {
                marks(now, &mut sheet, ground, heights, &colors);
            }
        }
        Ok(())
    }
}

/// The ends of what is drawn of a band, in pixels from the left.
fn sides(now: &Scope, sheet: &Sheet, n: usize, bands: usize) -> [f32; 2] {
    let each = sheet.width as f32 / bands as f32;
    let free = if now.style == Style::Bars { now.gap as f32 } else { 0.0 };
    let from = (n as f32 + free / 2.0) * each;
    let until = from + each * (1.0 - free);
    // Wide bars begin and end between two pixels, so that all of them look alike.
    if until - from >= 3.0 { [from.round(), until.round()] } else { [from, until] }
}

fn bars(now: &Scope, sheet: &mut Sheet, ground: Ground, heights: &[Height], colors: &[[u8; 3]]) {
    for (n, height) in heights.iter().enumerate() {
        let end = ground.axis + ground.reach * height.level;
        let rows = [end.min(ground.axis), end.max(ground.axis)];
        sheet.rectangle(sides(now, sheet, n, heights.len()), rows, colors);
    }
}

/// Marks where bars were.
fn marks(now: &Scope, sheet: &mut Sheet, ground: Ground, heights: &[Height], colors: &[[u8; 3]]) {
    let width = now.width as f32;
    for (n, height) in heights.iter().enumerate().filter(|(_, height)| height.peak > 0.0) {
        let end = ground.axis + ground.reach * height.peak;
        // On the bar, and inside of the picture.
        let rows = match ground.reach < 0.0 {
            true => [(end - width).max(0.0), (end - width).max(0.0) + width],
            false => {
                let top = end.min(sheet.height as f32 - width);
                [top, top + width]
            }
        };
        sheet.rectangle(sides(now, sheet, n, heights.len()), rows, colors);
    }
}

/// A smooth curve through the middles of bands.
fn columns(ground: Ground, heights: &[Height], width: usize) -> impl Iterator<Item = Column> {
    let level = |n: i64| heights[n.clamp(0, heights.len() as i64 - 1) as usize].level;
    let place = move |x: usize| {
        let at = x as f32 / width as f32 * heights.len() as f32 - 0.5;
        let before = at.floor();
        let n = before as i64;
        let four = [level(n - 1), level(n), level(n + 1), level(n + 2)];
        ground.axis + ground.reach * cubic(four, at - before).clamp(0.0, 1.0)
    };
    (0..width).map(move |x| {
        let (enter, leave) = (place(x), place(x + 1));
        Column { enter, leave, top: enter.min(leave), bottom: enter.max(leave) }
    })
}
