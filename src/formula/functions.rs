//! The functions and operators of the formula language.

use super::easing::Easing;
use super::oscillate;

/// A function or an operator; operators are functions without a name of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The names are those of the language, described in `NAMED`.
pub enum Function {
    Add,
    Sub,
    Mul,
    Div,
    Neg,
    Sin,
    Cos,
    Tan,
    Asin,
    Acos,
    Atan,
    Atan2,
    Sinh,
    Cosh,
    Tanh,
    Exp,
    Ln,
    Log10,
    Log2,
    Sqrt,
    Cbrt,
    Abs,
    Sign,
    Floor,
    Ceil,
    Round,
    Fract,
    Mod,
    Min,
    Max,
    Hypot,
    Pow,
    Step,
    Smoothstep,
    Clamp,
    Mix,
    Conj,
    Arg,
    Re,
    Im,
    /// Smooth noise of a number and a seed.
    Noise,
    Ease(Easing),
    /// A sawtooth at a phase in turns, which goes on by so many turns a sample.
    Saw,
    /// A pulse at a phase, with the step of that, which is high for a part of a turn.
    Pulse,
    /// A triangle at a phase, with the step of that.
    Triangle,
    /// A sine at a phase, with the step of that.
    Sine,
    /// An envelope so many seconds after its beginning, with its attack and decay.
    Env,
}

use Function::*;

/// Every function that is called by name: the name, the function, the number of arguments.
pub(super) const NAMED: &[(&str, Function, usize)] = &[
    ("sin", Sin, 1),
    ("cos", Cos, 1),
    ("tan", Tan, 1),
    ("asin", Asin, 1),
    ("acos", Acos, 1),
    ("atan", Atan, 1),
    ("atan2", Atan2, 2),
    ("sinh", Sinh, 1),
    ("cosh", Cosh, 1),
    ("tanh", Tanh, 1),
    ("exp", Exp, 1),
    ("ln", Ln, 1),
    ("log10", Log10, 1),
    ("log2", Log2, 1),
    ("sqrt", Sqrt, 1),
    ("cbrt", Cbrt, 1),
    ("abs", Abs, 1),
    ("sign", Sign, 1),
    ("floor", Floor, 1),
    ("ceil", Ceil, 1),
    ("round", Round, 1),
    ("fract", Fract, 1),
    ("mod", Mod, 2),
    ("min", Min, 2),
    ("max", Max, 2),
    ("hypot", Hypot, 2),
    ("pow", Pow, 2),
    ("step", Step, 2),
    ("smoothstep", Smoothstep, 3),
    ("clamp", Clamp, 3),
    ("mix", Mix, 3),
    ("conj", Conj, 1),
    ("arg", Arg, 1),
    ("re", Re, 1),
    ("im", Im, 1),
];

/// The constants, by name.
pub(super) const CONSTANTS: &[(&str, f64)] = &[
    ("pi", std::f64::consts::PI),
    ("tau", std::f64::consts::TAU),
    ("e", std::f64::consts::E),
    ("phi", 1.618_033_988_749_895),
];

impl Function {
    /// The name by which it is called; an operator has none.
    pub fn name(self) -> &'static str {
        match self {
            Ease(_) => "ease",
            Noise => "noise",
            Saw => "saw",
            Pulse => "pulse",
            Triangle => "triangle",
            Sine => "sine",
            Env => "env",
            _ => NAMED.iter().find(|(_, f, _)| *f == self).map_or("operator", |named| named.0),
        }
    }

    /// The value for up to three arguments; those beyond its number are ignored.
    ///
    /// `mod` has the sign of the divisor; `round` goes away from zero at halves; `step(edge, x)`,
    /// `smoothstep(lo, hi, x)`, `clamp(x, lo, hi)` and `mix(from, to, x)` are GLSL's.
    pub fn scalar(self, [a, b, c]: [f64; 3]) -> f64 {
        match self {
            Add => a + b,
            Sub => a - b,
            Mul => a * b,
            Div => a / b,
            Neg => -a,
            Sin => libm::sin(a),
            Cos => libm::cos(a),
            Tan => libm::tan(a),
            Asin => libm::asin(a),
            Acos => libm::acos(a),
            Atan => libm::atan(a),
            Atan2 => libm::atan2(a, b),
            Sinh => libm::sinh(a),
            Cosh => libm::cosh(a),
            Tanh => libm::tanh(a),
            Exp => libm::exp(a),
            Ln => libm::log(a),
            Log10 => libm::log10(a),
            Log2 => libm::log2(a),
            Sqrt => a.sqrt(),
            Cbrt => libm::cbrt(a),
            Abs => a.abs(),
            Sign => sign(a),
            Floor => a.floor(),
            Ceil => a.ceil(),
            Round => a.round(),
            Fract => a - a.floor(),
            Mod => modulo(a, b),
            Min => least(a, b),
            Max => most(a, b),
            Hypot => libm::hypot(a, b),
            Pow => libm::pow(a, b),
            Step => step(a, b),
            Smoothstep => smoothstep(a, b, c),
            Clamp => most(b, least(a, c)),
            Mix => mix(a, b, c),
            // A real number as a complex one.
            Conj | Re => a,
            Arg => libm::atan2(0.0, a),
            Im => 0.0 * a,
            Noise => noise(a, b),
            Ease(easing) => easing.at(a),
            Saw => oscillate::saw(a, b),
            Pulse => oscillate::pulse(a, b, c),
            Triangle => oscillate::triangle(a, b),
            Sine => oscillate::pure(libm::sin(std::f64::consts::TAU * (a - a.floor())), b),
            Env => oscillate::env(a, b, c),
        }
    }
}

/// -1, 0 or 1; NaN stays NaN.
#[inline(always)]
pub(super) fn sign(a: f64) -> f64 {
    if a > 0.0 {
        1.0
    } else if a < 0.0 {
        -1.0
    } else {
        a
    }
}

/// Values of chance from -1 to 1 at whole numbers, smoothly joined (Perlin's quintic fade).
fn noise(x: f64, seed: f64) -> f64 {
    let floor = x.floor();
    // Beyond 2^53 every number is whole, and beyond 2^63 the conversion stays at its end.
    let (index, part) = (floor as i64, x - floor);
    let at = |index: i64| {
        // SplitMix64.
        let z = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed.to_bits();
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as i64 as f64 / 9_223_372_036_854_775_808.0
    };
    let fade = part * part * part * (part * (part * 6.0 - 15.0) + 10.0);
    let (from, to) = (at(index), at(index.wrapping_add(1)));
    from + (to - from) * fade
}

#[inline(always)]
pub(super) fn modulo(a: f64, b: f64) -> f64 {
    a - b * (a / b).floor()
}

// `f64::min` may give either zero for min(-0, 0), by machine; these never do.
#[inline(always)]
pub(super) fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b < a { b } else { a }
}

#[inline(always)]
pub(super) fn most(a: f64, b: f64) -> f64 {
    if a.is_nan() || b > a { b } else { a }
}

#[inline(always)]
pub(super) fn step(edge: f64, x: f64) -> f64 {
    if x.is_nan() || edge.is_nan() {
        f64::NAN
    } else if x < edge {
        0.0
    } else {
        1.0
    }
}

/// Both ends are exact.
#[inline(always)]
pub(super) fn mix(from: f64, to: f64, x: f64) -> f64 {
    from * (1.0 - x) + to * x
}

#[inline(always)]
pub(super) fn smoothstep(lo: f64, hi: f64, x: f64) -> f64 {
    let t = (x - lo) / (hi - lo);
    let t = if t < 0.0 { 0.0 } else { t };
    let t = if t > 1.0 { 1.0 } else { t };
    t * t * (3.0 - 2.0 * t)
}
