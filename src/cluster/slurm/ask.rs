//! What Slurm's programs are asked.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::error::{Error, Result};
use crate::jobs::shards::{Engine, Submission};
use crate::programs;

/// How long one of Slurm's programs may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Slurm's own limit, where it does not tell.
pub(super) const USUAL_LIMIT: u64 = 1001;

/// Numbers of an array's tasks are below this.
pub(super) fn array_limit() -> Result<u64> {
    let output = run(Command::new("scontrol").args(["show", "config"]))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = said.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "MaxArraySize").then(|| value.trim().parse().ok())?
    });
    Ok(value.unwrap_or(USUAL_LIMIT))
}

/// True if Slurm still has one of these jobs, waiting or at work.
///
/// # Errors
/// It cannot be asked.
pub(in crate::cluster) fn has(submission: &Submission) -> Result<bool> {
    let mut command = Command::new("squeue");
    command.args(["--noheader", "--format=%i", "--name", &submission.label]);
    let output = started(&mut command)?;
    if output.status.success() {
        return Ok(!output.stdout.trim_ascii().is_empty());
    }
    match String::from_utf8_lossy(&output.stderr).contains("Invalid job id") {
        // Slurm forgets what ended a while ago.
        true => Ok(false),
        false => Err(refused("squeue", &output)),
    }
}

/// Cancels these jobs; those that ended already are none of its concern.
pub(in crate::cluster) fn take_back(submission: &Submission) -> Result<()> {
    run(Command::new("scancel").args(["--quiet", "--name", &submission.label])).map(drop)
}

pub(super) fn run(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = started(command)?;
    match output.status.success() {
        true => Ok(output),
        false => Err(refused(&program, &output)),
    }
}

/// Looks whether one of Slurm's programs is here.
pub(in crate::cluster) fn check(program: &str) -> Result<()> {
    if programs::find(program, None).is_none() {
        let reason =
            format!("there is no {program} here; submit from a machine that has Slurm's commands");
        return Err(Error::Engine { engine: Engine::Slurm.name(), reason });
    }
    Ok(())
}

fn started(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    check(&program)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io("start", &program))?;
    let mut waited = Stopwatch::start();
    // What it says is read when it has ended: it is less than a pipe holds.
    while child.try_wait().map_err(Error::io("wait for", &program))?.is_none() {
        if waited.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            let reason = format!("{program} did not answer within {} s", PATIENCE.as_secs());
            return Err(Error::Engine { engine: Engine::Slurm.name(), reason });
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().map_err(Error::io("wait for", &program))
}

/// What Slurm said, in a line.
fn refused(program: &str, output: &Output) -> Error {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = said.lines().map(|line| line.trim_start_matches(&format!("{program}: ")).trim());
    let said: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let reason = match said.is_empty() {
        true => format!("{program} ended with {}", output.status),
        false => format!("{program} says: {}", said.join("; ")),
    };
    Error::Engine { engine: Engine::Slurm.name(), reason }
}
