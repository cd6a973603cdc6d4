//! Playlists: pieces of films, chosen by chance, written for players and read back.
//!
//! [`gather()`] finds the films, [`look`] looks into them, a [`Choice`] chooses, and a [`Writer`]
//! writes; [`read()`] is the way back, from lists of any program.

mod cache;
pub mod choose;
pub mod films;
pub mod format;
pub mod gather;
pub mod read;
pub mod time;

use crate::media::Location;

pub use choose::{Choice, Count, Part, Pick, Snap, Weight};
pub use films::{Film, Films, Refused, look};
pub use format::{Entry, Format, Header, Places, Writer};
pub use gather::gather;
pub use read::{Listed, read, read_bytes, read_from};

/// The name of what is at `at`, without its folder and ending, for titles.
pub fn title(at: &Location) -> String {
    match at {
        Location::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        Location::Url(url) => {
            let path = url.split(['?', '#']).next().unwrap_or(url);
            let name = path.rsplit('/').next().unwrap_or(path);
            let name = crate::media::decode_path(name);
            name.file_stem().unwrap_or_default().to_string_lossy().into_owned()
        }
    }
}

#[cfg(test)]
mod tests;
