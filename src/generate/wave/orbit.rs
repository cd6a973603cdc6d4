//! What becomes of points to which a complex formula is applied again and again.

use num_complex::Complex64;
use pulp::{Arch, Simd, WithSimd};

use crate::cancel::{Cancel, Stopped};
use crate::formula::{COMPLEX_LANES as LANES, ComplexFormula, ComplexProgram};

/// Beyond this a point does not come back (squared).
const ESCAPE: f64 = 1e8;
/// Nearer than this (squared) two iterates are one: it has arrived.
const ARRIVED: f64 = 1e-12;

/// What became of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// It is still where the formula took it.
    There,
    /// It arrived somewhere after so many iterations.
    Arrived(u32),
    /// It left after so many iterations, and a part of one.
    Left(f64),
}

/// Follows points, one in each lane; when one has ended, the next takes its place.
pub(super) struct Orbits<'a> {
    program: ComplexProgram,
    iterations: u32,
    cancel: &'a Cancel,
    arch: Arch,
    /// Which point each lane holds.
    places: [usize; LANES],
    /// The turn in which it ends at the latest.
    due: [f64; LANES],
    /// The logarithm of [`ESCAPE`].
    escape_log: f64,
}

impl<'a> Orbits<'a> {
    pub(super) fn new(formula: &ComplexFormula, iterations: u32, cancel: &'a Cancel) -> Self {
        Self {
            program: formula.program(),
            iterations,
            cancel,
            arch: Arch::new(),
            places: [0; LANES],
            due: [0.0; LANES],
            escape_log: libm::log(ESCAPE),
        }
    }

    /// Begins a frame, in which the sweep is `a`.
    pub(super) fn begin(&mut self, a: f64) {
        self.program.begin(a);
    }

    /// Follows the points of a row, `xs` at height `y`: where each ends, and what became of it.
    ///
    /// # Errors
    /// It was stopped.
    pub(super) fn row(
        &mut self,
        (xs, y): (&[f64], f64),
        ends: &mut [(Complex64, Fate)],
    ) -> Result<(), Stopped> {
        let arch = self.arch;
        arch.dispatch(Row { orbits: self, xs, y, ends })
    }

    /// Puts the next point of a row into a lane.
    fn start(&mut self, lane: usize, place: usize, point: Complex64, turn: f64) {
        self.program.put(lane, point, point);
        self.places[lane] = place;
        self.due[lane] = turn + f64::from(self.iterations);
    }

    /// Marks the lanes whose points end in this turn.
    #[inline(always)]
    fn ending(&self, lanes: usize, turn: f64) -> [u8; LANES] {
        let mut ends = [0; LANES];
        let ((z_re, z_im), (re, im)) =
            (self.program.before().parts(), self.program.after().parts());
        for i in 0..LANES {
            let size = re[i] * re[i] + im[i] * im[i];
            let (x, y) = (re[i] - z_re[i], im[i] - z_im[i]);
            let step = x * x + y * y;
            ends[i] = u8::from((size > ESCAPE) | (step < ARRIVED) | (self.due[i] <= turn));
        }
        ends[lanes..].fill(0);
        ends
    }

    /// What became of the point in a lane that ends in this turn.
    fn fate(&self, lane: usize, turn: f64) -> (Complex64, Fate) {
        let (before, after) = (self.program.before().get(lane), self.program.after().get(lane));
        if self.iterations == 1 {
            return (after, Fate::There);
        }
        let n = f64::from(self.iterations) - (self.due[lane] - turn);
        let size = after.norm_sqr();
        let fate = if size > ESCAPE {
            // How far beyond it is tells how much of an iteration was too much.
            let over = libm::log2(libm::log(size) / self.escape_log);
            Fate::Left(n - over.clamp(0.0, 1.0))
        } else if (after - before).norm_sqr() < ARRIVED {
            Fate::Arrived(n as u32)
        } else {
            Fate::There
        };
        (after, fate)
    }
}

/// A row's work: inlined into what pulp compiles for each instruction set.
struct Row<'o, 'a, 'p> {
    orbits: &'o mut Orbits<'a>,
    xs: &'p [f64],
    y: f64,
    ends: &'p mut [(Complex64, Fate)],
}

impl WithSimd for Row<'_, '_, '_> {
    type Output = Result<(), Stopped>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let Self { orbits, xs, y, ends } = self;
        let point = |n: usize| Complex64::new(xs[n], y);
        let (mut lanes, mut next, mut turn) = (xs.len().min(LANES), 0, 0.0);
        while next < lanes {
            orbits.start(next, next, point(next), turn);
            next += 1;
        }
        while lanes > 0 {
            orbits.cancel.check()?;
            orbits.program.run(lanes.next_multiple_of(8));
            turn += 1.0;
            let ending = orbits.ending(lanes, turn);
            let is_one = ending.chunks_exact(8).any(|eight| eight != [0; 8]);
            if is_one {
                for lane in (0..lanes).filter(|lane| ending[*lane] != 0) {
                    ends[orbits.places[lane]] = orbits.fate(lane, turn);
                }
            }
            orbits.program.advance();
            if !is_one {
                continue;
            }
            // From the last, which by then is one that goes on.
            for lane in (0..lanes).rev().filter(|lane| ending[*lane] != 0) {
                if next < xs.len() {
                    orbits.start(lane, next, point(next), turn);
                    next += 1;
                } else {
                    lanes -= 1;
                    orbits.program.copy(lanes, lane);
                    orbits.places[lane] = orbits.places[lanes];
                    orbits.due[lane] = orbits.due[lanes];
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the points of a row end.
    fn row(formula: &str, iterations: u32, xs: &[f64], y: f64) -> Vec<(Complex64, Fate)> {
        let formula = ComplexFormula::parse(formula).expect("a formula");
        let cancel = Cancel::new();
        let mut ends = vec![(Complex64::ZERO, Fate::There); xs.len()];
        let mut orbits = Orbits::new(&formula, iterations, &cancel);
        orbits.begin(0.7);
        orbits.row((xs, y), &mut ends).expect("not stopped");
        ends
    }

    #[test]
    fn a_point_ends_as_it_would_alone() {
        // More than fit into the lanes, of which some leave, some arrive, and some do neither.
        let xs: Vec<f64> = (0..1000).map(|n| f64::from(n) * 0.004 - 2.5).collect();
        for formula in ["z^2 + c", "z - (z^3 - 1)/(3*z^2)", "z^2 + 0.7*exp(i*a)", "c", "z/(z - c)"]
        {
            for iterations in [1, 2, 50] {
                let together = row(formula, iterations, &xs, 0.3);
                for (x, end) in xs.iter().zip(&together) {
                    let alone = row(formula, iterations, &[*x], 0.3)[0];
                    let bits =
                        |(z, fate): (Complex64, Fate)| (z.re.to_bits(), z.im.to_bits(), fate);
                    assert_eq!(bits(alone), bits(*end), "{formula}, {iterations}, at {x}");
                }
            }
        }
    }

    #[test]
    fn points_leave_arrive_or_go_on() {
        let fates = |x: f64, iterations| row("z^2 + c", iterations, &[x], 0.0)[0].1;
        // 0 stays where it is, 1/4 creeps towards 1/2, -1 jumps to and fro, 1 leaves.
        assert_eq!(fates(0.0, 9), Fate::Arrived(1));
        assert_eq!((fates(0.25, 9), fates(-1.0, 500)), (Fate::There, Fate::There));
        let Fate::Left(turns) = fates(1.0, 500) else { panic!("it leaves") };
        // 2, 5, 26, 677, 458330: the last is the first beyond 10000.
        assert!((4.0..5.0).contains(&turns), "{turns}");
        assert_eq!(fates(1.0, 1), Fate::There, "a formula that is applied once maps the plane");
    }

    #[test]
    fn it_is_stopped_in_the_middle() {
        let formula = ComplexFormula::parse("z^2 + c").expect("a formula");
        let cancel = Cancel::new();
        cancel.cancel();
        let mut orbits = Orbits::new(&formula, 10, &cancel);
        let mut ends = [(Complex64::ZERO, Fate::There)];
        assert!(orbits.row((&[0.1], 0.0), &mut ends).is_err());
    }
}
