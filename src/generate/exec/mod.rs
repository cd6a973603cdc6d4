//! A program of the user's own: it is run for each frame, and what it writes is the picture.

mod command;
mod keeper;
mod picture;
mod run;

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::command::Values;
use self::keeper::Keeper;
use self::run::Run;
use super::{Clip, Frame, Generator, Painter};
use crate::cancel::Cancel;
use crate::error::Invalid;

/// The parameters of exec.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exec {
    /// The program and its arguments, with placeholders: `{frame}` (from 0), `{time}` (seconds),
    /// `{frames}`, `{width}`, `{height}`, `{seed}`, `{count}` (frames to draw in this run), and
    /// `{out}` (a file to write the picture to, instead of stdout).
    pub command: Vec<String>,
    /// The picture is packed 8-bit RGB, `3 * width * height` bytes, and not an image file.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
    /// Frames that one run draws, one after the other on stdout; unset, 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// Arguments that name files, each with the BLAKE3 hash of its content, so that a script that
    /// is changed is another recipe.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
}

impl Exec {
    /// Checks every parameter, and looks at the files that the command names.
    pub(crate) fn resolve(&mut self) -> Result<(), Invalid> {
        match self.command.first().map(|program| program.trim()) {
            None => {
                let reason = "a command is needed: genmedia render exec -- php noise.php";
                return Err(Invalid::new("exec.command", "[]", reason));
            }
            Some("") => return Err(Invalid::new("exec.command", "''", "a program has a name")),
            Some(_) => {}
        }
        if let Some(text) = self.command.iter().find(|text| text.contains('\0')) {
            let text = text.escape_debug();
            return Err(Invalid::new("exec.command", text, "no argument holds a zero byte"));
        }
        match self.batch {
            Some(0) => return Err(Invalid::new("exec.batch", 0, "at least one frame a run")),
            Some(n) if n > 1 && self.to_file() => {
                let reason =
                    "frames of a batch come on stdout, one after the other; leave out {out}";
                return Err(Invalid::new("exec.batch", n, reason));
            }
            Some(1) => self.batch = None,
            _ => {}
        }
        let known = std::mem::take(&mut self.files);
        for argument in &self.command {
            let path = Path::new(argument);
            let hash = path.is_file().then(|| hash(path)).transpose();
            let hash = hash.map_err(|e| {
                Invalid::new("exec.command", argument, format!("the file cannot be read: {e}"))
            })?;
            match (known.get(argument), hash) {
                (Some(known), Some(hash)) if *known != hash => {
                    let reason = "the file has changed since this recipe was made, and its frames \
                                  would not fit those that are there; make a new job of it";
                    return Err(Invalid::new("exec.command", argument, reason));
                }
                (Some(_), None) => {
                    let reason = "the file is not there; run genmedia where the job was begun";
                    return Err(Invalid::new("exec.command", argument, reason));
                }
                (_, Some(hash)) => {
                    self.files.insert(argument.clone(), hash);
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// True if the picture is read from a file.
    fn to_file(&self) -> bool {
        self.command.iter().any(|argument| argument.contains("{out}"))
    }
}

/// The first 16 hex digits of a file's hash.
fn hash(path: &Path) -> std::io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex()[..16].to_string())
}

/// Runs the program.
pub struct ExecGenerator {
    exec: Exec,
    clip: Clip,
    timeout: Option<Duration>,
    cancel: Cancel,
    keeper: Keeper,
}

impl ExecGenerator {
    /// Runs `exec` for the frames of `clip`, each for at most `timeout`.
    pub fn new(exec: &Exec, clip: Clip, timeout: Option<Duration>) -> Self {
        Self { exec: exec.clone(), clip, timeout, cancel: Cancel::new(), keeper: Keeper::default() }
    }

    /// What the placeholders stand for in a run that draws `count` frames from `frame` on.
    fn values(&self, frame: u64, count: u64) -> Values {
        Values {
            frame,
            count,
            time: self.clip.fps.seconds(frame),
            frames: self.clip.frames,
            size: self.clip.size,
            seed: self.clip.seed,
        }
    }
}

impl Generator for ExecGenerator {
    fn painter(&self) -> Box<dyn Painter + '_> {
        Box::new(ExecPainter { generator: self, run: None, next: 0..0 })
    }

    fn ready(&self) -> Result<(), String> {
        command::check(&self.exec.command[0])
    }

    fn stop(&self) {
        self.cancel.cancel();
    }
}

struct ExecPainter<'a> {
    generator: &'a ExecGenerator,
    /// A run that has frames left to draw.
    run: Option<Run<'a>>,
    /// The frames that will be asked for.
    next: Range<u64>,
}

impl Painter for ExecPainter<'_> {
    fn prepare(&mut self, frames: Range<u64>) {
        self.run = None;
        self.next = frames;
    }

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), String> {
        let mut run = match self.run.take().filter(|run| run.next() == index) {
            Some(run) => run,
            None => {
                let batch = u64::from(self.generator.exec.batch.unwrap_or(1));
                // A run does not draw frames that nobody will ask for.
                let left = match self.next.contains(&index) {
                    true => self.next.end - index,
                    false => 1,
                };
                Run::start(self.generator, index, batch.min(left))?
            }
        };
        run.read(frame)?;
        match run.is_over() {
            true => run.finish(),
            false => {
                self.run = Some(run);
                Ok(())
            }
        }
    }
}
