//! The tracks of a film, played together.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;

use super::formula::Synth;
use super::limiter::{self, MOST};
use super::noise::Hiss;
use super::recording::Tape;
use super::strip::Fader;
use super::{Recording, Sound, Track, Voice};
use crate::cancel::Cancel;
use crate::error::Result;
use crate::formula::{Phases, Timing};
use crate::generate::files;
use crate::media::Samples;
use crate::remix::{Remix, SoundCutter};
use crate::values::Clip;

/// The sound of a film, to be played by any number of mixers.
pub struct Studio {
    sound: Sound,
    clip: Clip,
    /// The remix whose own sound is heard as well.
    remix: Option<Remix>,
    /// Of each track how far its oscillators come, for each formula.
    phases: Vec<Vec<Phases>>,
    told: Mutex<Told>,
    /// True if it is only measured: neither limited nor rounded.
    is_measured: bool,
    /// Samples of files that are held, for who goes back.
    held: u64,
    cancel: Cancel,
}

/// What was told of the sound, each once.
#[derive(Debug, Default)]
struct Told {
    limited: bool,
    silenced: bool,
    damaged: bool,
}

impl Studio {
    /// The sound of a film, of which `clip` tells; of a remix its own is heard as well.
    pub fn new(sound: Sound, clip: Clip, remix: Option<Remix>) -> Self {
        let phases = sound.tracks.iter().map(|track| match &track.voice {
            Voice::Formula(formula) => {
                formula.formulas().iter().map(|_| Phases::default()).collect()
            }
            _ => Vec::new(),
        });
        let held = HELD * u64::from(sound.rate);
        let (phases, told) = (phases.collect(), Mutex::default());
        let cancel = Cancel::new();
        Self { phases, sound, clip, remix, told, is_measured: false, held, cancel }
    }

    /// The same, or of one track that is named, to be measured by who goes back by so many `samples` at most: neither
    /// limited nor rounded.
    pub(super) fn measured(&self, track: Option<&str>, samples: u64) -> Self {
        let studio = match track {
            None => Self::new(self.sound.clone(), self.clip, self.remix.clone()),
            Some(name) => Self::new(self.sound.of_track(name), self.clip, None),
        };
        Self { is_measured: true, held: studio.held.max(samples), ..studio }
    }

    /// What is heard, beside a remix's own sound.
    pub(super) fn tracks(&self) -> &[Track] {
        &self.sound.tracks
    }

    /// The film.
    pub(super) fn clip(&self) -> Clip {
        self.clip
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.sound.rate
    }

    /// The samples in the middle of frames that lie in `range`.
    pub(super) fn middles(&self, range: Range<u64>) -> impl Iterator<Item = u64> + use<> {
        let (fps, rate, frames) = (self.clip.fps, self.sound.rate, self.clip.frames);
        // Half a frame behind its beginning.
        let middle = move |frame: u64| fps.units(2 * frame + 1, rate) / 2;
        let first = (range.start as f64 / f64::from(rate) * fps.as_f64()) as u64;
        (first.saturating_sub(2)..frames)
            .map(middle)
            .skip_while(move |sample| *sample < range.start)
            .take_while(move |sample| *sample < range.end)
    }

    /// Samples of the film.
    pub fn samples(&self) -> u64 {
        self.clip.fps.units(self.clip.frames, self.sound.rate)
    }

    /// Looks whether the files are there that are heard, and are what they were.
    ///
    /// # Errors
    /// One is gone or another, in one line.
    pub fn ready(&self) -> Result<(), String> {
        self.recordings().try_for_each(|recording| files::check(&recording.files))
    }

    /// The files that are heard.
    pub fn files(&self) -> Vec<PathBuf> {
        self.recordings().flat_map(|recording| recording.files.keys().map(PathBuf::from)).collect()
    }

    fn recordings(&self) -> impl Iterator<Item = &Recording> {
        self.sound.tracks.iter().filter_map(|track| match &track.voice {
            Voice::Recording(recording) => Some(recording),
            _ => None,
        })
    }

    /// What plays it, in any order.
    pub fn mixer<'a>(&'a self) -> Mixer<'a> {
        let rate = self.sound.rate;
        let tracks = self.sound.tracks.iter().zip(&self.phases);
        let player =
            |(track, phases): (&'a Track, &'a Vec<Phases>)| Player::new(track, phases, self);
        let reach = limiter::reach(rate);
        let remix = self.remix.as_ref();
        Mixer {
            studio: self,
            players: tracks.map(player).collect(),
            remix: remix.map(|remix| SoundCutter::new(remix, self.clip.fps, rate)),
            reach,
            next: None,
            mixed: [vec![0.0; 2 * reach], vec![0.0; 2 * reach]],
            part: [Vec::new(), Vec::new()],
            ready: (0, Samples::default()),
        }
    }

    /// Told from another thread when the work stops: what is read from files ends in an error then.
    pub fn stop(&self) {
        self.cancel.cancel();
    }

    /// True if this was not told before; from now on it was.
    fn tell(&self, flag: fn(&mut Told) -> &mut bool) -> bool {
        let Ok(mut told) = self.told.lock() else { return false };
        !std::mem::replace(flag(&mut told), true)
    }
}

/// What plays one track.
struct Player<'a> {
    fader: Fader<'a>,
    instrument: Instrument<'a>,
}

enum Instrument<'a> {
    Tape(Box<Tape<'a>>),
    Hiss(Box<Hiss>),
    Synth(Box<Synth<'a>>),
}

impl<'a> Player<'a> {
    fn new(track: &'a Track, phases: &'a [Phases], studio: &'a Studio) -> Self {
        let (rate, clip) = (studio.sound.rate, studio.clip);
        let instrument = match &track.voice {
            Voice::Recording(recording) => {
                Instrument::Tape(Box::new(Tape::new(recording, rate, studio.held, &studio.cancel)))
            }
            Voice::Noise(noise) => Instrument::Hiss(Box::new(Hiss::new(noise, rate))),
            Voice::Formula(formula) => {
                let timing = Timing {
                    rate,
                    fps: (clip.fps.num, clip.fps.den),
                    samples: studio.samples(),
                    seed: formula.seed.unwrap_or(clip.seed),
                };
                Instrument::Synth(Box::new(Synth::new(&formula.formulas(), phases, timing)))
            }
        };
        Self { fader: Fader::new(&track.strip, rate, clip), instrument }
    }
}

/// Seconds of files that are held: encoders begin a little before their segment, at low rates by most.
const HELD: u64 = 5;
/// The largest value of a track.
const LARGEST: f64 = 1e9;
/// Samples that are mixed at once.
const CHUNK: usize = 8192;

/// Plays the sound of a film: a sample is the same wherever playing began.
pub struct Mixer<'a> {
    studio: &'a Studio,
    players: Vec<Player<'a>>,
    remix: Option<SoundCutter<'a>>,
    /// Samples that the limiter looks at to either side.
    reach: usize,
    /// The chunk that follows on what is mixed.
    next: Option<u64>,
    /// What was mixed, from `reach` samples before a chunk to as many behind it.
    mixed: [Vec<f64>; 2],
    /// What one track gave.
    part: [Vec<f64>; 2],
    /// The chunk that is ready, by number.
    ready: (u64, Samples),
}

/// What is worth telling about the sound.
#[derive(Debug, Clone, PartialEq)]
pub enum Remark {
    /// A file is damaged or has a gap, at so many seconds in it among others.
    Damaged(String, f64),
    /// It would have gone beyond full scale, at so many seconds among others, and is turned down there.
    Limited(f64),
    /// It is no number, at so many seconds among others, and is silent there.
    Silenced(f64),
}

impl Mixer<'_> {
    /// Adds `count` samples from `first` on to `out`; there is silence beyond the film's ends. Gives what is worth telling
    /// and was not told before.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn read(&mut self, first: i64, count: usize, out: &mut Samples) -> Result<Vec<Remark>> {
        let mut remarks = Vec::new();
        let (mut at, end) = (first, first + count as i64);
        while at < end {
            let Ok(sample) = u64::try_from(at) else {
                out.iter_mut().for_each(|channel| channel.push(0.0));
                at += 1;
                continue;
            };
            let chunk = sample / CHUNK as u64;
            if self.ready.0 != chunk || self.ready.1[0].is_empty() {
                remarks.extend(self.make(chunk)?);
            }
            let inside = (sample % CHUNK as u64) as usize;
            let part = inside..CHUNK.min(inside + (end - at) as usize);
            for (out, ready) in out.iter_mut().zip(&self.ready.1) {
                out.extend_from_slice(&ready[part.clone()]);
            }
            at += part.len() as i64;
        }
        Ok(remarks)
    }

    /// Makes a chunk: mixed, limited, and rounded to 24 bits.
    fn make(&mut self, chunk: u64) -> Result<Vec<Remark>> {
        let begin = (chunk * CHUNK as u64) as i64;
        let reach = self.reach as i64;
        let mut silenced = None;
        let mut remarks = Vec::new();
        if self.next != Some(chunk) {
            self.mixed.iter_mut().for_each(Vec::clear);
            silenced = self.mix(begin - reach, 2 * self.reach)?;
        }
        let silenced = silenced.or(self.mix(begin + reach, CHUNK)?);
        let peaks = self.peaks();
        let is_measured = self.studio.is_measured;
        let factors = match is_measured {
            true => None,
            false => limiter::factors(&peaks, self.studio.sound.rate),
        };
        let (number, ready) = &mut self.ready;
        *number = chunk;
        let is_mono = self.studio.sound.channels == 1;
        let mixed = |n: usize| {
            let [left, right] = [&self.mixed[0][n + self.reach], &self.mixed[1][n + self.reach]];
            if is_mono { [(left + right) / 2.0; 2] } else { [*left, *right] }
        };
        for side in [0, 1] {
            let sample = |n: usize| {
                let sample = mixed(n)[side] * factors.as_ref().map_or(1.0, |factors| factors[n]);
                if is_measured {
                    return sample as f32;
                }
                ((sample * 8_388_608.0).round() / 8_388_608.0).clamp(-MOST, MOST) as f32
            };
            ready[side].clear();
            ready[side].extend((0..CHUNK).map(sample));
        }
        // What the next chunk looks back at.
        self.mixed.iter_mut().for_each(|side| drop(side.drain(..CHUNK)));
        self.next = Some(chunk + 1);
        let seconds = |sample: i64| sample as f64 / f64::from(self.studio.sound.rate);
        let beyond =
            peaks[self.reach..self.reach + CHUNK].iter().position(|peak| *peak > limiter::FULL);
        let limited = beyond.filter(|_| self.studio.tell(|told| &mut told.limited));
        let limited = limited.map(|n| Remark::Limited(seconds(begin + n as i64)));
        let silenced = silenced.filter(|_| self.studio.tell(|told| &mut told.silenced));
        remarks.extend(limited);
        remarks.extend(silenced.map(|at| Remark::Silenced(seconds(at))));
        for player in &mut self.players {
            if let Instrument::Tape(tape) = &mut player.instrument
                && let Some(at) = tape.damage()
                && self.studio.tell(|told| &mut told.damaged)
            {
                remarks.push(Remark::Damaged(tape.file().into(), at));
            }
        }
        Ok(remarks)
    }

    /// The greatest value of each sample that is mixed.
    fn peaks(&self) -> Vec<f64> {
        let [left, right] = &self.mixed;
        let pairs = left.iter().zip(right);
        match self.studio.sound.channels {
            1 => pairs.map(|(left, right)| ((left + right) / 2.0).abs()).collect(),
            _ => pairs.map(|(left, right)| left.abs().max(right.abs())).collect(),
        }
    }

    /// Mixes `count` more samples, from `first` on. Gives the first that is no number.
    fn mix(&mut self, first: i64, count: usize) -> Result<Option<i64>> {
        let end = self.studio.samples();
        let within = |sample: i64| u64::try_from(sample).unwrap_or(0).min(end);
        let range = within(first)..within(first + count as i64);
        let base = self.mixed[0].len();
        self.mixed.iter_mut().for_each(|side| side.resize(base + count, 0.0));
        let mut silenced = None;
        if let Some(remix) = &mut self.remix {
            let mut own = Samples::default();
            remix.read(range.clone(), &mut own)?;
            let offset = base + (range.start as i64 - first).max(0) as usize;
            for (mixed, own) in self.mixed.iter_mut().zip(&own) {
                let mixed = mixed[offset.min(base + count)..].iter_mut();
                for ((mixed, own), sample) in mixed.zip(own).zip(range.start..) {
                    let value = f64::from(*own);
                    match value.is_finite() {
                        true => *mixed += value.clamp(-LARGEST, LARGEST),
                        false => silenced = silenced.or(Some(sample as i64)),
                    }
                }
            }
        }
        for player in &mut self.players {
            let (from, until) = player.fader.heard();
            let heard = range.start.max(from)..range.end.min(until);
            if heard.is_empty() {
                continue;
            }
            self.part.iter_mut().for_each(Vec::clear);
            let own = heard.start - from..heard.end - from;
            match &mut player.instrument {
                Instrument::Tape(tape) => tape.read(own, &mut self.part)?,
                // Formulas tell the film's time, wherever their track begins.
                Instrument::Synth(synth) => synth.read(heard.clone(), &mut self.part),
                Instrument::Hiss(hiss) => hiss.read(own, &mut self.part),
            }
            let offset = base + (heard.start as i64 - first) as usize;
            for (n, sample) in (0..self.part[0].len()).zip(heard.start..) {
                let factors = player.fader.at(sample);
                for side in [0, 1] {
                    let value = self.part[side][n] * factors[side];
                    match value.is_finite() {
                        // What is larger is as far beyond full scale as can be said.
                        true => self.mixed[side][offset + n] += value.clamp(-LARGEST, LARGEST),
                        false => silenced = silenced.or(Some(sample as i64)),
                    }
                }
            }
        }
        Ok(silenced)
    }
}
