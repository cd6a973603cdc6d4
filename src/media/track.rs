//! One stream of a film: going to a place in it, and decoding on from there.

use ffmpeg_next::codec::Id;
use ffmpeg_next::codec::decoder::Opened;
use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::error::EAGAIN;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Error as AvError, Frame, ffi};

use super::versions::{for_pictures, for_sound};

/// Has the film be read in order only: what is sought in it is not found.
pub(super) fn forbid_seeking(input: &mut Input) {
    // SAFETY: the context is open; a plain number.
    unsafe { (*input.as_mut_ptr()).ctx_flags |= ffi::AVFMTCTX_UNSEEKABLE }
}

/// True if places can be sought in the film.
pub(super) fn is_seekable(input: &Input) -> bool {
    // SAFETY: the context is open; a plain number.
    unsafe { (*input.as_ptr()).ctx_flags & ffi::AVFMTCTX_UNSEEKABLE == 0 }
}

/// Goes to the key frame at or before `time`, in the units of stream `index`.
///
/// # Errors
/// The film cannot be sought, or not there.
pub(super) fn seek(input: &mut Input, index: usize, time: i64) -> Result<(), AvError> {
    if !is_seekable(input) {
        return Err(AvError::Other { errno: ffmpeg_next::error::ESPIPE });
    }
    // SAFETY: the context is open; FFmpeg looks itself whether there is such a stream.
    let e = unsafe {
        ffi::av_seek_frame(input.as_mut_ptr(), index as i32, time, ffi::AVSEEK_FLAG_BACKWARD)
    };
    if e < 0 { Err(AvError::from(e)) } else { Ok(()) }
}

/// From which packet decoding goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum From {
    /// The next.
    Next,
    /// The next key frame: what was sought in the middle of a GOP gives damaged pictures, from some decoders.
    Key,
    /// The next key frame that says when it is shown. A place in MPEG-TS and MPEG-PS may be in the middle of a
    /// picture, whose rest then has the time of the next one.
    TimedKey,
}

impl From {
    /// Where to begin in `input` after it was sought.
    pub(super) fn sought(input: &Input) -> Self {
        // SAFETY: the format of an open input is static; plain numbers.
        let flags = unsafe { (*(*input.as_ptr()).iformat).flags };
        if flags & ffi::AVFMT_TS_DISCONT != 0 { Self::TimedKey } else { Self::Key }
    }

    fn is_met_by(self, packet: &Packet) -> bool {
        match self {
            Self::Next => true,
            Self::Key => packet.is_key(),
            Self::TimedKey => packet.is_key() && packet.pts().is_some(),
        }
    }
}

/// Decodes the next frame of stream `index`; false at the end. What is damaged is left out, and what comes before
/// `from`, which is then the next. Fails only where the film cannot be read.
pub(super) fn receive(
    input: &mut Input,
    index: usize,
    decoder: &mut Opened,
    from: &mut From,
    frame: &mut Frame,
) -> Result<bool, AvError> {
    receive_noting(input, index, decoder, from, frame, &mut false)
}

/// As [`receive`]; `is_damaged` becomes true where something is left out that cannot be decoded.
pub(super) fn receive_noting(
    input: &mut Input,
    index: usize,
    decoder: &mut Opened,
    from: &mut From,
    frame: &mut Frame,
    is_damaged: &mut bool,
) -> Result<bool, AvError> {
    loop {
        match for_pictures(|| decoder.receive_frame(frame)) {
            Ok(()) => return Ok(true),
            Err(AvError::Eof) => return Ok(false),
            // It wants more.
            Err(AvError::Other { errno: EAGAIN }) => {}
            // It could not make sense of what it has.
            Err(_) => *is_damaged = true,
        }
        let mut packet = Packet::empty();
        match packet.read(input) {
            Ok(()) if packet.stream() != index || !from.is_met_by(&packet) => {}
            Ok(()) => {
                *from = From::Next;
                let is_tag = packet.data().is_some_and(|data| data.starts_with(b"ID3"));
                let sent = send(decoder, &packet);
                *is_damaged |= sent.is_err() && !is_tag;
            }
            Err(AvError::Eof) if decoder.send_eof().is_ok() => {}
            Err(AvError::Eof) => return Ok(false),
            Err(e) => return Err(e),
        }
    }
}

/// Gives a packet to its decoder, which may choose the versions of its loops by it.
///
/// Of FFmpeg's decoders of sound that of Opus chooses on its way: it opens a resampler where what is coded by SILK
/// begins, as the configuration in the packet's first byte says (RFC 6716, 3.1). Packets of more than two channels hold several
/// streams, of which that is the first's. That of AAC may find out by its first packets how they are coded (HE-AAC).
fn send(decoder: &mut Opened, packet: &Packet) -> Result<(), AvError> {
    const CELT_ONLY: u8 = 16;
    // SAFETY: the decoder is open; plain numbers.
    let (channels, frames) =
        unsafe { ((*decoder.as_ptr()).channels, (*decoder.as_ptr()).frame_number) };
    let configuration = || packet.data().and_then(|data| data.first()).map(|first| first >> 3);
    let chooses_for_sound = match decoder.id() {
        Id::OPUS => channels > 2 || configuration().is_some_and(|n| n < CELT_ONLY),
        Id::AAC | Id::AAC_LATM => frames == 0,
        _ => false,
    };
    if chooses_for_sound {
        for_sound(|| decoder.send_packet(packet))
    } else {
        for_pictures(|| decoder.send_packet(packet))
    }
}
