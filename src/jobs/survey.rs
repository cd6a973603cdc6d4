//! Compares the recorded segments of a job with its files. Where they differ, the files count.

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::ops::Range;

use rayon::prelude::*;

use super::Job;
use super::{Event, SegmentRecord, SegmentState};
use crate::error::{Error, Result};
use crate::files;
use crate::media::Seal;

/// Which parts of a job exist, by segment.
pub struct Survey {
    /// Whether the segment's file exists, or is not needed.
    pub video: Vec<bool>,
    /// Whether all images of the segment exist, or are not needed.
    pub images: Vec<bool>,
    /// The number of damaged segment files.
    pub damaged: u64,
    /// Whether the film is published: then no segments are needed.
    pub is_published: bool,
}

/// What is in a segment's file.
enum Look {
    /// The segment, and this is its record.
    Whole(SegmentRecord),
    Damaged(String),
    OtherBuild,
}

/// The record and the disk, as they were read.
struct Sides {
    /// Segments that are recorded as done.
    done: HashMap<u64, SegmentRecord>,
    /// Segments that failed, or were found damaged.
    failed: HashSet<u64>,
    /// Bytes of the files of segments.
    files: HashMap<u64, u64>,
    /// Bytes of the images of frames; `None` where the recipe has none.
    images: Option<HashMap<u64, u64>>,
}

/// What is to be changed in the record.
#[derive(Default)]
struct Correction {
    found: Vec<SegmentRecord>,
    forgotten: Vec<u64>,
    /// How many of the forgotten are missing, not damaged.
    missing: u64,
    events: Vec<Event>,
}

impl Job<'_> {
    /// Compares the record with the disk, and corrects the record: by size where a segment is
    /// recorded, by its seal where it is not. With `all`, files are read and their checksums
    /// compared, even of segments that a published film no longer needs.
    ///
    /// # Errors
    /// Segments were encoded with other versions of the libraries, or a folder or the database cannot be used.
    pub fn survey(&self, published: bool, all: bool) -> Result<Survey> {
        let sides = self.read_sides()?;
        let needed = self.site.recipe.video.is_some() && !published;
        let mut looked = self.look(&sides.done, &sides.files, all)?;
        let mut survey =
            Survey { video: Vec::new(), images: Vec::new(), damaged: 0, is_published: published };
        let mut correction = Correction::default();
        // Segments are removed when their film is published, so without the film they are not what is missing.
        let was_published = self.output()?.is_some_and(|output| output.bytes.is_some());
        for index in 0..self.site.recipe.segments() {
            let look = looked.remove(&index);
            if needed && matches!(look, Some(Look::OtherBuild)) {
                return Err(self.site.other_build());
            }
            let (record, size) = (sides.done.get(&index), sides.files.get(&index).copied());
            let (video, damage) = match video(record, size, look, needed, needed || all) {
                Ok(video) => (video, None),
                Err(damage) => (None, Some(damage)),
            };
            let image_bytes = sides.image_bytes(self.site.recipe.segment(index));
            let is_there = video.is_some() || !needed;
            let is_pictured = self.is_pictured(&sides, index, image_bytes);
            survey.video.push(is_there);
            survey.images.push(is_pictured);
            match (is_there && is_pictured, record) {
                (false, Some(_)) => {
                    correction.forgotten.push(index);
                    let is_missed = is_there || !was_published;
                    correction.missing += u64::from(damage.is_none() && is_missed);
                }
                (false, None) => {}
                (true, Some(record)) if has_checksum(record) || video.is_none() => {}
                (true, _) => {
                    let frames = self.site.recipe.segment(index);
                    let video = video.unwrap_or_else(|| unknown(index, frames.end - frames.start));
                    let image_bytes = image_bytes.unwrap_or(0);
                    correction.found.push(SegmentRecord { image_bytes, ..video });
                }
            }
            if let Some(reason) = damage {
                survey.damaged += 1;
                let event = Event::Damaged { path: self.segment(index), reason };
                // Damage in a segment that is not needed is reported, but not recorded.
                if needed { correction.events.push(event) } else { self.tell(event) }
            }
        }
        self.apply(correction)?;
        Ok(survey)
    }

    fn read_sides(&self) -> Result<Sides> {
        let recipe = &self.site.recipe;
        let segments = |state| self.patiently(|| self.store.segments_in(self.id, state));
        Ok(Sides {
            done: segments(SegmentState::Done)?.into_iter().map(|s| (s.index, s)).collect(),
            failed: segments(SegmentState::Failed)?.into_iter().map(|s| s.index).collect(),
            files: match recipe.video {
                Some(_) => self.site.folder.segment_sizes(recipe)?,
                None => HashMap::new(),
            },
            images: match &recipe.images {
                Some(images) => Some(self.site.folder.image_sizes(recipe, images.format)?),
                None => None,
            },
        })
    }

    /// True if the images of a segment exist or are not needed. Where no record says how many bytes they have, their
    /// names are enough, unless the segment failed or was found damaged.
    fn is_pictured(&self, sides: &Sides, index: u64, bytes: Option<u64>) -> bool {
        bytes.is_some_and(|bytes| match sides.done.get(&index) {
            Some(record) => record.image_bytes == bytes,
            None => sides.images.is_none() || !self.is_anew && !sides.failed.contains(&index),
        })
    }

    fn apply(&self, correction: Correction) -> Result<()> {
        let Correction { found, forgotten, missing, mut events } = correction;
        if missing > 0 {
            events.push(Event::Missing { segments: missing });
        }
        if !found.is_empty() {
            events.push(Event::Found { segments: found.len() as u64 });
        }
        match found.is_empty() && forgotten.is_empty() && events.is_empty() {
            true => Ok(()),
            false => self.correct(found, &forgotten, events),
        }
    }

    /// Reads the segment files that are not recorded with a checksum, or with `all` every one.
    fn look(
        &self,
        known: &HashMap<u64, SegmentRecord>,
        files: &HashMap<u64, u64>,
        all: bool,
    ) -> Result<HashMap<u64, Look>> {
        let has_checksum = |index: &u64| known.get(index).is_some_and(has_checksum);
        files
            .par_iter()
            .filter(|(index, _)| **index < self.site.recipe.segments())
            .filter(|(index, _)| all || !has_checksum(index))
            .map(|(index, _)| Ok((*index, self.look_into(*index, known.get(index), all)?)))
            // Of a whole segment that is recorded with its checksum only the size is compared.
            .filter(|looked| !matches!(looked, Ok((index, Look::Whole(_))) if has_checksum(index)))
            .collect()
    }

    fn look_into(&self, index: u64, known: Option<&SegmentRecord>, all: bool) -> Result<Look> {
        let path = self.segment(index);
        let read = if all { Seal::verify(&path) } else { Seal::read(&path) };
        let (seal, sealed) = match read {
            Ok(read) => read,
            Err(e) if is_of_the_file(&e) => return Ok(Look::Damaged(reason(&e))),
            Err(e) => return Err(Error::io("read", path)(e)),
        };
        if !self.site.has_sealed(seal, index) {
            return Ok(Look::Damaged("it is another segment, or of another recipe".into()));
        }
        if !self.site.goes_with(&seal) {
            return Ok(Look::OtherBuild);
        }
        if known.is_some_and(|k| k.checksum.is_some_and(|c| c != sealed.checksum)) {
            return Ok(Look::Damaged("it is not the one that was recorded".into()));
        }
        Ok(Look::Whole(SegmentRecord {
            bytes: sealed.bytes,
            checksum: Some(sealed.checksum),
            ..unknown(index, seal.frames)
        }))
    }

    /// Reads segment `index` and compares it with its seal and its record; the inner error says why it cannot be used.
    ///
    /// # Errors
    /// The segment or the database cannot be read, for a reason that does not mean that the segment is damaged.
    pub fn check_segment(&self, index: u64) -> Result<Result<(), String>> {
        let record = self.patiently(|| self.store.segment(self.id, index))?;
        Ok(match self.look_into(index, record.as_ref(), true)? {
            Look::Whole(_) => Ok(()),
            Look::Damaged(reason) => Err(reason),
            Look::OtherBuild => Err("it was encoded with other versions of the libraries".into()),
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

/// True if the record holds the checksum of the segment's file. It does not if the segment is known from the film
/// only.
fn has_checksum(record: &SegmentRecord) -> bool {
    record.checksum.is_some()
}

impl Sides {
    /// The bytes of the images of `frames`, if all exist. An image gets its name only after it is synced, so its name
    /// is enough. An empty file was not written by genmedia.
    fn image_bytes(&self, mut frames: Range<u64>) -> Option<u64> {
        let Some(sizes) = &self.images else { return Some(0) };
        frames.try_fold(0, |sum, frame| match sizes.get(&frame) {
            Some(bytes) if *bytes > 0 => Some(sum + bytes),
            _ => None,
        })
    }
}

/// The record of a segment of which nothing is known but that it is there.
pub(super) fn unknown(index: u64, frames: u64) -> SegmentRecord {
    SegmentRecord {
        index,
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

/// True for errors that mean that the file itself is gone or damaged. Others, such as a lost permission or a server
/// that does not answer, may be temporary, and must not cost the segment.
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
