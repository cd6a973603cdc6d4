//! Checksums: XXH3 with 128 bits. They tell damage from health, not friend from foe.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use xxhash_rust::xxh3::Xxh3;

/// A checksum; printed as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum(pub u128);

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Checksum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.len() {
            32 => u128::from_str_radix(text, 16).map(Self).map_err(|e| e.to_string()),
            _ => Err("a checksum has 32 hex digits".into()),
        }
    }
}

/// A checksum of what is written into it.
#[derive(Default)]
pub struct Hasher {
    state: Xxh3,
    bytes: u64,
}

impl Hasher {
    /// The checksum of what came so far.
    pub fn checksum(&self) -> Checksum {
        Checksum(self.state.digest128())
    }

    /// The number of bytes that came so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes in some bytes.
    pub fn add(&mut self, data: &[u8]) {
        self.state.update(data);
        self.bytes += data.len() as u64;
    }

    /// Takes in all that is left to read.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read_all(&mut self, reader: &mut impl Read) -> io::Result<()> {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(()),
                n => self.add(&buffer[..n]),
            }
        }
    }
}

impl Write for Hasher {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.add(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
