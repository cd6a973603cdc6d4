//! What is made of films: playlists and remixes.

mod choice;
#[path = "../common/mod.rs"]
mod common;
mod damaged;
mod layers;
mod playlist;
mod remix;
mod shown;
mod transparent;
mod world;
