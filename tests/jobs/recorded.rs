//! What is recorded of a job is what is so: of which recipe a film is, whether it is whole, and who may say
//! that it is not.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::common::{self, Folder, finished_segments, listed, shown, start, stderr, wait_until};

const SMALL: &str = "render noise --size 64x64 --frames 20 --segment-frames 5 --name n";

/// Changes the film's width in the header of its track: no size, and none of its packets.
fn turn_head(film: &Path) {
    let mut bytes = fs::read(film).expect("the film");
    let head = bytes.windows(4).position(|four| four == b"tkhd").expect("a track");
    bytes[head + 4 + 77] ^= 1;
    fs::write(film, bytes).expect("written");
}

fn edit(folder: &Folder) {
    let path = folder.join("jobs/n/recipe.toml");
    let recipe = fs::read_to_string(&path).expect("a recipe");
    fs::write(&path, recipe.replace("seed = 1", "seed = 2")).expect("written");
}

#[test]
fn a_film_of_another_recipe_is_never_returned() {
    for lost in [false, true] {
        let folder = Folder::new();
        let film = fs::read(folder.render(SMALL)).expect("the film");
        edit(&folder);
        if lost {
            for suffix in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
            }
        }
        for command in ["verify n", &format!("{SMALL} --seed 2"), "resume n"] {
            let output = folder.run(command);
            assert_eq!(output.status.code(), Some(1), "{command}: {}", stderr(&output));
            assert!(output.stdout.is_empty(), "{command}");
        }
        let told = stderr(&folder.run(&format!("{SMALL} --seed 2")));
        assert!(told.contains("recipe.toml was changed after it was begun"), "{told}");
        assert!(
            fs::read(folder.join("jobs/n/n.mp4")).expect("the film") == film,
            "and it is not lost"
        );
        if !lost {
            // Those who look see what the film is of.
            let said = folder.run("show n").stdout;
            let said = String::from_utf8_lossy(&said);
            assert!(said.contains("seed 1") && said.contains("is another recipe now"), "{said}");
            let alone = Folder::new();
            alone.render(SMALL);
            for folder in [&folder, &alone] {
                assert!(folder.run("frame n --index 3 -o frame.png").status.success());
            }
            let frame = |folder: &Folder| fs::read(folder.join("frame.png")).expect("a frame");
            assert!(frame(&folder) == frame(&alone));
        }
        let anew = folder.render(&format!("{SMALL} --seed 2 --force"));
        let alone = Folder::new();
        let other = alone.render(&format!("{SMALL} --seed 2"));
        assert!(fs::read(anew).expect("it") == fs::read(other).expect("it"));
        assert!(folder.run("verify n").status.success());
    }
}

#[test]
fn a_recipe_that_is_changed_while_its_job_runs_is_told_of() {
    let folder = Folder::new();
    let args = "render noise --size 320x240 --frames 600 --segment-frames 5 --name n";
    let mut command = folder.command(args);
    let child = command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    wait_until("segments", || finished_segments(&folder, "n").len() >= 3);
    edit(&folder);
    let output = child.wait_with_output().expect("ends");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("recipe.toml was changed while the job ran"), "{told}");
    assert_eq!(folder.run("verify n").status.code(), Some(1));
    let record = fs::read_to_string(folder.join("jobs/n/output.toml")).expect("a record");
    assert!(
        record.contains("identity = ") && record.contains("versions = \"libavcodec"),
        "{record}"
    );
}

#[test]
fn verify_says_what_is() {
    let other = Folder::new();
    other.render(&format!("{SMALL} --seed 7"));
    let whole = fs::read(other.join("jobs/n/n.mp4")).expect("the film");
    let half = &whole[..whole.len() / 2];
    type Harm<'a> = (&'a str, &'a dyn Fn(&Folder));
    let cases: [Harm; 6] = [
        ("bytes where", &|folder| {
            let film = folder.join("jobs/n/n.mp4");
            fs::OpenOptions::new()
                .append(true)
                .open(film)
                .and_then(|mut f| f.write_all(b"x"))
                .expect("it")
        }),
        ("it is gone", &|folder| fs::remove_file(folder.join("jobs/n/n.mp4")).expect("it")),
        ("bytes where", &|folder| fs::write(folder.join("jobs/n/n.mp4"), half).expect("it")),
        ("its checksum is not the recorded one", &|folder| {
            fs::write(folder.join("jobs/n/n.mp4"), &whole).expect("it");
            let record = folder.join("jobs/n/output.toml");
            let text = fs::read_to_string(&record).expect("it");
            let line = text.lines().find(|l| l.starts_with("bytes")).expect("a size");
            fs::write(&record, text.replace(line, &format!("bytes = {}", whole.len())))
                .expect("it");
        }),
        // The film's width, in its head: no packet is another.
        ("its checksum is not the recorded one", &|folder| turn_head(&folder.join("jobs/n/n.mp4"))),
        ("there is no complete record of the film", &|folder| {
            fs::remove_file(folder.join("jobs/n/output.toml")).expect("it");
        }),
    ];
    for (said, harm) in cases {
        let folder = Folder::new();
        let film = folder.render(SMALL);
        let bytes = fs::read(&film).expect("the film");
        assert!(folder.run("verify n").status.success());
        harm(&folder);
        let output = folder.run("verify n");
        assert_eq!(output.status.code(), Some(1), "{said}: {output:?}");
        assert!(stderr(&output).contains(said), "{said}: {}", stderr(&output));
        assert_eq!(shown(&folder, "n")["state"], "interrupted", "{said}");
        assert!(folder.run("resume n").status.success(), "{said}");
        assert!(fs::read(&film).expect("the film") == bytes, "{said}");
        assert!(folder.run("verify n").status.success(), "{said}");
    }
    // The folder knows it without the database, and where the film was asked for.
    for output in ["", "-o x.mp4"] {
        let folder = Folder::new();
        let film = folder.render(&format!("{SMALL} {output}"));
        let bytes = fs::read(&film).expect("the film");
        fs::remove_file(&film).expect("removed");
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
        }
        for _ in 0..2 {
            let verified = folder.run("verify n");
            assert_eq!(verified.status.code(), Some(1), "{verified:?}");
            assert!(stderr(&verified).contains("it is gone"), "{verified:?}");
        }
        let resumed = folder.run("resume n");
        assert!(resumed.status.success(), "{resumed:?}");
        assert!(fs::read(&film).expect("the film") == bytes);
    }
    // Images too, though nothing is damaged where nothing is.
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --images png --no-video"));
    fs::remove_file(folder.join("jobs/n/frames/000007.png")).expect("removed");
    let output = folder.run("verify n");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr(&output).contains("000007.png is damaged: it is gone"), "{}", stderr(&output));
}

#[test]
fn images_of_another_recipe_are_not_taken_for_this_ones() {
    let folder = Folder::new();
    let args = format!("{SMALL} --images png --no-video");
    folder.render(&args);
    let first = fs::read(folder.join("jobs/n/frames/000003.png")).expect("an image");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
    }
    let output = folder.run(&format!("{args} --seed 2 --force"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(folder.join("jobs/n/frames/000003.png")).expect("an image") != first);
}

#[test]
fn two_repairs_at_once_make_one_database() {
    for _ in 0..5 {
        let folder = Folder::new();
        for n in 0..3 {
            folder.render(&format!("render noise --size 64x64 --frames 4 --seed {n} --name n{n}"));
        }
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
        }
        fs::write(folder.join("jobs/genmedia.db"), "rubbish ".repeat(4096)).expect("written");
        let mut repairs: Vec<_> = (0..4).map(|_| start(&folder, "rescan")).collect();
        for repair in &mut repairs {
            repair.wait().expect("ends");
        }
        assert!(folder.run("rescan").status.success());
        let jobs = listed(&folder);
        assert_eq!(jobs.len(), 3, "{jobs:?}");
        assert!(jobs.iter().all(|job| job["state"] == "done"), "{jobs:?}");
        let kept = folder.tree().into_iter().filter(|f| f.contains("damaged")).count();
        assert_eq!(kept, 1, "{:?}", folder.tree());
    }
}

#[test]
fn numbers_of_jobs_are_not_used_again() {
    let folder = Folder::new();
    let id = |name: &str| {
        let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("a database");
        let sql = "SELECT id FROM jobs WHERE name = ?";
        db.query_row(sql, [name], |row| row.get::<_, i64>(0)).expect("a job")
    };
    folder.render("render noise --size 64x64 --frames 4 --name a");
    let first = id("a");
    assert!(folder.run("remove --yes a").status.success());
    folder.render("render noise --size 64x64 --frames 4 --name b");
    assert!(id("b") > first);
}

#[test]
fn looking_at_a_job_that_another_process_checks_is_no_obstacle() {
    // A lost record is found by looking, and looking holds nothing.
    let folder = common::killed_midway(
        "render noise --size 320x240 --frames 1500 --segment-frames 1 --threads 2 --name n",
        "n",
        100,
    );
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
    }
    let mut lookers: Vec<_> = (0..4).map(|_| start(&folder, "jobs")).collect();
    let resumed = folder.run("resume n");
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    for looker in &mut lookers {
        assert!(looker.wait().expect("ends").success());
    }
}

#[test]
fn a_film_with_another_head_is_not_the_one_that_was_published() {
    // It is kept, whoever would delete it, and is not given for the film that was wanted.
    let folder = Folder::new();
    let film = folder.render(SMALL);
    let bytes = fs::read(&film).expect("the film");
    turn_head(&film);
    let output = folder.run(&format!("{SMALL} -o copy.mp4"));
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stderr(&output).contains("is damaged, and not copied"), "{}", stderr(&output));
    assert!(!folder.join("copy.mp4").exists());
    folder.render(&format!("{SMALL} --force"));
    assert!(fs::read(&film).expect("the film") == bytes);
    assert!(folder.join("jobs/n/n.mp4.old").exists(), "it may be somebody's work");
    turn_head(&film);
    assert!(folder.run("remove n --yes").status.success());
    assert!(film.exists(), "it is no longer genmedia's");
}

#[test]
fn a_film_that_was_recorded_by_its_packets_is_still_known() {
    let folder = Folder::new();
    let film = folder.render(SMALL);
    let content = genmedia::media::read(&film).expect("reads");
    let record = folder.join("jobs/n/output.toml");
    let write = |checksum: &str| {
        let text = fs::read_to_string(&record).expect("a record");
        let line = text.lines().find(|l| l.starts_with("checksum")).expect("a checksum");
        let other = text.replace(line, &format!("checksum = \"{checksum}\""));
        fs::write(&record, other).expect("written");
    };
    write(&content.checksum.to_string());
    assert!(folder.run("verify n").status.success());
    assert!(folder.run(&format!("{SMALL} -o copy.mp4")).status.success());
    assert!(folder.run(&format!("{SMALL} -o copy.mp4")).status.success(), "and found");
    write("00000000000000000000000000000000");
    assert_eq!(folder.run("verify n").status.code(), Some(1));
}
