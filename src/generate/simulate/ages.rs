//! Cells that are, or are not, and since when: a byte each.

/// A cell that was born just now; one that is older has more. One that is not has less: [`DIED`] if it died just now.
pub(super) const BORN: u8 = 128;

/// A cell that died just now.
pub(super) const DIED: u8 = BORN - 1;

/// What a cell that is, is in the next step.
#[inline(always)]
pub(super) fn older(tone: u8) -> u8 {
    tone.max(DIED).saturating_add(1)
}

/// What a cell that is not, is in the next step.
#[inline(always)]
pub(super) fn fainter(tone: u8) -> u8 {
    tone.min(BORN).saturating_sub(1)
}
