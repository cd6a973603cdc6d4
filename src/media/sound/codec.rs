//! What each codec of sound offers, and how its packets lie in a film.

use std::ops::Range;

use crate::values::{FrameRate, named};

named! {
    /// A codec of sound.
    SoundCodec as "sound codec" {
        /// AAC-LC, by FFmpeg's own encoder.
        Aac = "aac",
        /// Opus, by libopus.
        Opus = "opus",
        /// FLAC, lossless, 24 bits.
        Flac = "flac",
        /// PCM, 24 bits.
        Pcm = "pcm",
    }
}

/// How the sound of a film is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundFormat {
    /// The codec.
    pub codec: SoundCodec,
    /// Samples a second.
    pub rate: u32,
    /// 1 or 2.
    pub channels: u32,
    /// Bits a second; nothing where the codec is lossless.
    pub bitrate: u32,
}

/// The rates that AAC has a number for (ISO/IEC 14496-3, table 1.18).
const AAC_RATES: &[u32] =
    &[96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000];

impl SoundCodec {
    /// FFmpeg's name of the encoder.
    pub fn encoder(self) -> &'static str {
        match self {
            Self::Aac => "aac",
            Self::Opus => "libopus",
            Self::Flac => "flac",
            Self::Pcm => "pcm_s24le",
        }
    }

    /// The bits a second that it may be given for so many channels, and those that it gets where nothing is said; `None`
    /// where it is lossless.
    pub fn bitrates(self, channels: u32) -> Option<(Range<u32>, u32)> {
        match self {
            Self::Aac => Some((32_000..256_000 * channels + 1, 96_000 * channels)),
            // libopus has a limit for each channel, and one for both.
            Self::Opus => Some((32_000..510_000.min(256_000 * channels) + 1, 80_000 * channels)),
            Self::Flac | Self::Pcm => None,
        }
    }

    /// The rates that it takes, in samples a second; nothing stands for any.
    pub fn rates(self) -> &'static [u32] {
        match self {
            Self::Aac => AAC_RATES,
            Self::Opus => &[48000],
            Self::Flac | Self::Pcm => &[],
        }
    }
}

impl SoundFormat {
    /// Samples of a packet.
    pub fn packet(&self) -> u64 {
        match self.codec {
            SoundCodec::Aac | SoundCodec::Pcm => 1024,
            SoundCodec::Opus => 960,
            SoundCodec::Flac => 4096,
        }
    }

    /// Samples before the film's first that the first packet begins with: an encoder's windows reach into each other, and
    /// what it gives first is no more than a lead-in.
    pub fn delay(&self) -> u64 {
        match self.codec {
            SoundCodec::Aac => 1024,
            // That of CELT without SILK (RFC 6716, 4.3.7: half of the overlap).
            SoundCodec::Opus => 120,
            SoundCodec::Flac | SoundCodec::Pcm => 0,
        }
    }

    /// Packets that are encoded before those that are kept, so that the encoder is in the state that it would have come
    /// to anyway.
    pub(super) fn lead(&self) -> u64 {
        match self.codec {
            SoundCodec::Aac => 8,
            SoundCodec::Opus => 16,
            SoundCodec::Flac | SoundCodec::Pcm => 0,
        }
    }

    /// The sample that a packet begins with, counted from the film's beginning.
    pub fn first_sample(&self, packet: u64) -> i64 {
        (packet * self.packet()) as i64 - self.delay() as i64
    }

    /// The packets that belong to `frames` of a film that has `all` frames. All packets of a film lie on one grid, counted
    /// from its beginning.
    pub fn packets(&self, fps: FrameRate, frames: Range<u64>, all: u64) -> Range<u64> {
        let (packet, delay) = (self.packet(), self.delay());
        let at = |frame: u64| match frame {
            0 => 0,
            frame if frame >= all => (fps.units(all, self.rate) + delay).div_ceil(packet),
            frame => (fps.units(frame, self.rate) + delay).div_ceil(packet) - delay / packet,
        };
        at(frames.start)..at(frames.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_follow_each_other_without_a_gap() {
        let rates = [(30, 1), (30_000, 1001), (24_000, 1001), (25, 1), (240, 1), (1, 1)];
        for codec in SoundCodec::ALL {
            let format = SoundFormat { codec: *codec, rate: 48_000, channels: 2, bitrate: 0 };
            for (num, den) in rates {
                let (fps, all) = (FrameRate { num, den }, 301);
                let mut next = 0;
                for frame in 0..all {
                    let packets = format.packets(fps, frame..frame + 1, all);
                    assert_eq!(packets.start, next, "{codec} {num}/{den} frame {frame}");
                    next = packets.end;
                }
                let end = fps.units(all, 48_000) as i64;
                assert!(format.first_sample(next) >= end, "{codec} {num}/{den}: too few");
                assert!(format.first_sample(next - 1) < end, "{codec} {num}/{den}: too many");
            }
        }
    }
}
