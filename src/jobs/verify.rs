//! Reading everything that a job has, to know that it is whole.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{Catalog, Event, Job, Output, State};
use crate::checksum::{Checksum, Hasher};
use crate::error::{Error, Result};
use crate::media;
use crate::recipe::Size;

/// What [`Catalog::verify`] found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verified {
    /// Segments whose files are whole; those that went into the published film do not count.
    pub segments: u64,
    /// Images that were read.
    pub images: u64,
    /// Frames of the film that were decoded.
    pub frames: Option<u64>,
    /// Files that are not as they should be, each with the reason.
    pub damaged: Vec<(PathBuf, String)>,
}

impl Catalog {
    /// Reads every segment and image, and decodes the film. What is damaged is no longer recorded
    /// as done, so that the next run renders it again.
    ///
    /// # Errors
    /// There is no such job, somebody works on it, or a folder cannot be read.
    pub fn verify(&self, name: &str) -> Result<Verified> {
        let view = self.job(name)?;
        let recipe = view.recipe()?;
        let told = std::sync::Mutex::new(Vec::new());
        let listen = |event| {
            if let Event::Damaged { path, reason } = event {
                told.lock().unwrap_or_else(|e| e.into_inner()).push((path, reason));
            }
        };
        let mut verified = Verified::default();
        {
            let job = Job::open(self.dir(), name, &recipe, false, &listen)?;
            let published = job.published();
            let kept = job.folder().segment_sizes(&recipe)?.len() as u64;
            let survey = job.survey(published.is_some(), true)?;
            verified.segments = kept.saturating_sub(survey.damaged);
            if let Some(output) = &published {
                match film(&job, output) {
                    Ok(frames) => verified.frames = Some(frames),
                    Err(reason) => {
                        let path = output.file(job.folder().path());
                        job.note(Event::Damaged { path, reason })?;
                        job.unpublish()?;
                    }
                }
            }
            if survey.damaged > 0 {
                // It is made again together with what it is made of.
                job.unpublish()?;
            }
            verified.images = images(&job)?;
            let done = self.job(name)?.state == State::Done;
            let lost = recipe.video.is_some() && job.published().is_none();
            if done && (lost || survey.images.contains(&false)) {
                self.store().set_state(job.id, State::Interrupted, Some("damaged files"), None)?;
            }
        }
        verified.damaged = told.into_inner().unwrap_or_default();
        Ok(verified)
    }
}

/// Decodes the film and compares its checksum; returns the number of its frames.
fn film(job: &Job, output: &Output) -> Result<u64, String> {
    let path = output.file(job.folder().path());
    let content = media::decode(&path).map_err(|e| e.to_string())?;
    if output.checksum.as_ref().is_some_and(|c| *c != content.checksum.to_string()) {
        return Err("its checksum is wrong".into());
    }
    match job.recipe().frames {
        wanted if wanted == content.frames => Ok(wanted),
        wanted => Err(format!("{} of {wanted} frames can be decoded", content.frames)),
    }
}

/// Reads all images, and tells of those that are damaged. Returns how many are whole.
fn images(job: &Job) -> Result<u64> {
    let recipe = job.recipe();
    let Some(images) = &recipe.images else { return Ok(0) };
    let there = job.folder().image_sizes(recipe, images.format)?;
    let mut whole = 0;
    for segment in 0..recipe.segments() {
        let files: Vec<PathBuf> = recipe
            .segment(segment)
            .filter(|frame| there.contains_key(frame))
            .map(|frame| job.folder().image(recipe, frame, images.format))
            .collect();
        let recorded = job.store.segment(job.id, segment)?.and_then(|s| s.image_checksum);
        if recorded.is_some() && recorded == Some(checksum(&files)?) {
            whole += files.len() as u64;
            continue;
        }
        let mut damaged: Vec<(&PathBuf, String)> =
            files.iter().filter_map(|file| Some((file, unreadable(file, recipe.size)?))).collect();
        if damaged.is_empty() && recorded.is_some() {
            let reason = "this or another image of its segment is not the one that was written";
            damaged = files.iter().map(|file| (file, reason.to_string())).collect();
        }
        whole += (files.len() - damaged.len()) as u64;
        for (file, reason) in damaged {
            job.forget_image(segment, file, reason)?;
        }
    }
    Ok(whole)
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

/// Why an image cannot be used, if so.
fn unreadable(path: &Path, size: Size) -> Option<String> {
    match image::open(path) {
        Ok(image) if (image.width(), image.height()) == (size.width, size.height) => None,
        Ok(image) => Some(format!("it is {}x{}", image.width(), image.height())),
        Err(e) => Some(e.to_string()),
    }
}
