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
        (
            "--user ali:$2y$99$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
            "a bcrypt hash",
        ),
        (
            "--user ali:$2y$05$abcdefghijklmnopqrstu!ABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
            "a bcrypt hash",
        ),
        (
            "--user ali:$2y$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234",
            "takes minutes",
        ),
        ("--log loud", "text or json"),
        ("--token short", "at least 8 characters"),
        ("--bind nowhere", "--bind nowhere: an address and a port are expected"),
        ("--disk-free 2", "0 to 1"),
        ("--connections 0", "a whole number from 1 to 65535 is expected"),
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
            write!(stream, "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
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
    write!(listener, "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
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
    write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nX: ").expect("sent");
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
        write!(stream, "GET /jobs/dots/frames/000001.png HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .expect("sent");
        drop(server);
    }
    assert!(render.wait().expect("it ends").success());
    assert!(folder.run("verify dots").status.success());
}

#[test]
fn passwords_are_not_guessed_and_names_not_found_out() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    let made = bcrypt::hash("open sesame", 4).expect("a hash");
    let server = Server::start(&folder, &format!("--user ali:{made}"));
    let answers: Vec<u16> =
        (0..12).map(|n| server.get("/", &["-u", &format!("ali:guess {n}")]).0).collect();
    assert_eq!(answers[0], 401);
    assert!(answers.contains(&429), "each wrong try makes the next wait: {answers:?}");
    let (status, head, _) = server.get("/", &["-u", "ali:one more"]);
    assert!(status == 401 || head.contains("retry-after:"), "{head}");
    // Whoever knows the password gets in when the wait is over.
    wait_until("the wait", || server.get("/", &["-u", "ali:open sesame"]).0 == 200);
    // And then at once, whatever others try.
    for n in 0..6 {
        server.get("/", &["-u", &format!("ali:another {n}")]);
    }
    assert_eq!(server.get("/", &["-u", "ali:open sesame"]).0, 200);
}

#[test]
fn a_request_for_another_name_is_not_answered() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    let server = Server::start(&folder, "--host films.example");
    let status = |host: &str| server.get("/jobs/dots/", &["-H", &format!("Host: {host}")]).0;
    for host in ["localhost", "127.0.0.1:80", "[::1]:9", "films.example", "FILMS.example:443"] {
        assert_eq!(status(host), 200, "{host}");
    }
    for host in ["evil.example", "films.example.evil.example", "localhost.evil"] {
        assert_eq!(status(host), 421, "{host}");
    }
    let raw = |text: &str| {
        use std::io::Read;
        let address = server.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        write!(stream, "{text}\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer.split(' ').nth(1).unwrap_or_default().to_string()
    };
    assert_eq!(raw("GET / HTTP/1.1"), "400");
    assert_eq!(raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost"), "400");
    assert_eq!(raw("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example"), "400");
    assert_eq!(raw("GET http://evil.example/ HTTP/1.1\r\nHost: localhost"), "421");
    assert_eq!(raw("GET / HTTP/1.1\r\nHost: localhost"), "200");
    let (_, _, list) = server.get("/jobs/dots/play.m3u", &["-H", "Host: films.example:81"]);
    let list = String::from_utf8_lossy(&list).into_owned();
    assert!(list.contains("http://films.example:81/jobs/dots/dots.mp4"), "{list}");
}

#[test]
fn ranges_are_answered_as_rfc_9110_says() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    fs::write(folder.join("jobs/dots/ten.txt"), "0123456789").expect("written");
    let server = Server::start(&folder, "");
    for (range, status, wanted) in [
        ("bytes=-3", 206, "789"),
        ("bytes=-99", 206, "0123456789"),
        ("bytes=2-3", 206, "23"),
        ("bytes=7-99", 206, "789"),
        ("lines=1-2", 200, "0123456789"),
        ("bytes=x", 200, "0123456789"),
        ("bytes=10-", 416, ""),
        ("bytes=0-,0-,0-", 200, "0123456789"),
    ] {
        let header = format!("Range: {range}");
        let (got, _, content) = server.get("/jobs/dots/ten.txt", &["-H", &header]);
        assert_eq!(got, status, "{range}");
        assert!(got == 416 || content == wanted.as_bytes(), "{range}");
    }
}

#[test]
fn files_that_a_browser_would_run_are_sandboxed() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    for name in ["a.html", "a.svg", "a.xhtml", "a.xml", "a.htm", "a.unknown", "a.txt", "a.png"] {
        fs::write(folder.join("jobs/dots").join(name), "<script>1</script>").expect("written");
    }
    let server = Server::start(&folder, "");
    for (name, is_active) in [
        ("a.html", true),
        ("a.htm", true),
        ("a.svg", true),
        ("a.xhtml", true),
        ("a.xml", true),
        ("a.txt", false),
        ("a.png", false),
        ("dots.mp4", false),
    ] {
        let (status, head, _) = server.get(&format!("/jobs/dots/{name}"), &[]);
        assert_eq!(status, 200);
        assert_eq!(head.contains("content-security-policy: sandbox"), is_active, "{name}: {head}");
        assert!(head.contains("nosniff"), "{name}: {head}");
    }
}

#[test]
fn requests_are_logged_and_refusals_always() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name dots");
    for (args, asked, refused) in [
        ("", false, "status=421"),
        ("--log text", true, "status=421"),
        ("--log json", true, "\"status\":421"),
    ] {
        let log = folder.join("log");
        let mut server =
            Server::start_logged(&folder, args, fs::File::create(&log).expect("a file"));
        assert_eq!(server.get("/jobs/dots/", &[]).0, 200);
        assert_eq!(server.get("/jobs/none", &[]).0, 404);
        assert_eq!(server.get("/", &["-H", "Host: evil.example"]).0, 421);
        server.child.kill().expect("killed");
        server.child.wait().expect("ends");
        let text = fs::read_to_string(&log).expect("a log");
        assert!(text.contains(refused), "{args}: {text}");
        assert_eq!(text.contains("/jobs/dots/"), asked, "{args}: {text}");
        if args.ends_with("json") {
            for line in text.lines().filter(|line| line.starts_with('{')) {
                let line: serde_json::Value = serde_json::from_str(line).expect("an object");
                assert!(line["path"].is_string() && line["ms"].is_number(), "{line}");
            }
        }
    }
}
