//! Playlists: the players play what they say, and mistakes cost a line.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{Folder, Numbered, allow_all, numbers, stderr, vlc};

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

impl Numbered<'_> {
    /// Films that every test may cut.
    fn three(folder: &Folder) {
        for (n, name) in ["a.mp4", "b.mp4", "c.mkv"].into_iter().enumerate() {
            let first = 1000 * n as u16;
            Numbered { first, ..Numbered::default() }.write(&folder.join(name));
        }
    }
}

fn playlist(folder: &Folder, args: &str) -> String {
    let output = folder.run(&format!("playlist {args}"));
    assert!(output.status.success(), "{args}: {}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The values of `start-time` in a playlist.
fn starts(list: &str) -> Vec<f64> {
    let times = list.split("start-time=").skip(1);
    times
        .map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            rest[..end].parse().expect("a time")
        })
        .collect()
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
fn the_same_seed_and_films_give_the_same_bytes_anywhere() {
    let (here, there) = (Folder::new(), Folder::new());
    Numbered::three(&here);
    fs::create_dir(there.join("deep")).expect("a folder");
    for name in ["a.mp4", "b.mp4", "c.mkv"] {
        fs::copy(here.join(name), there.join("deep").join(name)).expect("a copy");
    }
    for format in ["m3u", "xspf", "edl", "ffconcat", "json"] {
        let args = format!("--count 9 --length 0.2..1 --seed 77 --format {format}");
        let one = playlist(&here, &format!(". {args}"));
        let moved = Folder::new();
        fs::rename(there.join("deep"), moved.join("films")).expect("moved");
        let output =
            moved.command(&format!("playlist . {args}")).current_dir(moved.join("films")).output();
        let output = output.expect("genmedia starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout), one);
        fs::rename(moved.join("films"), there.join("deep")).expect("moved back");
        assert!(one.contains("77"), "the seed stands in it: {one}");
        // A drawn seed is told, and gives the programme again.
        let output = here.run(&format!("playlist . --count 9 --length 0.2..1 --format {format}"));
        let said = stderr(&output);
        let seed = said.trim().rsplit(' ').next().expect("a seed").to_string();
        let again = playlist(
            &here,
            &format!(". --count 9 --length 0.2..1 --format {format} --seed {seed}"),
        );
        assert_eq!(again.into_bytes(), output.stdout);
    }
}

#[test]
fn order_is_that_of_inputs_and_time_or_none() {
    let folder = Folder::new();
    Numbered::three(&folder);
    let files = |list: &str| -> Vec<String> {
        list.lines().filter(|l| !l.starts_with('#')).map(str::to_string).collect()
    };
    let list = playlist(&folder, "c.mkv a.mp4 --count 40 --length 0.5 --seed 1");
    let names = files(&list);
    let films = names.iter().filter(|name| *name == "c.mkv").count();
    assert!(
        (5..36).contains(&films) && names[..films].iter().all(|name| name == "c.mkv"),
        "{list}"
    );
    let times = starts(&list);
    assert!(times[..films].is_sorted() && times[films..].is_sorted(), "{times:?}");
    let shuffled = playlist(&folder, "c.mkv a.mp4 --count 40 --length 0.5 --seed 1 --shuffle");
    assert!(!starts(&shuffled).is_sorted());
    let sorted = |list: &str| {
        let mut pieces: Vec<(String, u64)> =
            files(list).into_iter().zip(starts(list).iter().map(|s| (s * 1e3) as u64)).collect();
        pieces.sort();
        pieces
    };
    assert_eq!(sorted(&list), sorted(&shuffled), "the same pieces");
}

#[test]
fn inputs_are_films_folders_jobs_and_addresses() {
    let folder = Folder::new();
    Numbered::three(&folder);
    fs::create_dir_all(folder.join("films/deep/.hidden")).expect("folders");
    for place in ["films/x.mp4", "films/deep/y.MP4", "films/deep/.hidden/z.mp4"] {
        fs::copy(folder.join("a.mp4"), folder.join(place)).expect("a copy");
    }
    fs::write(folder.join("films/notes.txt"), "nothing").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.join("films/deep/up")).expect("a link");
    folder.render("render noise --size 64x48 --frames 60 --name dots");
    let films = |args: &str| {
        let list = playlist(&folder, &format!("{args} --length 0.1 --count 60 --weight equal"));
        let mut names: Vec<String> =
            list.lines().filter(|l| !l.starts_with('#')).map(str::to_string).collect();
        names.dedup();
        names
    };
    assert_eq!(films("films"), ["films/deep/y.MP4", "films/x.mp4"]);
    assert_eq!(films("films films/x.mp4 ./films"), ["films/deep/y.MP4", "films/x.mp4"]);
    assert_eq!(films("films --match *.mp4"), ["films/x.mp4"]);
    assert_eq!(films("films --match deep/*"), ["films/deep/y.MP4"]);
    assert_eq!(films("dots b.mp4"), ["jobs/dots/dots.mp4", "b.mp4"]);
    let rooted = films("dots --absolute");
    assert_eq!(
        rooted,
        [folder
            .join("jobs/dots/dots.mp4")
            .canonicalize()
            .expect("it is there")
            .to_str()
            .expect("UTF-8")]
    );
    assert_eq!(
        films("dots --base-url http://host:8080/jobs"),
        ["http://host:8080/jobs/dots/dots.mp4"]
    );

    fs::create_dir(folder.join("lists")).expect("a folder");
    playlist(&folder, "films/x.mp4 --count 1 --length 1 -o lists/one.m3u");
    let list = fs::read_to_string(folder.join("lists/one.m3u")).expect("a list");
    assert!(list.ends_with("\n../films/x.mp4\n"), "{list}");
    let film = folder.render("remix lists/one.m3u --name one");
    assert_eq!(numbers(&film).len(), 30);

    let server = serve(&folder.join("a.mp4"));
    let list = playlist(
        &folder,
        &format!("{server}/films/a.mp4 --count 1 --length 1 --snap frame --seed 1 -o net.m3u"),
    );
    assert_eq!(list.trim(), "net.m3u");
    let film = folder.render("remix net.m3u --name net");
    let text = fs::read_to_string(folder.join("net.m3u")).expect("a list");
    let first = (starts(&text)[0] * 30.0).round() as u16;
    assert_eq!(numbers(&film), (first..first + 30).collect::<Vec<u16>>());
    assert!(text.contains(&format!("\n{server}/films/a.mp4\n")), "{text}");
}

/// Serves one file over http, with ranges, and returns the server's address. It ends with the test.
fn serve(file: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let content = fs::read(file).expect("a file");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let content = content.clone();
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut lines = BufReader::new(stream.try_clone()?).lines();
                let mut range = None;
                while let Some(Ok(line)) =
                    lines.next().filter(|l| l.as_ref().is_ok_and(|l| !l.is_empty()))
                {
                    if let Some(from) = line.to_lowercase().strip_prefix("range: bytes=") {
                        range = from.split('-').next().and_then(|n| n.parse::<usize>().ok());
                    }
                }
                let (from, all) = (range.unwrap_or(0).min(content.len()), content.len());
                let mut out = &stream;
                write!(
                    out,
                    "HTTP/1.1 206 Partial Content\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\
                     Content-Range: bytes {from}-{}/{all}\r\nConnection: close\r\n\r\n",
                    all - from,
                    all.saturating_sub(1)
                )?;
                out.write_all(&content[from..])
            });
        }
    });
    address
}

#[test]
fn what_was_looked_into_is_remembered_by_size_and_time() {
    let folder = Folder::new();
    Numbered::default().write(&folder.join("a.mp4"));
    let cached = |args: &str| {
        let mut command =
            folder.command(&format!("playlist a.mp4 --count 1 --length 1 --seed 1 {args}"));
        command.env("XDG_CACHE_HOME", folder.join("cache")).output().expect("genmedia starts")
    };
    let first = cached("--snap keyframe");
    assert!(first.status.success(), "{}", stderr(&first));
    let changed = fs::metadata(folder.join("a.mp4")).and_then(|m| m.modified()).expect("a time");
    let bytes = fs::metadata(folder.join("a.mp4")).expect("a file").len() as usize;
    fs::write(folder.join("a.mp4"), vec![7; bytes]).expect("written");
    let file = fs::File::options().write(true).open(folder.join("a.mp4")).expect("a file");
    file.set_modified(changed).expect("a time");
    assert_eq!(cached("--snap keyframe").stdout, first.stdout, "it is not opened again");
    let later = changed + std::time::Duration::from_millis(20);
    file.set_modified(later).expect("a time");
    let output = cached("");
    assert!(stderr(&output).contains("a.mp4: this is no video"), "{}", stderr(&output));
    // A cache that is rubbish is no cache.
    Numbered::default().write(&folder.join("a.mp4"));
    fs::write(folder.join("cache/genmedia/films.db"), "rubbish").expect("written");
    let _ = fs::remove_file(folder.join("cache/genmedia/films.db-wal"));
    assert_eq!(cached("--snap keyframe").stdout, first.stdout);
}

#[test]
fn a_million_pieces_take_little_memory() {
    let folder = Folder::new();
    Numbered::three(&folder);
    for (args, limit) in
        [("", 120), ("--shuffle", 100), ("--no-overlap --min-gap 0 --shuffle", 200)]
    {
        let length = if args.contains("overlap") { "0.000001" } else { "0.5..1" };
        let count = 1_000_000;
        let command =
            folder.command(&format!("playlist . --length {length} --count {count} {args}"));
        // The most that the process ever held, as the kernel tells its parent.
        let mut timed = Command::new("/usr/bin/env");
        timed.args([
            "bash",
            "-c",
            "ulimit -v unlimited; \"$@\" & pid=$!; peak=0; while [ -e /proc/$pid/status ]; \
            do p=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$pid/status 2>/dev/null); \
            [ -n \"$p\" ] && peak=$p; sleep 0.02; done; echo $peak >&2; wait $pid",
            "bash",
        ]);
        timed.arg(command.get_program()).args(command.get_args());
        timed.current_dir(folder.path()).env("XDG_CACHE_HOME", "/nonexistent");
        let list = fs::File::create(folder.join("list.m3u")).expect("a file");
        let output = timed.stdout(list).stderr(Stdio::piped()).output().expect("it runs");
        let said = stderr(&output);
        if args.contains("overlap") {
            // Nine seconds have room for nine thousand places, a millisecond apart.
            assert!(said.contains("without overlap 9000 pieces fit"), "{said}");
            continue;
        }
        assert!(output.status.success(), "{said}");
        let peak: u64 = said.lines().last().and_then(|l| l.parse().ok()).expect("KiB");
        assert!(peak < limit * 1024, "{args}: {peak} KiB");
        let text = fs::read_to_string(folder.join("list.m3u")).expect("a list");
        assert_eq!(text.matches("#EXTINF").count(), count);
    }
}

#[test]
fn mistakes_cost_a_line() {
    let folder = Folder::new();
    Numbered::default().write(&folder.join("good.mp4"));
    let fast = Numbered {
        options: "-c:v libx264 -preset veryfast -movflags +faststart",
        ..Numbered::default()
    };
    fast.write(&folder.join("fast.mp4"));
    Numbered::default().write(&folder.join("good.mkv"));
    let cut = |from: &str, to: &str| {
        let content = fs::read(folder.join(from)).expect("a film");
        fs::write(folder.join(to), &content[..content.len() / 2]).expect("written");
    };
    cut("good.mp4", "headless.mp4");
    cut("fast.mp4", "cut.mp4");
    cut("good.mkv", "cut.mkv");
    fs::write(folder.join("text.mp4"), "not a film\n").expect("written");
    fs::write(folder.join("nil.mp4"), "").expect("written");
    fs::create_dir(folder.join("empty")).expect("a folder");
    let convert = |args: &[&str]| {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", "error"]).args(args).current_dir(folder.path());
        assert!(command.status().expect("ffmpeg is needed").success(), "{args:?}");
    };
    convert(&["-i", "good.mp4", "-c", "copy", "endless.h264"]);
    convert(&["-f", "lavfi", "-i", "sine=duration=9", "sound.m4a"]);
    convert(&["-i", "good.mp4", "-frames:v", "1", "picture.png"]);
    for (args, code, said) in [
        ("empty", 1, "empty: there is no video in this folder"),
        ("text.mp4", 1, "text.mp4: this is no video"),
        ("nil.mp4", 1, "nil.mp4: the file is empty"),
        ("headless.mp4", 1, "headless.mp4: it is cut short, its index is missing"),
        ("cut.mp4", 1, "cut.mp4: it is cut short: its index goes to byte"),
        ("cut.mkv", 1, "cut.mkv: it is cut short: it promises 3.0 s, and its picture ends at"),
        ("endless.h264", 1, "endless.h264: it does not say how long it is"),
        ("sound.m4a", 1, "sound.m4a: it holds no video"),
        ("picture.png", 1, "picture.png: this is no video, but png"),
        ("nowhere", 1, "nowhere: there is no such file or folder, and no such job in jobs"),
        ("http://127.0.0.1:9/x.mp4", 1, "http://127.0.0.1:9/x.mp4: Connection refused"),
        ("good.mp4 --length 9", 1, "good.mp4: it is 3 s long, shorter than the 9 s of --length"),
        (
            "good.mp4 --length 1..9",
            2,
            "--length 1..9: the longest piece that any of the films gives is 3 s",
        ),
        ("good.mp4 --between 2.. --length 2", 1, "of its 3 s, 1 lie in --between 2..100%"),
        ("good.mp4 --between 2..1", 2, "the part ends before it begins"),
        ("good.mp4 --between x", 2, "a part is START..END"),
        (
            "good.mp4 --count 9 --length 1 --no-overlap",
            2,
            "--count 9: without overlap 3 pieces fit, 3 s together",
        ),
        ("good.mp4 --total 9 --length 1 --min-gap 1", 2, "--total 9: without overlap 2 pieces fit"),
        ("good.mp4 --count 0", 2, "--count 0: a playlist has at least one piece"),
        ("good.mp4 --count -1", 2, "a whole number from 0 up is expected"),
        ("good.mp4 --length 0", 2, "more than nothing is expected"),
        ("good.mp4 --length 5x", 2, "a time is in seconds"),
        ("good.mp4 --total 10m --count 3", 2, "cannot be used with"),
        ("good.mp4 --weight heavy", 2, "unknown weight"),
        ("good.mp4 --seed x", 2, "a seed is a whole number"),
        ("good.mp4 --match [", 2, "--match [: unclosed character class"),
        (". --match *.avi", 1, "no file in this folder matches --match *.avi"),
        ("good.mp4 -o list.txt", 2, "--output list.txt: its ending says the form"),
        ("good.mp4 -o no/list.m3u", 2, "there is no folder no"),
        ("good.mp4 -o good.mp4 --format m3u", 1, "good.mp4: it exists"),
        ("good.mp4 --base-url x", 2, "--base-url x: the URL of the folder of jobs"),
        ("good.mp4 --length 1 --base-url http://h/jobs/", 1, "stands for"),
        (". --strict --length 1", 1, "error: "),
    ] {
        let output = folder.run(&format!("playlist {args}"));
        let said_instead = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args}: {said_instead}");
        assert!(said_instead.contains(said), "{args}: {said_instead}");
        assert_eq!(said_instead.lines().count(), 1, "{args}: {said_instead}");
        assert!(output.stdout.is_empty(), "{args}");
    }
    // Among many a bad one is left out.
    let output = folder.run("playlist . nowhere --length 1 --count 4");
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    for name in ["cut.mp4", "cut.mkv", "headless.mp4", "text.mp4", "nil.mp4", "nowhere"] {
        assert!(said.contains(&format!("warning: {name}: ")), "{name}: {said}");
    }
    assert!(said.contains("4 pieces of 3 films, 4.0 s"), "{said}");
    let none = folder.run("playlist text.mp4 nil.mp4");
    assert!(stderr(&none).contains("error: none of the 2 films can be used"), "{}", stderr(&none));
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
    let output = with(bin.to_str().expect("UTF-8"), "--format m3u");
    assert!(stderr(&output).contains("--play: mpv does not play m3u; it plays edl"));
}
