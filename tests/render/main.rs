//! Films rendered: their frames, codecs, images, players, and what a job takes of the machine.

mod codecs;
#[path = "../common/mod.rs"]
mod common;
mod films;
mod images;
mod players;
#[cfg(target_os = "linux")]
mod resources;
mod signals;
mod together;
