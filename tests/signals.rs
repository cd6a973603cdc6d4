//! Ctrl-C, and worse: what is finished is kept, nothing is left half-written, and the end is the
//! same to the byte.
#![cfg(unix)]

mod common;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::Folder;

const JOB: &str =
    "render noise --size 320x240 --frames 900 --segment-frames 5 --name n --threads 2";

fn start(folder: &Folder, args: &str) -> Child {
    folder
        .command(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("genmedia starts")
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// Waits until so many segments are there.
fn wait_for_segments(folder: &Folder, count: usize) {
    let since = Instant::now();
    while segments(folder) < count {
        assert!(since.elapsed() < Duration::from_secs(60), "no {count} segments in a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn segments(folder: &Folder) -> usize {
    let listed = fs::read_dir(folder.join("jobs/n/segments"));
    listed.map_or(0, |entries| {
        entries.flatten().filter(|e| e.file_name().to_string_lossy().ends_with(".segment")).count()
    })
}

fn undisturbed() -> Vec<u8> {
    let folder = Folder::new();
    fs::read(folder.render(JOB)).expect("the film")
}

#[test]
fn an_interrupted_job_stops_within_a_second_and_continues_to_the_same_bytes() {
    let bytes = undisturbed();
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        let folder = Folder::new();
        let mut child = start(&folder, JOB);
        wait_for_segments(&folder, 3);
        let since = Instant::now();
        send(signal, &child);
        assert_eq!(child.wait().expect("ends").code(), Some(code));
        assert!(since.elapsed() < Duration::from_secs(1), "{:?}", since.elapsed());
        let tree = folder.tree();
        assert!(
            !tree.iter().any(|f| f.contains("genmedia-part")),
            "nothing half-written: {tree:?}"
        );
        assert!(!folder.join("jobs/n/n.mp4").exists());
        let kept = segments(&folder);
        assert!(kept >= 3);
        let output = folder.run(JOB);
        let told = common::stderr(&output);
        assert!(told.contains(&format!("continuing, {kept} of 180 segments are done")), "{told}");
        assert!(fs::read(folder.join("jobs/n/n.mp4")).expect("the film") == bytes, "{signal}");
    }
}

#[test]
fn a_slow_frame_does_not_hold_up_the_stop() {
    let folder = Folder::new();
    // A frame of minutes: an enormous surface, sampled 64 times a pixel.
    let slow = "render wave --samples 4096 --antialias 8 --size 8192x4096 --frames 2 --threads 1 \
                --codec ffv1 --name n";
    let mut child = start(&folder, slow);
    std::thread::sleep(Duration::from_millis(500));
    let since = Instant::now();
    send("-INT", &child);
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert!(since.elapsed() < Duration::from_millis(1500), "{:?}", since.elapsed());
}

#[test]
fn kills_at_random_moments_cost_nothing_but_time() {
    let bytes = undisturbed();
    let folder = Folder::new();
    // Moments from a fixed sequence, so that a failure can be had again.
    let mut random = 12_345u64;
    let mut kills = 0;
    while kills < 12 && !folder.join("jobs/n/n.mp4").exists() {
        let mut child = start(&folder, JOB);
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_millis(20 + (random >> 33) % 150));
        let _ = child.kill();
        child.wait().expect("ends");
        kills += 1;
    }
    assert!(kills >= 3, "the job is too short to be killed");
    assert!(fs::read(folder.render(JOB)).expect("the film") == bytes);
    let tree = folder.tree();
    assert!(!tree.iter().any(|f| f.contains("genmedia-part")), "{tree:?}");
}

#[test]
fn two_processes_do_not_share_a_job() {
    let folder = Folder::new();
    let mut first = start(&folder, JOB);
    wait_for_segments(&folder, 1);
    let second = folder.run(JOB);
    assert_eq!(second.status.code(), Some(1));
    let told = common::stderr(&second);
    assert!(told.contains("job n is being rendered by another genmedia"), "{told}");
    assert!(told.contains(&format!("pid {}", first.id())), "{told}");
    assert!(first.wait().expect("ends").success());
}
