//! The server under test, and what it serves.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::common::{Folder, stderr};

/// A server on a free port; it ends with this.
pub struct Server {
    pub child: Child,
    pub url: String,
}

impl Server {
    pub fn start(folder: &Folder, args: &str) -> Self {
        Self::start_logged(folder, args, Stdio::null())
    }

    /// At the address of one that has ended.
    pub fn start_again(folder: &Folder, url: &str) -> Self {
        Self::start_at(folder, url.trim_start_matches("http://"), "", Stdio::null())
    }

    /// What it tells on stderr goes into `log`.
    pub fn start_logged(folder: &Folder, args: &str, log: impl Into<Stdio>) -> Self {
        Self::start_at(folder, "127.0.0.1:0", args, log)
    }

    fn start_at(folder: &Folder, address: &str, args: &str, log: impl Into<Stdio>) -> Self {
        let mut command = folder.command(&format!("serve --bind {address} {args}"));
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("it starts");
        let mut line = String::new();
        let out = child.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut line).expect("its address");
        Self { child, url: line.trim().trim_end_matches('/').to_string() }
    }

    /// What curl gets: status, headers and content.
    pub fn get(&self, path: &str, args: &[&str]) -> (u16, String, Vec<u8>) {
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

    pub fn text(&self, path: &str) -> String {
        let (status, _, content) = self.get(path, &[]);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(content).expect("UTF-8")
    }

    pub fn json(&self, path: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The server's memory in KiB.
    pub fn memory(&self) -> u64 {
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
pub fn jobs(folder: &Folder) {
    folder.render("render noise --size 64x48 --frames 60 --name dots");
    folder.render("render wave --size 64x48 --frames 30 --images png --name sea");
    folder.render("render exec --size 2x2 --frames 2 --raw --name prog -- head -c 12 /dev/zero");
}
