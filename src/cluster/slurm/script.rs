//! The scripts that Slurm starts: they see that a node has what it needs, start genmedia, and have it started again.

use std::fmt::Write;
use std::path::Path;

use crate::cluster::shell::quoted;
use crate::jobs::Folder;

/// What the scripts of a job have to know.
#[derive(Debug, Clone, Copy)]
pub struct Scripts<'a> {
    /// The program that renders, as nodes find it.
    pub program: &'a Path,
    /// The folder of jobs, as nodes find it.
    pub dir: &'a Path,
    /// Where files of the recipe are found that are not absolute.
    pub place: &'a Path,
    /// Parts.
    pub shards: u64,
    /// The store in which it is rendered, if nodes share no folder.
    pub store: Option<&'a str>,
    /// Options of the work, each with a blank before it.
    pub options: &'a str,
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

impl Scripts<'_> {
    /// The script of the workers.
    pub(super) fn workers(&self, folder: &Folder, label: &str) -> String {
        let Self { shards, options, .. } = self;
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
            self.dir(),
        );
        script
    }

    /// The script of the one that makes the film.
    pub(super) fn publisher(&self, folder: &Folder, label: &str) -> String {
        let options = self.options;
        let what = format!("the film of the job {}, after all its workers", folder.name());
        let mut script = self.head(label, &what);
        let _ = write!(
            script,
            "{}\n\
             task=$SLURM_JOB_ID\n\
             {STARTED}\
             {}# Renders what is missing, if anything is.\n\
             \"$genmedia\" resume {} {} --force --progress plain{options}{} &\n\
             {RESTARTED}",
            self.seen(folder),
            self.scratch(),
            quoted(folder.name()),
            self.dir(),
            // The path of the film that goes with the folder is of no use.
            if self.store.is_some() { " >/dev/null" } else { "" },
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
    fn dir(&self) -> String {
        match self.store {
            Some(url) => format!("--store {}", quoted(url)),
            None => format!("--dir {}", quoted(self.dir)),
        }
    }

    /// Has what is fetched from a store go where it is removed in the end.
    fn scratch(&self) -> &str {
        match self.store {
            Some(_) => {
                "scratch=$(mktemp -d) || exit 1\ntrap 'rm -rf \"$scratch\"' EXIT\n\
                 export GENMEDIA_DIR=\"$scratch\"\n"
            }
            None => "",
        }
    }

    /// Goes to where the user was, and sees that the node has what it needs.
    fn seen(&self, folder: &Folder) -> String {
        let program = quoted(self.program);
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
        if self.store.is_some() {
            return format!("cd \"${{TMPDIR:-/tmp}}\" || exit 1\n{genmedia} {installed}");
        }
        let (place, recipe) = (quoted(self.place), quoted(folder.recipe()));
        format!(
            "cd {place} || {}\n[ -f {recipe} ] || {}\n{genmedia} {installed}",
            lacks(
                "the folder from which the job was submitted",
                "submit it from one that all nodes share"
            ),
            lacks("the folder of the job", "choose a --dir that all nodes share"),
        )
    }
}
