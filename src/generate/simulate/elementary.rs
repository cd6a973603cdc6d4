//! Elementary cellular automata: a row of cells, and under it the row that follows (S. Wolfram, "Statistical mechanics of
//! cellular automata", Reviews of Modern Physics, 1983).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::life::BORN;
use super::simulation::{Saved, Simulation};
use super::{Edges, RuleText, Simulate};
use crate::error::Invalid;
use crate::values::Clip;

/// The rows that are seen, the newest at the bottom.
pub(super) struct Elementary {
    /// Bit n is what becomes of a cell whose left neighbour, itself and right neighbour are the bits of n.
    rule: u8,
    is_torus: bool,
    columns: usize,
    tones: Vec<u8>,
    next: Vec<u8>,
}

/// Settles the rule.
///
/// # Errors
/// It is none.
pub(super) fn resolve(simulate: &mut Simulate) -> Result<(), Invalid> {
    let text = &simulate.rule.get_or_insert_with(|| RuleText("30".into())).0;
    match text.trim().parse::<u8>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Invalid::new("simulate.rule", text, "an elementary rule is 0 to 255")),
    }
}

impl Elementary {
    /// A single cell in the middle, or cells by chance.
    pub fn begin(simulate: &Simulate, clip: Clip) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        let rule = simulate.rule.as_ref().and_then(|rule| rule.0.trim().parse().ok()).unwrap_or(30);
        let mut tones = vec![0; columns * rows];
        let last = &mut tones[columns * (rows - 1)..];
        match simulate.density {
            None => last[columns / 2] = BORN,
            Some(density) => {
                let mut random = ChaCha8Rng::seed_from_u64(clip.seed);
                let share = (density * 4_294_967_296.0) as u64;
                for cell in last {
                    if u64::from(random.next_u32()) < share {
                        *cell = BORN;
                    }
                }
            }
        }
        let is_torus = simulate.edges == Edges::Torus;
        Self { rule, is_torus, columns, next: vec![0; columns], tones }
    }
}

impl Simulation for Elementary {
    fn step(&mut self) {
        let columns = self.columns;
        let from = self.tones.len() - columns;
        let row = &self.tones[from..];
        let lives = |x: usize| row[x] >> 7;
        let (first, last) = (lives(0), lives(columns - 1));
        for (x, next) in self.next.iter_mut().enumerate() {
            let left = if x > 0 { lives(x - 1) } else { last * u8::from(self.is_torus) };
            let right =
                if x + 1 < columns { lives(x + 1) } else { first * u8::from(self.is_torus) };
            *next = (self.rule >> (left << 2 | lives(x) << 1 | right) & 1) * BORN;
        }
        self.tones.copy_within(columns.., 0);
        self.tones[from..].copy_from_slice(&self.next);
    }

    fn tones(&self) -> &[u8] {
        &self.tones
    }

    fn save(&self) -> Vec<u8> {
        self.tones.clone()
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        saved.fill(&mut self.tones) && saved.is_empty()
    }
}
