//! Timecode, by which editors find a picture: hours, minutes, seconds and frames (SMPTE ST 12-1).

use std::ffi::{CStr, CString};
use std::ptr;

use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Rescale, ffi};

/// The key under which FFmpeg has it.
pub(super) const KEY: &str = "timecode";

/// That of the picture which stream `index` shows at `time`, in its units; `None` of a film that has none.
pub(super) fn at(input: &Input, index: usize, time: i64) -> Option<String> {
    let stream = input.stream(index)?;
    let own = stream.metadata().get(KEY).map(str::to_string);
    let other = || input.streams().find_map(|other| other.metadata().get(KEY).map(str::to_string));
    let first = own.or_else(other).or_else(|| input.metadata().get(KEY).map(str::to_string))?;
    let rate = stream.avg_frame_rate();
    let start = match stream.start_time() {
        ffi::AV_NOPTS_VALUE => 0,
        start => start,
    };
    if rate.numerator() <= 0 || rate.denominator() <= 0 {
        return None;
    }
    let frames = (time - start).rescale(stream.time_base(), rate.invert());
    later(&first, rate.into(), i32::try_from(frames).ok()?)
}

/// The timecode so many frames after `first`.
fn later(first: &str, rate: ffi::AVRational, frames: i32) -> Option<String> {
    /// Bytes that FFmpeg writes at most.
    const BYTES: usize = 32;
    let first = CString::new(first).ok()?;
    let mut code = ffi::AVTimecode { start: 0, flags: 0, rate, fps: 0 };
    let mut text = [0; BYTES];
    // SAFETY: both structures are ours and live through the calls, `text` is longer than what is written (23 bytes), and
    // the string ends with a zero. Nothing is logged without a context.
    unsafe {
        let e = ffi::av_timecode_init_from_string(&mut code, rate, first.as_ptr(), ptr::null_mut());
        if e < 0 {
            return None;
        }
        code.flags |= ffi::AVTimecodeFlag::AV_TIMECODE_FLAG_24HOURSMAX as u32;
        ffi::av_timecode_make_string(&code, text.as_mut_ptr(), frames);
        Some(CStr::from_ptr(text.as_ptr()).to_str().ok()?.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_as_editors_do() {
        let rate = |num, den| ffi::AVRational { num, den };
        let later = |first, (num, den), frames| later(first, rate(num, den), frames);
        assert_eq!(later("01:00:00:00", (25, 1), 20).as_deref(), Some("01:00:00:20"));
        assert_eq!(later("23:59:59:24", (25, 1), 1).as_deref(), Some("00:00:00:00"));
        // Of each minute but the tenth the first two numbers are left out.
        assert_eq!(later("00:00:59;29", (30_000, 1001), 1).as_deref(), Some("00:01:00;02"));
        assert_eq!(later("00:09:59;29", (30_000, 1001), 1).as_deref(), Some("00:10:00;00"));
        assert_eq!(later("noon", (25, 1), 1), None);
    }
}
