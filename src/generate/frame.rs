//! The pixels that a generator draws into.

use crate::values::{Color, Ground, Size};

/// A frame: packed 8-bit sRGB, row after row from the top, three bytes a pixel, no padding. A frame that is not opaque has
/// a byte of alpha for each pixel beside it; its colours are premultiplied, so that they are those over black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    size: Size,
    data: Vec<u8>,
    /// One byte a pixel, or none where the frame is opaque.
    alpha: Vec<u8>,
}

impl Frame {
    /// A black frame.
    pub fn new(size: Size) -> Self {
        Self { size, data: vec![0; size.pixels() * 3], alpha: Vec::new() }
    }

    /// Has the frame be of this size, and opaque. Its pixels are of chance then.
    pub(crate) fn reshape(&mut self, size: Size) {
        self.set_opaque();
        if self.size != size {
            self.size = size;
            self.data.resize(size.pixels() * 3, 0);
        }
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

    /// The alpha of each pixel; `None` of an opaque frame.
    pub fn alpha(&self) -> Option<&[u8]> {
        (!self.alpha.is_empty()).then_some(&self.alpha[..])
    }

    /// All bytes of colour and of alpha, to draw into; of an opaque frame there are none of alpha. No colour may be above
    /// its alpha.
    pub fn planes_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut self.data, &mut self.alpha)
    }

    /// All pixels as files hold them: red, green, blue and alpha, whose colours are not premultiplied.
    pub fn straight(&self) -> Vec<u8> {
        let (colors, _) = self.data.as_chunks::<3>();
        let pixel = |(i, [r, g, b]): (usize, &[u8; 3])| {
            straight([*r, *g, *b, self.alpha.get(i).copied().unwrap_or(255)])
        };
        colors.iter().enumerate().flat_map(pixel).collect()
    }

    /// Has the frame be opaque, whatever it holds.
    pub fn set_opaque(&mut self) {
        self.alpha.clear();
    }

    /// Has the frame hold nothing: it is transparent everywhere.
    pub fn clear(&mut self) {
        self.data.fill(0);
        self.alpha.clear();
        self.alpha.resize(self.size.pixels(), 0);
    }

    /// Has the frame be empty, in one colour or transparent.
    pub fn begin(&mut self, ground: Ground) {
        match ground {
            Ground::Color(color) => self.fill(color),
            Ground::None => self.clear(),
        }
    }

    /// Has the frame hold what another of its size holds.
    pub(super) fn copy(&mut self, other: &Self) {
        self.data.copy_from_slice(&other.data);
        self.alpha.clear();
        self.alpha.extend_from_slice(&other.alpha);
    }

    /// Has the frame hold what `rows` gives, of each row its place from the top and four bytes a pixel: red, green, blue, and
    /// an alpha that is kept if that is asked. Colours are not premultiplied.
    ///
    /// # Errors
    /// Those of `rows`.
    #[cfg(feature = "gpu")]
    pub(super) fn take_rgba(
        &mut self,
        keeps_alpha: bool,
        rows: impl FnOnce(&mut dyn FnMut(usize, &[u8])) -> Result<(), String>,
    ) -> Result<(), String> {
        let (width, stride) = (self.size.width as usize, self.stride());
        self.alpha.clear();
        if keeps_alpha {
            self.alpha.resize(self.size.pixels(), 0);
        }
        let Self { data, alpha, .. } = self;
        rows(&mut |row, pixels| {
            let (out, _) = data[row * stride..][..stride].as_chunks_mut::<3>();
            let (pixels, _) = pixels.as_chunks::<4>();
            if !keeps_alpha {
                for (out, [r, g, b, _]) in out.iter_mut().zip(pixels) {
                    *out = [*r, *g, *b];
                }
                return;
            }
            let seen = &mut alpha[row * width..][..width];
            for ((out, seen), pixel) in out.iter_mut().zip(seen).zip(pixels) {
                let [r, g, b, a] = premultiplied(*pixel);
                (*out, *seen) = ([r, g, b], a);
            }
        })
    }

    /// Of a picture that was drawn on black: has it be as transparent as the same picture `on_white` shows it to be.
    pub(super) fn see_through(&mut self, on_white: &Self) {
        self.alpha.clear();
        let (pixels, _) = self.data.as_chunks_mut::<3>();
        let (others, _) = on_white.data.as_chunks::<3>();
        self.alpha.extend(pixels.iter_mut().zip(others).map(|(black, white)| {
            let seen = |c: usize| 255 - white[c].saturating_sub(black[c]);
            let alpha = seen(0).max(seen(1)).max(seen(2));
            (0..3).for_each(|c| black[c] = black[c].min(alpha));
            alpha
        }));
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

    /// Sets every pixel to `color`; the frame is opaque then.
    pub fn fill(&mut self, color: Color) {
        self.set_opaque();
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

/// `a * b / 255`, rounded to the nearest, of numbers up to 255.
#[inline(always)]
pub(crate) fn scaled(a: u8, b: u8) -> u8 {
    divided(u16::from(a) * u16::from(b))
}

/// A number of parts of 255, rounded to the nearest; exact up to 255 times 255.
#[inline(always)]
pub(crate) fn divided(parts: u16) -> u8 {
    let parts = parts + 128;
    ((parts + (parts >> 8)) >> 8) as u8
}

/// Multiplies a colour by its alpha.
#[inline(always)]
pub(crate) fn premultiplied([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    [scaled(r, a), scaled(g, a), scaled(b, a), a]
}

/// Takes the alpha out of a colour; of nothing there is no colour.
#[inline(always)]
pub(crate) fn straight([r, g, b, a]: [u8; 4]) -> [u8; 4] {
    match a {
        0 => [0; 4],
        255 => [r, g, b, a],
        _ => {
            let half = u32::from(a) / 2;
            let of = |c: u8| ((u32::from(c) * 255 + half) / u32::from(a)).min(255) as u8;
            [of(r), of(g), of(b), a]
        }
    }
}
