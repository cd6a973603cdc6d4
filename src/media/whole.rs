//! Whether a film is whole: its index, its end, and its fragments.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rational, Rescale, ffi, media};

use super::boxes::Fragments;
use super::location::Location;
use super::probe::{MICROS, time_zero};
use super::track::{is_seekable, seek};

/// When a film ends, in microseconds from its beginning.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub picture: u64,
    /// 0 if it is not known.
    pub sound: u64,
}

impl End {
    /// The end of all. Sound that is a little longer than its picture is no more than the rest of a packet.
    pub fn all(self) -> u64 {
        /// So much longer it is meant to be heard.
        const HEARD: u64 = 500_000;
        if self.sound > self.picture + HEARD { self.sound } else { self.picture }
    }
}

/// Looks whether all that the film promises is there; gives when it ends.
pub(super) fn check_whole(input: &mut Input, index: usize, end: End) -> Result<End, String> {
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
            _ => Ok(end),
        },
        _ => check_end(input, index, end, false),
    }
}

/// Reads the last packets of a film whose index does not tell when it ends. It `is_timed` if each packet says when that
/// ends.
pub(super) fn check_end(
    input: &mut Input,
    index: usize,
    promised: End,
    is_timed: bool,
) -> Result<End, String> {
    /// How much the end may lie before what the header says.
    const SLACK: u64 = 2_000_000;
    /// The same, where times are exact, or where it is known what the header speaks of.
    const NEAR: u64 = 100_000;
    let duration = promised.picture;
    let zero = time_zero(input);
    let stream = input.stream(index).ok_or("it holds no video")?;
    let (time_base, rate) = (stream.time_base(), stream.avg_frame_rate());
    // Of pictures that do not say how long they are shown.
    let step = match rate.numerator() > 0 && rate.denominator() > 0 {
        true => 1.rescale(rate.invert(), time_base),
        false => 0,
    };
    let heard = input.streams().best(media::Type::Audio).map(|stream| stream.index());
    let time_bases: Vec<Rational> = input.streams().map(|stream| stream.time_base()).collect();
    let mut packet = Packet::empty();
    let mut found = End { picture: 0, sound: 0 };
    let mut is_cut = false;
    let mut back = 100_000;
    // Where there is no index, what is sought so late may be behind the last key frame.
    while found.picture == 0 && back < duration.saturating_mul(10) {
        let target = (duration.saturating_sub(back) as i64 + zero).rescale(MICROS, time_base);
        // One that cannot be sought is read through.
        if seek(input, index, target).is_err() && is_seekable(input) {
            return Ok(promised);
        }
        while packet.read(input).is_ok() {
            let stream = packet.stream();
            let (is_picture, is_sound) = (stream == index, Some(stream) == heard);
            let Some(time) = packet.pts().or(packet.dts()).filter(|_| is_picture || is_sound)
            else {
                continue;
            };
            is_cut = packet.is_corrupt();
            if is_cut {
                continue;
            }
            let length = match packet.duration() {
                0 if is_picture => step,
                length => length,
            };
            let base = time_bases.get(stream).copied().unwrap_or(MICROS);
            let time = u64::try_from((time + length).rescale(base, MICROS) - zero).unwrap_or(0);
            let end = if is_picture { &mut found.picture } else { &mut found.sound };
            *end = time.max(*end);
        }
        back *= 10;
    }
    let slack = SLACK.min(duration / 10);
    let last = found.picture.max(found.sound);
    // Some count from 0, though they begin later.
    let counts_from_zero = zero > 0 && last + zero as u64 + slack >= duration;
    match last + slack < duration {
        true if counts_from_zero => Ok(found),
        true => Err(format!(
            "it is cut short: it promises {:.1} s, and ends at {:.1} s",
            duration as f64 / 1e6,
            last as f64 / 1e6
        )),
        false if zero > 0 && (last + zero as u64).abs_diff(duration) < NEAR => Ok(found),
        // More was appended than its header knows of.
        false if found.picture > duration + slack => Ok(found),
        false if is_cut || is_timed && last + NEAR < duration => Ok(found),
        // The header speaks of its sound.
        false if found.sound > found.picture && found.sound + NEAR > duration => Ok(found),
        // It may know for how long the last picture is shown.
        false => Ok(End { picture: duration, ..found }),
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
