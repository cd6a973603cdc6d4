//! Remixes: every frame is the right one, the sound goes with the picture, and a crash costs nothing.

use std::fs;

use crate::common::{
    self, Folder, Numbered, Random, duration, frame_hashes, is_exact, listed, loudness, numbers,
    probe, samples, start, stderr, tool, wait_until,
};

/// Three films of different kinds: with B-frames and sound; in Matroska, where sound has a lead-in;
/// slower, larger, and silent.
fn films(folder: &Folder) {
    let high = Numbered {
        tone: Some((440, 44_100)),
        options: "-c:v libx264 -preset medium -g 40 -bf 3",
        ..Numbered::default()
    };
    high.write(&folder.join("a.mp4"));
    let low = Numbered { first: 1000, tone: Some((1000, 48_000)), ..Numbered::default() };
    low.write(&folder.join("b.mkv"));
    let silent = Numbered { first: 2000, size: (320, 180), rate: "25", ..Numbered::default() };
    silent.write(&folder.join("c.mp4"));
}

fn list(folder: &Folder, pieces: &[(&str, &str, &str)]) {
    let mut text = "#EXTM3U\n".to_string();
    for (film, from, to) in pieces {
        text += &format!("#EXTVLCOPT:start-time={from}\n#EXTVLCOPT:stop-time={to}\n{film}\n");
    }
    fs::write(folder.join("list.m3u"), text).expect("written");
}

/// The numbers from `first` on, `count` of them.
fn run(first: u16, count: u16) -> Vec<u16> {
    (first..first + count).collect()
}

/// Effects on a remix, in its film and in frames that are drawn alone; its sound stays what it is.
#[test]
fn frames_of_films_go_through_effects() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0.5", "1"), ("c.mp4", "1", "1.5")]);
    let dry = folder.run("remix list.m3u --codec ffv1 --segment-frames 10 --size 160x90 --dry-run");
    let plain = String::from_utf8(dry.stdout).expect("UTF-8");
    fs::write(folder.join("plain.toml"), &plain).expect("written");
    fs::write(
        folder.join("turned.toml"),
        format!("{plain}\n[[effect]]\nname = 'mirror'\nhalf = 'right'\n"),
    )
    .expect("written");
    let [plain, turned] = ["plain", "turned"].map(|name| {
        let film = folder.render(&format!("run {name}.toml"));
        let drawn = folder.run(&format!("frame {name}.toml --index 3 -o {name}.png"));
        assert!(drawn.status.success(), "{}", stderr(&drawn));
        let frame = image::open(folder.join(&format!("{name}.png"))).expect("an image").to_rgb8();
        (film, frame)
    });
    // The same, as it is typed.
    let args = "--codec ffv1 --segment-frames 10 --size 160x90 --effect mirror,half=right";
    let typed = folder.render(&format!("remix list.m3u {args} -o typed.mkv"));
    assert_eq!(frame_hashes(&typed), frame_hashes(&turned.0));
    let (width, height) = plain.1.dimensions();
    for (x, y, pixel) in turned.1.enumerate_pixels() {
        let from = x.max(width - 1 - x);
        assert_eq!(pixel, plain.1.get_pixel(from, y), "{x}, {y} of {width}x{height}");
    }
    assert_eq!(samples(&plain.0), samples(&turned.0), "the sound");
    let (one, other) = (frame_hashes(&plain.0), frame_hashes(&turned.0));
    assert_eq!(one.len(), other.len());
    let others = one.iter().zip(&other).filter(|(one, other)| one != other).count();
    assert!(others > one.len() / 2, "some are symmetric: {others} of {}", one.len());
}

#[test]
fn a_remix_is_a_layer_with_its_sound_and_something_over_it() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0.5", "1"), ("c.mp4", "1", "1.5")]);
    let dry = folder.run("remix list.m3u --codec ffv1 --segment-frames 10 --size 160x90 --dry-run");
    let plain = String::from_utf8(dry.stdout).expect("UTF-8");
    // Its pictures become RGB on the way, where layers meet, and stay it in the film.
    let plain = plain.replace("pix-fmt = \"yuv420p\"", "pix-fmt = \"bgr0\"");
    let layered = plain.replace("generator = \"remix\"\n", "");
    let layered = layered.replace("[remix]", "[[layer]]\n[layer.remix]");
    let layered = layered.replace("[[remix.", "[[layer.remix.")
        + "\n[[layer]]\nsize = '30x20'\nanchor = 'top-left'\n[layer.color]\ncolor = 'lime'\n";
    fs::write(folder.join("plain.toml"), &plain).expect("written");
    fs::write(folder.join("layered.toml"), &layered).expect("written");
    let [plain, layered] = ["plain", "layered"].map(|name| {
        let film = folder.render(&format!("run {name}.toml"));
        let drawn = folder.run(&format!("frame {name}.toml --index 3 -o {name}.png"));
        assert!(drawn.status.success(), "{}", stderr(&drawn));
        (film, image::open(folder.join(&format!("{name}.png"))).expect("an image").to_rgb8())
    });
    for (x, y, pixel) in layered.1.enumerate_pixels() {
        let wanted = match x < 30 && y < 20 {
            true => image::Rgb([0, 255, 0]),
            false => *plain.1.get_pixel(x, y),
        };
        assert_eq!(*pixel, wanted, "{x}, {y}");
    }
    assert_eq!(samples(&plain.0), samples(&layered.0), "the sound");
    assert_eq!(frame_hashes(&plain.0).len(), frame_hashes(&layered.0).len());
    // Longer than the pieces there is nothing.
    let frames = layered_frames(&folder, "frames = 400");
    assert!(
        frames.contains("layered.toml: frames = 400: the pieces of the remix have only"),
        "{frames}"
    );
}

/// What is said of `layered.toml` with other frames.
fn layered_frames(folder: &Folder, frames: &str) -> String {
    let text = fs::read_to_string(folder.join("layered.toml")).expect("a recipe");
    let line = text.lines().find(|line| line.starts_with("frames = ")).expect("frames").to_string();
    fs::write(folder.join("layered.toml"), text.replacen(&line, frames, 1)).expect("written");
    stderr(&folder.run("run layered.toml"))
}

#[test]
fn every_frame_is_the_right_one() {
    let folder = Folder::new();
    films(&folder);
    // The second begins between two key frames, the fourth with a time that is rounded, the last
    // ends with its film.
    list(
        &folder,
        &[
            ("a.mp4", "0", "0.5"),
            ("b.mkv", "1.023", "2.023"),
            ("a.mp4", "2.9", "3"),
            ("a.mp4", "0.733", "1.4"),
            ("b.mkv", "0.023", "0.123"),
            ("a.mp4", "1.5", "3"),
        ],
    );
    let film = folder.render("remix list.m3u -o out.mp4 --no-sound --segment-frames 20");
    let expected = [run(0, 15), run(1030, 30), run(87, 3), run(22, 20), run(1000, 3), run(45, 45)];
    assert_eq!(numbers(&film), expected.concat());
    is_exact(&film, 116, "30/1");

    // At another rate each moment shows what it would on a screen.
    let slow = folder.render("remix list.m3u -o slow.mkv --no-sound --fps 10 --crf 15");
    let expected: Vec<u16> = [
        (0..5).map(|n| 3 * n).collect::<Vec<u16>>(),
        (0..10).map(|n| 1030 + 3 * n).collect(),
        vec![87],
    ]
    .concat();
    assert_eq!(numbers(&slow)[..16], expected);
    assert_eq!(probe(&slow, "nb_read_frames"), "39", "3.867 s of pieces");
}

#[test]
fn times_that_are_rounded_twice_mean_what_they_did() {
    let folder = Folder::new();
    let options = "-c:v libx264 -preset veryfast -g 10 -keyint_min 10 -sc_threshold 0";
    for film in ["a.mkv", "a.flv", "a.mp4"] {
        Numbered { frames: 150, options, ..Numbered::default() }.write(&folder.join(film));
        // Of the times of the frames each third is a whole number of milliseconds.
        let starts = [40, 41, 42, 100, 121].map(|first| f64::from(first) / 30.0);
        let times: Vec<(String, String)> =
            starts.iter().map(|at| (format!("{at:.3}"), format!("{:.3}", at + 0.5))).collect();
        let pieces: Vec<(&str, &str, &str)> =
            times.iter().map(|(from, to)| (film, from.as_str(), to.as_str())).collect();
        list(&folder, &pieces);
        let made = folder.render(&format!("remix list.m3u --fps 30 -o {film}.remix.mp4"));
        let expected = [40, 41, 42, 100, 121].map(|first| run(first, 15)).concat();
        assert_eq!(numbers(&made), expected, "{film}");
    }
}

#[test]
fn pictures_of_other_shapes_are_fitted() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0", "1"), ("c.mp4", "0", "1")]);
    // Frame 31 shows number 2000: of the upper squares the fifth is white, the sixth black.
    for (fit, points) in [
        ("pad", [(90, 1, 0), (90, 30, 255)]),
        ("crop", [(90, 1, 255), (102, 1, 255)]),
        ("stretch", [(90, 1, 255), (102, 1, 0)]),
    ] {
        let args = format!("remix list.m3u -o {fit}.mp4 --no-sound --crf 10 --fit {fit}");
        let film = folder.render(&args);
        assert_eq!(probe(&film, "width,height"), "160,120");
        let args = ["-nostdin", "-v", "error", "-i", film.to_str().expect("UTF-8"), "-vf"];
        let pick = ["select=eq(n\\,31),format=gray", "-frames:v", "1", "-f", "rawvideo", "-"];
        let picture = std::process::Command::new("ffmpeg").args(args).args(pick).output();
        let picture = picture.expect("ffmpeg is needed").stdout;
        for (x, y, grey) in points {
            let found = picture[y * 160 + x];
            assert!(found.abs_diff(grey) < 60, "{fit}, {x} {y}: {found} for {grey}");
        }
    }
    // At 30 frames a second a film of 25 shows some of its frames twice.
    let shown: Vec<u16> = (0..30).map(|n| 2000 + n * 25 / 30).collect();
    assert_eq!(numbers(&folder.join("stretch.mp4"))[30..], shown);
}

#[test]
fn sound_is_cut_with_the_picture() {
    let folder = Folder::new();
    films(&folder);
    list(
        &folder,
        &[("a.mp4", "0.5", "1.5"), ("c.mp4", "1", "2"), ("b.mkv", "1", "2"), ("a.mp4", "2", "3")],
    );
    let film = folder.render("remix list.m3u -o out.mp4 --segment-frames 25");
    let stream = |entries: &str| {
        let path = film.to_str().expect("UTF-8");
        let args =
            ["-v", "error", "-select_streams", "a", "-show_entries", entries, "-of", "csv=p=0"];
        tool("ffprobe", &[&args[..], &[path]].concat()).trim().to_string()
    };
    assert_eq!(stream("stream=codec_name,sample_rate,channels"), "aac,44100,2");
    assert_eq!(stream("stream=start_time,duration"), "0.000000,4.000000");
    assert!((duration(&film) - 4.0).abs() < 1e-6);
    let all = samples(&film);
    let loud = |from: f32, to: f32, pitch| {
        loudness(&all[(from * 48_000.0) as usize..(to * 48_000.0) as usize], pitch)
    };
    // Each second its own pitch, up to a hundredth of a second around the cuts.
    for (second, of_a, of_b) in
        [(0.0, true, false), (1.0, false, false), (2.0, false, true), (3.0, true, false)]
    {
        for part in [0.01, 0.4, 0.89] {
            let (from, to) = (second + part, second + part + 0.1);
            assert_eq!(loud(from, to, 440.0) > 0.05, of_a, "440 Hz at {from}");
            assert_eq!(loud(from, to, 1000.0) > 0.05, of_b, "1000 Hz at {from}");
        }
    }

    // Where a segment ends and the next begins nothing is heard: what is beside the tone is as
    // faint there as elsewhere.
    list(&folder, &[("a.mp4", "0.2", "2.8")]);
    let film = folder.render("remix list.m3u -o one.mp4 --segment-frames 13");
    let all = samples(&film);
    let beside = |from: usize| {
        // Eleven whole periods.
        let part = &all[from..from + 1200];
        let power: f32 = part.iter().map(|s| s * s).sum::<f32>() / 1200.0;
        (power - loudness(part, 440.0).powi(2) / 2.0).max(0.0).sqrt()
    };
    let worst = (2_000..all.len() - 4_000).step_by(480).map(beside).fold(0.0, f32::max);
    assert!(worst < 0.01, "a click of {worst}");
}

#[test]
fn a_remix_is_a_job() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0", "1"), ("b.mkv", "1", "2")]);
    let film = folder.render("remix list.m3u --name cut --images png");
    assert!(film.ends_with("jobs/cut/cut.mp4"));
    let jobs = listed(&folder);
    assert_eq!(
        (jobs[0]["generator"].as_str(), jobs[0]["state"].as_str()),
        (Some("remix"), Some("done"))
    );
    assert_eq!(jobs[0]["frames"], 60);
    assert!(folder.run("verify cut").status.success(), "{}", stderr(&folder.run("verify cut")));
    // The same again is there already, and one frame alone is that of the job.
    assert!(
        stderr(&folder.run("remix list.m3u --name cut --images png"))
            .contains("all 60 frames are done")
    );
    folder.render("frame cut --index 45 -o f.png");
    let image = |path: &str| fs::read(folder.join(path)).expect("an image");
    assert_eq!(image("f.png"), image("jobs/cut/frames/000045.png"));
    assert!(folder.run("rescan").status.success());
    assert_eq!(listed(&folder)[0]["state"], "done");
}

#[test]
fn a_killed_remix_goes_on_to_the_same_bytes() {
    let folder = Folder::new();
    films(&folder);
    let mut random = Random(11);
    let pieces: Vec<(&str, String, String)> = (0..24)
        .map(|n| {
            let (film, start) =
                (["a.mp4", "b.mkv", "c.mp4"][n % 3], random.below(1_900) as f64 / 1e3);
            (film, start.to_string(), (start + 1.0).to_string())
        })
        .collect();
    let pieces: Vec<(&str, &str, &str)> = pieces.iter().map(|(f, a, b)| (*f, &**a, &**b)).collect();
    list(&folder, &pieces);
    let whole = fs::read(folder.render("remix list.m3u --name whole --threads 1")).expect("a film");
    let mut kills = 0;
    loop {
        let mut child = start(&folder, "remix list.m3u --name cut --threads 2");
        let moment = 30 + random.below(300 * (1 + kills / 4));
        std::thread::sleep(std::time::Duration::from_millis(moment));
        if let Some(status) = child.try_wait().expect("waits") {
            assert!(status.success());
            break;
        }
        child.kill().expect("killed");
        child.wait().expect("ends");
        kills += 1;
        assert!(kills < 200, "it does not get on");
    }
    assert!(kills > 0, "it was killed at least once");
    let film = fs::read(folder.join("jobs/cut/cut.mp4")).expect("a film");
    let parts = film.iter().zip(&whole).position(|(a, b)| a != b);
    let (bytes, expected) = (film.len(), whole.len());
    assert!(film == whole, "{kills} kills: {bytes} bytes, not {expected}, other from {parts:?} on");
}

#[test]
fn a_film_that_changes_or_goes_is_told_of() {
    let folder = Folder::new();
    films(&folder);
    let pieces = vec![("a.mp4", "0", "3"); 40];
    list(&folder, &pieces);
    let mut child = start(&folder, "remix list.m3u --name cut --preset slow --threads 1");
    wait_until("a segment", || {
        folder.join("jobs/cut/segments").read_dir().is_ok_and(|mut d| d.next().is_some())
    });
    child.kill().expect("killed");
    child.wait().expect("ends");
    fs::rename(folder.join("a.mp4"), folder.join("away.mp4")).expect("renamed");
    let output = folder.run("resume cut");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("a.mp4: no such file or folder; this remix was begun with it")
    );
    Numbered::default().write(&folder.join("a.mp4"));
    assert!(
        stderr(&folder.run("resume cut"))
            .contains("is not the film that this remix was begun with")
    );
    fs::rename(folder.join("away.mp4"), folder.join("a.mp4")).expect("renamed");
    let output = folder.run("resume cut");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_film_that_is_exchanged_meanwhile_makes_no_mixed_film() {
    let folder = Folder::new();
    films(&folder);
    Numbered { first: 3000, ..Numbered::default() }.write(&folder.join("other.mp4"));
    let pieces = [vec![("a.mp4", "0", "3"); 20], vec![("b.mkv", "0", "3")]].concat();
    list(&folder, &pieces);
    let whole =
        fs::read(folder.render("remix list.m3u --name whole --preset slow")).expect("a film");
    // In place, as another file, and long before its turn.
    for (name, film, is_renamed, frame) in [
        ("written", "a.mp4", false, 0),
        ("exchanged", "a.mp4", true, 0),
        ("later", "b.mkv", true, 1885),
    ] {
        fs::copy(folder.join(film), folder.join("kept")).expect("copied");
        let mut command = folder.command("remix list.m3u --preset slow --threads 1 --name");
        let child =
            command.arg(name).stderr(std::process::Stdio::piped()).spawn().expect("it runs");
        wait_until("a segment", || {
            let segments = folder.join(&format!("jobs/{name}/segments"));
            segments.read_dir().is_ok_and(|mut files| files.next().is_some())
        });
        if is_renamed {
            fs::copy(folder.join("other.mp4"), folder.join("new")).expect("copied");
            fs::rename(folder.join("new"), folder.join(film)).expect("renamed");
        } else {
            fs::copy(folder.join("other.mp4"), folder.join(film)).expect("copied");
        }
        let output = child.wait_with_output().expect("it ends");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let refused = format!("{film} is not the film that this remix was begun with");
        assert!(told.contains(&refused), "{told}");
        let frame = folder.run(&format!("frame {name} --index {frame} -o f.png"));
        assert!(stderr(&frame).contains("is not the film"), "{}", stderr(&frame));
        fs::copy(folder.join("kept"), folder.join(film)).expect("copied");
        let output = folder.run(&format!("resume {name}"));
        assert!(output.status.success(), "{}", stderr(&output));
        let film = fs::read(folder.join(&format!("jobs/{name}/{name}.mp4"))).expect("a film");
        assert!(film == whole, "{name}");
    }
}

#[test]
fn a_film_that_changes_while_it_is_copied_makes_none() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0", "1"), ("a.mp4", "1", "2")]);
    let mut command = folder.command("remix list.m3u --copy -o out.mp4");
    command.env("FAILPOINTS", "copied=sleep(1500)").stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("it runs");
    let is_writing = || folder.tree().iter().any(|name| name.ends_with("-part"));
    wait_until("it writes", is_writing);
    // What is written is the same: that it was written is enough.
    let bytes = fs::read(folder.join("a.mp4")).expect("a film");
    fs::write(folder.join("a.mp4"), bytes).expect("written");
    let output = child.wait_with_output().expect("it ends");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("a.mp4: it was changed while it was copied"), "{told}");
    assert!(!folder.join("out.mp4").exists() && !is_writing(), "{:?}", folder.tree());
}

#[test]
fn copying_keeps_every_bit() {
    let folder = Folder::new();
    let coded = "-c:v libx264 -preset medium -bf 3 -g 15 -keyint_min 15 -sc_threshold 0";
    let tone = Some((440, 48_000));
    Numbered { tone, options: coded, ..Numbered::default() }.write(&folder.join("a.mp4"));
    Numbered { tone, options: coded, first: 1000, ..Numbered::default() }
        .write(&folder.join("b.mp4"));
    Numbered { first: 2000, ..Numbered::default() }.write(&folder.join("silent.mp4"));
    let output =
        folder.run("playlist a.mp4 b.mp4 --count 5 --length 1 --snap keyframe --seed 4 -o p.m3u");
    assert!(output.status.success(), "{}", stderr(&output));
    let film = folder.render("remix p.m3u --copy -o out.mp4");
    let mut expected = Vec::new();
    let text = fs::read_to_string(folder.join("p.m3u")).expect("a list");
    let lines: Vec<&str> = text.lines().collect();
    for piece in lines[2..].chunks(4) {
        let start: f64 = piece[1].rsplit('=').next().and_then(|s| s.parse().ok()).expect("a time");
        let first = (start * 30.0).round() as u16 + if piece[3] == "b.mp4" { 1000 } else { 0 };
        expected.extend(run(first, 30));
    }
    assert_eq!(numbers(&film), expected);
    common::decodes_silently(&film);
    assert!((duration(&film) - 5.0).abs() < 0.03, "{}", duration(&film));
    let found = frame_hashes(&film);
    let sources =
        [frame_hashes(&folder.join("a.mp4")), frame_hashes(&folder.join("b.mp4"))].concat();
    assert!(found.iter().all(|frame| sources.contains(frame)), "no frame was encoded anew");

    // What is coded otherwise is refused, and what stood there stays.
    let before = fs::read(&film).expect("a film");
    list(&folder, &[("a.mp4", "0", "1"), ("silent.mp4", "0", "1")]);
    let refused = folder.run("remix list.m3u --copy -o out.mp4 --force");
    assert!(
        stderr(&refused).contains("silent.mp4: it has no sound, and a.mp4 has; try --no-sound")
    );
    let refused = folder.run("remix list.m3u --copy -o out.mp4 --force --no-sound");
    assert!(
        stderr(&refused).contains(
            "silent.mp4: its picture differs from that of a.mp4 in settings of the encoder"
        )
    );
    assert!(stderr(&folder.run("remix list.m3u --copy -o out.mp4")).contains("out.mp4 exists"));
    assert!(fs::read(&film).expect("a film") == before);
    assert!(!folder.tree().iter().any(|name| name.ends_with("-part")), "{:?}", folder.tree());
}

#[test]
fn sound_that_stands_far_from_its_picture_is_not_lost() {
    let folder = Folder::new();
    // A picture of a hundred bytes, then sound that is three times as long as what is looked through.
    let options = "-c:v libx264 -preset veryfast -g 25 -keyint_min 25 -sc_threshold 0";
    let clicks = Some("-c:a aac");
    let film = Numbered { rate: "25", frames: 300, options, clicks, ..Numbered::default() };
    film.write(&folder.join("a.flv"));
    let bytes = fs::read(folder.join("a.flv")).expect("a film");
    fs::write(folder.join("a.flv"), common::apart(&bytes, 6000)).expect("written");
    list(&folder, &[("a.flv", "1", "2"), ("a.flv", "4", "5")]);
    let output = folder.run("remix list.m3u --copy -o out.mp4");
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("a.flv: its sound stands far from its picture"), "{told}");
    let film = folder.render("remix list.m3u -o encoded.mp4");
    let sound = samples(&film);
    let loud = |second: f64| {
        let from = (second * 48_000.0) as usize;
        sound[from..from + 2400].iter().any(|sample| sample.abs() > 0.2)
    };
    assert!([0.25, 0.5, 0.75, 1.25, 1.5, 1.75].into_iter().all(loud));
}

#[test]
fn sound_that_is_stored_without_times_stays_with_its_picture() {
    let folder = Folder::new();
    // Packets of PCM in the source do not begin with its pictures, and its sound ends before they do.
    let clicks = Some("-c:a pcm_s16le -ac 1");
    let options = "-c:v mjpeg -q:v 3";
    Numbered { rate: "25", clicks, options, frames: 75, ..Numbered::default() }
        .write(&folder.join("whole.mov"));
    let made = ["-nostdin", "-v", "error", "-i", "whole.mov", "-t", "2", "-i", "whole.mov"];
    let made = std::process::Command::new("ffmpeg")
        .args(made)
        .args(["-map", "0:v", "-map", "1:a", "-c", "copy", "a.mov"])
        .current_dir(folder.path())
        .status();
    assert!(made.expect("ffmpeg is needed").success());
    let mut pieces = vec![("a.mov", "0.2", "0.64"); 40];
    pieces.extend([("a.mov", "2.4", "3"), ("a.mov", "0", "1")]);
    list(&folder, &pieces);
    let film = folder.render("remix list.m3u --copy -o out.mov");
    let sound = samples(&film);
    let loud: Vec<usize> = (0..sound.len()).filter(|n| sound[*n].abs() > 0.2).collect();
    // The last piece begins behind 40 times 0.44 s and 0.6 s.
    for beat in [0.25, 0.5, 0.75] {
        let at = ((40.0 * 0.44 + 0.6 + beat) * 48_000.0) as usize;
        let first = loud.iter().find(|n| **n + 4800 > at).expect("a click");
        assert!(first.abs_diff(at) < 1200, "{first} for {at}");
    }
}

#[test]
fn what_a_killed_copy_left_is_removed_by_the_next() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0", "1"), ("a.mp4", "1", "2")]);
    let parts = || folder.tree().iter().filter(|name| name.ends_with("-part")).count();
    for point in ["copied", "copied=1*off->return"] {
        let mut command = folder.command("remix list.m3u --copy -o out.mp4");
        let points = if point.contains('=') { point.into() } else { format!("{point}=return") };
        let killed = command.env("FAILPOINTS", points).output().expect("it runs");
        assert_eq!(killed.status.code(), None, "{}", stderr(&killed));
        assert_eq!(parts(), 1, "{:?}", folder.tree());
    }
    fs::write(folder.join(".out.mp4.mine-part"), "mine").expect("written");
    folder.render("remix list.m3u --copy -o out.mp4");
    assert_eq!(parts(), 1, "{:?}", folder.tree());
    assert!(folder.join(".out.mp4.mine-part").exists());
}

#[test]
fn a_copy_goes_on_with_the_timecode_of_its_film() {
    let folder = Folder::new();
    let options = "-c:v libx264 -preset veryfast -bf 2 -g 15 -keyint_min 15 -sc_threshold 0 -timecode 00:00:59;00";
    Numbered { rate: "30000/1001", options, ..Numbered::default() }.write(&folder.join("a.mov"));
    list(&folder, &[("a.mov", "1.2", "2"), ("a.mov", "0", "0.5")]);
    for ending in ["mp4", "mkv"] {
        let film = folder.render(&format!("remix list.m3u --copy -o out.{ending}"));
        assert_eq!(numbers(&film)[0], 30);
        let entries = "stream_tags=timecode";
        let args = ["-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of"];
        let told =
            tool("ffprobe", &[&args[..], &["csv=p=0", film.to_str().expect("UTF-8")]].concat());
        assert_eq!(told.trim(), "00:01:00;02", "{ending}");
    }
}

#[test]
fn each_generation_eats_the_last() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0", "1"), ("b.mkv", "1", "2"), ("a.mp4", "2", "3")]);
    let film = folder.render("remix list.m3u --recurse 3 -o third.mp4 --seed 5");
    assert_eq!(listed(&folder).len(), 3, "every generation is a job");
    let third = numbers(&film);
    assert_eq!(third.len(), 90);
    let known = [run(0, 30), run(1030, 30), run(60, 30)].concat();
    // A cut of b's time may fall a frame off the first piece's.
    assert!(third.iter().all(|n| known.contains(n) || (1028..1062).contains(n)), "{third:?}");
    let jumps = third.windows(2).filter(|pair| pair[1] != pair[0] + 1).count();
    assert!(jumps > 2, "it is cut more often than the first generation: {third:?}");
    let again = folder.run("remix list.m3u --recurse 3 -o third.mp4 --seed 5");
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!(listed(&folder).len(), 3, "the same seed is the same remix");
}

#[test]
fn lists_of_every_program_are_read() {
    let folder = Folder::new();
    Numbered::default().write(&folder.join("a b.mp4"));
    Numbered { first: 1000, frames: 30, ..Numbered::default() }.write(&folder.join("q&a.mp4"));
    let both = [run(0, 90), run(1000, 30)].concat();
    let wpl = "<?wpl version=\"1.0\"?>\n<smil><head><title>x</title></head><body><seq>\n\
               <media src=\"a b.mp4\"/><media src=\"q&amp;a.mp4\" tid=\"{1}\"/></seq></body></smil>";
    for (name, text, expected) in [
        ("bare.txt", "# joined\nfile 'a b.mp4'\nfile q&a.mp4\n", both.clone()),
        (
            "list.pls",
            "[playlist]\nFile2=q&a.mp4\nTitle2=x\nFile1=a b.mp4\nNumberOfEntries=2\n",
            both.clone(),
        ),
        ("list.wpl", wpl, both.clone()),
        ("vlc.m3u8", "#EXTM3U\n#EXTINF:3,a b\na%20b.mp4\n#EXTINF:1,q\nq&a.mp4\n", both.clone()),
        ("nested.m3u", "list.pls\nlist.wpl\n", [both.clone(), both].concat()),
        // Players show a piece that goes beyond its film to the film's end.
        ("beyond.m3u", "#EXTVLCOPT:start-time=2\n#EXTVLCOPT:stop-time=5\na b.mp4\n", run(60, 30)),
    ] {
        fs::write(folder.join(name), text).expect("written");
        let film = folder.render(&format!("remix {name} -o {name}.mp4"));
        assert_eq!(numbers(&film), expected, "{name}");
    }
    let mut command = folder.command("remix - -o in.mp4");
    let list = fs::File::open(folder.join("bare.txt")).expect("a list");
    let output = command.stdin(list).output().expect("it runs");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(numbers(&folder.join("in.mp4")).len(), 120);
    let output = folder.command("remix -").stdin(std::process::Stdio::null()).output();
    let told = stderr(&output.expect("it runs"));
    assert!(told.contains("-: there is no piece in this playlist"), "{told}");
}

#[test]
fn mistakes_cost_a_line() {
    let folder = Folder::new();
    films(&folder);
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
    write("gone.m3u", "a.mp4\ngone.mp4\n");
    write("self.m3u", "a.mp4\nother.m3u\n");
    write("other.m3u", "self.m3u\n");
    write("late.m3u", "#EXTVLCOPT:start-time=7\na.mp4\n");
    write("nothing.m3u", "#EXTM3U\n");
    write("nested.m3u", "gone.m3u\nc.mp4\n");
    list(&folder, &[("a.mp4", "0", "1")]);
    for (args, said) in [
        ("gone.m3u --strict", "gone.m3u, line 2: gone.mp4: there is no such file"),
        ("self.m3u", "other.m3u, line 1: it includes itself, through self.m3u"),
        ("late.m3u", "the piece begins at 7 s, and the film is 3 s long"),
        ("nothing.m3u", "nothing.m3u: there is no piece in this playlist"),
        ("missing.m3u", "cannot open the playlist missing.m3u: no such file or folder"),
        ("a.mp4", "a.mp4, line 1: this is no playlist"),
        (".", ".: this is a folder; genmedia playlist makes a playlist of it"),
        (
            "list.m3u --codec vp9 --sound-codec aac -o x.webm",
            "--sound-codec aac: the sound in .webm is opus",
        ),
        ("list.m3u -o a.mp4 --force", "--output a.mp4: pieces are cut from this film"),
        ("list.m3u -o b.mkv", "b.mkv exists and is not this job's"),
        ("list.m3u --copy", "--output <FILE>"),
        ("list.m3u --copy -o y.mp4 --dry-run", "--dry-run"),
        ("list.m3u --copy -o y.mp4 --effect blur", "--effect"),
        ("list.m3u --size 0x5", "each side is 1 to 65535 pixels"),
    ] {
        let output = folder.run(&format!("remix {args}"));
        let said_instead = stderr(&output);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{args}: {said_instead}");
        assert!(said_instead.contains(said), "{args}: {said_instead}");
        assert_eq!(said_instead.lines().count(), 1, "{args}: {said_instead}");
        assert!(!folder.join("jobs").exists(), "{args}: nothing was begun");
    }
    let output =
        folder.run("remix nested.m3u --name rest -o rest.mp4 --no-sound --size 160x120 --fps 30");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: gone.m3u, line 2: gone.mp4: there is no such file"));
    assert!(stderr(&output).contains("left out: 1 of 3 pieces"), "{}", stderr(&output));
    assert_eq!(probe(&folder.join("rest.mp4"), "nb_read_frames"), (90 + 108).to_string());
    // What is finished needs its films no longer.
    fs::remove_file(folder.join("c.mp4")).expect("removed");
    let output = folder.run("resume rest");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_frame_that_nobody_waits_for_is_not_cut() {
    let folder = Folder::new();
    films(&folder);
    list(&folder, &[("a.mp4", "0", "1")]);
    folder.render("remix list.m3u --name r");
    let (recipe, _) = genmedia::Recipe::read(folder.join("jobs/r/recipe.toml")).expect("a recipe");
    let stills = genmedia::render::Stills::new(recipe);
    assert!(stills.draw(29).is_ok());
    stills.stop();
    let stopped = stills.draw(29).expect_err("it was told to stop");
    assert!(matches!(stopped, genmedia::Error::Interrupted), "{stopped}");
}

#[test]
fn a_film_that_begins_late_is_as_long_as_its_pictures() {
    let folder = Folder::new();
    let ffmpeg = |args: &str| {
        let made = std::process::Command::new("ffmpeg")
            .args("-nostdin -v error".split(' ').chain(args.split(' ')))
            .current_dir(folder.path())
            .status();
        assert!(made.expect("ffmpeg is needed").success(), "{args}");
    };
    ffmpeg("-f lavfi -i testsrc2=s=64x64:d=8:r=25 -f lavfi -i sine=d=8 -g 25 -c:a flac a.mkv");
    // The header of Matroska counts from 0, whenever the film begins.
    for start in ["0.5", "1.25", "3"] {
        ffmpeg(&format!("-y -itsoffset {start} -i a.mkv -c copy late.mkv"));
        fs::write(folder.join("l.m3u"), "late.mkv\n").expect("written");
        let film = folder.render(&format!("remix l.m3u --name n{}", start.replace('.', "-")));
        assert_eq!(probe(&film, "nb_frames").lines().next(), Some("200"), "{start}");
    }
}
