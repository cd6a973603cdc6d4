//! Pictures of earlier frames.

use super::Canvas;
use crate::values::Clip;

/// Pictures that an effect may look back at, by frame, as they were before it.
#[derive(Debug, Default)]
pub struct Trail {
    kept: Vec<(u64, Canvas)>,
    /// Those that are no longer looked at. Their memory is.
    spare: Vec<Canvas>,
}

impl Trail {
    /// The picture of a frame, if it is kept.
    pub(super) fn get(&self, index: u64) -> Option<&Canvas> {
        self.kept.iter().find(|(kept, _)| *kept == index).map(|(_, picture)| picture)
    }

    /// Keeps a copy of the picture of a frame.
    pub(super) fn keep(&mut self, index: u64, picture: &Canvas) {
        if self.get(index).is_none() {
            let mut copy = self.spare.pop().unwrap_or_else(|| Canvas::new(picture.size()));
            copy.reshape(picture.size());
            copy.data_mut().copy_from_slice(picture.data());
            self.kept.push((index, copy));
        }
    }

    /// Forgets what is more than `reach` frames before frame `index`.
    pub(super) fn forget(&mut self, clip: &Clip, index: u64, reach: u64) {
        let is_near = |kept: u64| clip.since(kept, index).is_some_and(|since| since <= reach);
        let old = self.kept.extract_if(.., |(kept, _)| !is_near(*kept));
        self.spare.extend(old.map(|(_, picture)| picture));
    }
}
