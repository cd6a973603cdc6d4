//! Fonts: the one that is built in, files, and those of the system.

use std::collections::BTreeSet;
use std::path::Path;

use fontdb::{Database, Family, Query, Source, Stretch, Style, Weight};
use rustybuzz::Face;
use rustybuzz::ttf_parser::fonts_in_collection;

use crate::error::did_you_mean;

/// Inter Semi Bold 4.0, by The Inter Project Authors, under the SIL Open Font License 1.1 (assets/Inter-LICENSE.txt).
pub(super) const BUILT_IN: &[u8] = include_bytes!("../../../assets/Inter-SemiBold.otf");

/// A file of a font, and which of its faces, if its name says that.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub path: String,
    pub face: Option<u32>,
}

/// A face of the font whose file holds `data`.
///
/// # Errors
/// It is no font, or has fewer faces, in a line.
pub(super) fn open(data: &[u8], face: u32) -> Result<Face<'_>, String> {
    let faces = fonts_in_collection(data).unwrap_or(1);
    if face >= faces {
        return Err(format!("its faces are 0 to {}, and face is {face}", faces - 1));
    }
    Face::from_slice(data, face)
        .ok_or_else(|| "this is no font that is known (TrueType or OpenType)".into())
}

/// Finds a font by the path of its file, or by its family's name among those that the system has.
///
/// # Errors
/// There is none, in a line.
pub(super) fn find(name: &str, weight: u32, italic: bool) -> Result<Found, String> {
    if Path::new(name).is_file() {
        return Ok(Found { path: name.into(), face: None });
    }
    if name.contains('/') {
        return Err("there is no such file".into());
    }
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let named = fonts.faces().flat_map(|face| &face.families).map(|(family, _)| family.as_str());
    let families: BTreeSet<&str> = named.collect();
    let known = families.iter().find(|family| family.eq_ignore_ascii_case(name));
    let query = Query {
        families: &[Family::Name(known.copied().unwrap_or(name))],
        weight: Weight(weight.min(1000) as u16),
        stretch: Stretch::Normal,
        style: if italic { Style::Italic } else { Style::Normal },
    };
    let face = fonts.query(&query).and_then(|id| fonts.face(id));
    match face.map(|face| (&face.source, face.index)) {
        Some((Source::File(path) | Source::SharedFile(path, _), face)) => {
            Ok(Found { path: path.to_string_lossy().into_owned(), face: Some(face) })
        }
        _ => {
            let near = did_you_mean(name, families.iter().copied());
            Err(format!(
                "no font of this name is installed{near}; fc-list names them, and a file will do"
            ))
        }
    }
}
