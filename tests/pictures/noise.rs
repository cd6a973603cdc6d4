//! Noise: equally likely, independent, and as it was.

use super::{draw, golden};

#[test]
fn noise_looks_as_it_did() {
    for kind in
        ["blue", "value", "perlin", "simplex", "worley", "fbm", "turbulence", "ridged", "warp"]
    {
        let coherent = if kind == "blue" { "" } else { "scale = 24" };
        golden(
            &format!("noise-{kind}"),
            &format!("size = '80x60'\n[noise]\nkind = '{kind}'\n{coherent}"),
            9,
        );
    }
}

#[test]
fn the_first_noise_is_the_first_noise() {
    // White noise stays as it is, byte for byte: ChaCha8 of seed 1, stream 0.
    let hash = blake3::hash(draw("[noise]", 0).data()).to_hex();
    assert_eq!(&hash[..16], NOISE, "the noise of seed 1 has changed");
}

const NOISE: &str = "091d19dc44c4c42d";

/// Chi-squared of 256 equally likely values; its mean is 255 and its deviation 22.6.
fn chi_squared(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0u64; 256];
    let mut total = 0;
    for byte in bytes {
        counts[usize::from(byte)] += 1;
        total += 1;
    }
    let expected = total as f64 / 256.0;
    counts.iter().map(|c| (*c as f64 - expected).powi(2) / expected).sum()
}

/// Pearson's correlation; for n independent pairs its deviation is 1 / sqrt(n).
fn correlation(a: &[u8], b: &[u8]) -> f64 {
    let mean = |v: &[u8]| v.iter().map(|x| f64::from(*x)).sum::<f64>() / v.len() as f64;
    let (ma, mb) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (f64::from(*x) - ma, f64::from(*y) - mb);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    ab / (aa * bb).sqrt()
}

#[test]
fn noise_is_uniform_in_every_channel_and_independent_everywhere() {
    let toml = |seed: u32| format!("seed = {seed}\nsize = '640x480'\n[noise]");
    let (one, next, last) = (draw(&toml(1), 0), draw(&toml(1), 1), draw(&toml(1), 299));
    let other = draw(&toml(2), 0);
    for frame in [&one, &next, &last, &other] {
        for channel in 0..3 {
            let chi = chi_squared(frame.data().iter().copied().skip(channel).step_by(3));
            assert!((150.0..400.0).contains(&chi), "channel {channel}: {chi}");
        }
    }
    // Five deviations for 921 600 pairs.
    let limit = 5.0 / (one.data().len() as f64).sqrt();
    let (a, stride) = (one.data(), one.stride());
    for (what, r) in [
        ("the next frame", correlation(a, next.data())),
        ("the last frame", correlation(a, last.data())),
        ("another seed", correlation(a, other.data())),
        ("the next channel", correlation(&a[1..], a)),
        ("the next pixel", correlation(&a[3..], a)),
        ("the next row", correlation(&a[stride..], a)),
    ] {
        assert!(r.abs() < limit, "{what}: {r}");
    }
}
