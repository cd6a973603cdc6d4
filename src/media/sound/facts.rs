//! What is heard in a file: at which rate, and for how long.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error as AvError, Rescale, ffi, media};

use crate::error::{Error, Result};
use crate::media::files::failed_at;
use crate::media::location::Location;
use crate::media::probe::{MICROS, open_probed, time_zero};

/// What is known of a file's sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFacts {
    /// Samples a second.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// When it ends, in microseconds from the file's beginning.
    pub end: u64,
}

/// Looks into the sound of the file at `at`, and reads it to its end, without decoding it.
///
/// # Errors
/// It cannot be read, holds no sound, or is cut short; in one line.
pub fn sound_facts(at: &Location) -> Result<SoundFacts> {
    /// By how much the end may lie before what the header says, in microseconds.
    const SLACK: u64 = 1_000_000;
    let refuse = |reason: &str| Error::Media { what: at.to_string(), reason: reason.into() };
    let mut input = open_probed(at)?;
    let stream = input.streams().best(media::Type::Audio);
    let stream = stream.ok_or_else(|| refuse("there is no sound in it"))?;
    let (index, time_base) = (stream.index(), stream.time_base());
    // SAFETY: the parameters belong to the stream; plain numbers that ffmpeg-next has no getters for.
    let (rate, channels) = unsafe {
        let parameters = stream.parameters().as_ptr();
        ((*parameters).sample_rate, (*parameters).channels)
    };
    if ffmpeg_next::decoder::find(stream.parameters().id()).is_none() {
        return Err(refuse("FFmpeg has no decoder for its sound"));
    }
    let (Ok(rate @ 1..), Ok(channels)) = (u32::try_from(rate), u32::try_from(channels)) else {
        return Err(refuse("its sound does not say its rate"));
    };
    let (promised, zero) = (promised(&input), time_zero(&input));
    let mut packet = Packet::empty();
    let (mut end, mut count) = (0i64, 0u64);
    loop {
        match packet.read(&mut input) {
            Ok(()) if packet.stream() != index => {}
            Ok(()) => {
                count += 1;
                let begin = packet.pts().or(packet.dts()).unwrap_or(end);
                let left_out = left_out(&packet).rescale((1, rate as i32), time_base);
                end = end.max(begin + packet.duration() - left_out);
            }
            Err(AvError::Eof) => break,
            Err(e) => return Err(failed_at("read", at.clone())(e)),
        }
    }
    let end = u64::try_from(end.rescale(time_base, MICROS) - zero).unwrap_or(0);
    if count == 0 || end == 0 {
        return Err(refuse("there is no sound in it"));
    }
    match promised {
        Some(promised) if end + SLACK.max(promised / 100) < promised => Err(refuse(&format!(
            "it is cut short: it promises {:.1} s, and ends at {:.1} s",
            promised as f64 / 1e6,
            end as f64 / 1e6
        ))),
        _ => Ok(SoundFacts { rate, channels, end }),
    }
}

/// How long the file says that it is, in microseconds, if it does not only follow from its size.
fn promised(input: &Input) -> Option<u64> {
    // SAFETY: the context is open; plain values.
    let is_guessed = unsafe {
        (*input.as_ptr()).duration_estimation_method
            == ffi::AVDurationEstimationMethod::AVFMT_DURATION_FROM_BITRATE
    };
    u64::try_from(input.duration()).ok().filter(|duration| *duration > 0 && !is_guessed)
}

/// Samples at a packet's end that are not played.
fn left_out(packet: &Packet) -> i64 {
    let data = packet.side_data().find(|data| data.kind() == Type::SkipSamples);
    let count = data.and_then(|data| data.data().get(4..8)?.try_into().ok());
    count.map_or(0, |bytes| u32::from_le_bytes(bytes).into())
}
