//! Frames as images.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, ImageError, ImageResult};

use crate::checksum::Hasher;
use crate::error::{Error, Result};
use crate::files::{Over, TempFile};
use crate::generate::Frame;
use crate::recipe::{ImageFormat, Images};

/// Writes `frame` to `path`, in place of what is there.
///
/// # Errors
/// The file cannot be written.
pub fn write_image(path: &Path, frame: &Frame, images: &Images) -> Result<()> {
    write_image_over(path, frame, images, Over::Anything)
}

/// As [`write_image`], in place of what may be replaced.
///
/// # Errors
/// Something else is there; the file cannot be written.
pub fn write_image_over(path: &Path, frame: &Frame, images: &Images, over: Over) -> Result<()> {
    let temp = TempFile::create(path)?;
    write_hashed(temp.file(), temp.path(), frame, images, &mut Hasher::default())?;
    temp.publish(over)
}

/// Writes `frame` into `file`, which is not yet synced, and its content into `hasher` as well; `path` is
/// named in errors.
pub(super) fn write_hashed(
    file: &File,
    path: &Path,
    frame: &Frame,
    images: &Images,
    hasher: &mut Hasher,
) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, Hashed { file, hasher });
    encode_image(&mut out, frame, images).map_err(|e| match e {
        ImageError::IoError(e) => Error::io("write", path)(e),
        e => {
            Error::Media { what: format!("cannot write {}", path.display()), reason: e.to_string() }
        }
    })?;
    out.flush().map_err(Error::io("write", path))
}

/// Writes `frame` as an image into `out`.
///
/// # Errors
/// Those of `out`.
pub fn encode_image(out: &mut impl Write, frame: &Frame, images: &Images) -> ImageResult<()> {
    let (size, rgb) = (frame.size(), ExtendedColorType::Rgb8);
    // Only PNG knows what is transparent; the colours alone are those over black.
    let (data, png) = match frame.alpha() {
        Some(_) if images.format == ImageFormat::Png => {
            (Cow::Owned(frame.straight()), ExtendedColorType::Rgba8)
        }
        _ => (Cow::Borrowed(frame.data()), rgb),
    };
    match images.format {
        ImageFormat::Png => {
            // Level 1 is the encoder's fast method; deflate proper starts above it.
            let (level, filter) = match images.png_level.unwrap_or(1) {
                0 => (CompressionType::Uncompressed, FilterType::NoFilter),
                1 => (CompressionType::Fast, FilterType::Adaptive),
                n => (CompressionType::Level(n), FilterType::Adaptive),
            };
            PngEncoder::new_with_quality(out, level, filter).write_image(
                &data,
                size.width,
                size.height,
                png,
            )
        }
        ImageFormat::Jpg => JpegEncoder::new_with_quality(out, images.jpg_quality.unwrap_or(90))
            .write_image(&data, size.width, size.height, rgb),
    }
}

/// A file, and the checksum of what is written into it.
struct Hashed<'a> {
    file: &'a File,
    hasher: &'a mut Hasher,
}

impl Write for Hashed<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.file.write(data)?;
        self.hasher.add(&data[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
