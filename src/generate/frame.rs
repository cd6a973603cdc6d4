//! The pixels that a generator draws into.

use crate::values::{Color, Size};

/// A frame: packed 8-bit sRGB, row after row from the top, three bytes a pixel, no padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    size: Size,
    data: Vec<u8>,
}

impl Frame {
    /// A black frame.
    pub fn new(size: Size) -> Self {
        Self { size, data: vec![0; size.pixels() * 3] }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        self.size
    }

    /// All bytes: `height` rows of `3 * width`.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, to draw into.
    pub fn data_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }

    /// Bytes in a row.
    pub fn stride(&self) -> usize {
        self.size.width as usize * 3
    }

    /// Row `y` from the top.
    ///
    /// # Panics
    /// If `y` is not below the height.
    pub fn row(&self, y: u32) -> &[u8] {
        let stride = self.stride();
        &self.data[y as usize * stride..][..stride]
    }

    /// Row `y` from the top, to draw into.
    ///
    /// # Panics
    /// If `y` is not below the height.
    pub fn row_mut(&mut self, y: u32) -> &mut [u8] {
        let stride = self.stride();
        &mut self.data[y as usize * stride..][..stride]
    }

    /// Sets every pixel to `color`.
    pub fn fill(&mut self, color: Color) {
        if self.data.is_empty() {
            return;
        }
        let stride = self.stride();
        for pixel in self.data[..stride].chunks_exact_mut(3) {
            pixel.copy_from_slice(&color.0);
        }
        let (first, rest) = self.data.split_at_mut(stride);
        for row in rest.chunks_exact_mut(stride) {
            row.copy_from_slice(first);
        }
    }
}
