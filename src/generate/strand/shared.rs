//! What all painters of a strand share: where it has come to, what is held for whom, and what each has still to draw.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Growing, Runner};

/// Frames that were drawn and are held: the next segment may look back at them.
const BEHIND: u64 = 64;

pub(super) struct Shared<G: Growing> {
    /// The frame that the strand has come to, once it is begun.
    pub at: Option<u64>,
    /// The state, unless a painter goes on with it at the moment.
    pub head: Option<Runner<G::State>>,
    pub is_busy: bool,
    /// Views, by frame.
    pub views: BTreeMap<u64, G::View>,
    pub held: usize,
    /// The frames that each painter has still to draw.
    pub wanted: BTreeMap<u64, Range<u64>>,
    pub painters: u64,
    /// States that were saved, by frame.
    pub saved: BTreeMap<u64, Arc<Vec<u8>>>,
    /// When the last checkpoint was kept, and how long that took.
    pub kept: Option<(Instant, Duration)>,
}

impl<G: Growing> Shared<G> {
    pub fn new() -> Self {
        Self {
            at: None,
            head: None,
            is_busy: false,
            views: BTreeMap::new(),
            held: 0,
            wanted: BTreeMap::new(),
            painters: 0,
            saved: BTreeMap::new(),
            kept: None,
        }
    }

    pub fn hold(&mut self, frame: u64, view: G::View) {
        self.held += G::bytes(&view);
        if let Some(other) = self.views.insert(frame, view) {
            self.held -= G::bytes(&other);
        }
    }

    /// True if a painter has still to draw a frame.
    pub fn is_wanted(&self, frame: u64) -> bool {
        self.wanted.values().any(|range| range.contains(&frame))
    }

    /// The first frame that a painter has still to draw.
    pub fn needed(&self) -> Option<u64> {
        let left = self.wanted.values().filter(|range| !range.is_empty());
        left.map(|range| range.start).min()
    }

    /// Lets go of views that nobody has still to draw: of those far behind, and if more than `most` bytes are held of all
    /// others, the oldest first. False if more are held still.
    pub fn shed(&mut self, most: usize) -> bool {
        let needed = self.needed().unwrap_or(u64::MAX);
        while let Some(oldest) = self.views.first_entry()
            && *oldest.key() < needed
            && (*oldest.key() + BEHIND < needed || self.held > most)
        {
            self.held -= G::bytes(&oldest.remove());
        }
        self.held <= most
    }
}
