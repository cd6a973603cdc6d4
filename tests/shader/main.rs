//! Shaders: their dialects, what they are given, and that their frames are the same wherever the same device draws.

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod dialects;
mod given;
mod mistakes;
mod seen;
mod work;

use std::fs;

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

use common::Folder;

/// The recipe of a shader in tests/shaders, small and short.
pub fn recipe(name: &str, more: &str) -> Recipe {
    let file = format!("{}/tests/shaders/{name}", env!("CARGO_MANIFEST_DIR"));
    let toml = format!("size = '96x64'\nframes = 60\n[shader]\nfile = '{file}'\n{more}");
    toml.parse().unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The recipe of a shader whose text is given, in a folder.
pub fn text(folder: &Folder, shader: &str, top: &str, more: &str) -> Recipe {
    let file = folder.join("a.frag");
    fs::write(&file, shader).expect("written");
    let toml = format!(
        "size = '32x20'\nframes = 90\nfps = 30\n{top}\n[shader]\nfile = '{}'\n{more}",
        file.display()
    );
    toml.parse().unwrap_or_else(|e| panic!("{toml}: {e}"))
}

pub fn pixel(frame: &Frame, x: usize, y: u32) -> [u8; 3] {
    let row = frame.row(y);
    [row[3 * x], row[3 * x + 1], row[3 * x + 2]]
}

/// A frame of a shader.
pub fn draw(name: &str, more: &str, index: u64) -> Frame {
    frame(&recipe(name, more), index).unwrap_or_else(|e| panic!("{name}: {e}"))
}
