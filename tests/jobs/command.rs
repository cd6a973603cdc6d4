//! The commands about jobs: list, show, cancel, resume, remove, rescan.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{
    Folder, ended, finished_segments, killed_midway, listed, shown, start, stderr, wait_until,
};

const SMALL: &str = "render noise --size 64x64 --frames 20 --segment-frames 5";

#[test]
fn a_job_is_listed_with_all_that_was_promised() {
    let folder = Folder::new();
    assert_eq!(listed(&folder), [serde_json::Value::Null; 0]);
    assert_eq!(folder.tree(), [""; 0], "looking makes nothing");
    folder.render(&format!("{SMALL} --name a"));
    folder.render("render wave --size 64x64 --frames 6 --name b --images png --no-video");
    let jobs = listed(&folder);
    let [a, b] = jobs.as_slice() else { panic!("{jobs:?}") };
    for (key, value) in [("name", "a"), ("state", "done"), ("generator", "noise")] {
        assert_eq!(a[key], value);
    }
    for (key, value) in [("frames", 20), ("frames_done", 20), ("segments", 4), ("segments_done", 4)]
    {
        assert_eq!(a[key], value, "{key}");
    }
    assert_eq!(a["output"], "jobs/a/a.mp4");
    assert!(a["error"].is_null());
    for key in ["created", "updated"] {
        let time = a[key].as_str().expect("a text");
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
    }
    let size = fs::metadata(folder.join("jobs/a/a.mp4")).expect("the film").len();
    assert_eq!(a["bytes"], size);
    assert_eq!((&b["state"], &b["frames_done"]), (&"done".into(), &6.into()));
    assert!(b["output"].is_null(), "a folder of images is no film");

    let a = shown(&folder, "a");
    assert_eq!(a["recipe"]["segment-frames"], 5);
    let events: Vec<&str> = a["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|e| e["event"].as_str())
        .collect();
    assert_eq!(
        events,
        ["planned", "segment", "segment", "segment", "segment", "assembling", "done"]
    );

    let table = String::from_utf8(folder.run("jobs").stdout).expect("UTF-8");
    let head: Vec<&str> = table.lines().next().expect("a head").split_whitespace().collect();
    assert_eq!(head, ["NAME", "STATE", "PROGRESS", "FPS", "LEFT", "SIZE", "AGE"]);
    assert!(table.contains("20/20 100 %"), "{table}");
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[test]
fn the_table_fits_the_terminal() {
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name {}", "a-name-that-is-too-long-for-it-".repeat(3)));
    for columns in [40, 60, 80, 132] {
        let command =
            format!("stty cols {columns} rows 24; {} jobs", env!("CARGO_BIN_EXE_genmedia"));
        let output = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("script runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let widths: Vec<usize> =
            text.lines().map(|line| console::measure_text_width(line.trim_end())).collect();
        assert_eq!(widths.len(), 2, "{text}");
        assert!(widths.iter().all(|w| *w <= columns), "{columns} columns: {widths:?}\n{text}");
        assert!(text.contains("done") && text.contains("100 %"), "{text}");
        assert!(*widths.iter().max().expect("lines") > columns / 2, "room is used: {text}");
    }
}

#[test]
fn show_says_what_a_person_wants_to_know() {
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name a -o film.mp4"));
    let text = String::from_utf8(folder.run("show a").stdout).expect("UTF-8");
    for part in ["state     done", "noise, 64x64, 30 fps, 20 frames", "20 of 20, 100 %", "film.mp4"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let output = folder.run("show aa");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there is no job aa in jobs"), "{}", stderr(&output));
    folder.render(&format!("{SMALL} --name sinuses"));
    assert!(stderr(&folder.run("show sinus")).contains("did you mean 'sinuses'?"));
}

#[test]
fn recipes_wait_for_their_turn_and_one_that_fails_does_not_keep_the_others() {
    let folder = Folder::new();
    let recipe = |name: &str, frames: u32| {
        let text = format!("name = '{name}'\nsize = '320x240'\nframes = {frames}\n[noise]\n");
        fs::write(folder.join(&format!("{name}.toml")), text).expect("written");
    };
    // Seconds of work, so that it still runs when it is killed.
    recipe("a", 2500);
    recipe("b", 10);
    recipe("c", 10);
    let mut child = start(&folder, "run a.toml b.toml c.toml");
    wait_until("a segment", || !finished_segments(&folder, "a").is_empty());
    let states: Vec<String> =
        listed(&folder).iter().map(|j| j["state"].as_str().expect("a state").into()).collect();
    assert_eq!(states, ["running", "queued", "queued"]);
    assert!(folder.run("cancel b").status.success());
    assert_eq!(shown(&folder, "b")["state"], "cancelled");
    // The running one is killed; resume takes it and what waits.
    child.kill().expect("killed");
    child.wait().expect("ends");
    let output = folder.run("resume");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(output.stdout, b"jobs/a/a.mp4\njobs/c/c.mp4\n");
    assert_eq!(shown(&folder, "b")["state"], "cancelled");

    // A name that stands for another recipe stops nothing that comes after it.
    fs::write(folder.join("d.toml"), "name = 'a'\nsize = '64x64'\nframes = 3\n[noise]")
        .expect("written");
    let output = folder.run("run d.toml c.toml");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("job a was made from another recipe"), "{}", stderr(&output));
    assert_eq!(output.stdout, b"jobs/c/c.mp4\n");
}

#[test]
fn what_failed_is_continued_by_all_or_by_name() {
    let folder = Folder::new();
    let fails = "render exec --size 64x64 --frames 2 --retries 0 --name n -- sh -c";
    let mut command = folder.command(fails);
    command.arg("exit 1");
    assert_eq!(command.output().expect("genmedia starts").status.code(), Some(1));
    let output = folder.run("resume");
    assert!(output.status.success());
    assert!(
        stderr(&output).contains("1 job failed, which --all renders again"),
        "{}",
        stderr(&output)
    );
    for named in ["resume --all", "resume n"] {
        let output = folder.run(named);
        assert_eq!(output.status.code(), Some(1), "{named}");
        assert!(stderr(&output).contains("exit code 1"), "{named}: {}", stderr(&output));
    }
}

#[test]
fn a_job_that_cannot_be_continued_does_not_keep_the_others() {
    let job = |name: &str| {
        format!("render noise --size 320x240 --frames 900 --segment-frames 5 --name {name}")
    };
    let folder = killed_midway(&job("a"), "a", 1);
    let mut child = start(&folder, &job("b"));
    wait_until("a segment", || !finished_segments(&folder, "b").is_empty());
    child.kill().expect("killed");
    child.wait().expect("ends");
    fs::write(folder.join("jobs/a/recipe.toml"), "[nose]").expect("written");
    let output = folder.run("resume");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("warning: job a: jobs/a/recipe.toml: ") && told.contains("nose"),
        "{told}"
    );
    assert!(told.contains("error: 1 job passed over, for the reasons above: a; genmedia cancel"));
    assert_eq!(output.stdout, b"jobs/b/b.mp4\n");
    // One that is named is what was wanted.
    assert_ne!(folder.run("resume a").status.code(), Some(0));
}

#[test]
fn resume_publishes_where_the_job_was_to_go() {
    let args = "render noise --size 320x240 --frames 300 --segment-frames 5 --name n -o film.mp4";
    let folder = killed_midway(args, "n", 1);
    let output = folder.run("resume n");
    assert!(output.status.success(), "{}", stderr(&output));
    let film = fs::canonicalize(folder.join("film.mp4")).expect("the film");
    let printed = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(fs::canonicalize(printed.trim_end()).expect("a path"), film);
    assert!(!folder.join("jobs/n/n.mp4").exists());
}

#[test]
fn remove_asks_and_leaves_what_is_not_genmedias() {
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name a --images png --keep-segments"));
    let asked = folder.run("remove a");
    assert_eq!(asked.status.code(), Some(2));
    assert!(stderr(&asked).contains("--yes"), "{}", stderr(&asked));
    for (file, folder_of) in
        [("notes.txt", ""), ("mine.segment", "segments/"), ("x.png", "frames/")]
    {
        fs::write(folder.join(&format!("jobs/a/{folder_of}{file}")), "mine").expect("written");
    }
    let removed = folder.run("remove --yes a");
    assert!(removed.status.success(), "{}", stderr(&removed));
    assert!(stderr(&removed).contains("jobs/a is left where it is"), "{}", stderr(&removed));
    let mut left: Vec<String> =
        folder.tree().into_iter().filter(|f| folder.join(f).is_file()).collect();
    left.retain(|f| !f.contains("genmedia.db"));
    assert_eq!(left, ["jobs/a/frames/x.png", "jobs/a/notes.txt", "jobs/a/segments/mine.segment"]);
    assert!(listed(&folder).is_empty());

    // A film that somebody put in the place of ours, and one that was asked for elsewhere.
    let film = folder.render(&format!("{SMALL} --name b"));
    let size = fs::metadata(&film).expect("the film").len();
    fs::write(&film, vec![7; size as usize]).expect("written");
    folder.render(&format!("{SMALL} --name c -o c.mp4"));
    assert!(folder.run("remove --yes b c").status.success());
    assert!(film.exists());
    assert!(folder.join("c.mp4").exists());
    assert!(!folder.join("jobs/c").exists());

    // On a terminal it asks, and takes no for an answer.
    folder.render(&format!("{SMALL} --name d"));
    let ask = |answer: &str| {
        let command = format!(
            "echo {answer} | script -qec '{} remove d' /dev/null",
            env!("CARGO_BIN_EXE_genmedia")
        );
        let output = Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output();
        String::from_utf8(output.expect("sh runs").stdout).expect("UTF-8")
    };
    let said = ask("n");
    assert!(said.contains("remove d (done, 20 frames, "), "{said}");
    assert!(folder.join("jobs/d/d.mp4").exists());
    ask("y");
    assert!(!folder.join("jobs/d").exists());
}

#[test]
fn a_job_whose_folder_is_gone_is_forgotten_and_one_that_came_is_found() {
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name a"));
    let other = Folder::new();
    let film = other.render(&format!("{SMALL} --name b --seed 5"));
    fs::rename(folder.join("jobs/a"), folder.join("a")).expect("moved");
    fs::rename(other.join("jobs/b"), folder.join("jobs/b")).expect("moved");
    assert!(!film.exists());
    let jobs = listed(&folder);
    assert_eq!(jobs.len(), 1);
    assert_eq!((&jobs[0]["name"], &jobs[0]["state"]), (&"b".into(), &"done".into()));
    assert_eq!(jobs[0]["output"], "jobs/b/b.mp4");
    let output = folder.run("resume");
    assert!(stderr(&output).contains("a: its folder is gone"), "{}", stderr(&output));
    let now = listed(&folder);
    assert_eq!(
        (now.len(), &now[0]["name"], &now[0]["output"]),
        (1, &"b".into(), &jobs[0]["output"])
    );
    let output = folder.run(&format!("{SMALL} --name b --seed 5"));
    assert!(stderr(&output).contains("all 20 frames are done"), "{}", stderr(&output));
}

#[test]
fn watch_tells_of_a_render_in_another_process() {
    let folder = Folder::new();
    let said = folder.join("said");
    let mut watch = folder
        .command("jobs --watch --json")
        .stdout(fs::File::create(&said).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("starts");
    std::thread::sleep(std::time::Duration::from_millis(700));
    folder.render("render noise --size 640x480 --frames 300 --segment-frames 10 --name n");
    let mut text = String::new();
    wait_until("its end is told", || {
        text = fs::read_to_string(&said).expect("UTF-8");
        text.contains("\"done\"") && text.ends_with('\n')
    });
    let sent = Command::new("kill").args(["-INT", &watch.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    assert_eq!(ended(&mut watch), Some(130));
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert!(events.iter().all(|e| e["job"] == "n" && e["at"].is_string()), "{text}");
    let count = |kind: &str| events.iter().filter(|e| e["event"] == kind).count();
    assert_eq!((count("planned"), count("segment"), count("done")), (1, 30, 1), "{text}");
    assert!(count("progress") >= 1, "{text}");
}

#[test]
fn a_job_of_a_million_segments_is_listed() {
    let folder = Folder::new();
    folder.render(&format!("{SMALL} --name n"));
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("opens");
    db.execute_batch(
        "BEGIN; UPDATE jobs SET segments = 1000000, frames = 30000000, state = 'interrupted';
         WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
         INSERT INTO segments (job, number, frames, state, bytes, image_bytes, attempts, seconds,
             finished) SELECT 1, i, 30, 'done', 1000, 0, 1, 0.1, 0 FROM n; COMMIT;",
    )
    .expect("filled");
    drop(db);
    let job = &listed(&folder)[0];
    assert_eq!(
        (&job["segments_done"], &job["frames_done"]),
        (&1_000_000.into(), &29_999_900.into())
    );
}

#[test]
fn a_sweep_is_a_job_for_each_combination() {
    let folder = Folder::new();
    let text = "name = 's'\nseed = [1, 2]\nframes = 2\nsize = '64x64'\n\
                [wave]\nview = 'density'\na = ['0..1', '1..2']\n";
    fs::write(folder.join("s.toml"), text).expect("written");
    let output = folder.run("run s.toml --dry-run");
    let names = ["s-1-0..1", "s-1-1..2", "s-2-0..1", "s-2-1..2"];
    let lines: Vec<String> = names
        .iter()
        .zip([1, 1, 2, 2])
        .map(|(n, s)| format!("{n}: wave, 64x64, 2 frames, seed {s}\n"))
        .collect();
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), lines.concat());
    let output = folder.run("run s.toml");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8").lines().count(), 4);
    let jobs = listed(&folder);
    let made: Vec<&str> = jobs.iter().filter_map(|j| j["name"].as_str()).collect();
    assert_eq!(made, names);
    let image = folder.run("frame s.toml --index 0 -o x.png");
    assert!(stderr(&image).contains("s.toml: it stands for 4 recipes"), "{}", stderr(&image));
    // A mistake in one of them is found before the first is rendered.
    fs::write(folder.join("t.toml"), text.replace("'1..2'", "'1..q'")).expect("written");
    let output = folder.run("run t.toml --dir other");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("t.toml: line 7"), "{}", stderr(&output));
    assert!(!folder.join("other").exists());
}

#[test]
fn a_job_that_is_cancelled_while_it_waits_is_not_begun() {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        let frames = if name == "a" { 4000 } else { 3 };
        let text = format!("name = '{name}'\nsize = '320x240'\nframes = {frames}\nnoise = {{}}\n");
        fs::write(folder.join(&format!("{name}.toml")), text).expect("written");
    }
    let mut child = start(&folder, "run a.toml b.toml c.toml --threads 1");
    wait_until("a is at work", || folder.join("jobs/a/segments").exists());
    assert!(folder.run("cancel b").status.success());
    assert!(folder.run("cancel a").status.success());
    // c comes to its turn.
    assert_ne!(ended(&mut child), Some(0));
    assert!(!folder.join("jobs/b/b.mp4").exists() && folder.join("jobs/c/c.mp4").exists());
    assert_eq!(shown(&folder, "b")["state"], "cancelled");
    // Said again, it is meant.
    assert!(folder.run("run b.toml c.toml").status.success());
    assert!(folder.join("jobs/b/b.mp4").exists());
}
