//! Pictures that programs write.

use std::io::{BufReader, Cursor, ErrorKind, Read};

use image::codecs::pnm::PnmDecoder;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use crate::generate::Frame;
use crate::values::Size;

/// What an image file may hold beyond the pixels themselves, before it is no longer believed.
const EXTRA: u64 = 64 << 20;

/// The most bytes that one picture may take.
pub(super) fn most(size: Size, raw: bool) -> u64 {
    let pixels = size.pixels() as u64;
    match raw {
        true => pixels * 3,
        false => pixels * 16 + EXTRA,
    }
}

/// Draws a whole file of a picture into `frame`.
pub(super) fn draw(bytes: &[u8], raw: bool, frame: &mut Frame) -> Result<(), String> {
    if bytes.is_empty() {
        return Err("wrote no picture".into());
    }
    match raw {
        true => draw_raw(bytes, frame),
        false => draw_image(decode(bytes)?, frame),
    }
}

fn draw_raw(bytes: &[u8], frame: &mut Frame) -> Result<(), String> {
    let (wanted, size) = (frame.data().len(), frame.size());
    if bytes.len() != wanted {
        return Err(format!(
            "wrote {} bytes, where {size} pixels of raw RGB take {wanted}",
            bytes.len()
        ));
    }
    frame.data_mut().copy_from_slice(bytes);
    Ok(())
}

/// PNG, JPEG, WebP, PNM, BMP or TIFF, by content.
fn decode(bytes: &[u8]) -> Result<DynamicImage, String> {
    let unreadable =
        |e: &dyn std::fmt::Display| format!("wrote a picture that cannot be read: {e}");
    let mut rest = Cursor::new(bytes);
    let mut reader =
        ImageReader::new(&mut rest).with_guessed_format().map_err(|e| unreadable(&e))?;
    let Some(format) = reader.format() else {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]);
        let start = text.lines().next().unwrap_or_default().escape_debug().to_string();
        return Err(format!(
            "wrote no picture that is known (PNG, JPEG, WebP, PPM, BMP or TIFF), but '{start}'"
        ));
    };
    reader.limits(Limits::default());
    let image = reader.decode().map_err(|e| unreadable(&e))?;
    // Pictures of PNM may follow on each other, so more of them than one is a mistake.
    let after = bytes.get(rest.position() as usize..).unwrap_or_default();
    match format == ImageFormat::Pnm && !after.trim_ascii().is_empty() {
        true => Err("wrote more than one picture; --batch says how many".into()),
        false => Ok(image),
    }
}

/// Copies the picture, whatever its channels and depth; transparency is left out, as FFmpeg does.
fn draw_image(image: DynamicImage, frame: &mut Frame) -> Result<(), String> {
    let (size, there) = (frame.size(), Size::new(image.width(), image.height()));
    if there != size {
        return Err(format!(
            "drew {there} pixels where {size} belong; --size {there} asks for these"
        ));
    }
    match image {
        DynamicImage::ImageRgb8(image) => frame.data_mut().copy_from_slice(image.as_raw()),
        image => frame.data_mut().copy_from_slice(image.to_rgb8().as_raw()),
    }
    Ok(())
}

/// Reads one picture of several that follow on each other: raw, or PPM (PGM, PBM, PAM).
pub(super) fn read_one(
    stream: &mut BufReader<impl Read>,
    raw: bool,
    frame: &mut Frame,
) -> Result<(), String> {
    let ended = |e: &std::io::Error| match e.kind() {
        ErrorKind::UnexpectedEof => "wrote fewer pictures than were asked for".to_string(),
        _ => format!("cannot be read from: {e}"),
    };
    if raw {
        return stream.read_exact(frame.data_mut()).map_err(|e| ended(&e));
    }
    let image = PnmDecoder::new(stream).and_then(DynamicImage::from_decoder);
    let image = image.map_err(|e| match e {
        image::ImageError::IoError(e) => ended(&e),
        e => format!("wrote a picture that is no PPM: {e}"),
    })?;
    draw_image(image, frame)
}
