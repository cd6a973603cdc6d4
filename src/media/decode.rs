//! Reading and decoding a film, to see that it is what it was.

use std::fs::File;
use std::path::Path;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::{context::Context, threading};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error as AvError, media};

use super::alpha::{beside, open_decoder};
use super::files::{failed, open, open_file};
use crate::checksum::{Checksum, Hasher};
use crate::error::{Error, Result};

/// What is in a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Frames that were decoded, or packets of the picture where nothing was.
    pub frames: u64,
    /// Checksum of the packets: of the picture's, and where there is sound, of that checksum and the sound's.
    pub checksum: Checksum,
}

/// Checksums of a film's packets, whatever the order in which picture and sound are stored.
#[derive(Default)]
struct Sums {
    picture: Hasher,
    sound: Hasher,
}

impl Sums {
    /// Of both; that of the picture where there is no sound.
    fn checksum(&self) -> Checksum {
        let picture = self.picture.checksum();
        if self.sound.bytes() == 0 {
            return picture;
        }
        let mut both = Hasher::default();
        both.add(&picture.0.to_be_bytes());
        both.add(&self.sound.checksum().0.to_be_bytes());
        both.checksum()
    }

    /// Adds a packet of the stream `picture`, or of another.
    fn add(&mut self, packet: &Packet, picture: usize) {
        let sum = if packet.stream() == picture { &mut self.picture } else { &mut self.sound };
        sum.add(packet.data().unwrap_or_default());
        beside(packet).for_each(|alpha| sum.add(&alpha));
    }
}

/// Reads the packets of the video in `path`.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> Result<Content> {
    super::init()?;
    read_from(open(path)?, path)
}

/// As [`read`], of a video that is open; `path` is named in errors.
///
/// # Errors
/// As [`read`].
pub fn read_open(file: File, path: &Path) -> Result<Content> {
    super::init()?;
    read_from(open_file(file, path)?, path)
}

fn read_from(input: Input, path: &Path) -> Result<Content> {
    let (mut input, index) = video_of(input, path)?;
    let mut sums = Sums::default();
    let mut packet = Packet::empty();
    let mut frames = 0;
    loop {
        match packet.read(&mut input) {
            Ok(()) => {
                sums.add(&packet, index);
                frames += u64::from(packet.stream() == index);
            }
            Err(AvError::Eof) => return Ok(Content { frames, checksum: sums.checksum() }),
            Err(e) => return Err(failed("read", path)(e)),
        }
    }
}

fn video_of(input: Input, path: &Path) -> Result<(Input, usize)> {
    let index = input.streams().best(media::Type::Video).map(|stream| stream.index());
    let index = index.ok_or_else(|| Error::Media {
        what: format!("cannot read {}", path.display()),
        reason: "it holds no video".into(),
    })?;
    Ok((input, index))
}

/// Decodes the video in `path` on all cores.
///
/// # Errors
/// The file cannot be read, or a frame not be decoded.
pub fn decode(path: &Path) -> Result<Content> {
    super::init()?;
    let (mut input, index) = video_of(open(path)?, path)?;
    let stream =
        input.stream(index).ok_or_else(|| failed("read", path)(AvError::StreamNotFound))?;
    let mut sums = Sums::default();
    let mut context =
        Context::from_parameters(stream.parameters()).map_err(failed("decode", path))?;
    context.set_threading(threading::Config::kind(threading::Type::Frame));
    let mut decoder = open_decoder(&stream, context).map_err(failed("decode", path))?;
    let mut frame = Video::empty();
    let mut packet = Packet::empty();
    let mut frames = 0;
    loop {
        let more = match packet.read(&mut input) {
            Ok(()) if packet.stream() != index => {
                sums.add(&packet, index);
                continue;
            }
            Ok(()) => {
                sums.add(&packet, index);
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
                Err(AvError::Eof) => return Ok(Content { frames, checksum: sums.checksum() }),
                Err(AvError::Other { errno }) if errno == ffmpeg_next::error::EAGAIN && more => {
                    break;
                }
                Err(e) => return Err(failed("decode", path)(e)),
            }
        }
    }
}
