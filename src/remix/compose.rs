//! From a playlist to a remix: which frames each piece fills.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{Piece, Remix, SourceFilm};
use crate::error::{Error, Invalid, Result};
use crate::media::{Facts, Fit, Location};
use crate::playlist::{Films, Listed, look, time};
use crate::values::{FrameRate, Size};

/// Rates of sound that are kept; others become 48 000.
const RATES: &[u32] = &[32_000, 44_100, 48_000];

/// The pieces of a playlist that can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// Each piece's film, by index, and where it begins and ends, in microseconds.
    pub pieces: Vec<(usize, u64, u64)>,
    /// The films, each once.
    pub films: Vec<(Location, Facts)>,
    /// What is left out, one line each.
    pub refused: Vec<String>,
}

impl Cut {
    /// Looks into the films of `listed`, and at what is wanted of them.
    pub fn new(listed: &[Listed]) -> Self {
        let mut places: Vec<Location> = Vec::new();
        let mut index: HashMap<&Location, usize> = HashMap::new();
        for piece in listed {
            index.entry(&piece.location).or_insert_with(|| {
                places.push(piece.location.clone());
                places.len() - 1
            });
        }
        let Films { films, refused } = look(&places, false);
        let why: HashMap<&Location, &str> =
            refused.iter().map(|refused| (&refused.location, refused.reason.as_str())).collect();
        let mut cut = Self { pieces: Vec::new(), films: Vec::new(), refused: Vec::new() };
        let used: HashMap<&Location, usize> =
            films.iter().enumerate().map(|(n, film)| (&film.location, n)).collect();
        cut.films = films.iter().map(|film| (film.location.clone(), film.facts)).collect();
        // A film that is named a thousand times is complained of once.
        let mut told: HashMap<&Location, usize> = HashMap::new();
        for piece in listed {
            let at = &piece.location;
            let result = match (used.get(at), why.get(at)) {
                (Some(film), _) => match span(piece, &cut.films[*film].1) {
                    Ok((start, stop)) => {
                        cut.pieces.push((*film, start, stop));
                        continue;
                    }
                    Err(reason) => reason,
                },
                (None, Some(_)) if is_gone(at) => "there is no such file".into(),
                (None, Some(reason)) => reason.to_string(),
                (None, None) => "it was not looked into".into(),
            };
            let times = told.entry(at).or_default();
            *times += 1;
            if *times == 1 {
                cut.refused.push(format!("{}: {at}: {result}", piece.origin()));
            }
        }
        cut
    }

    /// The film of the first piece, which the remix is like if nothing else is said.
    fn first(&self) -> Option<&Facts> {
        let (film, ..) = self.pieces.first()?;
        self.films.get(*film).map(|(_, facts)| facts)
    }

    /// The rate of the first piece's film.
    pub fn fps(&self) -> Option<FrameRate> {
        self.first().map(|facts| facts.fps)
    }

    /// The size of the first piece's film, in whole pairs of pixels if its colour is to be coarser.
    pub fn size(&self, in_pairs: bool) -> Option<Size> {
        let Size { width, height } = self.first()?.size;
        let side = |n: u32| if in_pairs { n.next_multiple_of(2) } else { n };
        Some(Size::new(side(width), side(height)))
    }

    /// The remix at `fps` frames a second, with sound unless it is not wanted or there is none.
    ///
    /// Pieces begin with whole frames. Lengths are rounded together: where one is a fraction of a
    /// frame short, the next is longer, and all together last as long as the playlist says.
    ///
    /// # Errors
    /// A film cannot be read.
    pub fn remix(&self, fps: FrameRate, with_sound: bool) -> Result<Remix> {
        let (mut together, mut pieces) = (0u64, Vec::new());
        for (film, start, stop) in &self.pieces {
            let before = fps.frames(together);
            together = together.saturating_add(stop - start);
            let frames = fps.frames(together) - before;
            if frames > 0 {
                pieces.push(Piece { film: *film, start: *start, frames });
            }
        }
        if pieces.is_empty() && !self.pieces.is_empty() {
            let reason = format!("no piece is as long as half a frame at {fps} frames a second");
            return Err(Error::Invalid(Invalid::new("playlist", "", reason)));
        }
        // Only films that are used are part of the recipe, in the order of their use.
        let mut places: Vec<usize> = Vec::new();
        let mut index: HashMap<usize, usize> = HashMap::new();
        for piece in &mut pieces {
            piece.film = *index.entry(piece.film).or_insert_with(|| {
                places.push(piece.film);
                places.len() - 1
            });
        }
        let films: Result<Vec<SourceFilm>> =
            places.par_iter().map(|film| SourceFilm::new(&self.films[*film].0)).collect();
        let sound = places.iter().find_map(|film| self.films[*film].1.sound);
        let sound = sound.map(|rate| if RATES.contains(&rate) { rate } else { 48_000 });
        Ok(Remix { fit: Fit::Pad, sound: sound.filter(|_| with_sound), pieces, films: films? })
    }

    /// The shortest and the longest piece, and all together, in microseconds.
    ///
    /// # Errors
    /// There is none.
    pub fn lengths(&self) -> Result<(u64, u64, u64)> {
        let lengths = || self.pieces.iter().map(|(_, start, stop)| stop - start);
        let bounds = lengths().min().zip(lengths().max());
        let (shortest, longest) = bounds
            .ok_or_else(|| Error::Invalid(Invalid::new("playlist", "", "it has no piece")))?;
        Ok((shortest, longest, lengths().sum()))
    }
}

fn is_gone(at: &Location) -> bool {
    at.file().is_some_and(|path| path.symlink_metadata().is_err())
}

/// Where a piece of a film begins and ends.
fn span(piece: &Listed, film: &Facts) -> Result<(u64, u64), String> {
    // Some lists count by the film's own clock.
    let zero = if piece.is_by_clock { film.zero } else { 0 };
    let counted = |time: u64| time.saturating_add_signed(zero.saturating_neg());
    let (duration, seconds) = (film.end, time::seconds);
    let (start, stop) = (piece.start.map_or(0, counted), piece.stop.map_or(duration, counted));
    if start >= duration {
        return Err(format!(
            "the piece begins at {} s, and the film is {} s long",
            seconds(start),
            seconds(duration)
        ));
    }
    // Players show a piece to the film's end if it goes beyond.
    let stop = stop.min(duration);
    if stop <= start {
        return Err(format!(
            "the piece begins at {} s and ends at {} s",
            seconds(start),
            seconds(stop)
        ));
    }
    Ok((start, stop))
}
