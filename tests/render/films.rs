//! `genmedia render`: exact videos, the same bytes, and the same command again.

use std::fs;
use std::time::Duration;

use crate::common::{Folder, frame_hashes, is_exact, stderr};

#[test]
fn every_generator_gives_an_exact_mp4_and_prints_its_path() {
    for generator in ["noise --size 320x240", "polygon --size 320x240", "wave --size 320x240"] {
        let folder = Folder::new();
        let film = folder.render(&format!("render {generator} --frames 70"));
        is_exact(&film, 70, "30/1");
        let name = film.parent().and_then(|p| p.file_name()).expect("a job's folder").to_owned();
        assert_eq!(film.file_stem(), Some(name.as_os_str()));
        let left: Vec<String> =
            folder.tree().into_iter().filter(|f| f.contains("segment")).collect();
        assert_eq!(left, [""; 0], "segments are removed");
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    for generator in ["noise", "polygon --count 9", "wave --preset slow", "wave --view density"] {
        let render = |threads: u32| {
            let folder = Folder::new();
            let args = "--size 160x120 --frames 50 --segment-frames 7";
            let film = folder.render(&format!("render {generator} {args} --threads {threads}"));
            fs::read(film).expect("the film")
        };
        let one = render(1);
        assert!(one == render(2), "{generator}");
        assert!(one == render(5), "{generator}");
    }
}

#[test]
fn the_segment_length_changes_the_bytes_but_with_lossless_codecs_not_the_frames() {
    let frames = |length: u32| {
        let folder = Folder::new();
        let args = "--codec h264-rgb --preset medium --size 96x64 --frames 31";
        let film = folder.render(&format!("render wave {args} --segment-frames {length}"));
        is_exact(&film, 31, "30/1");
        frame_hashes(&film)
    };
    let whole = frames(31);
    assert_eq!(whole.len(), 31);
    for length in [1, 2, 3, 7, 30] {
        assert_eq!(frames(length), whole, "segments of {length}");
    }
}

#[test]
fn b_frames_are_in_order_across_segments_at_awkward_rates() {
    for (rate, exact) in [("30000/1001", "30000/1001"), ("23.976", "2997/125"), ("7", "7/1")] {
        let folder = Folder::new();
        let args = format!("--fps {rate} --frames 65 --size 160x96 --preset slow");
        is_exact(&folder.render(&format!("render wave {args} --segment-frames 13")), 65, exact);
    }
}

#[test]
fn the_same_command_again_returns_the_finished_job_and_touches_nothing() {
    let folder = Folder::new();
    let args = "render polygon --size 320x240 --frames 40";
    let film = folder.render(args);
    let before = fs::metadata(&film).and_then(|m| m.modified()).expect("a time");
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(folder.render(args), film);
    assert_eq!(fs::metadata(&film).and_then(|m| m.modified()).expect("a time"), before);
    let told = stderr(&folder.run(args));
    assert!(told.contains("all 40 frames are done"), "{told}");
}

#[test]
fn whole_segments_are_used_and_damaged_ones_rendered_again() {
    let folder = Folder::new();
    let args =
        "render noise --size 160x120 --frames 50 --segment-frames 10 --keep-segments --name n";
    let film = folder.render(args);
    let bytes = fs::read(&film).expect("the film");
    let segment = |i: u32| folder.join(&format!("jobs/n/segments/{i:06}.segment"));
    let kept = fs::read(segment(0)).expect("a segment");
    let time = |i: u32| fs::metadata(segment(i)).and_then(|m| m.modified()).expect("a time");
    let untouched = time(0);
    // Lost, truncated, and another one's in its place (too short).
    fs::remove_file(&film).expect("removed");
    fs::remove_file(segment(1)).expect("removed");
    fs::write(segment(2), &kept[..kept.len() / 2]).expect("written");
    fs::write(segment(3), b"rubbish").expect("written");
    let output = folder.run(args);
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("2 of 5 segments are done"), "{told}");
    assert!(told.contains("000002.segment is damaged and is rendered again"), "{told}");
    assert!(told.contains("000003.segment is damaged"), "{told}");
    assert_eq!(fs::read(&film).expect("the film"), bytes);
    assert_eq!(time(0), untouched, "a whole segment is not rendered again");
}

#[test]
fn what_a_crash_left_aside_is_swept() {
    let folder = Folder::new();
    let args = "render noise --size 64x64 --frames 8 --segment-frames 4 --name n";
    fs::create_dir_all(folder.join("jobs/n/segments")).expect("made");
    fs::write(folder.join("jobs/n/.lock"), "").expect("written");
    for aside in [
        "n/.n.mp4.0123456789abcdef.genmedia-part",
        "n/segments/.000001.segment.fedcba9876543210.genmedia-part",
    ] {
        fs::write(folder.join("jobs").join(aside), "half").expect("written");
    }
    folder.render(args);
    assert_eq!(
        folder.tree(),
        [
            "jobs",
            "jobs/genmedia.db",
            "jobs/n",
            "jobs/n/.lock",
            "jobs/n/n.mp4",
            "jobs/n/output.toml",
            "jobs/n/recipe.toml"
        ]
    );
}

#[test]
fn output_goes_where_it_is_told_and_never_over_what_is_not_ours() {
    let folder = Folder::new();
    let args = "render noise --size 64x64 --frames 4";
    assert_eq!(folder.render(&format!("{args} -o film.mp4")), folder.join("film.mp4"));
    let film = fs::read(folder.join("film.mp4")).expect("the film");
    // Again: found done. Elsewhere: copied. With colons and blanks in the name: a name.
    folder.render(&format!("{args} -o film.mp4"));
    let elsewhere = folder.command(args).args(["-o", "12:30 é%d.mp4"]).output().expect("runs");
    assert!(elsewhere.status.success(), "{}", stderr(&elsewhere));
    assert_eq!(fs::read(folder.join("12:30 é%d.mp4")).expect("the copy"), film);

    fs::write(folder.join("mine.mp4"), "mine").expect("written");
    let refused = folder.run(&format!("{args} -o mine.mp4"));
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("mine.mp4 exists and is not this job's"));
    assert_eq!(fs::read(folder.join("mine.mp4")).expect("still there"), b"mine");
    folder.render(&format!("{args} -o mine.mp4 --force"));
    assert_eq!(fs::read(folder.join("mine.mp4")).expect("replaced"), film);
}

#[test]
fn a_name_stands_for_one_recipe() {
    let folder = Folder::new();
    folder.render("render noise --size 64x64 --frames 4 --name n");
    let film = fs::read(folder.join("jobs/n/n.mp4")).expect("the film");
    let refused = folder.run("render noise --size 64x64 --frames 5 --name n");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("another recipe"), "{}", stderr(&refused));
    assert_eq!(fs::read(folder.join("jobs/n/n.mp4")).expect("the film"), film);
    let longer = folder.render("render noise --size 64x64 --frames 5 --name n --force");
    is_exact(&longer, 5, "30/1");

    fs::create_dir_all(folder.join("jobs/mine")).expect("made");
    fs::write(folder.join("jobs/mine/poem.txt"), "poem").expect("written");
    let refused = folder.run("render noise --size 64x64 --frames 4 --name mine --force");
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("not a job's"), "{}", stderr(&refused));
}

#[test]
fn the_folder_of_jobs_comes_from_the_flag_or_the_environment() {
    let folder = Folder::new();
    let args = "render noise --size 64x64 --frames 2 --name n";
    folder.render(&format!("{args} --dir a/b"));
    assert!(folder.join("a/b/n/n.mp4").exists());
    let there = folder.command(args).env("GENMEDIA_DIR", "c").output().expect("runs");
    assert_eq!(there.stdout, b"c/n/n.mp4\n");
}

#[test]
fn the_index_stands_in_front() {
    let folder = Folder::new();
    let film = fs::read(folder.render("render wave --size 64x64 --frames 40")).expect("the film");
    let (mut at, mut boxes) = (0, Vec::new());
    while at < film.len() {
        let size = u32::from_be_bytes(film[at..at + 4].try_into().expect("4 bytes")) as usize;
        boxes.push(String::from_utf8_lossy(&film[at + 4..at + 8]).into_owned());
        assert!(size >= 8, "{boxes:?}");
        at += size;
    }
    let place = |name: &str| boxes.iter().position(|b| b == name).expect(name);
    assert!(place("moov") < place("mdat"), "{boxes:?}");
}

#[test]
fn progress_is_json_where_asked_for_and_results_stay_alone_on_stdout() {
    let folder = Folder::new();
    let output = folder.run("render noise --size 64x64 --frames 60 --progress json");
    let lines: Vec<serde_json::Value> = stderr(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
        .collect();
    let names: Vec<&str> = lines.iter().filter_map(|l| l["event"].as_str()).collect();
    assert_eq!((names[0], names[names.len() - 1]), ("planned", "done"), "{names:?}");
    assert_eq!(names.iter().filter(|n| **n == "segment").count(), 2);
    assert_eq!(lines[0]["frames"], 60);
    assert!(
        stderr(&folder.run("render noise --size 64x64 --frames 61 --progress none")).is_empty()
    );
}

#[test]
fn a_dry_run_prints_the_recipe_and_makes_nothing() {
    let folder = Folder::new();
    let output = folder.run("render wave --frames 12 --dry-run");
    assert!(output.status.success());
    assert_eq!(folder.tree(), [""; 0]);
    fs::write(folder.join("r.toml"), &output.stdout).expect("written");
    let again = folder.run("run r.toml --dry-run");
    assert_eq!(again.stdout, output.stdout, "the printed recipe is the recipe");
}

#[test]
fn a_duration_is_so_many_frames() {
    let folder = Folder::new();
    for (args, frames) in
        [("--duration 10", 300), ("--duration 1:30 --fps 29.97", 2697), ("--duration 1ms", 1)]
    {
        let output = folder.run(&format!("render noise {args} --dry-run"));
        let recipe = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(recipe.contains(&format!("\nframes = {frames}\n")), "{args}: {recipe}");
    }
}

#[test]
fn every_recipe_of_the_house_is_valid_and_says_what_one_sees() {
    let folder = Folder::new();
    let recipes = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("jobs");
    let mut count = 0;
    for entry in fs::read_dir(recipes).expect("jobs/").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "toml") {
            let text = fs::read_to_string(&path).expect("a recipe");
            assert!(text.starts_with("# "), "{}", path.display());
            let output = folder.command("run --dry-run").arg(&path).output().expect("runs");
            assert!(output.status.success(), "{}: {}", path.display(), stderr(&output));
            count += 1;
        }
    }
    assert!(count >= 5);
}

#[test]
fn completions_and_manual_pages_are_there() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.run(&format!("completions {shell}"));
        assert!(String::from_utf8_lossy(&script.stdout).contains("segment-frames"), "{shell}");
    }
    assert!(String::from_utf8_lossy(&folder.run("man").stdout).starts_with(".ie"));
    fs::create_dir(folder.join("man1")).expect("made");
    assert!(folder.run("man --write man1").status.success());
    let pages = folder.tree();
    for page in ["genmedia.1", "genmedia-render.1", "genmedia-render-wave.1", "genmedia-frame.1"] {
        assert!(pages.contains(&format!("man1/{page}")), "{page} of {pages:?}");
    }
}
