//! Cells that live or do not, 64 in a word, and the step from one generation to the next.
//!
//! The neighbours of 64 cells are counted at once: their sums are numbers of four bits, whose bits stand in four words, as in
//! the adders of a processor.

use pulp::{Arch, Simd, WithSimd};

use super::Rule;

/// A field of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits {
    pub columns: usize,
    pub rows: usize,
    /// Words of a row.
    words: usize,
    /// Row by row. Cell x is bit x % 64 of word x / 64; bits beyond the last cell are 0.
    data: Vec<u64>,
}

impl Bits {
    /// A field in which nothing lives.
    pub fn new(columns: usize, rows: usize) -> Self {
        let words = columns.div_ceil(64);
        Self { columns, rows, words, data: vec![0; words * rows] }
    }

    /// All words.
    pub fn data(&self) -> &[u64] {
        &self.data
    }

    /// All words, to be changed.
    pub fn data_mut(&mut self) -> &mut [u64] {
        &mut self.data
    }

    /// The words of row `y`.
    pub fn row(&self, y: usize) -> &[u64] {
        &self.data[y * self.words..][..self.words]
    }

    /// Has cell x of row y live.
    pub fn set(&mut self, x: usize, y: usize) {
        self.data[y * self.words + x / 64] |= 1 << (x % 64);
    }

    /// Has cell x of row y be dead.
    pub fn unset(&mut self, x: usize, y: usize) {
        self.data[y * self.words + x / 64] &= !(1 << (x % 64));
    }

    /// The bits of the last word of a row that are cells.
    pub fn last(&self) -> u64 {
        match self.columns % 64 {
            0 => u64::MAX,
            cells => (1 << cells) - 1,
        }
    }

    /// Writes the next generation by `rule` into `next`. The field goes on at its other end if it is a torus, else nothing
    /// lives around it.
    pub fn step(&self, rule: &Rule, is_torus: bool, sums: &mut Sums, next: &mut Self) {
        Arch::new().dispatch(Step { bits: self, rule, is_torus, sums, next });
    }
}

/// Working memory of a step: of three rows, how many of each cell's left and right neighbours live, and how many of these and
/// itself; and a row with what lies beyond its ends.
#[derive(Debug, Default)]
pub(super) struct Sums {
    rows: [[Vec<u64>; 4]; 3],
    padded: Vec<u64>,
}

struct Step<'a> {
    bits: &'a Bits,
    rule: &'a Rule,
    is_torus: bool,
    sums: &'a mut Sums,
    next: &'a mut Bits,
}

impl WithSimd for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { bits, rule, is_torus, sums, next } = self;
        let (rows, words) = (bits.rows, bits.words);
        for row in sums.rows.iter_mut().flatten() {
            row.resize(words, 0);
        }
        sums.padded.resize(words + 2, 0);
        let leaves = leaves(rule);
        let Sums { rows: sums, padded } = sums;
        let above = is_torus.then_some(rows - 1);
        sum(bits, above, is_torus, padded, &mut sums[2]);
        sum(bits, Some(0), is_torus, padded, &mut sums[0]);
        let last = bits.last();
        for y in 0..rows {
            let below = if y + 1 < rows { Some(y + 1) } else { is_torus.then_some(0) };
            sum(bits, below, is_torus, padded, &mut sums[(y + 1) % 3]);
            let [a, b, m] = [(y + 2) % 3, (y + 1) % 3, y % 3].map(|place| &sums[place]);
            let out = &mut next.data[y * words..][..words];
            down(&leaves, bits.row(y), [a, b, m], out);
            out[words - 1] &= last;
        }
    }
}

/// As [`across`]; there is nothing where there is no row.
#[inline(always)]
fn sum(
    bits: &Bits,
    y: Option<usize>,
    is_torus: bool,
    padded: &mut [u64],
    sums: &mut [Vec<u64>; 4],
) {
    match y {
        Some(y) => across(bits, y, is_torus, padded, sums),
        None => sums.iter_mut().for_each(|sums| sums.fill(0)),
    }
}

/// Sums along row `y`: the low and the high bit of how many of left and right live, and of these with the cell itself.
#[inline(always)]
fn across(bits: &Bits, y: usize, is_torus: bool, padded: &mut [u64], sums: &mut [Vec<u64>; 4]) {
    let (row, words, columns) = (bits.row(y), bits.words, bits.columns);
    padded[1..=words].copy_from_slice(row);
    (padded[0], padded[words + 1]) = (0, 0);
    if is_torus {
        let ends = (row[0] & 1, row[(columns - 1) / 64] >> ((columns - 1) % 64) & 1);
        padded[0] = ends.1 << 63;
        padded[1 + columns / 64] |= ends.0 << (columns % 64);
    }
    let [t0, t1, s0, s1] = sums;
    let (t0, t1) = (&mut t0[..words], &mut t1[..words]);
    let (s0, s1) = (&mut s0[..words], &mut s1[..words]);
    let (before, here, behind) = (&padded[..words], &padded[1..][..words], &padded[2..][..words]);
    for n in 0..words {
        let left = here[n] << 1 | before[n] >> 63;
        let right = here[n] >> 1 | behind[n] << 63;
        (t0[n], t1[n]) = (left ^ right, left & right);
        (s0[n], s1[n]) = (t0[n] ^ here[n], t1[n] | t0[n] & here[n]);
    }
}

/// What becomes of a cell, by how many of its neighbours live: all ones where one is born, and where one survives.
type Leaves = [(u64, u64); 9];

fn leaves(rule: &Rule) -> Leaves {
    let all = |set: u16, n: usize| if set >> n & 1 == 1 { u64::MAX } else { 0 };
    std::array::from_fn(|n| (all(rule.born, n), all(rule.survive, n)))
}

/// The next generation of a row, from the sums of the rows above, below and of its own.
#[inline(always)]
fn down(leaves: &Leaves, row: &[u64], [a, b, m]: [&[Vec<u64>; 4]; 3], out: &mut [u64]) {
    let words = out.len();
    let (row, out) = (&row[..words], &mut out[..words]);
    let (a0, a1) = (&a[2][..words], &a[3][..words]);
    let (b0, b1) = (&b[2][..words], &b[3][..words]);
    let (m0, m1) = (&m[0][..words], &m[1][..words]);
    for n in 0..words {
        // Above and below: 0 to 6.
        let (x0, carry) = (a0[n] ^ b0[n], a0[n] & b0[n]);
        let (x1, x2) = (a1[n] ^ b1[n] ^ carry, most(a1[n], b1[n], carry));
        // And beside: 0 to 8.
        let (n0, carry) = (x0 ^ m0[n], x0 & m0[n]);
        let (n1, carry) = (x1 ^ m1[n] ^ carry, most(x1, m1[n], carry));
        let (n2, n3) = (x2 ^ carry, x2 & carry);
        let leaf = |count: usize| {
            let (born, survive) = leaves[count];
            choose(row[n], born, survive)
        };
        let pair = |count: usize| choose(n0, leaf(count), leaf(count + 1));
        let four = |count: usize| choose(n1, pair(count), pair(count + 2));
        out[n] = choose(n3, choose(n2, four(0), four(4)), leaf(8));
    }
}

/// The second where a bit is set, else the first.
#[inline(always)]
fn choose(bit: u64, first: u64, second: u64) -> u64 {
    first ^ (first ^ second) & bit
}

/// Where two of three bits are set.
#[inline(always)]
fn most(a: u64, b: u64, c: u64) -> u64 {
    a & b | c & (a ^ b)
}
