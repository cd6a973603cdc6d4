//! Which versions of its inner loops FFmpeg takes.
//!
//! FFmpeg has several, and takes the quickest that the processor can run. For pictures all of them give the same bytes.
//! For sound they do not: decoders, the resampler and FLAC's encoder add floats in an order that depends on the version.
//! So whatever works on sound takes the versions that every x86-64 can run.
//!
//! FFmpeg chooses anew at each place, when something is opened and again when it meets its first picture or packet, or one
//! of another kind. A scaler that chose half its loops for one set of instructions and half for another draws a wrong picture.
//! So nothing may choose for pictures while something chooses for sound: both hold a lock, also where they decode and filter.

use std::sync::{PoisonError, RwLock};

/// The choice is one for the whole process. What may choose for pictures holds this lock shared; what may choose for sound
/// holds it alone.
static CHOICE: RwLock<()> = RwLock::new(());

/// Does what may choose versions for pictures: opens, decodes, or filters. It is not to wait for anything, nor to come here
/// again.
pub(super) fn for_pictures<T>(act: impl FnOnce() -> T) -> T {
    let _shared = CHOICE.read().unwrap_or_else(PoisonError::into_inner);
    act()
}

/// Does what may choose versions for sound, as [`for_pictures`].
pub(super) fn for_sound<T>(act: impl FnOnce() -> T) -> T {
    let _alone = CHOICE.write().unwrap_or_else(PoisonError::into_inner);
    let _plain = Plain::new();
    act()
}

/// While it lives, FFmpeg takes the versions that every x86-64 can run.
struct Plain {
    /// The instructions that the processor has.
    all: i32,
}

impl Plain {
    fn new() -> Self {
        // Looked up before they are replaced: FFmpeg's first look stores what it finds, at any time and from any thread.
        let all = look();
        #[cfg(target_arch = "x86_64")]
        force(
            ffmpeg_next::ffi::AV_CPU_FLAG_MMX
                | ffmpeg_next::ffi::AV_CPU_FLAG_MMXEXT
                | ffmpeg_next::ffi::AV_CPU_FLAG_SSE
                | ffmpeg_next::ffi::AV_CPU_FLAG_SSE2,
        );
        Self { all }
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        force(self.all);
    }
}

/// Has FFmpeg look which instructions the processor has. To be called before there are other threads.
pub(super) fn look() -> i32 {
    // SAFETY: FFmpeg loads and stores the number atomically.
    unsafe { ffmpeg_next::ffi::av_get_cpu_flags() }
}

fn force(flags: i32) {
    // SAFETY: FFmpeg stores the number atomically, and reads it where it chooses.
    unsafe { ffmpeg_next::ffi::av_force_cpu_flags(flags) }
}
