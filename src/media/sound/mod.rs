//! Sound: read from any file by sample, and coded piece by piece such that the pieces join without a seam.

mod codec;
mod encode;
mod facts;
mod file;
mod flac;
mod loudness;
mod reader;
mod stream;

pub use codec::{SoundCodec, SoundFormat};
pub(super) use encode::FLAC_BITS;
pub use encode::{EncodedSound, encode};
pub use facts::{SoundFacts, sound_facts};
pub use file::SoundFile;
pub use loudness::{Loudness, loudness};
pub use reader::SoundReader;
pub use stream::SoundStream;

/// Left and right, each sample -1 to 1.
pub type Samples = [Vec<f32>; 2];
