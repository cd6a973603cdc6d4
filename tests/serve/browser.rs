//! A real browser, told what to do over the DevTools protocol.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::common::{self, Folder, wait_until};
use crate::server::Server;

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
    let page = "/jobs/long/?done";
    wait_until("it is done", || server.text(page).contains("src=\"long.mp4\""));
    browser.open(&format!("{}{page}", server.url));
    let sought = "(async () => { const v = document.querySelector('video[src=\"long.mp4\"]'); \
                  if (!v) return 0; if (v.currentTime < 5) v.currentTime = 7; \
                  await v.play().catch(() => 0); return v.currentTime })()";
    wait_until("it plays from the middle", || browser.eval(sought).as_f64() > Some(7.1));
    browser.open(&format!("{}/jobs/long/frames/000007.png", server.url));
    wait_until("the frame is shown", || browser.eval("document.images[0]?.naturalWidth") == 320);
}

#[test]
fn a_film_that_grows_plays_on_after_the_server_was_away() {
    let job = "render noise --size 160x120 --frames 300 --segment-frames 30 --threads 1 --name n";
    let folder = common::killed_midway(job, "n", 2);
    let server = Server::start(&folder, "");
    let mut browser = Browser::start(&folder);
    browser.open(&format!("{}/jobs/n/", server.url));
    let buffered = "(() => { const b = document.querySelector('video')?.buffered; \
                    return b?.length ? b.end(b.length - 1) : 0 })()";
    wait_until("some of it is there", || browser.eval(buffered).as_f64() > Some(0.5));
    browser.eval("document.querySelector('video').mark = 'kept'");

    let url = server.url.clone();
    drop(server);
    folder.render(job);
    let _server = Server::start_again(&folder, &url);
    wait_until("all of it is there", || browser.eval(buffered).as_f64() >= Some(9.9));
    let length = browser.eval("document.querySelector('video').duration").as_f64();
    assert!(length > Some(9.9), "the list is closed: {length:?}");
    assert_eq!(browser.eval("document.querySelector('video').mark"), "kept");
}

#[test]
fn films_of_other_codecs_play_while_they_grow() {
    for (codec, sound) in [("h264", "flac"), ("vp9", "opus"), ("av1", "aac"), ("vp9", "")] {
        let heard = match sound {
            "" => String::new(),
            codec => format!("--sound noise=pink --sound-codec {codec}"),
        };
        let clip = "--size 160x120 --frames 600 --segment-frames 30 --threads 1 --name n";
        let job = format!("render noise {clip} --codec {codec} {heard}");
        let folder = common::killed_midway(&job, "n", 2);
        let server = Server::start(&folder, "");
        let mut browser = Browser::start(&folder);
        browser.open(&format!("{}/jobs/n/", server.url));
        // By the page's own player; what a browser makes of the list itself is another matter.
        let play = "(async () => { const v = document.querySelector('video'); \
                    if (!v?.src.startsWith('blob:')) return 0; \
                    await v.play().catch(() => 0); return v.currentTime })()";
        wait_until(&format!("{codec} {sound}"), || browser.eval(play).as_f64() > Some(0.2));
    }
}

#[test]
fn the_row_of_a_job_stays_its_own_when_the_order_changes() {
    let folder = Folder::new();
    for name in ["a", "b"] {
        folder.render(&format!("render noise --size 64x64 --frames 2 --name {name}"));
    }
    let server = Server::start(&folder, "");
    let mut browser = Browser::start(&folder);
    browser.open(&format!("{}/jobs/", server.url));
    // Each row, and each picture, is marked with the name of its job.
    let mark = "(() => { const rows = [...document.querySelectorAll('.jobs tbody tr')]; \
                for (const row of rows) row.mark = row.querySelector('img').mark = row.querySelector('a').text; \
                rows.at(-1)?.querySelector('a').focus(); return rows.map((row) => row.mark).join() })()";
    wait_until("the page is open", || browser.eval(mark) == "b/,a/");

    folder.render("render noise --size 64x64 --frames 2 --seed 2 --name c");
    folder.render("render noise --size 64x64 --frames 2 --name a --force");
    let marks = "[...document.querySelectorAll('.jobs tbody tr')].map((row) => \
                 [row.querySelector('a').text, row.mark, row.querySelector('img').mark].join(':')).join()";
    wait_until("the order is new", || {
        browser.eval(marks).as_str().is_some_and(|marks| marks.starts_with("a/:"))
    });
    assert_eq!(browser.eval(marks), "a/:a/:a/,c/::,b/:b/:b/");
    assert_eq!(browser.eval("document.activeElement.text"), "a/");

    // A page whose server is gone says so.
    let told = "document.querySelector('main > .error')?.textContent";
    assert_eq!(browser.eval(told), "");
    drop(server);
    let is_told =
        |said: serde_json::Value| said.as_str().is_some_and(|said| said.contains("may be old"));
    wait_until("it is told", || is_told(browser.eval(told)));
}
