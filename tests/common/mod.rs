//! What the tests share: the binary in an empty folder, jobs, films, and who looks at them.
#![allow(dead_code, unused_imports)] // Each test file uses its own part.

mod films;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

pub use films::*;

/// An empty folder to run genmedia in.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// `genmedia` with these arguments (separated by blanks), in this folder.
    pub fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genmedia"));
        command
            .current_dir(self.path())
            .env_remove("GENMEDIA_DIR")
            .env_remove("GENMEDIA_STORE")
            .args(args.split_whitespace());
        // What is remembered of films must not pass from test to test.
        command.env("XDG_CACHE_HOME", "/nonexistent");
        command
    }

    /// Runs it, whatever comes.
    pub fn run(&self, args: &str) -> Output {
        self.command(args).output().expect("genmedia starts")
    }

    /// Runs it, must succeed, and gives the path it printed.
    pub fn render(&self, args: &str) -> PathBuf {
        let output = self.run(args);
        assert!(output.status.success(), "{args}: {}", stderr(&output));
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(printed.lines().count(), 1, "stdout is the path, alone: {printed}");
        let path = self.join(printed.trim_end());
        assert!(path.exists(), "{}", path.display());
        path
    }

    /// Files and folders below, as relative paths, sorted.
    pub fn tree(&self) -> Vec<String> {
        fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.push(name);
                if path.is_dir() {
                    walk(root, &path, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.path(), self.path(), &mut found);
        found.sort();
        found
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a tool prints; it must succeed and complain of nothing.
pub fn tool(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{program} is needed: {e}"));
    assert!(output.status.success(), "{program} {args:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "{program} {args:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The jobs in `jobs/`, as `genmedia jobs --json` lists them.
pub fn listed(folder: &Folder) -> Vec<serde_json::Value> {
    let output = folder.run("jobs --json");
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("an array")
}

/// One job, as `genmedia jobs show --json` tells of it.
pub fn shown(folder: &Folder, name: &str) -> serde_json::Value {
    let output = folder.run(&format!("jobs show {name} --json"));
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("an object")
}

/// How often each segment of a job was rendered, by its recorded events.
pub fn renderings(folder: &Folder, name: &str) -> std::collections::BTreeMap<u64, u32> {
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("a database");
    let mut events = db
        .prepare("SELECT event FROM events JOIN jobs ON jobs.id = job WHERE name = ?")
        .expect("the table of events");
    let mut count = std::collections::BTreeMap::new();
    let rows = events.query_map([name], |row| row.get::<_, String>(0)).expect("events");
    for text in rows {
        let event: serde_json::Value =
            serde_json::from_str(&text.expect("a text")).expect("an object");
        if event["event"] == "segment" {
            *count.entry(event["index"].as_u64().expect("an index")).or_default() += 1;
        }
    }
    count
}

/// The finished segments of a job, each with what would change if it were written again.
pub fn finished_segments(
    folder: &Folder,
    name: &str,
) -> std::collections::BTreeMap<String, (u64, i64)> {
    use std::os::unix::fs::MetadataExt;
    let listed = std::fs::read_dir(folder.join(&format!("jobs/{name}/segments")));
    let entries = listed.map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    let finished = entries.iter().filter_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        let meta = entry.metadata().ok()?;
        (!file.starts_with('.')).then_some((file, (meta.ino(), meta.mtime_nsec())))
    });
    finished.collect()
}

/// Starts genmedia with nothing to read and nothing to show.
pub fn start(folder: &Folder, args: &str) -> std::process::Child {
    use std::process::Stdio;
    let mut command = folder.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("genmedia starts")
}

/// Ctrl-C for a process.
pub fn interrupt(child: &std::process::Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
}

/// The exit code of a process that must end now, without finishing what it was at.
pub fn ended(child: &mut std::process::Child) -> Option<i32> {
    let mut status = None;
    wait_until("the end of a process", || {
        status = child.try_wait().expect("waits");
        status.is_some()
    });
    status.and_then(|status| status.code())
}

/// The peak of resident memory in MiB of a command that is run to its end, which must be a good one.
#[cfg(target_os = "linux")]
pub fn peak_mib(mut command: Command) -> u64 {
    use std::process::Stdio;
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("genmedia starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("waits").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib = line.and_then(|l| l.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(child.wait().expect("ends").success(), "{:?}", command.get_args());
    peak / 1024
}

/// A folder with a job that was killed with at least `count` segments finished and some not. What
/// was done before the kill came is begun anew in another folder.
pub fn killed_midway(args: &str, name: &str, count: usize) -> Folder {
    for _ in 0..50 {
        let folder = Folder::new();
        let mut child = start(&folder, args);
        wait_until("segments", || {
            finished_segments(&folder, name).len() >= count
                || child.try_wait().expect("waits").is_some()
        });
        let _ = child.kill();
        child.wait().expect("ends");
        if shown(&folder, name)["state"] == "interrupted" {
            return folder;
        }
    }
    panic!("{args}: it is always quicker than the test");
}

/// Waits until something is so, for at most three minutes: machines may be busy.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let since = std::time::Instant::now();
    while !so() {
        assert!(since.elapsed().as_secs() < 180, "waited three minutes for: {what}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// What `make test` has the time for, or what `make torture` has.
pub fn quick_or_long(quick: u32, long: u32) -> u32 {
    if std::env::var_os("GENMEDIA_TORTURE").is_some() { long } else { quick }
}

/// Numbers from a seed, so that a failure can be had again (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// VLC refuses to run as root.
pub fn as_ordinary_user(program: &str) -> Command {
    let uid = Command::new("id").arg("-u").output().expect("id runs").stdout;
    if uid != b"0\n" {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "nobody", "--", program]);
    command
}

/// What VLC logs while it plays `list`, which it must do to the end.
pub fn vlc(list: &Path, args: &[&str]) -> String {
    let home = Folder::new();
    allow_all(home.path());
    let output = as_ordinary_user("cvlc")
        .args(["--intf", "dummy", "--vout", "dummy", "--aout", "dummy", "-vv", "--play-and-exit"])
        .args(args)
        .arg(list)
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .output()
        .expect("VLC is needed");
    let log = stderr(&output);
    assert!(output.status.success(), "{log}");
    log
}

/// What mpv complains of while it plays `film` to its end, if it does.
pub fn mpv(film: &Path) -> Result<(), String> {
    let output = Command::new("mpv")
        .args(["--no-config", "--vo=null", "--ao=null", "--ao-null-untimed", "--untimed"])
        .arg("--msg-level=all=warn")
        .arg(film)
        .output()
        .expect("mpv is needed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
    // mpv is silent at this level unless something is wrong with the film, or with the machine's sound.
    let is_of_film = |line: &&str| ["[ffmpeg", "[lavf", "rror"].iter().any(|of| line.contains(of));
    match said.lines().find(is_of_film) {
        None if output.status.success() => Ok(()),
        line => Err(format!("{}: mpv says {}", film.display(), line.unwrap_or(&said))),
    }
}

/// Lets everybody read and write there.
pub fn allow_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).expect("permissions");
}
