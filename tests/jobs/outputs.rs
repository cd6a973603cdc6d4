//! Whose a file is: an output has one writer, and nothing is replaced or deleted that genmedia did not make.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Child;

use crate::common::{
    self, Folder, finished_segments, renderings, shown, start, stderr, wait_until,
};

const LONG: &str = "render noise --size 320x240 --frames 1500 --segment-frames 5 --threads 2";
const SMALL: &str = "render noise --size 64x64 --frames 20 --segment-frames 5";

/// Starts a job, and waits until it has something to lose.
fn begun(folder: &Folder, args: &str, name: &str) -> Child {
    let child = start(folder, &format!("{args} --name {name}"));
    wait_until("segments", || finished_segments(folder, name).len() >= 3);
    child
}

fn killed(mut child: Child) {
    child.kill().expect("killed");
    child.wait().expect("ends");
}

/// Fails with 1, and returns what was told, which is one line.
fn refused(folder: &Folder, args: &str) -> String {
    let output = folder.run(args);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{args}: {told}");
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    told
}

/// What genmedia leaves of its own beside other files.
fn traces(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).expect("a folder").flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.contains(".genmedia-")).collect()
}

#[test]
fn an_output_has_one_writer() {
    let folder = Folder::new();
    let mut first = begun(&folder, &format!("{LONG} -o x.mp4"), "a");
    // Another job, and the same one again.
    let told = refused(&folder, &format!("{LONG} --seed 2 --name b -o x.mp4"));
    assert!(told.contains("x.mp4 is being written by another genmedia (pid "), "{told}");
    assert!(!folder.join("jobs/b").exists());
    refused(&folder, &format!("{LONG} --name a -o x.mp4"));
    refused(&folder, &format!("{LONG} --name a -o y.mp4"));
    refused(&folder, &format!("{SMALL} --name c -o jobs/a/a.mp4"));
    refused(&folder, &format!("{SMALL} --name c -o jobs/a/segments/mine.mp4"));
    assert!(first.wait().expect("ends").success());
    let alone = Folder::new();
    let film = fs::read(alone.render(&format!("{LONG} --name a"))).expect("the film");
    assert!(fs::read(folder.join("x.mp4")).expect("the film") == film);
    assert_eq!(traces(folder.path()), [""; 0]);
    assert!(!folder.join("y.mp4").exists());
}

#[test]
fn nothing_is_written_through_a_planted_link_or_into_a_planted_file() {
    for planted in [
        ".x.mp4.genmedia-part",
        ".x.mp4.genmedia-lock",
        "jobs/n/.lock",
        "jobs/n/recipe.toml",
        "jobs/n/output.toml",
        "jobs/n/segments/000000.segment",
        "jobs/n/segments",
    ] {
        let folder = Folder::new();
        fs::write(folder.join("precious"), "precious").expect("written");
        fs::create_dir(folder.join("photos")).expect("made");
        let place = folder.join(planted);
        fs::create_dir_all(place.parent().expect("a folder")).expect("made");
        if planted.starts_with("jobs") && !planted.ends_with(".lock") {
            fs::write(folder.join("jobs/n/.lock"), "").expect("written");
        }
        let to = if planted.ends_with("segments") { "photos" } else { "precious" };
        symlink(folder.join(to), &place).expect("linked");
        let output = folder.run(&format!("{SMALL} --name n -o x.mp4"));
        let told = stderr(&output);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{planted}: {told}");
        assert!(!told.contains("panicked"), "{planted}: {told}");
        assert_eq!(
            fs::read_to_string(folder.join("precious")).expect("there"),
            "precious",
            "{planted}"
        );
        assert_eq!(fs::read_dir(folder.join("photos")).expect("there").count(), 0, "{planted}");
        assert_eq!(output.status.success(), folder.join("x.mp4").exists(), "{planted}: {told}");
    }
}

#[test]
fn a_file_of_the_users_that_is_called_like_a_lock_is_left_alone() {
    for at in [".x.mp4.genmedia-lock", "jobs/n/.lock"] {
        let folder = Folder::new();
        let file = folder.join(at);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(&file, "my notes").expect("written");
        let told = refused(&folder, &format!("{SMALL} --name n -o x.mp4"));
        assert!(told.contains("this is not a lock of genmedia's"), "{at}: {told}");
        assert_eq!(fs::read_to_string(&file).expect("there"), "my notes");
    }
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name n -o x.mp4"));
    fs::write(folder.join(".x.mp4.genmedia-lock"), "my notes").expect("written");
    assert!(folder.run("remove n --yes").status.success());
    assert!(folder.join(".x.mp4.genmedia-lock").exists());
}

#[test]
fn what_a_kill_left_beside_an_output_is_found_and_removed_on_another_disk_too() {
    let disk = tempfile::tempdir_in("/dev/shm").expect("another file system");
    let film = disk.path().join("x.mp4");
    let args = format!("{LONG} -o {}", film.display());
    // By the next start, wherever that writes to.
    for next in [args.clone(), format!("{LONG} -o {}", disk.path().join("y.mp4").display())] {
        let folder = Folder::new();
        killed(begun(&folder, &args, "n"));
        assert!(traces(disk.path()).iter().any(|name| name.ends_with(".genmedia-part")));
        folder.render(&format!("{next} --name n"));
        assert_eq!(traces(disk.path()), [""; 0]);
        fs::read_dir(disk.path()).expect("a folder").flatten().for_each(|film| {
            fs::remove_file(film.path()).expect("removed");
        });
    }
    // By its removal.
    let folder = Folder::new();
    killed(begun(&folder, &args, "n"));
    assert!(folder.run("remove --yes n").status.success());
    assert_eq!(fs::read_dir(disk.path()).expect("a folder").count(), 0);
    // But not what somebody still writes.
    let mut first = begun(&folder, &args, "n");
    let copied = Folder::new();
    fs::create_dir_all(copied.join("jobs/n")).expect("made");
    for file in ["recipe.toml", "output.toml"] {
        fs::copy(folder.join("jobs/n").join(file), copied.join("jobs/n").join(file))
            .expect("copied");
    }
    copied.run("rescan");
    copied.run("remove --yes n");
    assert!(first.wait().expect("ends").success());
    assert!(film.exists());
}

#[test]
fn remove_and_force_delete_what_genmedia_made_and_nothing_else() {
    let folder = Folder::new();
    let mine = |path: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, "mine").expect("written");
    };
    let all = [
        "jobs/n/frames/20240101.png",
        "jobs/n/frames/000001.png",
        "jobs/n/frames/0000001.jpg",
        "jobs/n/segments/000099.segment",
        "jobs/n/segments/000001.segment",
        "jobs/n/segments/notes.txt",
        "jobs/n/.notes.genmedia-part",
        "jobs/n/n.webm",
        "jobs/n/n.mkv",
        "photos/000001.png",
        "photos/000002.segment",
    ];
    // A job without images, that is done.
    let film = folder.render(&format!("{SMALL} --name n"));
    all.iter().for_each(|path| mine(path));
    let there = || {
        all.iter().for_each(|path| {
            let content = fs::read_to_string(folder.join(path));
            assert_eq!(content.unwrap_or_default(), "mine", "{path}");
        });
    };
    folder.render(&format!("{SMALL} --name n --force"));
    // The one with the name of a segment was in the way of one.
    mine("jobs/n/segments/000001.segment");
    there();
    let removed = folder.run("remove --yes n");
    assert!(removed.status.success(), "{}", stderr(&removed));
    assert!(stderr(&removed).contains("jobs/n is left where it is"), "{}", stderr(&removed));
    there();
    assert!(!film.exists() && !folder.join("jobs/n/recipe.toml").exists());

    // An image that the user put where one would come.
    let folder = common::killed_midway(&format!("{LONG} --images png --name i"), "i", 3);
    fs::write(folder.join("jobs/i/frames/001499.png"), "mine").expect("written");
    assert!(folder.run("remove --yes i").status.success());
    let left = fs::read_dir(folder.join("jobs/i/frames")).expect("there").flatten();
    assert_eq!(left.map(|e| e.file_name()).collect::<Vec<_>>(), ["001499.png"]);
}

#[test]
fn nothing_is_deleted_through_a_link() {
    for linked in ["frames", "segments", ""] {
        let folder = Folder::new();
        let args = format!("{SMALL} --images png --keep-segments --name n");
        folder.render(&args);
        let place = match linked {
            "" => folder.join("jobs/n"),
            name => folder.join("jobs/n").join(name),
        };
        let elsewhere = folder.join("photos");
        fs::rename(&place, &elsewhere).expect("moved");
        symlink(&elsewhere, &place).expect("linked");
        let count = || fs::read_dir(&elsewhere).expect("there").count();
        let before = count();
        for command in ["remove --yes n", &format!("{args} --force")] {
            let told = refused(&folder, command);
            assert!(told.contains("is a link"), "{linked}: {told}");
            assert_eq!(count(), before, "{linked}: {command}");
        }
        assert!(folder.run("jobs").status.success(), "it can be looked at");
    }
}

#[test]
fn every_output_that_a_job_wrote_is_its_own() {
    let folder = Folder::new();
    let render = |rest: &str| folder.render(&format!("{SMALL} --name n {rest}"));
    let film = fs::read(render("-o q.mp4")).expect("the film");
    render("-o q2.mp4");
    let stamp = |name: &str| {
        fs::metadata(folder.join(name)).map(|m| (m.ino(), m.mtime_nsec())).expect("it")
    };
    let (q, q2) = (stamp("q.mp4"), stamp("q2.mp4"));
    for output in ["-o q2.mp4", "-o q.mp4", "", "", "-o q2.mp4"] {
        assert!(fs::read(render(output)).expect("the film") == film, "{output}");
    }
    assert_eq!((stamp("q.mp4"), stamp("q2.mp4")), (q, q2), "they are not written again");
    // After its removal too.
    assert!(folder.run("remove --yes n").status.success());
    assert!(folder.join("q.mp4").exists() && folder.join("q2.mp4").exists());
    render("-o q2.mp4");
    assert_eq!(stamp("q2.mp4"), q2);
    assert_eq!(shown(&folder, "n")["state"], "done");
    // Every one of them is looked at.
    let copy = fs::read(folder.join("q.mp4")).expect("it");
    fs::write(folder.join("q.mp4"), [&copy[..], b"x"].concat()).expect("written");
    let verified = folder.run("verify n");
    assert_eq!(verified.status.code(), Some(1), "{}", stderr(&verified));
    assert!(stderr(&verified).contains("q.mp4 is damaged"), "{}", stderr(&verified));
    fs::remove_file(folder.join("q.mp4")).expect("removed");
    let verified = folder.run("verify n");
    assert!(verified.status.success(), "{}", stderr(&verified));
    assert!(stderr(&verified).contains("q.mp4 is not there"), "{}", stderr(&verified));
    // Of another recipe, or changed, it is not.
    let told = refused(&folder, &format!("{SMALL} --seed 2 --name m -o q2.mp4"));
    assert!(told.contains("q2.mp4 exists and is not this job's, but that of n;"), "{told}");
    assert!(!folder.join("jobs/m").exists(), "a mistake leaves nothing");
    fs::write(folder.join("q.mp4"), "mine").expect("written");
    refused(&folder, &format!("{SMALL} --name n -o q.mp4"));
    assert_eq!(fs::read_to_string(folder.join("q.mp4")).expect("it"), "mine");
}

#[test]
fn a_film_that_is_gone_is_copied_from_another_place() {
    let folder = Folder::new();
    let render = |rest: &str| folder.render(&format!("{SMALL} --name n {rest}"));
    let film = fs::read(render("-o q.mp4")).expect("the film");
    render("-o q2.mp4");
    let drawn = renderings(&folder, "n");
    let read = |name: &str| fs::read(folder.join(name)).expect("it");
    for (args, place) in [("-o q.mp4", "q.mp4"), ("", "jobs/n/n.mp4")] {
        let _ = fs::remove_file(folder.join(place));
        render(args);
        assert!(read(place) == film, "{args}");
    }
    // Also where it was missed first.
    for place in ["q.mp4", "jobs/n/n.mp4"] {
        fs::remove_file(folder.join(place)).expect("removed");
    }
    folder.run("verify n");
    let output = folder.run("resume --all");
    assert!(output.status.success(), "{}", stderr(&output));
    render("-o q.mp4");
    assert!(read("q.mp4") == film);
    assert_eq!(renderings(&folder, "n"), drawn, "nothing was drawn again");
    // Where there is no other, it is said what is lost.
    for place in ["q.mp4", "q2.mp4", "jobs/n/n.mp4"] {
        let _ = fs::remove_file(folder.join(place));
    }
    let output = folder.run(&format!("{SMALL} --name n -o q.mp4"));
    let told = stderr(&output);
    assert!(told.contains(".mp4 is made again: it is gone"), "{told}");
    assert!(!told.contains("not on disk any more"), "{told}");
    assert!(read("q.mp4") == film);
}

#[test]
fn a_job_of_the_same_recipe_has_films_of_its_own() {
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name a -o a.mp4"));
    let film = folder.render(&format!("{SMALL} --name b"));
    assert_eq!(film, folder.join("jobs/b/b.mp4"));
    assert_eq!(renderings(&folder, "b").len(), renderings(&folder, "a").len(), "it is drawn");
    let text = |args: &str| {
        let output = folder.run(args);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert!(!text("show b").1.contains("a.mp4"), "{}", text("show b").1);
    fs::remove_file(folder.join("a.mp4")).expect("removed");
    assert!(text("verify b").0);
    assert!(!text("verify a").0);
    assert!(!text("remove b --yes").1.contains("a.mp4"));
}

#[test]
fn what_comes_to_stand_at_an_output_meanwhile_is_left() {
    let folder = Folder::new();
    let args = format!("{LONG} --name n -o x.mp4");
    let mut child = begun(&folder, &format!("{LONG} -o x.mp4"), "n");
    fs::write(folder.join("x.mp4"), "mine").expect("written");
    assert_eq!(child.wait().expect("ends").code(), Some(1));
    assert_eq!(fs::read_to_string(folder.join("x.mp4")).expect("it"), "mine");
    assert_eq!(traces(folder.path()), [""; 0]);
    let error = shown(&folder, "n")["error"].to_string();
    assert!(error.contains("something else was put there meanwhile"), "{error}");
    // Nothing is lost by it.
    assert_eq!(finished_segments(&folder, "n").len(), 300);
    fs::remove_file(folder.join("x.mp4")).expect("removed");
    folder.render(&args);
    assert!(common::renderings(&folder, "n").values().all(|n| *n == 1));
}

#[test]
fn a_film_that_somebody_changed_is_kept() {
    let folder = Folder::new();
    let film = folder.render(&format!("{SMALL} --name n"));
    let bytes = fs::read(&film).expect("the film");
    // In the job's own folder it makes room.
    for (mine, kept) in [("mine", "n.mp4.old"), ("mine too", "n.mp4.old-2")] {
        fs::write(&film, mine).expect("written");
        let output = folder.run(&format!("{SMALL} --name n"));
        let told = stderr(&output);
        assert!(output.status.success(), "{told}");
        assert!(told.contains(&format!("it is kept as jobs/n/{kept}")), "{told}");
        assert!(fs::read(&film).expect("the film") == bytes);
        assert_eq!(fs::read_to_string(folder.join(&format!("jobs/n/{kept}"))).expect("kept"), mine);
    }
    // So does what is no file, and is not waited for.
    fs::remove_file(&film).expect("removed");
    assert!(std::process::Command::new("mkfifo").arg(&film).status().expect("mkfifo").success());
    assert!(folder.run(&format!("{SMALL} --name n")).status.success());
    assert!(fs::read(&film).expect("the film") == bytes);
    // What only looks the same is not: as many packets, and something more.
    let title = folder.join("title.mp4");
    common::tool(
        "ffmpeg",
        &[
            "-v",
            "error",
            "-i",
            film.to_str().expect("UTF-8"),
            "-c",
            "copy",
            "-metadata",
            "title=mine",
            title.to_str().expect("UTF-8"),
        ],
    );
    let mine = fs::read(&title).expect("a film");
    fs::rename(&title, &film).expect("moved");
    assert!(folder.run(&format!("{SMALL} --name n")).status.success());
    assert!(fs::read(folder.join("jobs/n/n.mp4.old-4")).expect("kept") == mine);
    assert!(fs::read(&film).expect("the film") == bytes);
    // A folder where a file belongs is told of before anything is dropped.
    fs::create_dir_all(folder.join("jobs/n/segments/000001.segment")).expect("made");
    let told = refused(&folder, &format!("{SMALL} --name n --force"));
    assert!(told.contains("000001.segment is a folder"), "{told}");
    assert!(fs::read(&film).expect("the film") == bytes);
    // Elsewhere it is left.
    let folder = Folder::new();
    let film = folder.render(&format!("{SMALL} --name n -o x.mp4"));
    let mut spoiled = bytes.clone();
    let middle = spoiled.len() / 2;
    spoiled[middle] ^= 4;
    fs::write(&film, &spoiled).expect("written");
    let verified = stderr(&folder.run("verify n"));
    assert!(verified.contains("x.mp4 is damaged") && verified.contains("x.mp4 away"), "{verified}");
    for command in ["resume", &format!("{SMALL} --name n -o x.mp4")] {
        let told = refused(&folder, command);
        assert!(told.contains("x.mp4 is not as genmedia wrote it"), "{told}");
        assert!(command != "resume" || told.contains("job n: "), "{told}");
        assert!(fs::read(&film).expect("it") == spoiled, "{command}");
    }
    fs::rename(&film, folder.join("away.mp4")).expect("moved");
    assert!(folder.run("resume").status.success());
    assert!(fs::read(&film).expect("the film") == bytes);
}

#[test]
fn an_output_is_the_same_however_it_is_spelled() {
    let folder = Folder::new();
    fs::create_dir(folder.join("real")).expect("made");
    symlink("real", folder.join("link")).expect("linked");
    folder.render(&format!("{SMALL} --name n -o link/x.mp4"));
    for path in ["real/x.mp4", "real/../link/x.mp4", "./real/x.mp4"] {
        let again = folder.run(&format!("{SMALL} --name n -o {path}"));
        assert!(again.status.success(), "{path}: {}", stderr(&again));
    }
    assert_eq!(shown(&folder, "n")["state"], "done");
    assert_eq!(traces(&folder.join("real")), [""; 0]);
}

#[test]
fn an_output_elsewhere_is_known_after_a_rescan_and_a_removal() {
    let folder = Folder::new();
    let args = format!("{SMALL} --name n -o x.mp4");
    folder.render(&args);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(&format!("jobs/genmedia.db{suffix}")));
    }
    assert!(folder.run("rescan").status.success());
    assert!(folder.run("remove --yes n").status.success());
    assert!(folder.join("x.mp4").exists());
    let again = folder.run(&args);
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(stderr(&again).contains("all 20 frames are done"), "{}", stderr(&again));
}
