//! What FFmpeg chooses by the processor when it opens something.
//!
//! FFmpeg has several versions of its inner loops, and takes the quickest that the processor can run. For pictures all of
//! them give the same bytes. For sound they do not: decoders, the resampler and FLAC's encoder add floats in an order that
//! depends on the version. So whatever works on sound is opened with the versions that every x86-64 can run.

use std::sync::{PoisonError, RwLock};

/// The choice is one for the whole process. Whoever opens something for pictures holds this lock shared; whoever opens
/// something for sound holds it alone.
static OPENING: RwLock<()> = RwLock::new(());

/// Opens what works on pictures.
pub(super) fn for_pictures<T>(open: impl FnOnce() -> T) -> T {
    let _shared = OPENING.read().unwrap_or_else(PoisonError::into_inner);
    open()
}

/// Opens what works on sound.
pub(super) fn for_sound<T>(open: impl FnOnce() -> T) -> T {
    let _alone = OPENING.write().unwrap_or_else(PoisonError::into_inner);
    let _plain = Plain::new();
    open()
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
    // SAFETY: FFmpeg stores the number atomically, and reads it where something is opened.
    unsafe { ffmpeg_next::ffi::av_force_cpu_flags(flags) }
}
