//! Compares the form that packets state with the form that their stream stated at its beginning.

use ffmpeg_next::codec::Id;

use super::nal::{parameter_sets, record_sets};

/// The form of a stream's packets. A container states it once, so it must not change in the middle.
pub(super) struct Head {
    codec: Id,
    extradata: Vec<u8>,
    /// Parameter sets of H.264 and HEVC that the stream began with.
    sets: Vec<Vec<u8>>,
    /// Of the first packet of sound.
    sound: Option<[u8; 3]>,
}

impl Head {
    /// For packets of a stream with this `extradata`.
    pub(super) fn new(codec: Id, extradata: &[u8]) -> Self {
        let sets = record_sets(codec, extradata);
        Self { codec, extradata: extradata.to_vec(), sets, sound: None }
    }

    /// True if `packet` is of the stream's form; `announced` is the new extradata that came with it.
    pub(super) fn is_of(&mut self, packet: &[u8], announced: Option<&[u8]>) -> bool {
        if announced.is_some_and(|announced| announced != self.extradata) {
            return false;
        }
        let is_known = |set: Vec<u8>| self.sets.contains(&set);
        if !self.sets.is_empty()
            && !parameter_sets(self.codec, &self.extradata, packet).all(is_known)
        {
            return false;
        }
        match (sound(self.codec, packet), self.sound) {
            (Some(now), Some(first)) => now == first,
            (now, first) => {
                self.sound = first.or(now);
                true
            }
        }
    }
}

/// The bits of a packet of sound that say its rate and channels; `None` where packets say nothing.
fn sound(codec: Id, packet: &[u8]) -> Option<[u8; 3]> {
    match (codec, packet) {
        // ADTS (ISO/IEC 14496-3, 1.A.2.2): version, profile, rate and channels.
        (Id::AAC, [0xff, a, b, c, ..]) if a & 0xf6 == 0xf0 => Some([a & 8, b & 0xfd, c & 0xc0]),
        // ETSI TS 102 366, 4.3 and E.1.2: rate, version and channels.
        (Id::AC3, [0x0b, 0x77, _, _, a, b, c, ..]) => Some([a & 0xc0, b & 0xf8, c & 0xe0]),
        (Id::EAC3, [0x0b, 0x77, _, _, a, b, ..]) => Some([a & 0xcf, b & 0xf8, 0]),
        // ISO/IEC 11172-3, 2.4.1.3: version, layer, rate, and whether there is one channel.
        (Id::MP2 | Id::MP3, [0xff, a, b, c, ..]) if a & 0xe0 == 0xe0 => {
            Some([a & 0x1e, b & 0x0c, u8::from(c >> 6 == 3)])
        }
        _ => None,
    }
}
