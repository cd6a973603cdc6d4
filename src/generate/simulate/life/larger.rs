//! Larger than life: cells that look farther than their neighbours (K. Evans, "Larger than Life", 2001).

use std::ops::RangeInclusive;

use pulp::{Arch, Simd, WithSimd};

use super::super::Simulate;
use super::super::ages::{BORN, fainter, older};
use super::super::choices::{Edges, Role};
use super::super::guide::is_light;
use super::super::simulation::{Saved, Simulation, put_all};
use super::super::view::View;
use super::rule::check_field;
use crate::values::Clip;

/// A rule as Golly writes it: `R5,C0,M1,S34..58,B34..45,NM`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    range: usize,
    pub states: u16,
    /// Whether a cell counts itself.
    counts_itself: bool,
    survive: RangeInclusive<u16>,
    born: RangeInclusive<u16>,
    shape: Shape,
}

/// Which cells are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A square.
    Moore,
    /// A square on its corner.
    Neumann,
    /// A disc.
    Disc,
}

/// The farthest that a cell may look: more cells would not be counted in 16 bits.
const FARTHEST: usize = 100;

impl Rule {
    /// Reads a rule of this kind; `None` of any other.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Option<Result<Self, String>> {
        let text = text.trim();
        let is_one = text.starts_with(['R', 'r'])
            && text[1..].starts_with(|c: char| c.is_ascii_digit())
            && text.contains(',');
        is_one.then(|| Self::parse(text))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut rule = Self {
            range: 0,
            states: 2,
            counts_itself: false,
            survive: 0..=0,
            born: 0..=0,
            shape: Shape::Moore,
        };
        let mut has = [false; 2];
        check_field(text)?;
        for part in text.split(',').map(str::trim) {
            let Some(letter) = part.chars().next() else { continue };
            let rest = &part[letter.len_utf8()..];
            let wrong = || format!("'{part}': a rule is R5,C0,M1,S34..58,B34..45,NM");
            let number = |least: usize, most: usize| match rest.parse::<usize>() {
                Ok(number) if (least..=most).contains(&number) => Ok(number),
                _ => Err(format!("'{part}': {letter} is {least} to {most}")),
            };
            match letter.to_ascii_uppercase() {
                'R' => rule.range = number(1, FARTHEST)?,
                'C' => rule.states = number(0, 255)?.max(2) as u16,
                'M' => rule.counts_itself = number(0, 1)? == 1,
                'S' => (rule.survive, has[0]) = (span(rest).ok_or_else(wrong)?, true),
                'B' => (rule.born, has[1]) = (span(rest).ok_or_else(wrong)?, true),
                'N' => {
                    rule.shape = match rest {
                        "M" | "m" => Shape::Moore,
                        "N" | "n" => Shape::Neumann,
                        "C" | "c" => Shape::Disc,
                        _ => return Err(format!("'{part}': cells look at NM, NN or NC")),
                    }
                }
                _ => return Err(wrong()),
            }
        }
        match has {
            [true, true] if *rule.born.start() > 0 => Ok(rule),
            [true, true] => {
                Err("B0 has cells be born out of nothing, everywhere; such rules are not drawn"
                    .into())
            }
            _ => Err("it does not say what is born and what survives: S34..58,B34..45".into()),
        }
    }

    /// How far a cell looks to each side, in the row so far above or below.
    fn width(&self, row: i64) -> usize {
        let range = self.range as i64;
        match self.shape {
            Shape::Moore => self.range,
            Shape::Neumann => (range - row.abs()) as usize,
            Shape::Disc => {
                // Golly's disc: cells whose middles are within the range and a half.
                let square = range * range + range - row * row;
                (0..=range).rev().find(|x| x * x <= square).unwrap_or(0) as usize
            }
        }
    }
}

/// Counts as `34..58`, `34-58` or `34`.
fn span(text: &str) -> Option<RangeInclusive<u16>> {
    let (low, high) =
        text.split_once("..").or_else(|| text.split_once('-')).unwrap_or((text, text));
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low <= high).then_some(low..=high)
}

/// A field of cells.
pub(super) struct Larger {
    rule: Rule,
    is_torus: bool,
    role: Role,
    columns: usize,
    rows: usize,
    /// 0, 1 of a cell that lives, or the state in which it dies.
    cells: Vec<u8>,
    tones: Vec<u8>,
    light: Vec<u8>,
    /// Sums of the living along each row, with as much beside it as a cell looks; and those of a row.
    sums: Vec<u16>,
    counts: Vec<u16>,
}

impl Larger {
    pub fn begin(rule: Rule, simulate: &Simulate, clip: Clip, cells: &[u8]) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        Self {
            is_torus: simulate.edges == Edges::Torus,
            role: simulate.role,
            columns,
            rows,
            cells: cells.to_vec(),
            tones: cells.iter().map(|state| if *state == 1 { BORN } else { 0 }).collect(),
            light: Vec::new(),
            sums: vec![0; (columns + 2 * rule.range + 1) * rows],
            counts: vec![0; columns],
            rule,
        }
    }

    /// Sums the living along each row, from as far to the left as a cell looks.
    fn sum(&mut self) {
        let (columns, range) = (self.columns, self.rule.range);
        let stride = columns + 2 * range + 1;
        for (sums, cells) in
            self.sums.chunks_exact_mut(stride).zip(self.cells.chunks_exact(columns))
        {
            let mut sum = 0u16;
            for (n, place) in sums[1..].iter_mut().enumerate() {
                let x = n as i64 - range as i64;
                let cell = match self.is_torus {
                    true => cells[x.rem_euclid(columns as i64) as usize],
                    false => {
                        usize::try_from(x).ok().and_then(|x| cells.get(x)).copied().unwrap_or(0)
                    }
                };
                sum = sum.wrapping_add(u16::from(cell == 1));
                *place = sum;
            }
        }
    }

    fn light_up(&mut self, state: u8) {
        let lit = self.cells.iter_mut().zip(&self.light).filter(|(_, light)| is_light(**light));
        lit.for_each(|(cell, _)| *cell = state);
    }
}

/// Adds how many live along a row to the counts of those that see it.
struct Look<'a> {
    counts: &'a mut [u16],
    left: &'a [u16],
    right: &'a [u16],
}

impl WithSimd for Look<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for ((count, left), right) in self.counts.iter_mut().zip(self.left).zip(self.right) {
            // Sums of long rows go round; what lies between two of them is right.
            *count = count.wrapping_add(right.wrapping_sub(*left));
        }
    }
}

impl Simulation for Larger {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
    }

    fn step(&mut self, _: &Simulate, _: u64) {
        self.sum();
        let (columns, rows, range) = (self.columns, self.rows as i64, self.rule.range);
        let stride = columns + 2 * range + 1;
        let arch = Arch::new();
        for y in 0..rows {
            self.counts.fill(0);
            for dy in -(range as i64)..=range as i64 {
                let row = match self.is_torus {
                    true => (y + dy).rem_euclid(rows),
                    false if (0..rows).contains(&(y + dy)) => y + dy,
                    false => continue,
                };
                let sums = &self.sums[row as usize * stride..][..stride];
                let width = self.rule.width(dy);
                let left = &sums[range - width..][..columns];
                let right = &sums[range + width + 1..][..columns];
                arch.dispatch(Look { counts: &mut self.counts, left, right });
            }
            let cells = &mut self.cells[y as usize * columns..][..columns];
            for (cell, count) in cells.iter_mut().zip(&self.counts) {
                let count = match *cell {
                    1 if !self.rule.counts_itself => *count - 1,
                    _ => *count,
                };
                *cell = match *cell {
                    0 => self.rule.born.contains(&count).into(),
                    1 if self.rule.survive.contains(&count) => 1,
                    state if u16::from(state) + 1 < self.rule.states => state + 1,
                    _ => 0,
                };
            }
        }
        match self.role {
            Role::Food => self.light_up(1),
            Role::Wall => self.light_up(0),
            Role::Start | Role::Map => {}
        }
        for (tone, cell) in self.tones.iter_mut().zip(&self.cells) {
            *tone = if *cell == 1 { older(*tone) } else { fainter(*tone) };
        }
    }

    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.tones[..].into())
    }

    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_all(&mut bytes, &self.cells);
        put_all(&mut bytes, &self.tones);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        saved.fill(&mut self.cells) && saved.fill(&mut self.tones) && saved.is_empty()
    }
}
