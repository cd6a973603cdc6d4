//! Composition: what is laid over and put through what, between the generators that draw and the encoder.

mod blend;
mod canvas;
mod chain;
pub mod effect;
mod layer;
mod linear;
mod scratch;
mod single;
mod soften;
mod stack;
mod trail;
mod warp;

pub use blend::BlendMode;
pub use canvas::Canvas;
pub use chain::{Below, Chain};
pub use effect::{Effect, EffectDraft};
pub use layer::{Layer, LayerDraft, MaskBy};
pub use scratch::Scratch;
pub use single::Single;
pub use stack::{Sheaf, Stack};
pub use trail::Trail;
