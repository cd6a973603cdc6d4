//! Manifests that Kubernetes takes, and pods that do what they say: as ordinary users, on a read-only root.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Folder, Random, stderr, tool};
use crate::store::{self, KEY, SECRET};
use crate::workers::recipe;

/// The Python in which scripts/deps.sh puts what checks manifests.
fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python")
}

/// The documents of `manifests` as JSON, if they fit the schemas of all these versions of Kubernetes.
fn validated(manifests: &Path, versions: &[&str]) -> Vec<Value> {
    const CHECK: &str = "
import json, sys, yaml, kubernetes_validate
documents = list(yaml.safe_load_all(open(sys.argv[1])))
for version in sys.argv[2:]:
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
print(json.dumps(documents))
";
    let output = Command::new(python())
        .args(["-c", CHECK])
        .arg(manifests)
        .args(versions)
        .output()
        .expect("scripts/deps.sh test makes target/python");
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

const SUBMIT: &str =
    "submit kubernetes sea.toml --image registry.example/genmedia:1 --claim films --shards 4";

#[test]
fn manifests_are_those_of_kubernetes() {
    let folder = Folder::new();
    recipe(&folder, "wave --expr sin(x*y+a) --frames 40 --size 64x48 --segment-frames 4");
    let output = folder.run(&format!("{SUBMIT} --namespace video --parallelism 2 --retries 5"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!folder.join("jobs/sea").exists(), "nothing is made");
    fs::write(folder.join("sea.yaml"), &output.stdout).expect("written");
    let documents = validated(&folder.join("sea.yaml"), &["1.29", "1.32", "1.35", "1.37"]);
    let kinds: Vec<&str> = documents.iter().filter_map(|d| d["kind"].as_str()).collect();
    assert_eq!(kinds, ["ConfigMap", "Job", "Job"]);
    let [config, workers, film] = &documents[..] else { panic!("three") };
    assert!(documents.iter().all(|document| document["metadata"]["namespace"] == "video"));
    // The recipe says what the file does.
    let text = config["data"]["recipe.toml"].as_str().expect("a recipe");
    fs::write(folder.join("read.toml"), text).expect("written");
    let canonical = |file: &str| folder.run(&format!("run {file} --dry-run")).stdout;
    assert_eq!(canonical("read.toml"), canonical("sea.toml"));
    let spec = &workers["spec"];
    assert_eq!((&spec["completions"], &spec["parallelism"]), (&json!(4), &json!(2)));
    assert_eq!(
        (&spec["completionMode"], &spec["backoffLimitPerIndex"]),
        (&json!("Indexed"), &json!(4))
    );
    let ignored = spec["podFailurePolicy"]["rules"].as_array().expect("rules").iter();
    let ignored: Vec<&Value> = ignored.filter(|rule| rule["action"] == "Ignore").collect();
    assert_eq!(ignored[0]["onPodConditions"][0]["type"], "DisruptionTarget");
    // Only workers read the recipe, and only they have work from the beginning.
    let names = |job: &Value| -> Vec<String> {
        let volumes = job["spec"]["template"]["spec"]["volumes"].as_array().expect("volumes");
        volumes.iter().map(|volume| volume["name"].as_str().unwrap_or_default().into()).collect()
    };
    assert_eq!(names(workers), ["jobs", "recipe", "tmp"]);
    assert_eq!(names(film), ["jobs", "tmp"]);
    // Each film is found by its labels.
    for (document, component) in [(workers, "worker"), (film, "film")] {
        for labels in
            [&document["metadata"]["labels"], &document["spec"]["template"]["metadata"]["labels"]]
        {
            assert_eq!(labels["app.kubernetes.io/instance"], "genmedia-sea", "{labels}");
            assert_eq!(labels["app.kubernetes.io/component"], component, "{labels}");
        }
    }
    let asked = |job: &Value| {
        job["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"].clone()
    };
    assert_eq!((asked(workers), asked(film)), (json!("4"), json!("250m")));
    for job in [workers, film] {
        assert!(job["spec"]["ttlSecondsAfterFinished"].as_u64() > Some(3600));
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
        let container = &pod["containers"][0];
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
        assert_eq!(container["securityContext"]["capabilities"]["drop"], json!(["ALL"]));
        assert_eq!(container["image"], "registry.example/genmedia:1");
        assert!(container["resources"]["limits"]["memory"].is_string());
    }
    // Several jobs in one file, and a name that Kubernetes does not take.
    let text = fs::read_to_string(folder.join("sea.toml")).expect("a recipe");
    fs::write(folder.join("odd.toml"), text.replace("\"sea\"", "'Größe: \"9\" #1 _'"))
        .expect("written");
    let output = folder.run(&SUBMIT.replace("sea.toml", "sea.toml odd.toml"));
    assert!(output.status.success(), "{}", stderr(&output));
    fs::write(folder.join("both.yaml"), &output.stdout).expect("written");
    let documents = validated(&folder.join("both.yaml"), &["1.29", "1.32", "1.37"]);
    assert_eq!(documents.len(), 6);
    assert_eq!(documents[3]["metadata"]["annotations"]["genmedia/job"], "Größe: \"9\" #1 _");
}

/// What stands in for the server of a cluster: it takes what it is given, and remembers it.
struct Server {
    port: u16,
    log: Arc<Mutex<VecDeque<(String, Value)>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let log = Arc::new(Mutex::new(VecDeque::new()));
        let kept = log.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = log.clone();
                std::thread::spawn(move || answer(stream, &log));
            }
        });
        Self { port, log: kept }
    }

    fn taken(&self) -> Vec<String> {
        let log = self.log.lock().expect("a lock");
        log.iter()
            .filter(|(request, _)| !request.starts_with("GET"))
            .map(|(r, _)| r.clone())
            .collect()
    }
}

fn answer(stream: TcpStream, log: &Mutex<VecDeque<(String, Value)>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let mut words = line.split_whitespace();
        let (method, path) = (words.next()?.to_string(), words.next()?.to_string());
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
        let path = path.split('?').next()?.to_string();
        let list = |version: &str, resources: &[(&str, &str)]| {
            let resource = |(name, kind): &(&str, &str)| json!({ "name": name, "kind": kind, "namespaced": true, "verbs": ["create", "get", "delete", "patch"] });
            let resources: Vec<Value> = resources.iter().map(resource).collect();
            json!({ "kind": "APIResourceList", "groupVersion": version, "resources": resources })
        };
        let version = json!({ "groupVersion": "batch/v1", "version": "v1" });
        let (status, answer) = match (method.as_str(), path.as_str()) {
            ("GET", "/api") => (200, json!({ "kind": "APIVersions", "versions": ["v1"] })),
            ("GET", "/apis") => {
                let group =
                    json!({ "name": "batch", "versions": [version], "preferredVersion": version });
                (200, json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [group] }))
            }
            ("GET", "/api/v1") => (200, list("v1", &[("configmaps", "ConfigMap")])),
            ("GET", "/apis/batch/v1") => (200, list("batch/v1", &[("jobs", "Job")])),
            ("POST", _) => (201, sent.clone()),
            ("DELETE", _) => {
                (200, json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" }))
            }
            _ => (
                404,
                json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404 }),
            ),
        };
        log.lock().ok()?.push_back((format!("{method} {path}"), sent));
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        (&stream).write_all((head + &text).as_bytes()).ok()?;
    }
}

#[test]
fn kubectl_takes_the_manifests_and_takes_them_back() {
    let folder = Folder::new();
    recipe(&folder, "noise --frames 40 --size 64x48 --segment-frames 4");
    let server = Server::start();
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{ "name": "test", "cluster": { "server": format!("http://127.0.0.1:{}", server.port) } }],
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
        "users": [{ "name": "test", "user": {} }],
    });
    fs::write(folder.join("config"), config.to_string()).expect("written");
    let with = |command: &mut Command| {
        command.env("KUBECONFIG", folder.join("config")).env("HOME", folder.path());
        command.current_dir(folder.path()).output().expect("it starts")
    };
    let output = folder.run(SUBMIT);
    fs::write(folder.join("sea.yaml"), &output.stdout).expect("written");
    let args = ["create", "--dry-run=client", "--validate=false", "-o", "name", "-f", "sea.yaml"];
    let output = with(Command::new("kubectl").args(args));
    assert!(output.status.success(), "{}", stderr(&output));
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        names,
        "configmap/genmedia-sea\njob.batch/genmedia-sea\njob.batch/genmedia-sea-film\n"
    );
    assert_eq!(server.taken(), [""; 0], "nothing was created");

    // The word that genmedia says is what kubectl needs; this server has no schemas.
    let kubectl = "#!/bin/sh\n[ $1 = apply ] && set -- \"$@\" --validate=false\nexec /usr/bin/env PATH=$REAL kubectl \"$@\"\n";
    fs::create_dir(folder.join("bin")).expect("made");
    fs::write(folder.join("bin/kubectl"), kubectl).expect("written");
    crate::common::allow_all(&folder.join("bin/kubectl"));
    let path = std::env::var("PATH").expect("a path");
    let genmedia = |args: &str| {
        let mut command = folder.command(args);
        command.env("REAL", &path);
        with(command.env("PATH", format!("{}:{path}", folder.join("bin").display())))
    };
    let output = genmedia(&format!("{SUBMIT} --apply"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("handed to Kubernetes as genmedia-sea, genmedia-sea-film"),
        "{output:?}"
    );
    let jobs = "/apis/batch/v1/namespaces/default/jobs";
    assert_eq!(
        server.taken(),
        [
            "POST /api/v1/namespaces/default/configmaps".into(),
            format!("POST {jobs}"),
            format!("POST {jobs}")
        ]
    );
    let shown = crate::common::shown(&folder, "sea");
    assert_eq!((&shown["state"], &shown["engine"]), (&json!("queued"), &json!("Kubernetes")));
    let output = genmedia("resume sea");
    assert!(stderr(&output).contains("was handed to Kubernetes"), "{output:?}");
    let output = genmedia("cancel sea");
    assert!(output.status.success(), "{}", stderr(&output));
    let deleted = server.taken().split_off(3);
    assert!(deleted.contains(&format!("DELETE {jobs}/genmedia-sea")), "{deleted:?}");
    assert!(deleted.contains(&format!("DELETE {jobs}/genmedia-sea-film")), "{deleted:?}");
    assert_eq!(crate::common::shown(&folder, "sea")["state"], "cancelled");

    // What kubectl refuses, and none at all.
    fs::write(folder.join("config"), "{}").expect("written");
    let output = genmedia(&format!("{SUBMIT} --apply"));
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("Kubernetes: kubectl says: "), "{}", stderr(&output));
    let output = with(folder.command(&format!("{SUBMIT} --apply")).env("PATH", "/nonexistent"));
    let told = "Kubernetes: there is no kubectl here; without --apply the manifests are printed";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    let wrong = [
        ("--image x", "--claim"),
        ("--image x --claim x --store s3://x/y", "pods share a --claim or a store"),
        ("--image x --store file:///net", "--store file:///net: pods have no folder"),
        ("--image x --claim x --secret y", "--secret y: a secret opens a --store"),
        ("--image x --claim x --service-account A_B", "--service-account A_B: a name"),
        ("--claim x", "--image"),
        ("--image a\u{7}b --claim x", "an image's name has no blanks"),
        ("--image x --claim Bad_Claim", "--claim Bad_Claim: a name of Kubernetes"),
        ("--image x --claim x --cpu lots", "--cpu lots: an amount is expected"),
    ];
    for (args, flag) in wrong {
        let output = folder.run(&format!("submit kubernetes sea.toml {args}"));
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(flag), "{}", stderr(&output));
    }
}

/// Runs a pod's command in a root of its own that cannot be written, as a user that owns nothing.
const POD: &str = r#"
set -eu
root=$1 jobs=$2 recipes=$3 genmedia=$4
shift 4
mount -t tmpfs -o mode=755 root "$root"
for name in usr etc dev proc tmp jobs recipes genmedia; do mkdir "$root/$name"; done
for name in bin lib lib64 sbin; do [ ! -L /$name ] || cp -P /$name "$root/$name"; done
for name in usr etc dev proc; do mount --rbind /$name "$root/$name"; done
mount --bind "$jobs" "$root/jobs"
mount --bind "$recipes" "$root/recipes"
mount --bind "$genmedia" "$root/genmedia"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -o remount,ro "$root"
exec chroot --userspec=10001:10001 "$root" /usr/bin/env PATH=/genmedia:/usr/bin:/bin HOME=/tmp "$@"
"#;

/// How mounts of a pod are kept from others. The root of a chroot is no mount, so that it cannot be made private: then they
/// must be so already.
fn propagation(probe: &Path) -> &'static str {
    let unshare = |propagation: &str, command: &str| {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--propagation", propagation, "sh", "-c", command]).arg(probe);
        unshare.output().is_ok_and(|output| output.status.success())
    };
    if tool("id", &["-u"]).trim() != "0" || unshare("private", ":") {
        return "private";
    }
    assert!(unshare("unchanged", "mount -t tmpfs probe \"$0\" && touch \"$0/seen\""));
    if probe.join("seen").exists() {
        let _ = Command::new("umount").arg(probe).status();
        panic!("a mount would be seen by others");
    }
    "unchanged"
}

/// A pod of a job in a manifest.
fn pod(folder: &Folder, job: &Value, index: Option<u32>) -> Child {
    pod_with(folder, job, index, &[])
}

/// As [`pod`], with what a secret puts into its environment.
fn pod_with(folder: &Folder, job: &Value, index: Option<u32>, secret: &[String]) -> Child {
    let container = &job["spec"]["template"]["spec"]["containers"][0];
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let command: Vec<String> =
        container["command"].as_array().expect("words").iter().map(text).collect();
    let variables = container["env"].as_array().expect("variables").iter();
    let mut variables: Vec<String> =
        variables.map(|v| format!("{}={}", text(&v["name"]), text(&v["value"]))).collect();
    variables.extend(index.map(|index| format!("JOB_COMPLETION_INDEX={index}")));
    variables.extend_from_slice(secret);
    let genmedia = Path::new(env!("CARGO_BIN_EXE_genmedia")).parent().expect("a folder");
    let is_root = tool("id", &["-u"]).trim() == "0";
    let mut pod = Command::new(if is_root { "unshare" } else { "sudo" });
    if !is_root {
        pod.arg("unshare");
    }
    pod.args(["--mount", "--propagation", propagation(&folder.join("root"))]);
    pod.args(["sh", "-c", POD, "pod"]);
    for name in ["root", "jobs", "recipes"] {
        pod.arg(folder.join(name));
    }
    pod.arg(genmedia).args(variables).args(command);
    pod.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("unshare is needed")
}

#[test]
fn pods_do_what_their_manifests_say() {
    let folder = Folder::new();
    let whole = slow_without_files(&folder);
    let output = folder.run(SUBMIT);
    assert!(output.status.success(), "{}", stderr(&output));
    fs::write(folder.join("sea.yaml"), &output.stdout).expect("written");
    let documents = validated(&folder.join("sea.yaml"), &["1.32"]);
    fs::remove_dir_all(folder.join("jobs")).expect("removed");
    for name in ["root", "jobs", "recipes"] {
        fs::create_dir(folder.join(name)).expect("made");
        crate::common::allow_all(&folder.join(name));
    }
    crate::common::allow_all(folder.path());
    let text = documents[0]["data"]["recipe.toml"].as_str().expect("a recipe");
    fs::write(folder.join("recipes/recipe.toml"), text).expect("written");
    let film = pod(&folder, &documents[2], None);
    let mut random = Random(23);
    let mut pods: Vec<Child> =
        (0..4).map(|index| pod(&folder, &documents[1], Some(index))).collect();
    for _ in 0..6 {
        std::thread::sleep(Duration::from_millis(200 + random.below(300)));
        let index = random.below(4) as usize;
        let _ = pods[index].kill();
        pods[index].wait().expect("it ends");
        pods[index] = pod(&folder, &documents[1], Some(index as u32));
    }
    for pod in pods {
        let output = pod.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let output = film.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(folder.join("jobs/sea/sea.mp4")).expect("a film") == whole);
}

#[test]
fn pods_that_share_a_store_need_no_volume() {
    let server = store::Server::moto();
    let folder = Folder::new();
    let whole = slow_without_files(&folder);
    let submit = "submit kubernetes sea.toml --image x --shards 2 --store s3://films/jobs \
                  --secret films-s3 --service-account renderer";
    let output = folder.run(submit);
    assert!(output.status.success(), "{}", stderr(&output));
    fs::write(folder.join("sea.yaml"), &output.stdout).expect("written");
    let documents = validated(&folder.join("sea.yaml"), &["1.29", "1.32", "1.35", "1.37"]);
    for job in &documents[1..] {
        let pod = &job["spec"]["template"]["spec"];
        assert_eq!(pod["containers"][0]["envFrom"][0]["secretRef"]["name"], "films-s3");
        assert!(!pod.to_string().contains("persistentVolumeClaim"), "{pod}");
        assert!(pod["volumes"][0]["emptyDir"].is_object(), "{pod}");
        assert_eq!(pod["serviceAccountName"], "renderer");
    }
    for name in ["root", "empty", "recipes"] {
        fs::create_dir(folder.join(name)).expect("made");
        crate::common::allow_all(&folder.join(name));
    }
    fs::remove_dir_all(folder.join("jobs")).expect("removed");
    fs::create_dir(folder.join("jobs")).expect("made");
    crate::common::allow_all(&folder.join("jobs"));
    crate::common::allow_all(folder.path());
    let text = documents[0]["data"]["recipe.toml"].as_str().expect("a recipe");
    fs::write(folder.join("recipes/recipe.toml"), text).expect("written");
    let secret = [
        format!("AWS_ACCESS_KEY_ID={KEY}"),
        format!("AWS_SECRET_ACCESS_KEY={SECRET}"),
        "AWS_REGION=us-east-1".into(),
        format!("AWS_ENDPOINT_URL=http://127.0.0.1:{}", server.port),
    ];
    let start = |index: u32| pod_with(&folder, &documents[1], Some(index), &secret);
    let film = pod_with(&folder, &documents[2], None, &secret);
    let mut pods: Vec<Child> = (0..2).map(start).collect();
    std::thread::sleep(Duration::from_millis(1500));
    pods[0].kill().expect("killed");
    pods[0].wait().expect("it ends");
    pods[0] = start(0);
    for pod in pods {
        let output = pod.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let output = film.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(server.objects(), ["output.toml", "recipe.toml", "sea.mp4"]);
    let output =
        crate::store::run(&folder, server.port, "resume sea --store s3://films/jobs --dir got");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(folder.join("got/sea/sea.mp4")).expect("a film") == whole);
}

/// A job that takes some seconds, and needs nothing but its recipe.
fn slow_without_files(folder: &Folder) -> Vec<u8> {
    let args = "exec --frames 32 --size 16x16 --segment-frames 1 -- sh -c";
    let script = r#"sleep 0.2; printf "P6 16 16 255\n"; head -c 768 /dev/zero | tr "\0" "\\$((100 + {frame} % 50))""#;
    let mut dry = folder.command(&args.replace("exec ", "render exec --dry-run "));
    let dry = dry.arg(script).output().expect("it runs");
    assert!(dry.status.success(), "{}", stderr(&dry));
    let text = String::from_utf8(dry.stdout).expect("UTF-8");
    fs::write(folder.join("sea.toml"), format!("name = \"sea\"\n{text}")).expect("written");
    let film = folder.render("run sea.toml");
    fs::read(film).expect("a film")
}
