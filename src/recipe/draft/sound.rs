//! What is heard, with open ends.

use super::Draft;
use crate::error::Invalid;
use crate::recipe::{FrameRate, Size, Source};
use crate::sound::{Sound, Voice};
use crate::values::Clip;

impl Draft {
    /// As many frames as take the time of the tracks; `None` if they have no end.
    pub(super) fn heard(&self, voices: &[Voice], fps: FrameRate) -> Option<u64> {
        let clip = Clip { fps, frames: 300, seed: 1, size: Size::new(1024, 768), looped: false };
        let seconds = self.sound.seconds(voices, clip)?;
        Some(fps.frames((seconds * 1e6).round() as u64).max(1))
    }

    /// What is heard, of the tracks and of a remix.
    pub(super) fn sound(
        &self,
        voices: Vec<Voice>,
        source: &Source,
        clip: Clip,
    ) -> Result<Option<Sound>, Invalid> {
        let is_silent = source.sound().is_none() && voices.is_empty();
        let said = [("sample-rate", self.sample_rate), ("channels", self.channels)];
        for (key, value) in said {
            if let Some(value) = value.filter(|_| is_silent) {
                let reason = "nothing is heard; a track is [sound] or --sound FILE";
                return Err(Invalid::new(key, value, reason));
            }
        }
        if voices.is_empty() && self.sample_rate.or(self.channels).is_none() {
            return Ok(None);
        }
        let rate = self.sample_rate.or(source.sound()).unwrap_or(48_000);
        if !(8_000..=192_000).contains(&rate) {
            let reason = "the rate of sound is 8000 to 192000 samples a second";
            return Err(Invalid::new("sample-rate", rate, reason));
        }
        let channels = self.channels.unwrap_or(2);
        if !(1..=2).contains(&channels) {
            return Err(Invalid::new("channels", channels, "sound has 1 channel or 2"));
        }
        self.sound.resolve(voices, (rate, channels), clip).map(Some)
    }
}
