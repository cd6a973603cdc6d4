//! Sound as it is seen: its wave, its spectrum, and what left and right draw together.

mod bars;
mod beam;
mod circle;
mod generator;
mod history;
mod sheet;
mod spectrogram;
mod spectrum;
mod tap;
mod trace;
mod wave;

use self::generator::{Drawn, ScopeGenerator};
pub(crate) use self::spectrum::hann;
use super::palette::shades;
use super::{Clip, Colormap, Content, Generator, Palette, Parameters, Seen, Stage};
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::{Color, Ground, Size, named};

named! {
    /// How sound is shown.
    View as "view" {
        /// The wave around the present.
        Wave = "wave",
        /// How loud each part of the spectrum is.
        Bars = "bars",
        /// The spectrum over time, from the past at the left to the present at the right.
        Spectrum = "spectrum",
        /// How loud each part of the spectrum is, around a circle.
        Circle = "circle",
        /// Left goes to the right and right upwards: an oscilloscope in X-Y mode.
        Xy = "xy",
    }
}

named! {
    /// How a curve is drawn.
    Style as "style" {
        /// A line.
        Line = "line",
        /// What lies between the line and the axis.
        Fill = "fill",
        /// A bar for each band.
        Bars = "bars",
        /// Dots.
        Dots = "dots",
    }
}

named! {
    /// Which channels are seen.
    Stereo as "kind of stereo" {
        /// The mean of left and right.
        Mix = "mix",
        /// Left alone.
        Left = "left",
        /// Right alone.
        Right = "right",
        /// Left above right.
        Split = "split",
        /// Left and right over each other.
        Overlay = "overlay",
    }
}

named! {
    /// How values lie along an axis.
    Axis as "axis" {
        /// Equal ratios are equally far apart.
        Log = "log",
        /// Equal differences are.
        Linear = "linear",
    }
}

parameters! {
    /// The parameters of scope.
    Scope, ScopeDraft as "scope";

    /// How the sound is shown
    view: View = View::Wave, placeholder("VIEW");
    /// How a wave or a spectrum is drawn
    style: Style = Style::Line, placeholder("STYLE"), by_default("wave line, else bars"),
        only(Scope::has_style, "--view wave, bars or circle");
    /// The track that is seen, by name
    track: Option<String> = None, by_default("all that is heard");
    /// Which channels are seen
    stereo: Stereo = Stereo::Mix, placeholder("KIND"), only(Scope::has_stereo, "a view other than xy");
    /// How much of the sound is seen at once
    window: f64 = 0.04, placeholder("SECONDS"), within(0.001, 60.0, "seconds"), by_default("wave 0.04, spectrum 8"),
        only(Scope::has_window, "--view wave or spectrum"), still("it is how far is looked");
    /// A wave of up to a quarter of a second is shown from where it rises
    trigger: bool = true, off("Show the wave as time goes, not from where it rises"),
        only(Scope::is_wave, "--view wave");
    /// Bands of the spectrum
    bands: u32 = 64, within(3.0, 1024.0, "bands"), only(Scope::has_bands, "--view bars or circle"),
        still(ANALYSIS);
    /// The lowest frequency
    low: f64 = 40.0, placeholder("HERTZ"), within(1.0, 100_000.0, "hertz"), only(Scope::has_spectrum, SPECTRAL),
        still(ANALYSIS);
    /// The highest frequency
    high: f64 = 16_000.0, placeholder("HERTZ"), within(2.0, 200_000.0, "hertz"), only(Scope::has_spectrum, SPECTRAL),
        still(ANALYSIS);
    /// How frequencies lie along their axis
    frequencies: Axis = Axis::Log, placeholder("AXIS"), only(Scope::has_spectrum, SPECTRAL);
    /// How levels lie along their axis
    levels: Axis = Axis::Linear, placeholder("AXIS"), by_default("wave linear, else log"),
        only(Scope::has_levels, "a view other than xy");
    /// The level that is nothing, of levels on a logarithmic axis
    floor: f64 = -60.0, placeholder("DECIBELS"), within(-120.0, -6.0, "decibels"), by_default("spectrum -80, else -60"),
        only(Scope::has_floor, "--levels log");
    /// How much louder it is seen than heard
    gain: f64 = 0.0, placeholder("DECIBELS"), within(-120.0, 120.0, "decibels");
    /// How much louder highs are seen than lows, for each octave from 1 kHz on
    tilt: f64 = 3.0, placeholder("DECIBELS"), within(-20.0, 20.0, "decibels an octave"),
        only(Scope::has_spectrum, SPECTRAL), still(ANALYSIS);
    /// How long a bar takes to fall from the top
    fall: f64 = 0.6, placeholder("SECONDS"), within(0.0, 10.0, "seconds"), only(Scope::has_bands, "--view bars or circle"),
        still("it is how far is looked back");
    /// How long marks stay above bars
    peaks: f64 = 0.0, placeholder("SECONDS"), within(0.0, 10.0, "seconds"), only(Scope::is_bars, "--view bars"),
        still("it is how far is looked back");
    /// Samples of which a spectrum is taken, a power of two
    fft: u32 = 4096, placeholder("SAMPLES"), within(256.0, 65_536.0, "samples"), only(Scope::has_spectrum, SPECTRAL),
        still(ANALYSIS);
    /// Colours from the lowest level to the highest
    colormap: Option<Colormap> = None, by_default("bars and circle cool, spectrum magma");
    /// Colours from the lowest level to the highest, of your own
    palette: Option<Palette> = None, by_default("xy a green phosphor");
    /// Colour of a wave
    color: Color = Color([0x5e, 0xf1, 0xc8]), by_default("a light green"),
        only(Scope::has_color, "--view wave and neither colormap nor palette");
    /// Colour of the right channel, where left and right are seen
    right_color: Color = Color([0xff, 0xb4, 0x54]), by_default("orange"),
        only(Scope::has_color, "--view wave and neither colormap nor palette");
    /// Colour behind it, or none
    background: Ground = Ground::Color(Color([0x08, 0x09, 0x0d])), only(Scope::has_background, "a view other than spectrum");
    /// Width of lines, dots and of the beam
    width: f64 = 2.0, placeholder("PIXELS"), within(0.5, 100.0, "pixels"), only(Scope::has_background, "a view other than spectrum");
    /// How much of the place of a bar is left free
    gap: f64 = 0.25, placeholder("0..1"), within(0.0, 0.95, ""), only(Scope::has_bars, "--style bars");
    /// Bars grow from the middle in both directions
    mirror: bool = false, only(Scope::is_bars, "--view bars");
    /// From the middle to where levels begin, of half of the shorter side
    radius: f64 = 0.45, placeholder("0..1"), within(0.0, 0.95, ""), only(Scope::is_circle, "--view circle");
    /// How far it is turned, counter-clockwise
    angle: f64 = 0.0, placeholder("DEGREES"), within(-36_000.0, 36_000.0, "degrees"), only(Scope::turns, "--view circle or xy");
    /// How long the beam glows: after so long a third is left
    glow: f64 = 0.05, placeholder("SECONDS"), within(0.001, 1.0, "seconds"), only(Scope::is_xy, "--view xy"),
        still("it is how far is looked back");
    /// How bright the beam is
    brightness: f64 = 1.0, placeholder("X"), within(0.0, 1000.0, "times"), only(Scope::is_xy, "--view xy");
}

/// Why numbers of the analysis do not move.
const ANALYSIS: &str = "it is how the sound is measured, once for all frames";
const SPECTRAL: &str = "--view bars, spectrum or circle";

impl Scope {
    fn is_wave(&self) -> bool {
        self.view == View::Wave
    }

    fn is_bars(&self) -> bool {
        self.view == View::Bars
    }

    fn is_circle(&self) -> bool {
        self.view == View::Circle
    }

    fn is_xy(&self) -> bool {
        self.view == View::Xy
    }

    fn has_style(&self) -> bool {
        self.is_wave() || self.has_bands()
    }

    fn has_stereo(&self) -> bool {
        !self.is_xy()
    }

    fn has_window(&self) -> bool {
        matches!(self.view, View::Wave | View::Spectrum)
    }

    fn has_bands(&self) -> bool {
        self.is_bars() || self.is_circle()
    }

    fn has_spectrum(&self) -> bool {
        self.has_bands() || self.view == View::Spectrum
    }

    fn has_levels(&self) -> bool {
        !self.is_xy()
    }

    fn has_floor(&self) -> bool {
        self.has_levels() && self.levels == Axis::Log
    }

    fn has_color(&self) -> bool {
        self.is_wave() && self.colormap.is_none() && self.palette.is_none()
    }

    fn has_background(&self) -> bool {
        self.view != View::Spectrum
    }

    fn has_bars(&self) -> bool {
        self.has_bands() && self.style == Style::Bars
    }

    fn turns(&self) -> bool {
        self.is_circle() || self.is_xy()
    }

    /// What holds in a view where nothing is said.
    fn of_view(view: View) -> Self {
        let scope = Self { view, ..Self::default() };
        let bands = Self { style: Style::Bars, levels: Axis::Log, ..scope.clone() };
        match view {
            View::Wave => scope,
            View::Bars | View::Circle => Self { colormap: Some(Colormap::COOL), ..bands },
            View::Spectrum => Self {
                colormap: Some(Colormap::MAGMA),
                window: 8.0,
                floor: -80.0,
                style: Style::Line,
                ..bands
            },
            View::Xy => Self { palette: phosphor().ok(), ..scope },
        }
    }

    /// How high a level is drawn, 0 (nothing) to 1: a sine at full scale has 0 decibels, and 1.
    fn height(&self, decibels: f32) -> f32 {
        let decibels = decibels + self.gain as f32;
        match self.levels {
            Axis::Log => (1.0 - decibels / self.floor as f32).clamp(0.0, 1.0),
            Axis::Linear => libm::powf(10.0, decibels / 20.0).min(1.0),
        }
    }

    /// The colours from the lowest level to the highest.
    fn table(&self) -> Vec<[u8; 3]> {
        shades(self.colormap, self.palette.as_ref())
    }

    /// Checks what the description of one parameter cannot say.
    fn check(&self) -> Result<(), Invalid> {
        let refuse = |key: &str, value: &dyn ToString, reason: &str| {
            Err(Invalid::new(&format!("scope.{key}"), value.to_string(), reason))
        };
        if self.has_spectrum() && !self.fft.is_power_of_two() {
            return refuse("fft", &self.fft, "a power of two is expected: 1024, 2048, 4096 ...");
        }
        if self.has_spectrum() && self.high <= self.low {
            return refuse("high", &self.high, &format!("it must be above low, {}", self.low));
        }
        match (self.view, self.style, self.stereo) {
            (View::Wave, Style::Bars, _) => {
                refuse("style", &self.style, "a wave is a line, fill or dots")
            }
            (View::Bars | View::Circle | View::Spectrum, _, Stereo::Overlay) => {
                refuse("stereo", &self.stereo, "only waves are seen over each other")
            }
            (View::Bars, ..) if self.mirror && self.stereo == Stereo::Split => {
                refuse("mirror", &"", "left and right are mirrored already: --stereo split")
            }
            _ => Ok(()),
        }
    }
}

/// From dark to what is brightest.
fn phosphor() -> Result<Palette, String> {
    "#000000,#06381c,#0fae55,#5dffa0,#e8fff0".parse()
}

impl Parameters for Scope {
    fn about() -> &'static str {
        "Sound as it is seen: its wave, its spectrum, or an oscilloscope in X-Y mode"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render scope --sound track.flac
  genmedia render scope --view bars --peaks 0.5 --sound track.flac
  genmedia render scope --view spectrum --window 20 --sound track.flac
  genmedia render scope --view xy --angle 45 --size 1080x1080 --sound track.flac

It draws what is heard: a track of --sound, all of them together, or one by its name. Levels are those of the \
film, where full scale is 0 dB; --gain shows what is soft. A spectrum at a frame is that of the sound around its middle."
    }

    fn resolve(draft: ScopeDraft, clip: Clip) -> Result<Self, Invalid> {
        let view = draft.view.unwrap_or(View::Wave);
        let mut base = Self::of_view(view);
        if draft.colormap.is_some() || draft.palette.is_some() {
            (base.colormap, base.palette) = (None, None);
        }
        let scope = draft.over(base, clip)?;
        if let (Some(map), Some(_)) = (&scope.colormap, &scope.palette) {
            return Err(Invalid::new("scope.colormap", map, "a colormap or a palette, not both"));
        }
        scope.check()?;
        Ok(scope)
    }

    fn size(&self) -> Size {
        Size::new(1280, 720)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        Box::new(ScopeGenerator::new(self, stage))
    }

    fn is_moved_by_itself() -> bool {
        true
    }

    fn seen(&self) -> Vec<Seen> {
        vec![self.track.clone().map_or(Seen::Sound, Seen::Track)]
    }

    fn content(&self) -> Content {
        Content::Smooth
    }

    /// What is known of each pixel, and the sound that is looked at.
    fn memory(&self, size: Size) -> u64 {
        let each = match self.view {
            View::Wave | View::Bars => 0,
            View::Spectrum => 2 + 2,
            View::Circle => 12,
            View::Xy => 2 * 10,
        };
        // Sound at 192 kHz, held three times: both channels, one of them, and its places in the picture.
        let seconds = if self.is_wave() { self.window } else { 0.0 } + 2.0;
        let heard = (seconds * 192_000.0) as u64 * 8 * 3;
        // The levels of earlier frames, at 240 frames a second.
        let seconds = if self.has_bands() { self.fall + self.peaks } else { 0.0 };
        let levels = u64::from(self.bands) * 8 * (seconds * 240.0) as u64;
        size.pixels() as u64 * each + heard + levels
    }

    fn is_transparent(&self) -> bool {
        self.has_background() && self.background == Ground::None
    }
}
