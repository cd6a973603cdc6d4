//! What is in a segment file.

use std::path::Path;

use ffmpeg_next::Error as AvError;
use ffmpeg_next::codec::packet::Packet;

use super::files::{failed, open_segment};
use crate::error::{Error, Result};

/// Frames in a segment file: the number of packets whose bytes are all there.
///
/// # Errors
/// The file is missing, truncated, or holds anything but one video stream.
pub fn segment_frames(path: &Path) -> Result<u64> {
    let mut input = open_segment(path)?;
    if input.nb_streams() != 1 {
        return Err(Error::Media {
            what: format!("cannot use {}", path.display()),
            reason: format!("{} streams where one is expected", input.nb_streams()),
        });
    }
    let mut packet = Packet::empty();
    let mut frames = 0;
    loop {
        match packet.read(&mut input) {
            Ok(()) if packet.is_corrupt() => {
                return Err(failed("read", path)(AvError::InvalidData));
            }
            Ok(()) => frames += 1,
            Err(AvError::Eof) => return Ok(frames),
            Err(e) => return Err(failed("read", path)(e)),
        }
    }
}
