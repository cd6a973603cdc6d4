//! Slurm: an array of workers, and behind it one job that makes the film (Slurm's manuals: sbatch, scontrol, squeue).

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Submit;
use super::ask::{array_limit, run, take_back};
use super::shell::quoted;
use crate::error::{Error, Result};
use crate::files;
use crate::jobs::Folder;
use crate::jobs::shards::{Engine, LOG, Meeting, SCRIPT, Submission};
use crate::words::count;

/// A job that is to be handed to Slurm.
pub struct Slurm<'a> {
    /// What is to be rendered.
    pub submit: Submit<'a>,
    /// Options of the user's for `sbatch`, of the workers and of the publisher.
    pub options: &'a [String],
    /// Workers at once; as many as Slurm likes if absent.
    pub parallelism: Option<u64>,
}

/// Options of `sbatch` by which it would be another submission than this one.
const OWN: [&str; 24] = [
    "--array",
    "-a",
    "--dependency",
    "-d",
    "--wrap",
    "--output",
    "-o",
    "--chdir",
    "-D",
    "--job-name",
    "-J",
    "--parsable",
    "--quiet",
    "-Q",
    "--wait",
    "-W",
    "--test-only",
    "--open-mode",
    "--version",
    "-V",
    "--help",
    "-h",
    "--usage",
    "--no-requeue",
];

/// Variables by which `sbatch` would make another submission of it.
const VARIABLES: [&str; 7] = [
    "SBATCH_ARRAY_INX",
    "SBATCH_DEPENDENCY",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_SIGNAL",
    "SBATCH_WAIT",
];

/// Looks whether options of the user's can stand beside those of genmedia.
///
/// # Errors
/// One cannot, in a line.
pub fn check_options(options: &[String]) -> Result<(), String> {
    // Long options may be shortened.
    let is = |option: &str, own: &str| match own.starts_with("--") {
        true => {
            let typed = option.split('=').next().unwrap_or_default();
            typed.len() > 3 && own.starts_with(typed)
        }
        false => option.starts_with(own) && !option.starts_with("--"),
    };
    for option in options {
        if let Some(own) = OWN.iter().find(|own| is(option, own)) {
            let way_out = match *own {
                "--array" | "-a" => "; --parallelism says how many workers run at once",
                _ => "",
            };
            return Err(format!("{own} is set by genmedia itself{way_out}"));
        }
    }
    Ok(())
}

/// The first line of a log.
const STARTED: &str = "\
echo \"genmedia: $(date +%Y-%m-%dT%H:%M:%S%z), $(hostname), Slurm $task${shard:+, shard $shard}, start \
$((${SLURM_RESTART_COUNT:-0} + 1))\" >&2
";

/// Waits for what was started, and has it started again if its time was over.
const RESTARTED: &str = "\
child=$!
trap 'kill -TERM $child' TERM
while :; do
    wait $child; code=$?
    kill -0 $child 2>/dev/null || break
done
# 143: its time was over. What is finished is kept, so that it goes on when it is started again.
if [ $code -eq 143 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt 100 ] &&
    scontrol show job \"$task\" | grep -q JobState=RUNNING
then
    [ -z \"$scratch\" ] || rm -rf \"$scratch\"
    exec scontrol requeue \"$task\"
fi
exit $code
";

/// A part of an array, which Slurm takes at once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chunk {
    /// The number of a shard is that of its task plus this.
    offset: u64,
    /// The numbers of the tasks, as `--array` takes them.
    tasks: String,
}

impl Slurm<'_> {
    /// The script of the workers.
    pub fn workers(&self, folder: &Folder, label: &str) -> String {
        let Submit { shards, options, .. } = &self.submit;
        let what = format!("the workers of the job {}, one for each shard", folder.name());
        let mut script = self.head(label, &what);
        let _ = write!(
            script,
            "{}\n\
             shard=$((SLURM_ARRAY_TASK_ID + ${{1:-0}}))/{shards}\n\
             task=${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\n\
             {STARTED}\
             \"$genmedia\" shard {} {} --shard \"$shard\" --progress plain{options} &\n\
             {RESTARTED}",
            self.seen(folder),
            quoted(folder.name()),
            self.place(),
        );
        script
    }

    /// The script of the one that makes the film.
    pub fn publisher(&self, folder: &Folder, label: &str) -> String {
        let options = self.submit.options;
        let what = format!("the film of the job {}, after all its workers", folder.name());
        let mut script = self.head(label, &what);
        let _ = write!(
            script,
            "{}\n\
             task=$SLURM_JOB_ID\n\
             {STARTED}\
             {}# Renders what is missing, if anything is.\n\
             \"$genmedia\" resume {} {} --force --progress plain{options} &\n\
             {RESTARTED}",
            self.seen(folder),
            self.scratch(),
            quoted(folder.name()),
            self.place(),
        );
        script
    }

    fn head(&self, label: &str, what: &str) -> String {
        format!(
            "#!/bin/sh\n# Of genmedia: {what}.\n#SBATCH --job-name={}\n\
             #SBATCH --requeue\n\
             #SBATCH --open-mode=append\n\
             # It is told half a minute before its time is over, or up to a minute earlier, so that it ends in order.\n\
             #SBATCH --signal=B:TERM@30\n\n",
            quoted(label)
        )
    }

    /// The options that say where the job is.
    fn place(&self) -> String {
        match self.submit.store {
            Some(url) => format!("--store {}", quoted(url)),
            None => format!("--dir {}", quoted(self.submit.dir)),
        }
    }

    /// Has what is fetched from a store go where it is removed in the end.
    fn scratch(&self) -> &str {
        match self.submit.store {
            Some(_) => {
                "scratch=$(mktemp -d) || exit 1\ntrap 'rm -rf \"$scratch\"' EXIT\n\
                 export GENMEDIA_DIR=\"$scratch\"\n"
            }
            None => "",
        }
    }

    /// Goes to where the user was, and sees that the node has what it needs.
    fn seen(&self, folder: &Folder) -> String {
        let program = quoted(self.submit.program);
        let genmedia = format!(
            "genmedia={program}\n\
             command -v \"$genmedia\" >/dev/null || genmedia=genmedia\n\
             command -v \"$genmedia\" >/dev/null ||"
        );
        let lacks = |what: &str, way_out: &str| {
            format!(
                "{{ echo \"genmedia: error: $(hostname) does not see {what}; {way_out}\" >&2; exit 1; }}"
            )
        };
        let installed =
            lacks("genmedia", "install it on all nodes, or in a folder that they share");
        if self.submit.store.is_some() {
            return format!("cd \"${{TMPDIR:-/tmp}}\" || exit 1\n{genmedia} {installed}");
        }
        let (place, recipe) = (quoted(self.submit.place), quoted(folder.recipe()));
        format!(
            "cd {place} || {}\n[ -f {recipe} ] || {}\n{genmedia} {installed}",
            lacks(
                "the folder from which the job was submitted",
                "submit it from one that all nodes share"
            ),
            lacks("the folder of the job", "choose a --dir that all nodes share"),
        )
    }

    /// Hands the job over: the shards that lack something, and behind them the film. All or nothing.
    ///
    /// # Errors
    /// Slurm is not there, or takes it not: what it said.
    pub fn submit(&self, meeting: &Meeting, missing: &[u64]) -> Result<Submission> {
        let (site, folder) = (meeting.site(), meeting.site().folder());
        let limit = array_limit()?;
        let chunks = chunks(missing, limit);
        let logs = absolute(&folder.logs())?;
        fs::create_dir_all(&logs).map_err(Error::io("create", &logs))?;
        let write = |name: &str, text: String| -> Result<PathBuf> {
            let path = folder.cluster().join(format!("{name}{SCRIPT}"));
            files::write(&path, text.as_bytes())?;
            Ok(path)
        };
        // Written down before the first task is submitted: by this name all are found again, also after a kill.
        let token = getrandom::u64().map_err(|e| {
            Error::io("draw a name for", &logs)(std::io::Error::other(e.to_string()))
        })?;
        let label = format!("{}-{:08x}", label(folder.name()), token as u32);
        let workers = write("shards", self.workers(folder, &label))?;
        let publisher = write("film", self.publisher(folder, &label))?;
        let mut submission = Submission {
            engine: Engine::Slurm,
            ids: Vec::new(),
            label,
            identity: site.recipe().identity(),
            shards: self.submit.shards,
            at: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        };
        submission.write(folder)?;
        let own = submission.label.clone();
        let mut hand_over = |arguments: Vec<String>, script: &Path, offset: u64| -> Result<()> {
            let mut command = Command::new("sbatch");
            for variable in VARIABLES {
                command.env_remove(variable);
            }
            command.arg("--parsable").args(arguments).args(self.options);
            command.arg(script).arg(offset.to_string());
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
        let log = |name: &str| match self.submit.store {
            // The folder of logs is none that nodes have.
            Some(_) => vec![format!("--output=/tmp/{own}-{name}{LOG}")],
            None => vec![format!("--output={}/{name}{LOG}", logs.display())],
        };
        let all = (|| {
            for Chunk { offset, tasks } in &chunks {
                let name = match offset {
                    0 => "shard-%a".to_string(),
                    offset => format!("shard-{offset}+%a"),
                };
                let most = self.parallelism.map(|most| format!("%{most}")).unwrap_or_default();
                let array = vec![format!("--array={tasks}{most}")];
                hand_over([array, log(&name)].concat(), &workers, *offset)?;
            }
            let after = submission_ids(folder)?;
            let after = match after.is_empty() {
                true => Vec::new(),
                false => vec![format!("--dependency=afterany:{}", after.join(":"))],
            };
            hand_over([after, log("film")].concat(), &publisher, 0)
        })();
        if let Err(e) = all {
            // Nothing is left half submitted.
            if take_back(&submission).is_ok() {
                Submission::forget(folder)?;
            }
            return Err(e);
        }
        Ok(submission)
    }
}

fn submission_ids(folder: &Folder) -> Result<Vec<String>> {
    Ok(Submission::read(folder)?.map_or_else(Vec::new, |submission| submission.ids))
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
