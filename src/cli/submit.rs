//! `genmedia submit ENGINE`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, Subcommand};
use genmedia::cluster::{
    self, Kubernetes, Slurm, Submit, check_name, check_options, check_quantity, label, words,
};
use genmedia::jobs::shards::{Engine, Submission, allow, check_alone};
use genmedia::jobs::{Catalog, Folder, Site, State, Watch};
use genmedia::render::check_ready;
use genmedia::values::{whole, whole_in};
use genmedia::words::count;
use genmedia::{Error, Recipe};

use super::options::{Common, Dir, flag_error};
use super::render::Generated;
use super::signals::Signals;
use super::work::seconds;
use super::{Failure, note, print, print_path};

/// Hand jobs to an engine that renders them on many machines.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    engine: EngineArgs,
}

#[derive(Debug, Subcommand)]
enum EngineArgs {
    /// Slurm: an array of workers, and a job that makes the film
    Slurm(SlurmArgs),
    /// Kubernetes: manifests of workers, and of a job that makes the film
    Kubernetes(KubernetesArgs),
}

/// Slurm: an array of workers, and a job that makes the film.
#[derive(Debug, Parser)]
#[command(subcommand_negates_reqs = true)]
#[command(after_help = "Examples:
  genmedia submit slurm sea.toml --shards 64 --sbatch '--partition=short --time=30'
  genmedia submit slurm --shards 64 render wave --look julia --frames 9000
  genmedia submit slurm sea.toml --dry-run        print the scripts and submit nothing
  genmedia submit slurm sea.toml --wait           until the film is there

Typed again, it submits only what is missing. genmedia show JOB tells how far it is, genmedia cancel JOB takes it \
back. All nodes have to see --dir, the folder where this is typed, and genmedia itself. See docs/cluster.md.")]
struct SlurmArgs {
    /// Recipe files
    #[arg(required = true, value_name = "RECIPE.toml")]
    recipes: Vec<PathBuf>,
    /// Options for sbatch, as they are typed there: '--partition=short --time=30'
    #[arg(long, value_name = "OPTIONS", default_value = "", value_parser = parse_words)]
    #[arg(allow_hyphen_values = true)]
    sbatch: Words,
    /// Workers at once [default: as many as Slurm starts]
    #[arg(long, value_name = "P", value_parser = whole_in(1..=100_000u64))]
    #[arg(allow_negative_numbers = true)]
    parallelism: Option<u64>,
    /// Wait for the films, and print their paths
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    #[command(flatten)]
    hand: Hand,
    #[command(subcommand)]
    what: Option<What>,
}

/// Kubernetes: manifests of workers, and of a job that makes the film.
#[derive(Debug, Parser)]
#[command(subcommand_negates_reqs = true)]
#[command(after_help = "Examples:
  genmedia submit kubernetes sea.toml --image registry.example/genmedia --claim films > sea.yaml
  genmedia submit kubernetes sea.toml --image registry.example/genmedia --claim films --apply

The claim is a volume that all pods can write at once (ReadWriteMany); it becomes the folder of jobs, and the film lies in \
JOB/JOB.mp4 there. The image is built by packaging/Containerfile. See docs/cluster.md.")]
struct KubernetesArgs {
    /// Recipe files
    #[arg(required = true, value_name = "RECIPE.toml")]
    recipes: Vec<PathBuf>,
    /// The image with genmedia
    #[arg(long, value_name = "IMAGE", required = true)]
    image: Option<String>,
    /// The claim on a volume that all pods share
    #[arg(long, value_name = "PVC", required = true)]
    claim: Option<String>,
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

#[derive(Debug, Subcommand)]
enum What {
    /// Render what options say, instead of recipe files
    Render(Generated<Common>),
}

/// Gives an engine the shards of a job that lack something.
type HandOver<'a> = dyn Fn(&Site, &[u64]) -> Result<Submission, Error> + 'a;

/// How a job is handed over, to whichever engine.
#[derive(Debug, clap::Args)]
struct Hand {
    /// Parts, each of which one worker does first [default: one for each segment, up to 64]
    #[arg(long, value_name = "N", value_parser = whole_in(1..=1_000_000u64))]
    #[arg(allow_negative_numbers = true)]
    shards: Option<u64>,
    /// How often a segment that fails is tried again
    #[arg(long, value_name = "N", default_value = "2", value_parser = whole::<u32>)]
    #[arg(allow_negative_numbers = true)]
    retries: u32,
    /// How long a program may take for a frame (exec), in seconds [default: as long as it likes]
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    timeout: Option<Duration>,
    /// Print what would be submitted, and submit nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    dir: Dir,
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
    pub(super) fn run(self) -> Result<(), Failure> {
        match self.engine {
            EngineArgs::Slurm(args) => args.run(),
            EngineArgs::Kubernetes(args) => args.run(),
        }
    }
}

impl SlurmArgs {
    fn run(self) -> Result<(), Failure> {
        let jobs = jobs(&self.recipes, self.what.as_ref())?;
        let nodes = Nodes::here(&self.hand.dir.dir)?;
        let signals = Signals::watch()?;
        // All are looked at before the first is handed over.
        for (recipe, name) in &jobs {
            self.hand.shards_of(recipe)?;
            check_ready(recipe)?;
            Folder::new(&self.hand.dir.dir, name)?;
            let dir = nodes.dir.to_string_lossy();
            for (flag, text) in [("name", name.as_str()), ("dir", &*dir)] {
                if text.contains(['%', '\\']) {
                    let reason = "Slurm gives a % or a backslash in the path of a log a meaning of its own; choose another";
                    return Err(flag_error(flag, text, reason).into());
                }
            }
        }
        let mut submitted = Vec::new();
        for (recipe, name) in &jobs {
            let shards = self.hand.shards_of(recipe)?;
            let options = self.hand.options();
            let submit = Submit {
                program: &nodes.program,
                dir: &nodes.dir,
                place: &nodes.place,
                shards,
                options: &options,
            };
            let slurm = Slurm { submit, options: &self.sbatch.0, parallelism: self.parallelism };
            if self.hand.dry_run {
                let folder = Folder::new(&nodes.dir, name)?;
                let frames = count(recipe.frames, "frame");
                note(format_args!(
                    "job {name}: {frames} in {}, not submitted",
                    count(shards, "shard")
                ));
                let label = label(name);
                print(slurm.workers(&folder, &label).trim_end())?;
                print(format_args!("\n{}", slurm.publisher(&folder, &label).trim_end()))?;
                continue;
            }
            if self.hand.submit(recipe, name, shards, &signals, &|site, missing| {
                slurm.submit(site, missing)
            })? {
                submitted.push(name.as_str());
            }
        }
        match self.wait {
            true => submitted.into_iter().try_for_each(|name| self.hand.wait_for(name, &signals)),
            false => Ok(()),
        }
    }
}

impl KubernetesArgs {
    fn run(self) -> Result<(), Failure> {
        let jobs = jobs(&self.recipes, self.what.as_ref())?;
        let dir = &self.hand.dir.dir;
        let lacks = |flag: &str, what: &str| flag_error(flag, "", format!("{what} is needed"));
        let image = self.image.clone().ok_or_else(|| lacks("image", "an image with genmedia"))?;
        let claim =
            self.claim.clone().ok_or_else(|| lacks("claim", "a claim on a shared volume"))?;
        let flags = [("claim", Some(&claim)), ("namespace", self.namespace.as_ref())];
        for (flag, value) in flags.into_iter().filter_map(|(flag, value)| Some((flag, value?))) {
            check_name(value).map_err(|reason| flag_error(flag, value, reason))?;
        }
        for (flag, value) in [("cpu", &self.cpu), ("memory", &self.memory)] {
            check_quantity(value).map_err(|reason| flag_error(flag, value, reason))?;
        }
        for (recipe, name) in &jobs {
            self.hand.shards_of(recipe)?;
            Folder::new(dir, name)?;
        }
        let options = self.hand.options();
        let mut submitted = Vec::new();
        for (recipe, name) in &jobs {
            let job = Kubernetes {
                image: image.clone(),
                claim: claim.clone(),
                namespace: self.namespace.clone(),
                shards: self.hand.shards_of(recipe)?,
                parallelism: self.parallelism,
                cpu: self.cpu.clone(),
                memory: self.memory.clone(),
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
            let hand = |site: &Site, _: &[u64]| {
                let submission = job.apply(recipe, name)?;
                submission.write(site.folder())?;
                Ok(submission)
            };
            self.hand.submit(recipe, name, job.shards, &signals, &hand)?;
        }
        Ok(())
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

impl Hand {
    /// Into how many parts a job is cut.
    fn shards_of(&self, recipe: &Recipe) -> Result<u64, Error> {
        /// By default at most so many.
        const USUAL: u64 = 64;
        let segments = recipe.segments();
        match self.shards {
            None => Ok(segments.min(USUAL)),
            Some(shards) if shards <= segments => Ok(shards),
            Some(shards) => {
                let reason = format!(
                    "the job has {}; choose at most as many shards, or shorter segments (--segment-frames)",
                    count(segments, "segment")
                );
                Err(flag_error("shards", shards, reason))
            }
        }
    }

    /// Options that workers and publisher get.
    fn options(&self) -> String {
        let timeout = self.timeout.map(|time| format!(" --timeout {}", time.as_secs_f64()));
        format!(" --retries {}{}", self.retries, timeout.unwrap_or_default())
    }

    /// Hands a job over by `hand`; false if it is done.
    fn submit(
        &self,
        recipe: &Recipe,
        name: &str,
        shards: u64,
        signals: &Signals,
        hand: &HandOver,
    ) -> Result<bool, Failure> {
        let dir = &self.dir.dir;
        let folder = Folder::new(dir, name)?;
        cluster::settle(&folder)?;
        check_alone(&folder)?;
        if let Some(owner) = folder.owner()? {
            let (job, doing) = (name.to_string(), owner.doing);
            return Err(Error::Held { job, doing, who: format!(" ({})", owner.who) }.into());
        }
        let is_new = !folder.recipe().exists();
        let on = |event| note(format_args!("{name}: {event}"));
        Catalog::queue(dir, name, recipe, Watch { on: &on, cancel: signals.cancel() })?;
        let site = Site::shared(dir, name, recipe)?;
        if site.is_published()? {
            note(format_args!("job {name} is done, and nothing is submitted"));
            return Ok(false);
        }
        allow(&folder)?;
        let missing = cluster::missing(&site, shards)?;
        let submission = match hand(&site, &missing) {
            Ok(submission) => submission,
            Err(e) => {
                // Nothing is left half submitted.
                if is_new && let Some(catalog) = Catalog::open(dir, &|_, _| {})? {
                    catalog.remove(name)?;
                }
                return Err(e.into());
            }
        };
        let what = cluster::summary(shards, &missing, recipe.frames);
        let (engine, ids) = (submission.engine.name(), submission.ids.join(", "));
        let told = match submission.engine {
            Engine::Slurm => format!(
                "genmedia show {name} tells how far it is, and the logs are in {}",
                folder.logs().display()
            ),
            Engine::Kubernetes => {
                "kubectl get pods shows them, and the film will be in the claim".into()
            }
        };
        note(format_args!("job {name}: {what}; handed to {engine} as {ids}; {told}"));
        Ok(true)
    }

    /// Waits until the film of a job is there, or the engine has the job no more.
    fn wait_for(&self, name: &str, signals: &Signals) -> Result<(), Failure> {
        /// Between two looks.
        const TICK: Duration = Duration::from_millis(500);
        let dir = &self.dir.dir;
        let folder = Folder::new(dir, name)?;
        loop {
            // Asked first: it may end between the two questions.
            let has_it = cluster::settle(&folder);
            let catalog = Catalog::look(dir, &|_, _| {})?;
            let job = catalog.map(|catalog| catalog.job(name)).transpose()?;
            if let Some(job) = job.as_ref().filter(|job| job.state == State::Done) {
                return Ok(print_path(&job.output().unwrap_or_else(|| job.folder.frames()))?);
            }
            if signals.cancel().is_cancelled() {
                note(format_args!(
                    "{name} goes on without you; genmedia cancel {name} takes it back"
                ));
                return Err(Failure::Signal(signals.exit_code()));
            }
            match has_it {
                Ok(Some(_)) => std::thread::sleep(TICK),
                Ok(None) => return Err(Failure::Told(unfinished(&folder))),
                // It may be back soon.
                Err(Error::Engine { .. }) => std::thread::sleep(10 * TICK),
                Err(e) => return Err(e.into()),
            }
        }
    }
}

/// Why a job is not done that the engine has no more.
fn unfinished(folder: &Folder) -> String {
    let (name, logs) = (folder.name(), folder.logs());
    let engine = Engine::Slurm.name();
    let said = std::fs::read_to_string(logs.join("film.log")).unwrap_or_default();
    let error =
        said.lines().rev().find_map(|line| line.split_once("error: ").map(|(_, error)| error));
    let has_logs = std::fs::read_dir(&logs).is_ok_and(|mut logs| logs.next().is_some());
    match (error, has_logs) {
        (Some(error), _) => format!("job {name} was not finished by {engine}: {error}"),
        (None, true) => format!(
            "job {name} was not finished by {engine}; the logs in {} say why",
            logs.display()
        ),
        (None, false) => format!(
            "job {name} was not finished by {engine}, and nothing came from its nodes: do they see {}?",
            folder.path().display()
        ),
    }
}
