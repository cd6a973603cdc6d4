//! Chance: which pieces of which films.
//!
//! All arithmetic is on integers: microseconds, on a grid of milliseconds or frames. So the same seed gives the same
//! pieces on every machine. Within a film, every place where a piece may begin is as likely as any other, the first
//! and the last included.

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

/// Starts and lengths are multiples of this, in microseconds: playlists are read by people too.
const STEP: u64 = 1_000;

named! {
    /// How films are weighted.
    Weight as "weight" {
        /// By their length: every place in all films is as likely as any other.
        Duration = "duration",
        /// Not at all: every film is as likely as any other.
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

/// The largest number of pieces of a playlist, which is then some gigabytes.
const MOST_PIECES: u64 = 10_000_000;

/// How many pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// This number.
    Pieces(u64),
    /// As many as give this length together, in microseconds; the last ones are shortened or lengthened
    /// to fit.
    Total(u64),
}

/// What to choose, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// How many pieces.
    pub count: Count,
    /// The shortest and longest length of a piece, in microseconds; the shortest is at least 1.
    pub length: (u64, u64),
    /// The part of each film that pieces are from.
    pub part: Part,
    /// How films are weighted.
    pub weight: Weight,
    /// Where pieces may begin.
    pub snap: Snap,
    /// The smallest gap between pieces of the same film, in microseconds; `None` if they may overlap.
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
    /// Why no piece can be cut from `film`, in one line; `None` if one can.
    pub fn refusal(&self, film: &Material) -> Option<String> {
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
                "--between {} leaves {} of its {} s, fewer than the {} s of --length",
                self.part,
                seconds(end.saturating_sub(start)),
                seconds(film.duration),
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

    /// Chooses pieces of `films`, of none of which there is a [refusal](Self::refusal), and gives them
    /// to `each`, in order. Without [`apart`](Self::apart) it holds about a million at once.
    ///
    /// # Errors
    /// [`Invalid`] before the first piece, if more are wanted than fit, or longer ones than any
    /// film is; else what `each` returns.
    pub fn choose<E: From<Invalid>>(
        &self,
        films: &[Material],
        each: impl FnMut(Pick) -> Result<(), E>,
    ) -> Result<(), E> {
        let grids: Vec<Grid> = films.iter().map(|film| Grid::new(self, film)).collect();
        self.check_count()?;
        self.check_length(&grids)?;
        if self.apart.is_some() {
            return apart::choose(self, &grids)?.into_iter().try_for_each(each);
        }
        let draws = Draws::new(self, &grids);
        if self.shuffle {
            return draws.clone().try_for_each(each);
        }
        in_order(&draws, films, &self.part, each)
    }

    /// # Errors
    /// There may be more than [`MOST_PIECES`].
    fn check_count(&self) -> Result<(), Invalid> {
        let (key, value, pieces) = match self.count {
            Count::Pieces(pieces) => ("count", pieces.to_string(), pieces),
            Count::Total(total) => ("total", time::seconds(total), total / self.length.0.max(1)),
        };
        match pieces > MOST_PIECES {
            true => {
                let reason = format!("a playlist has at most {MOST_PIECES} pieces");
                Err(Invalid::new(key, value, reason))
            }
            false => Ok(()),
        }
    }

    /// # Errors
    /// No film has room for the longest piece.
    fn check_length(&self, grids: &[Grid]) -> Result<(), Invalid> {
        let longest = grids.iter().map(|grid| grid.longest()).max().unwrap_or(0);
        if self.length.1 <= longest {
            return Ok(());
        }
        let reason = format!(
            "the longest piece that any of the films gives is {} s",
            time::seconds(longest)
        );
        let length = match self.length {
            (a, b) if a == b => time::seconds(a),
            (a, b) => format!("{}..{}", time::seconds(a), time::seconds(b)),
        };
        Err(Invalid::new("length", length, reason))
    }
}

/// Pieces that are held and sorted at once: some 24 MB.
const HELD: u64 = 1 << 20;

/// Gives what is drawn to `each`, in the order of films and time. Not all is held at once: the draws are repeated,
/// and each time those of the next films, or of the next stretch of a film, are kept.
fn in_order<E>(
    draws: &Draws,
    films: &[Material],
    part: &Part,
    mut each: impl FnMut(Pick) -> Result<(), E>,
) -> Result<(), E> {
    let mut counts = vec![0u64; films.len()];
    draws.clone().for_each(|pick| counts[pick.film as usize] += 1);
    let mut held: Vec<Pick> = Vec::new();
    let mut give = |from: Pick, to: Pick| {
        held.clear();
        held.extend(draws.clone().filter(|pick| (from..to).contains(pick)));
        held.sort_unstable();
        held.iter().copied().try_for_each(&mut each)
    };
    let begin = |film: usize, start: u64| Pick { film: film as u32, start, length: 0 };
    let (mut next, mut sum) = (0, 0);
    for (film, count) in counts.iter().enumerate() {
        if sum + count > HELD && sum > 0 {
            give(begin(next, 0), begin(film, 0))?;
            (next, sum) = (film, 0);
        }
        if *count <= HELD {
            sum += count;
            continue;
        }
        let stretches = count.div_ceil(HELD / 2);
        let duration = films[film].duration;
        let (start, end) = (part.start.of(duration), part.end.of(duration).min(duration));
        let at = |n: u64| {
            start + (u128::from(end - start) * u128::from(n) / u128::from(stretches)) as u64
        };
        for n in 1..stretches {
            give(begin(film, if n == 1 { 0 } else { at(n - 1) }), begin(film, at(n)))?;
        }
        give(begin(film, at(stretches - 1)), begin(film + 1, 0))?;
        next = film + 1;
    }
    if next < films.len() {
        give(begin(next, 0), begin(films.len(), 0))?;
    }
    Ok(())
}

/// The pieces in the order in which they are drawn, each on its own.
#[derive(Clone)]
struct Draws<'a> {
    choice: &'a Choice,
    grids: &'a [Grid<'a>],
    /// For each film the sum of its weight and of those before it.
    cumulative: std::rc::Rc<[u64]>,
    lengths: Lengths,
    chance: Chance,
}

impl<'a> Draws<'a> {
    fn new(choice: &'a Choice, grids: &'a [Grid<'a>]) -> Self {
        let mut sum = 0u64;
        let cumulative = grids.iter().map(|grid| {
            sum = sum.saturating_add(match choice.weight {
                Weight::Duration => grid.room(choice.length.0),
                Weight::Equal => 1,
            });
            sum
        });
        Self {
            choice,
            grids,
            cumulative: cumulative.collect(),
            lengths: Lengths::new(choice),
            chance: Chance::new(choice.seed),
        }
    }
}

impl Iterator for Draws<'_> {
    type Item = Pick;

    fn next(&mut self) -> Option<Pick> {
        let length = self.lengths.next(&mut self.chance)?;
        let total = *self.cumulative.last()?;
        loop {
            let at = self.chance.below(total);
            let film = self.cumulative.partition_point(|sum| *sum <= at);
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
                    left => self.range.fit_rest(draw(), left),
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
    /// `length`, or a length near it in the range after which the rest of `left` is a sum of lengths in the range,
    /// if there is one.
    fn fit_rest(self, length: u64, left: u64) -> u64 {
        let Self { shortest, longest } = self;
        let rest = left - length;
        let pieces = rest.div_ceil(longest);
        // Fewer pieces cannot fill the rest, even at their longest.
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
