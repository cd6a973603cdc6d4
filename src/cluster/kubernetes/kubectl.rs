//! `kubectl`: jobs are handed to it, and taken back.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::{Kubernetes, resource_name};
use crate::error::{Error, Result};
use crate::jobs::shards::{Engine, Submission};
use crate::programs;
use crate::recipe::Recipe;

impl Kubernetes {
    /// Hands the manifests of the job `name` to `kubectl`.
    ///
    /// # Errors
    /// It is not there, or refuses them: what it said.
    pub fn apply(&self, recipe: &Recipe, name: &str) -> Result<Submission> {
        let manifests = self.manifests(recipe, name);
        let mut command = kubectl(self.namespace.as_deref());
        let mut child = started(command.args(["apply", "-f", "-"]))?;
        if let Some(mut pipe) = child.stdin.take() {
            // One that hangs up says why itself.
            let _ = pipe.write_all(manifests.as_bytes());
        }
        let output = child.wait_with_output().map_err(Error::io("wait for", "kubectl"))?;
        let resource = resource_name(name);
        let place = |id: &str| match &self.namespace {
            Some(namespace) => format!("{namespace}/{id}"),
            None => id.to_string(),
        };
        let ids = vec![place(&resource), place(&format!("{resource}-film"))];
        if let Err(e) = said(output) {
            // Nothing is left half submitted.
            let _ = take_back(&ids);
            return Err(e);
        }
        Ok(Submission {
            engine: Engine::Kubernetes,
            ids,
            label: resource.clone(),
            identity: recipe.identity(),
            shards: self.shards,
            at: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
        })
    }
}

/// A job's namespace, if it is not the usual one, and its name there.
fn placed(id: &str) -> (Option<&str>, &str) {
    match id.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, id),
    }
}

/// Deletes these jobs, with the recipe.
pub(in crate::cluster) fn take_back(ids: &[String]) -> Result<()> {
    for (namespace, name) in ids.iter().map(|id| placed(id)) {
        let mut command = kubectl(namespace);
        command.args(["delete", "job", name, "--ignore-not-found", "--cascade=foreground"]);
        said(output(&mut command)?)?;
    }
    if let Some((namespace, name)) = ids.first().map(|id| placed(id)) {
        let mut command = kubectl(namespace);
        said(output(command.args(["delete", "configmap", name, "--ignore-not-found"]))?)?;
    }
    Ok(())
}

fn kubectl(namespace: Option<&str>) -> Command {
    let mut command = Command::new("kubectl");
    if let Some(namespace) = namespace {
        command.arg(format!("--namespace={namespace}"));
    }
    command
}

/// Looks whether `kubectl` is here.
pub(in crate::cluster) fn check() -> Result<()> {
    if programs::find("kubectl", None).is_none() {
        let reason = "there is no kubectl here; without --apply the manifests are printed";
        return Err(Error::Engine { engine: Engine::Kubernetes.name(), reason: reason.into() });
    }
    Ok(())
}

fn started(command: &mut Command) -> Result<std::process::Child> {
    check()?;
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    piped.spawn().map_err(Error::io("start", "kubectl"))
}

fn output(command: &mut Command) -> Result<Output> {
    started(command)?.wait_with_output().map_err(Error::io("wait for", "kubectl"))
}

/// What `kubectl` said, if it did what it was asked.
fn said(output: Output) -> Result<Output> {
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // It repeats itself; the last line says what it comes to.
    let reason = match lines.last() {
        Some(last) => format!("kubectl says: {last}"),
        None => format!("kubectl ended with {}", output.status),
    };
    Err(Error::Engine { engine: Engine::Kubernetes.name(), reason })
}
