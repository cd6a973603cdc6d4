//! Composition: what is laid over and put through what, between the generators that draw and the encoder.

mod blend;
mod canvas;
mod chain;
pub mod effect;
mod layer;
mod linear;
mod scratch;
mod soften;
mod stack;
mod warp;

pub use blend::BlendMode;
pub use canvas::Canvas;
pub use chain::Chain;
pub use effect::{Effect, EffectDraft};
pub use layer::{Layer, LayerDraft, MaskBy};
pub use scratch::Scratch;
pub use stack::{Sheaf, Stack};
