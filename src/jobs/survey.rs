//! What of a job is there: the record compared with the disk, which has the last word.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::ops::Range;

use rayon::prelude::*;

use super::Job;
use super::open::other_build;
use super::{Event, SegmentRecord, SegmentState};
use crate::error::{Error, Result};
use crate::files;
use crate::media::Seal;

/// What is there, by segment.
pub struct Survey {
    /// Its file is there, or not needed.
    pub video: Vec<bool>,
    /// Its images are all there, or not needed.
    pub images: Vec<bool>,
    /// Files that were not what they should be.
    pub damaged: u64,
    /// There is a film already, which needs no segments.
    pub is_published: bool,
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
            .patiently(|| self.store.segments_in(self.id, SegmentState::Done))?
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
        // Images are known by their names, but for those of segments that failed, or were found damaged.
        let failed = self.patiently(|| self.store.segments_in(self.id, SegmentState::Failed))?;
        let failed: HashSet<u64> = failed.into_iter().map(|segment| segment.number).collect();
        let needed = recipe.video.is_some() && !published;
        let mut looked = self.look(&known, &files, all)?;
        let mut survey =
            Survey { video: Vec::new(), images: Vec::new(), damaged: 0, is_published: published };
        let (mut found, mut forgotten, mut events) = (Vec::new(), Vec::new(), Vec::new());
        let mut missing = 0;
        for number in 0..recipe.segments() {
            let record = known.get(&number);
            let video = match (record, files.get(&number), looked.remove(&number)) {
                (_, _, Some(Look::OtherBuild)) if needed => return Err(other_build(self.name())),
                (record, size, look) => video(record, size.copied(), look, needed, needed || all),
            };
            let (video, damage) = match video {
                Ok(video) => (video, None),
                Err(damage) => (None, Some(damage)),
            };
            let there = video.is_some() || !needed;
            let frames = recipe.segment(number);
            let count = frames.end - frames.start;
            let image_bytes = images.as_ref().map_or(Some(0), |sizes| sum(sizes, frames));
            let pictured = image_bytes.is_some_and(|sum| match record {
                Some(record) => record.image_bytes == sum,
                None => images.is_none() || !self.is_anew && !failed.contains(&number),
            });
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
                let event = Event::Damaged { path: self.segment(number), reason };
                // One that nobody needs is not rendered again.
                if needed { events.push(event) } else { self.tell(event) }
            }
        }
        if missing > 0 {
            events.push(Event::Missing { segments: missing });
        }
        if !found.is_empty() {
            events.push(Event::Found { segments: found.len() as u64 });
        }
        if !(found.is_empty() && forgotten.is_empty() && events.is_empty()) {
            self.correct(found, &forgotten, events)?;
        }
        Ok(survey)
    }

    /// Looks into the files that the record cannot speak for, or into all.
    fn look(
        &self,
        known: &HashMap<u64, SegmentRecord>,
        files: &HashMap<u64, u64>,
        all: bool,
    ) -> Result<HashMap<u64, Look>> {
        let speaks = |number: &u64| known.get(number).is_some_and(speaks);
        files
            .par_iter()
            .filter(|(number, _)| **number < self.recipe.segments())
            .filter(|(number, _)| all || !speaks(number))
            .map(|(number, _)| Ok((*number, self.look_into(*number, known.get(number), all)?)))
            // What is as it is recorded needs no second word.
            .filter(|looked| !matches!(looked, Ok((number, Look::Whole(_))) if speaks(number)))
            .collect()
    }

    fn look_into(&self, number: u64, known: Option<&SegmentRecord>, all: bool) -> Result<Look> {
        let path = self.segment(number);
        let read = if all { Seal::verify(&path) } else { Seal::read(&path) };
        let (seal, sealed) = match read {
            Ok(read) => read,
            Err(e) if is_of_the_file(&e) => return Ok(Look::Damaged(reason(&e))),
            Err(e) => return Err(Error::io("read", path)(e)),
        };
        let wanted = self.seal(number);
        if (Seal { build: wanted.build, ..seal }) != wanted {
            return Ok(Look::Damaged("it is another segment, or of another recipe".into()));
        }
        if seal.build != wanted.build {
            return Ok(Look::OtherBuild);
        }
        if known.is_some_and(|k| k.checksum.is_some_and(|c| c != sealed.checksum)) {
            return Ok(Look::Damaged("it is not the one that was recorded".into()));
        }
        Ok(Look::Whole(SegmentRecord {
            bytes: sealed.bytes,
            checksum: Some(sealed.checksum),
            ..unknown(number, seal.frames)
        }))
    }

    /// Reads segment `index` and compares it with its seal and its record; tells why it cannot be used.
    ///
    /// # Errors
    /// It cannot be read, for a reason that says nothing about the segment; or the database cannot.
    pub fn check_segment(&self, index: u64) -> Result<Result<(), String>> {
        let record = self.patiently(|| self.store.segment(self.id, index))?;
        Ok(match self.look_into(index, record.as_ref(), true)? {
            Look::Whole(_) => Ok(()),
            Look::Damaged(reason) => Err(reason),
            Look::OtherBuild => Err("it comes from other encoder libraries".into()),
        })
    }
}

/// The record of a segment's video, if it is there; an error if its file is damaged, unless nobody
/// `minds`.
fn video(
    record: Option<&SegmentRecord>,
    size: Option<u64>,
    look: Option<Look>,
    needed: bool,
    minds: bool,
) -> Result<Option<SegmentRecord>, String> {
    match (record, size, look) {
        (_, _, Some(Look::Whole(segment))) => Ok(Some(segment)),
        (_, _, Some(Look::Damaged(reason))) if minds => Err(reason),
        (Some(record), Some(size), None) if record.bytes == size => Ok(Some(record.clone())),
        (Some(record), Some(size), None) if needed => {
            Err(format!("{size} bytes where {} belong", record.bytes))
        }
        _ => Ok(None),
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
pub(super) fn unknown(number: u64, frames: u64) -> SegmentRecord {
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

/// True for errors that mean that the file itself is gone or spoiled. Any other, such as a lost
/// permission or a server that does not answer, passes, and must not cost the segment.
fn is_of_the_file(e: &std::io::Error) -> bool {
    let is_spoiled = rustix::io::Errno::from_io_error(e) == Some(rustix::io::Errno::IO);
    is_spoiled
        || files::is_gone(e)
        || matches!(
            e.kind(),
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput
        )
}

fn reason(e: &std::io::Error) -> String {
    match e.kind() {
        ErrorKind::NotFound => "it is gone".into(),
        _ => e.to_string(),
    }
}
