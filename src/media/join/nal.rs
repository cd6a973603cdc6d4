//! NAL units of H.264 and HEVC: what kind of key frame a packet holds, and which parameter sets.

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
    let found = match length_size(codec, extradata) {
        Some(length) => units_by_length(packet, length).find_map(|unit| kinds(unit[0])),
        None => units_by_code(packet).find_map(|unit| kinds(unit[0])),
    };
    found.unwrap_or(Start::Anew)
}

/// Bytes of the lengths before NAL units; `None` where start codes stand before them.
fn length_size(codec: Id, extradata: &[u8]) -> Option<usize> {
    // The records of MP4 begin with their version, 1; the others with a start code.
    match (extradata.first(), codec) {
        (Some(1), Id::H264) => extradata.get(4).map(|byte| usize::from(byte & 3) + 1),
        (Some(1), Id::HEVC) => extradata.get(21).map(|byte| usize::from(byte & 3) + 1),
        _ => None,
    }
}

/// NAL units that stand behind their lengths (ISO/IEC 14496-15), none of them empty.
fn units_by_length(packet: &[u8], length: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = packet;
    std::iter::from_fn(move || {
        loop {
            let (size, behind) = rest.split_at_checked(length)?;
            let size = size.iter().fold(0usize, |size, byte| size << 8 | usize::from(*byte));
            let (unit, left) = behind.split_at(size.min(behind.len()));
            rest = left;
            if !unit.is_empty() {
                return Some(unit);
            }
        }
    })
}

/// NAL units that stand behind start codes (annex B), none of them empty.
fn units_by_code(packet: &[u8]) -> impl Iterator<Item = &[u8]> {
    let code = |bytes: &[u8]| bytes.windows(3).position(|bytes| bytes == [0, 0, 1]);
    let mut rest = code(packet).map_or(&packet[..0], |at| &packet[at + 3..]);
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let end = code(rest).unwrap_or(rest.len());
            let unit = &rest[..end];
            rest = rest.get(end + 3..).unwrap_or_default();
            if !unit.is_empty() {
                return Some(unit);
            }
        }
        None
    })
}

/// True for a unit that is a parameter set of its codec.
fn is_set(codec: Id, unit: &[u8]) -> bool {
    match codec {
        Id::H264 => matches!(unit[0] & 31, 7 | 8),
        Id::HEVC => matches!(unit[0] >> 1 & 63, 32..=34),
        _ => false,
    }
}

/// A set without the zeros that may follow it.
fn trimmed(set: &[u8]) -> Vec<u8> {
    let end = set.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    set[..end].to_vec()
}

/// The parameter sets in a packet.
pub(super) fn parameter_sets<'a>(
    codec: Id,
    extradata: &[u8],
    packet: &'a [u8],
) -> Box<dyn Iterator<Item = Vec<u8>> + 'a> {
    let set = move |unit: &&[u8]| is_set(codec, unit);
    match length_size(codec, extradata) {
        _ if !matches!(codec, Id::H264 | Id::HEVC) => Box::new(std::iter::empty()),
        Some(length) => Box::new(units_by_length(packet, length).filter(set).map(trimmed)),
        None => Box::new(units_by_code(packet).filter(set).map(trimmed)),
    }
}

/// The parameter sets that a stream begins with, in a record of MP4 or behind start codes.
pub(super) fn record_sets(codec: Id, extradata: &[u8]) -> Vec<Vec<u8>> {
    let units: Vec<&[u8]> = match (length_size(codec, extradata), codec) {
        // Of H.264 the numbers of sets stand before them, of HEVC also their kinds; the length of each has two bytes.
        (Some(_), Id::H264) => {
            let mut rest = extradata.get(5..).unwrap_or_default();
            let mut units = Vec::new();
            for mask in [0x1f, 0xff] {
                let Some((count, behind)) = rest.split_first() else { break };
                rest = sets_in(behind, (count & mask).into(), &mut units);
            }
            units
        }
        (Some(_), _) => {
            let mut rest = extradata.get(23..).unwrap_or_default();
            let mut units = Vec::new();
            while let [_, high, low, behind @ ..] = rest {
                rest = sets_in(behind, u16::from_be_bytes([*high, *low]).into(), &mut units);
            }
            units
        }
        (None, _) => units_by_code(extradata).collect(),
    };
    units.into_iter().filter(|unit| is_set(codec, unit)).map(trimmed).collect()
}

/// Takes `count` sets from the beginning of `rest`; gives what is left.
fn sets_in<'a>(mut rest: &'a [u8], count: usize, units: &mut Vec<&'a [u8]>) -> &'a [u8] {
    for _ in 0..count {
        let [high, low, behind @ ..] = rest else { return &[] };
        let size = usize::from(u16::from_be_bytes([*high, *low])).min(behind.len());
        let (unit, left) = behind.split_at(size);
        units.extend(Some(unit).filter(|unit| !unit.is_empty()));
        rest = left;
    }
    rest
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

    #[test]
    fn parameter_sets_are_the_same_in_records_and_packets() {
        let record = [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 2, 0x67, 9, 1, 0, 3, 0x68, 7, 5];
        let sets = record_sets(Id::H264, &record);
        assert_eq!(sets, [vec![0x67, 9], vec![0x68, 7, 5]]);
        let packet = [0, 0, 0, 2, 0x67, 9, 0, 0, 0, 3, 0x68, 7, 5, 0, 0, 0, 2, 0x65, 1];
        assert_eq!(parameter_sets(Id::H264, &record, &packet).collect::<Vec<_>>(), sets);
        let coded = [0, 0, 0, 1, 0x67, 9, 0, 0, 0, 1, 0x68, 7, 5, 0, 0, 1, 0x65, 1];
        assert_eq!(record_sets(Id::H264, &coded), sets);
        assert_eq!(parameter_sets(Id::H264, &coded, &coded).collect::<Vec<_>>(), sets);
        let mut record = [1; 23].to_vec();
        record.extend([0xa0, 0, 1, 0, 3, 32 << 1, 1, 4, 0xa1, 0, 1, 0, 3, 33 << 1, 1, 5]);
        let sets = record_sets(Id::HEVC, &record);
        assert_eq!(sets, [vec![32 << 1, 1, 4], vec![33 << 1, 1, 5]]);
        assert_eq!(record_sets(Id::VP9, &[1, 2, 3]), [[0u8; 0]; 0]);
    }
}
