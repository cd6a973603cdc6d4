//! A track from a file.

use std::ops::Range;
use std::path::Path;

use crate::cancel::Cancel;
use crate::error::{Error, Invalid, Result};
use crate::generate::files::{self, Files};
use crate::media::{self, Location, Samples, SoundStream};
use crate::parameters::parameters;
use crate::values::Clip;

parameters! {
    /// A track from a file.
    Recording, RecordingDraft as "sound";

    /// The file: any that FFmpeg decodes, also a film
    file: String = String::new(), placeholder("FILE");
    /// Where in it the track begins
    start: f64 = 0.0, placeholder("SECONDS"), within(0.0, 1e7, "seconds"), still("a file is heard as it is");
    /// It begins again, from its start, when it has ended
    looped as "loop": bool = false;
    /// When its sound ends
    length: Option<f64> = None, placeholder("SECONDS"), within(0.0, 1e9, "seconds"), still("it is found");
    /// The file, with the hash of its content
    files: Files = Files::new();
}

impl Recording {
    /// Settles what was left open, and looks into the file. Of a recipe that knows its file, what it was made with holds.
    ///
    /// # Errors
    /// The first value that is out of range; the file cannot be read, or holds no sound.
    pub fn resolve(draft: RecordingDraft, clip: Clip) -> Result<Self, Invalid> {
        let mut recording = draft.over(Self::default(), clip)?;
        let invalid = |reason: String| Invalid::new("sound.file", &recording.file, reason);
        if recording.files.contains_key(&recording.file) && recording.length.is_some() {
            return Ok(recording);
        }
        let path = Path::new(&recording.file);
        let hash = files::hash(path).map_err(|e| invalid(e.to_string()))?;
        let facts = media::sound_facts(&Location::File(path.into()));
        let facts = facts.map_err(|e| {
            let (reason, name) = (e.to_string(), format!("{}: ", recording.file));
            invalid(reason.strip_prefix(&name).map(str::to_string).unwrap_or(reason))
        })?;
        let length = facts.end as f64 / 1e6;
        if recording.start >= length {
            let reason = format!("{} lasts {length:.3} s", recording.file);
            return Err(Invalid::new("sound.start", recording.start, reason));
        }
        recording.files = [(recording.file.clone(), hash)].into();
        recording.length = Some(length);
        Ok(recording)
    }

    /// How many seconds of it there are; `None` if it begins again and again.
    pub fn seconds(&self) -> Option<f64> {
        let length = self.length.filter(|_| !self.looped)?;
        Some(length - self.start)
    }
}

/// Plays a track from a file, forwards: who goes back by more than is held begins again.
pub(super) struct Tape<'a> {
    recording: &'a Recording,
    /// Samples a second.
    rate: u32,
    stream: Option<SoundStream>,
    /// The last samples that the stream gave, and the number of the first of these in the file.
    held: Samples,
    first: u64,
    /// True once the stream has given all.
    ended: bool,
    /// Samples that are held behind the place that was read.
    kept: u64,
    cancel: &'a Cancel,
}

/// Seconds of a track in a loop that are held as a whole.
const SHORT: u64 = 60;

impl<'a> Tape<'a> {
    pub fn new(recording: &'a Recording, rate: u32, kept: u64, cancel: &'a Cancel) -> Self {
        let (held, first) = (Samples::default(), 0);
        Self { recording, rate, stream: None, held, first, ended: false, kept, cancel }
    }

    /// Adds samples `range` of the track to `out`.
    ///
    /// # Errors
    /// The file cannot be read, or the work was stopped.
    pub fn read(&mut self, range: Range<u64>, out: &mut [Vec<f64>; 2]) -> Result<()> {
        let sample = |seconds: f64| (seconds * f64::from(self.rate)).round() as u64;
        let start = sample(self.recording.start);
        let end = self.recording.length.map_or(u64::MAX, sample).max(start + 1);
        let mut at = range.start;
        while at < range.end {
            let place = if self.recording.looped { at % (end - start) } else { at };
            let count = (range.end - at).min((end - start).saturating_sub(place));
            if count == 0 {
                // Behind its end.
                let missing = (range.end - at) as usize;
                out.iter_mut().for_each(|channel| channel.resize(channel.len() + missing, 0.0));
                return Ok(());
            }
            let wanted = start + place..start + place + count;
            let is_short = self.recording.looped && end - start <= SHORT * u64::from(self.rate);
            self.hold(if is_short { start..end } else { wanted.clone() })?;
            for (out, held) in out.iter_mut().zip(&self.held) {
                let before = out.len();
                let from = ((wanted.start - self.first) as usize).min(held.len());
                let part = held[from..].iter().take(count as usize);
                out.extend(part.map(|sample| f64::from(*sample)));
                // What the file has less than it was known to have.
                out.resize(before + count as usize, 0.0);
            }
            at += count;
        }
        Ok(())
    }

    /// Where something of the file could not be decoded or is missing since this was last asked, in seconds.
    pub fn damage(&mut self) -> Option<f64> {
        self.stream.as_mut()?.damage().filter(|at| *at >= self.recording.start)
    }

    /// The file.
    pub fn file(&self) -> &str {
        &self.recording.file
    }

    /// Has these samples of the file held, as far as it has them.
    fn hold(&mut self, wanted: Range<u64>) -> Result<()> {
        let stream = match &mut self.stream {
            Some(stream) if wanted.start >= self.first => stream,
            stream => {
                let at = Location::File(self.recording.file.clone().into());
                (self.first, self.ended) = (0, false);
                self.held.iter_mut().for_each(Vec::clear);
                stream.insert(SoundStream::open(&at, self.rate)?)
            }
        };
        while !self.ended && self.first + (self.held[0].len() as u64) < wanted.end {
            self.cancel.check().map_err(|_| Error::Interrupted)?;
            self.ended = !stream.next(&mut self.held)?;
            let kept = wanted.start.saturating_sub(self.kept);
            let old = kept.saturating_sub(self.first).min(self.held[0].len() as u64);
            // Not for each packet: what is behind moves up.
            if old >= u64::from(self.rate) {
                self.held.iter_mut().for_each(|channel| drop(channel.drain(..old as usize)));
                self.first += old;
            }
        }
        Ok(())
    }
}
