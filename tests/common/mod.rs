//! What the tests share: the binary in an empty folder, and FFmpeg's tools as witnesses.
#![allow(dead_code)] // Each test file uses its own part.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// An empty folder to run genmedia in.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// `genmedia` with these arguments (separated by blanks), in this folder.
    pub fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_genmedia"));
        command.current_dir(self.path()).env_remove("GENMEDIA_DIR").args(args.split_whitespace());
        // What is remembered of films must not pass from test to test.
        command.env("XDG_CACHE_HOME", "/nonexistent");
        command
    }

    /// Runs it, whatever comes.
    pub fn run(&self, args: &str) -> Output {
        self.command(args).output().expect("genmedia starts")
    }

    /// Runs it, must succeed, and gives the path it printed.
    pub fn render(&self, args: &str) -> PathBuf {
        let output = self.run(args);
        assert!(output.status.success(), "{args}: {}", stderr(&output));
        let printed = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(printed.lines().count(), 1, "stdout is the path, alone: {printed}");
        let path = self.join(printed.trim_end());
        assert!(path.exists(), "{}", path.display());
        path
    }

    /// Files and folders below, as relative paths, sorted.
    pub fn tree(&self) -> Vec<String> {
        fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.push(name);
                if path.is_dir() {
                    walk(root, &path, found);
                }
            }
        }
        let mut found = Vec::new();
        walk(self.path(), self.path(), &mut found);
        found.sort();
        found
    }
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a tool prints; it must succeed and complain of nothing.
pub fn tool(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|e| panic!("{program} is needed: {e}"));
    assert!(output.status.success(), "{program} {args:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "{program} {args:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// One field of the video stream, by ffprobe.
pub fn probe(path: &Path, field: &str) -> String {
    let entries = format!("stream={field}");
    let args =
        ["-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", &entries];
    tool("ffprobe", &[&args[..], &["-of", "csv=p=0", text(path)]].concat()).trim().to_string()
}

/// The duration in seconds, of the stream or else of the file.
pub fn duration(path: &Path) -> f64 {
    let args = ["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", text(path)];
    tool("ffprobe", &args).trim().parse().expect("a duration")
}

/// Presentation time, decoding time and duration of all packets, in the order of the file.
/// Matroska does not store decoding times.
pub fn packets(path: &Path) -> Vec<(i64, Option<i64>, i64)> {
    let args = ["-v", "error", "-show_entries", "packet=pts,dts,duration", "-of", "csv=p=0"];
    let listed = tool("ffprobe", &[&args[..], &[text(path)]].concat());
    let packet = |line: &str| {
        let fields: Vec<Option<i64>> = line.split(',').map(|f| f.parse().ok()).collect();
        (fields[0].expect("a presentation time"), fields[1], fields[2].expect("a duration"))
    };
    listed.lines().map(packet).collect()
}

/// Decodes everything; FFmpeg must not say a word.
pub fn decodes_silently(path: &Path) {
    tool("ffmpeg", &["-nostdin", "-v", "warning", "-xerror", "-i", text(path), "-f", "null", "-"]);
}

/// The MD5 of each decoded frame of the picture, as rgb24.
pub fn frame_hashes(path: &Path) -> Vec<String> {
    let args = ["-nostdin", "-v", "error", "-i", text(path), "-an", "-pix_fmt", "rgb24"];
    tool("ffmpeg", &[&args[..], &["-f", "framemd5", "-"]].concat())
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.rsplit(',').next().unwrap_or_default().trim().to_string())
        .collect()
}

/// Asserts all that a finished video promises: number of frames, rate, duration, and times.
pub fn is_exact(path: &Path, frames: u64, rate: &str) {
    let (num, den) = rate.split_once('/').expect("a ratio");
    let (num, den): (f64, f64) = (num.parse().expect("a number"), den.parse().expect("a number"));
    assert_eq!(probe(path, "nb_read_frames"), frames.to_string(), "{}", path.display());
    assert_eq!(probe(path, "avg_frame_rate"), rate);
    let seconds = frames as f64 * den / num;
    let millis = path.extension().is_none_or(|e| e != "mp4");
    let tolerance = if millis { 1e-3 } else { 2e-6 };
    assert!((duration(path) - seconds).abs() <= tolerance, "{} for {seconds}", duration(path));

    let packets = packets(path);
    assert_eq!(packets.len() as u64, frames);
    let mut shown: Vec<i64> = packets.iter().map(|p| p.0).collect();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len() as u64, frames, "no two frames at one time");
    if !millis {
        assert_eq!(probe(path, "r_frame_rate"), rate);
        let decoded: Vec<i64> = packets.iter().map(|p| p.1.expect("a decoding time")).collect();
        assert!(decoded.windows(2).all(|w| w[0] < w[1]), "decoding times rise strictly");
        assert!(packets.iter().zip(decoded).all(|(p, dts)| dts <= p.0));
        let step = packets[0].2;
        assert!(packets.iter().all(|p| p.2 == step), "every frame lasts as long");
        assert!(shown.windows(2).all(|w| w[1] - w[0] == step), "evenly");
        assert_eq!(shown[0], 0, "from the first instant");
    }
    decodes_silently(path);
}

/// The jobs in `jobs/`, as `genmedia jobs --json` lists them.
pub fn listed(folder: &Folder) -> Vec<serde_json::Value> {
    let output = folder.run("jobs --json");
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("an array")
}

/// One job, as `genmedia jobs show --json` tells of it.
pub fn shown(folder: &Folder, name: &str) -> serde_json::Value {
    let output = folder.run(&format!("jobs show {name} --json"));
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("an object")
}

/// How often each segment of a job was rendered, by its recorded events.
pub fn renderings(folder: &Folder, name: &str) -> std::collections::BTreeMap<u64, u32> {
    let db = rusqlite::Connection::open(folder.join("jobs/genmedia.db")).expect("a database");
    let mut events = db
        .prepare("SELECT event FROM events JOIN jobs ON jobs.id = job WHERE name = ?")
        .expect("the table of events");
    let mut count = std::collections::BTreeMap::new();
    let rows = events.query_map([name], |row| row.get::<_, String>(0)).expect("events");
    for text in rows {
        let event: serde_json::Value =
            serde_json::from_str(&text.expect("a text")).expect("an object");
        if event["event"] == "segment" {
            *count.entry(event["index"].as_u64().expect("an index")).or_default() += 1;
        }
    }
    count
}

/// The finished segments of a job, each with what would change if it were written again.
#[cfg(unix)]
pub fn finished_segments(
    folder: &Folder,
    name: &str,
) -> std::collections::BTreeMap<String, (u64, i64)> {
    use std::os::unix::fs::MetadataExt;
    let listed = std::fs::read_dir(folder.join(&format!("jobs/{name}/segments")));
    let entries = listed.map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    let finished = entries.iter().filter_map(|entry| {
        let file = entry.file_name().into_string().ok()?;
        let meta = entry.metadata().ok()?;
        (!file.starts_with('.')).then_some((file, (meta.ino(), meta.mtime_nsec())))
    });
    finished.collect()
}

/// Starts genmedia with nothing to read and nothing to show.
pub fn start(folder: &Folder, args: &str) -> std::process::Child {
    use std::process::Stdio;
    let mut command = folder.command(args);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("genmedia starts")
}

/// A folder with a job that was killed with at least `count` segments finished and some not. What
/// was done before the kill came is begun anew in another folder.
pub fn killed_midway(args: &str, name: &str, count: usize) -> Folder {
    for _ in 0..50 {
        let folder = Folder::new();
        let mut child = start(&folder, args);
        wait_until("segments", || {
            finished_segments(&folder, name).len() >= count
                || child.try_wait().expect("waits").is_some()
        });
        let _ = child.kill();
        child.wait().expect("ends");
        if shown(&folder, name)["state"] == "interrupted" {
            return folder;
        }
    }
    panic!("{args}: it is always quicker than the test");
}

/// Waits until something is so, for at most a minute.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let since = std::time::Instant::now();
    while !so() {
        assert!(since.elapsed().as_secs() < 60, "waited a minute for: {what}");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Numbers from a seed, so that a failure can be had again (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// A film whose frames carry their number, to be read back by [`numbers`]: eight by two squares,
/// each a bit.
pub struct Numbered<'a> {
    pub frames: u16,
    /// The number of the first frame.
    pub first: u16,
    pub size: (usize, usize),
    /// As FFmpeg takes it.
    pub rate: &'a str,
    /// The pitch of its sound in Hz, and samples a second.
    pub tone: Option<(u32, u32)>,
    /// Options of the encoder.
    pub options: &'a str,
}

impl Default for Numbered<'_> {
    fn default() -> Self {
        Self {
            frames: 90,
            first: 0,
            size: (160, 120),
            rate: "30",
            tone: None,
            options: "-c:v libx264 -preset veryfast -g 40",
        }
    }
}

impl Numbered<'_> {
    /// Writes the film to `path`.
    pub fn write(&self, path: &Path) {
        use std::io::Write;
        use std::process::Stdio;
        let (width, height) = self.size;
        let size = format!("{width}x{height}");
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray", "-s", &size]);
        command.args(["-r", self.rate, "-i", "-"]);
        if let Some((pitch, rate)) = self.tone {
            let source = format!("sine=frequency={pitch}:sample_rate={rate}");
            command.args(["-f", "lavfi", "-i", &source, "-shortest", "-c:a", "aac"]);
        }
        command.args(["-pix_fmt", "yuv420p"]).args(self.options.split_whitespace()).arg(path);
        let mut ffmpeg = command.stdin(Stdio::piped()).spawn().expect("ffmpeg is needed");
        let mut pipe = ffmpeg.stdin.take().expect("a pipe");
        for number in self.first..self.first + self.frames {
            let pixel = |n: usize| {
                let bit = n % width * 8 / width + n / width * 2 / height * 8;
                if number >> bit & 1 == 1 { 255 } else { 0 }
            };
            let frame: Vec<u8> = (0..width * height).map(pixel).collect();
            pipe.write_all(&frame).expect("ffmpeg reads");
        }
        drop(pipe);
        assert!(ffmpeg.wait().expect("ffmpeg ends").success(), "{}", path.display());
    }
}

/// The numbers that the frames of `film` carry, whatever its size.
pub fn numbers(film: &Path) -> Vec<u16> {
    let args = ["-nostdin", "-v", "error", "-i", text(film), "-fps_mode", "passthrough"];
    let scale = ["-vf", "scale=8:2:flags=area", "-f", "rawvideo", "-pix_fmt", "gray", "-"];
    let output = Command::new("ffmpeg").args(args).args(scale).output().expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let bits = |frame: &[u8]| {
        frame.iter().enumerate().map(|(bit, grey)| u16::from(*grey > 127) << bit).sum()
    };
    output.stdout.chunks_exact(16).map(bits).collect()
}

/// The sound of `film`, mixed to one channel at 48 000 samples a second.
pub fn samples(film: &Path) -> Vec<f32> {
    let args = ["-nostdin", "-v", "error", "-i", text(film), "-vn"];
    let form = ["-f", "f32le", "-ac", "1", "-ar", "48000", "-"];
    let output = Command::new("ffmpeg").args(args).args(form).output().expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    let sample = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    output.stdout.chunks_exact(4).map(sample).collect()
}

/// How loud one pitch is in `samples` (Goertzel's algorithm).
pub fn loudness(samples: &[f32], pitch: f32) -> f32 {
    let turn = 2.0 * std::f32::consts::PI * pitch / 48_000.0;
    let (sine, cosine) = samples.iter().enumerate().fold((0.0, 0.0), |(s, c), (n, sample)| {
        let angle = (turn * n as f32) % (2.0 * std::f32::consts::PI);
        (s + sample * angle.sin(), c + sample * angle.cos())
    });
    2.0 * f32::hypot(sine, cosine) / samples.len() as f32
}

/// VLC refuses to run as root.
pub fn as_ordinary_user(program: &str) -> Command {
    let uid = Command::new("id").arg("-u").output().expect("id runs").stdout;
    if uid != b"0\n" {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "nobody", "--", program]);
    command
}

/// What VLC logs while it plays `list`, which it must do to the end.
pub fn vlc(list: &Path, args: &[&str]) -> String {
    let home = Folder::new();
    allow_all(home.path());
    let output = as_ordinary_user("cvlc")
        .args(["--intf", "dummy", "--vout", "dummy", "--aout", "dummy", "-vv", "--play-and-exit"])
        .args(args)
        .arg(list)
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .output()
        .expect("VLC is needed");
    let log = stderr(&output);
    assert!(output.status.success(), "{log}");
    log
}

/// Lets everybody read and write there.
pub fn allow_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).expect("permissions");
}
