//! The options of what is heard.

use genmedia::Error;
use genmedia::playlist::time;
use genmedia::recipe::Draft;
use genmedia::sound::TrackDraft;
use genmedia::values::{Moving, Typed, whole};

use super::options::flag_error;

/// What is heard.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sound")]
pub struct SoundOptions {
    /// Hear this: any file with sound in it, noise=COLOR, or formula=FORMULA; several are mixed
    #[arg(long = "sound", value_name = "FILE", allow_hyphen_values = true)]
    tracks: Vec<TrackDraft>,
    /// Where in their files the tracks begin: 10, 90s, 1:30 [default: 0]
    #[arg(long, value_name = "TIME", value_parser = time::parse, requires = "tracks")]
    sound_start: Option<u64>,
    /// How much louder than they were made the tracks are, in dB; it may move [default: 0]
    #[arg(long, value_name = "DB", value_parser = number, requires = "tracks", allow_hyphen_values = true)]
    sound_gain: Option<Moving<f64>>,
    /// How long the tracks take to come: 2, 500ms [default: 0]
    #[arg(long, value_name = "TIME", value_parser = time::parse, requires = "tracks")]
    sound_fade_in: Option<u64>,
    /// How long the tracks take to go [default: 0]
    #[arg(long, value_name = "TIME", value_parser = time::parse, requires = "tracks")]
    sound_fade_out: Option<u64>,
    /// The files begin again when they have ended
    #[arg(long, requires = "tracks")]
    sound_loop: bool,
    /// Samples a second [default: 48000; remix that of its first film with sound]
    #[arg(long, value_name = "HZ", value_parser = whole::<u32>)]
    sample_rate: Option<u32>,
    /// Channels: 1 or 2 [default: 2]
    #[arg(long, value_name = "N", value_parser = whole::<u32>)]
    channels: Option<u32>,
}

/// A number, or a formula of one that moves.
fn number(text: &str) -> Result<Moving<f64>, String> {
    Moving::read(&[text.to_string()])
}

impl SoundOptions {
    /// The rate, if it is said.
    pub(super) fn rate(&self) -> Option<u32> {
        self.sample_rate
    }

    /// Has `draft` heard with these tracks.
    ///
    /// # Errors
    /// An option is for files, and there is none.
    pub(super) fn add(&self, draft: &mut Draft) -> Result<(), Error> {
        if !self.tracks.iter().any(|track| track.recording.file.is_some()) {
            let reason = "it is for files: --sound FILE";
            if let Some(start) = self.sound_start {
                return Err(flag_error("sound-start", start as f64 / 1e6, reason));
            }
            if self.sound_loop {
                return Err(flag_error("sound-loop", "", reason));
            }
        }
        let seconds = |time: Option<u64>| time.map(|time| Moving::Fixed(time as f64 / 1e6));
        let track = |track: &TrackDraft| {
            let mut track = track.clone();
            let is_file = track.recording.file.is_some();
            track.strip.gain = self.sound_gain.clone();
            track.strip.fade_in = seconds(self.sound_fade_in);
            track.strip.fade_out = seconds(self.sound_fade_out);
            track.recording.start = seconds(self.sound_start).filter(|_| is_file);
            track.recording.looped = self.sound_loop.then_some(true).filter(|_| is_file);
            track
        };
        draft.sound.0.extend(self.tracks.iter().map(track));
        draft.sample_rate = self.sample_rate;
        draft.channels = self.channels;
        Ok(())
    }
}
