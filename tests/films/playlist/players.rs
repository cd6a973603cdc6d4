//! The players that people have show what the list says.

use std::fs;
use std::process::Command;

use super::{playlist, starts};
use crate::common::{Folder, Numbered, allow_all, numbers, stderr, vlc};

/// Names that mean something to somebody: a comment, a scheme, an option, a line's end.
const AWKWARD: [&str; 12] = [
    " lead.mp4",
    "#comment, with a comma.mp4",
    "100%.mp4",
    "12:30.mp4",
    "C:\\clip.mp4",
    "a#b?c.mp4",
    "line\nbreak.mp4",
    "quo\"te's & <amp>.mp4",
    "trail.mp4 ",
    "x%41y.mp4",
    "~home;$x.mp4",
    "ümläut - 日本.mp4",
];

fn awkward(folder: &Folder) {
    allow_all(folder.path());
    fs::create_dir(folder.join("films")).expect("a folder");
    allow_all(&folder.join("films"));
    Numbered::default().write(&folder.join("plain.mp4"));
    for name in AWKWARD {
        fs::copy(folder.join("plain.mp4"), folder.join("films").join(name)).expect("a copy");
    }
    // Not UTF-8.
    #[cfg(target_os = "linux")]
    {
        let name = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff\xfe.mp4");
        fs::copy(folder.join("plain.mp4"), folder.join("films").join(name)).expect("a copy");
    }
}

#[test]
fn vlc_plays_awkwardly_named_films_from_where_the_list_says() {
    for format in ["m3u", "xspf"] {
        let folder = Folder::new();
        awkward(&folder);
        let args = "films --match * --count 18 --length 0.3 --weight equal --shuffle --seed 3";
        playlist(&folder, &format!("{args} -o list.{format}"));
        let list = fs::read_to_string(folder.join(&format!("list.{format}"))).expect("UTF-8");
        let log = vlc(&folder.join(&format!("list.{format}")), &["--no-audio"]);
        for bad in ["unable to open", "cannot open file", "no suitable demux"] {
            assert!(!log.contains(bad), "{format}: {bad}: {log}");
        }
        // VLC logs whole seconds.
        let begun = log.split("starting at time: ").skip(1);
        let begun: Vec<f64> =
            begun.map(|rest| rest.split('s').next().unwrap_or("").parse().expect("s")).collect();
        let expected: Vec<f64> = starts(&list).iter().map(|start| start.floor()).collect();
        assert_eq!(begun, expected, "{format}");
    }
}

#[test]
fn mpv_shows_the_frames_of_the_edl() {
    let folder = Folder::new();
    awkward(&folder);
    let args = "films --match * --count 6 --length 0.5 --snap frame --weight equal --seed 9";
    playlist(&folder, &format!("{args} -o list.edl"));
    let list = fs::read(folder.join("list.edl")).expect("a list");
    let list = String::from_utf8_lossy(&list).into_owned();
    let output = Command::new("mpv")
        .args(["--no-config", "--no-audio", "--ovc=ffv1", "--o=shown.mkv", "list.edl"])
        .current_dir(folder.path())
        .output()
        .expect("mpv is needed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    // Lines that end in a title are pieces; a line break in a name is none.
    let expected: Vec<u16> = list
        .lines()
        .filter_map(|line| {
            let (piece, _title) = line.split_once(",title=")?;
            let start: f64 = piece.rsplit(',').nth(1)?.parse().expect("a time");
            Some((start * 30.0).round() as u16)
        })
        .flat_map(|first| first..first + 15)
        .collect();
    assert_eq!(expected.len(), 90, "{list}");
    assert_eq!(numbers(&folder.join("shown.mkv")), expected);
}

#[test]
fn ffmpeg_reads_the_ffconcat() {
    let folder = Folder::new();
    // Without frames that are decoded before they are shown, where FFmpeg's end is not exact.
    for (first, name) in [(0, "it's a 12:30 #1%.mp4"), (1000, "b.mp4"), (2000, "c.mkv")] {
        let options = "-c:v libx264 -g 20 -bf 0";
        Numbered { first, options, ..Numbered::default() }.write(&folder.join(name));
    }
    let args = ". --count 4 --length 0.5 --snap keyframe --seed 2 --shuffle -o list.ffconcat";
    playlist(&folder, args);
    let list = fs::read_to_string(folder.join("list.ffconcat")).expect("a list");
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-safe", "0", "-i", "list.ffconcat"])
        .args(["-c:v", "ffv1", "-fps_mode", "passthrough", "out.nut"])
        .current_dir(folder.path())
        .output()
        .expect("ffmpeg is needed");
    assert_eq!(stderr(&output), "", "{list}");
    let mut file = String::new();
    let mut expected = Vec::new();
    for line in list.lines() {
        if let Some(name) = line.strip_prefix("file ") {
            file = name.into();
        } else if let Some(time) = line.strip_prefix("inpoint ") {
            let start: f64 = time.parse().expect("a time");
            let base = if file.contains("b.mp4") {
                1000
            } else if file.contains("c.mkv") {
                2000
            } else {
                0
            };
            let first = base + (start * 30.0).round() as u16;
            expected.extend(first..first + 15);
        }
    }
    assert_eq!(numbers(&folder.join("out.nut")), expected, "{list}");
}

#[test]
fn films_are_counted_as_the_players_of_a_form_do() {
    let folder = Folder::new();
    let options = "-c:v libx264 -preset veryfast -g 15 -keyint_min 15 -sc_threshold 0 -bf 0";
    Numbered { frames: 150, options, ..Numbered::default() }.write(&folder.join("a.mp4"));
    // Clocks that began before their films, as those of recordings do.
    for (name, offset) in
        [("plain.ts", "0"), ("tv.ts", "50000"), ("late.mkv", "10"), ("late.mp4", "3")]
    {
        let args = [
            "-nostdin",
            "-v",
            "error",
            "-i",
            "a.mp4",
            "-c",
            "copy",
            "-output_ts_offset",
            offset,
            name,
        ];
        let made = Command::new("ffmpeg").args(args).current_dir(folder.path()).status();
        assert!(made.expect("ffmpeg is needed").success());
        for form in ["m3u", "edl", "ffconcat"] {
            let chosen = format!("{name} --count 3 --length 1 --snap keyframe --seed 5");
            playlist(&folder, &format!("{chosen} -o list.{form} --force"));
        }
        let expected = numbers(&folder.render("remix list.m3u -o m3u.mkv --force"));
        assert_eq!(expected.len(), 90);
        for form in ["edl", "ffconcat"] {
            let remixed = folder.render(&format!("remix list.{form} -o {form}.mkv --force"));
            assert_eq!(numbers(&remixed), expected, "{name}, {form}");
        }
        let run = |program: &str, args: &str| {
            let mut command = Command::new(program);
            let output = command.args(args.split(' ')).current_dir(folder.path()).output();
            let output = output.unwrap_or_else(|e| panic!("{program} is needed: {e}"));
            assert!(output.status.success(), "{name}: {output:?}");
        };
        run("mpv", "--no-config --no-audio --ovc=ffv1 --o=mpv.mkv list.edl");
        let shown = numbers(&folder.join("mpv.mkv"));
        assert_eq!(shown, expected, "{name}: {:?}", fs::read_to_string(folder.join("list.edl")));
        run(
            "ffmpeg",
            "-nostdin -v error -y -safe 0 -i list.ffconcat -c:v ffv1 -fps_mode passthrough out.nut",
        );
        let read = numbers(&folder.join("out.nut"));
        assert_eq!(
            read,
            expected,
            "{name}: {:?}",
            fs::read_to_string(folder.join("list.ffconcat"))
        );
    }
}

#[test]
fn players_are_found_or_named() {
    let folder = Folder::new();
    Numbered::default().write(&folder.join("a.mp4"));
    let with = |path: &str, args: &str| {
        let mut command =
            folder.command(&format!("playlist a.mp4 --count 2 --length 1 --play {args}"));
        command.env("PATH", path).output().expect("genmedia starts")
    };
    let output = with("/nonexistent", "");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--play: there is no player: install VLC or mpv"));
    // A player that says what it was given.
    let bin = folder.join("bin");
    fs::create_dir(&bin).expect("a folder");
    fs::write(bin.join("mpv"), "#!/bin/sh\n/bin/cp \"$2\" played; echo \"$1\" >> played\n")
        .expect("written");
    allow_all(&bin.join("mpv"));
    let output = with(bin.to_str().expect("UTF-8"), "");
    assert!(output.status.success(), "{}", stderr(&output));
    let played = fs::read_to_string(folder.join("played")).expect("it was played");
    let film = folder.join("a.mp4");
    assert!(played.starts_with("# mpv EDL v0\n") && played.ends_with("--\n"), "{played}");
    assert!(played.contains(film.to_str().expect("UTF-8")), "from anywhere: {played}");
    let is_root = Command::new("id").arg("-u").output().expect("id runs").stdout == b"0\n";
    let output = with(bin.to_str().expect("UTF-8"), "--format m3u");
    assert!(stderr(&output).contains("--play: m3u is played by VLC; install it"), "{output:?}");
    for format in ["json", "ffconcat"] {
        let output = with(bin.to_str().expect("UTF-8"), &format!("--format {format}"));
        let none = format!("--play: no player plays {format}; VLC plays m3u and xspf, and mpv edl");
        assert!(stderr(&output).contains(&none), "{output:?}");
    }
    // With both, the one that plays what is asked for.
    fs::copy(bin.join("mpv"), bin.join("vlc")).expect("a copy");
    fs::remove_file(folder.join("played")).expect("removed");
    let output = with(bin.to_str().expect("UTF-8"), "--format edl");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(folder.join("played").exists());
    let output = with(bin.to_str().expect("UTF-8"), "--format xspf");
    let passed_over =
        "VLC does not run as root: play it as another user, or with mpv (--format edl)";
    assert_eq!(stderr(&output).contains(passed_over), is_root, "{output:?}");
}
