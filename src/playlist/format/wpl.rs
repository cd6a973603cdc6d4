//! WPL, of Windows Media Player: SMIL, with a `media` for each film. It is read only.

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use super::{Found, FoundPlace, Nonsense, line};
use crate::media::is_url;

/// Reads the pieces.
pub(super) fn read(content: &[u8]) -> Result<Vec<Found>, Nonsense> {
    let text = std::str::from_utf8(content).map_err(|e| {
        (line(content, e.valid_up_to()), "WPL is UTF-8, and this is not".to_string())
    })?;
    let mut reader = Reader::from_str(text);
    let mut found = Vec::new();
    let mut depth = 0u32;
    loop {
        let here = line(content, reader.buffer_position() as usize);
        let nonsense = |reason: String| (here, reason);
        let event = reader.read_event().map_err(|e| nonsense(e.to_string()))?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth == 0 => return Ok(found),
            Event::Eof => return Err(nonsense("it ends in the middle".into())),
            _ => {}
        }
        let (Event::Start(tag) | Event::Empty(tag)) = &event else { continue };
        if tag.local_name().as_ref() != "media" {
            continue;
        }
        let source = tag.try_get_attribute("src").map_err(|e| nonsense(e.to_string()))?;
        let Some(source) = source else { continue };
        let text = source.normalized_value(XmlVersion::Implicit1_0);
        let text = text.map_err(|e| nonsense(e.to_string()))?;
        let place = match text.contains("://") || is_url(&text) {
            true => FoundPlace::Uri(text.into_owned()),
            false => FoundPlace::Loose(text.into_owned().into_bytes()),
        };
        found.push(Found { place, start: None, stop: None, line: here });
    }
}
