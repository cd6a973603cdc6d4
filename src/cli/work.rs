//! How commands render: the options of the work itself, and the work.

use std::path::{Path, PathBuf};
use std::sync::Once;
use std::time::Duration;

use genmedia::error::Origin;
use genmedia::generate::Means;
use genmedia::generate::shader::Device;
use genmedia::jobs::{Catalog, Folder, State};
use genmedia::media::Video;
use genmedia::recipe::Copies;
use genmedia::render::Options;
use genmedia::values::{whole, whole_in};
use genmedia::words::count;
use genmedia::{Cancel, Error, Event, Recipe};

use super::options::Dir;
use super::progress::{Mode, Progress};
use super::signals::Signals;
use super::{Failure, note, print, print_path};

/// How to render, whatever is rendered.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Work")]
pub(super) struct RenderOptions {
    #[command(flatten)]
    pub dir: Dir,
    /// Workers; by default one for each core that this process may use
    #[arg(long, value_name = "N", value_parser = whole_in(1..=1024u16))]
    #[arg(allow_negative_numbers = true)]
    threads: Option<u16>,
    #[command(flatten)]
    tries: Tries,
    /// Keep the segments after the result is published
    #[arg(long)]
    pub keep_segments: bool,
    /// How progress is shown on stderr: auto, bar, plain, json or none
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: Mode,
}

/// What is done about segments that fail and programs that hang, and which device draws.
#[derive(Debug, clap::Args)]
pub(super) struct Tries {
    /// How often a segment that fails is tried again
    #[arg(long, value_name = "N", default_value = "2", value_parser = whole::<u32>)]
    #[arg(allow_negative_numbers = true)]
    pub retries: u32,
    /// How long a program (exec) or a shader may take for a frame, in seconds [default: a program as long as it likes, a
    /// shader 60]
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    /// What draws shaders: auto, cpu, or the number or a part of the name of a device (see genmedia devices)
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: Device,
    /// Have segments that several devices drew in one film
    #[arg(long)]
    pub mix_devices: bool,
}

/// Whether to render at all, and whether anew.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Work")]
pub(super) struct Anew {
    /// Render anew, and replace what stands at the output
    #[arg(long)]
    pub force: bool,
    /// Print the resolved recipe and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Prints a recipe instead of rendering it.
pub(super) fn dry_run(recipe: &Recipe, name: &str) -> Result<(), Failure> {
    let (frames, segments) = (count(recipe.frames, "frame"), count(recipe.segments(), "segment"));
    note(format_args!("job {name}: {frames} in {segments}, not rendered"));
    if name != recipe.default_name() {
        print(format_args!("name = {}", toml::Value::from(name)))?;
    }
    Ok(print(recipe.to_toml().trim_end())?)
}

/// A recipe that is to be rendered.
pub(super) struct Task<'a> {
    pub recipe: &'a Recipe,
    /// The job's name.
    pub name: &'a str,
    /// Where the result goes, if not into the job's folder.
    pub output: Option<&'a Path>,
    /// Render anew.
    pub force: bool,
    /// Render though workers of a cluster may be at it, too.
    pub beside_workers: bool,
}

/// Which of several jobs it is, from 1, and how many there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub number: usize,
    pub of: usize,
}

impl Turn {
    /// The only one.
    pub(super) const ALONE: Self = Self { number: 1, of: 1 };
}

/// What a film does not show of its frames, and what frames do not show that was perhaps meant.
fn losses(recipe: &Recipe) -> Vec<String> {
    let Some(Video { pix_fmt, .. }) = recipe.video else { return Vec::new() };
    let (size, coded) = (recipe.size, pix_fmt.coded_size(recipe.size));
    let other = if pix_fmt.has_alpha() { "--codec ffv1" } else { "--pix-fmt yuv444p" };
    let wider = format!(
        "{size} is coded as {coded}, the last column or row repeated, because {pix_fmt} halves colour; \
         {other} keeps the size"
    );
    let black = "what is transparent is black in this film; codec vp9 in .webm or .mkv keeps it so, and ffv1 \
                 without loss";
    let is_black = recipe.source.is_transparent() && !pix_fmt.has_alpha();
    let losses = [(coded != size, wider), (is_black, black.into())];
    let losses = losses.into_iter().filter_map(|(is_so, loss)| is_so.then_some(loss));
    let sources = recipe.source.leaves().into_iter().filter_map(|source| source.parameters());
    losses.chain(sources.flat_map(|parameters| parameters.remarks())).collect()
}

impl RenderOptions {
    /// What frames are drawn with.
    pub(super) fn means(&self) -> Means {
        let Tries { timeout, device, .. } = &self.tries;
        Means { timeout: *timeout, device: device.clone() }
    }

    /// Renders one recipe and prints its result.
    pub(super) fn render(&self, task: &Task, turn: Turn, signals: &Signals) -> Result<(), Failure> {
        Ok(print_path(&self.film(task, turn, signals)?)?)
    }

    /// Renders one recipe; returns its result.
    pub(super) fn film(
        &self,
        task: &Task,
        turn: Turn,
        signals: &Signals,
    ) -> Result<PathBuf, Failure> {
        self.film_of(task, Copies::new(), turn, signals)
    }

    /// As [`RenderOptions::film`], of `copies` of files that the recipe names.
    pub(super) fn film_of(
        &self,
        task: &Task,
        copies: Copies,
        turn: Turn,
        signals: &Signals,
    ) -> Result<PathBuf, Failure> {
        let Task { recipe, name, output, force, beside_workers } = *task;
        if !beside_workers {
            settle(&Folder::new(&self.dir.dir, name)?)?;
        }
        let options = Options {
            threads: self.threads.map_or(0, usize::from),
            output: output.map(Path::to_path_buf),
            keep_segments: self.keep_segments,
            force,
            retries: self.tries.retries,
            timeout: self.tries.timeout,
            device: self.tries.device.clone(),
            mix_devices: self.tries.mix_devices,
            beside_workers,
            copies,
        };
        let progress = Progress::new(self.progress, name, turn, options.workers(recipe));
        let cancel: &Cancel = signals.cancel();
        // Said once the work begins, since a mistake may come before.
        let begun = Once::new();
        let on = |event| {
            if !matches!(event, Event::Listening { .. }) {
                begun.call_once(|| losses(recipe).iter().for_each(note));
            }
            progress.show(event)
        };
        let done = genmedia::render(recipe, &self.dir.dir, name, &options, cancel, &on);
        progress.clear();
        match done {
            Ok(path) => Ok(path),
            Err(Error::Interrupted) => {
                let folder = Folder::new(&self.dir.dir, name)?;
                let done = folder.finished(recipe).map_or(0, |finished| finished.len());
                let all = count(recipe.segments(), "segment");
                note(format_args!(
                    "interrupted; {done} of {all} are done, and the same command continues from there"
                ));
                Err(Failure::Signal(signals.exit_code()))
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Renders one after the other. One that fails does not keep the others from their turn,
    /// unless the machine is to blame.
    pub(super) fn render_all(&self, tasks: &[Task], signals: &Signals) -> Result<(), Failure> {
        let mut failed = None;
        // A job that is cancelled while it waits is not begun. One that was cancelled before this command is.
        let is_cancelled = |name: &str| {
            let catalog = Catalog::look(&self.dir.dir, &|_, _| {}).ok().flatten();
            let job = catalog.and_then(|catalog| catalog.job(name).ok());
            job.is_some_and(|job| job.state == State::Cancelled)
        };
        let begun_again: Vec<&str> =
            tasks.iter().map(|task| task.name).filter(|name| is_cancelled(name)).collect();
        for (task, number) in tasks.iter().zip(1..) {
            if number > 1 && !begun_again.contains(&task.name) && is_cancelled(task.name) {
                let cancelled = Failure::Job(task.name.into(), Error::Cancelled(task.name.into()));
                if let Some(before) = failed.replace(cancelled) {
                    before.report();
                }
                continue;
            }
            match self.render(task, Turn { number, of: tasks.len() }, signals) {
                Ok(()) => {}
                Err(Failure::Error(e)) if !ends_all(&e) => {
                    if let Some(before) = failed.replace(Failure::Job(task.name.into(), e)) {
                        before.report();
                    }
                }
                Err(end) => {
                    if let Some(before) = failed {
                        before.report();
                    }
                    return Err(end);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The same, of a value that was typed and found wrong only when the sound was known.
pub(super) fn named_by_flags(failure: Failure) -> Failure {
    match failure {
        Failure::Error(Error::Invalid(invalid)) if invalid.origin == Origin::Api => {
            Failure::Error(invalid.from_origin(&Origin::Flags).into())
        }
        failure => failure,
    }
}

/// Forgets what an engine was handed, if it has that no more.
pub(super) fn settle(folder: &Folder) -> Result<(), Error> {
    #[cfg(feature = "cluster")]
    match genmedia::cluster::settle(folder) {
        // One that cannot be asked may have it still.
        Ok(_) | Err(Error::Engine { .. }) => {}
        Err(e) => return Err(e),
    }
    #[cfg(not(feature = "cluster"))]
    let _ = folder;
    Ok(())
}

/// True for what the next job would meet as well.
fn ends_all(error: &Error) -> bool {
    error.is_of_the_machine() && !matches!(error, Error::Cancelled(_))
}

/// A time above nothing, in seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "seconds are expected: 10 or 0.5")?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("more than nothing is expected".into()),
    }
}
