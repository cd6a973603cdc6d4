//! Pieces joined without encoding.

use std::path::Path;

use super::Cut;
use crate::crash::crash_point;
use crate::error::{Error, Invalid, Origin, Result};
use crate::files::{self, Stamp, TempFile};
use crate::media::{CopyContainer, Joined, Joiner};

/// Joins the pieces of `cut` into `output`, each from the key frame at or before its beginning to the
/// first frame behind its end that others do not lean on.
///
/// # Errors
/// The pieces are coded differently, one cannot be read or changes meanwhile, or the film not be written; what stands
/// at `output` is then what it was.
pub fn copy(cut: &Cut, output: &Path, with_sound: bool, force: bool) -> Result<Joined> {
    let ending = output.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let container: CopyContainer = ending.parse().map_err(|_| {
        let reason = "the ending of its name chooses the container: .mp4, .mov, .mkv or .webm";
        Invalid::new("output", output.display(), reason).from_origin(&Origin::Flags)
    })?;
    let over = files::check_free(output, force)?;
    files::remove_abandoned(output)?;
    let temp = TempFile::create(output)?.locked()?;
    let films = cut.films.iter().filter_map(|(at, _)| at.file());
    let read: Vec<(&Path, Stamp)> = films.map(|path| (path, Stamp::of(path))).collect();
    let mut joiner = Joiner::new(temp.handle()?, temp.path(), container, with_sound);
    let copied = cut.pieces.iter().try_for_each(|(film, start, stop)| {
        joiner.push(&cut.films[*film].0, *start, *stop)?;
        crash_point!("copied");
        Ok(())
    });
    let joined = copied.and_then(|()| joiner.finish());
    // Whatever else was found then is of no film that there is.
    if let Some((path, _)) = read.iter().find(|(path, stamp)| !Stamp::of(path).is_same(stamp)) {
        let reason = "it was changed while it was copied; copy it when it is whole".into();
        return Err(Error::Film { film: path.display().to_string(), reason });
    }
    let joined = joined?;
    temp.publish(over)?;
    files::sync_folder(files::folder_of(output))?;
    Ok(joined)
}
