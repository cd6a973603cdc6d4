//! Whether a film is whole: its index, its end, and its fragments.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rational, Rescale, ffi, media};

use super::boxes::Fragments;
use super::location::Location;
use super::probe::{MICROS, time_zero};
use super::track::{is_seekable, seek};

/// Looks whether all that the film promises is there; gives how long it is.
pub(super) fn check_whole(input: &mut Input, index: usize, duration: u64) -> Result<u64, String> {
    let bytes = input.io_size().and_then(|n| u64::try_from(n).ok()).unwrap_or(u64::MAX);
    // SAFETY: the stream is one of `input`, which is open and not moved; entries are read before
    // the next call that could change them. ffmpeg-next has no functions for the index.
    let last = unsafe {
        let stream = *(*input.as_mut_ptr()).streams.add(index);
        match ffi::avformat_index_get_entries_count(stream) {
            0 => None,
            n => ffi::avformat_index_get_entry(stream, n - 1)
                .as_ref()
                .map(|e| (e.pos, e.size(), e.timestamp)),
        }
    };
    let is_mp4 = input.format().name().contains("mp4");
    match last {
        Some((pos, size, _)) if is_mp4 => match u64::try_from(pos) {
            Ok(pos) if pos.saturating_add(size.max(0) as u64) > bytes => Err(format!(
                "it is cut short: its index goes to byte {}, and the file ends at {bytes}",
                pos.saturating_add(size.max(0) as u64)
            )),
            _ => Ok(duration),
        },
        _ => check_end(input, index, duration, false),
    }
}

/// Reads the last packets of a film whose index does not tell; gives how long it is. It `is_timed` if each packet says
/// when it ends.
pub(super) fn check_end(
    input: &mut Input,
    index: usize,
    duration: u64,
    is_timed: bool,
) -> Result<u64, String> {
    /// How much the end may lie before what the header says.
    const SLACK: u64 = 2_000_000;
    /// The same, where times are exact: a picture that is shorter than its sound.
    const SHORT: u64 = 100_000;
    let zero = time_zero(input);
    let time_base = input.stream(index).ok_or("it holds no video")?.time_base();
    let is_seen = |medium| matches!(medium, media::Type::Video | media::Type::Audio);
    let time_bases: Vec<Option<Rational>> = input
        .streams()
        .map(|stream| is_seen(stream.parameters().medium()).then(|| stream.time_base()))
        .collect();
    let mut packet = Packet::empty();
    // Of the picture, and of all.
    let (mut end, mut last) = (0u64, 0u64);
    let mut is_cut = false;
    let mut back = 100_000;
    // Where there is no index, what is sought so late may be behind the last key frame.
    while end == 0 && back < duration.saturating_mul(10) {
        let target = (duration.saturating_sub(back) as i64 + zero).rescale(MICROS, time_base);
        // One that cannot be sought is read through.
        if seek(input, index, target).is_err() && is_seekable(input) {
            return Ok(duration);
        }
        while packet.read(input).is_ok() {
            let base = time_bases.get(packet.stream()).copied().flatten();
            let time = packet.pts().or(packet.dts());
            let Some((time, base)) = time.zip(base) else { continue };
            is_cut = packet.is_corrupt();
            if !is_cut {
                let time = (time + packet.duration()).rescale(base, MICROS) - zero;
                let time = u64::try_from(time).unwrap_or(0);
                last = last.max(time);
                end = if packet.stream() == index { end.max(time) } else { end };
            }
        }
        back *= 10;
    }
    let slack = SLACK.min(duration / 10);
    let is_promised = last + slack < duration;
    // Some count from 0, though they begin later.
    let counts_from_zero = zero > 0 && last + zero as u64 + slack >= duration;
    match is_promised {
        true if !counts_from_zero => Err(format!(
            "it is cut short: it promises {:.1} s, and ends at {:.1} s",
            duration as f64 / 1e6,
            last as f64 / 1e6
        )),
        true => Ok(end),
        // More was appended than its header knows of.
        false if end > duration + slack => Ok(end),
        false if is_cut || is_timed && last + SHORT < duration => Ok(end.min(duration)),
        false => Ok(duration),
    }
}

/// What is known of the fragments of an MP4, each of which says when it begins; none has to begin at 0.
pub(super) fn fragments(at: &Location, input: &mut Input) -> Fragments {
    if let Some(path) = at.file() {
        return Fragments::of(path).unwrap_or_default();
    }
    let are_there = (0..input.nb_streams() as usize).any(|n| {
        // SAFETY: the stream is one of `input`, which is open; only the number of entries is read.
        unsafe {
            let stream = *(*input.as_mut_ptr()).streams.add(n);
            ffi::avformat_index_get_entries_count(stream) == 0
        }
    });
    Fragments { are_there, ..Fragments::default() }
}
