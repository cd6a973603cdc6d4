//! Pictures out of files, in the size of a frame.

use std::io::BufReader;
use std::path::Path;

use image::imageops::{FilterType, crop_imm, resize};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbaImage};

use crate::generate::{Frame, files, premultiplied};
use crate::values::{Fit, Size};

/// The size of the picture in a file, turned as it says.
///
/// # Errors
/// It is no picture, in a line.
pub(super) fn size(path: &Path) -> Result<Size, String> {
    let (decoder, orientation) = open(path)?;
    let (w, h) = decoder.dimensions();
    let lies = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (w, h) = if lies { (h, w) } else { (w, h) };
    let is_size = (1..=65535).contains(&w) && (1..=65535).contains(&h);
    match is_size && u64::from(w) * u64::from(h) <= MOST_PIXELS {
        true => Ok(Size::new(w, h)),
        false => Err(format!(
            "it has {w}x{h} pixels; a side is 1 to 65535, and all are {} million at most",
            MOST_PIXELS / 1_000_000
        )),
    }
}

/// True if the picture in a file may be transparent in places.
pub(super) fn has_alpha(path: &Path) -> bool {
    open(path).is_ok_and(|(decoder, _)| decoder.color_type().has_alpha())
}

/// The most pixels of a picture. While it is read, each takes up to eight bytes.
const MOST_PIXELS: u64 = 200_000_000;

/// Looks whether a file is there up to its end, where decoders would not say so.
///
/// # Errors
/// It is cut short, in a line.
pub(super) fn check_whole(path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let is_jpeg = matches!(image::guess_format(&bytes), Ok(ImageFormat::Jpeg));
    match is_jpeg && !is_whole_jpeg(&bytes) {
        true => Err("it is cut short: the end of the JPEG is missing".into()),
        false => Ok(()),
    }
}

/// Looks whether a JPEG is there up to its end; decoders draw the rest gray. It is a row of segments, and of scans that
/// end with the next marker (ITU-T T.81, B.1).
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker]) = bytes.get(at..at + 2) {
        match marker {
            0xd9 => return true,
            // Filled up, or without a length.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            _ => {
                let Some([high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
                if *marker == 0xda {
                    let is_marker =
                        |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7);
                    let scan = bytes.get(at..).unwrap_or_default();
                    let Some(length) = scan.windows(2).position(is_marker) else { return false };
                    at += length;
                }
            }
        }
    }
    false
}

/// The picture in a file as a frame of `size` shows it.
///
/// # Errors
/// It cannot be read, in a line.
pub(super) fn fitted(path: &Path, fit: Fit, size: Size) -> Result<Frame, String> {
    let image = whole(path)?;
    let is_opaque = !image.color().has_alpha();
    let mut image = image.into_rgba8();
    // What is transparent has no colour that could bleed into its neighbours.
    for pixel in image.pixels_mut() {
        pixel.0 = premultiplied(pixel.0);
    }
    let failed = |e: String| format!("{} cannot be read: {e}", path.display());
    let (placed, at) = place(image, fit, size).map_err(failed)?;
    let mut frame = Frame::new(size);
    if !(is_opaque
        && at == (0, 0)
        && (placed.width(), placed.height()) == (size.width, size.height))
    {
        frame.clear();
    }
    let (data, alpha) = frame.planes_mut();
    for (x, y, pixel) in placed.enumerate_pixels() {
        let i = (y + at.1) as usize * size.width as usize + (x + at.0) as usize;
        let [r, g, b, a] = pixel.0;
        // Filters go beyond what they are given.
        data[i * 3..][..3].copy_from_slice(&[r.min(a), g.min(a), b.min(a)]);
        if let Some(alpha) = alpha.get_mut(i) {
            *alpha = a;
        }
    }
    Ok(frame)
}

/// The picture in a file in its own size, four bytes a pixel as they stand there: colours are not multiplied by alpha.
///
/// # Errors
/// It cannot be read, in a line.
#[cfg(feature = "gpu")]
pub(in crate::generate) fn texture(path: &Path) -> Result<(Size, Vec<u8>), String> {
    let image = whole(path)?.into_rgba8();
    Ok((Size::new(image.width(), image.height()), image.into_raw()))
}

/// The picture in a file, if all of it is there, turned as it is to be seen.
fn whole(path: &Path) -> Result<DynamicImage, String> {
    let failed = |e: &dyn std::fmt::Display| format!("{} cannot be read: {e}", path.display());
    self::size(path).and_then(|_| check_whole(path)).map_err(|e| failed(&e))?;
    let (decoder, orientation) = open(path).map_err(|e| failed(&e))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|e| failed(&e))?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The picture in its size, and where its upper left corner comes.
///
/// # Errors
/// It is much longer than wide, or the reverse, and would be scaled beyond all bounds before it is cropped.
fn place(image: RgbaImage, fit: Fit, size: Size) -> Result<(RgbaImage, (u32, u32)), String> {
    let Size { width, height } = size;
    let (w, h) = image.dimensions();
    let (across, down) = (f64::from(width) / f64::from(w), f64::from(height) / f64::from(h));
    let by = match fit {
        Fit::Pad => across.min(down),
        Fit::Crop => across.max(down),
        Fit::Stretch => 0.0,
    };
    let side = |side: u32, whole: u32| match fit {
        Fit::Stretch => whole,
        _ => ((f64::from(side) * by).round() as u32).max(1),
    };
    let (w2, h2) = (side(w, width), side(h, height));
    if u64::from(w2) * u64::from(h2) > MOST_PIXELS {
        return Err(format!(
            "its {w}x{h} pixels would be {w2}x{h2} to fill {size}; choose fit pad or stretch"
        ));
    }
    let scaled = match (w2, h2) == (w, h) {
        true => image,
        // Polynomials only, so that the bits are the same everywhere.
        false => resize(&image, w2, h2, FilterType::CatmullRom),
    };
    let (x, y) = (w2.saturating_sub(width) / 2, h2.saturating_sub(height) / 2);
    let cut = match (x, y) {
        (0, 0) if w2 <= width && h2 <= height => scaled,
        _ => crop_imm(&scaled, x, y, w2.min(width), h2.min(height)).to_image(),
    };
    let at = ((width - cut.width()) / 2, (height - cut.height()) / 2);
    Ok((cut, at))
}

/// Opens a file by its content, and says how its picture is turned.
fn open(path: &Path) -> Result<(impl ImageDecoder, Orientation), String> {
    let said = |e: &dyn std::fmt::Display| e.to_string();
    let file = files::open(path).map_err(|e| said(&e))?;
    // By its content alone, whatever its name ends with.
    let reader = ImageReader::new(BufReader::new(file));
    let reader = reader.with_guessed_format().map_err(|e| said(&e))?;
    if reader.format().is_none() {
        return Err("it is no picture that is known (PNG, JPEG, WebP, PNM, BMP or TIFF)".into());
    }
    let mut decoder = reader.into_decoder().map_err(|e| said(&e))?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((decoder, orientation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jpegs_that_are_cut_short_are_known() {
        let mut bytes = Vec::new();
        let picture =
            image::RgbImage::from_fn(90, 70, |x, y| image::Rgb([x as u8, y as u8, (x * y) as u8]));
        let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
        picture.write_with_encoder(encoder).expect("a JPEG");
        assert!(is_whole_jpeg(&bytes));
        let with_more = [&bytes[..], b"and more behind it"].concat();
        assert!(is_whole_jpeg(&with_more));
        assert!((2..bytes.len() - 1).all(|end| !is_whole_jpeg(&bytes[..end])));
    }
}
