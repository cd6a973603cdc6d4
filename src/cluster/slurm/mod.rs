//! Slurm: an array of workers, and behind it one job that makes the film (Slurm's manuals: sbatch, scontrol, squeue).

mod ask;
mod options;
mod script;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(super) use ask::{check, has, take_back};
pub use options::check_options;
pub use script::Scripts;

use self::ask::{USUAL_LIMIT, array_limit, run};
use self::options::VARIABLES;
use super::shell::quoted;
use crate::error::{Error, Result};
use crate::files;
use crate::jobs::Folder;
use crate::jobs::shards::{Engine, LOG, Meeting, SCRIPT, Submission};
use crate::words::count;

/// A job that is to be handed to Slurm.
pub struct Slurm<'a> {
    /// What it starts.
    pub scripts: Scripts<'a>,
    /// Options of the user's for `sbatch`, of the workers and of the publisher.
    pub options: &'a [String],
    /// Workers at once; as many as Slurm likes if absent.
    pub parallelism: Option<u64>,
}

/// The script of the workers.
const WORKERS: &str = "shards";
/// The script of the one that makes the film.
const FILM: &str = "film";

/// What `sbatch` is called for, once.
struct Task {
    script: &'static str,
    arguments: Vec<String>,
    /// The script is given it: the number of a shard is that of its task plus this.
    offset: u64,
}

/// A part of an array, which Slurm takes at once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chunk {
    /// The number of a shard is that of its task plus this.
    offset: u64,
    /// The numbers of the tasks, as `--array` takes them.
    tasks: String,
}

impl Slurm<'_> {
    /// The arguments of `sbatch` for the workers of the shards `missing`, each with what is added to the number of a task;
    /// and those for the film. The dependency of the film comes with it.
    fn tasks(
        &self,
        folder: &Folder,
        label: &str,
        missing: &[u64],
        limit: u64,
    ) -> Result<Vec<Task>> {
        let logs = absolute(&folder.logs())?;
        let log = |name: &str| match self.scripts.store {
            // The folder of logs is none that nodes have.
            Some(_) => format!("--output=/tmp/{label}-{name}{LOG}"),
            None => format!("--output={}/{name}{LOG}", logs.display()),
        };
        let most = self.parallelism.map(|most| format!("%{most}")).unwrap_or_default();
        let workers = chunks(missing, limit).into_iter().map(|Chunk { offset, tasks }| {
            let name = match offset {
                0 => "shard-%a".to_string(),
                offset => format!("shard-{offset}+%a"),
            };
            let arguments = vec![format!("--array={tasks}{most}"), log(&name)];
            Task { script: WORKERS, arguments, offset }
        });
        let film = Task { script: FILM, arguments: vec![log(FILM)], offset: 0 };
        Ok(workers.chain([film]).collect())
    }

    /// What [`Slurm::submit`] would do: two scripts, and the commands that hand them over.
    ///
    /// # Errors
    /// The folder cannot be told.
    pub fn plan(&self, folder: &Folder, missing: &[u64]) -> Result<String> {
        let label = label(folder.name());
        let mut plan = self.scripts.workers(folder, &label);
        let _ = write!(
            plan,
            "
{}",
            self.scripts.publisher(folder, &label)
        );
        let _ = write!(
            plan,
            "
# They are submitted by:
"
        );
        // Where Slurm is not, nobody knows how large its arrays may be.
        let limit = array_limit().unwrap_or(USUAL_LIMIT);
        for task in self.tasks(folder, &label, missing, limit)? {
            let after = (task.script == FILM).then(|| "--dependency=afterany:...".to_string());
            let words = after.iter().chain(&task.arguments).chain(self.options).map(quoted);
            let words = words.collect::<Vec<_>>().join(" ");
            let script = quoted(absolute(&script(folder, task.script))?);
            let _ = writeln!(plan, "# sbatch --parsable {words} {script} {}", task.offset);
        }
        Ok(plan)
    }

    /// Hands the job over: the shards that lack something, and behind them the film. All or nothing.
    ///
    /// # Errors
    /// Slurm is not there, or takes it not: what it said.
    pub fn submit(&self, meeting: &Meeting, missing: &[u64]) -> Result<Submission> {
        let (site, folder) = (meeting.site(), meeting.site().folder());
        let limit = array_limit()?;
        let logs = folder.logs();
        fs::create_dir_all(&logs).map_err(Error::io("create", &logs))?;
        // Written down before the first task is submitted: by this name all are found again, also after a kill.
        let token = getrandom::u64().map_err(|e| {
            Error::io("draw a name for", &logs)(std::io::Error::other(e.to_string()))
        })?;
        let label = format!("{}-{:08x}", label(folder.name()), token as u32);
        files::write(&script(folder, WORKERS), self.scripts.workers(folder, &label).as_bytes())?;
        files::write(&script(folder, FILM), self.scripts.publisher(folder, &label).as_bytes())?;
        let tasks = self.tasks(folder, &label, missing, limit)?;
        let mut submission = Submission {
            engine: Engine::Slurm,
            ids: Vec::new(),
            label,
            identity: site.recipe().identity(),
            shards: self.scripts.shards,
            at: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        };
        submission.write(folder)?;
        let mut hand_over = |task: &Task| -> Result<()> {
            let mut command = Command::new("sbatch");
            for variable in VARIABLES {
                command.env_remove(variable);
            }
            command.arg("--parsable");
            if task.script == FILM && !submission.ids.is_empty() {
                command.arg(format!("--dependency=afterany:{}", submission.ids.join(":")));
            }
            command.args(&task.arguments).args(self.options);
            command.arg(absolute(&script(folder, task.script))?).arg(task.offset.to_string());
            let output = run(&mut command)?;
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            // With the name of the cluster behind it, where there are several.
            let id = said.lines().last().unwrap_or_default().split(';').next().unwrap_or_default();
            let id = id.trim();
            if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let reason = format!("sbatch gave no number of a job, but '{}'", said.trim());
                return Err(Error::Engine { engine: Engine::Slurm.name(), reason });
            }
            submission.ids.push(id.to_string());
            submission.write(folder)
        };
        if let Err(e) = tasks.iter().try_for_each(&mut hand_over) {
            // Nothing is left half submitted.
            if take_back(&submission).is_ok() {
                Submission::forget(folder)?;
            }
            return Err(e);
        }
        Ok(submission)
    }
}

/// Where a script of a job is.
fn script(folder: &Folder, name: &str) -> PathBuf {
    folder.cluster().join(format!("{name}{SCRIPT}"))
}

/// The numbers of an array, in as many arrays as it takes when a task's number is below `limit`.
fn chunks(shards: &[u64], limit: u64) -> Vec<Chunk> {
    let most = limit.saturating_sub(1).max(1);
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut runs = shards.iter().peekable();
    while let Some(first) = runs.next() {
        let offset = (first - 1) / most * most;
        let mut last = first;
        while let Some(next) = runs.next_if(|next| **next == last + 1 && **next <= offset + most) {
            last = next;
        }
        let tasks = match last == first {
            true => format!("{}", first - offset),
            false => format!("{}-{}", first - offset, last - offset),
        };
        match chunks.last_mut().filter(|chunk| chunk.offset == offset) {
            Some(chunk) => {
                chunk.tasks.push(',');
                chunk.tasks.push_str(&tasks);
            }
            None => chunks.push(Chunk { offset, tasks }),
        }
    }
    chunks
}

/// What all of a job's tasks are called, but for what makes it the name of one submission: without what `squeue` would part.
pub fn label(name: &str) -> String {
    super::kubernetes::resource_name(name)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(Error::io("find", path))
}

/// What would be submitted, for people.
pub fn summary(shards: u64, missing: &[u64], frames: u64) -> String {
    let frames = count(frames, "frame");
    match missing.len() as u64 {
        n if n == shards => format!("{frames} in {}", count(shards, "shard")),
        1 => format!("{frames} in {}, one of which lacks something", count(shards, "shard")),
        n => format!("{frames} in {}, {n} of which lack something", count(shards, "shard")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_as_large_as_slurm_takes_them() {
        let of = |shards: &[u64], limit| -> Vec<(u64, String)> {
            chunks(shards, limit).into_iter().map(|chunk| (chunk.offset, chunk.tasks)).collect()
        };
        let all: Vec<u64> = (1..=5).collect();
        assert_eq!(of(&all, 1001), [(0, "1-5".into())]);
        assert_eq!(of(&all, 3), [(0, "1-2".into()), (2, "1-2".into()), (4, "1".into())]);
        assert_eq!(of(&[2, 3, 7, 9, 10], 1001), [(0, "2-3,7,9-10".into())]);
        assert_eq!(of(&[2, 3, 7, 9, 10], 9), [(0, "2-3,7".into()), (8, "1-2".into())]);
        assert_eq!(of(&[], 9), []);
    }
}
