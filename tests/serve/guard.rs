//! Who may do what, and how much of it.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use crate::common::{self, Folder, stderr, wait_until};
use crate::server::{Server, jobs};

#[test]
fn nothing_else_is_served() {
    let folder = Folder::new();
    jobs(&folder);
    fs::write(folder.join("secret.txt"), "SECRET").expect("written");
    fs::write(folder.join("jobs/dots/<b>&\"x.txt"), "fine").expect("written");
    std::os::unix::fs::symlink(folder.join("secret.txt"), folder.join("jobs/dots/out.txt"))
        .expect("a link");
    std::os::unix::fs::symlink("..", folder.join("jobs/dots/up")).expect("a link");
    std::os::unix::fs::symlink("../..", folder.join("jobs/dots/upper")).expect("a link");
    std::os::unix::fs::symlink("/etc", folder.join("jobs/etc")).expect("a link");
    let server = Server::start(&folder, "");
    let ups = [
        "..",
        "%2e%2e",
        ".%2e",
        "%2E%2E",
        "..%2f",
        "..%5c",
        "%2e%2e%2f",
        "..;",
        "%252e%252e",
        "..%00",
        "%c0%ae%c0%ae",
        "..%c0%af",
        "\\..",
        "%5c..",
        "....",
        "%20..",
        "upper",
        "up/..",
    ];
    let targets =
        ["secret.txt", "etc/passwd", "secret%2etxt", "%2fetc%2fpasswd", "jobs/genmedia.db", ""];
    let mut tried = 0;
    for base in ["/", "/jobs/", "/jobs/dots/", "/jobs/dots/frames/", "/web/", "/api/jobs/"] {
        for up in ups {
            for target in targets {
                let (status, _, content) = server.get(&format!("{base}{up}/{target}"), &[]);
                let content = String::from_utf8_lossy(&content).into_owned();
                assert!(
                    !content.contains("SECRET") && !content.contains("root:"),
                    "{base}{up}/{target}"
                );
                assert!(!content.contains("SQLite format"), "{base}{up}/{target}");
                assert!(status < 500, "{base}{up}/{target}: {status}");
                tried += 1;
            }
        }
    }
    assert!(tried > 500);
    for hidden in [
        "genmedia.db",
        "genmedia.db-wal",
        "genmedia.db-shm",
        "dots/.lock",
        "dots/out.txt",
        "etc/passwd",
        "dots/upper/secret.txt",
        "dots//etc/passwd",
        "dots/%00",
        "dots/recipe.toml%00.png",
    ] {
        let (status, ..) = server.get(&format!("/jobs/{hidden}"), &[]);
        assert!(matches!(status, 403 | 404), "{hidden}: {status}");
    }
    let page = server.text("/jobs/dots/");
    assert!(page.contains("out.txt") && !page.contains("<b>") && !page.contains(".lock"), "{page}");
    assert_eq!(server.text("/jobs/dots/%3Cb%3E%26%22x.txt"), "fine");
    assert!(!server.text("/jobs/").contains("genmedia.db"));
}

#[test]
fn a_door_may_be_closed() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    let made = bcrypt::hash("open sesame", 4).expect("a hash");
    let server = Server::start(&folder, &format!("--user ali:{made} --token 0123456789abcdef"));
    let status = |args: &[&str]| server.get("/jobs/dots/dots.mp4", args).0;
    let (closed, head, _) = server.get("/", &[]);
    assert_eq!(closed, 401);
    assert!(head.contains("www-authenticate: basic"), "{head}");
    assert_eq!(status(&["-u", "ali:open sesame"]), 200);
    assert_eq!(status(&["-u", "ali:open sesame"]), 200);
    assert_eq!(status(&["-u", "ali:wrong"]), 401);
    assert_eq!(status(&["-u", "bob:open sesame"]), 401);
    assert_eq!(status(&["-H", "Authorization: Bearer 0123456789abcdef"]), 200);
    assert_eq!(status(&["-H", "Authorization: Bearer 0123456789abcdeX"]), 401);
    assert_eq!(status(&["-H", "Authorization: Basic !!!"]), 401);
    for (args, said) in [
        ("--user ali:open", "a bcrypt hash"),
        ("--token short", "at least 8 characters"),
        ("--bind nowhere", "--bind nowhere: an address and a port are expected"),
        ("--disk-free 2", "0 to 1"),
        ("--connections 0", "not in 1.."),
    ] {
        let output = folder.run(&format!("serve {args}"));
        assert_eq!(output.status.code(), Some(2), "{args}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{args}: {}", stderr(&output));
    }
    let port = server.url.rsplit(':').next().expect("a port").to_string();
    let taken = folder.run(&format!("serve --bind 127.0.0.1:{port}"));
    assert!(stderr(&taken).contains("something listens there already; choose another port"));
}

#[test]
fn silent_and_stalled_clients_cost_nothing() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 30 --name dots");
    let server = Server::start(&folder, "");
    assert_eq!(server.get("/", &[]).0, 200);
    let address = server.url.trim_start_matches("http://").to_string();
    let before = server.memory();
    let silent: Vec<TcpStream> =
        (0..200).map(|_| TcpStream::connect(&address).expect("it listens")).collect();
    let stalled: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).expect("it listens");
            write!(stream, "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
            stream
        })
        .collect();
    for n in 0..3 {
        folder.render(&format!(
            "render noise --size 64x48 --frames 60 --segment-frames 1 --name n{n}"
        ));
        assert_eq!(server.get("/jobs/", &[]).0, 200);
    }
    let after = server.memory();
    assert!(after < before + 40 * 1024, "{before} KiB became {after}");
    drop((silent, stalled));
    // Told to stop, it does, whoever is still connected.
    let mut listener = TcpStream::connect(&address).expect("it listens");
    write!(listener, "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
    let _silent = TcpStream::connect(&address).expect("it listens");
    let mut server = server;
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    wait_until("it ends", || server.child.try_wait().expect("waits").is_some());
    assert!(folder.run("verify dots").status.success());
}

#[test]
fn a_request_that_comes_drop_by_drop_is_dropped() {
    let folder = Folder::new();
    let server = Server::start(&folder, "");
    let address = server.url.trim_start_matches("http://").to_string();
    let mut stream = TcpStream::connect(&address).expect("it listens");
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nX: ").expect("sent");
    wait_until("the server's patience ends", || {
        std::thread::sleep(Duration::from_millis(500));
        stream.write_all(b"a").is_err()
    });
    assert_eq!(server.get("/", &[]).0, 200);
    let long = format!("X: {}", "a".repeat(40_000));
    assert_eq!(server.get("/", &["-H", &long]).0, 431);
}

#[test]
fn a_killed_server_harms_nothing() {
    let folder = Folder::new();
    let mut render = common::start(&folder, "render noise --size 320x240 --frames 300 --name dots");
    for _ in 0..5 {
        let server = Server::start(&folder, "");
        let _ = server.get("/jobs/dots/", &[]);
        let address = server.url.trim_start_matches("http://").to_string();
        let mut stream = TcpStream::connect(&address).expect("it listens");
        write!(stream, "GET /jobs/dots/frames/000001.png HTTP/1.1\r\nHost: x\r\n\r\n")
            .expect("sent");
        drop(server);
    }
    assert!(render.wait().expect("it ends").success());
    assert!(folder.run("verify dots").status.success());
}
