//! Pieces that do not overlap.
//!
//! First each piece is given to a film with room for it, then those of a film are spread over it.
//! Of all ways to lay `n` pieces into a film in order, each is equally likely: what is left over
//! beside them is cut at `n` random places, and the pieces are put into the cuts.

use std::collections::BTreeSet;

use super::chance::Chance;
use super::grid::Grid;
use super::{Choice, Count, Invalid, Lengths, Pick, Weight};
use crate::playlist::time;
use crate::words;

pub(super) fn choose(choice: &Choice, grids: &[Grid]) -> Result<Vec<Pick>, Invalid> {
    let gap = choice.apart.unwrap_or(0);
    let mut chance = Chance::new(choice.seed);
    let mut rooms = Rooms::new(choice, grids);
    let mut lengths = Lengths::new(choice);
    let mut given: Vec<Vec<u64>> = vec![Vec::new(); grids.len()];
    let mut placed = 0u64;
    while let Some(length) = lengths.next(&mut chance) {
        let fitting = rooms.draw(&mut chance, grids, length);
        let Some(film) = fitting else {
            return Err(too_many(choice, placed, given.iter().flatten().sum()));
        };
        given[film].push(length);
        placed += 1;
    }
    let mut picks: Vec<Pick> = Vec::new();
    for (film, (lengths, grid)) in given.into_iter().zip(grids).enumerate() {
        let starts = match grid.keyframes() {
            Some(times) => at_keyframes(&mut chance, times, grid, &lengths, choice),
            None => spread(&mut chance, grid, &lengths, gap),
        };
        let pick = |(start, length)| Pick { film: film as u32, start, length };
        picks.extend(starts.into_iter().zip(lengths).map(pick));
    }
    if choice.shuffle {
        chance.shuffle(&mut picks);
    } else {
        picks.sort_unstable();
    }
    Ok(picks)
}

fn too_many(choice: &Choice, placed: u64, together: u64) -> Invalid {
    let (key, value) = match choice.count {
        Count::Pieces(count) => ("count", count.to_string()),
        Count::Total(total) => ("total", time::seconds(total)),
    };
    let seconds = time::seconds(together);
    let reason = format!(
        "without overlap {} fit, {seconds} s together; take fewer or shorter ones, more \
         films, or a smaller --min-gap",
        words::count(placed, "piece")
    );
    Invalid::new(key, value, reason)
}

/// Where the pieces begin, in order.
fn spread(chance: &mut Chance, grid: &Grid, lengths: &[u64], gap: u64) -> Vec<u64> {
    let taken = |length: &u64| grid.taken(*length) + grid.taken(gap);
    let all: u64 = lengths.iter().map(taken).sum();
    // After the last piece there need not be a gap.
    let left = (grid.units() + grid.taken(gap)).saturating_sub(all);
    let mut before = 0;
    let place = |(cut, length): (u64, &u64)| {
        let start = grid.start(cut + before);
        before += taken(length);
        start
    };
    cuts(chance, left, lengths.len() as u64).zip(lengths).map(place).collect()
}

/// `n` cuts through `left` units, in order, of which several may fall together; each such set is
/// equally likely. They are `n` different ones of `left + n` numbers, drawn by Floyd's algorithm
/// (Bentley, "A sample of brilliance", 1987), each less those before it.
fn cuts(chance: &mut Chance, left: u64, n: u64) -> impl Iterator<Item = u64> {
    let mut drawn = BTreeSet::new();
    for last in left..left + n {
        let number = chance.below(last + 1);
        if !drawn.insert(number) {
            drawn.insert(last);
        }
    }
    drawn.into_iter().zip(0..).map(|(number, before)| number - before)
}

/// Where the pieces begin, in order, if only key frames will do: one after the other at a random
/// one that is still free; should that use up the film too early, as close as they go.
fn at_keyframes(
    chance: &mut Chance,
    times: &[u64],
    grid: &Grid,
    lengths: &[u64],
    choice: &Choice,
) -> Vec<u64> {
    let step = choice.length.1 + choice.apart.unwrap_or(0);
    let times = &times[..grid.places(choice.length.1) as usize];
    let mut free: Vec<u64> = times.to_vec();
    let mut starts = Vec::new();
    for _ in lengths {
        if free.is_empty() {
            break;
        }
        let start = free[chance.below(free.len() as u64) as usize];
        starts.push(start);
        free.retain(|time| time.abs_diff(start) >= step);
    }
    if starts.len() < lengths.len() {
        starts = close(times, step).take(lengths.len()).collect();
    }
    starts.sort_unstable();
    starts
}

/// The most key frames that lie `step` apart, from the first on.
fn close(times: &[u64], step: u64) -> impl Iterator<Item = u64> + '_ {
    let mut next = 0;
    times.iter().copied().filter(move |time| {
        let is_free = *time >= next;
        if is_free {
            next = time + step;
        }
        is_free
    })
}

/// What is left of each film, as a tree of sums (Fenwick), so that drawing a film takes no longer
/// for many than for few.
struct Rooms {
    weight: Weight,
    gap: u64,
    /// Units that are left, a gap at the end included; of key frames the pieces that still go in.
    left: Vec<u64>,
    /// Microseconds of a unit.
    unit: Vec<u64>,
    sums: Vec<u64>,
    by_keyframes: bool,
}

impl Rooms {
    fn new(choice: &Choice, grids: &[Grid]) -> Self {
        let gap = choice.apart.unwrap_or(0);
        let by_keyframes = grids.iter().any(|grid| grid.keyframes().is_some());
        let left: Vec<u64> = grids
            .iter()
            .map(|grid| match grid.keyframes() {
                Some(times) => {
                    let places = grid.places(choice.length.1) as usize;
                    close(&times[..places], choice.length.1 + gap).count() as u64
                }
                None => grid.units() + grid.taken(gap),
            })
            .collect();
        let unit = grids.iter().map(|grid| (grid.longest() / grid.units().max(1)).max(1)).collect();
        let mut rooms = Self {
            weight: choice.weight,
            gap,
            sums: vec![0; left.len() + 1],
            left,
            unit,
            by_keyframes,
        };
        for film in 0..rooms.left.len() {
            rooms.add(film, rooms.likely(film) as i64);
        }
        rooms
    }

    fn likely(&self, film: usize) -> u64 {
        match (self.weight, self.left[film]) {
            (_, 0) => 0,
            (Weight::Equal, _) => 1,
            (Weight::Duration, left) => left.saturating_mul(self.unit[film]),
        }
    }

    fn add(&mut self, film: usize, change: i64) {
        let mut at = film + 1;
        while at < self.sums.len() {
            self.sums[at] = self.sums[at].wrapping_add_signed(change);
            at += at & at.wrapping_neg();
        }
    }

    fn sum(&self) -> u64 {
        let (mut at, mut sum) = (self.left.len(), 0);
        while at > 0 {
            sum += self.sums[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }

    /// The film in whose share `target` lies.
    fn find(&self, mut target: u64) -> usize {
        let mut at = 0;
        let mut step = self.left.len().next_power_of_two();
        while step > 0 {
            if at + step < self.sums.len() && self.sums[at + step] <= target {
                at += step;
                target -= self.sums[at];
            }
            step /= 2;
        }
        at.min(self.left.len() - 1)
    }

    fn need(&self, grid: &Grid, length: u64) -> u64 {
        if self.by_keyframes { 1 } else { grid.taken(length) + grid.taken(self.gap) }
    }

    /// A film with room for `length` and its gap, which is then taken; `None` if none has.
    fn draw(&mut self, chance: &mut Chance, grids: &[Grid], length: u64) -> Option<usize> {
        /// Tries before all films are gone through.
        const TRIES: u32 = 32;
        let all = self.sum();
        let fits = |rooms: &Self, film: usize| rooms.left[film] >= rooms.need(&grids[film], length);
        let mut tries = 0..if all == 0 { 0 } else { TRIES };
        let drawn =
            tries.find_map(|_| Some(self.find(chance.below(all))).filter(|f| fits(self, *f)));
        let film = match drawn {
            Some(film) => film,
            None => {
                let fitting: Vec<usize> = (0..grids.len()).filter(|f| fits(self, *f)).collect();
                let all: u64 = fitting.iter().map(|film| self.likely(*film)).sum();
                let mut at = if all == 0 { return None } else { chance.below(all) };
                *fitting.iter().find(|film| {
                    let likely = self.likely(**film);
                    let found = at < likely;
                    at = at.saturating_sub(likely);
                    found
                })?
            }
        };
        let before = self.likely(film);
        self.left[film] -= self.need(&grids[film], length);
        let change = self.likely(film) as i64 - before as i64;
        self.add(film, change);
        Some(film)
    }
}
