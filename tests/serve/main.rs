//! The server: asked by the programs that people have.

mod bounds;
mod browser;
#[path = "../common/mod.rs"]
mod common;
mod frames;
mod guard;
mod listing;
mod live;
mod machines;
mod proxy;
mod server;
mod swapped;
