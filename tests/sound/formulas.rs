//! Sound from formulas and noise.

use std::fs;

use crate::common::{Folder, loudness, stderr};
use crate::tools::{alone, decoded, left, level};

fn sound(folder: &Folder, formula: &str) -> Vec<f32> {
    alone(folder, &format!("noise = {{}}\nframes = 60\n[sound]\nformula = \"{formula}\""))
}

#[test]
fn oscillators_have_their_pitch_and_their_overtones() {
    let folder = Folder::new();
    let ratio = |samples: &[f32], n: f32| {
        let long = &samples[..48_000];
        loudness(long, 220.0 * n) / loudness(long, 220.0)
    };
    for (name, overtones) in [
        ("sine(220)", [0.0, 0.0, 0.0]),
        ("saw(220)", [1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0]),
        ("square(220)", [0.0, 1.0 / 3.0, 0.0]),
        ("triangle(220)", [0.0, 1.0 / 9.0, 0.0]),
    ] {
        let heard = left(&sound(&folder, &format!("0.5*{name}")));
        for (n, overtone) in [2.0, 3.0, 4.0].into_iter().zip(overtones) {
            let found = ratio(&heard, n);
            assert!((found - overtone).abs() < 0.01, "{name}: {n} has {found}");
        }
    }
    // A narrow pulse has all of them, nearly alike.
    let narrow = left(&sound(&folder, "0.5*pulse(220, 0.05)"));
    assert!((ratio(&narrow, 2.0) - 0.99).abs() < 0.02);
    // What is folded back from beyond half the rate is 50 dB below, with a pitch of 5 kHz.
    let high = left(&sound(&folder, "0.5*saw(5000)"));
    let folded = loudness(&high[..48_000], 48_000.0 - 5.0 * 5000.0 - 20_000.0);
    assert!(folded < 0.02 * loudness(&high[..48_000], 5000.0), "{folded}");
}

#[test]
fn a_pitch_that_moves_does_not_click() {
    let folder = Folder::new();
    // It falls and rises by octaves: as sin(tau*f(t)*t) it would be thrown about.
    let heard = left(&sound(&folder, "0.5*sine(440*2^sin(9*t))"));
    let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs());
    let most = steps.fold(0f32, f32::max);
    // As steep as 880 Hz are.
    assert!(most < 0.5 * 880.0 * 2.0 * std::f32::consts::PI / 48_000.0 * 1.01, "{most}");
    // Of a tone that jumps, the phase goes on.
    let jumps = left(&sound(&folder, "0.5*sine(200 + 300*step(0.5, fract(2*t)))"));
    let most = jumps.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0f32, f32::max);
    assert!(most < 0.5 * 500.0 * 2.0 * std::f32::consts::PI / 48_000.0 * 1.01, "{most}");
}

#[test]
fn formulas_know_time_frame_and_film() {
    let folder = Folder::new();
    // 60 frames at 30 a second: two seconds.
    for (formula, at) in
        [("t/4", 0.25), ("n/200", 0.15), ("u/2", 0.25), ("keys(0: 0, 2: 0.5)", 0.25)]
    {
        let heard = left(&sound(&folder, formula));
        assert!((heard[48_000] - at).abs() < 1e-4, "{formula}: {}", heard[48_000]);
    }
    let beats = left(&sound(&folder, "0.5*env(mod(t, 1), 0.1, 0.4)"));
    assert!((beats[2400] - 0.25).abs() < 1e-3 && (beats[4800] - 0.5).abs() < 1e-3);
    // A thousandth after the decay.
    assert!((beats[24_000] - 0.0005).abs() < 1e-5);
    assert_eq!(beats[24_000], beats[72_000]);
    let sides = alone(
        &folder,
        "noise = {}\nframes = 30\n[sound.formula]\nleft = \"0.25\"\nright = \"-0.5\"",
    );
    assert_eq!(sides[..4], [0.25, -0.5, 0.25, -0.5]);
}

#[test]
fn what_is_no_number_is_silent_and_told_once() {
    let folder = Folder::new();
    let recipe =
        "size = \"16x16\"\nframes = 90\nnoise = {}\n[sound]\nformula = \"0.5*sqrt(sin(tau*2*t))\"";
    fs::write(folder.join("holes.toml"), recipe).expect("written");
    let output = folder.run("run holes.toml --threads 2");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert_eq!(told.matches("is no number, such as at").count(), 1, "{told}");
    let output = folder.run("sound holes.toml -o holes.wav");
    assert!(stderr(&output).contains("such as at 0.250 s"), "{}", stderr(&output));
    let heard = left(&decoded(&folder.join("holes.wav")));
    assert!(heard[12_010..23_990].iter().all(|sample| *sample == 0.0));
    assert!(heard[6000] > 0.4);
}

#[test]
fn noise_follows_its_seed_and_has_its_level() {
    let folder = Folder::new();
    let noise = |color: &str, seed: u32| {
        let recipe =
            format!("seed = {seed}\nnoise = {{}}\nframes = 90\n[sound.noise]\ncolor = \"{color}\"");
        alone(&folder, &recipe)
    };
    for color in ["white", "pink", "brown", "blue", "violet"] {
        let heard = noise(color, 1);
        assert!((level(&heard) + 18.0).abs() < 0.8, "{color}: {}", level(&heard));
    }
    assert!(noise("pink", 1) == noise("pink", 1));
    assert!(noise("pink", 1) != noise("pink", 2));
}
