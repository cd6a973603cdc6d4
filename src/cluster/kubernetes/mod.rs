//! Kubernetes: manifests of an Indexed Job of workers, and of a Job that makes the film (Kubernetes 1.29 or later; see
//! its pages on Jobs, pod failure policies and the restricted pod security standard).

mod kubectl;

use std::fmt::Write;

use serde_json::Value;

pub(super) use kubectl::{check, take_back};

use crate::recipe::Recipe;

/// A job that is to be handed to Kubernetes.
#[derive(Debug, Clone)]
pub struct Kubernetes {
    /// The image with genmedia.
    pub image: String,
    /// What all pods share.
    pub shared: Shared,
    /// Where to; the one that is usual for the user if absent.
    pub namespace: Option<String>,
    /// Parts.
    pub shards: u64,
    /// Pods at once.
    pub parallelism: u64,
    /// What each worker asks for, and may not exceed, as Kubernetes writes it: `4`, `500m`.
    pub cpu: String,
    /// What each pod asks for, and may not exceed: `4Gi`.
    pub memory: String,
    /// The account of services that pods run as, by which they may have a role.
    pub account: Option<String>,
    /// Options of the work, each with a word of its own.
    pub options: Vec<String>,
}

/// What all pods of a job share.
#[derive(Debug, Clone)]
pub enum Shared {
    /// A claim on a volume, which becomes the folder of jobs.
    Claim(String),
    /// A store, and the secret whose keys are the variables that open it.
    Store {
        /// Its URL.
        url: String,
        /// The secret; none where pods have a role.
        secret: Option<String>,
    },
}

/// Where the claim is mounted.
const DIR: &str = "/jobs";
/// Where the recipe is mounted.
const RECIPES: &str = "/recipes";
/// How long jobs that ended are kept, with the logs of their pods, in seconds: a week.
const KEPT: u32 = 7 * 24 * 3600;
/// Cores that the pod of the film asks for: most of its time it waits.
const WAITING: &str = "250m";

/// What a pod is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Worker,
    Publisher,
}

/// The labels of an object of the job, by which kubectl finds it (Kubernetes' recommended labels).
fn labels(resource: &str, role: Option<Role>, indent: &str) -> String {
    let mut labels = format!(
        "{indent}app.kubernetes.io/name: genmedia\n{indent}app.kubernetes.io/instance: {resource}\n"
    );
    let component = match role {
        None => return labels,
        Some(Role::Worker) => "worker",
        Some(Role::Publisher) => "film",
    };
    let _ = writeln!(labels, "{indent}app.kubernetes.io/component: {component}");
    labels
}

/// A string for YAML, which reads those of JSON.
fn text(text: impl Into<String>) -> String {
    Value::from(text.into()).to_string()
}

/// What Kubernetes calls the job `name`: lower case letters, digits and dashes (RFC 1123), at most 52 of them, since it
/// adds to them; with a hash where that is not all.
pub fn resource_name(name: &str) -> String {
    const MOST: usize = 45;
    let clean = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let own: String = name.chars().map(clean).take(MOST).collect();
    let own = own.trim_matches('-');
    match own == name && !own.is_empty() {
        true => format!("genmedia-{own}"),
        false => {
            let hash = blake3::hash(name.as_bytes()).to_hex();
            let own = own[..own.len().min(MOST - 9)].trim_matches('-');
            format!("genmedia-{own}-{}", &hash[..8]).replace("--", "-")
        }
    }
}

impl Kubernetes {
    /// The manifests of the job `name`.
    pub fn manifests(&self, recipe: &Recipe, name: &str) -> String {
        let resource = resource_name(name);
        let mut all = self.recipe(recipe, name, &resource);
        all += "---\n";
        all += &self.workers(name, &resource);
        all += "---\n";
        all += &self.publisher(name, &resource);
        all
    }

    fn metadata(&self, resource: &str, name: &str, role: Option<Role>) -> String {
        let indent = "  ";
        let ending = if role == Some(Role::Publisher) { "-film" } else { "" };
        let mut metadata = format!("{indent}name: {resource}{ending}\n");
        if let Some(namespace) = &self.namespace {
            let _ = writeln!(metadata, "{indent}namespace: {}", text(namespace.as_str()));
        }
        let _ = write!(metadata, "{indent}labels:\n{}", labels(resource, role, "    "));
        let _ = writeln!(metadata, "{indent}annotations:\n{indent}  genmedia/job: {}", text(name));
        metadata
    }

    /// The recipe: what has the claim may not be within reach from here.
    fn recipe(&self, recipe: &Recipe, name: &str, resource: &str) -> String {
        let mut content = format!("name = {}\n", toml::Value::from(name));
        content += &recipe.to_toml();
        let lines: String = content
            .lines()
            .map(|line| format!("    {line}").trim_end().to_string() + "\n")
            .collect();
        format!(
            "# The recipe of the job {name}.\napiVersion: v1\nkind: ConfigMap\nmetadata:\n{}data:\n  recipe.toml: |\n{lines}",
            self.metadata(resource, name, None),
        )
    }

    fn workers(&self, name: &str, resource: &str) -> String {
        let Self { shards, parallelism, .. } = self;
        let recipe = format!("{RECIPES}/recipe.toml");
        let command = [&["shard", &recipe][..], &self.place(), &self.words()].concat();
        format!(
            "# Its workers: an index is a shard.\napiVersion: batch/v1\nkind: Job\nmetadata:\n{}\
             spec:\n  completionMode: Indexed\n  completions: {shards}\n  parallelism: {}\n  \
             ttlSecondsAfterFinished: {KEPT}\n  backoffLimitPerIndex: 4\n  podFailurePolicy:\n    rules:\n      \
             # A pod that is evicted, preempted or drained is no failure of the job.\n      \
             - action: Ignore\n        onPodConditions:\n          - type: DisruptionTarget\n            status: \"True\"\n      \
             # Nor is one that was told to end, and did (SIGTERM).\n      \
             - action: Ignore\n        onExitCodes:\n          operator: In\n          values: [143]\n      \
             # What was asked for wrongly is wrong at every try.\n      \
             - action: FailIndex\n        onExitCodes:\n          operator: In\n          values: [2]\n{}",
            self.metadata(resource, name, Some(Role::Worker)),
            parallelism.min(shards),
            self.template(Role::Worker, resource, &command, &format!("            - name: GENMEDIA_SHARDS\n              value: \"{shards}\"\n            - name: GENMEDIA_JOB\n              value: {resource}\n")),
        )
    }

    fn publisher(&self, name: &str, resource: &str) -> String {
        let command =
            [&["resume", name, "--after-workers"][..], &self.place(), &self.words()].concat();
        format!(
            "# Its film: waits for the workers, renders what they left, and publishes.\napiVersion: batch/v1\nkind: Job\nmetadata:\n{}\
             spec:\n  ttlSecondsAfterFinished: {KEPT}\n  backoffLimit: 10\n  podFailurePolicy:\n    rules:\n      \
             - action: Ignore\n        onPodConditions:\n          - type: DisruptionTarget\n            status: \"True\"\n      \
             - action: Ignore\n        onExitCodes:\n          operator: In\n          values: [143]\n{}",
            self.metadata(resource, name, Some(Role::Publisher)),
            self.template(Role::Publisher, resource, &command, ""),
        )
    }

    /// The options that say where the job is.
    fn place(&self) -> [&str; 4] {
        match &self.shared {
            Shared::Claim(_) => ["--dir", DIR, "--progress", "plain"],
            Shared::Store { url, .. } => ["--store", url, "--progress", "plain"],
        }
    }

    fn words(&self) -> Vec<&str> {
        self.options.iter().map(String::as_str).collect()
    }

    fn template(&self, role: Role, resource: &str, command: &[&str], variables: &str) -> String {
        let command: Vec<String> =
            ["genmedia"].iter().chain(command).map(|word| text(word.replace('$', "$$"))).collect();
        let image = text(self.image.as_str());
        let (jobs, secret) = match &self.shared {
            Shared::Claim(claim) => {
                let claim = text(claim.as_str());
                (format!("persistentVolumeClaim:\n            claimName: {claim}"), None)
            }
            Shared::Store { secret, .. } => ("emptyDir: {}".to_string(), secret.as_ref()),
        };
        let secret = secret.map(|secret| {
            let secret = text(secret.as_str());
            format!(
                "          envFrom:\n            - secretRef:\n                name: {secret}\n"
            )
        });
        let secret = secret.unwrap_or_default();
        let account = self.account.as_ref().map(|account| text(account.as_str()));
        let account = account.map(|account| format!("      serviceAccountName: {account}\n"));
        let account = account.unwrap_or_default();
        let (mount, volume) = match role {
            Role::Publisher => (String::new(), String::new()),
            Role::Worker => (
                format!(
                    "            - name: recipe\n              mountPath: {RECIPES}\n              readOnly: true\n"
                ),
                format!(
                    "        - name: recipe\n          configMap:\n            name: {resource}\n"
                ),
            ),
        };
        let labels = labels(resource, Some(role), "        ");
        let waits = role == Role::Publisher && cores(&self.cpu) > cores(WAITING);
        let asked = text(if waits { WAITING } else { &self.cpu });
        let (cpu, memory) = (text(self.cpu.as_str()), text(self.memory.as_str()));
        format!(
            "  template:
    metadata:
      labels:
{labels}    spec:
      restartPolicy: Never
{account}      terminationGracePeriodSeconds: 30
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        runAsGroup: 10001
        fsGroup: 10001
        fsGroupChangePolicy: OnRootMismatch
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: genmedia
          image: {image}
          command: [{}]
          workingDir: {DIR}
{secret}          env:
            - name: HOME
              value: /tmp
            - name: GENMEDIA_DIR
              value: {DIR}
{variables}          resources:
            requests:
              cpu: {asked}
              memory: {memory}
            limits:
              cpu: {cpu}
              memory: {memory}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop: [ALL]
          volumeMounts:
            - name: jobs
              mountPath: {DIR}
{mount}            - name: tmp
              mountPath: /tmp
      volumes:
        - name: jobs
          {jobs}
{volume}        - name: tmp
          emptyDir: {{}}
",
            command.join(", ")
        )
    }
}

/// How many cores an amount of them is; 0 if it is none.
fn cores(amount: &str) -> f64 {
    let (digits, unit) = match amount.strip_suffix('m') {
        Some(digits) => (digits, 1e-3),
        None => (amount, 1.0),
    };
    digits.parse::<f64>().map_or(0.0, |number| number * unit)
}

/// Looks whether `text` is an amount as Kubernetes writes it: `4`, `500m`, `4Gi`.
///
/// # Errors
/// It is none.
pub fn check_quantity(text: &str) -> Result<(), String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let is_number = digits.parse::<f64>().is_ok_and(|n| n > 0.0) && !digits.starts_with('+');
    let units = ["", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi"];
    match is_number && units.contains(&unit) {
        true => Ok(()),
        false => Err("an amount is expected as Kubernetes writes it: 4, 500m, 4Gi".into()),
    }
}

/// Looks whether `text` is a name that Kubernetes takes (RFC 1123).
///
/// # Errors
/// It is none.
pub fn check_name(text: &str) -> Result<(), String> {
    let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fits = text.len() <= 253 && text.chars().all(is_fit);
    match fits && ends(text.chars().next()) && ends(text.chars().last()) {
        true => Ok(()),
        false => Err("a name of Kubernetes has lower case letters, digits, dashes and dots".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_those_of_kubernetes(name in "\\PC{1,80}") {
            let resource = resource_name(&name);
            prop_assert!(resource.len() <= 54 + 9, "{resource}");
            let is_fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            prop_assert!(resource.chars().all(is_fit), "{resource}");
            prop_assert!(!resource.ends_with('-'), "{resource}");
        }
    }

    #[test]
    fn names_differ_where_jobs_do() {
        assert_eq!(resource_name("noise-04aab1f6"), "genmedia-noise-04aab1f6");
        let names = ["Sea", "sea", "s ea", "s_ea", "meer-ü", "ü", "-"];
        let all: std::collections::HashSet<String> = names.map(resource_name).into();
        assert_eq!(all.len(), names.len(), "{all:?}");
    }
}
