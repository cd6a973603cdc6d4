//! A track from a file.

use std::ops::Range;
use std::path::Path;

use crate::error::{Invalid, Result};
use crate::generate::files::{self, Files};
use crate::media::{self, Location, Samples, SoundReader};
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

/// Plays a track from a file.
pub(super) struct Tape<'a> {
    recording: &'a Recording,
    /// Samples a second.
    rate: u32,
    reader: Option<SoundReader>,
    /// The next sample that the reader gives, in the file, if it stands somewhere.
    at: Option<u64>,
    samples: Samples,
}

/// Seconds of a file that are decoded in one go, from their beginning on. What codecs carry over from before differs by
/// where decoding began, so it always begins at the same places.
const CELL: u64 = 10;

impl<'a> Tape<'a> {
    pub fn new(recording: &'a Recording, rate: u32) -> Self {
        Self { recording, rate, reader: None, at: None, samples: Samples::default() }
    }

    /// Adds samples `range` of the track to `out`.
    ///
    /// # Errors
    /// The file cannot be read.
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
            self.copy(start + place..start + place + count, out)?;
            at += count;
        }
        Ok(())
    }

    /// Adds samples of the file.
    fn copy(&mut self, range: Range<u64>, out: &mut [Vec<f64>; 2]) -> Result<()> {
        let cell = CELL * u64::from(self.rate);
        let mut at = range.start;
        while at < range.end {
            let begin = at / cell * cell;
            let end = range.end.min(begin + cell);
            if self.at != Some(at) || at == begin {
                self.go(begin)?;
            }
            let from = self.at.unwrap_or(begin);
            let Some(reader) = &mut self.reader else { break };
            // What lies before is decoded, and left out.
            self.samples.iter_mut().for_each(Vec::clear);
            reader.read(from as i64, (end - from) as usize, &mut self.samples)?;
            for (out, samples) in out.iter_mut().zip(&self.samples) {
                out.extend(samples[(at - from) as usize..].iter().map(|sample| f64::from(*sample)));
            }
            self.at = Some(end);
            at = end;
        }
        Ok(())
    }

    /// Has the reader stand at the beginning of a cell.
    fn go(&mut self, begin: u64) -> Result<()> {
        if self.reader.is_none() {
            let at = Location::File(self.recording.file.clone().into());
            self.reader = SoundReader::open(&at, self.rate)?;
        }
        if let Some(reader) = &mut self.reader {
            reader.restart(begin as i64)?;
        }
        self.at = Some(begin);
        Ok(())
    }
}
