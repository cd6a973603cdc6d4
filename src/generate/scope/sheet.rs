//! The pixels that are drawn on.

use crate::generate::Frame;

/// A frame's pixels, which may be transparent; colours are premultiplied.
pub(super) struct Sheet<'f> {
    pub width: usize,
    pub height: usize,
    pixels: &'f mut [[u8; 3]],
    /// Empty where the frame is opaque.
    alpha: &'f mut [u8],
}

impl<'f> Sheet<'f> {
    pub fn new(frame: &'f mut Frame) -> Self {
        let (width, height) = (frame.size().width as usize, frame.size().height as usize);
        let (data, alpha) = frame.planes_mut();
        let (pixels, _) = data.as_chunks_mut();
        Self { width, height, pixels, alpha }
    }

    /// Covers a part of a pixel, of 0 to 255, with a colour.
    #[inline(always)]
    pub fn put(&mut self, x: usize, y: usize, color: [u8; 3], cover: u32) {
        let place = y * self.width + x;
        let pixel = &mut self.pixels[place];
        // Red and blue share a word, 16 bits each. The division by 255 is rounded.
        let pair = |[r, _, b]: [u8; 3]| u32::from(r) | u32::from(b) << 16;
        let keep = 255 - cover;
        let v = pair(*pixel) * keep + pair(color) * cover + 0x0080_0080;
        let rb = (v + (v >> 8 & 0x00ff_00ff)) >> 8;
        let over = |below: u8, own: u8| {
            let v = u32::from(below) * keep + u32::from(own) * cover + 128;
            ((v + (v >> 8)) >> 8) as u8
        };
        *pixel = [rb as u8, over(pixel[1], color[1]), (rb >> 16) as u8];
        if !self.alpha.is_empty() {
            self.alpha[place] = over(self.alpha[place], 255);
        }
    }

    /// Covers pixels from `left` to before `right` of a row with a colour.
    #[inline(always)]
    pub fn run(&mut self, y: usize, left: usize, right: usize, color: [u8; 3]) {
        let places = y * self.width + left..y * self.width + right;
        self.pixels[places.clone()].fill(color);
        if !self.alpha.is_empty() {
            self.alpha[places].fill(255);
        }
    }

    /// Covers pixels of a column from row `top` on with the colours of these rows.
    #[inline(always)]
    pub fn column(&mut self, x: usize, top: usize, colors: &[[u8; 3]]) {
        let first = top * self.width + x;
        let pixels = self.pixels[first..].iter_mut().step_by(self.width);
        for (pixel, color) in pixels.zip(colors) {
            *pixel = *color;
        }
        if !self.alpha.is_empty() {
            let alpha = self.alpha[first..].iter_mut().step_by(self.width);
            alpha.take(colors.len()).for_each(|alpha| *alpha = 255);
        }
    }

    /// Covers a rectangle whose sides lie anywhere, in pixels; `colors` has one for each row.
    pub fn rectangle(&mut self, x: [f32; 2], y: [f32; 2], colors: &[[u8; 3]]) {
        let [x, y] = [(x, self.width), (y, self.height)]
            .map(|(ends, most)| ends.map(|end| end.clamp(0.0, most as f32)));
        if x[1] <= x[0] || y[1] <= y[0] {
            return;
        }
        // How much of a pixel lies inside.
        let part = |n: usize, ends: [f32; 2]| {
            (ends[1].min(n as f32 + 1.0) - ends[0].max(n as f32)).clamp(0.0, 1.0)
        };
        let (left, right) = (x[0].ceil() as usize, x[1].floor() as usize);
        let rows = y[0] as usize..(y[1].ceil() as usize).min(self.height);
        for (row, color) in rows.clone().zip(&colors[rows]) {
            let (across, color) = (part(row, y), *color);
            if left < right && across >= 1.0 {
                self.run(row, left, right, color);
            } else {
                let cover = (across * 255.0 + 0.5) as u32;
                (left..right).for_each(|column| self.put(column, row, color, cover));
            }
            // The columns at its sides, which may be one.
            let sides = [x[0] as usize, x[1] as usize];
            for column in sides.into_iter().take(if sides[0] == sides[1] { 1 } else { 2 }) {
                if !(left..right).contains(&column) && column < self.width {
                    let cover = (part(column, x) * across * 255.0 + 0.5) as u32;
                    self.put(column, row, color, cover);
                }
            }
        }
    }
}
