//! Chance that depends on where and when alone, and directions.

/// What chance at a step depends on, beside the place.
///
/// Rounds of the finisher of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
pub(super) fn key(seed: u64, step: u64) -> u32 {
    let mix = |v: u64| {
        let v = (v ^ v >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let v = (v ^ v >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        v ^ v >> 31
    };
    mix(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ step) as u32
}

/// 32 random bits for a place: the finisher of MurmurHash3 (A. Appleby), whose loops vectorise.
#[inline(always)]
pub(super) fn bits(key: u32, place: u32) -> u32 {
    let v = key ^ place.wrapping_mul(0x9e37_79b9);
    let v = (v ^ v >> 16).wrapping_mul(0x85eb_ca6b);
    let v = (v ^ v >> 13).wrapping_mul(0xc2b2_ae35);
    v ^ v >> 16
}

/// A share of all numbers of 32 bits.
pub(super) fn share(part: f64) -> u64 {
    (part.clamp(0.0, 1.0) * 4_294_967_296.0) as u64
}

/// A number from 0 to below 1.
pub(super) fn unit(bits: u32) -> f32 {
    (bits >> 8) as f32 / 16_777_216.0
}

/// A number from 0 to below `n`.
pub(super) fn below(bits: u32, n: usize) -> usize {
    ((u64::from(bits) * n as u64) >> 32) as usize
}

/// Directions in a whole turn.
pub(super) const DIRECTIONS: usize = 4096;

/// Cosine and sine of each direction. `libm` gives the same bits everywhere.
pub(super) fn directions() -> Vec<[f32; 2]> {
    let of = |n: usize| {
        let angle = n as f64 * std::f64::consts::TAU / DIRECTIONS as f64;
        [libm::cos(angle) as f32, libm::sin(angle) as f32]
    };
    (0..DIRECTIONS).map(of).collect()
}
