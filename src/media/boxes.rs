//! The boxes that an MP4 is made of, as far as their places go (ISO/IEC 14496-12, 4.2).

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A box of the file itself, not of another box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub kind: [u8; 4],
    /// The bytes from its head to its end, which may lie behind the end of the file.
    pub start: u64,
    pub end: u64,
}

/// The boxes of `file`, in their order. Ends where the file does, or where no box can be.
pub(super) fn places(file: &File) -> impl Iterator<Item = io::Result<Place>> + '_ {
    let mut at = 0u64;
    std::iter::from_fn(move || {
        let mut head = [0; 16];
        let known = match read_some_at(file, &mut head, at) {
            Ok(known) if known < 8 => return None,
            Ok(known) => known,
            Err(e) => return Some(Err(e)),
        };
        let [a, b, c, d, kind @ .., _, _, _, _, _, _, _, _] = head;
        let size = match u32::from_be_bytes([a, b, c, d]) {
            // It goes to the end of the file.
            0 => u64::MAX - at,
            1 if known == head.len() => u64::from_be_bytes(head[8..].try_into().ok()?),
            size => size.into(),
        };
        let place = Place { kind, start: at, end: at.saturating_add(size.max(8)) };
        at = place.end;
        Some(Ok(place))
    })
}

/// Reads as many bytes as there are, up to those that `bytes` takes.
fn read_some_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<usize> {
    let mut known = 0;
    while known < bytes.len() {
        match file.read_at(&mut bytes[known..], at + known as u64)? {
            0 => break,
            n => known += n,
        }
    }
    Ok(known)
}

/// True for a file that begins as an MP4.
pub(super) fn is_mp4(path: &Path) -> bool {
    let first = File::open(path).and_then(|file| places(&file).next().transpose());
    matches!(first, Ok(Some(first)) if &first.kind == b"ftyp")
}

/// What is known of the fragments of an MP4.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Fragments {
    /// It consists of fragments.
    pub are_there: bool,
    /// Its index names places where no box begins: what is sought by it is not found.
    pub are_misplaced: bool,
}

impl Fragments {
    /// Those of the file at `path`.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        /// Boxes that are looked at: what stands before the media, and it.
        const BOXES: usize = 16;
        let file = File::open(path)?;
        let (mut found, mut named) = (Self::default(), Vec::new());
        for place in places(&file).take(BOXES) {
            let place = place?;
            found.are_there |= &place.kind == b"moof";
            if &place.kind == b"sidx" {
                named.extend(named_by(&file, place)?);
            }
        }
        if found.are_there && !named.is_empty() {
            let begun: HashSet<u64> = places(&file)
                .map(|place| place.map(|place| place.start))
                .collect::<io::Result<_>>()?;
            let bytes = file.metadata()?.len();
            found.are_misplaced = named.iter().any(|at| *at < bytes && !begun.contains(at));
        }
        Ok(found)
    }
}

/// The places that an index of segments names (8.16.3).
fn named_by(file: &File, index: Place) -> io::Result<Vec<u64>> {
    /// Bytes of the largest index that there can be.
    const MOST: u64 = 1 << 20;
    let mut content = vec![0; (index.end - index.start).min(MOST) as usize];
    let known = read_some_at(file, &mut content, index.start)?;
    content.truncate(known);
    let number = |at: usize, bytes: usize| {
        let number = content.get(at..at + bytes)?;
        Some(number.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    // Behind head, version and flags stand track and time scale, then the earliest time and how far behind the index
    // the first segment begins, each of four or of eight bytes.
    let size = if number(8, 1) == Some(0) { 4 } else { 8 };
    let list = 20 + 2 * size;
    let count = number(list + 2, 2).unwrap_or(0) as usize;
    let mut at = index.end.saturating_add(number(20 + size, size).unwrap_or(0));
    let sizes = (0..count).map_while(|n| number(list + 4 + 12 * n, 4));
    Ok(sizes
        .map(|size| {
            let named = at;
            at = at.saturating_add(size & 0x7fff_ffff);
            named
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(boxes: &[(&[u8; 4], &[u8])]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        for (kind, content) in boxes {
            let size = 8 + content.len() as u32;
            file.write_all(&[&size.to_be_bytes(), &kind[..], content].concat()).expect("written");
        }
        file
    }

    /// An index of two segments, of 24 bytes each, whose first is `behind` bytes behind it.
    fn index(behind: u32) -> Vec<u8> {
        let entry = [24u32, 1000, 0];
        let head = [0, 1, 1000, 0, behind, 2];
        [&head[..], &entry, &entry].concat().into_iter().flat_map(u32::to_be_bytes).collect()
    }

    #[test]
    fn boxes_are_found_to_the_end_of_the_file() {
        let file = file(&[(b"ftyp", b"isom"), (b"free", b""), (b"mdat", &[0; 20])]);
        let kinds = |file: &File| -> Vec<([u8; 4], u64)> {
            places(file).map(|place| place.expect("read")).map(|p| (p.kind, p.start)).collect()
        };
        let found = kinds(file.as_file());
        assert_eq!(found, [(*b"ftyp", 0), (*b"free", 12), (*b"mdat", 20)]);
        file.as_file().set_len(24).expect("shorter");
        assert_eq!(kinds(file.as_file()).len(), 2);
        assert!(is_mp4(file.path()));
    }

    #[test]
    fn an_index_of_other_places_is_told() {
        for (behind, is_wrong) in [(0, false), (12, true)] {
            let file = file(&[
                (b"ftyp", b"isom"),
                (b"sidx", &index(behind)),
                (b"moof", &[]),
                (b"mdat", &[0; 8]),
                (b"moof", &[]),
                (b"mdat", &[0; 8]),
            ]);
            let found = Fragments::of(file.path()).expect("read");
            assert_eq!(found, Fragments { are_there: true, are_misplaced: is_wrong });
        }
        let plain = file(&[(b"ftyp", b"isom"), (b"mdat", &[0; 9]), (b"moov", &[])]);
        assert_eq!(Fragments::of(plain.path()).expect("read"), Fragments::default());
    }
}
