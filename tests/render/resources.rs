//! What a job takes: memory that does not grow with its length, and a disk that may be full.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Folder, is_exact, peak_mib, quick_or_long, stderr};

#[test]
fn memory_at_1080p_stays_within_its_bounds() {
    let all = ["noise", "polygon --count 20", "wave --samples 100", "wave --view density"]
        .into_iter()
        .flat_map(|generator| [(generator, 2), (generator, 1), (generator, 4)]);
    for (generator, threads) in all.step_by(quick_or_long(3, 1) as usize) {
        let folder = Folder::new();
        let args = format!("render {generator} --size 1920x1080 --frames 64 --threads {threads}");
        let peak = peak_mib(folder.command(&args));
        assert!(peak < 150 + 60 * threads, "{generator}, {threads} threads: {peak} MiB");
    }
}

#[test]
fn memory_is_flat_in_the_number_of_frames() {
    let peak = |frames: u32| {
        let folder = Folder::new();
        let args = format!("render noise --size 640x480 --threads 2 --frames {frames}");
        peak_mib(folder.command(&args))
    };
    let (short, long) = (peak(90), peak(900));
    assert!(long < short + 12, "{short} MiB for 90 frames, {long} MiB for 900");
}

/// A file system of that many MiB, gone when dropped.
struct SmallDisk<'a>(&'a Path);

fn as_root(args: &[&str]) {
    let uid = Command::new("id").arg("-u").output().expect("id runs").stdout;
    let mut command = Command::new(if uid == b"0\n" { args[0] } else { "sudo" });
    command.args(if uid == b"0\n" { &args[1..] } else { args });
    let output = command.output().unwrap_or_else(|e| panic!("{args:?}: {e}"));
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
}

impl<'a> SmallDisk<'a> {
    fn mount(path: &'a Path, mib: u32) -> Self {
        fs::create_dir(path).expect("made");
        let size = format!("size={mib}m,mode=777");
        as_root(&["mount", "-t", "tmpfs", "-o", &size, "tmpfs", path.to_str().expect("UTF-8")]);
        Self(path)
    }

    fn resize(&self, mib: u32) {
        self.remount(&format!("size={mib}m"));
    }

    fn remount(&self, option: &str) {
        let option = format!("remount,{option}");
        as_root(&["mount", "-o", &option, self.0.to_str().expect("UTF-8")]);
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        as_root(&["umount", self.0.to_str().expect("UTF-8")]);
    }
}

#[test]
fn a_full_disk_is_one_clear_line_and_costs_nothing() {
    let folder = Folder::new();
    let path = folder.join("disk");
    let disk = SmallDisk::mount(&path, 8);
    let args =
        "render noise --size 320x240 --frames 120 --segment-frames 10 --dir disk/jobs --name n";
    let output = folder.run(args);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    let last = told.trim_end().lines().last().unwrap_or_default();
    assert!(last.contains("no space left on the disk"), "{told}");
    assert!(last.contains("the same command again"), "{told}");
    assert!(!told.contains("panicked"), "{told}");
    let tree = folder.tree();
    assert!(!tree.iter().any(|f| f.contains("genmedia-part")), "no room is wasted: {tree:?}");
    let listed = folder.run("jobs --dir disk/jobs --json");
    let jobs: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("an array");
    assert_eq!(jobs[0]["state"], "interrupted", "{jobs}");
    let done = jobs[0]["segments_done"].as_u64().expect("a number");
    assert!(done > 0, "{jobs}");
    // The last one may have filled the disk and left no room to record it.
    let whole = tree.iter().filter(|f| f.ends_with(".segment")).count() as u64;
    assert!(whole == done || whole == done + 1, "{whole} segments, {jobs}");

    disk.resize(100);
    let resumed = folder.run("resume --dir disk/jobs");
    let told = stderr(&resumed);
    assert!(told.contains(&format!("continuing, {whole} of 12 segments are done")), "{told}");
    let film = folder.join("disk/jobs/n/n.mp4");
    is_exact(&film, 120, "30/1");
    let elsewhere = folder.render(&args.replace("disk/jobs", "jobs"));
    assert!(fs::read(film).expect("the film") == fs::read(elsewhere).expect("the film"));
}

#[test]
fn a_folder_that_cannot_be_written_is_said_before_any_work() {
    let folder = Folder::new();
    fs::write(folder.join("file"), "").expect("written");
    for dir in ["/proc/genmedia", "file/jobs"] {
        let output = folder.run(&format!("render noise --frames 2 --size 64x64 --dir {dir}"));
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        assert!(told.contains(dir), "{told}");
    }
}

#[test]
fn a_read_only_disk_is_one_clear_line_and_costs_nothing() {
    let folder = Folder::new();
    let path = folder.join("disk");
    let disk = SmallDisk::mount(&path, 100);
    let args = "render noise --size 64x64 --frames 20 --segment-frames 5 --dir disk/jobs --name n";
    let film = folder.render(args);
    let bytes = fs::read(&film).expect("the film");
    for command in [args, &args.replace("name n", "name m"), "remove --yes n --dir disk/jobs"] {
        disk.remount("ro");
        let output = folder.run(command);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{command}: {told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{command}: {told}");
        assert!(told.contains("read-only"), "{command}: {told}");
        disk.remount("rw");
        assert!(fs::read(&film).expect("the film") == bytes);
    }
    assert_eq!(folder.run(args).status.code(), Some(0));
}

#[test]
fn a_read_only_disk_can_be_looked_at() {
    let folder = Folder::new();
    let path = folder.join("disk");
    let disk = SmallDisk::mount(&path, 100);
    let args = "render noise --size 64x64 --frames 20 --segment-frames 5 --dir disk/jobs --name n";
    folder.render(args);
    disk.remount("ro");
    let listed = folder.run("jobs --dir disk/jobs --json");
    assert!(listed.status.success(), "{}", stderr(&listed));
    let jobs: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("an array");
    assert_eq!((&jobs[0]["state"], &jobs[0]["frames_done"]), (&"done".into(), &20.into()));
    let shown = folder.run("show n --dir disk/jobs");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("20 of 20, 100 %"));
    folder.render("playlist n --dir disk/jobs --length 0.1 -o list.m3u");
    folder.render("frame n --dir disk/jobs --index 19 -o last.png");
}

#[test]
fn what_does_not_fit_into_the_address_space_is_said_before_any_work() {
    let folder = Folder::new();
    let text = "name = 'e'\nsize = '1920x1080'\nframes = 300\ncolor = { color = 'red' }\n\
                effect = ['echo=100', 'echo=100']\n";
    fs::write(folder.join("e.toml"), text).expect("written");
    // Its pictures are as large as what they grow to.
    let text = "name = 'g'\nsize = '1920x1080'\n[[layer]]\nsize = '400x400'\n\
                effect = ['echo=100,scale=1.2']\ncolor = { color = 'red' }\n";
    fs::write(folder.join("g.toml"), text).expect("written");
    for args in [
        "run e.toml --threads 2",
        "frame e.toml --index 250 -o e.png",
        "frame g.toml --index 250 -o g.png",
    ] {
        let limited = format!("ulimit -v 2000000; exec {} {args}", env!("CARGO_BIN_EXE_genmedia"));
        let mut command = Command::new("sh");
        let output = command.args(["-c", &limited]).current_dir(folder.path()).output();
        let output = output.expect("sh runs");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args}: {told}");
        assert!(told.contains("MiB are free"), "{args}: {told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{args}: {told}");
    }
    assert_eq!(folder.tree(), ["e.toml", "g.toml"]);
}

#[test]
fn too_little_address_space_ends_and_costs_nothing() {
    let args = "render noise --size 320x240 --frames 60 --threads 2 --name n";
    let alone = Folder::new();
    let film = fs::read(alone.render(args)).expect("the film");
    let folder = Folder::new();
    // From too little for the libraries to what is enough.
    for mib in (240..=440).step_by(20) {
        let limited = format!(
            "ulimit -v {}; exec timeout -s KILL 60 {} {args}",
            mib * 1024,
            env!("CARGO_BIN_EXE_genmedia")
        );
        let mut command = Command::new("sh");
        let output = command.args(["-c", &limited]).current_dir(folder.path()).output();
        let output = output.expect("sh runs");
        let told = stderr(&output);
        assert_ne!(output.status.code(), Some(137), "{mib} MiB: it hangs: {told}");
    }
    assert!(fs::read(folder.render(args)).expect("the film") == film);
}
