//! The spectrum over time.

use super::spectrum::{Spectrum, seen};
use super::tap::Tap;
use super::{Drawn, Scope, Stereo};
use crate::generate::{Frame, PaintError};
use crate::values::Size;

/// Draws the spectrum over time. Column n of a film is the same in all frames; it moves to the left.
pub(super) struct SpectrumView {
    spectrum: Spectrum,
    /// Rows of a channel.
    rows: usize,
    width: usize,
    /// Levels of the columns that are known, row by row; column n stands at n modulo the width.
    levels: Vec<u16>,
    /// The columns that are known.
    known: std::ops::Range<i64>,
    table: Vec<[u8; 3]>,
    /// The colour of each level, at a gain.
    colors: Vec<[u8; 3]>,
    gain: f64,
    /// The levels of two columns, or of two channels of one.
    measured: [Vec<f32>; 2],
}

/// Steps of a level: hundredths of a decibel from the lowest on.
const STEPS: f32 = 100.0;
/// The lowest level that is told from silence, in decibels.
const LOWEST: f32 = -240.0;
const COUNT: usize = 32_768;

impl SpectrumView {
    pub fn new(scope: &Scope, size: Size, rate: u32) -> Self {
        let width = size.width as usize;
        let channels = if scope.stereo == Stereo::Split { 2 } else { 1 };
        let rows = (size.height as usize / channels).max(1);
        Self {
            spectrum: Spectrum::new(scope, rows, rate),
            rows,
            width,
            levels: vec![0; width * rows * channels],
            known: 0..0,
            table: scope.table(),
            colors: Vec::new(),
            gain: 0.0,
            measured: [vec![0.0; rows], vec![0.0; rows]],
        }
    }

    /// Measures columns `pair` and `pair + 1`, and keeps those of `wanted`. Two are measured together, always the same,
    /// so that what is found of one does not depend on which are seen.
    fn measure(
        &mut self,
        now: &Scope,
        pair: i64,
        wanted: &std::ops::Range<i64>,
        tap: &mut Tap,
    ) -> Result<(), PaintError> {
        let size = self.spectrum.size();
        let step = now.window * f64::from(tap.rate()) / self.width as f64;
        let begin = |column: i64| ((column as f64 + 0.5) * step).round() as i64 - size as i64 / 2;
        let (first, second) = (begin(pair), begin(pair + 1));
        let later = (second - first) as usize;
        let [left, right] = tap.hear(first, size + later)?;
        let [one, other] = &mut self.measured;
        if now.stereo == Stereo::Split {
            for (column, from) in [(pair, 0), (pair + 1, later)] {
                let waves = left[from..].iter().zip(&right[from..]).map(|(l, r)| (*l, *r));
                self.spectrum.measure(waves, [one, other]);
                if wanted.contains(&column) {
                    let channels = [(0, &*one), (1, &*other)];
                    for (channel, levels) in channels {
                        let rows = self.rows;
                        keep(
                            &mut self.levels[channel * rows * self.width..],
                            self.width,
                            column,
                            levels,
                        );
                    }
                }
            }
            return Ok(());
        }
        let wave = |n: usize| seen(now.stereo, left[n], right[n]).0;
        let waves = (0..size).map(|n| (wave(n), wave(n + later)));
        self.spectrum.measure(waves, [one, other]);
        for (column, levels) in [(pair, &*one), (pair + 1, &*other)] {
            if wanted.contains(&column) {
                keep(&mut self.levels, self.width, column, levels);
            }
        }
        Ok(())
    }
}

/// Keeps the levels of a column, of which the first is that of the lowest row.
fn keep(kept: &mut [u16], width: usize, column: i64, levels: &[f32]) {
    let x = column.rem_euclid(width as i64) as usize;
    let rows = kept[x..].iter_mut().step_by(width);
    for (place, level) in rows.zip(levels.iter().rev()) {
        *place = ((level - LOWEST) * STEPS).clamp(0.0, (COUNT - 1) as f32) as u16;
    }
}

impl Drawn for SpectrumView {
    fn draw(
        &mut self,
        now: &Scope,
        index: u64,
        tap: &mut Tap,
        frame: &mut Frame,
    ) -> Result<(), PaintError> {
        let width = self.width as i64;
        let step = now.window * f64::from(tap.rate()) / self.width as f64;
        let end = (tap.middle(index) as f64 / step).floor() as i64 + 1;
        let wanted = end - width..end;
        let missing = match self.known.contains(&wanted.start) || self.known.end == wanted.start {
            true => self.known.end..end,
            false => wanted.clone(),
        };
        // Should measuring fail, some columns are old and some new.
        self.known = 0..0;
        let mut pair = missing.start - missing.start.rem_euclid(2);
        while pair < missing.end {
            self.measure(now, pair, &missing, tap)?;
            pair += 2;
        }
        self.known = wanted.clone();
        if self.colors.is_empty() || self.gain != now.gain {
            let color = |n: usize| {
                let height = now.height(n as f32 / STEPS + LOWEST);
                self.table[(height * (self.table.len() - 1) as f32 + 0.5) as usize]
            };
            self.colors = (0..COUNT).map(color).collect();
            self.gain = now.gain;
        }
        frame.set_opaque();
        let (pixels, _) = frame.data_mut().as_chunks_mut::<3>();
        let first = wanted.start.rem_euclid(width) as usize;
        let rows = pixels.chunks_exact_mut(self.width).zip(self.levels.chunks_exact(self.width));
        for (pixels, levels) in rows {
            let (later, earlier) = levels.split_at(first);
            for (pixel, level) in pixels.iter_mut().zip(earlier.iter().chain(later)) {
                *pixel = self.colors[usize::from(*level) & (COUNT - 1)];
            }
        }
        // A row that is left over, of an odd number for two channels.
        let drawn = self.levels.len().min(pixels.len());
        pixels[drawn..].fill(self.colors[0]);
        Ok(())
    }
}
