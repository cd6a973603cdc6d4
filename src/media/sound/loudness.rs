//! How loud a film is.

use std::fmt;

use ebur128::{EbuR128, Mode};
use serde::{Deserialize, Serialize};

use super::{Samples, SoundStream};
use crate::cancel::Cancel;
use crate::error::{Error, Result};
use crate::media::location::Location;

/// How loud a film is as a whole, by EBU R 128 and ITU-R BS.1770; `None` of silence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Loudness {
    /// The integrated loudness, in LUFS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integrated: Option<f64>,
    /// The highest true peak of its channels, in dBTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_peak: Option<f64>,
}

impl fmt::Display for Loudness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(peak) = self.true_peak else { return f.write_str("silent") };
        match self.integrated {
            Some(loudness) => write!(f, "{loudness:.1} LUFS, true peak {peak:.1} dBTP"),
            // Less than 0.4 s, or nothing above -70 LUFS.
            None => write!(f, "too short or too soft for a loudness, true peak {peak:.1} dBTP"),
        }
    }
}

/// Measures the sound of the file at `at`, which has `rate` samples a second and 1 or 2 `channels`. All of it is decoded.
///
/// # Errors
/// It cannot be decoded, or `cancel` was set.
pub fn loudness(at: &Location, rate: u32, channels: u32, cancel: &Cancel) -> Result<Loudness> {
    let failed =
        |e: ebur128::Error| Error::Media { what: at.to_string(), reason: format!("loudness: {e}") };
    let mut meter = EbuR128::new(channels, rate, Mode::I | Mode::TRUE_PEAK).map_err(failed)?;
    let (mut stream, mut part) = (SoundStream::open(at, rate)?, Samples::default());
    while stream.next(&mut part)? {
        cancel.check().map_err(|_| Error::Interrupted)?;
        if channels == 1 {
            // FFmpeg reads one channel as two that are the same, each with half of its power.
            part[0].iter_mut().for_each(|sample| *sample *= std::f32::consts::SQRT_2);
        }
        let [left, right] = &part;
        let both = [left.as_slice(), right.as_slice()];
        meter.add_frames_planar_f32(&both[..channels.clamp(1, 2) as usize]).map_err(failed)?;
        part.iter_mut().for_each(Vec::clear);
    }
    let peaks = (0..channels).map(|channel| meter.true_peak(channel).map_err(failed));
    let peak = peaks.collect::<Result<Vec<f64>>>()?.into_iter().fold(0.0, f64::max);
    let integrated = meter.loudness_global().map_err(failed)?;
    // What is kept is read again as it was.
    let kept = |value: f64| value.is_finite().then_some((value * 100.0).round() / 100.0);
    Ok(Loudness { integrated: kept(integrated), true_peak: kept(20.0 * peak.log10()) })
}
