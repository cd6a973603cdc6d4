//! Which segment one of several workers begins next.

use std::collections::HashSet;

use crate::error::Result;
use crate::jobs::shards::{Claim, Claims, Meeting, Sign};

/// Which segment is begun next.
pub(super) struct Turns {
    claims: Claims,
    /// Those of the own part, the first last.
    own: Vec<u64>,
    /// Those of others, in an order of its own, so that those who help do not meet; `None` before the own part is done.
    others: Option<Vec<u64>>,
    /// Those that others have begun.
    late: Vec<u64>,
}

impl Turns {
    /// Those of a worker whose own part are these segments, rising.
    pub fn new(claims: Claims, mut own: Vec<u64>) -> Self {
        own.reverse();
        Self { claims, own, others: None, late: Vec::new() }
    }

    /// Claims the next segment that nobody has begun.
    pub fn next(&mut self, meeting: &Meeting, sign: &Sign) -> Result<Option<u64>> {
        while let Some(index) = self.own.pop() {
            if self.claim(meeting, index)? {
                return Ok(Some(index));
            }
        }
        loop {
            if self.others.is_none() {
                // What somebody left of the own part comes before what is others'.
                if let Some(index) = self.take_late(meeting, sign)? {
                    return Ok(Some(index));
                }
                self.others = Some(self.missing(meeting)?);
            }
            let Some(index) = self.others.as_mut().and_then(Vec::pop) else { break };
            if self.claim(meeting, index)? {
                return Ok(Some(index));
            }
        }
        self.take_late(meeting, sign)
    }

    /// Claims a segment that was begun by one that is dead.
    fn take_late(&mut self, meeting: &Meeting, sign: &Sign) -> Result<Option<u64>> {
        let late = std::mem::take(&mut self.late);
        for (place, index) in late.iter().enumerate() {
            let is_ours = match self.claims.look(*index, sign)? {
                Claim::Free => self.claim(meeting, *index)?,
                Claim::Left => !meeting.is_finished(*index)? && self.claims.take_over(*index)?,
                Claim::Held => {
                    self.late.push(*index);
                    false
                }
                Claim::Failed(_) => false,
            };
            if is_ours {
                self.late.extend(&late[place + 1..]);
                return Ok(Some(*index));
            }
        }
        Ok(None)
    }

    /// Claims a segment, unless it is there.
    fn claim(&mut self, meeting: &Meeting, index: u64) -> Result<bool> {
        if !self.claims.take(index)? {
            self.late.push(index);
            return Ok(false);
        }
        // Claims are given up after the segment has its name.
        match meeting.is_finished(index)? {
            true => self.claims.give_up(index).map(|()| false),
            false => Ok(true),
        }
    }

    /// The segments that are missing now, in an order of chance. Those that are begun are kept for later.
    fn missing(&mut self, meeting: &Meeting) -> Result<Vec<u64>> {
        let begun = self.claims.begun()?;
        let finished = meeting.finished()?;
        if finished.is_empty() && meeting.is_published()? {
            return Ok(Vec::new());
        }
        let known: HashSet<u64> = self.late.iter().copied().collect();
        let missing =
            (0..meeting.site().recipe().segments()).filter(|index| !finished.contains(index));
        let (late, mut free): (Vec<u64>, Vec<u64>) =
            missing.filter(|index| !known.contains(index)).partition(|index| begun.contains(index));
        self.late.extend(late);
        let chance = getrandom::u64().unwrap_or_default();
        free.sort_by_cached_key(|index| {
            xxhash_rust::xxh3::xxh3_64_with_seed(&index.to_le_bytes(), chance)
        });
        Ok(free)
    }
}
