//! Behind nginx, under a path.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::common::{Folder, wait_until};
use crate::server::{Server, jobs};

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it, as they do not if it is killed.
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// nginx in front of `url`, as the reference says; `more` stands in its location. Gives its port.
fn nginx(folder: &Folder, url: &str, more: &str) -> (Nginx, u16) {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let home = folder.path().display();
    let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {home}/{kind};"))
        .join(" ");
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let text = format!(
        "{user} daemon off; pid {home}/nginx.pid; error_log {home}/nginx.log; events {{}}\n\
         http {{ access_log off; {paths} server {{ listen 127.0.0.1:{port};\n\
         location /films/ {{ proxy_pass {url}/; {more} }} }} }}\n"
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, text).expect("written");
    let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/opt/homebrew/bin/nginx"];
    let program = program.iter().find(|path| fs::exists(path).unwrap_or(false));
    let child = Command::new(program.expect("nginx is needed"))
        .arg("-c")
        .arg(&path)
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx starts");
    let nginx = Nginx(child);
    wait_until("nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    (nginx, port)
}

fn curl(args: &[&str]) -> String {
    let output = Command::new("curl").args(["-s", "--max-time", "20"]).args(args).output();
    String::from_utf8_lossy(&output.expect("curl is needed").stdout).into_owned()
}

#[test]
fn links_and_playlists_are_right_behind_a_proxy_under_a_path() {
    let folder = Folder::new();
    jobs(&folder);
    let server = Server::start(&folder, "--trust-proxy 127.0.0.1");
    let headers = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; \
                   proxy_set_header X-Forwarded-Proto https; \
                   proxy_set_header X-Forwarded-Host films.example; \
                   proxy_set_header X-Forwarded-Prefix /films;";
    let (_nginx, port) = nginx(&folder, &server.url, headers);
    let root = format!("http://127.0.0.1:{port}/films/");

    // All that the pages name is there.
    for page in ["", "jobs/", "jobs/dots/", "jobs/dots/frames/?limit=3"] {
        let address = format!("{root}{page}");
        let text = curl(&[&address]);
        let links = text.split(['"', '\'']).zip(text.split(['"', '\'']).skip(1));
        let is_link = |before: &str| {
            ["href=", "src=", "poster=", "data-events=", "data-live-list="]
                .iter()
                .any(|name| before.ends_with(name))
        };
        let links: Vec<&str> =
            links.filter(|(before, _)| is_link(before)).map(|(_, link)| link).collect();
        assert!(links.len() > 6, "{page}: {links:?}");
        for link in links {
            assert!(!link.starts_with('/'), "{page}: {link} leads out of the path");
            let base = address.split('?').next().expect("a part");
            let joined = format!("{base}{link}");
            let status = curl(&["-o", "/dev/null", "-m", "2", "-w", "%{http_code}", &joined]);
            assert_eq!(status, "200", "{page}: {link}");
        }
    }
    // Where a request is sent on, it stays below the path.
    let told = curl(&["-i", &format!("{root}jobs")]);
    assert!(told.to_lowercase().contains("location: ./jobs/"), "{told}");
    let told =
        curl(&["-L", "-o", "/dev/null", "-w", "%{url_effective}", &format!("{root}jobs/dots")]);
    assert_eq!(told, format!("{root}jobs/dots/"));
    // The playlist is opened by a program that knows nothing of the page.
    let list = curl(&[&format!("{root}jobs/dots/play.m3u")]);
    assert!(list.contains("\nhttps://films.example/films/jobs/dots/dots.mp4\n"), "{list}");
    // News come at once.
    let news = curl(&["-m", "3", &format!("{root}api/events")]);
    assert!(news.contains("event: job"), "{news}");
}

#[test]
fn only_a_proxy_that_is_trusted_is_believed() {
    let folder = Folder::new();
    jobs(&folder);
    let log = folder.join("log");
    let file = fs::File::create(&log).expect("a log");
    let server = Server::start_logged(&folder, "--log json --trust-proxy 127.0.0.2", file);
    let told = ["-H", "X-Forwarded-For: 192.0.2.7", "-H", "X-Forwarded-Host: evil.example"];
    let list = |more: &[&str]| {
        let (status, _, text) = server.get("/jobs/dots/play.m3u", &[&told[..], more].concat());
        assert_eq!(status, 200);
        String::from_utf8(text).expect("UTF-8")
    };
    assert!(list(&[]).contains("\nhttp://127.0.0.1:"));
    assert!(list(&["--interface", "127.0.0.2"]).contains("\nhttp://evil.example/jobs/"));
    let log = fs::read_to_string(log).expect("a log");
    let peers: Vec<String> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|line| Some(line["peer"].as_str()?.to_string()))
        .collect();
    assert_eq!(peers, ["127.0.0.1", "192.0.2.7"], "{log}");
}
