//! The server: asked by the programs that people have.

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use common::{Folder, frame_hashes, stderr, vlc, wait_until};

/// A server on a free port; it ends with this.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(folder: &Folder, args: &str) -> Self {
        let mut command = folder.command(&format!("serve --bind 127.0.0.1:0 {args}"));
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("its address");
        Self { child, url: line.trim().trim_end_matches('/').to_string() }
    }

    /// What curl gets: status, headers and content.
    fn get(&self, path: &str, args: &[&str]) -> (u16, String, Vec<u8>) {
        let url = format!("{}{path}", self.url);
        let output = Command::new("curl")
            .args(["-s", "-i", "--path-as-is", "--max-time", "30"])
            .args(args)
            .arg(&url)
            .output()
            .expect("curl is needed");
        let end = output.stdout.windows(4).position(|w| w == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("{url}: no answer: {}", stderr(&output)));
        let head = String::from_utf8_lossy(&output.stdout[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        (status, head.to_lowercase(), output.stdout[end + 4..].to_vec())
    }

    fn text(&self, path: &str) -> String {
        let (status, _, content) = self.get(path, &[]);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(content).expect("UTF-8")
    }

    fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The server's memory in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a size");
        line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("KiB")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two jobs that are done, and one of a program.
fn jobs(folder: &Folder) {
    folder.render("render noise --size 64x48 --frames 60 --name dots");
    folder.render("render wave --size 64x48 --frames 30 --images png --name sea");
    folder.render("render exec --size 2x2 --frames 2 --raw --name prog -- head -c 12 /dev/zero");
}

#[test]
fn the_listing_is_read_by_people_and_programs() {
    let folder = Folder::new();
    jobs(&folder);
    let server = Server::start(&folder, "");
    let page = server.text("/jobs/");
    for name in ["dots/", "sea/", "prog/"] {
        assert!(page.contains(&format!("<a href=\"{name}\">{name}</a>")), "{page}");
    }
    let list = server.json("/jobs/dots/?format=json");
    let names: Vec<&str> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|e| e["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["frames", "dots.mp4", "output.toml", "recipe.toml"]);
    assert_eq!((&list[0]["type"], &list[1]["type"]), (&"directory".into(), &"file".into()));
    let bytes = fs::metadata(folder.join("jobs/dots/dots.mp4")).expect("a film").len();
    assert_eq!(list[1]["size"], bytes);
    assert!(list[1]["mtime"].as_str().expect("a date").ends_with(" GMT"));
    // The newest first or last, and by size.
    let by_size = server.json("/jobs/dots/?format=json&sort=size&order=desc");
    let sizes: Vec<u64> =
        by_size.as_array().expect("a list").iter().filter_map(|e| e["size"].as_u64()).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b) && sizes.len() == 3);
    assert_eq!(server.get("/jobs/dots", &[]).0, 308, "to the folder");

    let lynx =
        Command::new("lynx").args(["-dump", "-nolist", &format!("{}/jobs/", server.url)]).output();
    let seen = String::from_utf8_lossy(&lynx.expect("lynx is needed").stdout).into_owned();
    assert!(seen.contains("Index of /jobs/") && seen.contains("dots/ done"), "{seen}");

    let rclone = |args: &[&str]| {
        let output = Command::new("rclone")
            .args(["--config", "/dev/null", "--http-url", &server.url])
            .args(args)
            .current_dir(folder.path())
            .output()
            .expect("rclone is needed");
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut listed: Vec<String> =
        rclone(&["lsf", ":http:jobs/"]).lines().map(str::to_string).collect();
    listed.sort();
    assert_eq!(listed, ["dots/", "prog/", "sea/"]);
    rclone(&["copy", ":http:jobs/sea", "copy"]);
    for file in ["sea.mp4", "recipe.toml", "frames/000007.png"] {
        let read = |folder_of: &str| fs::read(folder.join(folder_of).join(file)).expect(file);
        assert!(read("copy") == read("jobs/sea"), "{file}");
    }
    let wget = Command::new("wget")
        .args(["-q", "-r", "-np", "-nH", "-e", "robots=off", &format!("{}/jobs/sea/", server.url)])
        .current_dir(folder.join("copy"))
        .status();
    assert!(wget.expect("wget is needed").success());
    assert_eq!(
        fs::read(folder.join("copy/jobs/sea/sea.mp4")).expect("a film"),
        fs::read(folder.join("jobs/sea/sea.mp4")).expect("a film")
    );
}

#[test]
fn every_frame_is_there_without_being_stored() {
    let folder = Folder::new();
    jobs(&folder);
    let server = Server::start(&folder, "");
    let list = server.json("/jobs/dots/frames/?format=json");
    assert_eq!(list.as_array().expect("a list").len(), 60);
    assert_eq!(list[59]["name"], "000059.png");
    let page = server.text("/jobs/dots/frames/?limit=25&page=3");
    assert!(
        page.contains("000050.png") && !page.contains("000049.png") && page.contains("page 3 of 3")
    );

    folder.render("frame dots --index 7 -o seven.png");
    let (status, head, frame) = server.get("/jobs/dots/frames/000007.png", &[]);
    assert_eq!(status, 200);
    assert!(head.contains("content-type: image/png"), "{head}");
    fs::write(folder.join("served.png"), frame).expect("written");
    assert_eq!(frame_hashes(&folder.join("served.png")), frame_hashes(&folder.join("seven.png")));
    let tag = head.lines().find_map(|l| l.strip_prefix("etag: ")).expect("a tag").to_string();
    let condition = format!("If-None-Match: {tag}");
    assert_eq!(server.get("/jobs/dots/frames/000007.png", &["-H", &condition]).0, 304);
    let (_, head, small) = server.get("/jobs/dots/frames/000007.jpg?width=16", &[]);
    assert!(head.contains("image/jpeg"), "{head}");
    fs::write(folder.join("small.jpg"), small).expect("written");
    assert_eq!(
        common::probe(&folder.join("small.jpg"), "width,height").trim_end_matches(','),
        "16,12"
    );
    for none in ["000060.png", "7.png", "0000007.png", "000007.gif", "-00007.png", "000007.png/"] {
        let (status, ..) = server.get(&format!("/jobs/dots/frames/{none}"), &[]);
        assert!(status == 404 || none.ends_with('/'), "{none}: {status}");
    }
    // Nothing that a visitor asks for starts a program.
    assert_eq!(server.get("/jobs/prog/frames/000000.png", &[]).0, 404);

    // More than may be computed are sent away, and told when to come again.
    let server = Server::start(&folder, "--frame-rate 5 --renders 1");
    let answers: Vec<u16> =
        (0..40).map(|n| server.get(&format!("/jobs/dots/frames/{n:06}.png"), &[]).0).collect();
    assert!(answers.contains(&200) && answers.contains(&429), "{answers:?}");
    let (_, head, _) = server.get("/jobs/dots/frames/000001.png", &[]);
    assert!(head.contains("retry-after: 1") || head.starts_with("http/1.1 200"), "{head}");
}

#[test]
fn files_come_whole_and_in_parts() {
    let folder = Folder::new();
    jobs(&folder);
    let server = Server::start(&folder, "");
    let film = fs::read(folder.join("jobs/dots/dots.mp4")).expect("a film");
    let path = "/jobs/dots/dots.mp4";
    let (status, head, content) = server.get(path, &[]);
    assert_eq!(status, 200);
    assert!(content == film);
    for header in [
        "content-type: video/mp4",
        "accept-ranges: bytes",
        "etag: ",
        "last-modified: ",
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    assert!(!head.contains("access-control"), "{head}");
    let value = |name: &str| {
        let line = head.lines().find_map(|l| l.strip_prefix(&format!("{name}: ")));
        line.expect("the header").to_string()
    };
    let (tag, date) = (value("etag"), value("last-modified"));
    let part = |range: &str, condition: Option<String>| {
        let range = format!("Range: bytes={range}");
        let condition = condition.map(|c| format!("If-Range: {c}")).unwrap_or("X: y".into());
        server.get(path, &["-H", &range, "-H", &condition])
    };
    let (status, head, content) = part("100-199", None);
    assert_eq!((status, &content[..]), (206, &film[100..200]));
    assert!(head.contains(&format!("content-range: bytes 100-199/{}", film.len())), "{head}");
    assert_eq!(part("-10", None).2, film[film.len() - 10..]);
    assert_eq!(part("50-", Some(tag.clone())).2, film[50..]);
    assert_eq!(part("50-", Some(date.clone())).0, 200, "lower case is no date");
    assert_eq!(part("50-", Some("\"other\"".into())).0, 200);
    assert_eq!(part(&format!("{}-", film.len()), None).0, 416);
    let (status, head, content) = part("0-9,20-29,-5", None);
    assert_eq!(status, 206);
    let boundary =
        head.split("boundary=").nth(1).and_then(|b| b.lines().next()).expect("a boundary");
    let text = String::from_utf8_lossy(&content).into_owned();
    assert_eq!(text.matches(&format!("--{boundary}\r\n")).count(), 3);
    for piece in [&film[0..10], &film[20..30], &film[film.len() - 5..]] {
        assert!(content.windows(piece.len()).any(|window| window == piece));
    }
    let length: usize = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length: "))
        .and_then(|n| n.parse().ok())
        .expect("a length");
    assert_eq!(length, content.len());
    let (status, head, content) = server.get(path, &["-I"]);
    assert_eq!((status, content.len()), (200, 0));
    assert!(head.contains(&format!("content-length: {}", film.len())));
    let (_, head, _) = server.get(&format!("{path}?download"), &["-I"]);
    assert!(head.contains("content-disposition: attachment; filename=\"dots.mp4\""), "{head}");
    assert_eq!(server.get(path, &["-X", "DELETE"]).0, 405);
    assert_eq!(server.get(path, &["-X", "PUT", "-d", "x"]).0, 405);

    // VLC streams it, and seeks.
    let list = folder.join("net.m3u");
    let text = format!("#EXTVLCOPT:start-time=1\n{}{path}\n", server.url);
    fs::write(&list, text).expect("written");
    common::allow_all(folder.path());
    let log = vlc(&list, &["--no-audio"]);
    assert!(
        log.contains("starting at time: 1s") && log.contains("Received first picture"),
        "{log}"
    );
}

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
fn a_growing_remix_has_its_sound() {
    let folder = Folder::new();
    let film = common::Numbered { tone: Some((440, 48_000)), ..Default::default() };
    film.write(&folder.join("a.mp4"));
    fs::write(folder.join("list.m3u"), "a.mp4\na.mp4\n").expect("written");
    folder.render("remix list.m3u --name mix --segment-frames 25");
    let server = Server::start(&folder, "");
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
fn news_come_as_they_happen() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name old");
    let server = Server::start(&folder, "");
    let address = server.url.trim_start_matches("http://").to_string();
    let mut stream = TcpStream::connect(&address).expect("it listens");
    write!(stream, "GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
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

/// A page in Chromium, spoken to by its DevTools protocol.
struct Browser {
    child: Child,
    socket: tungstenite::WebSocket<TcpStream>,
    asked: u64,
}

impl Browser {
    fn start(folder: &Folder) -> Self {
        let profile = format!("--user-data-dir={}", folder.join("profile").display());
        let mut child = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"])
            .args(["--autoplay-policy=no-user-gesture-required", &profile, "about:blank"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("chromium is needed");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let line = lines.find_map(|line| line.ok()?.split("ws://").nth(1).map(str::to_string));
        let address = line.expect("it listens").split('/').next().expect("an address").to_string();
        std::thread::spawn(move || lines.for_each(drop));
        let pages = Command::new("curl").args(["-s", &format!("http://{address}/json")]).output();
        let pages: serde_json::Value =
            serde_json::from_slice(&pages.expect("curl is needed").stdout).expect("JSON");
        let page = pages.as_array().expect("pages").iter().find(|p| p["type"] == "page");
        let url =
            page.expect("a page")["webSocketDebuggerUrl"].as_str().expect("a URL").to_string();
        let stream = TcpStream::connect(&address).expect("it listens");
        let (socket, _) = tungstenite::client(url, stream).expect("a socket");
        Self { child, socket, asked: 0 }
    }

    fn tell(&mut self, method: &str, params: serde_json::Value) -> serde_json::Value {
        self.asked += 1;
        let message = serde_json::json!({ "id": self.asked, "method": method, "params": params });
        self.socket.send(message.to_string().into()).expect("sent");
        loop {
            let text = self.socket.read().expect("an answer").into_text().expect("text");
            let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            if answer["id"] == self.asked {
                return answer["result"].clone();
            }
        }
    }

    fn open(&mut self, url: &str) {
        self.tell("Page.navigate", serde_json::json!({ "url": url }));
    }

    fn eval(&mut self, script: &str) -> serde_json::Value {
        let params = serde_json::json!({
            "expression": script, "returnByValue": true, "awaitPromise": true,
        });
        self.tell("Runtime.evaluate", params)["result"]["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_browser_sees_the_bar_move_and_plays_what_there_is() {
    let folder = Folder::new();
    fs::create_dir(folder.join("jobs")).expect("a folder");
    let server = Server::start(&folder, "");
    let mut browser = Browser::start(&folder);
    browser.open(&format!("{}/jobs/", server.url));
    wait_until("the page is open", || browser.eval("document.title") == "Index of /jobs/");
    // What comes now comes without the page being loaded again.
    browser.eval("window.mark = 'kept'");
    let args = "render noise --kind warp --size 320x240 --frames 300 --threads 1 --preset slow --name long";
    let mut render = common::start(&folder, args);
    let value = "Number(document.querySelector('progress')?.value ?? -1)";
    wait_until("the bar is there", || browser.eval(value).as_f64() >= Some(1.0));
    let before = browser.eval(value).as_f64();
    wait_until("the bar moves", || browser.eval(value).as_f64() > before);
    assert_eq!(browser.eval("window.mark"), "kept");
    assert_eq!(browser.eval("document.querySelector('.jobs a[href]')?.textContent"), "Name");

    // What is finished plays while the rest is being rendered.
    browser.open(&format!("{}/jobs/long/", server.url));
    let play = "(async () => { const v = document.querySelector('video'); \
                if (!v) return 0; await v.play().catch(() => 0); return v.currentTime })()";
    wait_until("it plays", || browser.eval(play).as_f64() > Some(0.2));
    assert_eq!(browser.eval("document.querySelector('.state').textContent"), "running");
    assert!(render.wait().expect("it ends").success());

    // Then the film does, from anywhere.
    browser.open(&format!("{}/jobs/long/?done", server.url));
    let sought = "(async () => { const v = document.querySelector('video[src=\"long.mp4\"]'); \
                  if (!v) return 0; if (v.currentTime < 5) v.currentTime = 7; \
                  await v.play().catch(() => 0); return v.currentTime })()";
    wait_until("it plays from the middle", || browser.eval(sought).as_f64() > Some(7.1));
    browser.open(&format!("{}/jobs/long/frames/000007.png", server.url));
    wait_until("the frame is shown", || browser.eval("document.images[0]?.naturalWidth") == 320);
}

#[test]
fn machines_are_told_how_it_is() {
    let folder = Folder::new();
    jobs(&folder);
    let server = Server::start(&folder, "");
    let listed = server.json("/api/jobs");
    assert_eq!(listed, serde_json::Value::Array(common::listed(&folder)));
    assert_eq!(server.json("/api/jobs/dots"), listed[0]);
    let segments = server.json("/api/jobs/dots/segments?offset=1&limit=1");
    assert_eq!((&segments["segments"], &segments["recorded"][0]["index"]), (&2.into(), &1.into()));
    for (path, code) in [
        ("/api/jobs/none", 404),
        ("/api/jobs/none/segments", 404),
        ("/api/jobs/dots/segments?limit=0", 400),
        ("/api/jobs/dots/segments?limit=x", 400),
        ("/api/jobs/%ff", 400),
    ] {
        let (status, head, content) = server.get(path, &[]);
        assert_eq!(status, code, "{path}");
        assert!(head.contains("content-type: application/json"), "{path}: {head}");
        let refusal: serde_json::Value = serde_json::from_slice(&content).expect("JSON");
        assert!(refusal["error"].is_string(), "{path}");
    }
    let described = server.json("/api/openapi.json");
    for path in described["paths"].as_object().expect("paths").keys() {
        let path = path.replace("{name}", "dots");
        if path != "/api/events" {
            assert_eq!(server.get(&path, &[]).0, 200, "{path}");
        }
    }
    let metrics = server.text("/metrics");
    for line in [
        "genmedia_jobs{state=\"done\"} 3",
        "genmedia_frames_done 92",
        "genmedia_segment_seconds_count 4",
        "genmedia_http_requests_total{code=\"404\"} 2",
        "# TYPE genmedia_segment_seconds histogram",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    for path in ["/health", "/disk", "/cpu", "/memory"] {
        assert_eq!(server.text(path), "ok\n", "{path}");
        let (_, _, figures) = server.get(path, &["-H", "Accept: application/json"]);
        let figures: serde_json::Value = serde_json::from_slice(&figures).expect("JSON");
        assert_eq!(figures["status"], "ok", "{path}");
    }
    let strict = Server::start(&folder, "--disk-free 1 --memory-free 1 --load 0.000001");
    for path in ["/disk", "/memory"] {
        let (status, _, said) = strict.get(path, &[]);
        assert_eq!((status, &said[..]), (503, &b"not ok\n"[..]), "{path}");
    }
    // A database that is none is told of, and everything else goes on.
    let other = Folder::new();
    fs::create_dir(other.join("jobs")).expect("a folder");
    let server = Server::start(&other, "");
    assert!(server.text("/").contains("There are no jobs yet"));
    fs::create_dir(other.join("jobs/genmedia.db")).expect("no database");
    wait_until("it is noticed", || server.get("/health", &[]).0 == 503);
    assert_eq!(server.get("/disk", &[]).0, 200);
}

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
    let asked = std::time::Instant::now();
    wait_until("it ends", || server.child.try_wait().expect("waits").is_some());
    assert!(asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());
    assert!(folder.run("verify dots").status.success());
}

#[test]
fn a_request_that_comes_drop_by_drop_is_dropped() {
    let folder = Folder::new();
    let server = Server::start(&folder, "");
    let address = server.url.trim_start_matches("http://").to_string();
    let mut stream = TcpStream::connect(&address).expect("it listens");
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\nX: ").expect("sent");
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(30) && stream.write_all(b"a").is_ok() {
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
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
