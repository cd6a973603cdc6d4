//! What is known of the sound that a job's frames follow, kept in its folder.

use std::path::{Path, PathBuf};

use super::Folder;
use crate::error::Result;
use crate::files;

/// The name of the file.
const SIGNALS: &str = "signals";

impl Folder {
    /// The file of the signals.
    pub fn signals(&self) -> PathBuf {
        Self::signals_in(self.path())
    }

    /// The file of the signals of the job whose folder is at `path`.
    pub fn signals_in(path: &Path) -> PathBuf {
        path.join(SIGNALS)
    }

    /// Keeps signals, in the form of [`Signals::to_bytes`](crate::sound::Signals::to_bytes).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_signals(&self, bytes: &[u8]) -> Result<()> {
        files::write(&self.signals(), bytes)
    }
}
