//! What is heard in films: tracks from files, noise and formulas, and how they are joined.

#[path = "../common/mod.rs"]
mod common;
mod everywhere;
mod formulas;
mod joins;
mod mistakes;
mod signals;
mod tools;
mod tracks;
