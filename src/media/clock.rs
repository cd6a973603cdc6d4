//! MPEG-TS and MPEG-PS, whose times are those of a clock that began before the film.

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rescale, ffi};

use super::probe::MICROS;

/// Nothing has a time for so long where a clock jumps, in microseconds.
const JUMP: i64 = 10_000_000;

/// True for formats whose times are those of a clock.
pub(super) fn has_clock(input: &Input) -> bool {
    // SAFETY: the format of an open input is static; plain numbers.
    unsafe { (*(*input.as_ptr()).iformat).flags & ffi::AVFMT_TS_DISCONT != 0 }
}

/// Looks whether later places of a film have later times, and none much later: what is sought by time is not found
/// otherwise, or nothing is there.
pub(super) fn check_clock(input: &mut Input, index: usize) -> Result<(), String> {
    /// Places that are looked at.
    const PLACES: u64 = 16;
    /// Times of places that are near each other may be out of order by as much, in microseconds.
    const SLACK: i64 = 1_000_000;
    /// FFmpeg takes a clock that goes back by more than a minute for one that wrapped, and adds 26.5 hours.
    const WRAPS: i64 = 12 * 3600 * 1_000_000;
    let Some(bytes) = input.io_size().filter(|_| has_clock(input)) else { return Ok(()) };
    let bytes = u64::try_from(bytes).unwrap_or(0);
    let mut places: Vec<(u64, i64)> = Vec::new();
    for place in (0..PLACES).map(|n| bytes / PLACES * n) {
        let Some(time) = time_at(input, index, place) else { continue };
        if let Some((_, last)) = places.last() {
            let step = time - last;
            if !(-SLACK..=WRAPS).contains(&step) {
                return Err(refused("goes back"));
            }
        }
        places.push((place, places.last().map_or(time, |(_, last)| time.max(*last))));
    }
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(()) };
    let usual = (last.1 - first.1) / PLACES as i64;
    for pair in places.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let step = to.1 - from.1;
        if step > JUMP.max(2 * usual)
            && let Some(by) = jump(input, index, from, to)
        {
            return Err(refused(&format!("jumps by {} s", by / 1_000_000)));
        }
    }
    Ok(())
}

/// By how much the clock jumps between two places, each with its time, if it does.
fn jump(input: &mut Input, index: usize, mut from: (u64, i64), mut to: (u64, i64)) -> Option<i64> {
    /// Bytes that are read through.
    const NEAR: u64 = 256 << 10;
    while to.0 - from.0 > NEAR {
        let middle = from.0.midpoint(to.0);
        let time = time_at(input, index, middle)?;
        match time - from.1 > to.1 - time {
            true => to = (middle, time),
            false => from = (middle, time),
        }
    }
    let mut last = time_at(input, index, from.0)?;
    let mut packet = Packet::empty();
    while last < to.1 && packet.read(input).is_ok() {
        let base = input.stream(packet.stream()).map_or(MICROS, |stream| stream.time_base());
        if let Some(time) = packet.dts().or(packet.pts()).map(|time| time.rescale(base, MICROS)) {
            if time - last > JUMP {
                return Some(time - last);
            }
            last = last.max(time);
        }
    }
    None
}

/// The time of the first picture behind so many bytes, in microseconds.
fn time_at(input: &mut Input, index: usize, bytes: u64) -> Option<i64> {
    // SAFETY: the context is open; a place that cannot be sought is an error.
    let e =
        unsafe { ffi::av_seek_frame(input.as_mut_ptr(), -1, bytes as i64, ffi::AVSEEK_FLAG_BYTE) };
    let base = input.stream(index)?.time_base();
    let mut packet = Packet::empty();
    if e < 0 {
        return None;
    }
    loop {
        packet.read(input).ok()?;
        let time = packet.dts().or(packet.pts()).filter(|_| packet.stream() == index);
        if let Some(time) = time {
            return Some(time.rescale(base, MICROS));
        }
    }
}

fn refused(what: &str) -> String {
    format!(
        "its clock {what} in the middle, as where two recordings are one file; copy it anew \
         (ffmpeg -i FILE -c copy NEW.mkv)"
    )
}
