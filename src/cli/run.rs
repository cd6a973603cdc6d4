//! `genmedia run RECIPE.toml...`

use std::path::PathBuf;

use genmedia::Recipe;
use genmedia::jobs::Catalog;

use super::Failure;
use super::options::{Anew, Work, dry_run};
use super::signals::Signals;

/// Render from recipe files, one after the other.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  genmedia run jobs/sine-sea.toml
  genmedia run jobs/*.toml --threads 4
  genmedia run my.toml --dry-run            print the recipe with all defaults filled in")]
pub struct Args {
    /// Recipe files
    #[arg(required = true, value_name = "RECIPE.toml")]
    recipes: Vec<PathBuf>,
    #[command(flatten)]
    anew: Anew,
    #[command(flatten)]
    work: Work,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        // All are read before the first is rendered: a typo in the last must not cost a night.
        let mut jobs: Vec<(Recipe, String)> = Vec::new();
        for path in &self.recipes {
            let (recipe, name) = Recipe::read(path)?;
            let name = name.unwrap_or_else(|| recipe.default_name());
            jobs.push((recipe, name));
        }
        if self.anew.dry_run {
            return jobs.iter().try_for_each(|(recipe, name)| dry_run(recipe, name));
        }
        let signals = Signals::watch()?;
        if jobs.len() > 1 {
            for (recipe, name) in &jobs {
                Catalog::queue(&self.work.dir.dir, name, recipe)?;
            }
        }
        self.work.render_all(&jobs, |(recipe, name)| {
            self.work.render(recipe, name, None, self.anew.force, &signals)
        })
    }
}
