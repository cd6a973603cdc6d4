//! A file's sound from its beginning to its end: two channels at one rate.
//!
//! Nothing is ever sought. In many formats a seek is not exact, and what a decoder gives depends on what it decoded
//! before. Counted from the beginning, every sample has one place and one value.

use ffmpeg_next::format::Sample;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::frame::Audio;
use ffmpeg_next::{ChannelLayout, Error as AvError, Rational, Rescale, decoder, media};

use super::Samples;
use super::reader::{Form, decoder_of, silence, stereo};
use crate::error::{Error, Result};
use crate::media::files::failed_at;
use crate::media::graph::Chain;
use crate::media::location::Location;
use crate::media::probe::{MICROS, open_probed, time_zero};
use crate::media::track::{From, receive_noting};

/// A gap that is shorter than this, in seconds, is none: times are rounded, and encoders begin a little late.
const GAP: f64 = 0.1;
/// One that is shorter than this, in seconds, is none where something could not be decoded.
const LOST: f64 = 0.002;
/// One that is longer is a mistake of the file's.
pub(super) const LONGEST_GAP: f64 = 3600.0;

/// The sound of a file, in order.
pub struct SoundStream {
    at: Location,
    input: Input,
    index: usize,
    time_base: Rational,
    zero: i64,
    decoder: decoder::Audio,
    /// Samples a second that are asked for.
    rate: u32,
    chain: Option<(Form, Chain)>,
    /// Seconds of sound that were decoded.
    decoded: f64,
    /// Sound that comes behind a gap, and how many samples of silence are left of that.
    waiting: Option<(Audio, usize)>,
    /// Where something could not be decoded or is missing, in seconds, until it is told.
    damage: Option<f64>,
    ended: bool,
}

impl SoundStream {
    /// Opens the sound of the file at `at`, to be read at `rate` samples a second.
    ///
    /// # Errors
    /// The file cannot be read, holds no sound, or FFmpeg cannot decode it.
    pub fn open(at: &Location, rate: u32) -> Result<Self> {
        let input = open_probed(at)?;
        let none =
            || Error::Media { what: at.to_string(), reason: "there is no sound in it".into() };
        let stream = input.streams().best(media::Type::Audio).ok_or_else(none)?;
        let (index, time_base) = (stream.index(), stream.time_base());
        let decoder = decoder_of(&stream).map_err(failed_at("decode", at.clone()))?;
        let zero = time_zero(&input);
        Ok(Self {
            at: at.clone(),
            input,
            index,
            time_base,
            zero,
            decoder,
            rate,
            chain: None,
            decoded: 0.0,
            waiting: None,
            damage: None,
            ended: false,
        })
    }

    /// Where something could not be decoded or is missing since this was last asked, in seconds from the file's beginning.
    pub fn damage(&mut self) -> Option<f64> {
        self.damage.take()
    }

    /// Adds the next samples to `out`, some at least. False at the end.
    ///
    /// # Errors
    /// The file cannot be read, or its sound not be converted.
    pub fn next(&mut self, out: &mut Samples) -> Result<bool> {
        let before = out[0].len();
        while out[0].len() == before {
            if self.ended {
                return Ok(false);
            }
            self.feed(out).map_err(failed_at("decode", self.at.clone()))?;
        }
        Ok(true)
    }

    /// Decodes some more, and converts it.
    fn feed(&mut self, out: &mut Samples) -> Result<(), AvError> {
        if let Some((sound, left)) = self.waiting.take() {
            return self.wait(sound, left, out);
        }
        let mut sound = Audio::empty();
        let mut from = From::Next;
        let mut is_damaged = false;
        let (input, decoder) = (&mut self.input, &mut self.decoder);
        let is_there =
            receive_noting(input, self.index, decoder, &mut from, &mut sound, &mut is_damaged)?;
        if !is_there {
            self.ended = true;
            return self.flush(out);
        }
        if sound.channel_layout().bits() == 0 {
            let channels = i32::from(sound.channels());
            sound.set_channel_layout(ChannelLayout::default(channels));
        }
        if sound.samples() == 0 || sound.rate() == 0 {
            return Ok(());
        }
        let form = Form::of(&sound);
        if self.chain.as_ref().is_none_or(|(of, _)| *of != form) {
            self.flush(out)?;
            self.chain = Some((form, stereo(form, self.rate)?));
        }
        let begin = sound.timestamp().map(|time| time.rescale(self.time_base, MICROS) - self.zero);
        let gap = begin.map_or(0.0, |begin| begin as f64 / 1e6 - self.decoded);
        let least = if is_damaged { LOST } else { GAP };
        let is_gap = (least..LONGEST_GAP).contains(&gap);
        // Before all else sound may come late, and encoders leave what cannot be decoded.
        // In Ogg a chain's next headers cannot be decoded either; there, what is lost leaves a gap.
        let is_lost = is_damaged && self.input.format().name() != "ogg";
        if (is_lost || is_gap) && self.decoded > 0.0 {
            self.damage.get_or_insert(self.decoded);
        }
        if is_gap {
            self.decoded += gap;
            return self.wait(sound, (gap * f64::from(form.rate)).round() as usize, out);
        }
        self.wait(sound, 0, out)
    }

    /// Gives a second of silence, as long as so many samples are left of it, and then the sound behind it.
    fn wait(&mut self, sound: Audio, left: usize, out: &mut Samples) -> Result<(), AvError> {
        let Some((form, chain)) = &mut self.chain else { return Ok(()) };
        if left > 0 {
            let count = left.min(form.rate as usize);
            chain.push(Some(&silence(*form, count)))?;
            self.waiting = Some((sound, left - count));
            return self.pull(out);
        }
        chain.push(Some(&sound))?;
        self.decoded += sound.samples() as f64 / f64::from(form.rate);
        self.pull(out)
    }

    /// Takes what the chain still holds.
    fn flush(&mut self, out: &mut Samples) -> Result<(), AvError> {
        if let Some((_, chain)) = &mut self.chain {
            chain.push(None)?;
        }
        self.pull(out)
    }

    /// Takes what the chain has made.
    fn pull(&mut self, out: &mut Samples) -> Result<(), AvError> {
        let mut sound = Audio::empty();
        while let Some((_, chain)) = &mut self.chain {
            if !chain.pull(&mut sound)? {
                break;
            }
            debug_assert_eq!(
                sound.format(),
                Sample::F32(ffmpeg_next::format::sample::Type::Planar)
            );
            for (out, channel) in out.iter_mut().zip(0..) {
                out.extend_from_slice(sound.plane::<f32>(channel));
            }
        }
        Ok(())
    }
}
