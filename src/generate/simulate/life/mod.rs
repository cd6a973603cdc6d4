//! Life: cells that are born, live and die by how many neighbours they have. What light feeds lives
//! after each step, and walls are dead.

mod bits;
mod larger;
mod pattern;
mod rule;

use std::path::Path;

use pulp::{Arch, Simd, WithSimd};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::bits::{Bits, Sums};
use self::pattern::Pattern;
use self::rule::Rule;
use super::ages::{fainter, older};
use super::choices::{Edges, Role};
use super::guide::is_light;
use super::simulation::{Saved, Simulation};
use super::view::View;
use super::{RuleText, Simulate, chance};
use crate::error::{Invalid, did_you_mean};
use crate::generate::files;
use crate::values::Clip;

/// A field of cells, and for how long each lives or is dead.
pub(super) struct Life {
    rule: Rule,
    is_torus: bool,
    role: Role,
    bits: Bits,
    next: Bits,
    sums: Sums,
    /// Of each cell the state in which it dies, from 2 on, or 0; empty where a rule has two states.
    dying: Vec<u8>,
    /// Of each cell: 128, and the steps that it lives, 127 at most; or 127, less the steps since it died.
    tones: Vec<u8>,
    light: Vec<u8>,
}

/// The largest file of a pattern, in bytes.
const LARGEST: u64 = 64 << 20;

/// Reads a pattern from its file, or that of a name.
fn read(name: &str) -> Result<Pattern, String> {
    if let Some(pattern) = Pattern::named(name) {
        return Ok(pattern);
    }
    let path = Path::new(name);
    let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    if bytes > LARGEST {
        return Err(format!("it has {} MiB, and a pattern at most 64", bytes >> 20));
    }
    let mut text = Vec::new();
    let read =
        files::open(path).and_then(|mut file| std::io::Read::read_to_end(&mut file, &mut text));
    if let Err(e) = read {
        let near = did_you_mean(name, Pattern::names());
        let names = Pattern::names().collect::<Vec<_>>().join(", ");
        return Err(format!("{e}{near} (a file, or one of {names})"));
    }
    Pattern::read(&String::from_utf8_lossy(&text))
}

/// Settles rule and pattern, and looks into the pattern's file. Of a recipe that knows its file, it is what it was made with.
///
/// # Errors
/// The rule is none; the pattern cannot be read, or is larger than the field.
pub(super) fn resolve(simulate: &mut Simulate, clip: Clip) -> Result<(), Invalid> {
    let mut pattern = None;
    if let Some(name) = simulate.pattern.clone() {
        let invalid = |reason: String| Invalid::new("simulate.pattern", &name, reason);
        let is_known = simulate.files.contains_key(&name) && simulate.rule.is_some();
        if !is_known {
            let read = read(&name).map_err(invalid)?;
            let (columns, rows) = simulate.field(clip.size);
            if read.columns > columns || read.rows > rows {
                let reason = format!(
                    "it has {}x{} cells, and the field {columns}x{rows}; a smaller --cell or a larger --size holds it",
                    read.columns, read.rows
                );
                return Err(invalid(reason));
            }
            if Pattern::named(&name).is_none() {
                let hash = files::hash(Path::new(&name)).map_err(|e| invalid(e.to_string()))?;
                simulate.files = [(name.clone(), hash)].into();
            }
            pattern = Some(read);
        }
    }
    let own = pattern.as_ref().and_then(|pattern| pattern.rule.clone());
    let is_own = simulate.rule.is_none() && own.is_some();
    let rule = || RuleText(own.unwrap_or_else(|| "B3/S23".into()));
    let text = &simulate.rule.get_or_insert_with(rule).0;
    let wrong = |e: String| match (&simulate.pattern, is_own) {
        (Some(name), true) => {
            let reason = format!("its rule is {text}, {e}; --rule says another");
            Invalid::new("simulate.pattern", name, reason)
        }
        _ => Invalid::new("simulate.rule", text, e),
    };
    let states = match larger::Rule::read(text) {
        Some(rule) => rule.map_err(wrong)?.states,
        None => text.parse::<Rule>().map_err(wrong)?.states,
    };
    if let Some(most) = pattern.and_then(|pattern| pattern.cells.iter().map(|cell| cell.2).max())
        && u16::from(most) >= states
    {
        let reason =
            format!("a cell in it has state {most}, and {text} has states 0 to {}", states - 1);
        return Err(Invalid::new(
            "simulate.pattern",
            simulate.pattern.as_deref().unwrap_or_default(),
            reason,
        ));
    }
    Ok(())
}

/// Of each byte its bits, as bytes of all ones.
static SPREAD: [u64; 256] = {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut bit = 0;
        while bit < 8 {
            if n >> bit & 1 == 1 {
                table[n] |= 0xff << (8 * bit);
            }
            bit += 1;
        }
        n += 1;
    }
    table
};

/// Of each bit a byte of all ones, or of none.
#[inline(always)]
fn spread(word: u64) -> [u8; 64] {
    let mut lives = [0; 64];
    for (lives, byte) in lives.as_chunks_mut::<8>().0.iter_mut().zip(word.to_le_bytes()) {
        *lives = SPREAD[usize::from(byte)].to_le_bytes();
    }
    lives
}

/// The tone of a cell a step later, which lives if all bits of `lives` are set.
#[inline(always)]
fn grown(tone: u8, lives: u8) -> u8 {
    older(tone) & lives | fainter(tone) & !lives
}

struct Grow<'a> {
    bits: &'a Bits,
    tones: &'a mut [u8],
}

impl WithSimd for Grow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (y, row) in self.tones.chunks_exact_mut(self.bits.columns).enumerate() {
            let words = self.bits.row(y);
            let (whole, rest) = row.as_chunks_mut::<64>();
            for (tones, word) in whole.iter_mut().zip(words) {
                let lives = spread(*word);
                for (tone, lives) in tones.iter_mut().zip(&lives) {
                    *tone = grown(*tone, *lives);
                }
            }
            for (tone, lives) in rest.iter_mut().zip(spread(words[words.len() - 1])) {
                *tone = grown(*tone, lives);
            }
        }
    }
}

/// The field as it is before the first step.
///
/// # Errors
/// The pattern's file is gone or another, in one line.
pub(super) fn begin(
    simulate: &Simulate,
    clip: Clip,
    start: Option<&[u8]>,
) -> Result<Box<dyn Simulation>, String> {
    let rule = simulate.rule.as_ref().map_or("B3/S23", |rule| &rule.0);
    let larger = larger::Rule::read(rule);
    let cells = sow(simulate, clip, start, larger.is_some())?;
    Ok(match larger {
        Some(rule) => Box::new(larger::Larger::begin(rule?, simulate, clip, &cells)),
        None => Box::new(Life::begin(rule.parse()?, simulate, clip, &cells)),
    })
}

/// The states of all cells at first.
fn sow(
    simulate: &Simulate,
    clip: Clip,
    start: Option<&[u8]>,
    is_larger: bool,
) -> Result<Vec<u8>, String> {
    let (columns, rows) = simulate.field(clip.size);
    let mut cells = vec![0; columns * rows];
    if let Some(name) = &simulate.pattern {
        let pattern = read(name).map_err(|e| format!("{name}: {e}"))?;
        let left = (columns.saturating_sub(pattern.columns)) / 2;
        let top = (rows.saturating_sub(pattern.rows)) / 2;
        for (x, y, state) in pattern.cells {
            let (x, y) = (x + left, y + top);
            if x < columns && y < rows {
                cells[y * columns + x] = state;
            }
        }
    } else if let Some(light) = start.filter(|_| simulate.starts_in_light()) {
        cells.iter_mut().zip(light).for_each(|(cell, light)| *cell = is_light(*light).into());
    } else {
        let mut random = ChaCha8Rng::seed_from_u64(clip.seed);
        let share = chance::share(simulate.density.unwrap_or(if is_larger {
            DENSITY_OF_LARGER
        } else {
            DENSITY
        }));
        cells.fill_with(|| (u64::from(random.next_u32()) < share).into());
    }
    Ok(cells)
}

impl Life {
    fn begin(rule: Rule, simulate: &Simulate, clip: Clip, cells: &[u8]) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let mut bits = Bits::new(columns, rows);
        let mut dying = if rule.states > 2 { vec![0; columns * rows] } else { Vec::new() };
        for (n, state) in cells.iter().enumerate() {
            match state {
                0 => {}
                1 => bits.set(n % columns, n / columns),
                state => {
                    if let Some(cell) = dying.get_mut(n) {
                        *cell = *state;
                    }
                }
            }
        }
        let mut tones = vec![0; columns * rows];
        Arch::new().dispatch(Grow { bits: &bits, tones: &mut tones });
        let is_torus = simulate.edges == Edges::Torus;
        let (next, sums) = (bits.clone(), Sums::default());
        Self {
            rule,
            is_torus,
            role: simulate.role,
            next,
            bits,
            sums,
            dying,
            tones,
            light: Vec::new(),
        }
    }

    /// Has cells live where light feeds them, and none where they cannot be.
    fn light_up(&mut self) {
        let columns = self.bits.columns;
        let lit = self.light.iter().enumerate().filter(|(_, light)| is_light(**light));
        for (n, _) in lit {
            match self.role {
                Role::Food if self.dying.get(n).is_none_or(|state| *state == 0) => {
                    self.bits.set(n % columns, n / columns);
                }
                Role::Wall => {
                    self.bits.unset(n % columns, n / columns);
                    if let Some(state) = self.dying.get_mut(n) {
                        *state = 0;
                    }
                }
                _ => {}
            }
        }
    }

    /// Has cells that do not survive die in steps; nothing is born where one does.
    fn die(&mut self) {
        let columns = self.bits.columns;
        for y in 0..self.bits.rows {
            for x in 0..columns {
                let (word, bit) = (y * columns.div_ceil(64) + x / 64, 1u64 << (x % 64));
                let state = &mut self.dying[y * columns + x];
                let did_live = self.bits.data()[word] & bit != 0;
                let next = &mut self.next.data_mut()[word];
                if *state > 0 {
                    *next &= !bit;
                    *state = if u16::from(*state) + 1 < self.rule.states { *state + 1 } else { 0 };
                } else if did_live && *next & bit == 0 {
                    *state = 2;
                }
            }
        }
    }
}

/// The share of cells that live at first, where nothing is said.
const DENSITY: f64 = 0.35;
/// The same, of rules that look farther.
const DENSITY_OF_LARGER: f64 = 0.45;

impl Simulation for Life {
    fn shine(&mut self, light: &[u8]) {
        self.light = light.to_vec();
    }

    fn step(&mut self, _: &Simulate, _: u64) {
        self.bits.step(&self.rule, self.is_torus, &mut self.sums, &mut self.next);
        if !self.dying.is_empty() {
            self.die();
        }
        std::mem::swap(&mut self.bits, &mut self.next);
        if self.role != Role::Start {
            self.light_up();
        }
        Arch::new().dispatch(Grow { bits: &self.bits, tones: &mut self.tones });
    }

    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.tones[..].into())
    }

    fn save(&self) -> Vec<u8> {
        let words = self.bits.data().iter().flat_map(|word| word.to_le_bytes());
        let mut bytes: Vec<u8> = words.collect();
        bytes.extend_from_slice(&self.tones);
        bytes.extend_from_slice(&self.dying);
        bytes
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        for word in self.bits.data_mut() {
            let Some(bytes) = saved.take(8) else { return false };
            *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        saved.fill(&mut self.tones) && saved.fill(&mut self.dying) && saved.is_empty()
    }
}
