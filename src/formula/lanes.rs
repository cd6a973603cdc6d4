//! The functions on a block of lanes, written so that the compiler vectorises each loop for
//! whatever instruction set the caller was dispatched to.
//!
//! Only operations that IEEE 754 defines as correctly rounded are used, without fused multiply-add, and `libm` for
//! the rest, so that every instruction set gives the same bits.

use super::functions::{Function, least, mix, modulo, most, sign, smoothstep, step};
use super::oscillate::{pulse, pure, saw, triangle};

/// Lanes in a block of 1 KiB: the few blocks in use fit into the first-level cache.
pub(super) const LANES: usize = 128;

/// One value for each lane.
pub(super) type Block = [f64; LANES];

/// `out = function(a, b, c)`, lane by lane; arguments that the function does not take are ignored.
#[inline(always)]
pub(super) fn apply(function: Function, out: &mut Block, [a, b, c]: [&Block; 3]) {
    use Function::*;
    match function {
        Add => map2(out, a, b, |a, b| a + b),
        Sub => map2(out, a, b, |a, b| a - b),
        Mul => map2(out, a, b, |a, b| a * b),
        Div => map2(out, a, b, |a, b| a / b),
        Neg => map1(out, a, |a| -a),
        Sqrt => map1(out, a, f64::sqrt),
        Abs => map1(out, a, f64::abs),
        Sign => map1(out, a, sign),
        Floor => map1(out, a, f64::floor),
        Ceil => map1(out, a, f64::ceil),
        Fract => map1(out, a, |a| a - a.floor()),
        Mod => map2(out, a, b, modulo),
        Min => map2(out, a, b, least),
        Max => map2(out, a, b, most),
        Step => map2(out, a, b, step),
        Smoothstep => map3(out, a, b, c, smoothstep),
        Clamp => map3(out, a, b, c, |x, lo, hi| most(lo, least(x, hi))),
        Mix => map3(out, a, b, c, mix),
        Sin => map1_within(function, out, a, REDUCIBLE, sin),
        Cos => map1_within(function, out, a, REDUCIBLE, |x| sin(x + FRAC_PI_2)),
        Exp => map1_within(function, out, a, EXP_NORMAL, exp),
        Saw => map2(out, a, b, saw),
        Pulse => map3(out, a, b, c, pulse),
        Triangle => map2(out, a, b, triangle),
        Sine => map2(out, a, b, |a, b| pure(sin(std::f64::consts::TAU * (a - a.floor())), b)),
        _ => scalar(function, out, [a, b, c]),
    }
}

/// Calls the function for one lane after the other, where there is no vector form of it.
#[inline(never)]
fn scalar(function: Function, out: &mut Block, [a, b, c]: [&Block; 3]) {
    for i in 0..LANES {
        out[i] = function.scalar([a[i], b[i], c[i]]);
    }
}

#[inline(always)]
fn map1(out: &mut Block, a: &Block, f: impl Fn(f64) -> f64) {
    for i in 0..LANES {
        out[i] = f(a[i]);
    }
}

#[inline(always)]
fn map2(out: &mut Block, a: &Block, b: &Block, f: impl Fn(f64, f64) -> f64) {
    for i in 0..LANES {
        out[i] = f(a[i], b[i]);
    }
}

#[inline(always)]
fn map3(out: &mut Block, a: &Block, b: &Block, c: &Block, f: impl Fn(f64, f64, f64) -> f64) {
    for i in 0..LANES {
        out[i] = f(a[i], b[i], c[i]);
    }
}

/// `out = f(a)` where |a| is at most `limit`, and the slow function elsewhere. Each lane is decided for itself, so
/// that a value does not depend on its neighbours.
#[inline(always)]
fn map1_within(function: Function, out: &mut Block, a: &Block, limit: f64, f: impl Fn(f64) -> f64) {
    let mut outside = 0u64;
    for i in 0..LANES {
        out[i] = f(a[i]);
        outside |= u64::from(is_outside(a[i], limit));
    }
    if outside != 0 {
        for i in 0..LANES {
            if is_outside(a[i], limit) {
                out[i] = function.scalar([a[i], 0.0, 0.0]);
            }
        }
    }
}

/// Beyond `limit`, or NaN.
#[inline(always)]
fn is_outside(x: f64, limit: f64) -> bool {
    x.is_nan() || x.abs() > limit
}

/// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer, whose low bits then stand at
/// the low end of the sum's mantissa.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

const FRAC_PI_2: f64 = std::f64::consts::FRAC_PI_2;

/// Up to here `n * PI_HIGH` is exact. The cosine loses up to 1e-8 there, since x + pi/2 is rounded.
const REDUCIBLE: f64 = 1e8;

/// Pi in two parts (Cody and Waite): the first has 24 bits, so that its products with integers below
/// 2^29 are exact.
const PI_HIGH: f64 = 3.141_592_741_012_573_2;
const PI_LOW: f64 = -8.742_278_000_372_485e-8;

/// Sine for arguments up to `REDUCIBLE`, with an error below 1e-10.
///
/// Reduced to -pi/2..pi/2, then an odd polynomial through the Chebyshev nodes of that range.
#[inline(always)]
fn sin(x: f64) -> f64 {
    let shifted = x * std::f64::consts::FRAC_1_PI + ROUNDER;
    let n = shifted - ROUNDER;
    let sign = shifted.to_bits() << 63;
    let r = (x - n * PI_HIGH) - n * PI_LOW;
    let u = r * r;
    let p = -2.388_938_456_879_822e-8;
    let p = p * u + 2.752_528_080_688_674_3e-6;
    let p = p * u - 1.984_086_143_195_518_4e-4;
    let p = p * u + 8.333_330_976_568_744e-3;
    let p = p * u - 0.166_666_666_168_925_75;
    let p = p * u + 0.999_999_999_982_959_5;
    f64::from_bits((r * p).to_bits() ^ sign)
}

/// Within this, neither the result nor its power of two leaves the normal numbers.
const EXP_NORMAL: f64 = 700.0;

/// ln 2 in two parts, as for pi.
const LN2_HIGH: f64 = 0.693_147_182_464_599_6;
const LN2_LOW: f64 = -1.904_654_299_957_768e-9;

/// Exponential for arguments up to `EXP_NORMAL`, to 1e-12 of the value: 2^n times the Taylor
/// series of the remainder r, where |r| is at most ln(2)/2.
#[inline(always)]
fn exp(x: f64) -> f64 {
    let shifted = x * std::f64::consts::LOG2_E + ROUNDER;
    let n = shifted - ROUNDER;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let p = 1.0 / 39_916_800.0;
    let p = p * r + 1.0 / 3_628_800.0;
    let p = p * r + 1.0 / 362_880.0;
    let p = p * r + 1.0 / 40_320.0;
    let p = p * r + 1.0 / 5_040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    // 2^n: the low bits of `shifted` are n, to which the bias of the exponent is added.
    let power = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    p * power
}
