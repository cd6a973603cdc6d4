//! Simulations: what is known of them, and that their frames are frames as all others.

#[path = "../common/mod.rs"]
mod common;
mod engine;
mod light;
mod mistakes;
mod sciences;
mod truths;
