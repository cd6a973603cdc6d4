//! One stream of a film: going to a place in it, and decoding on from there.

use ffmpeg_next::codec::decoder::Opened;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error as AvError, Frame, ffi};

/// Goes to the key frame at or before `time`, in the units of stream `index`.
pub(super) fn seek(input: &mut Input, index: usize, time: i64) -> Result<(), AvError> {
    // SAFETY: the context is open; FFmpeg looks itself whether there is such a stream.
    let e = unsafe {
        ffi::av_seek_frame(input.as_mut_ptr(), index as i32, time, ffi::AVSEEK_FLAG_BACKWARD)
    };
    if e < 0 { Err(AvError::from(e)) } else { Ok(()) }
}

/// Decodes the next frame of stream `index`; false at the end. What is damaged is left out. Fails
/// only where the film cannot be read.
pub(super) fn receive(
    input: &mut Input,
    index: usize,
    decoder: &mut Opened,
    frame: &mut Frame,
) -> Result<bool, AvError> {
    loop {
        match decoder.receive_frame(frame) {
            Ok(()) => return Ok(true),
            Err(AvError::Eof) => return Ok(false),
            // It wants more, or could not make sense of what it has.
            Err(_) => {}
        }
        let mut packet = Packet::empty();
        match packet.read(input) {
            Ok(()) if packet.stream() != index => {}
            Ok(()) => {
                let _ = decoder.send_packet(&packet);
            }
            Err(AvError::Eof) if decoder.send_eof().is_ok() => {}
            Err(AvError::Eof) => return Ok(false),
            Err(e) => return Err(e),
        }
    }
}
