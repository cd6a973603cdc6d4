//! Fragments of MP4 take their place in a film (ISO/IEC 14496-12, 8.8).

use std::fs::File;
use std::io::{self, Seek};
use std::ops::Range;
use std::os::unix::fs::FileExt;

use super::boxes::{Place, places};

/// Fragments that a segment may have at most: so many sequence numbers belong to each.
const FRAGMENTS: u64 = 1 << 10;

/// Numbers each `moof` of `segment`, so that the numbers rise through the film, and adds `begin` to the decoding times of
/// its tracks. Returns where the first `moof` is, and the size of the file.
pub(super) fn place(file: &File, segment: u64, begin: [i64; 2]) -> io::Result<(u64, u64)> {
    let bytes = (&mut &*file).seek(io::SeekFrom::End(0))?;
    let (mut head, mut moofs) = (bytes, 0);
    for place in places(file) {
        let Place { kind, start, end } = place?;
        if &kind == b"moof" {
            head = head.min(start);
            let mut moof = vec![0; (end.min(bytes) - start) as usize];
            file.read_exact_at(&mut moof, start)?;
            place_moof(&mut moof, segment * FRAGMENTS + moofs, begin);
            file.write_all_at(&moof, start)?;
            moofs += 1;
        }
    }
    Ok((head, bytes))
}

fn place_moof(moof: &mut [u8], number: u64, begin: [i64; 2]) {
    let mut inner = 8;
    while let Some((kind, content)) = next_box(moof, inner) {
        inner = content.end;
        match &kind {
            b"mfhd" => {
                let at = content.start + 4;
                moof[at..at + 4].copy_from_slice(&(number as u32 + 1).to_be_bytes());
            }
            b"traf" => place_track(moof, content, begin),
            _ => {}
        }
    }
}

fn place_track(body: &mut [u8], traf: Range<usize>, begin: [i64; 2]) {
    let (mut at, mut track) = (traf.start, 1u32);
    while let Some((kind, content)) = next_box(&body[..traf.end], at) {
        at = content.end;
        let field = content.start + 4;
        match &kind {
            b"tfhd" => {
                track = body[field..field + 4].try_into().map_or(1, u32::from_be_bytes);
            }
            b"tfdt" => {
                let by = begin[usize::from(track > 1)];
                // Version 1 has eight bytes, version 0 four.
                if body[content.start] == 1 {
                    let old = body[field..field + 8].try_into().map_or(0, i64::from_be_bytes);
                    body[field..field + 8].copy_from_slice(&(old + by).to_be_bytes());
                } else {
                    let old = body[field..field + 4].try_into().map_or(0, u32::from_be_bytes);
                    let new = (i64::from(old) + by) as u32;
                    body[field..field + 4].copy_from_slice(&new.to_be_bytes());
                }
            }
            _ => {}
        }
    }
}

/// A box's kind and content within `bytes`, from `at`; `None` at the end.
fn next_box(bytes: &[u8], at: usize) -> Option<([u8; 4], Range<usize>)> {
    let head = bytes.get(at..at + 8)?;
    let size = u32::from_be_bytes(head[..4].try_into().ok()?) as usize;
    let kind = head[4..8].try_into().ok()?;
    let end = at.checked_add(size.max(8)).filter(|end| *end <= bytes.len())?;
    Some((kind, at + 8..end))
}
