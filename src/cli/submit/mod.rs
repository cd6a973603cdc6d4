//! `genmedia submit ENGINE`: a file an engine.

mod hand;
mod kubernetes;
mod slurm;

use std::path::PathBuf;

use clap::Subcommand;
use genmedia::Recipe;

use super::Failure;
use super::options::{Common, flag_error};
use super::render::Generated;

/// Hand jobs to an engine that renders them on many machines.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    engine: Engine,
}

#[derive(Debug, Subcommand)]
enum Engine {
    /// Slurm: an array of workers, and a job that makes the film
    Slurm(slurm::Args),
    /// Kubernetes: manifests of workers, and of a job that makes the film
    Kubernetes(kubernetes::Args),
}

/// What is rendered, if it is not in files.
#[derive(Debug, Subcommand)]
enum What {
    /// Render what options say, instead of recipe files
    Render(Generated<Common>),
}

impl Args {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.engine {
            Engine::Slurm(args) => args.run(),
            Engine::Kubernetes(args) => args.run(),
        }
    }
}

/// The jobs that are meant, by files or by options.
fn jobs(recipes: &[PathBuf], what: Option<&What>) -> Result<Vec<(Recipe, String)>, Failure> {
    let named = |(recipe, name): (Recipe, Option<String>)| {
        let name = name.unwrap_or_else(|| recipe.default_name());
        (recipe, name)
    };
    let Some(What::Render(render)) = what else {
        let mut jobs = Vec::new();
        for path in recipes {
            jobs.extend(Recipe::read_all(path)?.into_iter().map(named));
        }
        return Ok(jobs);
    };
    let common = render.shared();
    if let Some(output) = &common.video.output {
        let reason = "the film of a cluster goes into its job's folder; genmedia run RECIPE -o copies it from there";
        return Err(flag_error("output", output.display(), reason).into());
    }
    Ok(vec![named((render.recipe(common)?, common.video.name.clone()))])
}
