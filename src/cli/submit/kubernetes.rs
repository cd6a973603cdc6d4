//! `genmedia submit kubernetes`.

use std::path::PathBuf;

use clap::Parser;
use genmedia::cluster::{self, Kubernetes, Shared, Stored, check_name, check_quantity};
use genmedia::jobs::Folder;
use genmedia::jobs::shards::{Engine, Meeting};
use genmedia::values::whole_in;

use super::hand::Hand;
use super::{What, jobs};
use crate::cli::options::flag_error;
use crate::cli::signals::Signals;
use crate::cli::{Failure, note, print};

/// Kubernetes: manifests of workers, and of a job that makes the film.
#[derive(Debug, Parser)]
#[command(subcommand_negates_reqs = true)]
#[command(after_help = "Examples:
  genmedia submit kubernetes sea.toml --image registry.example/genmedia --claim films > sea.yaml
  genmedia submit kubernetes sea.toml --image registry.example/genmedia --claim films --apply
  genmedia submit kubernetes sea.toml --image registry.example/genmedia --store s3://films/jobs \
    --secret films-s3 --apply

The claim is a volume that all pods can write at once (ReadWriteMany); it becomes the folder of jobs, and the film lies in \
JOB/JOB.mp4 there. Or pods share a store (--store), for which the keys of --secret are set in their environment. The image is built by packaging/Containerfile. See docs/cluster.md.")]
pub(super) struct Args {
    /// Recipe files
    #[arg(required = true, value_name = "RECIPE.toml")]
    recipes: Vec<PathBuf>,
    /// The image with genmedia
    #[arg(long, value_name = "IMAGE", required = true)]
    image: Option<String>,
    /// The claim on a volume that all pods share; or else --store
    #[arg(long, value_name = "PVC")]
    claim: Option<String>,
    /// The secret whose keys are the variables that open the store
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
    /// The account of services that pods run as, where it has the role that opens the store
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    /// The namespace [default: that of kubectl's context]
    #[arg(long, value_name = "X")]
    namespace: Option<String>,
    /// Pods at once
    #[arg(long, value_name = "P", default_value = "16", value_parser = whole_in(1..=100_000u64))]
    parallelism: u64,
    /// Cores of each pod, as Kubernetes writes them
    #[arg(long, value_name = "CORES", default_value = "4")]
    cpu: String,
    /// Memory of each pod, as Kubernetes writes it
    #[arg(long, value_name = "BYTES", default_value = "4Gi")]
    memory: String,
    /// Hand the manifests to kubectl instead of printing them
    #[arg(long, conflicts_with = "dry_run")]
    apply: bool,
    #[command(flatten)]
    hand: Hand,
    #[command(subcommand)]
    what: Option<What>,
}

/// The most bytes of a recipe: a ConfigMap takes 1 MiB in all.
const LARGEST: usize = 1_000_000;

impl Args {
    pub fn run(self) -> Result<(), Failure> {
        let jobs = jobs(&self.recipes, self.what.as_ref())?;
        let dir = &self.hand.dir.dir;
        let lacks = |flag: &str, what: &str| flag_error(flag, "", format!("{what} is needed"));
        let image = self.image.clone().ok_or_else(|| lacks("image", "an image with genmedia"))?;
        let url = match &self.claim {
            Some(_) => self.hand.store.typed(),
            None => self.hand.store.url(),
        };
        let shared = match (&self.claim, url) {
            (Some(_), Some(url)) => {
                return Err(
                    flag_error("store", url, "pods share a --claim or a store, not both").into()
                );
            }
            (Some(claim), None) => {
                if let Some(secret) = &self.secret {
                    let reason = "a secret opens a --store, and there is none";
                    return Err(flag_error("secret", secret, reason).into());
                }
                Shared::Claim(claim.clone())
            }
            (None, Some(url)) if url.starts_with("file:") => {
                let reason = "pods have no folder of this machine; give a volume that they share with --claim";
                return Err(flag_error("store", url, reason).into());
            }
            (None, Some(url)) => Shared::Store { url: url.into(), secret: self.secret.clone() },
            (None, None) => {
                return Err(lacks("claim", "a claim on a shared volume, or a --store,").into());
            }
        };
        let flags = [
            ("claim", self.claim.as_ref()),
            ("secret", self.secret.as_ref()),
            ("service-account", self.service_account.as_ref()),
            ("namespace", self.namespace.as_ref()),
        ];
        for (flag, value) in flags.into_iter().filter_map(|(flag, value)| Some((flag, value?))) {
            check_name(value).map_err(|reason| flag_error(flag, value, reason))?;
        }
        for (flag, value) in [("cpu", &self.cpu), ("memory", &self.memory)] {
            check_quantity(value).map_err(|reason| flag_error(flag, value, reason))?;
        }
        // Printing tells what would be; only handing over changes something.
        let store = if self.apply { self.hand.store.open()? } else { None };
        if image.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(
                flag_error("image", image.escape_debug(), "an image's name has no blanks").into()
            );
        }
        if !image.rsplit('/').next().unwrap_or_default().contains([':', '@']) {
            note(format_args!(
                "--image {image} names no version: pods that get different ones render nothing beside each other"
            ));
        }
        for (recipe, name) in &jobs {
            self.hand.shards_of(recipe)?;
            let bytes = recipe.to_toml().len();
            if bytes > LARGEST {
                let reason = format!(
                    "the recipe has {bytes} bytes, and Kubernetes takes {LARGEST} in a ConfigMap; make several jobs of it"
                );
                return Err(flag_error("name", name, reason).into());
            }
            Folder::new(dir, name)?;
            if store.is_some() {
                Stored::check(recipe)?;
            }
            if !self.apply && self.hand.store.url().is_some() && !recipe.inputs().is_empty() {
                note(format_args!(
                    "job {name}: the files that its recipe names go into the store with --apply only"
                ));
            }
        }
        if self.apply {
            cluster::check(Engine::Kubernetes)?;
        }
        let options = self.hand.options();
        let mut submitted = Vec::new();
        for (recipe, name) in &jobs {
            let job = Kubernetes {
                image: image.clone(),
                shared: shared.clone(),
                namespace: self.namespace.clone(),
                shards: self.hand.shards_of(recipe)?,
                parallelism: self.parallelism,
                cpu: self.cpu.clone(),
                memory: self.memory.clone(),
                account: self.service_account.clone(),
                options: options.split_whitespace().map(str::to_string).collect(),
            };
            let manifests = job.manifests(recipe, name);
            if !self.apply {
                print(
                    if submitted.is_empty() { "" } else { "---\n" }.to_string()
                        + manifests.trim_end(),
                )?;
                submitted.push(name.as_str());
                continue;
            }
            let signals = Signals::watch()?;
            let hand = |meeting: &Meeting, _: &[u64]| {
                let submission = job.apply(recipe, name)?;
                submission.write(meeting.site().folder())?;
                Ok(submission)
            };
            self.hand.submit(recipe, name, job.shards, store.as_ref(), &signals, &hand)?;
        }
        Ok(())
    }
}
