//! Somebody who can write in the folder of jobs exchanges what is asked for, while it is asked for.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::common::{self, Folder, stderr};
use crate::server::{Server, jobs};

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
}

#[test]
fn a_file_that_is_exchanged_for_a_link_leaks_nothing() {
    let folder = Folder::new();
    jobs(&folder);
    fs::write(folder.join("secret"), "SECRET".repeat(1000)).expect("written");
    fs::create_dir(folder.join("outside")).expect("made");
    fs::write(folder.join("outside/file"), "SECRET").expect("written");
    let dir = folder.join("jobs/dots");
    fs::create_dir(dir.join("sub")).expect("made");
    for file in ["file", "sub/file"] {
        fs::write(dir.join(file), "public").expect("written");
    }
    let server = Server::start(&folder, "");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let exchange = |name: &str, make: &dyn Fn(&Path)| {
                let (temp, place) = (dir.join(".new"), dir.join(name));
                make(&temp);
                // A folder with something in it is not replaced.
                if place.is_dir() && !place.is_symlink() {
                    let _ = fs::rename(&place, dir.join(".old"));
                }
                let _ = fs::rename(&temp, &place);
                let _ = fs::remove_dir_all(dir.join(".old"));
            };
            while !done.load(Ordering::Relaxed) {
                exchange("file", &|path| symlink(folder.join("secret"), path).expect("linked"));
                exchange("file", &|path| fs::write(path, "public").expect("written"));
                exchange("sub", &|path| symlink(folder.join("outside"), path).expect("linked"));
                let _ = fs::remove_file(dir.join("sub"));
                exchange("sub", &|path| {
                    fs::create_dir(path).expect("made");
                    fs::write(path.join("file"), "public").expect("written");
                });
            }
        });
        let mut answers = std::collections::BTreeMap::new();
        for n in 0..600 {
            let path =
                ["/jobs/dots/file", "/jobs/dots/sub/file", "/jobs/dots/file?download"][n % 3];
            let (status, _, content) = server.get(path, &[]);
            *answers.entry(status).or_insert(0) += 1;
            assert!(!String::from_utf8_lossy(&content).contains("SECRET"), "{path}");
        }
        done.store(true, Ordering::Relaxed);
        assert!(answers.contains_key(&200) && answers.len() > 1, "both were seen: {answers:?}");
    });
}

#[test]
fn pipes_in_the_place_of_files_keep_nobody_waiting() {
    let folder = Folder::new();
    jobs(&folder);
    let dir = folder.join("jobs/dots");
    let server = Server::start(&folder, "");
    for name in
        ["dots/recipe.toml", "dots/output.toml", "dots/.lock", "dots/dots.mp4", "new/recipe.toml"]
    {
        let place = folder.join("jobs").join(name);
        let _ = fs::create_dir(place.parent().expect("a folder"));
        let _ = fs::remove_file(&place);
        pipe(&place);
    }
    pipe(&dir.join("pipe"));
    for path in [
        "/health",
        "/",
        "/jobs/",
        "/jobs/dots/",
        "/jobs/dots/recipe.toml",
        "/jobs/dots/pipe",
        "/jobs/dots/dots.mp4",
        "/jobs/dots/live.m3u8",
        "/jobs/dots/live/0.m4s",
        "/jobs/dots/frames/",
        "/jobs/new/",
        "/api/jobs",
        "/metrics",
    ] {
        let (status, ..) = server.get(path, &["--max-time", "10"]);
        assert!(matches!(status, 200 | 404), "{path}: {status}");
    }
    assert!(folder.run("jobs").status.success());
    assert_eq!(server.get("/health", &[]).0, 200);
}

#[test]
fn a_crafted_record_of_a_film_elsewhere_is_not_followed() {
    let folder = Folder::new();
    let elsewhere = Folder::new();
    let private = elsewhere.render("render noise --size 64x48 --frames 60 --seed 9 --name private");
    folder.render("render noise --size 64x48 --frames 60 --name dots");
    fs::remove_file(folder.join("jobs/dots/dots.mp4")).expect("removed");
    let record = fs::read_to_string(folder.join("jobs/dots/output.toml")).expect("a record");
    let line = |key: &str| record.lines().find(|l| l.starts_with(key)).expect("a line").to_string();
    let bytes = fs::metadata(&private).expect("a film").len();
    let crafted = record
        .replace(&line("path"), &format!("path = {:?}", private.display().to_string()))
        .replace(&line("bytes"), &format!("bytes = {bytes}"));
    fs::write(folder.join("jobs/dots/output.toml"), crafted).expect("written");
    // Whether the database is there, lost, or rebuilt from the folders.
    for step in ["", "lost", "rescan"] {
        if step == "lost" {
            for suffix in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
            }
        } else if step == "rescan" {
            let output = folder.run("rescan");
            assert!(output.status.success(), "{}", stderr(&output));
        }
        let server = Server::start(&folder, "");
        for piece in ["live/0.m4s", "live/head.mp4", "dots.mp4"] {
            assert_eq!(server.get(&format!("/jobs/dots/{piece}"), &[]).0, 404, "{step}: {piece}");
        }
    }
    // A link in the place of a segment is none.
    let folder = common::killed_midway(
        "render noise --size 320x240 --frames 1500 --segment-frames 5 --threads 1 --name n",
        "n",
        3,
    );
    let segment = folder.join("jobs/n/segments/000000.segment");
    fs::remove_file(&segment).expect("removed");
    symlink(&private, &segment).expect("linked");
    let server = Server::start(&folder, "");
    assert_eq!(server.get("/jobs/n/live/1.m4s", &[]).0, 200);
    assert_eq!(server.get("/jobs/n/live/0.m4s", &[]).0, 404);
    // A film elsewhere that genmedia wrote itself is streamed.
    let folder = Folder::new();
    let film = folder.render("render noise --size 64x48 --frames 60 --name dots -o there.mp4");
    let server = Server::start(&folder, "");
    assert_eq!(server.get("/jobs/dots/live/1.m4s", &[]).0, 200);
    let page = server.text("/jobs/dots/");
    assert!(page.contains("data-live-list") && page.contains("as there.mp4"), "{page}");
    assert!(!page.contains(&*folder.path().to_string_lossy()), "where it is, is nobody's business");
    // What takes its place is not, even of the same size.
    let mut bytes = fs::read(&private).expect("a film");
    bytes.resize(fs::metadata(&film).expect("a film").len() as usize, 0);
    fs::remove_file(&film).expect("removed");
    fs::write(&film, bytes).expect("written");
    let get = |index: u32| server.get(&format!("/jobs/dots/live/{index}.m4s"), &[]).0;
    assert_eq!(get(0), 404);
    fs::remove_file(&film).expect("removed");
    symlink(&private, &film).expect("linked");
    assert_eq!(get(0), 404);
}

#[test]
fn looking_at_the_page_changes_nothing() {
    let folder = common::killed_midway(
        "render noise --size 320x240 --frames 1500 --segment-frames 5 --threads 1 --name n",
        "n",
        3,
    );
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
    }
    fs::write(folder.join("jobs/genmedia.db"), "rubbish ".repeat(4096)).expect("written");
    let part = folder.join("jobs/n/segments/.000200.segment.0123456789abcdef.genmedia-part");
    fs::write(&part, "half").expect("written");
    let before = folder.tree();
    let server = Server::start(&folder, "");
    for path in ["/", "/jobs/n/", "/api/jobs", "/jobs/n/segments/", "/health", "/metrics"] {
        let (status, _, content) = server.get(path, &[]);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&content));
    }
    assert_eq!(server.json("/api/jobs/n")["state"], "interrupted", "by what the folder tells");
    assert_eq!(folder.tree(), before);
}
