//! Shaders that each try a feature of their dialect.

use std::path::{Path, PathBuf};

use genmedia::generate::Frame;
use image::{RgbImage, imageops};

use super::draw;

/// All shaders, by name.
pub fn names() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shaders");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("the shaders")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".frag") || name.ends_with(".wgsl") || name.ends_with(".fs"))
        .collect();
    names.sort();
    names
}

/// What a shader is given beside two channels of noise.
pub fn given(name: &str) -> &'static str {
    match name.split('.').next().unwrap_or_default() {
        "whole" => "[shader.channel]\nnumbers = 'white-noise'\n",
        "edges" => {
            "[shader.channel]\n0 = 'value-noise,wrap=mirror'\n1 = 'value-noise,wrap=clamp'\n"
        }
        "fetch" => "[shader.channel]\n0 = 'white-noise,filter=nearest'\n",
        "mouse" => "[shader.set]\niMouse = '48 + 20*cos(t), 32 + 20*sin(t)'\n",
        "settings" => {
            "[shader.set]\nspeed = 't'\ntint = 'gold'\nlevels = '0, 0.2*u, 0'\ninverse_ = true\n\
             turn = '0.8, 0.6, -0.6, 0.8'\n"
        }
        "own" => "[shader.set]\ntint = '1, 0.5, u'\nspeed = 2\n",
        _ => "[shader.channel]\n0 = 'value-noise'\n1 = 'white-noise'\n",
    }
}

/// The picture of a frame.
pub fn picture(frame: &Frame) -> RgbImage {
    let size = frame.size();
    RgbImage::from_raw(size.width, size.height, frame.data().to_vec()).expect("a picture")
}

fn sheet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/shaders.png")
}

/// How far two pictures are from each other: the mean difference of a value, of 255, and the share of pixels of which a
/// value differs by more than 8.
pub fn apart(a: &RgbImage, b: &RgbImage) -> (f64, f64) {
    assert_eq!(a.dimensions(), b.dimensions());
    let far = |(a, b): (&image::Rgb<u8>, &image::Rgb<u8>)| {
        (0..3).map(|c| u32::from(a.0[c].abs_diff(b.0[c]))).max().unwrap_or(0)
    };
    let all: Vec<u32> = a.pixels().zip(b.pixels()).map(far).collect();
    let share = all.iter().filter(|d| **d > 8).count() as f64 / all.len() as f64;
    (f64::from(all.iter().sum::<u32>()) / all.len() as f64, share)
}

/// Drivers round differently. `GENMEDIA_BLESS=1` writes the sheet, which is then to be looked at.
#[test]
fn every_shader_draws_its_picture() {
    const COLUMNS: u32 = 8;
    let names = names();
    assert!(names.len() >= 40, "{}", names.len());
    let pictures: Vec<RgbImage> =
        names.iter().map(|name| picture(&draw(name, given(name), 30))).collect();
    if std::env::var_os("GENMEDIA_BLESS").is_some() {
        let rows = (names.len() as u32).div_ceil(COLUMNS);
        let mut all = RgbImage::new(96 * COLUMNS, 64 * rows);
        for (n, picture) in (0..).zip(&pictures) {
            let at = (i64::from(n % COLUMNS * 96), i64::from(n / COLUMNS * 64));
            imageops::replace(&mut all, picture, at.0, at.1);
        }
        all.save(sheet()).expect("saved");
    }
    let golden = image::open(sheet()).expect("the sheet").to_rgb8();
    for (n, (name, picture)) in (0..).zip(names.iter().zip(&pictures)) {
        let (x, y) = (n % COLUMNS * 96, n / COLUMNS * 64);
        let wanted = imageops::crop_imm(&golden, x, y, 96, 64).to_image();
        let (mean, far) = apart(picture, &wanted);
        assert!(mean < 1.0 && far < 0.02, "{name}: {mean} apart, {far} of it far");
    }
}
