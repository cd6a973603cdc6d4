//! What is transparent: in pictures that go to encoders, in films, and in pictures that come from them.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::codec::{Id, context::Context};
use ffmpeg_next::decoder::{self, find_by_name};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error as AvError, Stream, ffi};

use super::convert::Picture;
use super::versions::for_pictures;
use crate::generate::{Frame, premultiplied, straight};

/// True if a film of VP8 or VP9 is transparent in places: beside its packets stand those of its alpha
/// (WebM Container Guidelines, AlphaMode).
pub(super) fn is_transparent(stream: &Stream) -> bool {
    stream.metadata().get("alpha_mode") == Some("1")
}

/// Opens the decoder of a stream's pictures. FFmpeg's own ones of VP8 and VP9 leave out alpha.
pub(super) fn open_decoder(stream: &Stream, context: Context) -> Result<decoder::Video, AvError> {
    let with_alpha = match stream.parameters().id() {
        Id::VP8 => "libvpx",
        Id::VP9 => "libvpx-vp9",
        _ => return for_pictures(|| context.decoder().video()),
    };
    if !is_transparent(stream) {
        return for_pictures(|| context.decoder().video());
    }
    let decoder = find_by_name(with_alpha).ok_or(AvError::DecoderNotFound)?;
    for_pictures(|| context.decoder().open_as(decoder)?.video())
}

/// True if pictures in this format may be transparent in places.
pub(super) fn has_alpha(format: Pixel) -> bool {
    has(format, ffi::AV_PIX_FMT_FLAG_ALPHA as u64)
}

/// True if pictures in this format are red, green and blue.
pub(super) fn is_rgb(format: Pixel) -> bool {
    has(format, ffi::AV_PIX_FMT_FLAG_RGB as u64)
}

fn has(format: Pixel, flag: u64) -> bool {
    // SAFETY: the descriptors are constants of the library's; null for what is no format.
    let descriptor = unsafe { ffi::av_pix_fmt_desc_get(format.into()).as_ref() };
    descriptor.is_some_and(|known| known.flags & flag != 0)
}

/// The alpha that stands beside a packet.
pub(super) fn beside(packet: &Packet) -> impl Iterator<Item = Vec<u8>> {
    let is_alpha = |kind: Type| kind == Type::MatroskaBlockAdditional;
    packet.side_data().filter(move |side| is_alpha(side.kind())).map(|side| side.data().to_vec())
}

/// Writes a picture in BGRA into `frame`, with what is transparent of it.
pub fn with_alpha(picture: &Picture, frame: &mut Frame) {
    seen_through(&picture.inner, frame);
}

/// As [`with_alpha`].
pub(super) fn seen_through(picture: &Video, frame: &mut Frame) {
    let rows = picture.data(0).chunks(picture.stride(0).max(1));
    let wide = frame.size().width as usize;
    let opaque = rows
        .clone()
        .take(frame.size().height as usize)
        .all(|row| row.as_chunks::<4>().0.iter().take(wide).all(|pixel| pixel[3] == 255));
    if opaque {
        frame.set_opaque()
    } else {
        frame.clear()
    }
    let (data, alpha) = frame.planes_mut();
    let mut alpha = alpha.chunks_exact_mut(wide);
    for (out, row) in data.chunks_exact_mut(wide * 3).zip(rows) {
        let pixels =
            row.as_chunks::<4>().0.iter().map(|[b, g, r, a]| premultiplied([*r, *g, *b, *a]));
        let mut seen = alpha.next().into_iter().flatten();
        for (out, [r, g, b, a]) in out.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
            *out = [r, g, b];
            if let Some(seen) = seen.next() {
                *seen = a;
            }
        }
    }
}

/// The colours of a frame, not premultiplied. Where nothing is seen they are those that are seen nearby, since encoders
/// mix pixels with those beside them.
pub(super) fn colors(frame: &Frame) -> Frame {
    /// Squares of 2, 4, 8 pixels and so on, up to the largest block that encoders work in (VP9's of 64).
    const LEVELS: usize = 6;
    let mut opaque = Frame::new(frame.size());
    let Some(alpha) = frame.alpha() else {
        opaque.data_mut().copy_from_slice(frame.data());
        return opaque;
    };
    let pixels = frame.data().as_chunks::<3>().0;
    let pixel = |i: usize| {
        let [r, g, b] = pixels[i];
        [r, g, b, alpha[i]]
    };
    let mut levels =
        vec![Sums::of(frame.size().width, frame.size().height, |i| pixel(i).map(u32::from))];
    while levels.len() < LEVELS {
        let below = &levels[levels.len() - 1];
        levels.push(Sums::of(below.wide, below.high, |i| below.cells[i]));
    }
    for level in (1..LEVELS).rev() {
        let (below, above) = levels.split_at_mut(level);
        below[level - 1].fill_from(&above[0]);
    }
    let near = &levels[0];
    let out = opaque.data_mut().as_chunks_mut::<3>().0;
    for (i, out) in out.iter_mut().enumerate() {
        let color = match pixel(i) {
            [.., 0] => near.color(i % frame.size().width as usize, i / frame.size().width as usize),
            seen => straight(seen),
        };
        out.copy_from_slice(&color[..3]);
    }
    opaque
}

/// Premultiplied colours and alpha, summed over squares of two by two.
struct Sums {
    wide: u32,
    high: u32,
    cells: Vec<[u32; 4]>,
}

impl Sums {
    /// Those of a plane so wide and high; at its edges squares are cut.
    fn of(wide: u32, high: u32, cell: impl Fn(usize) -> [u32; 4]) -> Self {
        let (across, down) = (wide.div_ceil(2), high.div_ceil(2));
        let mut cells = vec![[0; 4]; across as usize * down as usize];
        for y in 0..high as usize {
            let row = &mut cells[y / 2 * across as usize..][..across as usize];
            for x in 0..wide as usize {
                let values = cell(y * wide as usize + x);
                (0..4).for_each(|c| row[x / 2][c] += values[c]);
            }
        }
        Self { wide: across, high: down, cells }
    }

    /// Of the squares in which nothing is seen, makes those of the larger ones around them.
    fn fill_from(&mut self, larger: &Self) {
        for (i, cell) in self.cells.iter_mut().enumerate().filter(|(_, cell)| cell[3] == 0) {
            let (x, y) = (i % self.wide as usize, i / self.wide as usize);
            *cell = larger.cells[y / 2 * larger.wide as usize + x / 2];
        }
    }

    /// The mean colour around a pixel; black where there is none.
    fn color(&self, x: usize, y: usize) -> [u8; 4] {
        let [r, g, b, alpha] = self.cells[y / 2 * self.wide as usize + x / 2];
        let mean = |sum: u32| ((sum * 255 + alpha / 2) / alpha.max(1)).min(255) as u8;
        [mean(r), mean(g), mean(b), 255]
    }
}

/// Writes the alpha of a frame into a plane, whose rows are `stride` bytes apart; where the plane is larger, the last
/// column and row are repeated.
pub(super) fn write_alpha(frame: &Frame, plane: &mut [u8], stride: usize) {
    let Some(alpha) = frame.alpha() else { return plane.fill(255) };
    let wide = frame.size().width as usize;
    let rows = alpha.chunks_exact(wide);
    let repeated = rows.clone().next_back().into_iter().cycle();
    for (row, out) in rows.chain(repeated).zip(plane.chunks_exact_mut(stride)) {
        out[..wide].copy_from_slice(row);
        out[wide..].fill(row[wide - 1]);
    }
}
