//! What a disk, a user or another program can do to a job: each is one clear message, and the end
//! is the same to the byte.
#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use common::{Folder, finished_segments, killed_midway, renderings, shown, stderr, wait_until};

const JOB: &str = "render noise --size 160x120 --frames 60 --segment-frames 6 --name n --threads 1";

fn undisturbed() -> Vec<u8> {
    fs::read(Folder::new().render(JOB)).expect("the film")
}

/// A job that was killed after so many segments, of ten.
fn killed_after(count: usize) -> Folder {
    killed_midway(JOB, "n", count)
}

fn segment(folder: &Folder, index: u32) -> PathBuf {
    folder.join(&format!("jobs/n/segments/{index:06}.segment"))
}

fn flip_a_bit(path: &PathBuf) {
    let mut bytes = fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(path, bytes).expect("written");
}

/// Continues to the end, and returns what was said.
fn continued(folder: &Folder, bytes: &[u8]) -> String {
    let output = folder.run(JOB);
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    let film = fs::read(folder.join("jobs/n/n.mp4")).expect("the film");
    assert!(film == bytes, "{told}");
    assert_eq!(shown(folder, "n")["state"], "done");
    told
}

#[test]
fn a_flipped_bit_and_a_truncated_segment_are_found_and_rendered_again() {
    let bytes = undisturbed();
    // One is finished after the other, so of five at least four are recorded.
    let folder = killed_after(5);
    flip_a_bit(&segment(&folder, 0));
    // The seal of another version: it begins 72 bytes before the end, its mark 8 bytes later.
    let mut sealed = fs::read(segment(&folder, 1)).expect("a segment");
    let mark = sealed.len() - 64;
    sealed[mark] ^= 1;
    fs::write(segment(&folder, 1), sealed).expect("written");
    let whole = fs::read(segment(&folder, 2)).expect("a segment");
    fs::write(segment(&folder, 2), &whole[..whole.len() - 1]).expect("written");
    fs::remove_file(segment(&folder, 3)).expect("removed");
    let told = continued(&folder, &bytes);
    assert!(
        told.contains("000000.segment is damaged and is rendered again (its checksum"),
        "{told}"
    );
    assert!(told.contains("000001.segment is damaged"), "{told}");
    // By its size, before anything is read.
    let sizes = format!("({} bytes where {} belong)", whole.len() - 1, whole.len());
    let said = format!("000002.segment is damaged and is rendered again {sizes}");
    assert!(told.contains(&said), "{told}");
    assert!(told.contains("1 recorded segment is not on disk any more"), "{told}");
    let counts = renderings(&folder, "n");
    assert_eq!(
        counts.iter().filter(|(_, n)| **n > 1).map(|(i, _)| *i).collect::<Vec<_>>(),
        [0, 1, 2, 3]
    );
}

#[test]
fn a_segment_of_another_job_or_place_is_not_mistaken_for_the_right_one() {
    let bytes = undisturbed();
    let folder = killed_after(3);
    let other = Folder::new();
    other.render(&format!("{JOB} --seed 2 --keep-segments"));
    fs::copy(segment(&other, 1), segment(&folder, 1)).expect("copied");
    fs::copy(segment(&folder, 0), segment(&folder, 2)).expect("copied");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
    }
    let told = continued(&folder, &bytes);
    for index in [1, 2] {
        let said = format!("{index:06}.segment is damaged and is rendered again (it is another");
        assert!(told.contains(&said), "{told}");
    }
}

#[test]
fn without_its_database_a_job_loses_nothing_but_history() {
    let bytes = undisturbed();
    let folder = killed_after(4);
    let before = finished_segments(&folder, "n");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
    }
    let done = shown(&folder, "n")["segments_done"].as_u64().expect("a number");
    assert_eq!(done, before.len() as u64, "the folder is found by looking");
    let told = continued(&folder, &bytes);
    assert!(told.contains(&format!("continuing, {done} of 10 segments")), "{told}");
    assert_eq!(renderings(&folder, "n").len() as u64, 10 - done);
}

#[test]
fn a_database_of_rubbish_is_put_aside_and_made_anew() {
    let bytes = undisturbed();
    for command in ["jobs", "rescan", JOB] {
        let folder = killed_after(3);
        let database = folder.join("jobs/genmedia.db");
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
        }
        fs::write(&database, "rubbish ".repeat(4096)).expect("written");
        let output = folder.run(command);
        let told = stderr(&output);
        assert!(output.status.success(), "{command}: {told}");
        assert!(told.contains("genmedia.db was damaged; it is kept as"), "{command}: {told}");
        assert!(folder.join("jobs/genmedia.db.damaged").exists());
        let told = continued(&folder, &bytes);
        assert!(!told.contains("genmedia.db was damaged"), "said once: {told}");
    }
}

#[test]
fn a_database_that_is_damaged_inside_is_mended_by_rescan() {
    let folder = killed_after(3);
    // Whole on its first page, which is all that opening looks at.
    assert!(folder.run("jobs").status.success());
    let mut bytes = fs::read(folder.join("jobs/genmedia.db")).expect("a database");
    let page = 4096;
    assert!(bytes.len() > 2 * page, "everything is in the file itself: {}", bytes.len());
    bytes[page..].fill(0xa5);
    fs::write(folder.join("jobs/genmedia.db"), bytes).expect("written");
    let output = folder.run("rescan");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("was damaged; it is kept as"), "{told}");
    continued(&folder, &undisturbed());
}

#[test]
fn a_locked_database_is_waited_for_and_then_told_of() {
    let folder = killed_after(3);
    let hold = || {
        let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("opens");
        db.execute_batch("BEGIN IMMEDIATE").expect("locked");
        db
    };
    let db = hold();
    let output = folder.run(JOB);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    assert!(told.contains("another process has had the database locked for 10 s"), "{told}");
    drop(db);
    // Somebody who is done with it in time costs nothing but that time.
    let db = hold();
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| folder.run(JOB));
        std::thread::sleep(Duration::from_secs(1));
        drop(db);
        waiting.join().expect("runs")
    });
    assert!(waiting.status.success(), "{}", stderr(&waiting));
    continued(&folder, &undisturbed());
}

#[test]
fn databases_of_others_and_of_the_future_are_left_alone() {
    for (sql, said) in [
        ("CREATE TABLE birds (name)", "this database is not genmedia's"),
        ("PRAGMA application_id = 1735290212; PRAGMA user_version = 99", "a newer genmedia"),
    ] {
        let folder = Folder::new();
        fs::create_dir(folder.join("jobs")).expect("made");
        let path = folder.join("jobs/genmedia.db");
        rusqlite::Connection::open(&path).expect("opens").execute_batch(sql).expect("runs");
        let before = fs::read(&path).expect("a database");
        let output = folder.run(JOB);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(said), "{told}");
        assert!(fs::read(&path).expect("a database") == before, "unchanged");
    }
}

#[test]
fn a_folder_that_is_deleted_under_the_process_is_one_line() {
    let folder = Folder::new();
    let large = "render noise --size 640x480 --frames 900 --name n --threads 1 --progress none";
    let child = folder
        .command(large)
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("genmedia starts");
    wait_until("a segment", || !finished_segments(&folder, "n").is_empty());
    wait_until("the folder to go", || fs::remove_dir_all(folder.join("jobs/n")).is_ok());
    let output = child.wait_with_output().expect("ends");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    assert!(told.contains("jobs/n/") && told.contains("no such file or folder"), "{told}");
    continued(&folder, &undisturbed());
}

#[test]
fn a_limit_on_the_size_of_files_is_told_and_can_be_raised() {
    let folder = Folder::new();
    let limited = Command::new("bash")
        .args(["-c", "ulimit -f 200; exec \"$@\"", "bash", env!("CARGO_BIN_EXE_genmedia")])
        .args(JOB.split_whitespace())
        .current_dir(folder.path())
        .output()
        .expect("bash runs");
    let told = stderr(&limited);
    assert_eq!(limited.status.code(), Some(1), "{told}");
    assert!(told.trim_end().lines().last().is_some_and(|l| l.contains("ulimit -f")), "{told}");
    assert_eq!(shown(&folder, "n")["state"], "interrupted");
    continued(&folder, &undisturbed());
}

#[test]
fn a_clock_that_was_set_back_changes_nothing() {
    let folder = Folder::new();
    let slow = format!("{JOB} --progress none");
    let mut child = Command::new("faketime")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .args(["-f", "+400d", env!("CARGO_BIN_EXE_genmedia")])
        .args(slow.split_whitespace())
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("faketime runs");
    wait_until("segments", || finished_segments(&folder, "n").len() >= 3);
    // faketime has become the program, so this is its death.
    child.kill().expect("killed");
    child.wait().expect("ends");
    let before = shown(&folder, "n");
    assert!(before["created"].as_str() > Some("2027-12"), "{}", before["created"]);
    continued(&folder, &undisturbed());
    let after = shown(&folder, "n");
    assert!(after["updated"].as_str() >= before["updated"].as_str(), "time does not run backwards");
    let table = String::from_utf8(folder.run("jobs").stdout).expect("UTF-8");
    assert!(table.lines().last().is_some_and(|l| l.ends_with(" 0 s")), "{table}");
}

#[test]
fn other_libraries_or_another_version_do_not_mix_into_an_old_job() {
    let folder = killed_after(3);
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("opens");
    let build: i64 =
        db.query_row("SELECT build FROM jobs", [], |row| row.get(0)).expect("a number");
    db.execute("UPDATE jobs SET build = build - 1", []).expect("updated");
    let before = finished_segments(&folder, "n");
    let output = folder.run(JOB);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("another version of FFmpeg's libraries"), "{told}");
    assert!(told.contains("--name, or --force"), "{told}");
    assert_eq!(finished_segments(&folder, "n"), before, "nothing is touched");
    db.execute("UPDATE jobs SET build = ?", [build]).expect("updated");
    drop(db);

    let path = folder.join("jobs/n/recipe.toml");
    let recipe = fs::read_to_string(&path).expect("a recipe");
    fs::write(&path, recipe.replace("version = 1", "version = 0")).expect("written");
    let output = folder.run(JOB);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("recipes are of version 0"), "{told}");
    assert!(folder.run("jobs").status.success(), "it is listed all the same");
    assert!(folder.run("show n").status.success());
    fs::write(&path, recipe).expect("written");
    continued(&folder, &undisturbed());
}

#[test]
fn verify_reads_everything_and_what_it_finds_is_rendered_again() {
    let folder = Folder::new();
    let args = format!("{JOB} --images png --keep-segments");
    let film = folder.render(&args);
    let bytes = fs::read(&film).expect("the film");
    let output = folder.run("verify n");
    assert!(output.status.success(), "{}", stderr(&output));
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(said, "n: 10 segments, 60 images, the film of 60 frames: whole\n");

    flip_a_bit(&film);
    flip_a_bit(&segment(&folder, 4));
    flip_a_bit(&folder.join("jobs/n/frames/000013.png"));
    let output = folder.run("verify n");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for file in ["n.mp4", "000004.segment", "000013.png"] {
        assert!(told.contains(&format!("{file} is damaged")), "{file}: {told}");
    }
    assert!(told.contains("genmedia resume n"), "{told}");
    assert_eq!(shown(&folder, "n")["state"], "interrupted");
    assert!(folder.run("resume n --keep-segments").status.success());
    assert!(fs::read(&film).expect("the film") == bytes);
    assert!(folder.run("verify n").status.success());
}

#[test]
fn images_that_are_gone_are_drawn_again_and_no_others() {
    let folder = Folder::new();
    let args =
        "render noise --size 64x64 --frames 20 --segment-frames 5 --name n --images png --no-video";
    folder.render(args);
    let image = |i: u32| folder.join(&format!("jobs/n/frames/{i:06}.png"));
    let lost = fs::read(image(7)).expect("an image");
    let time = |i: u32| fs::metadata(image(i)).and_then(|m| m.modified()).expect("a time");
    let other = time(12);
    fs::remove_file(image(7)).expect("removed");
    let mut half = fs::File::create(image(16)).expect("created");
    half.write_all(&lost[..100]).expect("written");
    folder.render(args);
    assert!(fs::read(image(7)).expect("an image") == lost);
    assert!(fs::read(image(16)).expect("an image").len() > 100);
    assert_eq!(time(12), other);
    assert!(folder.run("verify n").status.success());
}
