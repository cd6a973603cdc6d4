//! Chance: which pieces of which films.
//!
//! All is counted in whole units, milliseconds or frames, and drawn without rounding, so that the
//! same seed gives the same pieces on every machine. Every place that a piece may begin at is as
//! likely as any other, the first and the last included.

mod apart;
mod chance;
mod grid;
mod part;

use crate::error::Invalid;
use crate::playlist::time;
use crate::values::{FrameRate, named};

use chance::Chance;
use grid::Grid;
pub use part::{Edge, Part};

/// Microseconds between two places where a piece may begin, and between two lengths: playlists are
/// read by people too.
const STEP: u64 = 1_000;

named! {
    /// What makes a film likely to be chosen.
    Weight as "weight" {
        /// Its length: every place in all films is as likely as any other.
        Duration = "duration",
        /// Nothing: every film is as likely as any other.
        Equal = "equal",
    }
}

named! {
    /// Where pieces may begin.
    Snap as "snap" {
        /// At key frames only, where players and `--copy` begin without decoding.
        Keyframe = "keyframe",
        /// At frames only, by the film's rate.
        Frame = "frame",
        /// Anywhere, to the millisecond.
        None = "none",
    }
}

/// How many pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Pieces(u64),
    /// As many as give this length together, in microseconds; the last is cut to fit.
    Total(u64),
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// How many pieces.
    pub count: Count,
    /// The shortest and longest length of a piece, in microseconds; the first at least 1.
    pub length: (u64, u64),
    /// The part of each film that pieces are from.
    pub part: Part,
    /// What makes a film likely.
    pub weight: Weight,
    /// Where pieces may begin.
    pub snap: Snap,
    /// Microseconds that lie between pieces of the same film at least; `None` if they may overlap.
    pub apart: Option<u64>,
    /// In random order, and not in that of the films and of time.
    pub shuffle: bool,
    /// What chance starts from.
    pub seed: u64,
}

/// A film to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Material {
    /// Its length in microseconds.
    pub duration: u64,
    /// When its first frame is shown, in microseconds.
    pub first: u64,
    /// Its rate.
    pub fps: FrameRate,
    /// The times of its key frames, rising; needed with [`Snap::Keyframe`] only.
    pub keyframes: Vec<u64>,
}

/// A chosen piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pick {
    /// Which film, from 0.
    pub film: u32,
    /// Where it begins, in microseconds.
    pub start: u64,
    /// How long it is, in microseconds.
    pub length: u64,
}

impl Choice {
    /// Why no piece can be cut from `film`, if so, in one line.
    pub fn refuses(&self, film: &Material) -> Option<String> {
        let (shortest, seconds) = (self.length.0, time::seconds);
        let (start, end) = (self.part.start.of(film.duration), self.part.end.of(film.duration));
        let end = end.min(film.duration);
        if shortest > film.duration {
            return Some(format!(
                "it is {} s long, shorter than the {} s of --length",
                seconds(film.duration),
                seconds(shortest)
            ));
        }
        if start >= end || end - start < shortest {
            return Some(format!(
                "of its {} s, {} lie in --between {}, too few for the {} s of --length",
                seconds(film.duration),
                seconds(end.saturating_sub(start)),
                self.part,
                seconds(shortest)
            ));
        }
        match Grid::new(self, film).places(shortest) {
            0 if self.snap == Snap::Keyframe => {
                Some("no key frame lies where a piece could begin; choose --snap frame".into())
            }
            0 => Some("no frame lies where a piece could begin; choose --snap none".into()),
            _ => None,
        }
    }

    /// Chooses pieces of `films`, none of which it [refuses](Self::refuses), and gives them to
    /// `each`, in order. Without [`apart`](Self::apart) it holds no more than a million at once.
    ///
    /// # Errors
    /// [`Invalid`] before the first piece, if more are wanted than fit, or longer ones than any
    /// film is; else what `each` returns.
    pub fn choose<E: From<Invalid>>(
        &self,
        films: &[Material],
        mut each: impl FnMut(Pick) -> Result<(), E>,
    ) -> Result<(), E> {
        let grids: Vec<Grid> = films.iter().map(|film| Grid::new(self, film)).collect();
        let longest = grids.iter().map(|grid| grid.longest()).max().unwrap_or(0);
        if self.length.1 > longest {
            let reason = format!(
                "the longest piece that any of the films gives is {} s",
                time::seconds(longest)
            );
            let length = match self.length {
                (a, b) if a == b => time::seconds(a),
                (a, b) => format!("{}..{}", time::seconds(a), time::seconds(b)),
            };
            return Err(Invalid::new("length", length, reason).into());
        }
        if self.apart.is_some() {
            return apart::choose(self, &grids)?.into_iter().try_for_each(each);
        }
        let draws = Draws::new(self, &grids);
        if self.shuffle {
            return draws.clone().try_for_each(each);
        }
        /// Pieces that are held and sorted at once: some 24 MB.
        const HELD: u64 = 1 << 20;
        // The draws are gone through as often as it takes; each time those of the next films, or
        // of the next part of a film, are kept.
        let mut counts = vec![0u64; grids.len()];
        draws.clone().for_each(|pick| counts[pick.film as usize] += 1);
        let mut held: Vec<Pick> = Vec::new();
        let mut give = |from: Pick, to: Pick| {
            held.clear();
            held.extend(draws.clone().filter(|pick| (from..to).contains(pick)));
            held.sort_unstable();
            held.iter().copied().try_for_each(&mut each)
        };
        let begin = |film: usize, start: u64| Pick { film: film as u32, start, length: 0 };
        let (mut first, mut sum) = (0, 0);
        for (film, count) in counts.iter().enumerate() {
            if sum + count > HELD && sum > 0 {
                give(begin(first, 0), begin(film, 0))?;
                (first, sum) = (film, 0);
            }
            if *count > HELD {
                let (parts, duration) = (count.div_ceil(HELD / 2), films[film].duration);
                let at = |n: u64| (u128::from(duration) * u128::from(n) / u128::from(parts)) as u64;
                for n in 1..parts {
                    give(begin(film, at(n - 1)), begin(film, at(n)))?;
                }
                give(begin(film, at(parts - 1)), begin(film + 1, 0))?;
                first = film + 1;
                continue;
            }
            sum += count;
        }
        if first < grids.len() {
            give(begin(first, 0), begin(grids.len(), 0))?;
        }
        Ok(())
    }
}

/// The pieces in the order in which they are drawn, each on its own.
#[derive(Clone)]
struct Draws<'a> {
    choice: &'a Choice,
    grids: &'a [Grid<'a>],
    /// For each film the sum of what makes it and those before it likely.
    likely: std::rc::Rc<[u64]>,
    lengths: Lengths,
    chance: Chance,
}

impl<'a> Draws<'a> {
    fn new(choice: &'a Choice, grids: &'a [Grid<'a>]) -> Self {
        let mut sum = 0u64;
        let likely = grids.iter().map(|grid| {
            sum = sum.saturating_add(match choice.weight {
                Weight::Duration => grid.room(choice.length.0),
                Weight::Equal => 1,
            });
            sum
        });
        Self {
            choice,
            grids,
            likely: likely.collect(),
            lengths: Lengths::new(choice),
            chance: Chance::new(choice.seed),
        }
    }
}

impl Iterator for Draws<'_> {
    type Item = Pick;

    fn next(&mut self) -> Option<Pick> {
        let length = self.lengths.next(&mut self.chance)?;
        let all = *self.likely.last()?;
        loop {
            let at = self.chance.below(all);
            let film = self.likely.partition_point(|sum| *sum <= at);
            let grid = self.grids.get(film)?;
            let places = grid.places(length);
            if places == 0 {
                continue;
            }
            // Films were weighed for the shortest piece; longer ones have fewer places.
            if self.choice.weight == Weight::Duration && length > self.choice.length.0 {
                let room = grid.room(self.choice.length.0);
                if self.chance.below(room) >= grid.room(length) {
                    continue;
                }
            }
            let start = grid.start(self.chance.below(places));
            return Some(Pick { film: film as u32, start, length });
        }
    }
}

/// The lengths of the pieces, one after the other.
#[derive(Clone)]
struct Lengths {
    range: Range,
    left: Count,
}

impl Lengths {
    fn new(choice: &Choice) -> Self {
        let (shortest, longest) = choice.length;
        Self { range: Range { shortest, longest }, left: choice.count }
    }

    fn next(&mut self, chance: &mut Chance) -> Option<u64> {
        let Range { shortest, longest } = self.range;
        let mut draw = || shortest + STEP * chance.below((longest - shortest) / STEP + 1);
        match &mut self.left {
            Count::Pieces(0) | Count::Total(0) => None,
            Count::Pieces(left) => {
                *left -= 1;
                Some(draw())
            }
            Count::Total(left) => {
                let length = match *left {
                    left if left <= longest => left,
                    left => self.range.such_that_the_rest_fits(draw(), left),
                };
                *left -= length;
                Some(length)
            }
        }
    }
}

/// The shortest and the longest piece.
#[derive(Clone, Copy)]
struct Range {
    shortest: u64,
    longest: u64,
}

impl Range {
    /// `length`, or the nearest one after which the rest of `left` is a sum of lengths in the range,
    /// if there is one.
    fn such_that_the_rest_fits(self, length: u64, left: u64) -> u64 {
        let Self { shortest, longest } = self;
        let rest = left - length;
        let pieces = rest.div_ceil(longest);
        // So many pieces are just enough; one less would be too short together.
        if pieces * shortest <= rest {
            return length;
        }
        let longer = left - (pieces - 1) * longest;
        let shorter = left.saturating_sub(pieces * shortest);
        let is_allowed = |length: &u64| (shortest..=longest).contains(length);
        [longer, shorter].into_iter().find(is_allowed).unwrap_or(length)
    }
}

#[cfg(test)]
mod tests;
