//! The seal at the end of a segment file: what the segment is, and a checksum over all of it.
//!
//! With it a segment vouches for itself, whatever becomes of the database: that it is whole, of
//! which recipe, which part of it, and by which encoder libraries. It is 72 bytes, which readers
//! of the container skip:
//!
//! | Bytes | What |
//! |--:|---|
//! | 8 | header of an MP4 `free` box (ISO/IEC 14496-12, 8.1.2), or of a Matroska Void element (RFC 9559, 5.1) |
//! | 8 | `genmedia` |
//! | 16 | identity of the recipe: the first half of its hash |
//! | 8 | versions of the encoder libraries |
//! | 8 | index of the segment |
//! | 8 | its number of frames |
//! | 16 | XXH3-128 of all bytes before this one |
//!
//! Numbers are big-endian, as in MP4.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::codec::Container;
use crate::checksum::{Checksum, Hasher};
use crate::error::{Error, Result};
use crate::files;

const LENGTH: u64 = 72;
const MAGIC: &[u8; 8] = b"genmedia";

/// What a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// First half of the recipe's identity.
    pub identity: [u8; 16],
    /// Versions of the encoder libraries, see [`build`](super::build).
    pub build: u64,
    /// The segment's index, from 0.
    pub index: u64,
    /// Its number of frames.
    pub frames: u64,
}

/// A sealed file: its size and checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Bytes, with the seal.
    pub bytes: u64,
    /// Of everything before it.
    pub checksum: Checksum,
}

impl Seal {
    /// Seals the finished segment in `file`, which is yet to be synced; `path` is named in errors.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn write(&self, mut file: &File, path: &Path, container: Container) -> Result<Sealed> {
        file.rewind().map_err(Error::io("read", path))?;
        let mut hasher = Hasher::default();
        hasher.read_all(&mut file).map_err(Error::io("read", path))?;
        let header: [u8; 8] = match container {
            Container::Mp4 | Container::Mov => *b"\0\0\0\x48free",
            // EBML: the identifier, then 70 as a length of one byte, then six bytes of nothing.
            Container::Mkv | Container::Webm => [0xEC, 0x80 | 70, 0, 0, 0, 0, 0, 0],
        };
        let mut trailer = Vec::with_capacity(LENGTH as usize);
        trailer.extend(header);
        trailer.extend(MAGIC);
        trailer.extend(self.identity);
        trailer.extend(self.build.to_be_bytes());
        trailer.extend(self.index.to_be_bytes());
        trailer.extend(self.frames.to_be_bytes());
        hasher.add(&trailer);
        let checksum = hasher.checksum();
        trailer.extend(checksum.0.to_be_bytes());
        file.write_all(&trailer).map_err(Error::io("write", path))?;
        Ok(Sealed { bytes: hasher.bytes() + 16, checksum })
    }

    /// Reads the seal only, not what it vouches for.
    ///
    /// # Errors
    /// The file cannot be read; [`ErrorKind::InvalidData`] if it ends in no seal.
    pub fn read(path: &Path) -> io::Result<(Self, Sealed)> {
        read_end(&mut files::open_regular(path)?)
    }

    /// Reads the whole file and checks it against its seal.
    ///
    /// # Errors
    /// As [`Seal::read`], also if a bit is not what it was.
    pub fn verify(path: &Path) -> io::Result<(Self, Sealed)> {
        let mut file = files::open_regular(path)?;
        let (seal, sealed) = read_end(&mut file)?;
        file.rewind()?;
        let mut hasher = Hasher::default();
        hasher.read_all(&mut file.take(sealed.bytes - 16))?;
        match hasher.checksum() == sealed.checksum {
            true => Ok((seal, sealed)),
            false => Err(io::Error::new(ErrorKind::InvalidData, "its checksum is wrong")),
        }
    }
}

fn read_end(file: &mut File) -> io::Result<(Seal, Sealed)> {
    let no_seal = || io::Error::new(ErrorKind::InvalidData, "it is cut short or has no seal");
    let bytes = file.metadata()?.len();
    let start = bytes.checked_sub(LENGTH).ok_or_else(no_seal)?;
    file.seek(SeekFrom::Start(start))?;
    let mut trailer = [0; LENGTH as usize];
    file.read_exact(&mut trailer)?;
    let (magic, rest) = trailer[8..].split_at(8);
    if magic != MAGIC {
        return Err(no_seal());
    }
    let mut rest = rest;
    fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
        let mut field = [0; N];
        let (head, tail) = rest.split_at(N);
        field.copy_from_slice(head);
        *rest = tail;
        field
    }
    let seal = Seal {
        identity: take(&mut rest),
        build: u64::from_be_bytes(take(&mut rest)),
        index: u64::from_be_bytes(take(&mut rest)),
        frames: u64::from_be_bytes(take(&mut rest)),
    };
    let checksum = Checksum(u128::from_be_bytes(take(&mut rest)));
    Ok((seal, Sealed { bytes, checksum }))
}
