//! Pieces joined without encoding.

use std::path::Path;

use super::Cut;
use crate::error::{Invalid, Origin, Result};
use crate::files;
use crate::media::{Container, Joined, Joiner};

/// Joins the pieces of `cut` into `output`, each from the key frame at or before its beginning to the
/// first frame behind its end that others do not lean on.
///
/// # Errors
/// The pieces are coded differently, one cannot be read, or the film not be written; what stands at
/// `output` is then what it was.
pub fn copy(cut: &Cut, output: &Path, with_sound: bool, force: bool) -> Result<Joined> {
    let ending = output.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let container: Container = ending.parse().map_err(|_| {
        let reason = "its ending says the container: .mp4, .mkv or .webm";
        Invalid::new("output", output.display(), reason).from_origin(&Origin::Flags)
    })?;
    files::check_free(output, force)?;
    let aside = files::aside(output);
    let join = || {
        let mut joiner = Joiner::new(&aside, container, with_sound);
        for (film, start, stop) in &cut.pieces {
            joiner.push(&cut.films[*film].0, *start, *stop)?;
        }
        joiner.finish()
    };
    match join() {
        Ok(joined) => {
            files::publish(output)?;
            files::sync_folder(output.parent().unwrap_or(Path::new("")))?;
            Ok(joined)
        }
        Err(e) => {
            let _ = files::remove(&aside);
            Err(e)
        }
    }
}
