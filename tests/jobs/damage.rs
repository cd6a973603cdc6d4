//! What a disk, a user or another program can do to a job: each is one clear message, and the end
//! is the same to the byte.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::{
    Folder, ended, finished_segments, interrupt, killed_midway, listed, renderings, shown, stderr,
    wait_until,
};

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
fn a_database_of_rubbish_is_put_aside_and_rebuilt() {
    let bytes = undisturbed();
    for command in ["resume --all", "rescan", JOB] {
        let folder = killed_after(3);
        let database = folder.join("jobs/genmedia.db");
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
        }
        fs::write(&database, "rubbish ".repeat(4096)).expect("written");
        // Looking mends nothing, and shows what the folders tell.
        let looked = folder.run("jobs");
        assert!(looked.status.success() && stderr(&looked).contains("genmedia rescan rebuilds it"));
        assert!(
            String::from_utf8_lossy(&looked.stdout).contains("n     interrupted"),
            "{looked:?}"
        );
        assert!(!folder.join("jobs/genmedia.db.damaged").exists());
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
    assert!(folder.run("rescan").status.success());
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

/// Holds the database as a writer does.
fn hold(folder: &Folder) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("opens");
    db.execute_batch("BEGIN IMMEDIATE").expect("locked");
    db
}

#[test]
fn a_locked_database_is_waited_for_before_the_work_begins() {
    let folder = killed_after(3);
    let db = hold(&folder);
    // Those who look do not wait.
    assert_eq!(shown(&folder, "n")["state"], "interrupted");
    // A warning is told to those too who do not want to see how far it is.
    let mut command = folder.command(&format!("{JOB} --progress none"));
    let said = folder.join("said");
    let file = fs::File::create(&said).expect("a file");
    let mut child = command.stdout(Stdio::null()).stderr(file).spawn().expect("starts");
    let held = || {
        let told = fs::read_to_string(&said).expect("text");
        told.matches("genmedia.db is held by another process").count()
    };
    wait_until("it is told", || held() > 0);
    drop(db);
    let status = child.wait().expect("ends");
    assert!(status.success(), "{}", fs::read_to_string(&said).expect("text"));
    assert_eq!(held(), 1, "{}", fs::read_to_string(&said).expect("text"));
    continued(&folder, &undisturbed());
    // Ctrl-C ends the wait.
    let db = hold(&folder);
    let mut command = folder.command(&JOB.replace("--name n", "--name other"));
    let file = fs::File::create(&said).expect("a file");
    let mut child = command.stdout(Stdio::null()).stderr(file).spawn().expect("starts");
    wait_until("it is told", || held() > 0);
    interrupt(&child);
    assert_eq!(ended(&mut child), Some(130));
    drop(db);
}

#[test]
fn a_database_that_is_locked_for_long_costs_a_running_job_nothing() {
    let folder = Folder::new();
    fs::write(folder.join("a.toml"), "frames = 600\nsize = '320x240'\nsegment-frames = 5\n[noise]")
        .expect("written");
    fs::write(folder.join("b.toml"), "frames = 20\nseed = 2\nsize = '64x64'\n[noise]")
        .expect("written");
    let mut command = folder.command("run a.toml b.toml --threads 2");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let segments = || {
        let jobs = fs::read_dir(folder.join("jobs")).into_iter().flatten().flatten();
        let names = jobs.filter_map(|job| job.file_name().into_string().ok());
        names.map(|name| finished_segments(&folder, &name).len()).sum::<usize>()
    };
    wait_until("segments", || segments() >= 3);
    let db = hold(&folder);
    let before = segments();
    // Longer than any single try.
    std::thread::sleep(Duration::from_secs(12));
    assert!(segments() > before + 3 || segments() < before, "rendering goes on: {before}");
    drop(db);
    let output = child.wait_with_output().expect("ends");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2, "both: {told}");
    assert_eq!(told.matches("genmedia.db is held by another process").count(), 1, "{told}");
    for job in listed(&folder) {
        assert_eq!(job["state"], "done");
        assert_eq!(job["segments_done"], job["segments"]);
        let name = job["name"].as_str().expect("a name");
        assert!(folder.run(&format!("verify {name}")).status.success());
        assert!(renderings(&folder, name).values().all(|n| *n == 1));
    }
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
fn a_segment_whose_image_is_repaired_and_whose_video_is_not_stays_damaged() {
    let args = "render noise --size 320x240 --frames 900 --segment-frames 5 --images jpg --name n";
    let folder = killed_midway(args, "n", 3);
    assert!(folder.run("verify n").status.success());
    let done = shown(&folder, "n")["segments_done"].as_u64().expect("a number");
    let image = folder.join("jobs/n/frames/000000.jpg");
    let before = fs::read(&image).expect("an image");
    fs::remove_file(&image).expect("removed");
    assert_eq!(folder.run("verify n").status.code(), Some(1));
    fs::write(&image, before).expect("written");
    let segment = folder.join("jobs/n/segments/000000.segment");
    let mut bytes = fs::read(&segment).expect("a segment");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).expect("written");
    assert_eq!(folder.run("verify n").status.code(), Some(1));
    assert_eq!(shown(&folder, "n")["segments_done"], done - 1);
    assert!(folder.run("resume n").status.success());
    assert!(folder.run("verify n").status.success());
}

#[test]
fn verify_changes_no_file_and_says_the_same_until_it_is_mended() {
    const SMALL: &str =
        "render noise --size 64x64 --frames 20 --segment-frames 5 --name n --images png";
    let undisturbed = Folder::new();
    undisturbed.render(SMALL);
    let content = |folder: &Folder| {
        let files = folder.tree().into_iter().filter(|file| {
            file.starts_with("jobs/n/frames/")
                || file.starts_with("jobs/n/segments/")
                || file.ends_with(".mp4")
        });
        files
            .map(|file| (fs::read(folder.join(&file)).unwrap_or_default(), file))
            .collect::<Vec<_>>()
    };
    let whole = content(&undisturbed);
    type Spoil = fn(&Folder);
    let cases: [(&str, &str, Spoil); 6] = [
        ("000005.png is damaged: it, or another up to 000009.png", "", |folder| {
            fs::copy(
                folder.join("jobs/n/frames/000007.png"),
                folder.join("jobs/n/frames/000008.png"),
            )
            .expect("copied");
        }),
        ("000007.png is damaged: it is gone", "", |folder| {
            fs::remove_file(folder.join("jobs/n/frames/000007.png")).expect("removed");
        }),
        ("000005.png is damaged: it cannot be read", "", |folder| {
            fs::write(folder.join("jobs/n/frames/000005.png"), "mine").expect("written");
        }),
        ("n.mp4 is damaged: ", "", |folder| {
            let film = fs::OpenOptions::new().append(true).open(folder.join("jobs/n/n.mp4"));
            film.and_then(|mut film| film.write_all(b"x")).expect("written");
        }),
        ("n.mp4 is damaged: it is gone", "", |folder| {
            fs::remove_file(folder.join("jobs/n/n.mp4")).expect("removed");
        }),
        ("000004.png is damaged: it is gone", "--no-video", |folder| {
            fs::remove_file(folder.join("jobs/n/frames/000004.png")).expect("removed");
        }),
    ];
    for (said, more, spoil) in cases {
        let folder = Folder::new();
        folder.render(&format!("{SMALL} {more}"));
        spoil(&folder);
        let before = content(&folder);
        for time in 1..=2 {
            let output = folder.run("verify n");
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{said}, {time}: {told}");
            assert!(told.contains(said), "{time}: {told}");
            assert_eq!(told.lines().count(), 2, "that, and what to do: {told}");
            assert_eq!(shown(&folder, "n")["state"], "interrupted", "{said}");
            assert!(content(&folder) == before, "{said}: no file is changed");
        }
        let output = folder.run("resume");
        assert!(output.status.success(), "{said}: {}", stderr(&output));
        let is_wanted = |file: &str| more.is_empty() || !file.ends_with(".mp4");
        let wanted: Vec<_> = whole.iter().filter(|(_, file)| is_wanted(file)).collect();
        assert!(content(&folder).iter().collect::<Vec<_>>() == wanted, "{said}");
        assert!(folder.run("verify n").status.success(), "{said}");
    }
}

#[test]
fn kept_segments_that_are_damaged_are_told_as_what_they_are() {
    let folder = Folder::new();
    folder.render(&format!("{JOB} --keep-segments"));
    flip_a_bit(&segment(&folder, 3));
    for _ in 0..2 {
        let told = stderr(&folder.run("verify n"));
        assert!(
            told.contains("000003.segment is damaged") && told.contains("delete them"),
            "{told}"
        );
        assert_eq!(shown(&folder, "n")["state"], "done");
    }
    fs::remove_file(segment(&folder, 3)).expect("removed");
    assert!(folder.run("verify n").status.success());
}

#[test]
fn what_took_the_place_of_a_segment_is_found() {
    let folder = killed_after(4);
    assert!(folder.run("verify n").status.success());
    let away = folder.join("away");
    fs::rename(segment(&folder, 0), &away).expect("moved");
    std::os::unix::fs::symlink(&away, segment(&folder, 0)).expect("linked");
    for _ in 0..2 {
        let output = folder.run("verify n");
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stderr(&output).contains("000000.segment is damaged: it is not a regular file"));
    }
    continued(&folder, &undisturbed());
    assert!(away.exists());
}

#[test]
fn a_recipe_with_a_remark_is_the_same() {
    let folder = killed_after(4);
    let path = folder.join("jobs/n/recipe.toml");
    let remark = format!("# for the wedding\n{}", fs::read_to_string(&path).expect("a recipe"));
    fs::write(&path, &remark).expect("written");
    assert!(folder.run("verify n").status.success());
    assert!(!continued(&folder, &undisturbed()).contains("changed"));
    assert_eq!(fs::read_to_string(&path).expect("a recipe"), remark);
}

#[test]
fn a_recipe_that_cannot_be_read_is_told_with_what_to_do() {
    type Harm<'a> = &'a dyn Fn(&std::path::Path);
    let harms: [(&str, Harm); 2] = [
        ("line 1", &|path| fs::write(path, "version = = 1").expect("written")),
        ("no such file", &|path| fs::remove_file(path).expect("removed")),
    ];
    for (said, harm) in harms {
        let folder = killed_after(4);
        let path = folder.join("jobs/n/recipe.toml");
        harm(&path);
        for command in ["verify n", "resume n"] {
            let output = folder.run(command);
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{command}: {told}");
            assert!(told.contains(said) && told.contains("recipe.toml"), "{told}");
            assert!(told.contains("type the job's render command again"), "{told}");
        }
        let shown = folder.run("show n").stdout;
        assert!(String::from_utf8_lossy(&shown).contains("changed "), "{shown:?}");
        // And doing it helps.
        if path.exists() {
            fs::rename(&path, folder.join("away")).expect("moved");
        }
        continued(&folder, &undisturbed());
    }
}

#[test]
fn a_database_without_its_tables_is_rebuilt() {
    for table in ["jobs", "segments", "outputs"] {
        let folder = Folder::new();
        folder.render(JOB);
        let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("opens");
        db.execute_batch(&format!("PRAGMA foreign_keys = 0; DROP TABLE {table}")).expect("dropped");
        drop(db);
        assert_eq!(listed(&folder)[0]["state"], "done", "{table}: by what the folder tells");
        assert!(folder.run("rescan").status.success(), "{table}");
        assert!(folder.run("verify n").status.success(), "{table}");
    }
}

#[test]
fn what_comes_back_as_it_was_needs_no_rendering() {
    let folder = Folder::new();
    fs::create_dir(folder.join("disk")).expect("made");
    let args = format!("{JOB} --images png -o disk/x.mp4");
    folder.render(&args);
    let image = folder.join("jobs/n/frames/000030.png");
    let bytes = fs::read(&image).expect("an image");
    fs::rename(folder.join("disk"), folder.join("unplugged")).expect("moved");
    fs::write(&image, "rubbish").expect("written");
    assert_eq!(folder.run("verify n").status.code(), Some(1));
    assert!(folder.run("rescan").status.success());
    assert_eq!(shown(&folder, "n")["state"], "interrupted");
    fs::rename(folder.join("unplugged"), folder.join("disk")).expect("moved");
    fs::write(&image, bytes).expect("written");
    let output = folder.run("verify n");
    assert!(output.status.success(), "{}", stderr(&output));
    let job = shown(&folder, "n");
    assert_eq!((&job["state"], &job["segments_failed"]), (&"done".into(), &0.into()));
    assert_eq!(job["segments_done"], 10);
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

#[test]
fn a_damaged_segment_whose_images_are_gone_too_is_rendered_once_and_counted_once() {
    let args = "render noise --size 160x120 --frames 60 --segment-frames 6 --name n --threads 1 \
                --images png";
    let folder = killed_midway(args, "n", 5);
    flip_a_bit(&segment(&folder, 1));
    fs::remove_file(folder.join("jobs/n/frames/000008.png")).expect("removed");
    let mut command = folder.command(args);
    let output = command.args(["--progress", "json"]).output().expect("genmedia starts");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    let events = told.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let done: Vec<u64> = events.filter_map(|e| e["frames_done"].as_u64()).collect();
    assert!(done.windows(2).all(|pair| pair[0] <= pair[1]), "it only rises: {done:?}");
    assert!(done[0] < 60, "{done:?}");
    assert_eq!(renderings(&folder, "n")[&1], 2, "once before, and once again");
    let undisturbed = Folder::new();
    let film = fs::read(undisturbed.render(args)).expect("the film");
    assert!(fs::read(folder.join("jobs/n/n.mp4")).expect("the film") == film);
    assert!(folder.run("verify n").status.success());
}

#[test]
fn a_film_that_cannot_be_looked_at_is_not_taken_for_one_that_is_gone() {
    let folder = Folder::new();
    fs::create_dir(folder.join("there")).expect("made");
    let args = format!("{JOB} -o there/x.mp4");
    folder.render(&args);
    // A link to itself; what stands for a disk or a server that does not answer.
    fs::rename(folder.join("there"), folder.join("away")).expect("moved");
    std::os::unix::fs::symlink("there", folder.join("there")).expect("linked");
    for command in ["resume n", "verify n", "remove --yes n"] {
        let output = folder.run(command);
        assert_eq!(output.status.code(), Some(1), "{command}: {}", stderr(&output));
    }
    fs::remove_file(folder.join("there")).expect("removed");
    fs::rename(folder.join("away"), folder.join("there")).expect("moved");
    assert_eq!(shown(&folder, "n")["state"], "done");
    assert!(folder.run("verify n").status.success());
    // And a refusal leaves a job that is done, done.
    fs::write(folder.join("mine.mp4"), "mine").expect("written");
    assert_eq!(folder.run(&format!("{JOB} -o mine.mp4")).status.code(), Some(1));
    assert_eq!(shown(&folder, "n")["state"], "done");
}
