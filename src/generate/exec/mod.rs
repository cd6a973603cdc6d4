//! A program of the user's own: it is run for each frame, and what it writes is the picture.

mod command;
mod keeper;
mod picture;
mod run;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::command::Values;
use self::keeper::Keeper;
use self::run::Run;
use super::files::{self, Files};
use super::{Clip, Content, Frame, Generator, PaintError, Painter, Parameters, Stage};
use crate::cancel::Cancel;
use crate::error::Invalid;
use crate::parameters::parameters;
use crate::values::Size;

parameters! {
    /// The parameters of exec.
    Exec, ExecDraft as "exec";

    /// The program and its arguments, with placeholders: {frame} (from 0), {time} (seconds), {frames},
    /// {width}, {height}, {seed}, {count} (frames to draw in this run), and {out} (a file to write the
    /// picture to, instead of stdout)
    command: Vec<String> = Vec::new();
    /// The program writes raw RGB, 3 bytes a pixel, and no image file
    raw: bool = false, later();
    /// Frames that one run draws, one after the other on stdout, raw or as PPM
    batch: u32 = 1, within(1.0, f64::INFINITY, "frame a run"), later();
    /// Arguments that name files, each with the hash of its content, so that a script that is changed is
    /// another recipe
    files: Files = Files::new(), later();
}

impl Exec {
    /// Checks the command.
    fn check(&self) -> Result<(), Invalid> {
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
        if self.batch > 1 && self.to_file() {
            let reason = "frames of a batch come on stdout, one after the other; leave out {out}";
            return Err(Invalid::new("exec.batch", self.batch, reason));
        }
        Ok(())
    }

    /// Makes the files that the command names part of the recipe. Of a recipe that knows its files, these are what it
    /// was made with, whatever became of them: what is rendered is there to be looked at and removed.
    fn find_files(&mut self) -> Result<(), Invalid> {
        if !self.files.is_empty() {
            return Ok(());
        }
        for argument in self.command.iter().filter(|argument| Path::new(argument).is_file()) {
            let hash = files::hash(Path::new(argument)).map_err(|e| {
                Invalid::new("exec.command", argument, format!("the file cannot be read: {e}"))
            })?;
            self.files.insert(argument.clone(), hash);
        }
        Ok(())
    }

    /// True if the picture is read from a file.
    fn to_file(&self) -> bool {
        self.command.iter().any(|argument| argument.contains("{out}"))
    }
}

impl Parameters for Exec {
    fn about() -> &'static str {
        "A program of your own, run for each frame"
    }

    fn help() -> &'static str {
        "Examples:
  genmedia render exec --frames 60 -- php noise.php {frame}
  genmedia render exec --size 640x480 --raw -- ./draw --width {width} --height {height} --at {time}
  genmedia render exec -- magick -size {width}x{height} plasma: {out}
  genmedia render exec --raw --batch 30 -- python3 waves.py {frame} {count}

In arguments {frame} (from 0), {time} (seconds), {frames}, {width}, {height}, {seed}, {count} (frames \
to draw in this run) and {out} (a file to write the picture to) are filled in; the same are in the \
environment as GENMEDIA_FRAME and so on. The picture is PNG, JPEG, WebP, PPM, BMP or TIFF on stdout. \
The file of a script is part of the recipe: when it changes, the job is a new one. One core draws a \
segment (--segment-frames): by default a 32nd of the frames, a batch at least and a second at most."
    }

    fn resolve(draft: ExecDraft, clip: Clip) -> Result<Self, Invalid> {
        let mut exec = draft.over(Self::default(), clip)?;
        exec.check()?;
        exec.find_files()?;
        Ok(exec)
    }

    fn generator(&self, stage: &Stage) -> Box<dyn Generator> {
        Box::new(ExecGenerator::new(self, stage.clip, stage.means.timeout))
    }

    /// It is not known what a program draws; this is the choice that is never far off.
    fn content(&self) -> Content {
        Content::Smooth
    }

    /// The file, the image, and one more of a batch.
    fn memory(&self, size: Size) -> u64 {
        size.pixels() as u64 * 12
    }

    /// A program may be slow and its frames few, and there should be some for every core; but a run of
    /// several frames should not be cut.
    fn segment_frames(&self, second: u64, frames: u64) -> u64 {
        (frames / 32).max(self.batch.into()).clamp(1, second)
    }

    fn is_program(&self) -> bool {
        true
    }
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
        command::check(&self.exec.command[0])?;
        files::check(&self.exec.files)
    }

    fn files(&self) -> Vec<PathBuf> {
        self.exec.files.keys().map(PathBuf::from).collect()
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

    fn paint(&mut self, index: u64, frame: &mut Frame) -> Result<(), PaintError> {
        let drawn = self.draw(index, frame);
        // A program that was killed because the work stops has not failed.
        self.generator.cancel.check()?;
        Ok(drawn?)
    }
}

impl ExecPainter<'_> {
    /// Lets a run draw frame `index`, or says what the program did instead.
    fn draw(&mut self, index: u64, frame: &mut Frame) -> Result<(), String> {
        let mut run = match self.run.take().filter(|run| run.next() == index) {
            Some(run) => run,
            None => {
                let batch = u64::from(self.generator.exec.batch);
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
