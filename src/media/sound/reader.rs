//! A film's sound by time, in any order: two channels at one rate.

use ffmpeg_next::codec::context::Context;
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::frame::Audio;
use ffmpeg_next::{ChannelLayout, Error as AvError, Rational, Rescale, decoder, ffi, media};

use super::Samples;
use crate::error::Result;
use crate::media::files::failed_at;
use crate::media::graph::Chain;
use crate::media::location::Location;
use crate::media::probe::{MICROS, open_film, time_zero};
use crate::media::track::{From, receive, seek};
use crate::media::versions::for_sound;

/// What is decoded before the first sample that counts: codecs need some to get going. In seconds.
const PREROLL: f64 = 0.25;
/// By how much a packet's time may differ from where its samples fall, in seconds: containers round
/// to milliseconds. Beyond it is a gap.
const JITTER: f64 = 0.05;

/// Reads the sound of one film.
pub struct SoundReader {
    at: Location,
    track: Track,
    /// Samples a second that are asked for.
    rate: u32,
    /// What is decoded and not yet given, and the sample it begins with.
    ready: Samples,
    first: i64,
    /// The sample that decoding was begun for.
    begun: Option<i64>,
    chain: Option<(Form, Chain)>,
    /// Samples of the source that went into the chain, as a position in the film.
    fed: i64,
    /// The place in the source from which the chain was fed.
    origin: i64,
    /// Decoded sound that begins later than what went into the chain, and where; silence comes before it.
    waiting: Option<(i64, Audio)>,
    ended: bool,
}

/// The sound as it is stored.
struct Track {
    input: Input,
    index: usize,
    time_base: Rational,
    zero: i64,
    decoder: decoder::Audio,
    /// Samples a second: at the film's beginning, and of what was decoded last.
    first_rate: u32,
    rate: u32,
    /// Samples that the encoder put in front.
    padding: i64,
}

impl Track {
    fn open(at: &Location) -> Result<Option<Self>> {
        let input = open_film(at)?;
        let failed = |e| failed_at("decode", at.clone())(e);
        let Some(stream) = input.streams().best(media::Type::Audio) else { return Ok(None) };
        let (index, time_base) = (stream.index(), stream.time_base());
        let decoder = decoder_of(&stream).map_err(failed)?;
        let (rate, zero) = (decoder.rate(), time_zero(&input));
        // SAFETY: the parameters belong to the stream; the field is a plain number.
        let padding = unsafe { (*stream.parameters().as_ptr()).initial_padding }.into();
        if rate == 0 {
            return Err(failed(AvError::InvalidData));
        }
        Ok(Some(Self { input, index, time_base, zero, decoder, first_rate: rate, rate, padding }))
    }

    /// The sample that decoded sound begins with, counted from the film's beginning.
    fn first_sample(&self, sound: &Audio) -> i64 {
        let rate = i64::from(self.rate);
        let sample = Rational::new(1, self.rate as i32);
        let first = sound.timestamp().unwrap_or(0).rescale(self.time_base, sample);
        let is_coarse = f64::from(self.time_base) > 1.0 / rate as f64;
        let size = sound.samples() as i64;
        let first = match is_coarse && size > 0 {
            // Times are rounded, to milliseconds mostly, but packets of one size lie on a grid.
            true => {
                let exact =
                    (first + self.padding + size / 2).div_euclid(size) * size - self.padding;
                if (exact - first).abs() <= rate / 1000 { exact } else { first }
            }
            false => first,
        };
        first - self.zero.rescale(MICROS, sample)
    }

    /// The next decoded samples; `None` at the end.
    fn decode(&mut self, at: &Location) -> Result<Option<Audio>> {
        let mut sound = Audio::empty();
        let (decoder, mut from) = (&mut self.decoder, From::Next);
        let received = receive(&mut self.input, self.index, decoder, &mut from, &mut sound);
        let is_there = received.map_err(failed_at("read", at.clone()))?;
        if sound.channel_layout().bits() == 0 {
            let channels = i32::from(sound.channels());
            sound.set_channel_layout(ChannelLayout::default(channels));
        }
        Ok(is_there.then_some(sound))
    }
}

impl SoundReader {
    /// Opens the sound of the film at `at`, to be read at `rate` samples a second; `None` if it
    /// has none.
    ///
    /// # Errors
    /// The film cannot be read, or FFmpeg has no decoder for its sound.
    pub fn open(at: &Location, rate: u32) -> Result<Option<Self>> {
        let Some(track) = Track::open(at)? else { return Ok(None) };
        Ok(Some(Self {
            at: at.clone(),
            track,
            rate,
            ready: Samples::default(),
            first: i64::MIN,
            begun: None,
            chain: None,
            fed: 0,
            origin: 0,
            waiting: None,
            ended: false,
        }))
    }

    /// Adds `count` samples to `out`, from sample `first` after the film's beginning on; silence where the film has none.
    /// They are those that come when decoding begins for sample `from`, which is not behind `first`: in many formats they
    /// depend on it.
    ///
    /// # Errors
    /// The film cannot be read, or its sound not be converted.
    pub fn read(&mut self, from: i64, first: i64, count: usize, out: &mut Samples) -> Result<()> {
        let end = first + count as i64;
        if self.begun != Some(from) || first < self.first {
            if self.begun.take().is_some()
                && let Some(track) = Track::open(&self.at)?
            {
                // What was read before is not to matter: decoders and demuxers carry their state over.
                self.track = track;
            }
            self.seek(from)?;
            self.begun = Some(from);
        }
        while self.end() < end && !self.ended {
            self.fill()?;
            // What lies before is not asked for any more.
            let old = usize::try_from(first - self.first).unwrap_or(0).min(self.ready[0].len());
            self.ready.iter_mut().for_each(|channel| drop(channel.drain(..old)));
            self.first += old as i64;
        }
        for (channel, out) in self.ready.iter().zip(out) {
            for at in first..end {
                let sample = usize::try_from(at - self.first).ok().and_then(|i| channel.get(i));
                out.push(sample.copied().unwrap_or(0.0));
            }
        }
        Ok(())
    }

    fn end(&self) -> i64 {
        self.first + self.ready[0].len() as i64
    }

    /// Goes to where decoding gives sample `first`, where the two rates fall together: so a sample
    /// is the same wherever reading began.
    fn seek(&mut self, first: i64) -> Result<()> {
        self.track.rate = self.track.first_rate;
        let (from, to) = (i64::from(self.track.rate), i64::from(self.rate));
        let (step_in, step_out) = steps(self.track.rate, self.rate);
        let preroll = (PREROLL * to as f64) as i64;
        let steps = (first - preroll).max(0) / step_out;
        (self.origin, self.first) = (steps * step_in, steps * step_out);
        let lead = (PREROLL * from as f64) as i64;
        // At its beginning a track is read as it is: a packet there may be from before the first sample.
        let target = self.origin - lead;
        let is_lost = target > 0 && {
            let target = target.rescale((1, from as i32), MICROS);
            let target = (target + self.track.zero).rescale(MICROS, self.track.time_base);
            seek(&mut self.track.input, self.track.index, target).is_err()
        };
        if is_lost && let Some(track) = Track::open(&self.at)? {
            self.track = track;
        }
        self.ready.iter_mut().for_each(Vec::clear);
        (self.chain, self.fed, self.ended) = (None, self.origin, false);
        self.waiting = None;
        Ok(())
    }

    /// Decodes some more, or gives up to a second of silence where the film has a gap.
    fn fill(&mut self) -> Result<()> {
        let at = self.at.clone();
        let failed = |e: AvError| failed_at("decode", at.clone())(e);
        let decoded = match self.waiting.take() {
            Some((place, sound)) => Some((Some(place), sound)),
            None => self.track.decode(&self.at)?.map(|sound| (None, sound)),
        };
        let Some((place, sound)) = decoded else {
            self.ended = true;
            if let Some((_, chain)) = &mut self.chain {
                chain.push(None).map_err(failed)?;
            }
            return self.pull();
        };
        let form = Form::of(&sound);
        if self.chain.as_ref().is_none_or(|(of, _)| *of != form) {
            self.begin(form)?;
        }
        let Some((_, chain)) = &mut self.chain else { return Ok(()) };
        let place = place.unwrap_or_else(|| {
            // From here on positions are counted; times only tell of gaps.
            let first = self.track.first_sample(&sound);
            let jitter = (JITTER * f64::from(self.track.rate)) as i64;
            let begun = self.fed > self.origin;
            if begun && (first - self.fed).abs() <= jitter { self.fed } else { first }
        });
        if place > self.fed {
            let gap = (place - self.fed).min(i64::from(self.track.rate));
            chain.push(Some(&silence(form, gap as usize))).map_err(failed)?;
            self.fed += gap;
            self.waiting = Some((place, sound));
            return self.pull();
        }
        let samples = sound.samples() as i64;
        let skip = (self.fed - place).clamp(0, samples);
        if skip < samples {
            let part = without_first(&sound, skip as usize).map_err(failed)?;
            chain.push(Some(part.as_ref().unwrap_or(&sound))).map_err(failed)?;
            self.fed += samples - skip;
        }
        self.pull()
    }

    /// Goes on with sound of this form. It begins at the next sample that both rates have in common, so that a sample is
    /// the same wherever reading began.
    fn begin(&mut self, form: Form) -> Result<()> {
        let at = self.at.clone();
        let failed = |e: AvError| failed_at("decode", at.clone())(e);
        let chain = stereo(form, self.rate).map_err(failed)?;
        if let Some((_, old)) = &mut self.chain {
            old.push(None).map_err(failed)?;
            self.pull()?;
        }
        let (step_in, step_out) = steps(form.rate, self.rate);
        let count = (self.end() + step_out - 1).div_euclid(step_out);
        let missing = (count * step_out - self.end()) as usize;
        self.ready.iter_mut().for_each(|channel| channel.resize(channel.len() + missing, 0.0));
        self.track.rate = form.rate;
        (self.origin, self.fed) = (count * step_in, count * step_in);
        self.chain = Some((form, chain));
        Ok(())
    }

    /// Takes what the chain has made.
    fn pull(&mut self) -> Result<()> {
        let mut sound = Audio::empty();
        while let Some((_, chain)) = &mut self.chain {
            if !chain.pull(&mut sound).map_err(|e| failed_at("decode", self.at.clone())(e))? {
                break;
            }
            for (ready, channel) in self.ready.iter_mut().zip(0..) {
                ready.extend_from_slice(sound.plane::<f32>(channel));
            }
        }
        Ok(())
    }
}

/// A decoder for a stream.
pub(super) fn decoder_of(stream: &ffmpeg_next::Stream) -> Result<decoder::Audio, AvError> {
    let mut context = Context::from_parameters(stream.parameters())?;
    // SAFETY: the context is valid and not yet open; the decoder needs it to skip samples.
    unsafe { (*context.as_mut_ptr()).pkt_timebase = stream.time_base().into() };
    for_sound(|| context.decoder().audio())
}

/// How decoded sound is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Form {
    pub rate: u32,
    format: Sample,
    layout: ChannelLayout,
}

impl Form {
    pub fn of(sound: &Audio) -> Self {
        Self { rate: sound.rate(), format: sound.format(), layout: sound.channel_layout() }
    }
}

/// How many samples of each rate last equally long, the fewest.
fn steps(from: u32, to: u32) -> (i64, i64) {
    let (from, to) = (i64::from(from), i64::from(to));
    let common = gcd(from, to);
    (from / common, to / common)
}

/// A chain from sound of this form to two channels at `rate`.
pub(super) fn stereo(form: Form, rate: u32) -> Result<Chain, AvError> {
    let (from, format, layout) = (form.rate, form.format.name(), form.layout.bits());
    let source = format!(
        "sample_rate={from}:sample_fmt={format}:channel_layout=0x{layout:x}:time_base=1/{from}"
    );
    let filters =
        format!("aresample={rate}:dither_method=0,aformat=sample_fmts=fltp:channel_layouts=stereo");
    Chain::of_sound(&source, &filters)
}

/// Silence of this form.
pub(super) fn silence(form: Form, samples: usize) -> Audio {
    let mut silence = Audio::new(form.format, samples, form.layout);
    silence.set_rate(form.rate);
    // SAFETY: the frame was allocated for so many samples of this format just now.
    unsafe {
        let frame = silence.as_mut_ptr();
        ffi::av_samples_set_silence(
            (*frame).extended_data,
            0,
            samples as i32,
            form.layout.channels(),
            form.format.into(),
        );
    }
    silence
}

/// `sound` without its first samples; `None` if nothing is to be left out.
fn without_first(sound: &Audio, skip: usize) -> Result<Option<Audio>, AvError> {
    if skip == 0 {
        return Ok(None);
    }
    let left = sound.samples() - skip;
    let mut rest = Audio::new(sound.format(), left, sound.channel_layout());
    rest.set_rate(sound.rate());
    // SAFETY: both frames are of the same format; `left` samples are in the one and `skip + left`
    // in the other.
    let e = unsafe {
        ffi::av_samples_copy(
            (*rest.as_mut_ptr()).extended_data,
            (*sound.as_ptr()).extended_data,
            0,
            skip as i32,
            left as i32,
            i32::from(sound.channels()),
            sound.format().into(),
        )
    };
    if e < 0 { Err(AvError::from(e)) } else { Ok(Some(rest)) }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
