//! `genmedia run RECIPE.toml...`

use std::path::PathBuf;

use genmedia::Recipe;
use genmedia::jobs::{Catalog, Watch};
use genmedia::words::count;

use super::signals::Signals;
use super::work::{Anew, RenderOptions, Task, dry_run};
use super::{Failure, note, print};

/// Render from recipe files, one after the other.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia run jobs/sine-sea.toml
  genmedia run jobs/*.toml --threads 4
  genmedia run my.toml --dry-run            print the recipe with all defaults filled in
  genmedia run jobs/*.toml --dry-run        list the jobs

A list where one value belongs is a sweep: seed = [1, 2, 3] is three jobs, and several lists are one \
job for each combination.")]
pub struct Args {
    /// Recipe files
    #[arg(required = true, value_name = "RECIPE.toml")]
    recipes: Vec<PathBuf>,
    #[command(flatten)]
    anew: Anew,
    #[command(flatten)]
    work: RenderOptions,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        // All are read before the first is rendered: a typo in the last must not cost a night.
        let mut jobs: Vec<(Recipe, String)> = Vec::new();
        for path in &self.recipes {
            for (recipe, name) in Recipe::read_all(path)? {
                let name = name.unwrap_or_else(|| recipe.default_name());
                jobs.push((recipe, name));
            }
        }
        match (jobs.as_slice(), self.anew.dry_run) {
            ([(recipe, name)], true) => return dry_run(recipe, name),
            (jobs, true) => return jobs.iter().try_for_each(|(recipe, name)| list(recipe, name)),
            _ => {}
        }
        let signals = Signals::watch()?;
        if jobs.len() > 1 {
            for (recipe, name) in &jobs {
                let on = |event| note(format_args!("{name}: {event}"));
                let watch = Watch { on: &on, cancel: signals.cancel() };
                Catalog::queue(&self.work.dir.dir, name, recipe, watch)?;
            }
        }
        let force = self.anew.force;
        let tasks: Vec<Task> = jobs
            .iter()
            .map(|(recipe, name)| Task { recipe, name, output: None, force, beside_workers: false })
            .collect();
        self.work.render_all(&tasks, &signals)
    }
}

/// A job of several that would be rendered, in a line.
fn list(recipe: &Recipe, name: &str) -> Result<(), Failure> {
    let (source, size, frames) = (recipe.source.name(), recipe.size, count(recipe.frames, "frame"));
    Ok(print(format_args!("{name}: {source}, {size}, {frames}, seed {}", recipe.seed))?)
}
