//! The pictures: golden images for what is drawn, statistics for what is drawn by chance.

mod alone;
#[path = "../common/mod.rs"]
mod common;
mod echo;
mod effects;
mod kinds;
mod layers;
mod loops;
mod moving;
mod noise;
mod polygon;
mod scope;
mod simulate;
mod text;
mod wave;

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

fn recipe(toml: &str) -> Recipe {
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

fn draw(toml: &str, index: u64) -> Frame {
    frame(&recipe(toml), index).expect("a frame")
}

/// Compares with `tests/golden/NAME.png`, bit for bit: frames are the same on every machine.
/// `GENMEDIA_BLESS=1` writes the images, which are then to be looked at.
fn golden(name: &str, toml: &str, index: u64) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let path = path.with_extension("png");
    let drawn = draw(toml, index);
    let size = drawn.size();
    if std::env::var_os("GENMEDIA_BLESS").is_some() {
        let images = genmedia::recipe::Images {
            format: genmedia::recipe::ImageFormat::Png,
            png_level: Some(9),
            jpg_quality: None,
        };
        genmedia::render::write_image(&path, &drawn, &images).expect("written");
    }
    let image = image::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).to_rgb8();
    assert_eq!(image.dimensions(), (size.width, size.height), "{name}");
    let differing = image.as_raw().iter().zip(drawn.data()).filter(|(a, b)| a != b).count();
    assert_eq!(differing, 0, "{name}: {differing} bytes differ from {}", path.display());
}
