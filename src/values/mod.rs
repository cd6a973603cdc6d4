//! The small values a recipe is made of, each written as users type it.

mod bitrate;
mod clip;
mod color;
mod curve;
mod moving;
mod named;
mod pairs;
mod place;
mod table;
mod value;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use bitrate::Bitrate;
pub use clip::Clip;
pub(crate) use clip::rounds;
pub use color::{Color, Ground};
pub use curve::{Course, Curve, Now};
pub use moving::{Moving, Typed};
pub(crate) use named::named;
pub use pairs::Pairs;
pub(crate) use place::at_commas;
pub use place::{Anchor, Place};
pub(crate) use table::{bare, embedded};
pub use value::{Form, Value, Written, whole, whole_in};
pub(crate) use value::{one, written_as_text};

use crate::formula;

/// Width and height in pixels, written `1024x768`; each 1 to 65535.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// A size; both sides at least 1.
    pub const fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    /// Pixels in all.
    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a size is WIDTHxHEIGHT in pixels, such as 1024x768";
        let (w, h) = text.split_once(['x', 'X', '×']).ok_or(form)?;
        let side = |s: &str| -> Result<u32, String> {
            let s = s.trim();
            if s.is_empty() || !s.bytes().all(|b| b.is_ascii_digit()) {
                return Err(form.to_string());
            }
            match s.parse::<u32>() {
                Ok(n @ 1..=65535) => Ok(n),
                _ => Err(format!("{s} is out of range, each side is 1 to 65535 pixels")),
            }
        };
        Ok(Self::new(side(w)?, side(h)?))
    }
}

/// Frames a second as an exact ratio, written `30`, `29.97` or `30000/1001`; 1/1000 to 1000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRate {
    /// Numerator, at least 1.
    pub num: u32,
    /// Denominator, at least 1.
    pub den: u32,
}

impl FrameRate {
    /// 30.
    pub const DEFAULT: Self = Self { num: 30, den: 1 };

    /// `num / den` frames a second, reduced to lowest terms; `None` outside 1/1000 to 1000.
    pub fn new(num: u64, den: u64) -> Option<Self> {
        if num == 0 || den == 0 || num > den.saturating_mul(1000) || den > num.saturating_mul(1000)
        {
            return None;
        }
        let (mut a, mut b) = (num, den);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        // H.264 writes twice the numerator in 32 bits, and MP4 the numerator as its time scale.
        let fits = |n: u64| u32::try_from(n).ok().filter(|n| *n <= 100_000_000);
        Some(Self { num: fits(num / a)?, den: fits(den / a)? })
    }

    /// Frames a second, rounded to f64.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// Seconds that `frames` frames last.
    pub fn seconds(self, frames: u64) -> f64 {
        frames as f64 * f64::from(self.den) / f64::from(self.num)
    }

    /// The number of frames that comes nearest to `micros` microseconds.
    pub fn frames(self, micros: u64) -> u64 {
        let frames = u128::from(micros) * u128::from(self.num);
        let second = u128::from(self.den) * 1_000_000;
        u64::try_from((frames + second / 2) / second).unwrap_or(u64::MAX)
    }

    /// The frame that is seen `micros` microseconds after the beginning, which are rounded to the nearest.
    pub fn at(self, micros: u64) -> u64 {
        let passed = (2 * u128::from(micros) + 1) * u128::from(self.num);
        u64::try_from(passed / (u128::from(self.den) * 2_000_000)).unwrap_or(u64::MAX)
    }

    /// Units that have passed when frame `frame` begins, of which there are `rate` in a second,
    /// rounded down.
    pub fn units(self, frame: u64, rate: u32) -> u64 {
        let units = u128::from(frame) * u128::from(rate) * u128::from(self.den);
        u64::try_from(units / u128::from(self.num)).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.den {
            1 => write!(f, "{}", self.num),
            den => write!(f, "{}/{den}", self.num),
        }
    }
}

impl FromStr for FrameRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "a rate is frames a second, such as 30, 23.976 or 30000/1001";
        let text = text.trim();
        let digits =
            |s: &str| !s.is_empty() && s.len() < 16 && s.bytes().all(|b| b.is_ascii_digit());
        let number = |s: &str| s.parse::<u64>().map_err(|_| form.to_string());
        let (num, den) = if let Some((n, d)) = text.split_once('/') {
            if !digits(n) || !digits(d) {
                return Err(form.into());
            }
            (number(n)?, number(d)?)
        } else if let Some((whole, part)) = text.split_once('.') {
            if !digits(whole) || !digits(part) || part.len() > 6 || whole.len() > 9 {
                return Err(format!("{form}, with up to 6 decimals"));
            }
            let den = 10u64.pow(part.len() as u32);
            (number(whole)? * den + number(part)?, den)
        } else {
            if !digits(text) {
                return Err(form.into());
            }
            (number(text)?, 1)
        };
        Self::new(num, den).ok_or_else(|| {
            "a rate is between 1/1000 and 1000 frames a second (terms up to 100000000)".to_string()
        })
    }
}

/// A stretch of the real line, written `-4..4`; ends may be constant formulas (`0..2*pi`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Where it starts.
    pub start: f64,
    /// Where it ends; may be below `start`.
    pub end: f64,
}

impl Span {
    /// From `start` to `end`, both finite.
    pub const fn new(start: f64, end: f64) -> Self {
        Self { start, end }
    }

    /// The point at `t`: 0 gives exactly `start`, 1 exactly `end`.
    pub fn at(self, t: f64) -> f64 {
        self.start * (1.0 - t) + self.end * t
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (start, end) =
            text.split_once("..").ok_or("a range is START..END, such as -4..4 or 0..2*pi")?;
        let end_of = |s: &str| -> Result<f64, String> {
            let v = formula::constant(s).map_err(|e| format!("'{}': {e}", s.trim()))?;
            if v.abs() <= 1e300 { Ok(v) } else { Err(format!("'{}' is not finite", s.trim())) }
        };
        Ok(Self { start: end_of(start)?, end: end_of(end)? })
    }
}

named! {
    /// How a picture of another shape goes into the frame.
    #[derive(Default)]
    Fit as "fit" {
        /// The whole picture, with nothing beside it.
        #[default]
        Pad = "pad",
        /// The whole frame, with the picture cut at two sides.
        Crop = "crop",
        /// Every corner in its corner.
        Stretch = "stretch",
    }
}

/// Serde through `Display` and `FromStr`, accepting plain TOML numbers where they read the same.
macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(untagged)]
                enum Given {
                    Text(String),
                    Integer(i64),
                    Float(f64),
                }
                let text = match Given::deserialize(d)
                    .map_err(|_| de::Error::custom("expected text or a number"))?
                {
                    Given::Text(text) => text,
                    Given::Integer(n) => n.to_string(),
                    Given::Float(x) => x.to_string(),
                };
                text.parse().map_err(|e| de::Error::custom(format!("'{text}': {e}")))
            }
        }
    )*};
}
as_text!(Size, FrameRate, Span, Color, Ground, Place);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_seen_from_its_beginning_on() {
        let rate = FrameRate { num: 30_000, den: 1001 };
        assert_eq!(
            [0, 33_366, 33_367, 66_733, 1_001_000].map(|micros| rate.at(micros)),
            [0, 0, 1, 2, 30]
        );
    }
    use proptest::prelude::*;

    #[test]
    fn rates_are_exact_ratios() {
        let rate = |s: &str| s.parse::<FrameRate>().map(|r| (r.num, r.den));
        assert_eq!(rate("30"), Ok((30, 1)));
        assert_eq!(rate("29.97"), Ok((2997, 100)));
        assert_eq!(rate("60000/2002"), Ok((30000, 1001)));
        assert_eq!(rate("12.50"), Ok((25, 2)));
        for bad in ["0", "-1", "1/0", "0/5", "1001", "1/1001", "", "30fps", "1e3", "1.2345678"] {
            assert!(rate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn frames_come_nearest_to_a_time() {
        let ntsc = FrameRate { num: 30_000, den: 1001 };
        assert_eq!(FrameRate::DEFAULT.frames(10_000_000), 300);
        assert_eq!((ntsc.frames(10_000_000), ntsc.frames(3_600_000_000)), (300, 107_892));
        assert_eq!((FrameRate::DEFAULT.frames(16_666), FrameRate::DEFAULT.frames(16_667)), (0, 1));
    }

    #[test]
    fn sizes_refuse_nonsense() {
        assert_eq!("640x480".parse(), Ok(Size::new(640, 480)));
        for bad in ["0x5", "5x0", "x", "640", "640x", "-1x5", "70000x5", "+5x5", "1e3x5", "5x5x5"] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }

    #[test]
    fn spans_take_formulas_and_refuse_the_infinite() {
        assert_eq!("-4..4".parse(), Ok(Span::new(-4.0, 4.0)));
        assert_eq!("0..2*pi".parse(), Ok(Span::new(0.0, std::f64::consts::TAU)));
        for bad in ["4", "..", "1..x", "0..1e999", "nan..1"] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(w in 1u32..=65535, h in 1u32..=65535, n in 1u64..100_000,
            d in 1u64..2000, a in -1e6f64..1e6, b in -1e-6f64..1e6, c: [u8; 3]) {
            let size = Size::new(w, h);
            prop_assert_eq!(size.to_string().parse(), Ok(size));
            if let Some(rate) = FrameRate::new(n, d) {
                prop_assert_eq!(rate.to_string().parse(), Ok(rate));
            }
            let span = Span::new(a, b);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
            let color = Color(c);
            prop_assert_eq!(color.to_string().parse(), Ok(color));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = (text.parse::<Size>(), text.parse::<FrameRate>(), text.parse::<Span>());
            let _ = text.parse::<Color>();
        }
    }
}
