//! What of a job is there: the record compared with the disk, which has the last word.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::ops::Range;

use rayon::prelude::*;

use super::job::{Job, other_build};
use super::{Event, SegmentRecord, SegmentState};
use crate::error::Result;
use crate::media::Seal;

/// What is there, by segment.
pub struct Survey {
    /// Its file is there, or not needed.
    pub video: Vec<bool>,
    /// Its images are all there, or not needed.
    pub images: Vec<bool>,
    /// Files that were not what they should be.
    pub damaged: u64,
}

/// What is in a segment's file.
enum Look {
    /// The segment, and this is its record.
    Whole(SegmentRecord),
    Damaged(String),
    OtherBuild,
}

impl Job<'_> {
    /// Compares the record with the disk, and corrects the record: by size where a segment is
    /// recorded, by its seal where it is not. With `all`, files are read and their checksums
    /// compared, even of segments that a published film no longer needs.
    ///
    /// # Errors
    /// Segments come from other libraries, or a folder or the database cannot be used.
    pub fn survey(&self, published: bool, all: bool) -> Result<Survey> {
        let recipe = &self.recipe;
        let known: HashMap<u64, SegmentRecord> = self
            .store
            .segments_in(self.id, SegmentState::Done)?
            .into_iter()
            .map(|s| (s.number, s))
            .collect();
        let files = match recipe.video {
            Some(_) => self.folder.segment_sizes(recipe)?,
            None => HashMap::new(),
        };
        let images = match &recipe.images {
            Some(images) => Some(self.folder.image_sizes(recipe, images.format)?),
            None => None,
        };
        let needed = recipe.video.is_some() && !published;
        let mut looked = self.look(&known, &files, all);
        let mut survey = Survey { video: Vec::new(), images: Vec::new(), damaged: 0 };
        let (mut found, mut forgotten, mut missing) = (Vec::new(), Vec::new(), 0);
        for number in 0..recipe.segments() {
            let record = known.get(&number);
            let mut damage = None;
            // The record of the segment's video, if it is there.
            let video = match (record, files.get(&number), looked.remove(&number)) {
                (_, _, Some(Look::Whole(segment))) => Some(segment),
                (_, _, Some(Look::OtherBuild)) if needed => return Err(other_build(self.name())),
                (_, _, Some(Look::Damaged(reason))) if needed || all => {
                    damage = Some(reason);
                    None
                }
                (Some(record), Some(size), None) if record.bytes == *size => Some(record.clone()),
                (Some(record), Some(size), None) if needed => {
                    damage = Some(format!("{size} bytes where {} belong", record.bytes));
                    None
                }
                _ => None,
            };
            let there = video.is_some() || !needed;
            let frames = recipe.segment(number);
            let count = frames.end - frames.start;
            let image_bytes = images.as_ref().map_or(Some(0), |sizes| sum(sizes, frames));
            let pictured =
                image_bytes.is_some_and(|sum| record.is_none_or(|r| r.image_bytes == sum));
            survey.video.push(there);
            survey.images.push(pictured);
            match record {
                Some(_) if !(there && pictured) => {
                    forgotten.push(number);
                    missing += u64::from(damage.is_none());
                }
                Some(record) if speaks(record) || video.is_none() => {}
                None if !(there && pictured) => {}
                _ => {
                    let video = video.unwrap_or_else(|| unknown(number, count));
                    let image_bytes = image_bytes.unwrap_or(0);
                    found.push(SegmentRecord { image_bytes, ..video });
                }
            }
            if let Some(reason) = damage {
                survey.damaged += 1;
                self.note(Event::Damaged { path: self.segment(number), reason })?;
            }
        }
        if !forgotten.is_empty() {
            let event = (missing > 0).then_some(Event::Missing { segments: missing });
            self.store.forget(self.id, &forgotten, event.as_ref())?;
            event.into_iter().for_each(|event| self.tell(event));
        }
        if !found.is_empty() {
            let event = Event::Found { segments: found.len() as u64 };
            self.store.record(self.id, &found, Some(&event))?;
            self.tell(event);
        }
        Ok(survey)
    }

    /// Looks into the files that the record cannot speak for, or into all.
    fn look(
        &self,
        known: &HashMap<u64, SegmentRecord>,
        files: &HashMap<u64, u64>,
        all: bool,
    ) -> HashMap<u64, Look> {
        let speaks = |number: &u64| known.get(number).is_some_and(speaks);
        files
            .par_iter()
            .filter(|(number, _)| **number < self.recipe.segments())
            .filter(|(number, _)| all || !speaks(number))
            .map(|(number, _)| (*number, self.look_into(*number, known.get(number), all)))
            // What is as it is recorded needs no second word.
            .filter(|(number, look)| !(speaks(number) && matches!(look, Look::Whole(_))))
            .collect()
    }

    fn look_into(&self, number: u64, known: Option<&SegmentRecord>, all: bool) -> Look {
        let path = self.segment(number);
        let read = if all { Seal::verify(&path) } else { Seal::read(&path) };
        let (seal, sealed) = match read {
            Ok(read) => read,
            Err(e) => return Look::Damaged(reason(&e)),
        };
        let wanted = self.seal(number);
        if (Seal { build: wanted.build, ..seal }) != wanted {
            return Look::Damaged("it is another segment, or of another recipe".into());
        }
        if seal.build != wanted.build {
            return Look::OtherBuild;
        }
        if known.is_some_and(|k| k.checksum.is_some_and(|c| c != sealed.checksum)) {
            return Look::Damaged("it is not the one that was recorded".into());
        }
        Look::Whole(SegmentRecord {
            bytes: sealed.bytes,
            checksum: Some(sealed.checksum),
            ..unknown(number, seal.frames)
        })
    }

    /// Reads segment `index` and compares it with its seal and its record.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn check_segment(&self, index: u64) -> Result<(), String> {
        let record = self.store.segment(self.id, index).map_err(|e| e.to_string())?;
        match self.look_into(index, record.as_ref(), true) {
            Look::Whole(_) => Ok(()),
            Look::Damaged(reason) => Err(reason),
            Look::OtherBuild => Err("it comes from other encoder libraries".into()),
        }
    }
}

/// True if the record knows the segment's file, and not only that the film holds it.
fn speaks(record: &SegmentRecord) -> bool {
    record.checksum.is_some()
}

/// The bytes of the images of `frames`, if all are there. They are renamed only when synced, so a
/// name is enough; an empty file is from elsewhere.
fn sum(sizes: &HashMap<u64, u64>, frames: Range<u64>) -> Option<u64> {
    frames.map(|frame| sizes.get(&frame).copied().filter(|bytes| *bytes > 0)).sum()
}

/// The record of a segment of which nothing is known but that it is there.
fn unknown(number: u64, frames: u64) -> SegmentRecord {
    SegmentRecord {
        number,
        frames,
        state: SegmentState::Done,
        bytes: 0,
        checksum: None,
        image_bytes: 0,
        image_checksum: None,
        attempts: 0,
        error: None,
        seconds: 0.0,
    }
}

fn reason(e: &std::io::Error) -> String {
    match e.kind() {
        ErrorKind::NotFound => "it is gone".into(),
        _ => e.to_string(),
    }
}
