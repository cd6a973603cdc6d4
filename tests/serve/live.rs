//! What changes while it is looked at.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::{self, Folder, decodes_silently, frame_hashes, probe, stderr, vlc, wait_until};
use crate::server::Server;

#[test]
fn a_growing_film_is_played_to_its_end() {
    let folder = Folder::new();
    common::allow_all(folder.path());
    let server = Server::start(&folder, "");
    let args = "render noise --kind warp --size 320x240 --frames 150 --threads 1 --preset slow --name long";
    let mut child = common::start(&folder, args);
    let list = || String::from_utf8_lossy(&server.get("/jobs/long/live.m3u8", &[]).2).into_owned();
    wait_until("the first piece", || list().contains("live/0.m4s"));
    let begun = list();
    assert!(begun.contains("#EXT-X-PLAYLIST-TYPE:EVENT") && !begun.contains("ENDLIST"), "{begun}");
    assert!(server.text("/jobs/long/").contains("data-live-list=\"live.m3u8\""));
    // FFmpeg begins while it grows, and goes on until it is closed.
    let url = format!("{}/jobs/long/live.m3u8", server.url);
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-live_start_index", "0", "-i", &url])
        .args(["-c", "copy", "seen.mp4"])
        .current_dir(folder.path())
        .output()
        .expect("ffmpeg is needed");
    assert!(child.wait().expect("it ends").success());
    let film = folder.join("jobs/long/long.mp4");
    assert_eq!(frame_hashes(&folder.join("seen.mp4")), frame_hashes(&film), "{}", stderr(&output));
    assert!(list().ends_with("live/4.m4s\n#EXT-X-ENDLIST\n"), "{}", list());
    // The segments are gone now; the pieces come from the film.
    assert!(!folder.join("jobs/long/segments").exists());
    let log = vlc(std::path::Path::new(&url), &["--no-audio", "--rate", "4"]);
    assert!(log.contains("Received first picture"), "{log}");
    for none in ["live/5.m4s", "live/00.m4s", "live/-1.m4s", "live/x", "live/../recipe.toml"] {
        assert_eq!(server.get(&format!("/jobs/long/{none}"), &[]).0, 404, "{none}");
    }
}

#[test]
fn pieces_are_there_while_the_job_ends() {
    let folder = Folder::new();
    let server = Server::start(&folder, "");
    let args = "render noise --kind warp --size 640x480 --frames 90 --threads 1 --name ends";
    let mut child = common::start(&folder, args);
    // The server has looked at the job just before its segments go.
    let list = || String::from_utf8_lossy(&server.get("/jobs/ends/live.m3u8", &[]).2).into_owned();
    wait_until("a piece", || list().contains("live/0.m4s"));
    while folder.join("jobs/ends/segments").exists() {
        list();
    }
    assert_eq!(server.get("/jobs/ends/live/0.m4s", &[]).0, 200, "{}", list());
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn films_of_every_codec_grow() {
    let folder = Folder::new();
    for codec in ["h264", "h265", "vp9", "av1"] {
        let args = "--size 160x120 --frames 40 --segment-frames 15";
        folder.render(&format!("render wave {args} --codec {codec} --name {codec} -o {codec}.mkv"));
    }
    // A film that was written elsewhere and cannot be cut into pieces is not played from here.
    folder.render("render wave --size 64x48 --frames 2 --codec ffv1 --name whole -o whole.mkv");
    let server = Server::start(&folder, "");
    let (status, _, body) = server.get("/jobs/whole/play.m3u", &[]);
    assert_eq!(status, 404, "{}", String::from_utf8_lossy(&body));
    assert_eq!(server.get("/jobs/vp9/play.m3u", &[]).0, 200);
    for codec in ["h264", "h265", "vp9", "av1"] {
        let list = format!("{}/jobs/{codec}/live.m3u8", server.url);
        // ffprobe tells of it once for the film, and once for the list.
        let frames = probe(Path::new(&list), "nb_read_frames");
        assert_eq!(frames.lines().next(), Some("40"), "{codec}");
        decodes_silently(Path::new(&list));
    }
}

#[test]
fn a_growing_remix_has_its_sound() {
    let folder = Folder::new();
    let film = common::Numbered { tone: Some((440, 48_000)), ..Default::default() };
    film.write(&folder.join("a.mp4"));
    fs::write(folder.join("list.m3u"), "a.mp4\na.mp4\n").expect("written");
    folder.render("remix list.m3u --name mix --segment-frames 25 --preset medium");
    let server = Server::start(&folder, "");
    // B-frames show the first picture later than it is decoded; the sound waits for it.
    for index in 0..3 {
        let mut fragment = server.get("/jobs/mix/live/head.mp4", &[]).2;
        fragment.extend(server.get(&format!("/jobs/mix/live/{index}.m4s"), &[]).2);
        let path = folder.join(&format!("{index}.mp4"));
        fs::write(&path, fragment).expect("written");
        let path = path.to_str().expect("UTF-8");
        let begin = |stream: &str| {
            let entries = ["-select_streams", stream, "-show_entries", "packet=pts_time"];
            let args = [&["-v", "error"], &entries[..], &["-of", "csv=p=0", path]].concat();
            let times = common::tool("ffprobe", &args);
            let times = times.lines().map(|l| l.trim_end_matches(',').parse().expect("a time"));
            times.fold(f64::INFINITY, f64::min)
        };
        let (picture, sound) = (begin("v"), begin("a"));
        assert!(picture > f64::from(index) * 25.0 / 30.0, "there are B-frames: {picture}");
        // A packet of sound lasts 21 ms.
        assert!((picture - sound).abs() < 0.022, "{index}: picture {picture}, sound {sound}");
    }
    let url = format!("{}/jobs/mix/live.m3u8", server.url);
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-i", &url, "-c", "copy", "seen.mp4"])
        .current_dir(folder.path())
        .output()
        .expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let all = common::samples(&folder.join("seen.mp4"));
    assert!((all.len() as f64 / 48_000.0 - 6.0).abs() < 0.05, "{}", all.len());
    let quiet = all[4_800..all.len() - 4_800]
        .chunks_exact(2400)
        .map(|part| common::loudness(part, 440.0))
        .fold(1.0, f32::min);
    assert!(quiet > 0.08, "no gap in it: {quiet}");
    assert_eq!(common::numbers(&folder.join("seen.mp4")).len(), 180);
}

#[test]
fn fragments_are_numbered_through_the_film() {
    let folder = Folder::new();
    folder.render("render noise --size 640x480 --frames 60 --name n");
    let server = Server::start(&folder, "");
    let pieces = [0, 1].map(|index| server.get(&format!("/jobs/n/live/{index}.m4s"), &[]).2);
    // Of a `mfhd`, the number stands after its version and flags.
    let numbers = pieces.iter().flat_map(|piece| {
        let boxes = piece.windows(12).filter(|bytes| bytes.starts_with(b"mfhd"));
        boxes.map(|bytes| u32::from_be_bytes(bytes[8..].try_into().expect("four bytes")))
    });
    let numbers: Vec<u32> = numbers.collect();
    assert!(numbers.len() > 2, "a long segment is several fragments: {numbers:?}");
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
}

#[test]
fn news_come_as_they_happen() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name old");
    let server = Server::start(&folder, "");
    let address = server.url.trim_start_matches("http://").to_string();
    let mut stream = TcpStream::connect(&address).expect("it listens");
    write!(stream, "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a time");
    let mut heard = String::new();
    let mut listen = |heard: &mut String| {
        let mut buffer = [0; 8192];
        if let Ok(count) = stream.read(&mut buffer) {
            heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    };
    wait_until("how things are", || {
        listen(&mut heard);
        heard.contains("event: job\ndata: ") && heard.contains("\"name\":\"old\"")
    });
    folder.render("render noise --size 64x48 --frames 60 --name new");
    wait_until("what happened", || {
        listen(&mut heard);
        heard.contains("\"event\":\"done\"") && heard.contains("\"name\":\"new\"")
    });
    assert!(folder.run("remove old --yes").status.success());
    wait_until("that it is gone", || {
        listen(&mut heard);
        heard.contains("event: gone\ndata: {\"name\":\"old\"}")
    });
}
