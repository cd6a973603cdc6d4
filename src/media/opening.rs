//! What FFmpeg chooses by the processor when it opens something.
//!
//! Of pictures all its ways give the same bytes, and the quickest is taken. Of sound they do not: decoders, the resampler and
//! FLAC's encoder count in floats, in an order that depends on the instructions that they find. So what works on sound is
//! opened as on a processor that has no others than any x86-64 has.

use std::sync::{PoisonError, RwLock};

/// FFmpeg knows one processor for the whole process. Who opens something for pictures holds this shared, who opens something
/// for sound alone.
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

/// While it lives, FFmpeg finds the instructions only that any x86-64 has.
struct Plain {
    /// Those that are there.
    all: i32,
}

impl Plain {
    fn new() -> Self {
        // Found before: who finds them for the first time stores them, and must not do so while others are in force.
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

/// Has FFmpeg find the instructions that there are. To be called before there are other threads.
pub(super) fn look() -> i32 {
    // SAFETY: FFmpeg loads and stores the number atomically.
    unsafe { ffmpeg_next::ffi::av_get_cpu_flags() }
}

fn force(flags: i32) {
    // SAFETY: FFmpeg stores the number atomically, and reads it where something is opened.
    unsafe { ffmpeg_next::ffi::av_force_cpu_flags(flags) }
}
