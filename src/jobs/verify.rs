//! Reading everything that a job has, to know that it is whole. No segment, image or film is changed.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::store::Change;
use super::survey::unknown;
use super::{Catalog, Event, Job, Output, SegmentRecord, SegmentState, State, Watch};
use crate::cancel::Cancel;
use crate::checksum::{Checksum, Hasher};
use crate::error::{Error, Result};
use crate::files;
use crate::media;
use crate::values::Size;

/// What [`Catalog::verify`] found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verified {
    /// Segment files that are whole. Those that were removed when the film was published do not count.
    pub segments: u64,
    /// Images that are whole.
    pub images: u64,
    /// Frames of the film that were decoded.
    pub frames: Option<u64>,
    /// Files that are not as they should be, each with the reason.
    pub damaged: Vec<(PathBuf, String)>,
    /// Films that were written elsewhere besides, and are not there: they may have been moved.
    pub gone: Vec<PathBuf>,
}

/// How the error begins that is recorded when a finished job is found damaged. The next verification knows it by that.
const DAMAGED: &str = "damaged files";

impl Catalog {
    /// Reads every segment and image, and decodes the film. What is damaged is no longer recorded
    /// as done, so that the next run renders it again; until then it is found damaged each time.
    ///
    /// # Errors
    /// There is no such job, somebody works on it, its recipe is not the one that it was made of, or a
    /// folder cannot be read.
    pub fn verify(&self, name: &str) -> Result<Verified> {
        let view = self.job(name)?;
        let recipe = view.folder.read_recipe()?;
        let told = Mutex::new(Vec::new());
        let listen = |event| {
            if let Event::Damaged { path, reason } = event {
                told.lock().unwrap_or_else(PoisonError::into_inner).push((path, reason));
            }
        };
        let watch = Watch { on: &listen, cancel: &Cancel::new() };
        let job = Job::open(self.dir(), name, &recipe, false, "checked", watch)?;
        let error = view.record.error.as_deref().unwrap_or_default();
        let was_done = view.state == State::Done || error.starts_with(DAMAGED);
        let (mut verified, is_whole) = job.check(was_done)?;
        // Damage that the survey reported comes first.
        let mut damaged = std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        damaged.append(&mut verified.damaged);
        verified.damaged = damaged;
        let state = match view.state {
            State::Done if !is_whole => {
                vec![Change::State(State::Interrupted, Some(error_of(&verified.damaged)))]
            }
            State::Interrupted | State::Failed if is_whole => {
                vec![Change::Output(job.published()?), Change::State(State::Done, None)]
            }
            _ => Vec::new(),
        };
        self.store()?.apply(job.id, &state)?;
        let own = job.output()?.map(|output| output.file(view.folder.path()));
        for (path, written) in self.all_elsewhere(&view.record)? {
            let path = PathBuf::from(path);
            match files::look(&path)? {
                _ if Some(&path) == own.as_ref() => {}
                None => verified.gone.push(path),
                Some(found)
                    if found.is_file() && written.checksum.is_at(&path).unwrap_or(false) => {}
                Some(_) => verified.damaged.push((path, "it is not as genmedia wrote it".into())),
            }
        }
        Ok(verified)
    }
}

/// What is recorded of a finished job that is damaged.
fn error_of(damaged: &[(PathBuf, String)]) -> String {
    match damaged {
        [] => DAMAGED.into(),
        [(path, _)] => format!("{DAMAGED}: {}", path.display()),
        [(path, _), more @ ..] => format!("{DAMAGED}: {} and {} more", path.display(), more.len()),
    }
}

impl Job<'_> {
    /// Reads everything and records what it finds. Damaged segments are reported as events. True if the job is
    /// complete and undamaged.
    fn check(&self, was_done: bool) -> Result<(Verified, bool)> {
        let known = self.finished()?;
        let kept = self.site.folder.segment_sizes(&self.site.recipe)?.len() as u64;
        let film = match self.site.recipe.video.is_some() {
            true => film(self, was_done)?,
            false => Finding::None,
        };
        let survey = self.survey(matches!(film, Finding::Whole(_)), true)?;
        let Images { whole, mut faults } = images(self, &known)?;
        for number in known.keys() {
            let path = self.segment(*number);
            // The segments of a damaged film were removed when it was published: they are not missing.
            let is_needed = !survey.video[*number as usize] && !matches!(film, Finding::Faulty(..));
            if is_needed {
                match files::look(&path)? {
                    None => faults.push((*number, path, "it is gone".into())),
                    Some(found) if !found.is_file() => {
                        faults.push((*number, path, "it is not a regular file".into()));
                    }
                    Some(_) => {}
                }
            }
        }
        let mut lost = BTreeMap::new();
        for (segment, path, reason) in &faults {
            lost.entry(*segment).or_insert(format!("{}: {reason}", path.display()));
        }
        self.correct(self.marks(&known, &survey.video, &lost), &[], Vec::new())?;
        let has_images = survey.images.iter().zip(0..).all(|(is, n)| *is || known.contains_key(&n));
        let has_film = self.site.recipe.video.is_none() || matches!(film, Finding::Whole(_));
        let mut verified = Verified {
            segments: kept.saturating_sub(survey.damaged),
            images: whole,
            frames: None,
            damaged: faults.into_iter().map(|(_, path, reason)| (path, reason)).collect(),
            gone: Vec::new(),
        };
        match film {
            Finding::Whole(frames) => {
                verified.frames = Some(frames);
                self.mark(None)?;
            }
            Finding::Faulty(path, reason) => {
                self.mark(Some(reason.clone()))?;
                verified.damaged.push((path, reason));
            }
            Finding::None => {}
        }
        Ok((verified, lost.is_empty() && has_images && has_film))
    }

    /// The segments that are recorded as done, and those that were done and then found damaged.
    fn finished(&self) -> Result<BTreeMap<u64, SegmentRecord>> {
        let all = |state| self.patiently(|| self.store.segments_in(self.id, state));
        let damaged = all(SegmentState::Failed)?.into_iter().filter(is_marked);
        let done = all(SegmentState::Done)?.into_iter();
        let segments = done.chain(damaged).filter(|s| s.index < self.site.recipe.segments());
        Ok(segments.map(|segment| (segment.index, segment)).collect())
    }

    /// The records to write: segments in `lost` become failed, with all else that is known of them. Segments that were
    /// found damaged before become done again, if they are not in `lost` and their `video` is there.
    fn marks(
        &self,
        known: &BTreeMap<u64, SegmentRecord>,
        video: &[bool],
        lost: &BTreeMap<u64, String>,
    ) -> Vec<SegmentRecord> {
        let whole = known.values().filter(|record| is_marked(record));
        let whole = whole.filter(|r| video[r.index as usize] && !lost.contains_key(&r.index));
        let whole = whole.map(|record| SegmentRecord {
            state: SegmentState::Done,
            attempts: 1,
            error: None,
            ..record.clone()
        });
        let damaged = lost.iter().map(|(number, reason)| {
            let frames = self.site.recipe.segment(*number);
            let record = known.get(number).cloned();
            SegmentRecord {
                state: SegmentState::Failed,
                attempts: 0,
                error: Some(reason.clone()),
                ..record.unwrap_or_else(|| unknown(*number, frames.end - frames.start))
            }
        });
        whole.chain(damaged).collect()
    }
}

/// True for a segment that was done and then found damaged. One that failed to render has at least one attempt.
fn is_marked(segment: &SegmentRecord) -> bool {
    segment.state == SegmentState::Failed && segment.attempts == 0
}

/// What there is of a job's film.
enum Finding {
    /// There should be none yet.
    None,
    /// It is whole, and has this many frames.
    Whole(u64),
    Faulty(PathBuf, String),
}

/// Looks for the published film, decodes it and compares its checksum. `should_be`: the job is
/// done, or was.
fn film(job: &Job, should_be: bool) -> Result<Finding> {
    let folder = job.folder().path();
    let Some(output) = job.output()?.filter(|output| output.bytes.is_some()) else {
        return Ok(match should_be {
            true => {
                let reason = "there is no complete record of the film";
                Finding::Faulty(job.folder().output(), reason.into())
            }
            false => Finding::None,
        });
    };
    let path = output.file(folder);
    if let Some(reason) = output.fault(folder)? {
        // The record is written just before the film gets its name, and until then still names the temporary file:
        // a film that is not there yet is not damaged.
        let is_due = should_be || output.damaged.is_some() || output.temp.is_none();
        return Ok(if is_due { Finding::Faulty(path, reason) } else { Finding::None });
    }
    Ok(match decode(job, &output) {
        Ok(frames) => Finding::Whole(frames),
        Err(reason) => Finding::Faulty(path, reason),
    })
}

/// Decodes the film and compares its checksum; returns the number of its frames.
fn decode(job: &Job, output: &Output) -> Result<u64, String> {
    let path = output.file(job.folder().path());
    let content = media::decode(&path).map_err(|e| e.to_string())?;
    let is_it = output.checksum.map_or(Ok(true), |checksum| checksum.is_at(&path));
    if !is_it.map_err(|e| e.to_string())? {
        return Err("its checksum is not the recorded one".into());
    }
    let (found, wanted) = (content.frames, job.recipe().frames);
    match found == wanted {
        true => Ok(wanted),
        false => Err(format!("{found} frames can be decoded, where {wanted} belong")),
    }
}

/// What was found of images.
struct Images {
    whole: u64,
    /// Damaged and missing images: segment, path and reason.
    faults: Vec<(u64, PathBuf, String)>,
}

/// Reads all images; `known` are the segments that were done.
fn images(job: &Job, known: &BTreeMap<u64, SegmentRecord>) -> Result<Images> {
    let recipe = job.recipe();
    let mut found = Images { whole: 0, faults: Vec::new() };
    let Some(images) = &recipe.images else { return Ok(found) };
    let there = job.folder().image_sizes(recipe, images.format)?;
    for segment in 0..recipe.segments() {
        let path = |frame| job.folder().image(recipe, frame, images.format);
        let (files, gone): (Vec<u64>, Vec<u64>) =
            recipe.segment(segment).partition(|frame| there.contains_key(frame));
        let (files, gone) = (files.into_iter().map(path), gone.into_iter().map(path));
        let files: Vec<PathBuf> = files.collect();
        let record = known.get(&segment);
        let recorded = record.and_then(|record| record.image_checksum);
        // An image that cannot be read is named below.
        if gone.len() == 0 && recorded.is_some() && recorded == checksum(&files).ok() {
            found.whole += files.len() as u64;
            continue;
        }
        let mut faults: Vec<(PathBuf, String)> = files
            .iter()
            .filter_map(|file| Some((file.clone(), unreadable(file, recipe.size)?)))
            .collect();
        found.whole += (files.len() - faults.len()) as u64;
        if record.is_some() {
            faults.extend(gone.map(|file| (file, "it is gone".to_string())));
        }
        let bytes: u64 = recipe.segment(segment).filter_map(|frame| there.get(&frame)).sum();
        let is_other = recorded.is_some() || record.is_some_and(|r| r.image_bytes != bytes);
        if faults.is_empty()
            && is_other
            && let [first, .., last] | [first @ last] = &*files
        {
            let last = last.file_name().unwrap_or_default().to_string_lossy();
            let reason = match files.len() {
                1 => "it is not the one that was written".into(),
                _ => format!("it, or another up to {last}, is not the one that was written"),
            };
            found.whole -= files.len() as u64;
            faults.push((first.clone(), reason));
        }
        found.faults.extend(faults.into_iter().map(|(path, reason)| (segment, path, reason)));
    }
    Ok(found)
}

/// The checksum of files, one after the other.
fn checksum(files: &[PathBuf]) -> Result<Checksum> {
    let mut hasher = Hasher::default();
    for path in files {
        let mut file = File::open(path).map_err(Error::io("open", path))?;
        hasher.read_all(&mut file).map_err(Error::io("read", path))?;
    }
    Ok(hasher.checksum())
}

/// Why an image cannot be used; `None` if it can.
fn unreadable(path: &Path, size: Size) -> Option<String> {
    match image::open(path) {
        Ok(image) if (image.width(), image.height()) == (size.width, size.height) => None,
        Ok(image) => Some(format!("it is {}x{}", image.width(), image.height())),
        Err(e) => Some(format!("it cannot be read: {e}")),
    }
}
