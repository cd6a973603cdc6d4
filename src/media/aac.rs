//! Sound in AAC, piece by piece, such that the pieces join without a seam.
//!
//! AAC codes 1024 samples a packet, each packet's window reaching into the next: a packet can only
//! be decoded after the one before it. The packets of a film lie on one grid, counted from its
//! beginning: packet `n` completes samples `1024 * (n - 1)` up to `1024 * n`, so that packet 0 is
//! but the lead-in. Whoever wants the packets of a stretch encodes from a little before it, so that
//! the encoder is in the state that it would have come to anyway, and keeps those of the stretch.

use std::ops::Range;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::{self, Parameters};
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type;
use ffmpeg_next::frame::Audio;
use ffmpeg_next::{ChannelLayout, Error as AvError, Rational, encoder};

use super::files::options;
use super::sound::Samples;
use crate::error::{Error, Result};
use crate::values::FrameRate;

/// Samples of a packet.
pub const PACKET: u64 = 1024;
/// Bits a second.
const BITRATE: usize = 192_000;
/// Packets that are encoded before those that are kept.
const LEAD: u64 = 8;

/// The sound of a stretch, encoded.
pub struct Sound {
    pub(super) parameters: Parameters,
    pub(super) packets: Vec<Packet>,
}

impl Sound {
    /// Samples a second.
    pub(super) fn rate(&self) -> u32 {
        // SAFETY: the parameters are valid as long as they are borrowed; a plain number.
        unsafe { (*self.parameters.as_ptr()).sample_rate as u32 }
    }
}

/// The packets that belong to `frames` of a film that has `all` frames, at `rate` samples a second.
pub fn packets(rate: u32, fps: FrameRate, frames: Range<u64>, all: u64) -> Range<u64> {
    let at = |frame: u64| match frame {
        0 => 0,
        frame if frame >= all => 1 + fps.units(all, rate).div_ceil(PACKET),
        frame => fps.units(frame, rate).div_ceil(PACKET),
    };
    at(frames.start)..at(frames.end)
}

/// Encodes the packets in `wanted` at `rate` samples a second. `read` adds so many samples to its
/// last argument, from the first on.
///
/// # Errors
/// The encoder is missing, or `read` failed.
pub fn encode(
    rate: u32,
    wanted: Range<u64>,
    mut read: impl FnMut(i64, usize, &mut Samples) -> Result<()>,
) -> Result<Sound> {
    let failed =
        |e: AvError| Error::Media { what: "cannot encode sound".into(), reason: e.to_string() };
    let mut encoder = open(rate).map_err(failed)?;
    let parameters = Parameters::from(&encoder);
    let lead = wanted.start.saturating_sub(LEAD);
    let first = (lead * PACKET) as i64;
    // One more for the window's second half, and one that the encoder looks ahead.
    let frames = wanted.end - lead + 2;
    let mut packets = Vec::new();
    let mut keep = |encoder: &mut encoder::Audio| -> Result<(), AvError> {
        loop {
            let mut packet = Packet::empty();
            match encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(AvError::Eof) => return Ok(()),
                Err(AvError::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => {
                    return Ok(());
                }
                Err(e) => return Err(e),
            }
            // The encoder's first packet has the time of a packet before its first sample.
            let place = packet.pts().map(|t| t.div_euclid(PACKET as i64) + 1);
            let index = place.and_then(|n| u64::try_from(n).ok()).map(|n| n + lead);
            if index.is_some_and(|index| wanted.contains(&index)) {
                packets.push(packet);
            }
        }
    };
    for n in 0..frames {
        let mut samples = Samples::default();
        read(first + (n * PACKET) as i64, PACKET as usize, &mut samples)?;
        let mut frame =
            Audio::new(Sample::F32(Type::Planar), PACKET as usize, ChannelLayout::STEREO);
        frame.set_rate(rate);
        frame.set_pts(Some((n * PACKET) as i64));
        for (channel, samples) in samples.iter().enumerate() {
            frame.plane_mut::<f32>(channel).copy_from_slice(samples);
        }
        encoder.send_frame(&frame).map_err(failed)?;
        keep(&mut encoder).map_err(failed)?;
    }
    encoder.send_eof().map_err(failed)?;
    keep(&mut encoder).map_err(failed)?;
    match packets.len() as u64 == wanted.end - wanted.start {
        true => Ok(Sound { parameters, packets }),
        false => Err(failed(AvError::Bug)),
    }
}

fn open(rate: u32) -> Result<encoder::Audio, AvError> {
    let codec = encoder::find_by_name("aac").ok_or(AvError::EncoderNotFound)?;
    let mut context = codec::Context::new_with_codec(codec).encoder().audio()?;
    context.set_rate(rate as i32);
    context.set_format(Sample::F32(Type::Planar));
    context.set_channel_layout(ChannelLayout::STEREO);
    context.set_bit_rate(BITRATE);
    context.set_time_base(Rational::new(1, rate as i32));
    // What is coded must not depend on what was coded long before.
    let settings = [
        ("flags", "+bitexact+global_header".to_string()),
        ("threads", "1".into()),
        ("aac_pns", "0".into()),
    ];
    context.open_with(options(settings))
}
