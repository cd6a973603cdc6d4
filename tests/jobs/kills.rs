//! `kill -9` at random moments, many times: the bytes are those of a run that was never disturbed,
//! and nothing that was finished is rendered again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::common::{Folder, Random, finished_segments, quick_or_long, renderings, start};

/// All that a job's user gets: the film and the images.
fn results(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut add = |path: &Path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        files.insert(name, fs::read(path).expect("a file"));
    };
    let film = folder.join("jobs/n/n.mp4");
    if film.exists() {
        add(&film);
    }
    for image in fs::read_dir(folder.join("jobs/n/frames")).into_iter().flatten().flatten() {
        add(&image.path());
    }
    files
}

/// Kills the job again and again until it is done, and returns how often.
fn kill_until_done(args: &str, seed: u64, longest: u64) -> u32 {
    let mut random = Random(seed);
    let folder = Folder::new();
    let replay = format!("seed {seed}: {args}");
    let mut kills = 0;
    loop {
        let before = finished_segments(&folder, "n");
        let mut child = start(&folder, args);
        // Later and later, so that a machine on which nothing fits into the first moments, not even
        // the joining of all that is done, comes to an end as well.
        let moment = random.below(longest * 1000 * (10 + u64::from(kills)) / 10);
        let moment = Duration::from_micros(moment);
        std::thread::sleep(moment);
        let ended = child.try_wait().expect("waits");
        let _ = child.kill();
        child.wait().expect("ends");
        let after = finished_segments(&folder, "n");
        for (segment, stamp) in &before {
            assert_eq!(after.get(segment), Some(stamp), "{segment} was written again; {replay}");
        }
        match ended {
            Some(status) => {
                assert!(status.success(), "{replay}");
                break;
            }
            None => kills += 1,
        }
        assert!(kills < 500, "it does not get on; {replay}");
    }
    let undisturbed = Folder::new();
    undisturbed.render(args);
    assert!(results(&folder) == results(&undisturbed), "other bytes; {replay}");
    let twice: Vec<_> = renderings(&folder, "n").into_iter().filter(|(_, n)| *n > 1).collect();
    assert!(twice.is_empty(), "rendered more than once: {twice:?}; {replay}");
    let left: Vec<String> =
        folder.tree().into_iter().filter(|f| f.contains("genmedia-part")).collect();
    assert!(left.is_empty(), "left aside: {left:?}; {replay}");
    kills
}

#[test]
fn kills_cost_nothing_but_time() {
    const COMMON: &str = "--size 160x120 --threads 2 --name n --keep-segments --progress none";
    let jobs = [
        ("render noise --frames 200 --segment-frames 2", 60),
        ("render polygon --count 30 --frames 60 --segment-frames 3", 70),
        ("render wave --samples 60 --frames 60 --segment-frames 4", 70),
        ("render wave --view density --preset slow --frames 60 --segment-frames 7", 80),
        ("render noise --images png --frames 60 --segment-frames 3", 60),
        ("render polygon --count 20 --images jpg --no-video --frames 40 --segment-frames 2", 60),
    ];
    let seed: u64 =
        std::env::var("GENMEDIA_SEED").map_or(20_261_121, |s| s.parse().expect("a seed"));
    let mut kills = 0;
    // The moments differ from machine to machine, so it goes on until there were enough of them.
    for round in 0.. {
        for (i, (args, longest)) in jobs.iter().enumerate() {
            let seed = seed + round * 100 + i as u64;
            kills += kill_until_done(&format!("{args} {COMMON}"), seed, *longest);
        }
        if kills >= quick_or_long(40, 400) {
            break;
        }
    }
}
