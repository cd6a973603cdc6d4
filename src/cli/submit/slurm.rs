//! `genmedia submit slurm`.

use std::path::{Path, PathBuf};

use clap::Parser;
use genmedia::Error;
use genmedia::cluster::{self, Scripts, Slurm, check_options, summary, words};
use genmedia::jobs::Folder;
use genmedia::jobs::shards::{Engine, Meeting};
use genmedia::remote::Remote;
use genmedia::render::check_ready;
use genmedia::values::whole_in;

use super::hand::Hand;
use super::{What, jobs};
use crate::cli::options::flag_error;
use crate::cli::signals::Signals;
use crate::cli::{Failure, note, print};

/// Slurm: an array of workers, and a job that makes the film.
#[derive(Debug, Parser)]
#[command(subcommand_negates_reqs = true)]
#[command(after_help = "Examples:
  genmedia submit slurm sea.toml --shards 64 --sbatch '--partition=short --time=30'
  genmedia submit slurm --shards 64 render wave --look julia --frames 9000
  genmedia submit slurm sea.toml --dry-run        print the scripts and submit nothing
  genmedia submit slurm sea.toml --wait           until the film is there

Typed again, it submits only what is missing. genmedia show JOB tells how far it is, genmedia cancel JOB takes it \
back. All nodes have to see --dir, the folder where this is typed, and genmedia itself; with --store they share nothing \
but the store. See docs/cluster.md.")]
pub(super) struct Args {
    /// Recipe files
    #[arg(required = true, value_name = "RECIPE.toml")]
    recipes: Vec<PathBuf>,
    /// Options for sbatch, as they are typed there: '--partition=short --time=30'
    #[arg(long, value_name = "OPTIONS", default_value = "", value_parser = parse_words)]
    #[arg(allow_hyphen_values = true, global = true)]
    sbatch: Words,
    /// Workers at once [default: as many as Slurm starts]
    #[arg(long, value_name = "P", value_parser = whole_in(1..=100_000u64))]
    #[arg(allow_negative_numbers = true, global = true)]
    parallelism: Option<u64>,
    /// Wait for the films, and print their paths
    #[arg(long, global = true)]
    wait: bool,
    #[command(flatten)]
    hand: Hand,
    #[command(subcommand)]
    what: Option<What>,
}

/// Several words in one.
#[derive(Debug, Clone)]
struct Words(Vec<String>);

fn parse_words(text: &str) -> Result<Words, String> {
    let words = words(text)?;
    check_options(&words)?;
    Ok(Words(words))
}

impl Args {
    pub fn run(self) -> Result<(), Failure> {
        if self.wait && self.hand.dry_run {
            return Err(
                flag_error("wait", "", "with --dry-run there is nothing to wait for").into()
            );
        }
        let jobs = jobs(&self.recipes, self.what.as_ref())?;
        let store = self.hand.store.open()?;
        let nodes = Nodes::here(&self.hand.dir.dir)?;
        let signals = Signals::watch()?;
        // All are looked at before the first is handed over.
        for (recipe, name) in &jobs {
            self.hand.shards_of(recipe)?;
            check_ready(recipe)?;
            Folder::new(&self.hand.dir.dir, name)?;
            let dir = nodes.dir.to_string_lossy();
            for (flag, text) in [("name", name.as_str()), ("dir", &*dir)] {
                // Nodes of a store have logs of their own, of a clean name.
                if store.is_none() && text.contains(['%', '\\']) {
                    let reason = "Slurm gives a % or a backslash in the path of a log a meaning of its own; choose another";
                    return Err(flag_error(flag, text, reason).into());
                }
            }
        }
        if !self.hand.dry_run {
            cluster::check(Engine::Slurm)?;
        }
        let mut submitted = Vec::new();
        for (recipe, name) in &jobs {
            let shards = self.hand.shards_of(recipe)?;
            let options = self.hand.options();
            let scripts = Scripts {
                program: &nodes.program,
                dir: &nodes.dir,
                place: &nodes.place,
                shards,
                store: store.as_ref().map(Remote::url),
                options: &options,
            };
            let slurm = Slurm { scripts, options: &self.sbatch.0, parallelism: self.parallelism };
            if self.hand.dry_run {
                let Some(missing) = self.hand.missing(recipe, name, shards, store.as_ref())? else {
                    note(format_args!("job {name} is done, and nothing would be submitted"));
                    continue;
                };
                let what = summary(shards, &missing, recipe.frames);
                note(format_args!("job {name}: {what}; not submitted"));
                let folder = Folder::new(&nodes.dir, name)?;
                print(slurm.plan(&folder, &missing)?.trim_end())?;
                continue;
            }
            let hand = |meeting: &Meeting, missing: &[u64]| slurm.submit(meeting, missing);
            self.hand.submit(recipe, name, shards, store.as_ref(), &signals, &hand)?;
            submitted.push(name.as_str());
        }
        match self.wait {
            true => submitted.into_iter().try_for_each(|name| self.hand.wait_for(name, &signals)),
            false => Ok(()),
        }
    }
}

/// What the machines of an engine have to see.
struct Nodes {
    program: PathBuf,
    dir: PathBuf,
    place: PathBuf,
}

impl Nodes {
    fn here(dir: &Path) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(Error::io("find", "genmedia"))?;
        let place = std::env::current_dir().map_err(Error::io("find", "."))?;
        let dir = std::path::absolute(dir).map_err(Error::io("find", dir))?;
        for path in [&program, &place, &dir] {
            if path.to_str().is_none_or(|path| path.contains('\n')) {
                let reason =
                    "is of a name that a script cannot say: it is not UTF-8, or of several lines";
                return Err(Error::Occupied { path: path.clone(), reason: reason.into() });
            }
        }
        Ok(Self { program, dir, place })
    }
}
