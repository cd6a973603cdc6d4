//! The FFmpeg boundary: frames in, segments and films out. The only module that names FFmpeg.

mod alpha;
mod assemble;
mod boxes;
mod clock;
mod codec;
mod convert;
mod decode;
mod encode;
mod encoder;
mod files;
mod fit;
mod fragment;
mod graph;
mod join;
mod light;
mod location;
mod moof;
mod probe;
mod reader;
mod seal;
mod sound;
mod tone;
mod track;
mod turn;
mod versions;
mod whole;

pub use crate::values::Fit;
pub use alpha::with_alpha;
pub use assemble::{Assembler, MAX_FRAMES, fits};
pub use codec::{Codec, Container, FilmFormat, PixFmt, SoundCoding, Video};
pub use convert::Picture;
pub use decode::{Content, decode, read, read_open};
pub use encode::SegmentEncoder;
pub use fit::{Fitter, Unfitter};
pub use fragment::{Fragment, fragment};
pub use join::{CopyContainer, Joined, Joiner};
pub use light::DynamicRange;
pub use location::{Location, decode_path, encode_path, is_url};
pub use probe::{Facts, bytes, keyframes, probe};
pub use reader::FilmReader;
pub use seal::{Seal, Sealed};
pub use sound::{
    EncodedSound, Loudness, Samples, SoundCodec, SoundFacts, SoundFile, SoundFormat, SoundReader,
    SoundStream, encode as encode_sound, loudness, sound_facts,
};

use std::io::Write;

use crate::error::{Error, Result};

/// Quietens the libraries' own messages: what goes wrong comes back as an error.
pub fn init() -> Result<()> {
    ffmpeg_next::init().map_err(|e| Error::Media {
        what: "cannot start FFmpeg's libraries".into(),
        reason: e.to_string(),
    })?;
    versions::look();
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    Ok(())
}

/// Tells encoders that print by themselves not to. To be called first in `main`: it does nothing
/// once the process has other threads.
pub fn quieten_encoders() {
    let threads = std::fs::read_dir("/proc/self/task").map(|tasks| tasks.count());
    if matches!(threads, Ok(1)) && std::env::var_os("SVT_LOG").is_none() {
        // SAFETY: nothing else can read the environment while it changes, since this is the only
        // thread. SVT-AV1 has no other switch; 1 is its level of errors.
        unsafe { std::env::set_var("SVT_LOG", "1") };
    }
}

/// Ends the process with this exit code, as the last that `main` does, without what libraries do at an exit:
/// OpenBLAS, which FFmpeg's libraries load, then waits for its threads, which where address space is short
/// (`ulimit -v`, batch systems) never come.
pub fn leave(code: u8) -> ! {
    // Whoever read it may have gone.
    let _ = std::io::stdout().flush();
    // SAFETY: nothing is left to be done at the exit; what is open, the system closes.
    unsafe { libc::_exit(code.into()) }
}

/// Has freed memory given back, or used by other threads. By default glibc keeps some of it for each thread, and
/// the more the larger the pieces were: a server of many clients would be twice as large as what it holds. For
/// the whole process, so it is for a program to ask for.
pub fn keep_memory_small() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: these set two numbers of the allocator, at any time.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 2);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
    }
}

/// Checks that this FFmpeg was built with the encoder of `codec`.
///
/// # Errors
/// Names the encoder and what to install.
pub fn require(codec: Codec) -> Result<()> {
    init()?;
    match ffmpeg_next::encoder::find_by_name(codec.encoder()) {
        Some(_) => Ok(()),
        None => Err(Error::Media {
            what: format!("--codec {codec}"),
            reason: format!(
                "FFmpeg's libraries on this machine lack the encoder {}; install a full libavcodec \
                 or choose another codec",
                codec.encoder()
            ),
        }),
    }
}

/// Versions of the encoder libraries, as one number: segments of different ones are not mixed.
pub fn build() -> u64 {
    u64::from(ffmpeg_next::codec::version()) << 32 | u64::from(ffmpeg_next::format::version())
}

/// Versions of the encoder libraries, for people.
pub fn version() -> String {
    let dotted = |v: u32| format!("{}.{}.{}", v >> 16, v >> 8 & 0xff, v & 0xff);
    format!(
        "libavcodec {}, libavformat {}",
        dotted(ffmpeg_next::codec::version()),
        dotted(ffmpeg_next::format::version())
    )
}
