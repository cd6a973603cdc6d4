//! However many ask, for whatever, and however slowly they take it: the server's memory is bounded, and it
//! answers others.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::common::{self, Folder, finished_segments, wait_until};
use crate::server::Server;

/// A job that was begun, with as many recorded segments as it takes to be in the way.
fn long_job(folder: &Folder, segments: u32) {
    let args =
        "render noise --size 64x64 --frames 20000000 --segment-frames 30 --threads 1 --name long";
    let mut child = common::start(folder, args);
    wait_until("segments", || finished_segments(folder, "long").len() >= 2);
    child.kill().expect("killed");
    child.wait().expect("ends");
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("a database");
    db.execute(
        "WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
         INSERT OR IGNORE INTO segments SELECT jobs.id, i, 30, 'done', 5000, NULL, 0, NULL, 1, NULL, 0.2, 0
         FROM jobs, n WHERE name = 'long'",
        [segments],
    )
    .expect("recorded");
}

fn ask(server: &Server, path: &str) -> TcpStream {
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .expect("sent");
    stream
}

/// The highest that the server's memory has been since `reset_peak`, in MiB.
fn peak(server: &Server) -> u64 {
    let status =
        fs::read_to_string(format!("/proc/{}/status", server.child.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a size");
    line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).expect("KiB") / 1024
}

fn reset_peak(server: &Server) {
    fs::write(format!("/proc/{}/clear_refs", server.child.id()), "5").expect("reset");
}

#[test]
fn memory_is_bounded_whoever_asks_for_what() {
    let folder = Folder::new();
    long_job(&folder, 100_000);
    folder.render(
        "render noise --size 640x480 --frames 400 --segment-frames 200 --keep-segments --name film",
    );
    let server = Server::start(&folder, "--frame-limit 100000");
    let idle = server.memory() / 1024;
    for path in [
        "/jobs/long/frames/?format=json&limit=1000000",
        "/jobs/long/frames/?limit=1000000",
        "/api/jobs/long/segments?limit=100000",
        "/jobs/long/live.m3u8",
        "/jobs/film/live/{n}.m4s",
        "/jobs/film/film.mp4",
        "/jobs/film/frames/{m}.png",
        "/jobs/long/",
        "/metrics",
        "/api/events",
    ] {
        reset_peak(&server);
        let path =
            |n: usize| path.replace("{n}", &(n % 2).to_string()).replace("{m}", &format!("{n:06}"));
        let stalled: Vec<TcpStream> = (0..150).map(|n| ask(&server, &path(n))).collect();
        let began = Instant::now();
        std::thread::scope(|scope| {
            for n in 0..150 {
                let mut stream = ask(&server, &path(n));
                scope.spawn(move || {
                    let mut buffer = vec![0; 64 << 10];
                    while began.elapsed() < Duration::from_secs(3)
                        && stream.read(&mut buffer).is_ok_and(|n| n > 0)
                    {}
                });
            }
            // Those who ask how it is are answered.
            assert_eq!(server.get("/health", &[]).0, 200, "{}", path(0));
        });
        let peak = peak(&server);
        assert!(peak <= idle + 64, "{}: {idle} MiB became {peak}", path(0));
        drop(stalled);
        wait_until("room again", || {
            server.get(&path(0), &["--max-time", "5", "-r", "0-9"]).0 < 500
        });
    }
}

#[test]
fn what_is_written_as_it_is_sent_is_whole() {
    let folder = Folder::new();
    long_job(&folder, 1_000);
    let server = Server::start(&folder, "");
    let list = server.json("/jobs/long/frames/?format=json&limit=1000&page=3");
    let names: Vec<&str> =
        list.as_array().expect("a list").iter().filter_map(|e| e["name"].as_str()).collect();
    assert_eq!((names.len(), names[0], names[999]), (1000, "00002000.png", "00002999.png"));
    let page = server.text("/jobs/long/frames/?limit=300&order=desc");
    assert_eq!(page.matches("<tr data-key=").count(), 300);
    assert!(page.contains("<tr><td><a href=\"../\">"), "and the way up");
    assert!(page.contains("19999999.png") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("page 1 of 66667"), "{}", &page[page.len() - 500..]);
    for (query, first, count) in [
        ("", 0, 1000),
        ("?limit=64", 0, 64),
        ("?limit=65&offset=3", 3, 65),
        ("?offset=990&limit=100000", 990, 10),
        ("?offset=1000", 0, 0),
        ("?limit=100000", 0, 1000),
    ] {
        let listed = server.json(&format!("/api/jobs/long/segments{query}"));
        let recorded = listed["recorded"].as_array().expect("a list");
        assert_eq!(recorded.len(), count, "{query}");
        assert_eq!(
            recorded.first().map_or(0, |s| s["index"].as_u64().expect("one")),
            first,
            "{query}"
        );
        assert_eq!(listed["segments"], 666_667, "{query}");
    }
    let list = server.text("/jobs/long/live.m3u8");
    assert_eq!(list.lines().filter(|line| line.starts_with("live/")).count(), 1000);
    assert!(list.ends_with("live/999.m4s\n"), "{}", &list[list.len() - 80..]);
}

#[test]
fn those_who_listen_have_places_of_their_own() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    let server = Server::start(&folder, "--listeners 20");
    let mut listening: Vec<TcpStream> = (0..60).map(|_| ask(&server, "/api/events")).collect();
    let mut answers: Vec<String> = Vec::new();
    for stream in &mut listening {
        let mut start = [0; 12];
        stream.read_exact(&mut start).expect("an answer");
        answers.push(String::from_utf8_lossy(&start[9..]).into_owned());
    }
    let count = |status: &str| answers.iter().filter(|answer| *answer == status).count();
    assert_eq!((count("200"), count("503")), (20, 40), "{answers:?}");
    assert_eq!(server.get("/jobs/dots/", &[]).0, 200);
    let (_, head, _) = server.get("/api/events", &[]);
    assert!(head.contains("retry-after:"), "{head}");
    drop(listening);
    wait_until("a place", || server.get("/api/events", &["--max-time", "5"]).0 == 200);
}

#[test]
fn a_crowd_that_comes_at_once_is_let_in() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    let server = Server::start(&folder, "");
    let signal = |signal| {
        let pid = rustix::process::Pid::from_child(&server.child);
        rustix::process::kill_process(pid, signal).expect("it is there");
    };
    // The system lets in as many as the server asked for; the others try again a second later.
    signal(rustix::process::Signal::STOP);
    let address = server.url.trim_start_matches("http://").parse().expect("an address");
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_millis(900));
    let crowd: Vec<_> = (0..300).map(connect).take_while(|stream| stream.is_ok()).collect();
    signal(rustix::process::Signal::CONT);
    assert_eq!(crowd.len(), 300);
    drop(crowd);
    assert_eq!(server.get("/health", &[]).0, 200);
}

#[test]
fn those_who_do_not_finish_their_question_keep_few_places() {
    const PLACES: usize = 20;
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    let server = Server::start(&folder, &format!("--connections {PLACES}"));
    let address = server.url.trim_start_matches("http://");
    let half = || {
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        stream.write_all(b"GET /health HTTP/1.1\r\n").expect("sent");
        stream
    };
    let mut slow: Vec<TcpStream> = (0..PLACES).map(|_| half()).collect();
    assert_eq!(server.get("/health", &[]).0, 200);
    // It was one of the last that made room, and not the first, which came when there was enough.
    slow[0].set_nonblocking(true).expect("set");
    let waits = slow[0].read(&mut [0; 1]).expect_err("still open");
    assert_eq!(waits.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(slow[PLACES - 1].read(&mut [0; 1]).expect("closed"), 0);
}
