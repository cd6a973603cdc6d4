//! `genmedia run RECIPE.toml...`

use std::path::PathBuf;

use genmedia::Recipe;
use genmedia::jobs::{Catalog, Watch};
use genmedia::recipe::{Draft, Size};
use genmedia::values::whole;
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
    /// Another size in pixels than the recipes say, such as a small one to try them
    #[arg(long, value_name = "WxH")]
    size: Option<Size>,
    /// Another number of frames than they say
    #[arg(long, value_name = "N", value_parser = whole::<u64>, allow_negative_numbers = true)]
    frames: Option<u64>,
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
            for draft in Draft::read_all(path)? {
                let (draft, name) = self.other(draft);
                let recipe = draft.resolve()?;
                let name = name.unwrap_or_else(|| recipe.default_name());
                // What a sweep changes may be what is said here.
                if !jobs
                    .iter()
                    .any(|(own, other)| *other == name && own.identity() == recipe.identity())
                {
                    jobs.push((recipe, name));
                }
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

    /// A recipe in another size or length, if one is asked for, and its name: another film has none of its own.
    fn other(&self, draft: Draft) -> (Draft, Option<String>) {
        let name = draft.name.clone();
        if self.size.is_none() && self.frames.is_none() {
            return (draft, name);
        }
        let size = self.size.or(draft.size);
        let (frames, duration) = match self.frames {
            Some(frames) => (Some(frames), None),
            None => (draft.frames, draft.duration.clone()),
        };
        (Draft { size, frames, duration, name: None, ..draft }, None)
    }
}

/// A job of several that would be rendered, in a line.
fn list(recipe: &Recipe, name: &str) -> Result<(), Failure> {
    let (source, size, frames) = (recipe.source.name(), recipe.size, count(recipe.frames, "frame"));
    Ok(print(format_args!("{name}: {source}, {size}, {frames}, seed {}", recipe.seed))?)
}
