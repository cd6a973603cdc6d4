//! `genmedia sound JOB|RECIPE.toml -o FILE.wav`

use std::path::PathBuf;

use genmedia::media::SoundFile;
use genmedia::{Error, files, render};

use super::frame::One;
use super::options::flag_error;
use super::signals::Signals;
use super::{Failure, note, print_path};

/// Write the sound of a film alone: exactly what it carries before it is encoded.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia sound jobs/drift.toml -o drift.wav
  genmedia sound wave-1a2b3c4d -o sound.flac

The samples are 24 bits. Its picture is not drawn.")]
pub struct Args {
    #[command(flatten)]
    of: One,
    /// Where it is written; .wav or .flac
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let ending = self.output.extension().and_then(|e| e.to_str()).unwrap_or_default();
        let Some(kind) = SoundFile::of_ending(ending) else {
            let reason = "sound ends in .wav or .flac";
            return Err(flag_error("output", self.output.display(), reason).into());
        };
        let recipe = self.of.recipe()?;
        let over = files::check_free(&self.output, self.force)?;
        let signals = Signals::watch()?;
        let mut tell = |event| note(event);
        match render::sound(&recipe, &self.output, kind, over, signals.cancel(), &mut tell) {
            Ok(()) => Ok(print_path(&self.output)?),
            Err(Error::Interrupted) => Err(Failure::Signal(signals.exit_code())),
            Err(e) => Err(e.into()),
        }
    }
}
