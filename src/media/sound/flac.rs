//! Frames of FLAC (RFC 9639), as those of one stream.

/// Gives a frame the number that it has in the film: an encoder counts from its own beginning. `None` if these bytes are
/// no frame of a stream whose blocks have one size.
pub(super) fn numbered(frame: &[u8], number: u64) -> Option<Vec<u8>> {
    let (sync, body) = frame.split_at_checked(4)?;
    if sync[0] != 0xFF || sync[1] != 0xF8 {
        return None;
    }
    let old = coded_length(*body.first()?)?;
    // What a size or a rate that has no code of its own takes behind the number.
    let of_size = match sync[2] >> 4 {
        6 => 1,
        7 => 2,
        _ => 0,
    };
    let of_rate = match sync[2] & 15 {
        12 => 1,
        13 | 14 => 2,
        _ => 0,
    };
    let values = body.get(old..old + of_size + of_rate)?;
    // Behind the header's own checksum, up to that of the frame.
    let end = frame.len().checked_sub(2)?;
    let data = frame.get(4 + old + values.len() + 1..end)?;
    let mut numbered = sync.to_vec();
    code(number, &mut numbered);
    numbered.extend_from_slice(values);
    numbered.push(crc8(&numbered));
    numbered.extend_from_slice(data);
    let crc = crc16(&numbered);
    numbered.extend_from_slice(&crc.to_be_bytes());
    Some(numbered)
}

/// Bytes of a number that begins with this one.
fn coded_length(first: u8) -> Option<usize> {
    match first.leading_ones() {
        0 => Some(1),
        ones @ 2..=7 => Some(ones as usize),
        _ => None,
    }
}

/// A number in the form of UTF-8, but up to 36 bits (RFC 9639, 9.1.5).
fn code(number: u64, out: &mut Vec<u8>) {
    let bits = 64 - number.leading_zeros();
    if bits <= 7 {
        out.push(number as u8);
        return;
    }
    // The first of `length` bytes holds 7 - length bits, each other one 6.
    let length = (2..=7u32).find(|length| bits <= 5 * length + 1).unwrap_or(7);
    let ones = !(0xFFu16 >> length) as u8;
    out.push(ones | (number >> (6 * (length - 1))) as u8);
    let rest = (0..length - 1).rev().map(|n| 0x80 | (number >> (6 * n)) as u8 & 0x3F);
    out.extend(rest);
}

/// By the polynomial x^8 + x^2 + x + 1.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc: u8, _| (crc << 1) ^ if crc & 0x80 != 0 { 0x07 } else { 0 })
    })
}

/// By the polynomial x^16 + x^15 + x^2 + 1.
fn crc16(bytes: &[u8]) -> u16 {
    let table: [u16; 256] = std::array::from_fn(|byte| {
        let step = |crc: u16, _| (crc << 1) ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 };
        (0..8).fold((byte as u16) << 8, step)
    });
    bytes.iter().fold(0, |crc, byte| (crc << 8) ^ table[usize::from((crc >> 8) as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_coded_as_in_utf_8() {
        for number in [0, 1, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x1_0000, 0x10_FFFF] {
            let mut coded = Vec::new();
            code(number, &mut coded);
            let Some(char) = char::from_u32(number as u32) else { continue };
            assert_eq!(coded, char.to_string().as_bytes(), "{number:x}");
            assert_eq!(coded_length(coded[0]), Some(coded.len()));
        }
        let mut coded = Vec::new();
        code((1 << 36) - 1, &mut coded);
        assert_eq!(coded, [0xFE, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]);
    }

    #[test]
    fn a_frame_keeps_what_is_in_it() {
        // A block of 192 samples, which has a code, at 44.1 kHz, one channel, 16 bits: all of one value.
        let mut frame = vec![0xFF, 0xF8, 0x19, 0x08, 0];
        frame.push(crc8(&frame));
        frame.extend([0x00, 0x12, 0x34]);
        let crc = crc16(&frame);
        frame.extend(crc.to_be_bytes());
        assert_eq!(numbered(&frame, 0).as_deref(), Some(&frame[..]));
        let far = numbered(&frame, 70_000).expect("a frame");
        assert_eq!(far.len(), frame.len() + 3);
        assert_eq!(far[far.len() - 5..far.len() - 2], [0x00, 0x12, 0x34]);
        assert_eq!(numbered(&far, 0).as_deref(), Some(&frame[..]));
        assert_eq!(numbered(&frame[..7], 1), None);
        assert_eq!(numbered(b"", 1), None);
    }
}
