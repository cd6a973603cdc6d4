//! Looking at the sound before frames are drawn that follow it.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::jobs::shards::Meeting;
use crate::jobs::{Event, Folder};
use crate::recipe::Recipe;
use crate::sound::Signals;

/// A recipe whose signals are known.
pub(super) struct Heard<'a> {
    pub recipe: Cow<'a, Recipe>,
    /// What is to be kept of them, if it was found just now.
    found: Option<Vec<u8>>,
}

/// How `recipe` is to be drawn, where `copy` reads the files: with its signals, of which those are taken that are `kept`
/// with the job. Others are found by `threads` threads, and `tell` told how far that is.
///
/// # Errors
/// A file is missing, or is another; a value that follows the sound leaves its range; `cancel` was set.
pub(super) fn hear<'a>(
    recipe: &'a Recipe,
    copy: &Recipe,
    kept: Option<Vec<u8>>,
    threads: usize,
    cancel: &Cancel,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<Heard<'a>> {
    let wanted = recipe.signals();
    if wanted.is_empty() {
        return Ok(Heard { recipe: Cow::Borrowed(recipe), found: None });
    }
    let key = Signals::key(&recipe.heard_text(), &wanted);
    if let Some(signals) = kept.and_then(|bytes| Signals::from_bytes(&bytes, &key)) {
        return Ok(Heard { recipe: Cow::Owned(recipe.with_signals(&signals)?), found: None });
    }
    let signals = find(copy, threads, cancel, tell)?;
    if signals.lack_beat() {
        tell(Event::Beatless);
    }
    let found = Some(signals.to_bytes(&key));
    Ok(Heard { recipe: Cow::Owned(recipe.with_signals(&signals)?), found })
}

impl Heard<'_> {
    /// Keeps what was found with the job.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, folder: &Folder) -> Result<()> {
        self.found.iter().try_for_each(|bytes| folder.keep_signals(bytes))
    }

    /// The same, where all see it who render the job.
    ///
    /// # Errors
    /// It cannot be written there.
    pub fn share(&self, meeting: &Meeting) -> Result<()> {
        self.found.iter().try_for_each(|bytes| meeting.bring_signals(bytes))
    }
}

fn kept(path: &Path, key: &str) -> Option<Signals> {
    Signals::from_bytes(&fs::read(path).ok()?, key)
}

/// Looks at all of the sound of `recipe`.
fn find(
    recipe: &Recipe,
    threads: usize,
    cancel: &Cancel,
    tell: &(dyn Fn(Event) + Sync),
) -> Result<Signals> {
    crate::media::init()?;
    let Some(studio) = recipe.studio(None) else {
        return Err(Error::NotReady("nothing is heard that the picture could follow".into()));
    };
    studio.ready().map_err(Error::NotReady)?;
    let progress = |seconds: f64, of: f64| {
        tell(Event::Listening { seconds, of });
        cancel.check().map_err(|_| Error::Interrupted)
    };
    let look = || Signals::of(&studio, &recipe.signals(), &progress);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    match pool {
        Ok(pool) => pool.install(look),
        // On this thread alone.
        Err(_) => look(),
    }
}

/// The recipe with signals that are kept in `folder`, or with such as are found now; for frames that are drawn alone.
///
/// # Errors
/// As [`hear`].
pub(super) fn alone(recipe: &Recipe, folder: Option<&Path>) -> Result<Recipe> {
    let wanted = recipe.signals();
    if wanted.is_empty() {
        return Ok(recipe.clone());
    }
    let key = Signals::key(&recipe.heard_text(), &wanted);
    let signals = match folder.and_then(|folder| kept(&Folder::signals_in(folder), &key)) {
        Some(signals) => signals,
        None => find(recipe, 0, &Cancel::new(), &|_| {})?,
    };
    Ok(recipe.with_signals(&signals)?)
}

/// As [`alone`], of signals that are kept.
///
/// # Errors
/// They are not, or a value that follows them leaves its range.
pub(super) fn known(recipe: &Recipe, folder: &Path) -> Result<Recipe> {
    let wanted = recipe.signals();
    if wanted.is_empty() {
        return Ok(recipe.clone());
    }
    let key = Signals::key(&recipe.heard_text(), &wanted);
    match kept(&Folder::signals_in(folder), &key) {
        Some(signals) => Ok(recipe.with_signals(&signals)?),
        None => Err(Error::NotReady(
            "its frames follow sound that was not looked at yet; that is done when it is rendered"
                .into(),
        )),
    }
}
