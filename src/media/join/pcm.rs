//! Sound that MP4 and QuickTime store without times: sample after sample.

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::codec::packet::{Flags, Packet};
use ffmpeg_next::ffi;

/// Counts the samples that are written. Gaps between packets become silence, and overlaps are left out.
pub(super) struct Pcm {
    /// Bytes of a sample of all channels.
    bytes: usize,
    rate: i64,
    /// The byte of silence.
    silence: u8,
    /// Samples that were placed.
    placed: i64,
}

impl Pcm {
    /// For sound of these parameters; `None` if it is no PCM.
    pub(super) fn of(parameters: &Parameters) -> Option<Self> {
        let codec = parameters.id();
        let name = codec.name();
        let silence = match name {
            "pcm_mulaw" => 0xff,
            "pcm_alaw" => 0xd5,
            name if name.starts_with("pcm_u") => 0x80,
            _ => 0,
        };
        // SAFETY: the parameters are valid as long as they are borrowed; the function looks into a table.
        let (bits, channels, rate) = unsafe {
            let p = &*parameters.as_ptr();
            (ffi::av_get_bits_per_sample(codec.into()), p.ch_layout.nb_channels, p.sample_rate)
        };
        let bytes = usize::try_from(bits / 8 * channels).ok()?;
        (name.starts_with("pcm_") && bytes > 0).then_some(Self {
            bytes,
            rate: rate.into(),
            silence,
            placed: 0,
        })
    }

    /// The packets to write for `packet`, which is heard from sample `first` on; each with its first sample.
    pub(super) fn place(&mut self, packet: &Packet, first: i64) -> Vec<(i64, Packet)> {
        let mut parts = Vec::new();
        let mut add = |placed: &mut i64, data: &[u8]| {
            if !data.is_empty() {
                let samples = (data.len() / self.bytes) as i64;
                let mut part = Packet::copy(data);
                part.set_duration(samples);
                part.set_dts(Some(*placed));
                part.set_flags(Flags::KEY);
                parts.push((*placed, part));
                *placed += samples;
            }
        };
        while first > self.placed {
            let gap = (first - self.placed).min(self.rate.max(1)) as usize;
            add(&mut self.placed, &vec![self.silence; gap * self.bytes]);
        }
        let data = packet.data().unwrap_or_default();
        let known = usize::try_from(self.placed - first).unwrap_or(0).saturating_mul(self.bytes);
        add(&mut self.placed, data.get(known..).unwrap_or_default());
        parts
    }
}
