//! The wave.

use super::sheet::Sheet;
use super::spectrum::seen;
use super::tap::Tap;
use super::trace::{Column, Pen, cubic};
use super::{Axis, Drawn, Scope, Stereo};
use crate::generate::{Frame, PaintError};

/// Draws the wave around the middle of a frame.
pub(super) struct WaveView;

/// The longest window that begins where the wave rises, in seconds.
const TRIGGERED: f64 = 0.25;
/// How far to either side that is looked for, in seconds: the period of the lowest tone that is heard.
const REACH: f64 = 0.025;
/// With so many samples in a column, columns stand at fixed times of the film, so that peaks do not flicker.
const FIXED: f64 = 4.0;

impl Drawn for WaveView {
    fn draw(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
        frame: &mut Frame,
    ) -> Result<(), PaintError> {
        frame.begin(now.background);
        let (rate, middle) = (f64::from(tap.rate()), tap.middle(index));
        let width = frame.size().width as usize;
        let step = now.window * rate / width as f64;
        let begin = middle as f64 - now.window * rate / 2.0;
        let triggered = now.trigger && now.window <= TRIGGERED;
        let begin = match (triggered, step >= FIXED) {
            (true, _) => begin + rise(now, middle, tap)?,
            // What was drawn of a column is drawn again, further to the left.
            (false, true) => (begin / step).round() * step,
            (false, false) => begin,
        };
        let first = begin.floor() as i64 - 1;
        let count = (step * width as f64).ceil() as usize + 4;
        let waves = tap.hear(first, count)?;
        let mut sheet = Sheet::new(frame);
        let height = sheet.height as f32;
        let table = (!now.has_color()).then(|| now.table());
        for lane in lanes(now.stereo, height) {
            let wave = Wave { now, step, begin: begin - first as f64, lane };
            let color = if lane.is_second { now.right_color } else { now.color };
            let shade = |row: usize| match &table {
                None => color.0,
                Some(table) => {
                    let level = ((row as f32 + 0.5 - lane.axis) / lane.reach).abs().min(1.0);
                    table[(level * (table.len() - 1) as f32) as usize]
                }
            };
            let colors: Vec<[u8; 3]> = (0..sheet.height).map(shade).collect();
            let pen = Pen {
                style: now.style,
                half: now.width as f32 / 2.0,
                axis: lane.axis,
                colors: &colors,
            };
            let pairs = waves[0].iter().zip(waves[1]);
            let samples: Vec<f32> = pairs
                .map(|(left, right)| {
                    let (one, other) = seen(now.stereo, *left, *right);
                    if lane.is_second { other } else { one }
                })
                .collect();
            let places = wave.places(&samples);
            pen.draw(&mut sheet, wave.columns(&places));
        }
        Ok(())
    }
}

/// Where a channel is drawn.
#[derive(Debug, Clone, Copy)]
struct Lane {
    is_second: bool,
    /// In pixels from the top.
    axis: f32,
    /// How far from the axis full scale is.
    reach: f32,
}

fn lanes(channels: Stereo, height: f32) -> Vec<Lane> {
    let lane = |is_second, axis: f32, reach: f32| Lane {
        is_second,
        axis: axis * height,
        reach: reach * height,
    };
    match channels {
        Stereo::Split => vec![lane(false, 0.25, 0.25), lane(true, 0.75, 0.25)],
        Stereo::Overlay => vec![lane(false, 0.5, 0.5), lane(true, 0.5, 0.5)],
        _ => vec![lane(false, 0.5, 0.5)],
    }
}

/// A wave in the columns of a picture.
struct Wave<'a> {
    now: &'a Scope,
    /// Samples of a column.
    step: f64,
    /// Where the first column begins, in samples.
    begin: f64,
    lane: Lane,
}

impl Wave<'_> {
    /// Where samples lie, in pixels from the top.
    fn places(&self, samples: &[f32]) -> Vec<f32> {
        let Lane { axis, reach, .. } = self.lane;
        let gain = libm::pow(10.0, self.now.gain / 20.0) as f32;
        let place = |sample: &f32| match self.now.levels {
            Axis::Linear => axis - reach * (sample * gain).clamp(-1.0, 1.0),
            Axis::Log => {
                let decibels = 20.0 * libm::log10f(sample.abs() + 1e-10);
                axis - reach * self.now.height(decibels).copysign(*sample)
            }
        };
        samples.iter().map(place).collect()
    }

    /// The curve, column by column.
    fn columns(&self, places: &[f32]) -> impl Iterator<Item = Column> {
        let at = |at: f64| match self.step < FIXED {
            true => self.at(places, at),
            false => places[at as usize],
        };
        let (mut from, mut leave) = (self.begin, at(self.begin));
        (1..).map(move |x| {
            let (until, enter) = (self.begin + f64::from(x) * self.step, leave);
            leave = at(until);
            let (mut top, mut bottom) = (enter.min(leave), enter.max(leave));
            for place in &places[from as usize + 1..=until as usize] {
                top = top.min(*place);
                bottom = bottom.max(*place);
            }
            from = until;
            Column { enter, leave, top, bottom }
        })
    }

    /// Where the wave lies between samples.
    #[inline(always)]
    fn at(&self, places: &[f32], at: f64) -> f32 {
        let before = at as usize;
        let near = |n: usize| places[n.min(places.len() - 1)];
        let four =
            [near(before.saturating_sub(1)), near(before), near(before + 1), near(before + 2)];
        cubic(four, (at - before as f64) as f32)
    }
}

/// Where the wave rises through the axis, in samples from the middle of the frame. Of all such places near the middle it is
/// the one before the largest hill; of equal hills the nearest.
fn rise(now: &Scope, middle: i64, tap: &mut Tap) -> Result<f64, PaintError> {
    let rate = f64::from(tap.rate());
    let reach = (REACH * rate) as usize;
    // A hill may go on behind the last place.
    let count = 4 * reach;
    let [left, right] = tap.hear(middle - reach as i64, count)?;
    let wave: Vec<f32> = left.iter().zip(right).map(|(l, r)| seen(now.stereo, *l, *r).0).collect();
    let mut best = (0.0f32, 0.0f64);
    let mut n = 1;
    while n < 2 * reach {
        if !(wave[n - 1] < 0.0 && wave[n] >= 0.0) {
            n += 1;
            continue;
        }
        let above = wave[n..].iter().take_while(|sample| **sample >= 0.0);
        let (mut sum, mut length) = (0.0f32, 0);
        for sample in above {
            (sum, length) = (sum + sample, length + 1);
        }
        let distance = n as f64 - reach as f64;
        let nearness = 1.0 - 0.5 * (distance.abs() / reach as f64) as f32;
        if sum * nearness > best.0 {
            let between = f64::from(wave[n] / (wave[n] - wave[n - 1]));
            best = (sum * nearness, distance - between);
        }
        n += length.max(1);
    }
    Ok(best.1)
}
