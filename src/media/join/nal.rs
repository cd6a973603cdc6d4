//! What kind of key frame a packet of H.264 or HEVC holds.

use ffmpeg_next::codec::Id;

/// How decoding can begin at a key frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    /// It forgets all that was decoded before.
    Anew,
    /// It is decoded alone, but counts on with the pictures before it: so it cannot follow others than its own.
    Within,
}

/// What kind of key frame `packet` holds, of a stream with this `extradata`.
pub(super) fn start(codec: Id, extradata: &[u8], packet: &[u8]) -> Start {
    let kinds: fn(u8) -> Option<Start> = match codec {
        // ITU-T H.264, table 7-1: 5 is an IDR picture, 1 and 2 are parts of others.
        Id::H264 => |head| match head & 31 {
            5 => Some(Start::Anew),
            1 | 2 => Some(Start::Within),
            _ => None,
        },
        // ITU-T H.265, table 7-1: 16 to 20 are BLA and IDR pictures, the others below 32 pictures too, CRA among them.
        Id::HEVC => |head| match head >> 1 & 63 {
            16..=20 => Some(Start::Anew),
            0..=31 => Some(Start::Within),
            _ => None,
        },
        _ => return Start::Anew,
    };
    // The records of MP4 begin with their version, 1; the others with a start code.
    let length = match (extradata.first(), codec) {
        (Some(1), Id::H264) => extradata.get(4).map(|byte| usize::from(byte & 3) + 1),
        (Some(1), _) => extradata.get(21).map(|byte| usize::from(byte & 3) + 1),
        _ => None,
    };
    let found = match length {
        Some(length) => heads_by_length(packet, length).find_map(kinds),
        None => heads_by_code(packet).find_map(kinds),
    };
    found.unwrap_or(Start::Anew)
}

/// The first bytes of NAL units that stand behind their lengths (ISO/IEC 14496-15).
fn heads_by_length(packet: &[u8], length: usize) -> impl Iterator<Item = u8> {
    let mut rest = packet;
    std::iter::from_fn(move || {
        let (size, behind) = rest.split_at_checked(length)?;
        let size = size.iter().fold(0usize, |size, byte| size << 8 | usize::from(*byte));
        let head = behind.first().copied()?;
        rest = behind.get(size..).unwrap_or_default();
        Some(head)
    })
}

/// The first bytes of NAL units that stand behind start codes (annex B).
fn heads_by_code(packet: &[u8]) -> impl Iterator<Item = u8> {
    packet.windows(4).filter(|bytes| bytes[..3] == [0, 0, 1]).map(|bytes| bytes[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_frames_are_told_apart() {
        // A parameter set, then the picture.
        let by_length = |head: u8| [0, 0, 0, 2, 0x67, 9, 0, 0, 0, 3, head, 1, 2];
        let by_code = |head: u8| [0, 0, 0, 1, 0x67, 9, 0, 0, 1, head, 1, 2];
        let record = [1, 0x64, 0, 0x1f, 0xff];
        for (head, expected) in [(0x65, Start::Anew), (0x41, Start::Within)] {
            assert_eq!(start(Id::H264, &record, &by_length(head)), expected);
            assert_eq!(start(Id::H264, &[], &by_code(head)), expected);
        }
        for (kind, expected) in [(19, Start::Anew), (21, Start::Within), (1, Start::Within)] {
            let packet = [0, 0, 0, 1, 32 << 1, 1, 0, 0, 1, kind << 1, 1, 2];
            assert_eq!(start(Id::HEVC, &[], &packet), expected);
        }
        assert_eq!(start(Id::VP9, &[], &[1, 2, 3]), Start::Anew);
    }
}
