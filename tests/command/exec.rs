//! Programs as generators: what they may write, how they may fail, and that none is left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::common::{
    Folder, ended, frame_hashes, is_exact, probe, renderings, shown, stderr, wait_until,
};

/// `genmedia render exec` with these options, running `program` by sh.
fn exec(folder: &Folder, options: &str, program: &str) -> Command {
    let mut command =
        folder.command(&format!("render exec --name n --size 64x48 {options} -- sh -c"));
    command.args([program, "sh", "{frame}", "{count}"]);
    command
}

/// Runs it to its end, which must be a good one.
fn film(folder: &Folder, options: &str, program: &str) -> std::path::PathBuf {
    let output = exec(folder, options, program).output().expect("genmedia starts");
    assert!(output.status.success(), "{program}: {}", stderr(&output));
    folder.join(String::from_utf8(output.stdout).expect("UTF-8").trim_end())
}

/// Runs it without retries; it must fail, and this is its last line.
fn failure(folder: &Folder, options: &str, program: &str) -> String {
    let options = format!("--retries 0 {options}");
    let output = exec(folder, &options, program).output().expect("genmedia starts");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(!told.contains("panicked"), "{told}");
    told.trim_end().lines().last().unwrap_or_default().to_string()
}

/// A PPM of one colour that follows from the frame's index.
const PPM: &str = "printf 'P6\\n64 48\\n255\\n'; \
                   head -c 9216 /dev/zero | tr '\\000' \"\\\\$(printf %03o $((40 + $1 * 5)))\"";

/// The mean of the first channel of each frame.
fn shades(film: &std::path::Path) -> Vec<u8> {
    let raw = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(film)
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
        .output()
        .expect("ffmpeg runs");
    raw.stdout.chunks_exact(64 * 48 * 3).map(|frame| frame[3 * (64 * 24 + 32)]).collect()
}

#[test]
fn a_program_is_run_for_each_frame_in_any_order_and_the_film_is_in_order() {
    let folder = Folder::new();
    let film = film(&folder, "--frames 20 --segment-frames 3 --codec h264-rgb", PPM);
    is_exact(&film, 20, "30/1");
    let wanted: Vec<u8> = (0..20).map(|i| 40 + i * 5).collect();
    assert_eq!(shades(&film), wanted);
}

#[test]
fn every_format_of_picture_is_read_by_its_content() {
    for (codec, pixels) in [
        ("png", "rgb24"),
        ("png", "rgba"),
        ("png", "gray16be"),
        ("mjpeg", "yuvj444p"),
        ("libwebp", "yuv420p"),
        ("ppm", "rgb24"),
        ("pgm", "gray"),
        ("bmp", "bgr24"),
        ("tiff", "rgb24"),
    ] {
        let folder = Folder::new();
        let program = format!(
            "ffmpeg -v error -nostdin -f lavfi -i color=c=0x808080:s=64x48 -frames:v 1 \
             -c:v {codec} -pix_fmt {pixels} -f image2pipe -"
        );
        let film = film(&folder, "--frames 2 --codec h264-rgb", &program);
        let shade = shades(&film)[0];
        assert!(shade.abs_diff(0x80) <= 3, "{codec} {pixels}: {shade}");
    }
    // Raw RGB, and a file that it is told.
    let folder = Folder::new();
    let raw = "head -c 9216 /dev/zero | tr '\\000' '\\100'";
    assert_eq!(shades(&film(&folder, "--frames 2 --raw --codec h264-rgb", raw)), [64, 64]);
    let folder = Folder::new();
    let to_file = format!("({PPM}) > \"$GENMEDIA_OUT\"; : {{out}}");
    assert_eq!(shades(&film(&folder, "--frames 2 --codec h264-rgb", &to_file)), [40, 45]);
}

#[test]
fn a_batch_draws_many_frames_in_one_run_and_no_more_than_its_segment() {
    let folder = Folder::new();
    let program = format!(
        "echo \"$1 $2\" >> runs; i=$1; while [ $i -lt $(($1 + $2)) ]; do set -- \"$1\" \"$2\"; \
         (set -- $i; {PPM}); i=$((i + 1)); done"
    );
    let options = "--frames 20 --segment-frames 8 --batch 5 --threads 1 --codec h264-rgb";
    let wanted: Vec<u8> = (0..20).map(|i| 40 + i * 5).collect();
    assert_eq!(shades(&film(&folder, options, &program)), wanted);
    let runs = fs::read_to_string(folder.join("runs")).expect("a file");
    assert_eq!(runs, "0 5\n5 3\n8 5\n13 3\n16 4\n");

    let folder = Folder::new();
    let told = failure(&folder, "--frames 4 --batch 4", PPM);
    assert!(told.contains("frame 1: sh wrote fewer pictures than were asked for"), "{told}");

    // A batch may be whole where less is asked for, but no more than that: it would be of another size.
    let whole = "head -c 36864 /dev/zero";
    film(&Folder::new(), "--frames 6 --segment-frames 6 --raw --batch 4", whole);
    for surplus in ["head -c 36865 /dev/zero", "cat /dev/zero", "head -c 50000 /dev/zero; sleep 1"]
    {
        let told =
            failure(&Folder::new(), "--frames 4 --segment-frames 4 --raw --batch 4", surplus);
        assert!(told.contains("sh wrote more than the 4 pictures"), "{surplus}: {told}");
    }
}

#[test]
fn what_the_program_is_told_is_true() {
    let folder = Folder::new();
    let program = format!(
        "echo $GENMEDIA_FRAME $GENMEDIA_TIME $GENMEDIA_FRAMES $GENMEDIA_WIDTH $GENMEDIA_HEIGHT \
         $GENMEDIA_SEED $GENMEDIA_COUNT '{{frame}} {{time}} {{frames}} {{width}} {{height}} {{seed}} \
         {{count}}' '{{other}} {{}}' >> told; {PPM}"
    );
    film(&folder, "--frames 4 --fps 10 --seed 7 --threads 1", &program);
    let told = fs::read_to_string(folder.join("told")).expect("a file");
    let line = "3 0.3 4 64 48 7 1";
    assert_eq!(told.lines().last(), Some(&*format!("{line} {line} {{other}} {{}}")), "{told}");
}

#[test]
fn a_frame_whose_program_fails_is_a_failed_segment_and_only_that_is_run_again() {
    let folder = Folder::new();
    let program = format!(
        "[ $1 = 7 ] && [ ! -e mended ] && {{ echo a >&2; echo 'no paint' >&2; exit 3; }}; {PPM}"
    );
    let options = "--frames 15 --segment-frames 5 --retries 1";
    let output = exec(&folder, options, &program).output().expect("genmedia starts");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("segment 1: attempt 1 failed, trying again: frame 7"), "{told}");
    let last = told.trim_end().lines().last().unwrap_or_default();
    assert_eq!(
        last,
        "genmedia: error: job n failed: 1 of 3 segments, frames 5 to 9: frame 7: sh ended with exit \
         code 3; it said: a | no paint; genmedia resume n tries again"
    );
    let job = shown(&folder, "n");
    assert_eq!((&job["state"], &job["frames_done"]), (&"failed".into(), &10.into()));
    assert_eq!(job["failures"][0]["segment"], 1);
    assert_eq!(job["failures"][0]["attempts"], 2);
    assert!(job["error"].as_str().is_some_and(|e| e.contains("no paint")), "{job}");

    fs::write(folder.join("mended"), "").expect("written");
    assert!(
        stderr(&folder.run("resume")).contains("1 job failed, which --all renders"),
        "failed is for --all"
    );
    let resumed = folder.run("resume --all");
    assert!(resumed.status.success(), "{}", stderr(&resumed));
    let counts = renderings(&folder, "n");
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 1)]);
}

#[test]
fn each_mistake_of_a_program_is_one_clear_line() {
    for (options, program, said) in [
        ("", "exit 4", "sh ended with exit code 4"),
        ("", "kill -9 $$", "sh was killed by signal 9"),
        ("", "true", "sh wrote no picture"),
        (
            "",
            "echo hello",
            "wrote no picture that is known (PNG, JPEG, WebP, PPM, BMP or TIFF), but 'hello'",
        ),
        ("", "printf 'P6\\n64 48\\n255\\n'", "wrote a picture that cannot be read"),
        ("", "printf 'P6\\n2 1\\n255\\n123456'", "drew 2x1 pixels where 64x48 belong; --size 2x1"),
        (
            "--raw",
            "head -c 10 /dev/zero",
            "wrote 10 bytes, where 64x48 pixels of raw RGB take 9216",
        ),
        ("--raw", "cat /dev/zero", "wrote more than the 9216 bytes"),
        (
            "",
            "for n in 1 2; do printf 'P6\\n64 48\\n255\\n'; head -c 9216 /dev/zero; done",
            "wrote more than one picture; --batch says how many",
        ),
        ("--timeout 0.2", "sleep 60", "took longer than --timeout 0.2 s"),
        ("--timeout 0.2", "sleep 60; : {out}", "took longer than --timeout 0.2 s"),
        ("", ": {out}", "did not write the file {out}"),
        ("", "mkfifo {out}", "did not write the file {out}"),
        ("", "echo oops >&2; exit 1", "ended with exit code 1; it said: oops"),
        (
            "--batch 2 --raw --frames 2",
            "head -c 9216 /dev/zero",
            "frame 1: sh wrote fewer pictures",
        ),
    ] {
        let folder = Folder::new();
        let options = if options.contains("--frames") {
            options.into()
        } else {
            format!("{options} --frames 1")
        };
        let told = failure(&folder, &options, program);
        assert!(told.contains(said), "{program}: {told}");
    }
    for (args, code, said) in [
        ("render exec --frames 1 -- no-such-program", 1, "no program 'no-such-program'"),
        ("render exec --frames 1 -- ./no-such-program", 1, "no program ./no-such-program"),
        ("render exec --frames 1", 2, "required"),
        ("render exec --batch 0 -- true", 2, "--batch 0"),
        ("render exec --batch 4 -- sh {out}", 2, "leave out {out}"),
        ("render exec --timeout 0 -- true", 2, "--timeout"),
    ] {
        let folder = Folder::new();
        let output = folder.run(args);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args}: {told}");
        assert!(told.contains(said), "{args}: {told}");
        assert_eq!(folder.tree(), [""; 0], "{args}");
    }
}

#[test]
fn a_picture_may_end_in_a_line_break() {
    let program = "printf 'P6\\n64 48\\n255\\n'; head -c 9216 /dev/zero; echo";
    film(&Folder::new(), "--frames 1", program);
}

#[test]
fn a_script_that_is_changed_is_another_recipe() {
    let folder = Folder::new();
    let script = folder.join("draw.sh");
    let write = |extra: &str| {
        fs::write(&script, format!("#!/bin/sh\n{extra}\n{PPM}\n")).expect("written");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("made executable");
    };
    let args = "render exec --size 64x48 --frames 3 -- ./draw.sh {frame}";
    write("");
    let first = folder.render(args);
    assert_eq!(folder.render(args), first);
    write("set -- $((9 - $1))");
    let second = folder.render(args);
    assert_ne!(first, second);
    assert_ne!(frame_hashes(&first), frame_hashes(&second));
    // An old job that is finished needs no script. One that is not goes on with its own only.
    let name = first.file_stem().and_then(|s| s.to_str()).expect("a name");
    assert!(folder.run(&format!("resume {name}")).status.success());
    fs::remove_file(&first).expect("removed");
    let output = folder.run(&format!("resume {name}"));
    assert_ne!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("draw.sh has changed"), "{}", stderr(&output));
    let shown = folder.run(&format!("show {name}"));
    assert!(String::from_utf8_lossy(&shown.stdout).contains("done"), "nothing was begun");
    let output = folder.run(&format!("frame {name} --index 0 -o frame.png"));
    assert!(stderr(&output).contains("draw.sh has changed"), "{}", stderr(&output));

    // It is looked at and removed, with its script or without, and from its folder alone.
    let second = second.file_stem().and_then(|s| s.to_str()).expect("a name");
    write("exit 1");
    fs::remove_file(folder.join("jobs/genmedia.db")).expect("removed");
    for args in [format!("verify {second}"), "rescan".into(), format!("show {second}")] {
        let output = folder.run(&args);
        assert!(output.status.success(), "{args}: {}", stderr(&output));
    }
    fs::remove_file(&script).expect("removed");
    let output = folder.run(&format!("remove --yes {second}"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!folder.join("jobs").join(second).exists());
}

#[test]
fn a_script_that_is_changed_while_it_runs_makes_no_mixed_film() {
    let folder = Folder::new();
    let write = |gray: &str| {
        let picture = format!("head -c 9216 /dev/zero | tr '\\0' '{gray}'");
        let script = format!("echo $1 >> drawn; sleep 0.2; {picture}\n");
        fs::write(folder.join("draw.sh"), script).expect("written");
    };
    write("A");
    let args = "render exec --raw --size 64x48 --frames 12 --threads 1 --segment-frames 3 --name n";
    let mut command = folder.command(args);
    let child = command.args(["--", "sh", "draw.sh", "{frame}"]).stderr(Stdio::piped()).spawn();
    wait_until("a segment and a half", || {
        fs::read_to_string(folder.join("drawn")).is_ok_and(|drawn| drawn.lines().count() >= 5)
    });
    write("B");
    let output = child.expect("it runs").wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("error: draw.sh has changed"), "{}", stderr(&output));
    assert!(!folder.join("jobs/n/n.mp4").exists());
    // Put back, it goes on; what was finished before is kept, and no picture is of the other script.
    write("A");
    let output = folder.run("resume n");
    assert!(output.status.success(), "{}", stderr(&output));
    let hashes = frame_hashes(&folder.join("jobs/n/n.mp4"));
    assert!(hashes.len() == 12 && hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
}

/// The script itself is never written to: what leads to it is.
#[test]
fn a_path_that_leads_elsewhere_for_a_while_makes_no_mixed_film() {
    let replace = |folder: &Folder, target: &str| {
        std::os::unix::fs::symlink(target, folder.join("new")).expect("a link");
        fs::rename(folder.join("new"), folder.join("at")).expect("renamed");
    };
    let swap = |folder: &Folder, from: &str, to: &str| {
        fs::rename(folder.join(from), folder.join("away")).expect("renamed");
        fs::rename(folder.join(to), folder.join(from)).expect("renamed");
        fs::rename(folder.join("away"), folder.join(to)).expect("renamed");
    };
    for by_link in [true, false] {
        let folder = Folder::new();
        for script in ["A", "B"] {
            fs::create_dir(folder.join(script)).expect("a folder");
            let picture = format!("head -c 9216 /dev/zero | tr '\\0' '{script}'");
            let text = format!("echo {script} >> drawn; sleep 0.1; {picture}\n");
            fs::write(folder.join(&format!("{script}/draw.sh")), text).expect("written");
        }
        replace(&folder, "A");
        let drawn = || fs::read_to_string(folder.join("drawn")).unwrap_or_default();
        let args =
            "render exec --raw --size 64x48 --frames 12 --threads 1 --segment-frames 3 --name n";
        let mut command = folder.command(args);
        let script = if by_link { "at/draw.sh" } else { "A/draw.sh" };
        let child = command.args(["--", "sh", script, "{frame}"]).stderr(Stdio::piped()).spawn();
        wait_until("a segment and a half", || drawn().lines().count() >= 5);
        match by_link {
            true => replace(&folder, "B"),
            false => swap(&folder, "A", "B"),
        }
        wait_until("a frame of the other", || drawn().contains('B'));
        match by_link {
            true => replace(&folder, "A"),
            false => swap(&folder, "A", "B"),
        }
        let output = child.expect("it runs").wait_with_output().expect("it ends");
        if !output.status.success() {
            assert!(stderr(&output).contains("error: "), "{}", stderr(&output));
            let output = folder.run("resume n");
            assert!(output.status.success(), "{}", stderr(&output));
        }
        let hashes = frame_hashes(&folder.join("jobs/n/n.mp4"));
        assert!(hashes.len() == 12 && hashes.iter().all(|hash| *hash == hashes[0]), "{hashes:?}");
    }
}

/// Processes whose command line holds `mark`, which no other test's does.
fn alive(mark: &str) -> usize {
    let output = Command::new("pgrep").args(["-fc", mark]).output().expect("pgrep runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a count")
}

#[test]
fn no_program_outlives_the_job_however_it_ends() {
    for (i, (signal, code)) in [
        ("-INT", Some(130)),
        ("-TERM", Some(143)),
        ("-HUP", Some(129)),
        ("-KILL", None),
        ("cancel", Some(1)),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = Folder::new();
        // The program starts another, which does not read its parent's fate anywhere.
        let mark = format!("86{}4{i}", std::process::id());
        let program = format!("sleep {mark} & sleep {mark}; : {{out}}");
        let mut child = exec(&folder, "--frames 8 --segment-frames 1 --threads 2", &program)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("genmedia starts");
        let sleeping = format!("^sleep {mark}");
        wait_until("the programs", || alive(&sleeping) == 4);
        if signal == "cancel" {
            assert!(folder.run("cancel n").status.success());
        } else {
            let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(sent.expect("kill runs").success());
        }
        assert_eq!(ended(&mut child), code, "{signal}");
        wait_until("their end", || alive(&sleeping) == 0);
        wait_until("the keeper's end", || alive(&format!("genmedia-keeper.*{}", child.id())) == 0);
    }
}

/// What a program left running in the background has its pipes, and would keep us waiting for ever.
#[test]
fn what_a_program_leaves_behind_keeps_nobody_waiting() {
    let mark = format!("88{}5", std::process::id());
    let folder = Folder::new();
    let program = format!("{PPM}; sleep {mark} &");
    let film = film(&folder, "--frames 2 --codec h264-rgb", &program);
    assert_eq!(probe(&film, "nb_read_frames"), "2");
    assert_eq!(alive(&format!("^sleep {mark}")), 0);

    // One that has left the group of processes cannot be found, but it is said what is wrong.
    let folder = Folder::new();
    let program = format!("setsid sleep {mark} & echo oh >&2; sleep 0.5; exit 3");
    let mut command = exec(&folder, "--frames 1 --retries 0", &program);
    let output = command.output().expect("genmedia starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("ended with exit code 3; it said: oh"), "{}", stderr(&output));
    Command::new("pkill").args(["-f", &format!("^sleep {mark}")]).status().expect("pkill runs");
}

#[test]
fn frame_draws_one_alone() {
    let folder = Folder::new();
    let film = film(&folder, "--frames 6 --codec h264-rgb", PPM);
    assert_eq!(probe(&film, "nb_read_frames"), "6");
    let image = folder.render("frame n --index 4 -o 4.png");
    let pixels = image::open(image).expect("an image").to_rgb8();
    assert_eq!(pixels.get_pixel(5, 5).0[0], shades(&film)[4]);
}

#[test]
fn time_in_which_genmedia_is_stopped_is_not_the_programs() {
    let folder = Folder::new();
    // More than a pipe holds, so that the program has to wait as well.
    let program = "sleep 1; head -c 3000000 /dev/zero";
    let options = "--name n --size 1000x1000 --raw --frames 1 --timeout 2 --retries 0";
    let mut command = folder.command(&format!("render exec {options} -- sh -c"));
    let child = command.arg(program).stderr(Stdio::piped()).spawn().expect("starts");
    std::thread::sleep(std::time::Duration::from_millis(600));
    let signal = |name: &str| {
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().expect("kill runs").success());
    };
    signal("-STOP");
    std::thread::sleep(std::time::Duration::from_secs(4));
    signal("-CONT");
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn few_frames_of_a_program_are_many_segments() {
    let folder = Folder::new();
    let segments = |options: &str| {
        let options = format!("{options} --dry-run");
        let output = exec(&folder, &options, PPM).output().expect("genmedia starts");
        let recipe = String::from_utf8(output.stdout).expect("UTF-8");
        let line =
            recipe.lines().find(|line| line.starts_with("segment-frames")).expect("a length");
        line.rsplit(' ').next().expect("a number").to_string()
    };
    assert_eq!(segments("--frames 1"), "1");
    assert_eq!(segments("--frames 40"), "1");
    assert_eq!(segments("--frames 320"), "10");
    assert_eq!(segments("--frames 100000"), "30");
    assert_eq!(segments("--frames 100000 --threads 64"), "30", "never from the cores");
    assert_eq!(segments("--frames 40 --batch 10"), "10", "a run is not cut");
    assert_eq!(segments("--frames 40 --batch 100"), "30");
}
