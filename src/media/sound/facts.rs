//! What is heard in a file: at which rate, and for how long.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error as AvError, Rescale, ffi, media};

use super::stream::LONGEST_GAP;
use super::{Samples, SoundStream};
use crate::error::{Error, Result};
use crate::media::files::failed_at;
use crate::media::location::Location;
use crate::media::probe::{MICROS, open_probed, time_zero};

/// What is known of a file's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFacts {
    /// Samples a second.
    pub rate: u32,
    /// When it ends, in microseconds from the file's beginning.
    pub end: u64,
}

/// Looks into the sound of the file at `at`, and decodes it to its end; of what is longer than half an hour only the packets
/// are read.
///
/// # Errors
/// It cannot be read or decoded, holds no sound, or is cut short; in one line.
pub fn sound_facts(at: &Location) -> Result<SoundFacts> {
    /// By how much the end may lie before what the header says, in microseconds.
    const SLACK: u64 = 1_000_000;
    const LONG: u64 = 1800 * 1_000_000;
    /// Bytes of a second, at least.
    const LEAST: u64 = 400;
    let refuse = |reason: &str| Error::Media { what: at.to_string(), reason: reason.into() };
    let mut input = open_probed(at)?;
    let stream = input.streams().best(media::Type::Audio);
    let stream = stream.ok_or_else(|| refuse("there is no sound in it"))?;
    let index = stream.index();
    if ffmpeg_next::decoder::find(stream.parameters().id()).is_none() {
        return Err(refuse("FFmpeg has no decoder for its sound"));
    }
    // SAFETY: the parameters belong to the stream; a plain number that ffmpeg-next has no getter for.
    let rate = unsafe { (*stream.parameters().as_ptr()).sample_rate };
    let Ok(rate @ 1..) = u32::try_from(rate) else {
        return Err(refuse("its sound does not say its rate"));
    };
    let promised = promised(&input, index);
    let mut end = packets_end(&mut input, index, rate).map_err(failed_at("read", at.clone()))?;
    drop(input);
    let bytes =
        at.file().and_then(|path| std::fs::metadata(path).ok()).map_or(0, |file| file.len());
    // Times that so few bytes cannot fill are a mistake of the file's.
    if end < LONG || bytes / (end / 1_000_000) < LEAST {
        let (mut stream, mut part) = (SoundStream::open(at, rate)?, Samples::default());
        let mut samples = 0;
        while stream.next(&mut part)? {
            samples += part[0].len() as u64;
            part.iter_mut().for_each(Vec::clear);
        }
        end = (u128::from(samples) * 1_000_000).div_ceil(rate.into()) as u64;
    }
    if end == 0 {
        return Err(refuse("there is no sound in it that can be decoded"));
    }
    match promised {
        Some(promised) if end + SLACK.max(promised / 100) < promised => Err(refuse(&format!(
            "it is cut short: it promises {:.1} s, and ends at {:.1} s",
            promised as f64 / 1e6,
            end as f64 / 1e6
        ))),
        _ => Ok(SoundFacts { rate, end }),
    }
}

/// When the packets of a stream end, in microseconds from the file's beginning.
fn packets_end(input: &mut Input, index: usize, rate: u32) -> Result<u64, AvError> {
    let base = input.stream(index).map_or(MICROS, |stream| stream.time_base());
    let zero = time_zero(input);
    let mut packet = Packet::empty();
    let (mut end, mut is_first) = (0i64, true);
    let jump = LONGEST_GAP as i64 * 1_000_000;
    let jump = jump.rescale(MICROS, base).unsigned_abs();
    loop {
        match packet.read(input) {
            Ok(()) if packet.stream() != index => {}
            Ok(()) => {
                let begin = packet.pts().or(packet.dts()).unwrap_or(end);
                let left_out = left_out(&packet).rescale((1, rate as i32), base);
                let length = packet.duration().saturating_sub(left_out);
                // Where times jump, the sound goes on.
                let is_near = is_first || begin.abs_diff(end) < jump;
                end = if is_near { end.max(begin.saturating_add(length)) } else { end + length };
                is_first = false;
            }
            Err(AvError::Eof) => {
                return Ok(u64::try_from(end.rescale(base, MICROS) - zero).unwrap_or(0));
            }
            Err(e) => return Err(e),
        }
    }
}

/// How long the sound is by what the file says, in microseconds, if that does not only follow from its size or its last packet. A film may
/// be longer than its sound.
fn promised(input: &Input, index: usize) -> Option<u64> {
    // SAFETY: the context is open; plain values.
    let is_guessed = unsafe {
        (*input.as_ptr()).duration_estimation_method
            != ffi::AVDurationEstimationMethod::AVFMT_DURATION_FROM_STREAM
    };
    let stream = input.stream(index).filter(|_| !is_guessed)?;
    // Of Ogg it may be the time of the end, whenever it begins.
    let start = match input.format().name() {
        "ogg" => stream.start_time().rescale(stream.time_base(), MICROS).max(0),
        _ => 0,
    };
    let own = stream.duration().rescale(stream.time_base(), MICROS) - start;
    let all = if input.nb_streams() == 1 { input.duration() } else { 0 };
    let promised = if stream.duration() > 0 { own } else { all };
    u64::try_from(promised).ok().filter(|duration| *duration > 0)
}

/// Samples at a packet's end that are not played.
fn left_out(packet: &Packet) -> i64 {
    let data = packet.side_data().find(|data| data.kind() == Type::SkipSamples);
    let count = data.and_then(|data| data.data().get(4..8)?.try_into().ok());
    count.map_or(0, |bytes| u32::from_le_bytes(bytes).into())
}
