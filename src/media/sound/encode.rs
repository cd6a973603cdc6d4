//! Sound, encoded piece by piece, such that the pieces join without a seam.
//!
//! The windows of AAC and Opus reach into each other: a packet can only be decoded after the one before it. Whoever wants
//! the packets of a stretch encodes from a little before it, so that the encoder is in the state that it would have come
//! to anyway, and keeps those of the stretch.

use std::ops::Range;

use ffmpeg_next::codec::packet::Packet;
use ffmpeg_next::codec::{self, Parameters};
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type;
use ffmpeg_next::frame::Audio;
use ffmpeg_next::{ChannelLayout, Error as AvError, Rational, encoder};

use super::flac::numbered;
use super::{Samples, SoundCodec, SoundFormat};
use crate::error::{Error, Result};
use crate::media::files::options;
use crate::media::versions::for_sound;

/// The sound of a stretch, encoded.
pub struct EncodedSound {
    pub(in crate::media) parameters: Parameters,
    pub(in crate::media) packets: Vec<Packet>,
    pub(in crate::media) format: SoundFormat,
}

/// Encodes the packets in `wanted` of a film with so many `samples`. `read` adds so many samples to its last argument,
/// from the first on, and silence beyond the end.
///
/// # Errors
/// The encoder is missing, or `read` failed.
pub fn encode(
    format: &SoundFormat,
    wanted: Range<u64>,
    samples: u64,
    mut read: impl FnMut(i64, usize, &mut Samples) -> Result<()>,
) -> Result<EncodedSound> {
    let failed =
        |e: AvError| Error::Media { what: "cannot encode sound".into(), reason: e.to_string() };
    let mut encoder = open(format).map_err(failed)?;
    let parameters = Parameters::from(&encoder);
    let size = format.packet();
    let lead = wanted.start.saturating_sub(format.lead());
    let mut kept = Kept { format, wanted: wanted.clone(), lead, packets: Vec::new() };
    let frames = wanted.end - lead + ahead(format.codec);
    for n in 0..frames {
        let first = (lead + n) * size;
        // The last block of a codec without windows ends with the film.
        let count = match format.delay() {
            0 => size.min(samples.saturating_sub(first)),
            _ => size,
        };
        if count == 0 {
            break;
        }
        let mut samples = Samples::default();
        read(first as i64, count as usize, &mut samples)?;
        let frame = frame(format, &samples, (n * size) as i64);
        encoder.send_frame(&frame).map_err(failed)?;
        kept.take(&mut encoder).map_err(failed)?;
    }
    encoder.send_eof().map_err(failed)?;
    kept.take(&mut encoder).map_err(failed)?;
    match kept.packets.len() as u64 == wanted.end - wanted.start {
        true => Ok(EncodedSound { parameters, packets: kept.packets, format: *format }),
        false => Err(failed(AvError::Bug)),
    }
}

/// Packets behind the last that is wanted that an encoder looks at: one for the window's second half, and for AAC one that
/// it looks ahead.
fn ahead(codec: SoundCodec) -> u64 {
    match codec {
        SoundCodec::Aac => 2,
        SoundCodec::Opus => 1,
        SoundCodec::Flac | SoundCodec::Pcm => 0,
    }
}

/// The packets that are wanted.
struct Kept<'a> {
    format: &'a SoundFormat,
    wanted: Range<u64>,
    /// The packet that the encoder began with.
    lead: u64,
    packets: Vec<Packet>,
}

impl Kept<'_> {
    /// Takes what the encoder has made.
    fn take(&mut self, encoder: &mut encoder::Audio) -> Result<(), AvError> {
        let size = self.format.packet() as i64;
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
            // The encoder's first packet has the time of what it looks back at.
            let place = packet.pts().map(|t| (t + self.format.delay() as i64).div_euclid(size));
            let index = place.and_then(|n| u64::try_from(n).ok()).map(|n| n + self.lead);
            // FLAC's last packet holds nothing but what it found out about all of them.
            let index = index.filter(|index| packet.size() > 0 && self.wanted.contains(index));
            let Some(index) = index else { continue };
            self.packets.push(match self.format.codec {
                SoundCodec::Flac => {
                    let data = packet.data().and_then(|data| numbered(data, index));
                    Packet::copy(&data.ok_or(AvError::Bug)?)
                }
                _ => packet,
            });
        }
    }
}

/// Bits of a sample of FLAC.
pub(in crate::media) const FLAC_BITS: i32 = 24;

fn open(format: &SoundFormat) -> Result<encoder::Audio, AvError> {
    let SoundFormat { codec, rate, bitrate, .. } = *format;
    let found = encoder::find_by_name(codec.encoder()).ok_or(AvError::EncoderNotFound)?;
    let mut context = codec::Context::new_with_codec(found).encoder().audio()?;
    context.set_rate(rate as i32);
    context.set_format(sample(codec));
    context.set_channel_layout(layout(format));
    context.set_bit_rate(bitrate as usize);
    context.set_time_base(Rational::new(1, rate as i32));
    // What is coded must not depend on what was coded long before.
    let mut settings =
        vec![("flags", "+bitexact+global_header".to_string()), ("threads", "1".into())];
    match codec {
        SoundCodec::Aac => settings.push(("aac_pns", "0".into())),
        // CELT alone: SILK carries more of its state from packet to packet.
        SoundCodec::Opus => settings.push(("application", "lowdelay".into())),
        SoundCodec::Flac | SoundCodec::Pcm => {
            // SAFETY: the context is valid and not yet open; plain numbers that ffmpeg-next has no setters for.
            unsafe {
                let context = context.as_mut_ptr();
                (*context).bits_per_raw_sample = FLAC_BITS;
                (*context).frame_size = format.packet() as i32;
            }
        }
    }
    let encoder = for_sound(|| context.open_with(options(settings)))?;
    // SAFETY: the encoder is open; a plain number.
    let delay = unsafe { (*encoder.as_ptr()).initial_padding };
    match u64::try_from(delay) == Ok(format.delay()) {
        true => Ok(encoder),
        // The grid would be another.
        false => Err(AvError::Bug),
    }
}

/// The form of samples that an encoder takes.
fn sample(codec: SoundCodec) -> Sample {
    match codec {
        SoundCodec::Aac => Sample::F32(Type::Planar),
        SoundCodec::Opus => Sample::F32(Type::Packed),
        SoundCodec::Flac | SoundCodec::Pcm => Sample::I32(Type::Packed),
    }
}

fn layout(format: &SoundFormat) -> ChannelLayout {
    match format.channels {
        1 => ChannelLayout::MONO,
        _ => ChannelLayout::STEREO,
    }
}

/// Samples as the encoder takes them; of one channel those of the left.
fn frame(format: &SoundFormat, samples: &Samples, time: i64) -> Audio {
    let count = samples[0].len();
    let mut frame = Audio::new(sample(format.codec), count, layout(format));
    frame.set_rate(format.rate);
    frame.set_pts(Some(time));
    let channels = &samples[..format.channels as usize];
    if frame.is_planar() {
        for (channel, samples) in channels.iter().enumerate() {
            frame.plane_mut::<f32>(channel).copy_from_slice(samples);
        }
        return frame;
    }
    let bytes = frame.data_mut(0).chunks_exact_mut(4);
    let samples = (0..count).flat_map(|n| channels.iter().map(move |channel| channel[n]));
    for (bytes, sample) in bytes.zip(samples) {
        bytes.copy_from_slice(&match format.codec {
            // The upper 24 bits count.
            SoundCodec::Flac | SoundCodec::Pcm => (whole(sample) << 8).to_ne_bytes(),
            _ => sample.to_ne_bytes(),
        });
    }
    frame
}

/// A sample as a whole number of 24 bits.
pub(super) fn whole(sample: f32) -> i32 {
    const MOST: f32 = (1 << 23) as f32;
    // Of no number 0.
    (sample * MOST).round().clamp(-MOST, MOST - 1.0) as i32
}
