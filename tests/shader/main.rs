//! Shaders: their dialects, what they are given, and that their frames are the same wherever the same device draws.

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod given;
mod mistakes;
mod work;

use genmedia::Recipe;
use genmedia::generate::Frame;
use genmedia::render::frame;

/// The recipe of a shader in tests/shaders, small and short.
pub fn recipe(name: &str, more: &str) -> Recipe {
    let file = format!("{}/tests/shaders/{name}", env!("CARGO_MANIFEST_DIR"));
    let toml = format!("size = '96x64'\nframes = 60\n[shader]\nfile = '{file}'\n{more}");
    toml.parse().unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A frame of a shader.
pub fn draw(name: &str, more: &str, index: u64) -> Frame {
    frame(&recipe(name, more), index).unwrap_or_else(|e| panic!("{name}: {e}"))
}
