//! Workers that share a job's folder and nothing else give the film that one process gives, whatever becomes of them.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{
    Folder, Random, finished_segments, listed, quick_or_long, shown, start, stderr, wait_until,
};

const NOISE: &str = "--frames 240 --size 64x48 --segment-frames 4";

/// A folder with the recipe `sea.toml`, and the bytes of its film.
pub fn recipe(folder: &Folder, args: &str) -> Vec<u8> {
    let (generator, rest) = args.split_once(' ').expect("options");
    let render = |option: &str| format!("render {generator} {option} {rest}");
    let dry = folder.run(&render("--dry-run"));
    assert!(dry.status.success(), "{}", stderr(&dry));
    let text = String::from_utf8(dry.stdout).expect("UTF-8");
    fs::write(folder.join("sea.toml"), format!("name = \"sea\"\n{text}")).expect("written");
    let film = folder.render(&render("--name whole"));
    fs::read(film).expect("a film")
}

/// A program that takes a while for a frame, as a job of `frames` in segments of one. It waits for as long as there is a
/// file `hold`.
pub fn slow(folder: &Folder, frames: u32, seconds: f32) -> Vec<u8> {
    let script = "#!/bin/sh\nsleep $2\nwhile [ -e hold ]; do sleep 0.1; done\nprintf 'P6 16 16 255\\n'\nhead -c 768 /dev/zero | tr '\\0' \"\\\\$((100 + $1 % 50))\"\n";
    fs::write(folder.join("slow.sh"), script).expect("written");
    let args = format!(
        "exec --frames {frames} --size 16x16 --segment-frames 1 -- sh slow.sh {{frame}} {seconds}"
    );
    recipe(folder, &args)
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it is there");
}

/// Ends the job with what workers have rendered, and compares.
fn publish(folder: &Folder, whole: &[u8]) {
    let film = folder.render("resume sea --force");
    assert!(fs::read(film).expect("a film") == whole, "the bytes of one process");
    let left: Vec<String> =
        folder.tree().into_iter().filter(|name| name.starts_with("jobs/sea/")).collect();
    let own =
        ["jobs/sea/.lock", "jobs/sea/output.toml", "jobs/sea/recipe.toml", "jobs/sea/sea.mp4"];
    assert_eq!(left, own, "nothing else is left");
    assert!(folder.run("verify sea").status.success());
}

/// Claims in which stands whose they are.
fn claims(folder: &Folder) -> usize {
    let claims = fs::read_dir(folder.join("jobs/sea/cluster/claims")).into_iter().flatten();
    let is_signed = |claim: &fs::DirEntry| claim.metadata().is_ok_and(|claim| claim.len() > 0);
    claims.flatten().filter(is_signed).count()
}

#[test]
fn together_they_give_the_bytes_of_one() {
    let folder = Folder::new();
    let whole = recipe(&folder, &format!("noise {NOISE}"));
    let start = |number: u32| {
        let args = format!("shard sea.toml --shard {number}/3 --threads 1");
        folder.command(&args).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    let workers: Vec<Child> = (1..=3).map(start).collect();
    let mut segments = 0;
    for worker in workers {
        let output = worker.wait_with_output().expect("it ends");
        let told = stderr(&output);
        assert!(output.status.success(), "{told}");
        assert_eq!(output.stdout, b"", "a worker has no result");
        let line = told.lines().find(|line| line.contains("sea, shard")).expect("what it did");
        let count =
            line.split(": ").nth(2).and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
        segments += count.expect("a number");
    }
    assert_eq!(segments, 60, "each segment is rendered once");
    assert_eq!(claims(&folder), 0);
    let job = &listed(&folder)[1];
    assert_eq!((job["name"].as_str(), job["frames_done"].as_u64()), (Some("sea"), Some(240)));
    assert!(!folder.join("jobs/sea/.lock").exists(), "no lock was taken");
    publish(&folder, &whole);
    let again = folder.run("shard sea");
    assert!(again.status.success(), "{}", stderr(&again));
    assert!(stderr(&again).contains("the job is done"), "{}", stderr(&again));
}

#[test]
fn images_are_shared_out_as_well() {
    let folder = Folder::new();
    recipe(&folder, "polygon --frames 30 --size 40x30 --segment-frames 4 --images png");
    let workers: Vec<Child> = (1..=2)
        .map(|n| start(&folder, &format!("shard sea.toml --shard {n}/2 --threads 1")))
        .collect();
    for mut worker in workers {
        assert!(worker.wait().expect("it ends").success());
    }
    folder.render("resume sea --force");
    for frame in 0..30 {
        let image = |job| fs::read(folder.join(&format!("jobs/{job}/frames/{frame:06}.png")));
        assert!(image("sea").expect("an image") == image("whole").expect("an image"), "{frame}");
    }
    let removed = folder.run("remove sea --yes");
    assert!(removed.status.success(), "{}", stderr(&removed));
    assert!(!folder.join("jobs/sea").exists(), "{:?}", folder.tree());
}

#[test]
fn killed_at_any_time_they_leave_nothing_wrong() {
    let folder = Folder::new();
    let whole = recipe(&folder, &format!("noise {NOISE}"));
    let seed = 17;
    let mut random = Random(seed);
    let (workers, kills) = (quick_or_long(4, 16), quick_or_long(12, 1500));
    let begin = |number: u32| {
        start(&folder, &format!("shard sea.toml --shard {number}/{workers} --threads 1"))
    };
    let mut children: Vec<Child> = (1..=workers).map(begin).collect();
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(random.below(120)));
        let number = random.below(workers.into()) as usize;
        let _ = children[number].kill();
        children[number].wait().expect("it ends");
        if random.below(5) == 0 && finished_segments(&folder, "sea").len() > 50 {
            // Others write there at this moment.
            let _ = fs::remove_dir_all(folder.join("jobs/sea/segments"));
        }
        children[number] = begin(number as u32 + 1);
    }
    for child in &mut children {
        // One may have met a folder of segments that was just removed.
        let _ = child.wait();
    }
    // What a worker began that was killed before it said whose a claim is, is left for some seconds.
    wait_until(&format!("all segments, seed {seed}"), || {
        assert!(start(&folder, "shard sea").wait().expect("it ends").success());
        finished_segments(&folder, "sea").len() == 60
    });
    publish(&folder, &whole);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn those_of_other_processors_render_the_same() {
    use genmedia::media::Codec;

    for codec in Codec::ALL {
        let folder = Folder::new();
        let whole = recipe(
            &folder,
            &format!("noise --kind fbm --frames 6 --size 64x64 --segment-frames 1 --codec {codec}"),
        );
        // A processor of 2008, without AVX.
        let old = std::process::Command::new("qemu-x86_64-static")
            .args(["-cpu", "Nehalem", env!("CARGO_BIN_EXE_genmedia")])
            .args(["shard", "sea.toml", "--threads", "1"])
            .current_dir(folder.path())
            .output()
            .expect("qemu-user-static is needed");
        assert!(old.status.success(), "{codec}: {}", stderr(&old));
        for index in [1, 2, 5] {
            fs::remove_file(folder.join(&format!("jobs/sea/segments/{index:06}.segment")))
                .expect("a segment");
        }
        assert!(folder.run("shard sea").status.success());
        let film = folder.render("resume sea --force");
        assert!(fs::read(film).expect("a film") == whole, "{codec}");
    }
}

#[test]
fn one_that_hangs_or_dies_holds_nobody_up() {
    let folder = Folder::new();
    let whole = slow(&folder, 12, 0.1);
    let hung = start(&folder, "shard sea.toml --shard 1/2 --threads 1");
    wait_until("a claim", || claims(&folder) > 0);
    signal(&hung, Signal::STOP);
    let output = folder.run("shard sea.toml --shard 2/2 --threads 2");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("of other shards; other workers are at 1 segment"), "{told}");
    // It is taken for dead as soon as it is known to be: here because its process is gone.
    let mut hung = hung;
    hung.kill().expect("killed");
    hung.wait().expect("ends");
    let output = folder.run("shard sea.toml --shard 2/2 --threads 1");
    assert!(stderr(&output).contains("all segments are there"), "{}", stderr(&output));
    publish(&folder, &whole);
}

#[test]
fn one_that_gives_no_sign_is_taken_for_dead() {
    let folder = Folder::new();
    let whole = slow(&folder, 4, 0.1);
    // Of another machine, so that nobody can look at its process.
    let hold = |silent: u64, index: u32| {
        let cluster = folder.join("jobs/sea/cluster");
        for name in ["workers", "claims"] {
            fs::create_dir_all(cluster.join(name)).expect("made");
        }
        let sign = format!("worker-{index}.toml");
        let text =
            "host = \"elsewhere\"\npid = 1\nshard = \"1/2\"\nbegan = \"\"\nframes = 7\nfps = 1.5\n";
        fs::write(cluster.join("workers").join(&sign), text).expect("written");
        let file = fs::File::options().write(true).open(cluster.join("workers").join(&sign));
        let then = SystemTime::now() - Duration::from_secs(silent);
        file.expect("opened").set_modified(then).expect("set");
        let claim = cluster.join(format!("claims/{index:06}.claim"));
        fs::write(claim, format!("{sign}\n")).expect("written");
    };
    assert!(folder.run("shard sea.toml --shard 1/4 --threads 1").status.success());
    fs::remove_dir_all(folder.join("jobs/sea/segments")).expect("removed");
    hold(70, 1);
    hold(3, 2);
    // The claim of one that was killed before it said whose it is.
    let empty = folder.join("jobs/sea/cluster/claims/000003.claim");
    let file = fs::File::create(empty).expect("made");
    file.set_modified(SystemTime::now() - Duration::from_secs(70)).expect("set");
    let told = stderr(&folder.run("shard sea --threads 1"));
    assert!(told.contains("3 segments rendered; other workers are at 1 segment"), "{told}");
    let there: Vec<String> = finished_segments(&folder, "sea").into_keys().collect();
    assert_eq!(there, ["000000.segment", "000001.segment", "000003.segment"]);
    publish(&folder, &whole);
}

#[test]
fn one_that_its_engine_started_anew_goes_on_at_once() {
    let folder = Folder::new();
    let whole = slow(&folder, 6, 0.3);
    let worker = |kind: &str| {
        let mut command = folder.command("shard sea.toml --threads 1");
        command.env("SLURM_JOB_ID", kind).env("SLURM_ARRAY_JOB_ID", "70");
        command.env("SLURM_ARRAY_TASK_ID", "2").env("SLURM_ARRAY_TASK_MIN", "1");
        command.env("SLURM_ARRAY_TASK_MAX", "2").env("SLURM_CPUS_PER_TASK", "1");
        command
    };
    let mut first = worker("71").stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("a claim", || claims(&folder) > 0);
    // As if on another machine, where its process cannot be looked at.
    let sign = fs::read_dir(folder.join("jobs/sea/cluster/workers")).expect("signs").next();
    let sign = sign.expect("one").expect("a file").path();
    let text = fs::read_to_string(&sign).expect("text");
    assert!(text.contains("shard = \"2/2\"") && text.contains("task = \"slurm 70_2\""), "{text}");
    first.kill().expect("killed");
    first.wait().expect("ends");
    let host = text.lines().find(|line| line.starts_with("host")).expect("a host");
    fs::write(&sign, text.replace(host, "host = \"elsewhere\"")).expect("written");
    let output = worker("72").output().expect("it runs");
    let told = stderr(&output);
    assert!(told.contains("shard 2/2: 6 segments rendered, 3 of other shards; all"), "{told}");
    publish(&folder, &whole);
}

#[test]
fn told_to_end_they_keep_what_is_finished() {
    let folder = Folder::new();
    let whole = slow(&folder, 8, 0.2);
    let mut worker = start(&folder, "shard sea.toml --threads 2");
    wait_until("segments", || finished_segments(&folder, "sea").len() > 1);
    signal(&worker, Signal::TERM);
    assert_eq!(worker.wait().expect("it ends").code(), Some(143));
    let kept = finished_segments(&folder, "sea");
    assert!(kept.len() < 8, "it was told in the middle");
    assert_eq!(claims(&folder), 0, "what was begun is left to others");
    let signs = fs::read_dir(folder.join("jobs/sea/cluster/workers")).expect("signs");
    assert_eq!(signs.count(), 0);
    let parts = folder.tree().into_iter().filter(|name| name.ends_with("-part")).count();
    assert_eq!(parts, 0, "{:?}", folder.tree());
    assert!(folder.run("shard sea.toml").status.success());
    let now = finished_segments(&folder, "sea");
    assert!(kept.iter().all(|(name, stamp)| now.get(name) == Some(stamp)), "no segment twice");
    publish(&folder, &whole);
}

#[test]
fn what_fails_is_told_and_costs_no_more_than_itself() {
    let folder = Folder::new();
    let script = "#!/bin/sh\necho $1 >> tries\n[ $1 = 3 ] && [ ! -e mended ] && { echo no luck >&2; exit 1; }\n\
                  printf 'P6 16 16 255\\n'\nhead -c 768 /dev/zero\n";
    fs::write(folder.join("draw.sh"), script).expect("written");
    fs::write(folder.join("mended"), "").expect("written");
    let whole =
        recipe(&folder, "exec --frames 8 --size 16x16 --segment-frames 1 -- sh draw.sh {frame}");
    fs::remove_file(folder.join("mended")).expect("removed");
    fs::remove_file(folder.join("tries")).expect("removed");
    let start = |number: u32| {
        let args = format!("shard sea.toml --shard {number}/2 --threads 1 --retries 1");
        folder.command(&args).stderr(Stdio::piped()).spawn().expect("it starts")
    };
    let workers = [1, 2].map(start).map(|worker| worker.wait_with_output().expect("it ends"));
    let failed: Vec<String> =
        workers.iter().filter(|output| !output.status.success()).map(stderr).collect();
    let told = failed.first().expect("one of them fails");
    let tries = fs::read_to_string(folder.join("tries")).expect("tries");
    // One of them tries it twice; the other leaves it alone, unless it began later.
    let tries = tries.lines().filter(|frame| *frame == "3").count();
    assert_eq!(tries, 2 * failed.len(), "{failed:?}");
    assert!(
        told.contains("job sea failed: 1 of 8 segments, frame 3: ") && told.contains("no luck"),
        "{told}"
    );
    assert_eq!(finished_segments(&folder, "sea").len(), 7);
    // Who begins later tries again.
    fs::write(folder.join("mended"), "").expect("written");
    let told = stderr(&folder.run("shard sea"));
    assert!(told.contains("1 segment rendered; all segments are there"), "{told}");
    publish(&folder, &whole);
}

#[test]
fn others_leave_a_job_alone_that_workers_render() {
    let folder = Folder::new();
    let whole = slow(&folder, 10, 0.5);
    let mut worker = start(&folder, "shard sea.toml --threads 1");
    wait_until("a claim", || claims(&folder) > 0);
    for args in ["resume sea", "remove sea --yes", "run sea.toml", "run sea.toml --force"] {
        let output = folder.run(args);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{args}: {told}");
        assert!(
            told.contains("is being rendered by another genmedia (1 worker, the last sign of "),
            "{told}"
        );
    }
    assert_eq!(shown(&folder, "sea")["state"], "running");
    // A look at all segments does not cost the worker what it is writing.
    assert!(folder.run("rescan").status.success());
    let output = folder.run("cancel sea");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(worker.wait().expect("it ends").code(), Some(1));
    assert_eq!(shown(&folder, "sea")["state"], "cancelled");
    let told = stderr(&folder.run("shard sea"));
    assert!(told.contains("job sea was cancelled; genmedia resume sea continues it"), "{told}");
    publish(&folder, &whole);
}

#[test]
fn others_than_those_of_the_job_render_nothing() {
    let folder = Folder::new();
    recipe(&folder, &format!("noise {NOISE}"));
    assert!(folder.run("shard sea.toml --shard 1/2").status.success());
    for segment in finished_segments(&folder, "sea").into_keys().skip(30) {
        fs::remove_file(folder.join("jobs/sea/segments").join(segment)).expect("removed");
    }
    let versions = folder.join("jobs/sea/cluster/versions.toml");
    let text = fs::read_to_string(&versions).expect("versions");
    let other = text.replace("libavcodec ", "libavcodec 1");
    assert_ne!(text, other);
    let versions_there = text;
    fs::write(&versions, other).expect("written");
    let before = folder.tree();
    let output = folder.run("shard sea");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("job sea is rendered by genmedia") && told.contains("install the same"),
        "{told}"
    );
    assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    assert_eq!(folder.tree(), before);
    // And a recipe is that of its job.
    let text = fs::read_to_string(folder.join("sea.toml")).expect("a recipe");
    fs::write(folder.join("sea.toml"), text.replace("seed = 1", "seed = 2")).expect("written");
    let told = stderr(&folder.run("shard sea.toml"));
    assert!(told.contains("job sea was made from another recipe"), "{told}");
    // One that is changed after it was begun makes no other film, and costs nothing that is there.
    fs::write(folder.join("jobs/sea/cluster/versions.toml"), versions_there).expect("written");
    let recipe = folder.join("jobs/sea/recipe.toml");
    let text = fs::read_to_string(&recipe).expect("a recipe");
    fs::write(&recipe, text.replace("frames = 240", "frames = 100")).expect("written");
    let before = finished_segments(&folder, "sea");
    for args in ["resume sea --force", "resume sea", "shard sea"] {
        let output = folder.run(args);
        assert_eq!(output.status.code(), Some(1), "{args}: {}", stderr(&output));
        assert!(stderr(&output).contains("was changed after it was begun"), "{output:?}");
        assert_eq!(finished_segments(&folder, "sea"), before, "{args}");
    }
}

#[test]
fn what_cannot_be_is_said_in_a_line() {
    let folder = Folder::new();
    recipe(&folder, "noise --frames 4 --size 16x16");
    let cases = [
        ("shard see", 1, "there is no job see in jobs"),
        ("shard sea.toml --shard 5/4", 2, "K/N is expected, K from 1 to N"),
        ("shard sea.toml --shard 0/4", 2, "K/N is expected, K from 1 to N"),
        ("shard gone.toml", 1, "gone.toml"),
        ("shard", 2, "JOB|RECIPE.toml"),
    ];
    for (args, code, what) in cases {
        let output = folder.run(args);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args}: {told}");
        assert!(told.contains(what), "{args}: {told}");
        assert!(!folder.join("jobs/sea").exists(), "{args}");
    }
    let output = folder.command("shard sea.toml").env("PBS_ARRAY_INDEX", "3").output();
    let told = stderr(&output.expect("it runs"));
    assert!(told.contains("PBS_ARRAY_INDEX is 3, and nothing says of how many parts"), "{told}");
}
