//! Whether a film is whole: its index, its end, its clock, and its fragments.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rescale, ffi};

use super::location::Location;
use super::probe::{MICROS, has_clock, time_zero};
use super::track::seek;

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
        _ => check_end(input, index, duration),
    }
}

/// True for MPEG-TS and MPEG-PS in which a later place has an earlier time: what is sought by time is not found there.
pub(super) fn goes_back(input: &mut Input, index: usize) -> bool {
    /// Places that are looked at.
    const PLACES: i64 = 16;
    /// Times of places that are near each other may be out of order by as much, in microseconds.
    const SLACK: i64 = 1_000_000;
    /// FFmpeg takes a clock that goes back by more than a minute for one that wrapped, and adds 26.5 hours.
    const WRAPS: i64 = 12 * 3600 * 1_000_000;
    let Some(bytes) = input.io_size().filter(|_| has_clock(input)) else { return false };
    let mut last = None;
    let mut packet = Packet::empty();
    for place in 0..PLACES {
        let at = bytes / PLACES * place;
        // SAFETY: the context is open; a place that cannot be sought is an error.
        let e = unsafe { ffi::av_seek_frame(input.as_mut_ptr(), -1, at, ffi::AVSEEK_FLAG_BYTE) };
        let time = || loop {
            packet.read(input).ok()?;
            let time = packet.dts().or(packet.pts()).filter(|_| packet.stream() == index);
            if let Some(time) = time {
                let base = input.stream(index)?.time_base();
                return Some(time.rescale(base, MICROS));
            }
        };
        if let Some(time) = (e >= 0).then(time).flatten() {
            let step = time - last.unwrap_or(time);
            if !(-SLACK..=WRAPS).contains(&step) {
                return true;
            }
            last = last.max(Some(time));
        }
    }
    false
}

/// Reads the last frames of a film whose index does not tell.
pub(super) fn check_end(input: &mut Input, index: usize, duration: u64) -> Result<u64, String> {
    /// How much the end may lie before what the header says: rounding, and a picture that is
    /// shorter than its sound.
    const SLACK: u64 = 2_000_000;
    let zero = time_zero(input);
    let stream = input.stream(index).ok_or("it holds no video")?;
    let time_base = stream.time_base();
    let mut packet = Packet::empty();
    let mut end = 0u64;
    let mut back = 100_000;
    // Where there is no index, what is sought so late may be behind the last key frame.
    while end == 0 && back < duration.saturating_mul(10) {
        let target = (duration.saturating_sub(back) as i64 + zero).rescale(MICROS, time_base);
        if seek(input, index, target).is_err() {
            return Ok(duration);
        }
        while packet.read(input).is_ok() {
            let time = packet.pts().or(packet.dts()).filter(|_| packet.stream() == index);
            if let Some(time) = time {
                let time = (time + packet.duration()).rescale(time_base, MICROS) - zero;
                end = end.max(u64::try_from(time).unwrap_or(0));
            }
        }
        back *= 10;
    }
    let slack = SLACK.min(duration / 10);
    match end + slack < duration {
        // Some count from 0, though they begin later.
        true if zero > 0 && end + zero as u64 + slack >= duration => Ok(end),
        true => Err(format!(
            "it is cut short: it promises {:.1} s, and its picture ends at {:.1} s",
            duration as f64 / 1e6,
            end as f64 / 1e6
        )),
        // More was appended than its header knows of.
        false if end > duration + slack => Ok(end),
        false => Ok(duration),
    }
}

/// True for an MP4 in fragments, of which each says when it begins, and none has to begin at 0.
pub(super) fn is_fragmented(at: &Location, input: &mut Input) -> bool {
    /// Boxes that are looked at: what stands before the media, and it.
    const BOXES: usize = 16;
    let Some(path) = at.file() else {
        return (0..input.nb_streams() as usize).any(|n| {
            // SAFETY: the stream is one of `input`, which is open; only the number of entries is read.
            unsafe {
                let stream = *(*input.as_mut_ptr()).streams.add(n);
                ffi::avformat_index_get_entries_count(stream) == 0
            }
        });
    };
    let look = || -> io::Result<bool> {
        let mut file = File::open(path)?;
        let mut at = 0;
        for _ in 0..BOXES {
            file.seek(SeekFrom::Start(at))?;
            let mut head = [0; 16];
            file.read_exact(&mut head)?;
            let [a, b, c, d, name @ .., _, _, _, _, _, _, _, _] = head;
            // A size of 1 says that it stands behind the name, and 0 that the box goes to the end (ISO/IEC 14496-12, 4.2).
            let size = match u32::from_be_bytes([a, b, c, d]) {
                0 => return Ok(false),
                1 => u64::from_be_bytes([
                    head[8], head[9], head[10], head[11], head[12], head[13], head[14], head[15],
                ]),
                size => size.into(),
            };
            if &name == b"moof" {
                return Ok(true);
            }
            at = at.saturating_add(size.max(8));
        }
        Ok(false)
    };
    look().unwrap_or(false)
}

/// An MP4 that begins as one and has no index was never finished, or lost its end.
pub(super) fn has_lost_its_index(at: &Location) -> bool {
    let begins = |path| -> io::Result<bool> {
        let mut start = [0; 8];
        File::open(path)?.read_exact(&mut start)?;
        Ok(&start[4..] == b"ftyp")
    };
    at.file().is_some_and(|path| begins(path).unwrap_or(false))
}
