//! Composition: what is laid over and put through what, between the generators that draw and the encoder.

mod canvas;
mod chain;
pub mod effect;
mod scratch;
mod soften;

pub use canvas::Canvas;
pub use chain::Chain;
pub use effect::{Effect, EffectDraft};
pub use scratch::Scratch;
