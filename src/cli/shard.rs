//! `genmedia shard JOB|RECIPE.toml`

use std::path::{Path, PathBuf};

use genmedia::cluster::{Place, Stored};
use genmedia::jobs::shards::{Meeting, Shard};
use genmedia::jobs::{Folder, no_job};
use genmedia::remote::Remote;
use genmedia::render::{Options, Part, PartRendered, render_part};
use genmedia::values::whole_in;
use genmedia::words::count;
use genmedia::{Error, Recipe};

use super::options::{Dir, flag_error};
use super::progress::{Mode, Progress};
use super::signals::Signals;
use super::stored::{InStore, Scratch, first_look, recipe_in};
use super::work::{Tries, Turn};
use super::{Failure, note};

/// Render a part of a job, beside workers on other machines.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia shard sea --shard 3/64             the third of 64 parts of the job sea in ./jobs
  genmedia shard sea.toml --dir /net/jobs     all of a recipe, with whoever else works on it
  srun -n 8 genmedia shard sea                eight workers; Slurm says which is which
  genmedia shard sea --store s3://films/jobs  by way of a store instead of a shared folder

A worker writes finished segments into the job's folder, and nothing else: no database, no lock. After its own \
part it does what nobody has begun. genmedia resume JOB makes the film of what is there. See docs/cluster.md.

Exit codes: 0 nothing is left that nobody has begun, 1 failed, 2 wrong usage, 143 ended by SIGTERM (what was \
finished is kept; start it again).")]
pub struct Args {
    /// A job in DIR, or recipe files
    #[arg(required = true, value_name = "JOB|RECIPE.toml")]
    jobs: Vec<PathBuf>,
    /// Which part is done first, and of how many [default: what the engine's variables say, or all]
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    dir: Dir,
    #[command(flatten)]
    store: InStore,
    /// Threads; by default one for each core that the engine gave to this worker
    #[arg(long, value_name = "N", value_parser = whole_in(1..=1024u16))]
    #[arg(allow_negative_numbers = true)]
    threads: Option<u16>,
    #[command(flatten)]
    tries: Tries,
    /// How progress is shown on stderr: auto, bar, plain, json or none
    #[arg(long, value_name = "HOW", default_value = "auto")]
    progress: Mode,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        let store = self.store.open()?;
        let mut jobs: Vec<(Recipe, String)> = Vec::new();
        for job in &self.jobs {
            jobs.extend(self.read(job, store.as_ref())?);
        }
        let place = match self.shard {
            Some(_) => Place::here().unwrap_or_default(),
            None => Place::here().map_err(|e| Failure::Told(e.to_string()))?,
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let given = place.cores.map_or(0, |given| given.min(cores));
        let part = Part {
            shard: self.shard.or(place.shard).unwrap_or(Shard::ALL),
            task: place.task,
            options: Options {
                threads: self.threads.map_or(given, usize::from),
                retries: self.tries.retries,
                timeout: self.tries.timeout,
                device: self.tries.device.clone(),
                mix_devices: self.tries.mix_devices,
                ..Options::default()
            },
        };
        let signals = Signals::watch()?;
        for ((recipe, name), number) in jobs.iter().zip(1..) {
            let turn = Turn { number, of: jobs.len() };
            self.render(recipe, name, store.as_ref(), part.clone(), turn, &signals)?;
        }
        Ok(())
    }

    /// The recipes that a word on the command line stands for, with the jobs' names.
    fn read(&self, job: &Path, store: Option<&Remote>) -> Result<Vec<(Recipe, String)>, Failure> {
        let dir = &self.dir.dir;
        let is_file = job.extension().is_some_and(|ending| ending == "toml");
        if is_file {
            let named = |(recipe, name): (Recipe, Option<String>)| {
                let name = name.unwrap_or_else(|| recipe.default_name());
                (recipe, name)
            };
            return Ok(Recipe::read_all(job)?.into_iter().map(named).collect());
        }
        let Some(name) = job.to_str() else {
            return Err(flag_error("dir", job.display(), "a job's name is UTF-8").into());
        };
        let folder = Folder::new(dir, name)?;
        if let Some(store) = store {
            return Ok(vec![(recipe_in(&first_look(store, name))?, name.into())]);
        }
        if !folder.recipe().is_file() {
            let there = if dir.is_dir() { Folder::all(dir)? } else { Vec::new() };
            return Err(no_job(dir, name, there.iter().map(Folder::name)).into());
        }
        Ok(vec![(folder.read_recipe()?, name.into())])
    }

    fn render(
        &self,
        recipe: &Recipe,
        name: &str,
        store: Option<&Remote>,
        mut part: Part,
        turn: Turn,
        signals: &Signals,
    ) -> Result<(), Failure> {
        // Of a store only copies are here, as long as this process is.
        let scratch = store.map(|_| Scratch::new()).transpose()?;
        let meeting = match (store, &scratch) {
            (Some(store), Some(scratch)) => {
                first_look(store, name).recipe()?;
                let stored = Stored::new(store, name).patient();
                stored.pack_those_here(recipe)?;
                part.options.copies = stored.unpack(recipe, scratch.path())?;
                stored.meeting(Folder::new(scratch.path(), name)?, recipe)
            }
            _ => Meeting::in_folder(Folder::new(&self.dir.dir, name)?, recipe),
        };
        let progress = Progress::new(self.progress, name, turn, part.options.workers(recipe));
        let on = |event| progress.show(event);
        let done = render_part(&meeting, &part, signals.cancel(), &on);
        progress.clear();
        match done {
            Ok(done) => {
                note(format_args!("{name}, shard {}: {}", part.shard, told(&done)));
                Ok(())
            }
            Err(Error::Interrupted) => {
                note("interrupted; what was finished is kept, and the same command goes on");
                Err(Failure::Signal(signals.exit_code()))
            }
            Err(e) => Err(e.into()),
        }
    }
}

/// What a worker has done, in words.
fn told(done: &PartRendered) -> String {
    if done.is_published {
        return "the job is done, and there is nothing to render".into();
    }
    let mut told = count(done.segments, "segment");
    told += " rendered";
    if done.own < done.segments {
        told += &format!(", {} of other shards", done.segments - done.own);
    }
    match done.left {
        0 => told += "; all segments are there",
        left => told += &format!("; other workers are at {}", count(left, "segment")),
    }
    told
}
