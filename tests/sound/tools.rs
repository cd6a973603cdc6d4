//! Sound that is made for the tests, and how it is heard.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{Folder, stderr};

/// Samples of a file's sound as FFmpeg decodes it, 48 kHz, left and right by turns.
pub fn decoded(path: &Path) -> Vec<f32> {
    let args = ["-nostdin", "-v", "error", "-i", path.to_str().expect("UTF-8"), "-vn"];
    let form = ["-f", "f32le", "-ac", "2", "-ar", "48000", "-"];
    let output = Command::new("ffmpeg").args(args).args(form).output().expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    output.stdout.chunks_exact(4).map(sample).collect()
}

fn sample(bytes: &[u8]) -> f32 {
    f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The left of them.
pub fn left(samples: &[f32]) -> Vec<f32> {
    samples.iter().step_by(2).copied().collect()
}

/// How loud samples are: their mean square's root, in dB below full scale.
pub fn level(samples: &[f32]) -> f64 {
    let square: f64 = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
    10.0 * (square / samples.len() as f64).log10()
}

/// Writes a file of clicks, as FFmpeg codes it by `options`; gives their times in seconds.
pub fn clicks(path: &Path, rate: u32, channels: u16, seconds: f64, options: &str) -> Vec<f64> {
    let mut samples = vec![0.0f32; (seconds * f64::from(rate)) as usize];
    let mut times = Vec::new();
    let mut time = 0.5;
    while time < seconds - 0.2 {
        let at = (time * f64::from(rate)).round() as usize;
        times.push(at as f64 / f64::from(rate));
        for n in 0..rate as usize / 50 {
            let passed = n as f32 / rate as f32;
            let tone = (2.0 * std::f32::consts::PI * 1800.0 * passed).sin();
            samples[at + n] = 0.8 * (-passed / 0.003).exp() * tone;
        }
        time += 0.7310;
    }
    let bytes = samples.iter().flat_map(|s| s.to_le_bytes().repeat(channels.into()));
    encode(path, rate, channels, &bytes.collect::<Vec<u8>>(), options);
    times
}

fn encode(path: &Path, rate: u32, channels: u16, bytes: &[u8], options: &str) {
    let input = format!("-nostdin -v error -y -f f32le -ar {rate} -ac {channels} -i pipe:0");
    let mut child = Command::new("ffmpeg")
        .args(input.replace("-nostdin ", "").split_whitespace())
        .args(options.split_whitespace())
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("ffmpeg is needed");
    child.stdin.take().expect("a pipe").write_all(bytes).expect("it reads");
    assert!(child.wait().expect("it ends").success(), "{}", path.display());
}

/// When clicks are heard, in seconds: where it gets loud after a tenth of a second of quiet.
pub fn heard(samples: &[f32]) -> Vec<f64> {
    let mut times = Vec::new();
    let mut last = None;
    for (n, _) in samples.iter().enumerate().filter(|(_, sample)| sample.abs() > 0.15) {
        if last.is_none_or(|last| n - last > 4800) {
            times.push(n as f64 / 48_000.0);
        }
        last = Some(n);
    }
    times
}

/// The sound of a recipe, rendered alone, as it is decoded.
pub fn alone(folder: &Folder, recipe: &str) -> Vec<f32> {
    fs::write(folder.join("alone.toml"), recipe).expect("written");
    decoded(&folder.render("sound alone.toml -o alone.wav --force"))
}

/// The film of a recipe.
pub fn film(folder: &Folder, name: &str, recipe: &str) -> std::path::PathBuf {
    fs::write(folder.join(&format!("{name}.toml")), recipe).expect("written");
    folder.render(&format!("run {name}.toml"))
}
