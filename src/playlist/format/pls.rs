//! PLS, of Winamp and of web radios: keys with numbers, as in an INI file. It is read only.

use super::{Found, FoundPlace, Nonsense};
use crate::media::is_url;

/// Reads the pieces in the order of their numbers.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    let mut found: Vec<(u64, Found)> = Vec::new();
    for (line, bytes) in (1..).zip(content.split(|b| *b == b'\n')) {
        let bytes = bytes.trim_ascii();
        let Some((key, place)) = bytes.iter().position(|b| *b == b'=').map(|at| bytes.split_at(at))
        else {
            continue;
        };
        let place = place[1..].trim_ascii_start();
        let key = String::from_utf8_lossy(key).trim().to_ascii_lowercase();
        let Some(number) = key.strip_prefix("file") else { continue };
        let number = number.parse().map_err(|_| (line, format!("'{key}' has no number")))?;
        let place = match std::str::from_utf8(place) {
            Ok(text) if text.contains("://") || is_url(text) => FoundPlace::Uri(text.into()),
            _ => FoundPlace::Loose(place.into()),
        };
        found.push((number, Found { place, start: None, stop: None, line }));
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, found)| found).collect())
}
