//! Kinds of noise: what chance promises, what moves, and what closes.

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

fn draw(toml: &str, index: u64) -> Frame {
    let recipe: Recipe = toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"));
    frame(&recipe, index).expect("a frame")
}

/// The first channel.
fn values(frame: &Frame) -> Vec<f64> {
    frame.data().iter().step_by(3).map(|v| f64::from(*v)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
}

fn difference(a: &Frame, b: &Frame) -> f64 {
    let sum: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.data().len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    let ab: f64 = a.iter().zip(b).map(|(a, b)| (a - ma) * (b - mb)).sum();
    ab / a.len() as f64 / (variance(a) * variance(b)).sqrt()
}

#[test]
fn gaussian_noise_has_its_mean_and_deviation_and_bell() {
    let drawn = draw("size = '640x480'\n[noise]\nkind = 'gaussian'", 3);
    let all: Vec<f64> = drawn.data().iter().map(|v| f64::from(*v)).collect();
    assert!((mean(&all) - 127.5).abs() < 0.3, "{}", mean(&all));
    // Three deviations are the whole range, so the tails that are cut off take little away.
    let deviation = variance(&all).sqrt();
    assert!((deviation - 42.3).abs() < 0.4, "{deviation}");
    let within = |d: f64| {
        all.iter().filter(|v| (*v - 127.5).abs() <= d * 42.5).count() as f64 / all.len() as f64
    };
    assert!((within(1.0) - 0.683).abs() < 0.01 && (within(2.0) - 0.954).abs() < 0.01);
}

#[test]
fn gray_and_salt_and_pepper_are_what_they_say() {
    let gray = draw("size = '640x480'\n[noise]\nkind = 'gray'", 0);
    assert!(gray.data().chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2]));
    let values_of = values(&gray);
    assert!((mean(&values_of) - 127.5).abs() < 1.0 && (variance(&values_of) - 5461.0).abs() < 60.0);
    let specks = values(&draw("size = '640x480'\n[noise]\nkind = 'salt-pepper'", 0));
    let share = |v: f64| specks.iter().filter(|s| **s == v).count() as f64 / specks.len() as f64;
    assert!((share(0.0) - 0.05).abs() < 0.003 && (share(255.0) - 0.05).abs() < 0.003);
    assert!((share(0.0) + share(255.0) + share(128.0) - 1.0).abs() < 1e-12);
}

#[test]
fn blue_noise_is_uniform_and_has_no_low_frequencies() {
    let blue = values(&draw("size = '640x480'\n[noise]\nkind = 'blue'", 0));
    let white = values(&draw("size = '640x480'\n[noise]\nkind = 'gray'", 0));
    assert!((mean(&blue) - 127.5).abs() < 1.0 && (variance(&blue) - 5461.0).abs() < 100.0);
    // Means over blocks of 16x16 are what a blurred eye sees.
    let blocks = |values: &[f64]| -> Vec<f64> {
        (0..30 * 40)
            .map(|b| {
                let (x, y) = (b % 40 * 16, b / 40 * 16);
                let row = |j: usize| &values[(y + j) * 640 + x..][..16];
                (0..16).flat_map(row).sum::<f64>() / 256.0
            })
            .collect()
    };
    let (blue, white) = (variance(&blocks(&blue)), variance(&blocks(&white)));
    assert!((white - 5461.0 / 256.0).abs() < 4.0, "{white}");
    assert!(blue < white / 10.0, "{blue} for {white}");
}

#[test]
fn frames_and_seeds_of_every_independent_kind_are_independent() {
    for kind in ["gaussian", "gray", "salt-pepper", "blue"] {
        let toml = |seed: u32| format!("seed = {seed}\nsize = '320x240'\n[noise]\nkind = '{kind}'");
        let one = values(&draw(&toml(1), 0));
        for (what, other) in [("frame", draw(&toml(1), 1)), ("seed", draw(&toml(2), 0))] {
            let r = correlation(&one, &values(&other));
            assert!(r.abs() < 5.0 / (one.len() as f64).sqrt(), "{kind}, another {what}: {r}");
        }
    }
}

const COHERENT: [&str; 8] =
    ["value", "perlin", "simplex", "worley", "fbm", "turbulence", "ridged", "warp"];

#[test]
fn coherent_noise_moves_smoothly_and_fills_its_range() {
    for kind in COHERENT {
        let toml = format!("size = '320x240'\nframes = 300\n[noise]\nkind = '{kind}'\nscale = 40");
        let step = difference(&draw(&toml, 100), &draw(&toml, 101));
        let far = difference(&draw(&toml, 100), &draw(&toml, 290));
        assert!(step > 0.05 && step < 8.0, "{kind}: a step of {step}");
        assert!(far > 4.0 * step && far > 12.0, "{kind}: {far} after {step}");
        let all: Vec<f64> = (0..300).step_by(60).flat_map(|i| values(&draw(&toml, i))).collect();
        let deviation = variance(&all).sqrt();
        assert!((20.0..90.0).contains(&deviation), "{kind}: contrast {deviation}");
        assert!((60.0..195.0).contains(&mean(&all)), "{kind}: brightness {}", mean(&all));
        let clipped = all.iter().filter(|v| **v == 0.0 || **v == 255.0).count() as f64;
        assert!(clipped / (all.len() as f64) < 0.12, "{kind}: {clipped} of {} clipped", all.len());
        let other = draw(&format!("seed = 2\n{toml}"), 100);
        assert!(difference(&draw(&toml, 100), &other) > 12.0, "{kind}: another seed");
    }
}

#[test]
fn no_lattice_shows_in_the_mean_of_many_frames() {
    for kind in ["value", "perlin", "fbm", "worley"] {
        let period = 32;
        let mut columns = vec![0.0; period];
        for seed in 0..60 {
            let toml = format!(
                "seed = {seed}\nsize = '256x64'\n[noise]\nkind = '{kind}'\nscale = {period}"
            );
            for (i, v) in values(&draw(&toml, seed * 4)).iter().enumerate() {
                columns[i % period] += v / (60.0 * 64.0 * 8.0);
            }
        }
        let spread = variance(&columns).sqrt();
        assert!(spread < 4.0, "{kind}: columns of the lattice differ by {spread}: {columns:?}");
    }
}

#[test]
fn still_noise_stands_still_and_palettes_colour() {
    let toml = "size = '64x64'\n[noise]\nkind = 'fbm'\nspeed = 0";
    assert!(draw(toml, 0) == draw(toml, 299));
    let toml = "size = '64x64'\n[noise]\nkind = 'perlin'\npalette = ['red', 'red', '#f00']";
    assert!(draw(toml, 0).data().chunks_exact(3).all(|p| p == [255, 0, 0]));
    let toml = "size = '200x200'\n[noise]\nkind = 'gray'\npalette = ['black', 'lime']";
    let drawn = draw(toml, 0);
    assert!(drawn.data().chunks_exact(3).all(|p| p[0] == 0 && p[2] == 0));
    assert!(drawn.data().chunks_exact(3).any(|p| p[1] == 255));
}
