//! Death at each exact point of the order of writing: between a file's content and its sync, its
//! sync and its name, its name and its record, and so on up to the published film.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use crate::common::{Folder, finished_segments, renderings, shown, stderr};

/// The points in the order in which a job comes by, and how often it does so at least.
const POINTS: [(&str, u32); 13] = [
    ("planned", 1),
    ("frame", 40),
    ("sealed", 8),
    ("written", 10),
    ("synced", 10),
    ("renamed", 10),
    ("unrecorded", 8),
    ("recorded", 8),
    ("grown", 8),
    ("assembling", 1),
    ("output-recorded", 1),
    ("published", 1),
    ("finished", 1),
];

fn dies_everywhere(job: &str) {
    let args = format!("render {job} --name n --threads 2 --keep-segments --progress none");
    let undisturbed = Folder::new();
    let bytes = fs::read(undisturbed.render(&args)).expect("the film");
    for (point, times) in POINTS {
        for time in [0, times / 2, times - 1] {
            let folder = Folder::new();
            let replay = format!("FAILPOINTS='{point}={time}*off->return' genmedia {args}");
            let killed = folder
                .command(&args)
                .env("FAILPOINTS", format!("{point}={time}*off->return"))
                .output()
                .expect("genmedia starts");
            assert_eq!(killed.status.signal(), Some(9), "{replay}: {}", stderr(&killed));
            let finished = finished_segments(&folder, "n");
            if folder.join("jobs/n/recipe.toml").exists() {
                let state = shown(&folder, "n")["state"].clone();
                let done = point == "finished";
                assert_eq!(state, if done { "done" } else { "interrupted" }, "{replay}");
            }
            let film = folder.render(&args);
            assert!(fs::read(film).expect("the film") == bytes, "{replay}");
            let after = finished_segments(&folder, "n");
            for (segment, stamp) in &finished {
                assert_eq!(after.get(segment), Some(stamp), "{segment} again; {replay}");
            }
            let renderings = renderings(&folder, "n");
            assert!(renderings.values().all(|n| *n == 1), "{renderings:?}; {replay}");
            let tree = folder.tree();
            assert!(!tree.iter().any(|f| f.contains("genmedia-part")), "{tree:?}; {replay}");
        }
    }
}

#[test]
fn a_film_survives_death_at_every_point() {
    dies_everywhere("noise --size 64x64 --frames 40 --segment-frames 5");
}

#[test]
fn a_film_with_images_survives_death_at_every_point() {
    dies_everywhere("wave --view density --images png --size 64x64 --frames 40 --segment-frames 5");
}
