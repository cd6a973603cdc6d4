//! `genmedia run RECIPE.toml...`

use std::path::PathBuf;

use genmedia::Recipe;

use super::Failure;
use super::options::Work;
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
    work: Work,
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        // All are read before the first is rendered: a typo in the last must not cost a night.
        let recipes: Vec<(Recipe, Option<String>)> =
            self.recipes.iter().map(Recipe::read).collect::<Result<_, _>>()?;
        let signals = Signals::watch()?;
        for (recipe, name) in &recipes {
            self.work.render(recipe, name.as_deref(), None, &signals)?;
        }
        Ok(())
    }
}
