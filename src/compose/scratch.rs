//! Memory that effects work in, kept from frame to frame.

use super::{Canvas, Trail};
use crate::values::Size;

/// Working memory of one worker. What stands in it means nothing to the next effect.
#[derive(Debug, Default)]
pub struct Scratch {
    spare: Option<Canvas>,
    /// The picture of the layer that the next effect looks at.
    pub(super) map: Option<Canvas>,
    /// The earlier pictures that the next effect looks back at.
    pub(super) trail: Trail,
    /// Columns of a picture, with what lies between 8-bit levels.
    pub(super) lines: [Vec<u16>; 2],
    /// Pictures of fewer and fewer pixels, with what lies between 8-bit levels.
    pub(super) small: Vec<Vec<u16>>,
}

impl Scratch {
    /// Exchanges `canvas` for another of its size, whose pixels are of chance; returns the pixels that were in it.
    pub(super) fn exchange(&mut self, canvas: &mut Canvas) -> &Canvas {
        let spare = self.spare(canvas.size());
        std::mem::swap(canvas, spare);
        spare
    }

    /// A copy of `canvas`, to be given back by [`Scratch::give`].
    pub(super) fn copy(&mut self, canvas: &Canvas) -> Canvas {
        self.spare(canvas.size()).data_mut().copy_from_slice(canvas.data());
        self.spare.take().unwrap_or_else(|| canvas.clone())
    }

    /// Takes back what [`Scratch::copy`] gave.
    pub(super) fn give(&mut self, canvas: Canvas) {
        self.spare = Some(canvas);
    }

    /// A canvas of this size, whose pixels are of chance.
    fn spare(&mut self, size: Size) -> &mut Canvas {
        let spare = self.spare.take().filter(|spare| spare.size() == size);
        self.spare.insert(spare.unwrap_or_else(|| Canvas::new(size)))
    }
}
