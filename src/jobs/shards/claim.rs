//! Which segments are begun, and by whom.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use super::Meeting;
use super::sign::{self, Sign};
use crate::error::Result;
use crate::jobs::folder::number;

/// How long after it was made nobody's name stands in a claim.
const UNSIGNED: Duration = Duration::from_secs(5);
/// Begins the second line of the claim of a segment that failed.
const FAILED: &str = "failed: ";

/// The claims of one worker.
#[derive(Debug, Clone)]
pub struct Claims {
    meeting: Meeting,
    /// The name of the worker's sign of life.
    own: String,
    /// Claims of failed segments that stood here when it began: those are tried again.
    old: HashSet<u64>,
}

/// What is known of a segment that another has claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// It was given up meanwhile.
    Free,
    /// Somebody renders it.
    Held,
    /// Whoever rendered it is dead, or its failure is of an earlier time.
    Left,
    /// It failed, not long ago.
    Failed(String),
}

impl Claims {
    /// Those of the worker that gives `sign`.
    ///
    /// # Errors
    /// The folder of claims cannot be read.
    pub(super) fn new(meeting: &Meeting, sign: &Sign) -> Result<Self> {
        let mut claims = Self { meeting: meeting.clone(), own: sign.name(), old: HashSet::new() };
        let begun = claims.begun()?;
        let has_failed = |index: &u64| matches!(claims.read(*index), Ok(Some((_, Some(_)))));
        claims.old = begun.into_iter().filter(has_failed).collect();
        Ok(claims)
    }

    fn path(&self, index: u64) -> PathBuf {
        let site = self.meeting.site();
        site.folder().claim(site.recipe(), index)
    }

    /// The segments that are claimed.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn begun(&self) -> Result<HashSet<u64>> {
        let names = self.meeting.depot().names(&self.meeting.site().folder().claims())?;
        let count = self.meeting.site().recipe().segments();
        Ok(names.iter().filter_map(|name| number(name, "claim", count)).collect())
    }

    /// The segments that this worker has begun, and that did not fail.
    ///
    /// # Errors
    /// The claims cannot be read.
    pub fn own(&self) -> Result<Vec<u64>> {
        let is_own = |index: &u64| match self.read(*index) {
            Ok(Some((holder, None))) => holder == self.own,
            _ => false,
        };
        Ok(self.begun()?.into_iter().filter(is_own).collect())
    }

    /// Claims a segment; false if another has.
    ///
    /// # Errors
    /// The claim cannot be written.
    pub fn take(&self, index: u64) -> Result<bool> {
        self.meeting.depot().take(&self.path(index), &format!("{}\n", self.own))
    }

    /// Gives a claim up: the segment is there, or is left to others.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn give_up(&self, index: u64) -> Result<()> {
        self.meeting.depot().remove(&self.path(index))
    }

    /// Has others know that a segment failed, so that not each of them tries it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn fail(&self, index: u64, reason: &str) -> Result<()> {
        let text = format!("{}\n{FAILED}{}\n", self.own, reason.replace('\n', " "));
        self.meeting.depot().write(&self.path(index), &text)
    }

    /// Whose a claim is, and why the segment failed, if it did.
    fn read(&self, index: u64) -> Result<Option<(String, Option<String>)>> {
        let Some((text, _)) = self.meeting.depot().read(&self.path(index))? else {
            return Ok(None);
        };
        let mut lines = text.lines();
        let holder = lines.next().unwrap_or_default().to_string();
        let reason = lines.next().and_then(|line| line.strip_prefix(FAILED));
        Ok(Some((holder, reason.map(str::to_string))))
    }

    /// What became of a segment that another has claimed, as `sign` can tell.
    ///
    /// # Errors
    /// The claim or the sign of its holder cannot be read.
    pub fn look(&self, index: u64, sign: &Sign) -> Result<Claim> {
        let Some((holder, reason)) = self.read(index)? else { return Ok(Claim::Free) };
        if let Some(reason) = reason {
            return Ok(match self.old.contains(&index) {
                true => Claim::Left,
                false => Claim::Failed(reason),
            });
        }
        if holder == self.own {
            return Ok(Claim::Held);
        }
        // Its holder is yet to be written into it, or was killed before.
        if holder.is_empty() {
            let since = self.meeting.depot().find(&self.path(index))?.map(|(_, since)| since);
            let age = since.and_then(|since| sign.now().ok()?.duration_since(since).ok());
            let is_old = age.is_some_and(|age| age > UNSIGNED);
            return Ok(if is_old { Claim::Left } else { Claim::Held });
        }
        let is_name = !holder.contains('/') && holder.ends_with(".toml");
        let path = self.meeting.site().folder().workers().join(&holder);
        let depot = self.meeting.depot();
        let worker = if is_name { sign::read(depot, &path, sign.now()?)? } else { None };
        Ok(match worker {
            Some(worker) if worker.is_alive() && !worker.is_replaced_by(sign.worker()) => {
                Claim::Held
            }
            _ => Claim::Left,
        })
    }

    /// Claims a segment that its holder has [left](Claim::Left).
    ///
    /// # Errors
    /// The claim cannot be written.
    pub fn take_over(&mut self, index: u64) -> Result<bool> {
        self.old.remove(&index);
        // Another may do the same at this moment. Then both render it, and publish the same.
        self.give_up(index)?;
        self.take(index)
    }
}
