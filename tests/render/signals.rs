//! Ctrl-C, and worse: what is finished is kept, nothing is left half-written, and the end is the
//! same to the byte.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::{self, Folder, ended, finished_segments, shown, start, wait_until};

const JOB: &str =
    "render noise --size 320x240 --frames 900 --segment-frames 5 --name n --threads 2";

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

fn segments(folder: &Folder) -> usize {
    finished_segments(folder, "n").len()
}

/// Starts genmedia through a program that sets its signals and becomes genmedia.
fn start_by(program: &[&str], folder: &Folder, args: &str) -> Child {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(env!("CARGO_BIN_EXE_genmedia")).args(args.split_whitespace());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.current_dir(folder.path()).spawn().expect("it starts")
}

fn undisturbed() -> Vec<u8> {
    let folder = Folder::new();
    fs::read(folder.render(JOB)).expect("the film")
}

#[test]
fn an_interrupted_job_stops_and_continues_to_the_same_bytes() {
    let bytes = undisturbed();
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = Folder::new();
        // These tests may themselves run under nohup(1).
        let mut child = start_by(&["env", "--default-signal=HUP"], &folder, JOB);
        wait_until("three segments", || segments(&folder) >= 3);
        send(signal, &child);
        assert_eq!(ended(&mut child), Some(code));
        let tree = folder.tree();
        assert!(
            !tree.iter().any(|f| f.contains("genmedia-part")),
            "nothing half-written: {tree:?}"
        );
        assert!(!folder.join("jobs/n/n.mp4").exists());
        assert_eq!(shown(&folder, "n")["state"], "interrupted");
        let kept = segments(&folder);
        assert!(kept >= 3);
        let output = folder.run(JOB);
        let told = common::stderr(&output);
        assert!(told.contains(&format!("continuing, {kept} of 180 segments are done")), "{told}");
        assert!(fs::read(folder.join("jobs/n/n.mp4")).expect("the film") == bytes, "{signal}");
    }
}

#[test]
fn nohup_has_a_job_go_on_when_its_terminal_goes() {
    let folder = Folder::new();
    let mut child = start_by(&["nohup"], &folder, JOB);
    wait_until("three segments", || segments(&folder) >= 3);
    send("-HUP", &child);
    assert!(child.wait().expect("it ends").success());
    assert!(fs::read(folder.join("jobs/n/n.mp4")).expect("the film") == undisturbed());
}

#[test]
fn a_slow_frame_does_not_hold_up_the_stop() {
    let folder = Folder::new();
    // A frame of minutes: an enormous surface, sampled 64 times a pixel.
    let slow = "render wave --samples 4096 --antialias 8 --size 8192x4096 --frames 2 --threads 1 \
                --codec ffv1 --name n";
    let mut child = start(&folder, slow);
    wait_until("the job", || folder.join("jobs/n/segments").exists());
    std::thread::sleep(Duration::from_millis(500));
    send("-INT", &child);
    assert_eq!(ended(&mut child), Some(130));
}

#[test]
fn a_second_ctrl_c_is_as_safe() {
    let folder = Folder::new();
    let slow = "render wave --samples 4096 --antialias 8 --size 8192x4096 --frames 2 --threads 1 \
                --codec ffv1 --name n";
    let mut child = start(&folder, slow);
    wait_until("the job", || folder.join("jobs/n/segments").exists());
    send("-INT", &child);
    // The first is being obeyed, which takes as long as the frame, or until it has waited enough.
    std::thread::sleep(Duration::from_millis(100));
    send("-INT", &child);
    assert_eq!(ended(&mut child), Some(130));
    assert_eq!(shown(&folder, "n")["state"], "interrupted");
}
