//! Decoding a film to see that it can be.

use std::path::Path;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::{context::Context, threading};
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error as AvError, media};

use super::files::{failed, open};
use crate::error::{Error, Result};

/// Decodes the video in `path` on all cores, and returns the number of its frames.
///
/// # Errors
/// The file cannot be read, or a frame not be decoded.
pub fn decode(path: &Path) -> Result<u64> {
    super::init()?;
    let mut input = open(path)?;
    let stream = input.streams().best(media::Type::Video).ok_or_else(|| Error::Media {
        what: format!("cannot decode {}", path.display()),
        reason: "it holds no video".into(),
    })?;
    let index = stream.index();
    let mut context =
        Context::from_parameters(stream.parameters()).map_err(failed("decode", path))?;
    context.set_threading(threading::Config::kind(threading::Type::Frame));
    let mut decoder = context.decoder().video().map_err(failed("decode", path))?;
    let mut frame = Video::empty();
    let mut packet = Packet::empty();
    let mut frames = 0;
    loop {
        let more = match packet.read(&mut input) {
            Ok(()) if packet.stream() != index => continue,
            Ok(()) => {
                decoder.send_packet(&packet).map_err(failed("decode", path))?;
                true
            }
            Err(AvError::Eof) => {
                decoder.send_eof().map_err(failed("decode", path))?;
                false
            }
            Err(e) => return Err(failed("read", path)(e)),
        };
        loop {
            match decoder.receive_frame(&mut frame) {
                Ok(()) if frame.is_corrupt() => {
                    return Err(failed("decode", path)(AvError::InvalidData));
                }
                Ok(()) => frames += 1,
                Err(AvError::Eof) => return Ok(frames),
                Err(AvError::Other { errno }) if errno == ffmpeg_next::error::EAGAIN && more => {
                    break;
                }
                Err(e) => return Err(failed("decode", path)(e)),
            }
        }
    }
}
