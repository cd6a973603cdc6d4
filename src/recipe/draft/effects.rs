//! Effects, with open ends.

use crate::compose::{Effect, EffectDraft};
use crate::error::Invalid;
use crate::values::Clip;

/// The most effects of a film, or of a layer.
const MOST: usize = 100;

/// Settles what was left open, with the number of each in what is said of it.
///
/// # Errors
/// The first value that is out of range or contradicts another.
pub(super) fn resolve(drafts: &[EffectDraft], clip: Clip) -> Result<Vec<Effect>, Invalid> {
    let resolve = |(number, draft): (usize, &EffectDraft)| {
        let numbered = |e: Invalid| Invalid { key: format!("effect.{number}.{}", e.key), ..e };
        draft.resolve(clip).map_err(numbered)
    };
    if drafts.len() > MOST {
        let reason = format!("there are at most {MOST} effects");
        return Err(Invalid::new("effect", drafts.len(), reason));
    }
    (1..).zip(drafts).map(resolve).collect()
}
