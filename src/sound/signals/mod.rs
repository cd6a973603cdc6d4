//! Signals: what the sound does, as a number for each frame, known before the first one is drawn.
//!
//! All of the sound is looked at once, in pieces that any core may take. What is found is small: sixteen bits a frame for
//! each signal that a recipe names.

mod beats;
mod features;
mod onsets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use beats::{Beats, Hint};
use features::Features;

use super::Studio;
use crate::checksum::Hasher;
use crate::error::Result;
use crate::formula::{Column, Signal, SignalKind};
use crate::values::Clip;

/// The version of the analysis: raised whenever the same sound would give other signals.
const VERSION: u32 = 3;

/// The signals of a film.
#[derive(Debug, Clone, PartialEq)]
pub struct Signals(BTreeMap<String, Series>);

/// A signal, frame by frame: values from `least` to `most`, in 65536 steps.
#[derive(Debug, Clone, PartialEq)]
struct Series {
    least: f32,
    most: f32,
    values: Vec<u16>,
}

impl Series {
    fn new(values: &[f32], least: f32, most: f32) -> Self {
        let step = |value: &f32| {
            let part = (value - least) / (most - least);
            // Of what is no number, the least.
            (part * 65_535.0).round().clamp(0.0, 65_535.0) as u16
        };
        Self { least, most, values: values.iter().map(step).collect() }
    }

    fn column(&self) -> Option<Arc<Column>> {
        let (least, width) = (f64::from(self.least), f64::from(self.most) - f64::from(self.least));
        let value = |step: &u16| least + width * (f64::from(*step) / 65_535.0);
        Column::counted(self.values.iter().map(value).collect()).map(Arc::new)
    }
}

/// Told how far it is: seconds of sound that were looked at, and in all. An error ends the work.
pub type Progress<'a> = dyn Fn(f64, f64) -> Result<()> + Sync + 'a;

impl Signals {
    /// Looks at all that a studio plays for the signals that are `wanted`.
    ///
    /// # Errors
    /// A file cannot be read, or `progress` failed.
    pub fn of(all: &Studio, wanted: &BTreeSet<Signal>, progress: &Progress) -> Result<Self> {
        let mut signals = BTreeMap::new();
        let tracks: BTreeSet<&Option<String>> = wanted.iter().map(|signal| &signal.track).collect();
        for name in tracks {
            let of = |signal: &&Signal| signal.track == *name;
            let wanted: Vec<&Signal> = wanted.iter().filter(of).collect();
            let kinds: BTreeSet<SignalKind> = wanted.iter().map(|signal| signal.kind).collect();
            let kinds: Vec<SignalKind> = kinds.into_iter().collect();
            let studio = all.measured(name.as_deref(), 2 * features::margin(all.rate(), &kinds));
            let features = Features::of(&studio, &kinds, progress)?;
            let found = series(&features, &wanted, all.clip(), studio.hint());
            for (signal, series) in wanted.into_iter().zip(found) {
                signals.insert(signal.to_string(), series);
            }
        }
        Ok(Self(signals))
    }

    /// A signal's values, counted by frames.
    pub(crate) fn column(&self, signal: &Signal) -> Option<Arc<Column>> {
        self.0.get(&signal.to_string())?.column()
    }

    /// True if they are to tell the beat of something that has none.
    pub fn lack_beat(&self) -> bool {
        let is_of_beat = |name: &str| {
            let name = name.rsplit('.').next().unwrap_or(name);
            matches!(name, "beat" | "bar" | "bpm")
        };
        let mut series = self.0.iter().filter(|(name, _)| is_of_beat(name));
        series.any(|(_, series)| series.values.iter().all(|step| *step == 0))
    }

    /// What tells the signals that are `wanted` of a sound from all others: `heard` is what the recipe says of it.
    pub fn key(heard: &str, wanted: &BTreeSet<Signal>) -> String {
        let names: Vec<String> = wanted.iter().map(Signal::to_string).collect();
        let text = format!("{VERSION}\n{heard}\n{}", names.join("\n"));
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// The signals as bytes, to be kept. Numbers are little-endian: the key, and of each signal the length of its name, its
    /// name, its least and greatest value, how many there are, and their steps; behind all of it a checksum.
    pub fn to_bytes(&self, key: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(key.as_bytes());
        for (name, series) in &self.0 {
            bytes.extend((name.len() as u32).to_le_bytes());
            bytes.extend(name.as_bytes());
            bytes.extend(series.least.to_le_bytes());
            bytes.extend(series.most.to_le_bytes());
            bytes.extend((series.values.len() as u64).to_le_bytes());
            bytes.extend(series.values.iter().flat_map(|step| step.to_le_bytes()));
        }
        let mut hasher = Hasher::default();
        hasher.add(&bytes);
        bytes.extend(hasher.checksum().0.to_le_bytes());
        bytes
    }

    /// Reads what was kept; `None` if it is damaged, or of another key.
    pub fn from_bytes(bytes: &[u8], key: &str) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
        let mut hasher = Hasher::default();
        hasher.add(body);
        if sum != hasher.checksum().0.to_le_bytes() {
            return None;
        }
        let mut rest = body.strip_prefix(MAGIC)?.strip_prefix(key.as_bytes())?;
        let mut take = |count: usize| {
            let (part, behind) = rest.split_at_checked(count)?;
            rest = behind;
            Some(part)
        };
        let mut signals = BTreeMap::new();
        while let Some(length) = take(4) {
            let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
            let name = String::from_utf8(take(length)?.to_vec()).ok()?;
            let least = f32::from_le_bytes(take(4)?.try_into().ok()?);
            let most = f32::from_le_bytes(take(4)?.try_into().ok()?);
            let count = usize::try_from(u64::from_le_bytes(take(8)?.try_into().ok()?)).ok()?;
            let steps = take(count.checked_mul(2)?)?;
            let step = |pair: &[u8]| u16::from_le_bytes([pair[0], pair[1]]);
            let values = steps.chunks_exact(2).map(step).collect();
            signals.insert(name, Series { least, most, values });
        }
        Some(Self(signals))
    }
}

impl Studio {
    /// What the tracks say of the beat: the first that does.
    fn hint(&self) -> Hint {
        let strips = || self.tracks().iter().map(|track| &track.strip);
        Hint {
            bpm: strips().find_map(|strip| strip.bpm),
            downbeat: strips().find_map(|strip| strip.downbeat),
        }
    }
}

/// What kept signals begin with.
const MAGIC: &[u8] = b"genmedia signals\n";

/// The signals that are wanted, from what was found.
fn series(features: &Features, wanted: &[&Signal], clip: Clip, hint: Hint) -> Vec<Series> {
    let frames = clip.frames as usize;
    let second = |frame: usize| (frame as f64 + 0.5) / clip.fps.as_f64();
    let onsets = onsets::find(features);
    let is_of_beats =
        |kind: &SignalKind| matches!(kind, SignalKind::Beat | SignalKind::Bar | SignalKind::Bpm);
    let beats = match wanted.iter().any(|signal| is_of_beats(&signal.kind)) {
        true => Beats::find(features, &onsets, hint),
        false => Beats::default(),
    };
    let phases = |phase: &dyn Fn(f64) -> f64| {
        let values: Vec<f32> = (0..frames).map(|frame| phase(second(frame)) as f32).collect();
        Series::new(&values, 0.0, 1.0)
    };
    let series = |signal: &&Signal| match &signal.kind {
        SignalKind::Level
        | SignalKind::Bass
        | SignalKind::Mid
        | SignalKind::Treble
        | SignalKind::Band(..) => {
            let place = features.kinds.iter().position(|known| *known == signal.kind);
            let values = place.map_or(&[][..], |place| &features.levels[place]);
            let frames = f64::from(signal.over) / 1e6 * clip.fps.as_f64();
            Series::new(&scaled(&mean(values, frames), features.loudest), 0.0, 1.0)
        }
        SignalKind::Sample(_) => {
            let place = features.kinds.iter().position(|known| *known == signal.kind);
            Series::new(place.map_or(&[][..], |place| &features.levels[place]), -1.0, 1.0)
        }
        SignalKind::Onset(micros) => {
            let length = f64::from(*micros) / 1e6;
            Series::new(&onsets::fading(&onsets, features.rate, length, clip), 0.0, 1.0)
        }
        SignalKind::Beat => phases(&|time| beats.phase(time, 1)),
        SignalKind::Bar => phases(&|time| beats.phase(time, 4)),
        SignalKind::Bpm => Series::new(&[beats.bpm as f32], 0.0, 655.35),
    };
    wanted.iter().map(series).collect()
}

/// The mean of levels around each frame, over so many `frames`, of which those in the middle count most: by the window of Hann.
/// It comes no later than they do.
fn mean(levels: &[f32], frames: f64) -> Vec<f32> {
    let reach = ((frames / 2.0).ceil() as usize).saturating_sub(1);
    let weight = |n: usize| 0.5 + 0.5 * libm::cos(2.0 * std::f64::consts::PI * n as f64 / frames);
    let weights: Vec<f64> = (0..=reach).map(weight).collect();
    let around = |frame: usize| {
        let near = frame.saturating_sub(reach)..(frame + reach + 1).min(levels.len());
        let (mut sum, mut all) = (0.0, 0.0);
        for n in near {
            let weight = weights[n.abs_diff(frame)];
            (sum, all) = (sum + weight * f64::from(levels[n]), all + weight);
        }
        (sum / all) as f32
    };
    match reach {
        0 => levels.to_vec(),
        _ => (0..levels.len()).map(around).collect(),
    }
}

/// Levels such that the greatest is 1; those of a part in which next to nothing is heard stay low.
fn scaled(levels: &[f32], loudest: f32) -> Vec<f32> {
    /// 50 dB below the loudest.
    const FLOOR: f32 = 0.003_162_278;
    let most = levels.iter().copied().fold(loudest * FLOOR, f32::max);
    if most <= 0.0 {
        return vec![0.0; levels.len()];
    }
    levels.iter().map(|level| level / most).collect()
}
