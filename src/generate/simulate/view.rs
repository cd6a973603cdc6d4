//! What is seen of a state, handed to whoever draws it.

use std::sync::Arc;

/// What is seen, for each cell, row by row from the top, or of each thing that moves.
#[derive(Clone)]
pub(super) enum View {
    /// A byte a cell.
    Tones(Arc<[u8]>),
    /// How high each cell is, 0 to 65535.
    Heights(Arc<[u16]>),
    /// How bright each cell is, 0 to 65535, and which colour it has.
    Tinted(Arc<[u16]>, Arc<[u8]>),
    /// Column and row of points, the direction in which each looks, of length one, and what colour it has, 0 to 1.
    Marks(Arc<[[f32; 5]]>),
}

impl View {
    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Tones(tones) => tones.len(),
            Self::Heights(heights) => heights.len() * 2,
            Self::Tinted(bright, tints) => bright.len() * 2 + tints.len(),
            Self::Marks(marks) => marks.len() * 20,
        }
    }
}
