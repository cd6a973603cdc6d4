//! From packed sRGB to the encoder's pixels: BT.709, limited range, in integers, so that every
//! machine gives the same bits (SIMD paths of general converters differ from their scalar ones).
//!
//! Colour that is coarser than brightness is the mean of its pixels (siting "center"). Where the
//! coded size is larger than the picture, the last column and row are repeated.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Error as AvError, ffi, frame};
use pulp::{Arch, Simd, WithSimd};

use super::alpha::{colors, write_alpha};
use super::codec::PixFmt;
use crate::error::{Error, Result};
use crate::generate::Frame;
use crate::values::Size;

/// A picture in an encoder's pixels.
pub struct Picture {
    pub(super) inner: frame::Video,
    pix_fmt: PixFmt,
}

impl Picture {
    /// A picture that frames of `size` are converted into.
    pub fn new(size: Size, pix_fmt: PixFmt) -> Self {
        let coded = pix_fmt.coded_size(size);
        let inner = frame::Video::new(pixel(pix_fmt), coded.width, coded.height);
        Self { inner, pix_fmt }
    }

    /// Shows what `source` shows, without a copy of its pixels, and forgets how it was coded.
    pub(super) fn share(&mut self, source: &frame::Video) -> Result<(), AvError> {
        // SAFETY: both are valid frames; the reference to the old buffers is given up before the
        // new ones are referred to. What an encoder would take for wishes (the kind of picture,
        // data that came with it) is cleared.
        unsafe {
            let own = self.inner.as_mut_ptr();
            ffi::av_frame_unref(own);
            match ffi::av_frame_ref(own, source.as_ptr()) {
                e if e < 0 => return Err(AvError::from(e)),
                _ => {}
            }
            // All of one type go at once.
            loop {
                if (*own).nb_side_data == 0 {
                    break;
                }
                ffi::av_frame_remove_side_data(own, (**(*own).side_data).type_);
            }
            ffi::av_dict_free(&mut (*own).metadata);
            (*own).sample_aspect_ratio = ffi::AVRational { num: 1, den: 1 };
        }
        self.inner.set_kind(ffmpeg_next::picture::Type::None);
        Ok(())
    }

    /// Converts `frame`, which must have the picture's size.
    ///
    /// # Errors
    /// There is no memory for new buffers, where an encoder still holds the old ones.
    pub fn set(&mut self, frame: &Frame) -> Result<()> {
        // SAFETY: `inner` is a valid frame with buffers of its own; FFmpeg replaces those that
        // somebody else refers to as well.
        let e = unsafe { ffi::av_frame_make_writable(self.inner.as_mut_ptr()) };
        if e < 0 {
            return Err(Error::Media {
                what: "cannot convert a frame".into(),
                reason: AvError::from(e).to_string(),
            });
        }
        convert(frame, self.pix_fmt, &mut self.inner);
        Ok(())
    }
}

/// FFmpeg's pixel format.
pub(super) fn pixel(pix_fmt: PixFmt) -> Pixel {
    match pix_fmt {
        PixFmt::Yuv420p => Pixel::YUV420P,
        PixFmt::Yuv422p => Pixel::YUV422P,
        PixFmt::Yuv444p => Pixel::YUV444P,
        PixFmt::Yuv420p10 => Pixel::YUV420P10LE,
        PixFmt::Yuv422p10 => Pixel::YUV422P10LE,
        PixFmt::Yuv444p10 => Pixel::YUV444P10LE,
        PixFmt::Rgb24 => Pixel::RGB24,
        PixFmt::Bgr0 => Pixel::BGRZ,
        PixFmt::Bgra => Pixel::BGRA,
        PixFmt::Yuva420p => Pixel::YUVA420P,
    }
}

/// Writes `frame` into `picture`, whose format is `pix_fmt` and whose size is the coded one.
fn convert(frame: &Frame, pix_fmt: PixFmt, picture: &mut frame::Video) {
    match pix_fmt {
        PixFmt::Rgb24 => each_row(frame, picture, |row, out| out[..row.len()].copy_from_slice(row)),
        PixFmt::Bgr0 => each_row(frame, picture, |row, out| {
            for (rgb, bgr0) in row.chunks_exact(3).zip(out.chunks_exact_mut(4)) {
                bgr0.copy_from_slice(&[rgb[2], rgb[1], rgb[0], 0]);
            }
        }),
        PixFmt::Bgra => {
            let straight = frame.straight();
            let (stride, width) = (picture.stride(0), frame.size().width as usize * 4);
            for (row, out) in
                straight.chunks_exact(width).zip(picture.data_mut(0).chunks_mut(stride))
            {
                for (rgba, bgra) in row.chunks_exact(4).zip(out.chunks_exact_mut(4)) {
                    bgra.copy_from_slice(&[rgba[2], rgba[1], rgba[0], rgba[3]]);
                }
            }
        }
        PixFmt::Yuv420p => planar::<u8, 1, 1>(frame, picture, 8),
        PixFmt::Yuva420p => {
            planar::<u8, 1, 1>(&colors(frame), picture, 8);
            let stride = picture.stride(3);
            write_alpha(frame, picture.data_mut(3), stride);
        }
        PixFmt::Yuv422p => planar::<u8, 1, 0>(frame, picture, 8),
        PixFmt::Yuv444p => planar::<u8, 0, 0>(frame, picture, 8),
        PixFmt::Yuv420p10 => planar::<u16, 1, 1>(frame, picture, 10),
        PixFmt::Yuv422p10 => planar::<u16, 1, 0>(frame, picture, 10),
        PixFmt::Yuv444p10 => planar::<u16, 0, 0>(frame, picture, 10),
    }
}

fn each_row(frame: &Frame, picture: &mut frame::Video, write: impl Fn(&[u8], &mut [u8])) {
    let stride = picture.stride(0);
    let rows = frame.data().chunks_exact(frame.stride());
    for (row, out) in rows.zip(picture.data_mut(0).chunks_mut(stride)) {
        write(row, out);
    }
}

/// A plane's sample.
trait Sample: Copy + Default {
    fn from_i32(v: i32) -> Self;
}

impl Sample for u8 {
    #[inline(always)]
    fn from_i32(v: i32) -> Self {
        v as u8
    }
}

impl Sample for u16 {
    #[inline(always)]
    fn from_i32(v: i32) -> Self {
        v as u16
    }
}

fn planar<T: Sample, const H: usize, const V: usize>(
    frame: &Frame,
    picture: &mut frame::Video,
    depth: u32,
) {
    let coded = Size::new(picture.width(), picture.height());
    let strides = [0, 1, 2].map(|i| picture.stride(i) / size_of::<T>());
    let rows = [coded.height as usize, coded.height as usize >> V, coded.height as usize >> V];
    // SAFETY: the three planes are separate buffers of `stride * rows` bytes each, allocated and
    // aligned by av_frame_get_buffer for a format whose samples are `T`; `picture` is borrowed
    // mutably for as long as the slices live. ffmpeg-next lends one plane at a time.
    let planes = [0, 1, 2].map(|i| unsafe {
        let data = (*picture.as_mut_ptr()).data[i].cast::<T>();
        std::slice::from_raw_parts_mut(data, strides[i] * rows[i])
    });
    let matrix = Matrix::bt709(depth, H + V);
    Arch::new().dispatch(Planar::<T, H, V> { frame, coded, planes, strides, matrix });
}

/// Fixed-point rows of the matrix, 16 bits after the point.
struct Matrix {
    luma: [i32; 3],
    blue: [i32; 3],
    red: [i32; 3],
    /// Offset and rounding.
    black: i32,
    gray: i32,
    /// Colour is computed from sums of `2^(shift - 16)` pixels.
    chroma_shift: u32,
}

impl Matrix {
    /// ITU-R BT.709-6, 3.2 to 3.5: luma from 16 to 235 and colour from 16 to 240, times
    /// 2^(depth - 8), for channels of 0 to 255.
    fn bt709(depth: u32, pairs: usize) -> Self {
        const KR: f64 = 0.2126;
        const KB: f64 = 0.0722;
        let unit = f64::from(1 << (depth - 8)) * 65536.0;
        let (y, c) = (219.0 / 255.0 * unit, 224.0 / 255.0 * unit);
        let fixed = |v: f64| v.round() as i32;
        // Green takes the rounding, so that white is exactly white and gray exactly gray.
        let rest = |total: f64, a: i32, b: i32| fixed(total) - a - b;
        let (lr, lb) = (fixed(KR * y), fixed(KB * y));
        let (br, bb) = (fixed(-KR / (2.0 - 2.0 * KB) * c), fixed(0.5 * c));
        let (rr, rb) = (fixed(0.5 * c), fixed(-KB / (2.0 - 2.0 * KR) * c));
        let chroma_shift = 16 + pairs as u32;
        Self {
            luma: [lr, rest(y, lr, lb), lb],
            blue: [br, rest(0.0, br, bb), bb],
            red: [rr, rest(0.0, rr, rb), rb],
            black: (16 << (depth - 8 + 16)) + (1 << 15),
            gray: (128 << (depth - 8 + chroma_shift)) + (1 << (chroma_shift - 1)),
            chroma_shift,
        }
    }
}

/// Pixels that are converted together.
const BLOCK: usize = 128;

/// A frame's conversion; `H` and `V` are 1 where colour is halved across and down.
struct Planar<'a, T, const H: usize, const V: usize> {
    frame: &'a Frame,
    coded: Size,
    planes: [&'a mut [T]; 3],
    strides: [usize; 3],
    matrix: Matrix,
}

impl<T: Sample, const H: usize, const V: usize> WithSimd for Planar<'_, T, H, V> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { frame, coded, planes: [luma, blue, red], strides, matrix: m } = self;
        let (width, coded_width) = (frame.size().width as usize, coded.width as usize);
        let last_row = frame.size().height - 1;
        let mut channels = [[0u8; BLOCK]; 3];
        let mut samples = [T::default(); BLOCK];
        for y in 0..coded.height as usize >> V {
            for x in (0..coded_width).step_by(BLOCK) {
                let count = BLOCK.min(coded_width - x);
                let mut sums = [[0i16; BLOCK]; 3];
                for line in (y << V)..(y + 1) << V {
                    let row = frame.row((line as u32).min(last_row));
                    split(&row[x.min(width - 1) * 3..], &mut channels);
                    for i in 0..BLOCK {
                        let [r, g, b] = [0, 1, 2].map(|c| i32::from(channels[c][i]));
                        let v = m.luma[0] * r + m.luma[1] * g + m.luma[2] * b + m.black;
                        samples[i] = T::from_i32(v >> 16);
                    }
                    luma[line * strides[0] + x..][..count].copy_from_slice(&samples[..count]);
                    for c in 0..3 {
                        for i in 0..BLOCK >> H {
                            let here = i16::from(channels[c][i << H]);
                            let next =
                                if H == 1 { i16::from(channels[c][(i << H) + 1]) } else { 0 };
                            sums[c][i] += here + next;
                        }
                    }
                }
                for (plane, stride, row) in
                    [(&mut *blue, strides[1], m.blue), (&mut *red, strides[2], m.red)]
                {
                    for i in 0..BLOCK >> H {
                        let [r, g, b] = [0, 1, 2].map(|c| i32::from(sums[c][i]));
                        let v = row[0] * r + row[1] * g + row[2] * b + m.gray;
                        samples[i] = T::from_i32(v >> m.chroma_shift);
                    }
                    let count = count >> H;
                    plane[y * stride + (x >> H)..][..count].copy_from_slice(&samples[..count]);
                }
            }
        }
    }
}

/// The channels of the pixels at the start of `row`, the last one repeated to fill the block.
#[inline(always)]
fn split(row: &[u8], channels: &mut [[u8; BLOCK]; 3]) {
    let [r, g, b] = channels;
    if let Some(row) = row.first_chunk::<{ 3 * BLOCK }>() {
        for i in 0..BLOCK {
            r[i] = row[3 * i];
            g[i] = row[3 * i + 1];
            b[i] = row[3 * i + 2];
        }
        return;
    }
    let pixels = row.len() / 3;
    for i in 0..BLOCK {
        let at = 3 * i.min(pixels - 1);
        r[i] = row[at];
        g[i] = row[at + 1];
        b[i] = row[at + 2];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(frame: &Frame, pix_fmt: PixFmt) -> frame::Video {
        let mut picture = Picture::new(frame.size(), pix_fmt);
        picture.set(frame).expect("memory for a small picture");
        picture.inner
    }

    /// The definition in f64, for one pixel.
    fn exact([r, g, b]: [u8; 3]) -> [f64; 3] {
        let [r, g, b] = [r, g, b].map(|c| f64::from(c) / 255.0);
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748]
    }

    #[test]
    fn every_colour_is_within_rounding_of_the_definition() {
        let mut frame = Frame::new(Size::new(301, 300));
        for (i, pixel) in frame.data_mut().chunks_exact_mut(3).enumerate() {
            let i = i as u32;
            pixel.copy_from_slice(&[(i * 7) as u8, (i / 3 * 11) as u8, (i / 97 * 5) as u8]);
        }
        let picture = converted(&frame, PixFmt::Yuv444p);
        for y in 0..300 {
            for (x, rgb) in frame.row(y).chunks_exact(3).enumerate() {
                let wanted = exact([rgb[0], rgb[1], rgb[2]]);
                for (plane, wanted) in wanted.iter().enumerate() {
                    let got = picture.data(plane)[y as usize * picture.stride(plane) + x];
                    assert!((f64::from(got) - wanted).abs() < 0.51, "{rgb:?} plane {plane}: {got}");
                }
            }
        }
    }

    #[test]
    fn black_white_and_gray_are_neutral_at_both_depths() {
        for gray in [0u8, 1, 127, 128, 254, 255] {
            let mut frame = Frame::new(Size::new(3, 3));
            frame.data_mut().fill(gray);
            let eight = converted(&frame, PixFmt::Yuv420p);
            let luma = (16.0 + 219.0 * f64::from(gray) / 255.0).round() as u8;
            assert_eq!((eight.data(0)[0], eight.data(1)[0], eight.data(2)[0]), (luma, 128, 128));
            let ten = converted(&frame, PixFmt::Yuv420p10);
            let sample = |p: usize| u16::from_le_bytes([ten.data(p)[0], ten.data(p)[1]]);
            let luma = (64.0 + 876.0 * f64::from(gray) / 255.0).round() as u16;
            assert_eq!((sample(0), sample(1), sample(2)), (luma, 512, 512));
        }
    }

    #[test]
    fn odd_sizes_repeat_the_last_column_and_row() {
        let mut frame = Frame::new(Size::new(131, 5));
        for (i, byte) in frame.data_mut().iter_mut().enumerate() {
            *byte = (i * 31) as u8;
        }
        let picture = converted(&frame, PixFmt::Yuv420p);
        let row = |y: usize| &picture.data(0)[y * picture.stride(0)..][..132];
        for y in 0..5 {
            assert_eq!(row(y)[130], row(y)[131]);
        }
        assert_eq!(row(4), row(5));
    }
}
