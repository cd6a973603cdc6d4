//! Several processes at once: on one job only one works, on many jobs all do.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{
    Folder, finished_segments, listed, renderings, shown, start, stderr, wait_until,
};

const JOB: &str =
    "render noise --size 320x240 --frames 1500 --segment-frames 5 --name n --threads 2";

#[test]
fn a_second_process_on_a_job_is_told_who_holds_it_and_changes_nothing() {
    let folder = Folder::new();
    let mut first = start(&folder, JOB);
    wait_until("a segment", || !finished_segments(&folder, "n").is_empty());
    for command in [JOB, "resume n", "remove --yes n", "verify n"] {
        let second = folder.run(command);
        let told = stderr(&second);
        assert_eq!(second.status.code(), Some(1), "{command}: {told}");
        assert!(told.contains("job n is being rendered by another genmedia"), "{told}");
        assert!(told.contains(&format!("pid {} on ", first.id())), "{told}");
        assert!(told.contains(", since 2"), "{told}");
    }
    assert_eq!(shown(&folder, "n")["state"], "running");
    assert!(first.wait().expect("ends").success());
    assert_eq!(shown(&folder, "n")["state"], "done");
    assert!(renderings(&folder, "n").values().all(|n| *n == 1));
}

#[test]
fn of_ten_processes_on_one_job_one_works_at_a_time() {
    let folder = Folder::new();
    let args = "render noise --size 160x120 --frames 60 --segment-frames 5 --name n --threads 1 \
                --keep-segments";
    let children: Vec<_> = (0..10).map(|_| start(&folder, args)).collect();
    let ended: Vec<_> = children.into_iter().map(|mut c| c.wait().expect("ends").code()).collect();
    assert!(ended.contains(&Some(0)), "{ended:?}");
    assert!(ended.iter().all(|code| [Some(0), Some(1)].contains(code)), "{ended:?}");
    let counts = renderings(&folder, "n");
    assert_eq!(counts.len(), 12);
    assert!(counts.values().all(|n| *n == 1), "{counts:?}");
    assert!(folder.run("verify n").status.success());
}

#[test]
fn ten_processes_on_ten_jobs_share_a_folder() {
    let folder = Folder::new();
    let job = |i: u32| {
        format!(
            "render noise --size 64x64 --frames 60 --segment-frames 2 --seed {i} --name n{i} --threads 1"
        )
    };
    let children: Vec<_> = (0..10)
        .map(|i| {
            let mut command = folder.command(&job(i));
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("genmedia starts")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("ends");
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let jobs = listed(&folder);
    assert_eq!(jobs.len(), 10);
    for i in 0..10 {
        let name = format!("n{i}");
        assert!(jobs.iter().any(|j| j["name"] == *name && j["state"] == "done"), "{name}");
        assert_eq!(renderings(&folder, &name).len(), 30);
        let alone = fs::read(Folder::new().render(&job(i))).expect("the film");
        let film = folder.join(&format!("jobs/{name}/{name}.mp4"));
        assert!(fs::read(film).expect("the film") == alone, "{name}");
    }
}

#[test]
fn a_running_job_is_cancelled_from_elsewhere() {
    let folder = Folder::new();
    let mut command = folder.command(JOB);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    wait_until("segments", || finished_segments(&folder, "n").len() >= 3);
    let cancel = folder.run("cancel n");
    assert!(cancel.status.success(), "{}", stderr(&cancel));
    assert!(stderr(&cancel).contains("n: stopped and cancelled"), "{}", stderr(&cancel));
    let cancelled = child.wait_with_output().expect("ends");
    assert_eq!(cancelled.status.code(), Some(1));
    let told = stderr(&cancelled);
    let last = told.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last, "genmedia: error: job n was cancelled; genmedia resume n continues it");
    assert_eq!(shown(&folder, "n")["state"], "cancelled");

    let resumed = folder.run("resume --all");
    assert!(stderr(&resumed).contains("nothing to continue"), "by name only");
    let finished = finished_segments(&folder, "n");
    let resumed = folder.run("resume n");
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    assert_eq!(resumed.stdout, b"jobs/n/n.mp4\n");
    assert!(!finished.is_empty());
    assert!(renderings(&folder, "n").values().all(|n| *n == 1));
}

#[test]
fn closing_the_terminal_loses_nothing() {
    let folder = Folder::new();
    // So long that it is not done before a busy machine gets to the kill.
    let job = JOB.replace("1500", "5000");
    // script(1) gives it a terminal; the terminal goes with it.
    // These tests may themselves run under nohup(1).
    let mut terminal = Command::new("env")
        .args(["--default-signal=HUP", "script"])
        .args(["-qec", &format!("{} {job}", env!("CARGO_BIN_EXE_genmedia")), "/dev/null"])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("script runs");
    wait_until("segments", || finished_segments(&folder, "n").len() >= 3);
    terminal.kill().expect("killed");
    terminal.wait().expect("ends");
    wait_until("genmedia to notice", || shown(&folder, "n")["state"] != "running");
    assert_eq!(shown(&folder, "n")["state"], "interrupted");
    let finished = finished_segments(&folder, "n");
    assert!(finished.len() >= 3);
    folder.render(&job);
    assert!(renderings(&folder, "n").values().all(|n| *n == 1));
}
