//! Pictures of any film in the size, pixels and colours of another.

use ffmpeg_next::color::{Range, Space};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error as AvError, ffi};

use super::alpha::{has_alpha, is_rgb, seen_through};
use super::codec::PixFmt;
use super::convert::{Picture, pixel};
use super::graph::Chain;
use super::light::Light;
use super::reader::FilmReader;
use super::tone::ToneMap;
use super::turn::Turn;
use crate::error::{Error, Result};
use crate::generate::Frame;
use crate::values::{Fit, Size};

/// Bicubic, with every step rounded the same way on every machine.
const FLAGS: &str = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact";

/// What a picture is, as far as it decides what is to be done with it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Kind {
    size: (u32, u32),
    format: Pixel,
    aspect: (i32, i32),
    space: Space,
    range: Range,
    light: Option<Light>,
    turn: Turn,
}

impl Kind {
    /// `peak`: how bright its film is at most, in nits, if that says so.
    fn of(picture: &Video, turn: Turn, peak: Option<u32>) -> Self {
        let aspect = picture.aspect_ratio();
        Self {
            size: (picture.width(), picture.height()),
            format: picture.format(),
            aspect: (aspect.numerator(), aspect.denominator()),
            space: picture.color_space(),
            range: picture.color_range(),
            light: Light::of(picture, peak),
            turn,
        }
    }

    /// The matrix of its colours, as FFmpeg's filters call it. What does not name it has that of films of its size, as
    /// players take it (mpv's `mp_csp_guess_colorspace`).
    fn matrix(self) -> &'static str {
        match self.space {
            // On its way to another size it is reckoned in the matrix of what it becomes.
            _ if is_rgb(self.format) => "bt709",
            Space::BT709 => "bt709",
            Space::BT2020NCL => "bt2020",
            Space::Unspecified if self.light.is_some() => "bt2020",
            Space::Unspecified if self.size.0 >= 1280 || self.size.1 > 576 => "bt709",
            Space::Unspecified => "smpte170m",
            _ => "auto",
        }
    }
}

/// What pictures are brought to.
#[derive(Debug, Clone, Copy)]
struct Target {
    size: Size,
    format: Pixel,
    is_rgb: bool,
    fit: Fit,
}

/// Brings pictures into one size and format.
pub struct Fitter {
    target: Target,
    steps: Option<(Kind, Steps)>,
    fitted: Video,
}

/// What is done to pictures of one kind.
struct Steps {
    chain: Chain,
    /// For light that an ordinary screen cannot show: the map, and the filters after it.
    toned: Option<(ToneMap, Chain)>,
}

impl Steps {
    fn go(&mut self, source: &Video, fitted: &mut Video) -> Result<(), AvError> {
        self.chain.push(Some(source))?;
        self.chain.pull(fitted)?;
        if let Some((tone, rest)) = &mut self.toned {
            tone.map(fitted)?;
            rest.push(Some(fitted))?;
            rest.pull(fitted)?;
        }
        Ok(())
    }
}

impl Fitter {
    /// A fitter for pictures of `size` in `pix_fmt`, as encoders take them.
    pub fn new(size: Size, pix_fmt: PixFmt, fit: Fit) -> Self {
        let target = Target {
            size: pix_fmt.coded_size(size),
            format: pixel(pix_fmt),
            is_rgb: pix_fmt.is_rgb(),
            fit,
        };
        Self { target, steps: None, fitted: Video::empty() }
    }

    /// Puts what `reader` shows at `time` (microseconds) into `picture`.
    ///
    /// # Errors
    /// The film cannot be read, or its pixels not be converted.
    pub fn fit(&mut self, reader: &mut FilmReader, time: u64, picture: &mut Picture) -> Result<()> {
        let (turn, peak) = (reader.turn(), reader.peak());
        let (_, source) = reader.at(time)?;
        let kind = Kind::of(source, turn, peak);
        if self.target.is_met_by(kind) {
            return picture.share(source).map_err(failed);
        }
        if self.steps.as_ref().is_none_or(|(of, _)| *of != kind) {
            self.steps = Some((kind, self.target.steps(kind).map_err(failed)?));
        }
        if let Some((_, steps)) = &mut self.steps {
            steps.go(source, &mut self.fitted).map_err(failed)?;
        }
        picture.share(&self.fitted).map_err(failed)
    }
}

fn failed(e: AvError) -> Error {
    Error::Media { what: "cannot convert a picture".into(), reason: e.to_string() }
}

impl Target {
    /// True if such a picture can be taken as it is.
    fn is_met_by(&self, kind: Kind) -> bool {
        let colors = self.is_rgb
            || kind.matrix() == "bt709" && matches!(kind.range, Range::MPEG | Range::Unspecified);
        kind.size == (self.size.width, self.size.height)
            && kind.format == self.format
            && (kind.aspect.0 <= 0 || kind.aspect.0 == kind.aspect.1)
            && kind.turn == Turn::default()
            && kind.light.is_none()
            && colors
    }

    /// What brings pictures of this kind here.
    fn steps(&self, kind: Kind) -> Result<Steps, AvError> {
        let (from, to) = (pixel_name(kind.format)?, pixel_name(self.format)?);
        let ((w, h), rest) = self.place(kind);
        let (turn, matrix) = (kind.turn.filters(), kind.matrix());
        let range = if self.is_rgb { "pc" } else { "tv" };
        let scale = if has_alpha(kind.format) && !has_alpha(self.format) && kind.light.is_none() {
            // What is transparent is seen over black.
            format!(
                "{turn}scale=flags={FLAGS}:in_color_matrix={matrix},format=gbrap,premultiply=inplace=1,\
                 scale={w}:{h}:flags={FLAGS}"
            )
        } else {
            format!("{turn}scale={w}:{h}:flags={FLAGS}:in_color_matrix={matrix}")
        };
        let last = format!("out_color_matrix=bt709:out_range={range},format={to}{rest},setsar=1");
        let source = source(kind.size, &from, kind.aspect);
        let Some(light) = kind.light else {
            let chain = Chain::of_pictures(&source, &format!("{scale}:{last}"))?;
            return Ok(Steps { chain, toned: None });
        };
        // HDR has the matrix of BT.2020 nearly always, so that nothing is converted here.
        let out = "out_color_matrix=bt2020:out_range=pc,format=yuv444p16le";
        let chain = Chain::of_pictures(&source, &format!("{scale}:{out}"))?;
        let rest = Chain::of_pictures(
            &self::source((w, h), "yuv444p16le", (1, 1)),
            &format!("scale=flags={FLAGS}:in_range=pc:in_color_matrix=bt709:{last}"),
        )?;
        Ok(Steps { chain, toned: Some((ToneMap::new(light), rest)) })
    }

    /// The size that pictures of this kind get, and the filters that put them in their place then.
    fn place(&self, kind: Kind) -> ((u32, u32), String) {
        let ((width, height), (num, den)) = (kind.size, kind.aspect);
        let (num, den) = if num > 0 && den > 0 { (num, den) } else { (1, 1) };
        let upright = !kind.turn.lies();
        // Shown with square pixels.
        let shown = f64::from(width) * f64::from(num) / f64::from(den);
        let shown = if upright { (shown, f64::from(height)) } else { (f64::from(height), shown) };
        let Size { width, height } = self.size;
        let (across, down) = (f64::from(width) / shown.0, f64::from(height) / shown.1);
        let scaled = |by: f64| {
            // Whole pairs of pixels, so that coarser colour stays where it belongs.
            let even = |side: f64, limit: u32| match (side.round() as u32).next_multiple_of(2) {
                even if side.round() as u32 == limit || even == limit => limit,
                even => even.max(2),
            };
            (even(shown.0 * by, width), even(shown.1 * by, height))
        };
        match self.fit {
            Fit::Stretch => ((width, height), String::new()),
            Fit::Pad => {
                let (w, h) = scaled(across.min(down));
                let (w, h) = (w.min(width), h.min(height));
                let (x, y) = ((width - w) / 4 * 2, (height - h) / 4 * 2);
                // Where pictures may be transparent, nothing lies around them.
                let bars = if matches!(self.format, Pixel::BGRA | Pixel::YUVA420P) {
                    "black@0"
                } else {
                    "black"
                };
                ((w, h), format!(",pad={width}:{height}:{x}:{y}:{bars}"))
            }
            Fit::Crop => {
                let (w, h) = scaled(across.max(down));
                let (w, h) = (w.max(width), h.max(height));
                let (x, y) = ((w - width) / 4 * 2, (h - height) / 4 * 2);
                ((w, h), format!(",crop={width}:{height}:{x}:{y}"))
            }
        }
    }
}

/// The name of a pixel format.
fn pixel_name(pixel: Pixel) -> Result<String, AvError> {
    // SAFETY: the name is a constant of the library's, or null.
    let name = unsafe {
        let name = ffi::av_get_pix_fmt_name(pixel.into());
        (!name.is_null()).then(|| std::ffi::CStr::from_ptr(name).to_string_lossy())
    };
    Ok(name.ok_or(AvError::InvalidData)?.into_owned())
}

/// What comes into a chain of filters.
fn source((width, height): (u32, u32), pixel: &str, (num, den): (i32, i32)) -> String {
    let (num, den) = if num > 0 && den > 0 { (num, den) } else { (1, 1) };
    format!("width={width}:height={height}:pix_fmt={pixel}:time_base=1/1000000:sar={num}/{den}")
}

/// Turns the pictures that an encoder gets back into frames, with what is transparent of them.
#[derive(Default)]
pub struct Unfitter(Option<(Kind, Steps)>);

impl Unfitter {
    /// Writes `picture` into `frame`; a column or row that was coded in addition is left out.
    ///
    /// # Errors
    /// The pixels cannot be converted.
    pub fn unfit(&mut self, picture: &Picture, frame: &mut Frame) -> Result<()> {
        let source = &picture.inner;
        let mut kind = Kind::of(source, Turn::default(), None);
        (kind.space, kind.range, kind.light) = (Space::BT709, Range::MPEG, None);
        let mut converted = Video::empty();
        let format = if has_alpha(kind.format) { Pixel::BGRA } else { Pixel::RGB24 };
        let rgb = if kind.format == format {
            source
        } else {
            let size = Size::new(kind.size.0, kind.size.1);
            let target = Target { size, format, is_rgb: true, fit: Fit::Stretch };
            if self.0.as_ref().is_none_or(|(of, _)| *of != kind) {
                self.0 = Some((kind, target.steps(kind).map_err(failed)?));
            }
            if let Some((_, steps)) = &mut self.0 {
                steps.go(source, &mut converted).map_err(failed)?;
            }
            &converted
        };
        if format == Pixel::BGRA {
            seen_through(rgb, frame);
            return Ok(());
        }
        let (rows, wide) = (frame.size().height, frame.stride());
        for (y, row) in (0..rows).zip(rgb.data(0).chunks(rgb.stride(0).max(1))) {
            frame.row_mut(y).copy_from_slice(&row[..wide]);
        }
        Ok(())
    }
}
