//! The places of one film where pieces may begin.

use super::{Choice, Material, STEP, Snap};
use crate::playlist::time::SECOND;

/// Places at even distances, or at key frames, in the wanted part of a film.
pub(super) struct Grid<'a> {
    /// Microseconds of a unit, as a ratio: those of a frame, or a [`STEP`].
    unit: (u128, u128),
    by_frame: bool,
    /// What units are counted from, in microseconds.
    zero: u64,
    /// The first place, in units.
    first: u64,
    /// Units from the first place to the end of the part.
    units: u64,
    /// Where the part begins and ends, in microseconds.
    part: (u64, u64),
    /// Key frames in the part, if only they will do.
    keyframes: Option<&'a [u64]>,
}

impl<'a> Grid<'a> {
    pub fn new(choice: &Choice, film: &'a Material) -> Self {
        let start = choice.part.start.of(film.duration);
        let end = choice.part.end.of(film.duration).min(film.duration).max(start);
        let unit = match choice.snap {
            Snap::Frame => {
                (u128::from(film.fps.den) * u128::from(SECOND), u128::from(film.fps.num))
            }
            _ => (u128::from(STEP), 1),
        };
        let (micros, per) = unit;
        let by_frame = choice.snap == Snap::Frame;
        let zero = if by_frame { film.first } else { 0 };
        let first = (u128::from(start.saturating_sub(zero)) * per).div_ceil(micros) as u64;
        // Durations are rounded to microseconds, and must not lose a frame by it.
        let end_of_last = (end + u64::from(by_frame)).saturating_sub(zero);
        let last = (u128::from(end_of_last) * per / micros) as u64;
        let keyframes = (choice.snap == Snap::Keyframe).then(|| {
            let from = film.keyframes.partition_point(|time| *time < start);
            let to = film.keyframes.partition_point(|time| *time < end);
            &film.keyframes[from..to]
        });
        Self {
            unit,
            by_frame,
            zero,
            first,
            units: last.saturating_sub(first),
            part: (start, end),
            keyframes,
        }
    }

    /// The longest piece, in microseconds.
    pub fn longest(&self) -> u64 {
        match self.keyframes {
            Some(times) => times.first().map_or(0, |time| self.part.1 - time),
            None => (u128::from(self.units) * self.unit.0).div_ceil(self.unit.1) as u64,
        }
    }

    /// The number of places where a piece of this length may begin.
    pub fn places(&self, length: u64) -> u64 {
        match self.keyframes {
            Some(times) => times.partition_point(|time| time + length <= self.part.1) as u64,
            None => (self.units + 1).saturating_sub(self.taken(length)),
        }
    }

    /// Where place `n` is, in microseconds.
    pub fn start(&self, n: u64) -> u64 {
        match self.keyframes {
            Some(times) => times.get(n as usize).copied().unwrap_or(self.part.0),
            None => {
                let micros = (u128::from(self.first + n) * self.unit.0).div_ceil(self.unit.1);
                self.zero + micros as u64
            }
        }
    }

    /// What makes a film likely: the time in which a piece of this length may begin, in
    /// microseconds, or 0 if it may not.
    pub fn room(&self, length: u64) -> u64 {
        match (self.places(length), self.keyframes) {
            (0, _) => 0,
            (_, Some(_)) => (self.part.1 - self.part.0 + 1).saturating_sub(length),
            (places, None) => (u128::from(places) * self.unit.0 / self.unit.1).max(1) as u64,
        }
    }

    /// The units that a length takes, a part of one as a whole.
    pub fn taken(&self, length: u64) -> u64 {
        // A length that was rounded up to the microsecond takes no frame more.
        let slack = if self.by_frame { self.unit.1 } else { 0 };
        (u128::from(length) * self.unit.1).saturating_sub(slack).div_ceil(self.unit.0) as u64
    }

    /// Units in all.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// Key frames, if only they will do.
    pub fn keyframes(&self) -> Option<&'a [u64]> {
        self.keyframes
    }
}
