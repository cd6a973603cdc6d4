//! Elementary cellular automata: a row of cells, and under it the row that follows (S. Wolfram, "Statistical mechanics of
//! cellular automata", Reviews of Modern Physics, 1983). Those with more states go by the sum of three cells: the digit of a
//! code, to the base of the number of states (S. Wolfram, "A New Kind of Science", 2002).

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::ages::BORN;
use super::choices::Edges;
use super::simulation::{Saved, Simulation};
use super::view::View;
use super::{RuleText, Simulate};
use crate::error::Invalid;
use crate::values::Clip;

/// The rows that are seen, the newest at the bottom.
pub(super) struct Elementary {
    rule: Rule,
    is_torus: bool,
    columns: usize,
    tones: Vec<u8>,
    next: Vec<u8>,
}

/// What becomes of a cell.
enum Rule {
    /// Bit n is what becomes of one whose left neighbour, itself and right neighbour are the bits of n.
    Number(u8),
    /// What becomes of one by the sum of the three.
    Code(Vec<u8>),
}

impl Rule {
    fn read(simulate: &Simulate) -> Result<Self, String> {
        let text = simulate.rule.as_ref().map_or("30", |rule| rule.0.trim());
        let Some(code) = text.strip_prefix("code") else {
            let number = text.parse().map_err(|_| {
                "an elementary rule is 0 to 255, or with more states code777".to_string()
            });
            return number.map(Self::Number);
        };
        let states = u128::from(simulate.states);
        // Sums from 0 to three times the last state.
        let digits = 3 * (states - 1) + 1;
        let most = u32::try_from(digits).ok().and_then(|digits| states.checked_pow(digits));
        let most = most.map_or(u128::MAX, |count| count - 1);
        let mut code = match code.trim().parse::<u128>() {
            Ok(code) if code <= most => code,
            _ => return Err(format!("a code of {states} states is 0 to {most}")),
        };
        let digit = |_| {
            let digit = (code % states) as u8;
            code /= states;
            digit
        };
        Ok(Self::Code((0..digits).map(digit).collect()))
    }
}

/// Settles the rule.
///
/// # Errors
/// It is none.
pub(super) fn resolve(simulate: &mut Simulate) -> Result<(), Invalid> {
    simulate.rule.get_or_insert_with(|| RuleText("30".into()));
    match Rule::read(simulate) {
        Ok(_) => Ok(()),
        Err(reason) => {
            let text = simulate.rule.as_ref().map_or("", |rule| &rule.0);
            Err(Invalid::new("simulate.rule", text, reason))
        }
    }
}

impl Elementary {
    /// A single cell in the middle, or cells by chance.
    pub fn begin(simulate: &Simulate, clip: Clip) -> Self {
        let (columns, rows) = simulate.field(clip.size);
        // It was read before.
        let rule = Rule::read(simulate).unwrap_or(Rule::Number(30));
        let is_code = matches!(rule, Rule::Code(_));
        let states = simulate.states;
        let mut tones = vec![0; columns * rows];
        let last = &mut tones[columns * (rows - 1)..];
        match simulate.density {
            None => last[columns / 2] = if is_code { 1 } else { BORN },
            Some(density) => {
                let mut random = ChaCha8Rng::seed_from_u64(clip.seed);
                let share = (density * 4_294_967_296.0) as u64;
                for cell in last {
                    let drawn = random.next_u32();
                    if u64::from(drawn) < share {
                        // One of the states that are not empty.
                        *cell = if is_code { (drawn % (states - 1)) as u8 + 1 } else { BORN };
                    }
                }
            }
        }
        let is_torus = simulate.edges == Edges::Torus;
        Self { rule, is_torus, columns, next: vec![0; columns], tones }
    }
}

impl Simulation for Elementary {
    fn step(&mut self, _: &Simulate, _: u64) {
        let columns = self.columns;
        let from = self.tones.len() - columns;
        let row = &self.tones[from..];
        let (first, last) = if self.is_torus { (row[0], row[columns - 1]) } else { (0, 0) };
        for (x, next) in self.next.iter_mut().enumerate() {
            let left = if x > 0 { row[x - 1] } else { last };
            let right = if x + 1 < columns { row[x + 1] } else { first };
            *next = match &self.rule {
                Rule::Number(rule) => {
                    (rule >> ((left >> 7) << 2 | (row[x] >> 7) << 1 | right >> 7) & 1) * BORN
                }
                Rule::Code(digits) => {
                    let sum = usize::from(left) + usize::from(row[x]) + usize::from(right);
                    digits.get(sum).copied().unwrap_or(0)
                }
            };
        }
        self.tones.copy_within(columns.., 0);
        self.tones[from..].copy_from_slice(&self.next);
    }

    fn view(&self, _: &Simulate) -> View {
        View::Tones(self.tones[..].into())
    }

    fn save(&self) -> Vec<u8> {
        self.tones.clone()
    }

    fn load(&mut self, bytes: &[u8]) -> bool {
        let mut saved = Saved(bytes);
        saved.fill(&mut self.tones) && saved.is_empty()
    }
}
