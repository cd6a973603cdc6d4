//! A film's pictures by time, in any order.

use ffmpeg_next::codec::context::Context;
use ffmpeg_next::codec::{Id, threading};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error as AvError, Rational, Rescale, Stream, decoder, ffi};

use super::alpha::open_decoder;
use super::files::failed_at;
use super::light::peak;
use super::location::Location;
use super::probe::{MICROS, open_film, time_zero, video_stream};
use super::track::{From, is_seekable, receive, seek};
use super::turn::Turn;
use crate::cancel::Cancel;
use crate::error::{Error, Result};

/// How long before its picture a time may lie, in microseconds. Playlists round to milliseconds, and so do some films:
/// together that is up to a millisecond. It is a quarter of a frame, within these limits.
const TOLERANCE: (i64, i64) = (500, 1_001);
/// How far ahead it is quicker to decode than to seek, where the film has no index, in
/// microseconds.
const NEAR: i64 = 4_000_000;

/// Reads pictures of one film.
pub struct FilmReader {
    at: Location,
    input: Input,
    index: usize,
    time_base: Rational,
    /// By how much a time may lie before the picture that it means, in microseconds.
    tolerance: i64,
    /// The time of the film's beginning, in microseconds.
    zero: i64,
    decoder: decoder::Video,
    /// The picture that is shown, and when it begins.
    shown: Option<(i64, Video)>,
    /// The one after it.
    next: Option<(i64, Video)>,
    ended: bool,
    from: From,
    /// When the film's first picture is shown, once it is known.
    first: Option<i64>,
    /// Set where the film cannot be sought, and once a picture was damaged after a seek: its pictures need what stands
    /// before them. From then on the film is read in order.
    in_order: bool,
    turn: Turn,
    /// How bright it is at most, in nits, if it says so.
    peak: Option<u32>,
    cancel: Cancel,
}

impl FilmReader {
    /// Opens the film at `at`. Reading ends with [`Error::Interrupted`] once `cancel` is set.
    ///
    /// # Errors
    /// It cannot be read, or holds no video that FFmpeg decodes.
    pub fn open(at: &Location, cancel: &Cancel) -> Result<Self> {
        let input = open_film(at)?;
        let index = video_stream(&input, at)?;
        let failed = |e| failed_at("decode", at.clone())(e);
        let stream = input.stream(index).ok_or(AvError::StreamNotFound).map_err(failed)?;
        let (time_base, decoder) = (stream.time_base(), decoder(&stream).map_err(failed)?);
        let rate = stream.avg_frame_rate();
        let step = match rate.numerator() > 0 && rate.denominator() > 0 {
            true => 1.rescale(rate.invert(), MICROS),
            false => i64::MAX,
        };
        let tolerance = (step / 4).clamp(TOLERANCE.0, TOLERANCE.1);
        let (turn, peak, zero) = (Turn::of(&stream), peak(&stream), time_zero(&input));
        let in_order = !is_seekable(&input);
        Ok(Self {
            at: at.clone(),
            input,
            index,
            time_base,
            tolerance,
            zero,
            decoder,
            shown: None,
            next: None,
            ended: false,
            from: From::Next,
            first: None,
            in_order,
            turn,
            peak,
            cancel: cancel.clone(),
        })
    }

    /// How its pictures are to be turned.
    pub(super) fn turn(&self) -> Turn {
        self.turn
    }

    /// How bright its pictures are at most, in nits, if it says so.
    pub(super) fn peak(&self) -> Option<u32> {
        self.peak
    }

    /// The picture that is on the screen `time` microseconds after the film's beginning, and the
    /// time when it came there; after the film's end the last one.
    ///
    /// # Errors
    /// The film cannot be read, none of its pictures can be decoded, or `cancel` was set.
    pub fn at(&mut self, time: u64) -> Result<(i64, &Video)> {
        let time = i64::try_from(time).unwrap_or(i64::MAX).saturating_add(self.tolerance);
        if self.is_far(time) {
            self.seek(time)?;
        }
        loop {
            if self.next.is_none() && !self.ended {
                self.next = self.decode()?;
            }
            match self.next.take() {
                Some(next) if next.0 <= time || self.shown.is_none() => self.shown = Some(next),
                next => {
                    self.next = next;
                    break;
                }
            }
        }
        match &self.shown {
            Some((since, picture)) => Ok((*since, picture)),
            None => Err(Error::Media {
                what: self.at.to_string(),
                reason: "none of its pictures can be decoded".into(),
            }),
        }
    }

    /// True if decoding on would not reach `time`, or not soon.
    fn is_far(&mut self, time: i64) -> bool {
        let Some((since, _)) = self.shown else { return time > NEAR && !self.in_order };
        if time < since {
            return self.first != Some(since);
        }
        if self.in_order {
            return false;
        }
        // From a later key frame than what is decoded already, the pictures before it need not be decoded.
        let reached = self.next.as_ref().map_or(since, |(next, _)| *next);
        let wanted = self.stream_time(time);
        // SAFETY: the stream belongs to the open input, and the entry is read before the next call
        // that could change the index.
        let key = unsafe {
            let stream = *(*self.input.as_mut_ptr()).streams.add(self.index);
            let flag = ffi::AVSEEK_FLAG_BACKWARD;
            ffi::avformat_index_get_entry_from_timestamp(stream, wanted, flag)
                .as_ref()
                .map(|entry| entry.timestamp)
        };
        match key {
            Some(key) => self.micros(key) > reached,
            None => time - reached > NEAR,
        }
    }

    /// Seeks to a key frame from which the picture at `time` can be decoded.
    fn seek(&mut self, time: i64) -> Result<()> {
        if self.in_order {
            return self.begin_anew();
        }
        let mut back = 0;
        loop {
            let target = self.stream_time((time - back).max(0));
            if seek(&mut self.input, self.index, target).is_err() {
                return self.begin_anew();
            }
            self.forget()?;
            (self.shown, self.ended) = (None, false);
            self.from = From::sought(&self.input);
            self.next = self.decode()?;
            if self.next.as_ref().is_some_and(|(_, picture)| is_damaged(picture)) {
                self.in_order = true;
                return self.begin_anew();
            }
            // The first picture may be later than `time`: the leading pictures of an open GOP are not decoded after
            // a seek, and the index holds DTS, which are earlier than PTS. Then it seeks further back.
            match &self.next {
                Some((since, _)) if *since <= time => return Ok(()),
                // Some formats seek behind the beginning too.
                _ if back >= time => return self.begin_anew(),
                _ => back = (back * 4).max(1_000_000),
            }
        }
    }

    /// Has the decoder forget what it has read. Some keep parameter sets, which need not be those of another place.
    fn forget(&mut self) -> Result<()> {
        if !matches!(self.decoder.id(), Id::H264 | Id::HEVC) {
            self.decoder.flush();
            return Ok(());
        }
        if let Some(stream) = self.input.stream(self.index) {
            self.decoder = decoder(&stream).map_err(failed_at("decode", self.at.clone()))?;
        }
        Ok(())
    }

    /// Reads the film from its beginning, for want of a place to seek.
    fn begin_anew(&mut self) -> Result<()> {
        let in_order = self.in_order;
        *self = Self { in_order, ..Self::open(&self.at, &self.cancel)? };
        self.next = self.decode()?;
        self.first = self.next.as_ref().map(|(since, _)| *since);
        Ok(())
    }

    /// The next picture in order of time; `None` at the end. What is damaged is left out.
    fn decode(&mut self) -> Result<Option<(i64, Video)>> {
        // There may be hundreds of pictures from a key frame to the one that is wanted.
        if self.cancel.is_cancelled() {
            return Err(Error::Interrupted);
        }
        let mut picture = Video::empty();
        let (decoder, from) = (&mut self.decoder, &mut self.from);
        let received = receive(&mut self.input, self.index, decoder, from, &mut picture);
        self.ended = !received.map_err(failed_at("read", self.at.clone()))?;
        let time = picture.timestamp().map_or(0, |t| self.micros(t));
        Ok((!self.ended).then_some((time, picture)))
    }

    /// A time of the stream, in microseconds from the film's beginning.
    fn micros(&self, time: i64) -> i64 {
        time.rescale(self.time_base, MICROS) - self.zero
    }

    /// Microseconds from the film's beginning, as a time of the stream.
    fn stream_time(&self, micros: i64) -> i64 {
        (micros + self.zero).rescale(MICROS, self.time_base)
    }
}

/// A decoder of the pictures of `stream`.
fn decoder(stream: &Stream) -> Result<decoder::Video, AvError> {
    let mut context = Context::from_parameters(stream.parameters())?;
    // Films are read by many workers at once, each with its own reader.
    context.set_threading(threading::Config::count(1));
    // SAFETY: the context is valid and not yet open; decoders guess missing times with it.
    unsafe { (*context.as_mut_ptr()).pkt_timebase = stream.time_base().into() };
    open_decoder(stream, context)
}

/// True if the decoder had to guess parts of the picture.
pub(super) fn is_damaged(picture: &Video) -> bool {
    // SAFETY: the frame is valid; a plain number.
    picture.is_corrupt() || unsafe { (*picture.as_ptr()).decode_error_flags != 0 }
}
