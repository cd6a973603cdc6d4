//! What of a job is there: the record compared with the disk, which has the last word.

use std::collections::HashMap;
use std::io::ErrorKind;

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

/// A segment that is on disk, whole, but not recorded.
type Found = SegmentRecord;

enum Unrecorded {
    Whole(Found),
    Damaged(String),
    OtherBuild,
}

impl Job<'_> {
    /// Compares the record with the disk, and corrects the record: by size where a segment is
    /// recorded, by its seal where it is not. With `all`, files are read and their checksums
    /// compared.
    ///
    /// # Errors
    /// Segments come from other libraries, or a folder or the database cannot be used.
    pub fn survey(&self, published: bool, all: bool) -> Result<Survey> {
        let recipe = &self.recipe;
        let count = recipe.segments();
        let known: HashMap<u64, SegmentRecord> = self
            .store
            .segments_in(self.id, SegmentState::Done)?
            .into_iter()
            .map(|s| (s.number, s))
            .collect();
        let wants_video = recipe.video.is_some() && !published;
        let files = if recipe.video.is_some() {
            self.folder.segment_sizes(recipe)?
        } else {
            HashMap::new()
        };
        let images = match &recipe.images {
            Some(images) => Some(self.folder.image_sizes(recipe, images.format)?),
            None => None,
        };
        let mut survey = Survey { video: Vec::new(), images: Vec::new(), damaged: 0 };
        let (mut found, mut forgotten, mut missing) = (Vec::new(), Vec::new(), 0);
        let mut looked = self.look(&known, &files, wants_video, all);
        for number in 0..count {
            let (record, size) = (known.get(&number), files.get(&number));
            let mut whole = None;
            let mut damage = None;
            let mut video = !wants_video;
            if wants_video {
                match (record, size, looked.remove(&number)) {
                    (_, _, Some(Unrecorded::OtherBuild)) => return Err(other_build(self.name())),
                    (_, _, Some(Unrecorded::Damaged(reason))) => damage = Some(reason),
                    (_, _, Some(Unrecorded::Whole(segment))) => {
                        video = true;
                        whole = Some(segment);
                    }
                    (Some(record), Some(size), None) if record.bytes == *size => video = true,
                    (Some(record), Some(size), None) => {
                        damage = Some(format!("{size} bytes where {} belong", record.bytes));
                    }
                    _ => {}
                }
            }
            let frames = recipe.segment(number);
            // Renamed only when synced, so a name is enough; an empty file is from elsewhere.
            let image_bytes = images.as_ref().and_then(|there| {
                frames
                    .clone()
                    .map(|f| there.get(&f).copied().filter(|n| *n > 0))
                    .sum::<Option<u64>>()
            });
            let pictures = images.is_none()
                || image_bytes.is_some_and(|sum| record.is_none_or(|r| r.image_bytes == sum));
            survey.video.push(video);
            survey.images.push(pictures);
            match record {
                Some(_) if video && pictures => {}
                Some(_) => {
                    forgotten.push(number);
                    missing += u64::from(damage.is_none());
                }
                None if video && pictures => {
                    let none = || unknown(number, frames.end - frames.start);
                    let image_bytes = image_bytes.unwrap_or(0);
                    found.push(SegmentRecord { image_bytes, ..whole.unwrap_or_else(none) });
                }
                None => {}
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
        wants_video: bool,
        all: bool,
    ) -> HashMap<u64, Unrecorded> {
        if !wants_video {
            return HashMap::new();
        }
        files
            .par_iter()
            .filter(|(number, _)| **number < self.recipe.segments())
            .filter(|(number, _)| all || !known.contains_key(number))
            .map(|(number, _)| (*number, self.look_into(*number, known.get(number), all)))
            .filter(|(number, looked)| {
                // What is recorded and as recorded needs no second word.
                !(known.contains_key(number) && matches!(looked, Unrecorded::Whole(_)))
            })
            .collect()
    }

    fn look_into(&self, number: u64, known: Option<&SegmentRecord>, all: bool) -> Unrecorded {
        let path = self.segment(number);
        let read = if all { Seal::verify(&path) } else { Seal::read(&path) };
        let (seal, sealed) = match read {
            Ok(read) => read,
            Err(e) => return Unrecorded::Damaged(reason(&e)),
        };
        let wanted = self.seal(number);
        if (Seal { build: wanted.build, ..seal }) != wanted {
            return Unrecorded::Damaged("it is another segment, or of another recipe".into());
        }
        if seal.build != wanted.build {
            return Unrecorded::OtherBuild;
        }
        if known.is_some_and(|k| k.checksum.is_some_and(|c| c != sealed.checksum)) {
            return Unrecorded::Damaged("it is not the one that was recorded".into());
        }
        Unrecorded::Whole(SegmentRecord {
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
            Unrecorded::Whole(_) => Ok(()),
            Unrecorded::Damaged(reason) => Err(reason),
            Unrecorded::OtherBuild => Err("it comes from other encoder libraries".into()),
        }
    }
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
