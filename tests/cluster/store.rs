//! Workers that share nothing but a store: two servers of S3, and a folder.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::common::{Folder, Numbered, Random, quick_or_long, shown, stderr, wait_until};
use crate::workers::{recipe, slow};

pub const KEY: &str = "ANACCESSKEY";
pub const SECRET: &str = "a-secret-that-nobody-may-read";

/// A program of the Python that scripts/deps.sh makes.
fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin").join(name)
}

/// A server of S3 with the empty bucket `films`.
pub struct Server {
    process: Child,
    pub port: u16,
    data: Folder,
}

impl Server {
    /// Moto, which knows conditional writes and what is uploaded in parts.
    pub fn moto() -> Self {
        Self::start("moto_server", |port, _| {
            vec!["-H".into(), "127.0.0.1".into(), "-p".into(), port]
        })
    }

    /// rclone, which checks signatures.
    fn rclone() -> Self {
        Self::start("rclone", Self::rclone_args)
    }

    fn rclone_args(port: String, data: &str) -> Vec<String> {
        let address = format!("127.0.0.1:{port}");
        let key = format!("{KEY},{SECRET}");
        let words = ["serve", "s3", "--config", "", "--addr", &address, "--auth-key", &key, data];
        words.map(String::from).to_vec()
    }

    fn start(name: &str, args: impl Fn(String, &str) -> Vec<String>) -> Self {
        let data = Folder::new();
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let process =
            Self::begin(name, args(port.to_string(), data.path().to_str().expect("UTF-8")));
        let server = Self { process, port, data };
        wait_until(name, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        server.client(&["mkdir", "films"]);
        server
    }

    fn begin(name: &str, args: Vec<String>) -> Child {
        let mut command = Command::new(program(name));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap_or_else(|e| panic!("scripts/deps.sh test installs {name}: {e}"))
    }

    /// What rclone says, as a client of this server.
    fn client(&self, args: &[&str]) -> String {
        let remote = format!(
            ":s3,provider=Other,access_key_id={KEY},secret_access_key={SECRET},endpoint='http://127.0.0.1:{}':",
            self.port
        );
        let (verb, path) = (args[0], args.last().expect("a path"));
        let output = Command::new(program("rclone"))
            .args(["--config", "", "--retries", "1", verb])
            .args(&args[1..args.len() - 1])
            .arg(format!("{remote}{path}"))
            .output()
            .expect("rclone runs");
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The names below `films/jobs/sea`, sorted.
    pub fn objects(&self) -> Vec<String> {
        let listed = self.client(&["lsf", "-R", "--files-only", "films"]);
        let own = listed.lines().filter_map(|name| name.strip_prefix("jobs/sea/"));
        let mut own: Vec<String> = own.map(str::to_string).collect();
        own.sort();
        own
    }

    fn segments(&self) -> usize {
        self.objects().iter().filter(|name| name.ends_with(".segment")).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// genmedia, which finds the server at `port`.
fn genmedia(folder: &Folder, port: u16, args: &str) -> Command {
    let mut command = folder.command(args);
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
    command.env("AWS_REGION", "us-east-1");
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"));
    // Some machines have a proxy for all they ask.
    command.env("NO_PROXY", "127.0.0.1");
    command.stderr(Stdio::piped());
    command
}

pub fn run(folder: &Folder, port: u16, args: &str) -> Output {
    genmedia(folder, port, args).output().expect("genmedia starts")
}

/// Makes the film of what is in the store, in an empty folder, and looks that nothing else is left there.
fn publish(folder: &Folder, server: &Server, whole: &[u8]) {
    let output = run(folder, server.port, "resume sea --store s3://films/jobs --dir got");
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    assert_eq!(output.stdout, b"got/sea/sea.mp4\n");
    assert!(!told.contains("damaged"), "{told}");
    assert!(fs::read(folder.join("got/sea/sea.mp4")).expect("a film") == whole);
    assert_eq!(server.objects(), ["output.toml", "recipe.toml", "sea.mp4"]);
}

#[test]
fn by_way_of_a_store_they_give_the_bytes_of_one() {
    for server in [Server::moto(), Server::rclone()] {
        let folder = Folder::new();
        let whole = recipe(&folder, "noise --frames 120 --size 64x48 --segment-frames 4");
        let mut random = Random(29);
        let begin = |number: u64| {
            let args = format!(
                "shard sea.toml --shard {}/3 --threads 1 --store s3://films/jobs",
                number + 1
            );
            genmedia(&folder, server.port, &args).stderr(Stdio::null()).spawn().expect("it starts")
        };
        let mut workers: Vec<Child> = (0..3).map(begin).collect();
        for _ in 0..quick_or_long(6, 200) {
            std::thread::sleep(Duration::from_millis(random.below(250)));
            let index = random.below(3);
            let worker = &mut workers[index as usize];
            let _ = worker.kill();
            worker.wait().expect("it ends");
            *worker = begin(index);
        }
        for worker in &mut workers {
            assert!(worker.wait().expect("it ends").success());
        }
        let output = run(&folder, server.port, "shard sea --store s3://films/jobs");
        let told = stderr(&output);
        assert!(output.status.success(), "{told}");
        // What was begun by those who were killed is not yet known to be left.
        publish(&folder, &server, &whole);
        assert!(!folder.join("jobs/sea").exists(), "workers need no folder");
        let output = run(&folder, server.port, "shard sea --store s3://films/jobs");
        assert!(stderr(&output).contains("the job is done"), "{}", stderr(&output));
        // Whoever wants the film has it.
        let output = run(&folder, server.port, "resume sea --store s3://films/jobs --dir copy");
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(fs::read(folder.join("copy/sea/sea.mp4")).expect("a film") == whole);
        assert!(folder.run("verify sea --dir copy").status.success());
    }
}

/// What stands between a worker and its server, and breaks connections.
struct Proxy {
    port: u16,
    broken: Arc<AtomicU64>,
}

impl Proxy {
    /// Breaks connections once that many bytes went up, three times in all. Or holds them there for good.
    fn start(server: &Server, bytes: usize, holds: bool) -> Self {
        Self::start_with(server, (bytes, u64::MAX), holds)
    }

    /// Breaks connections once that many bytes came down: what was asked is done, and nobody is told.
    fn mute(server: &Server, bytes: u64) -> Self {
        Self::start_with(server, (usize::MAX, bytes), false)
    }

    fn start_with(server: &Server, (bytes, down): (usize, u64), holds: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let broken = Arc::new(AtomicU64::new(0));
        let (target, count) = (server.port, broken.clone());
        std::thread::spawn(move || {
            for (number, client) in (1..).zip(listener.incoming().flatten()) {
                let count = count.clone();
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { return };
                // Lists are longer than other answers, and have to come through once.
                let down = down.saturating_mul(1 + number % 24);
                std::thread::spawn(move || carry(client, server, (bytes, down), holds, &count));
            }
        });
        Self { port, broken }
    }
}

fn carry(
    client: TcpStream,
    server: TcpStream,
    (limit, down): (usize, u64),
    holds: bool,
    broken: &AtomicU64,
) {
    let (mut from, mut to) =
        (server.try_clone().expect("a handle"), client.try_clone().expect("a handle"));
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut (&mut from).take(down), &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut client, mut server) = (client, server);
    let (mut piece, mut sent) = ([0; 16 << 10], 0);
    while let Ok(read @ 1..) = client.read(&mut piece) {
        if sent + read > limit && (holds || broken.load(Ordering::Relaxed) < 3) {
            broken.fetch_add(1, Ordering::Relaxed);
            if holds {
                std::thread::sleep(Duration::from_secs(600));
            }
            break;
        }
        sent += read;
        if server.write_all(&piece[..read]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
}

/// Segments of 5 MB, and a film of 20 MB, which goes up in parts.
const LARGE: &str =
    "noise --kind white --codec ffv1 --size 640x480 --frames 44 --segment-frames 12";

#[test]
fn uploads_that_break_leave_nothing_that_looks_finished() {
    for server in [Server::moto(), Server::rclone()] {
        let folder = Folder::new();
        let whole = recipe(&folder, LARGE);
        // One that is killed in the middle of an upload.
        let held = Proxy::start(&server, 300_000, true);
        let mut worker =
            genmedia(&folder, held.port, "shard sea.toml --threads 2 --store s3://films/jobs");
        let mut worker = worker.stderr(Stdio::null()).spawn().expect("it starts");
        wait_until("an upload", || held.broken.load(Ordering::Relaxed) > 0);
        worker.kill().expect("killed");
        worker.wait().expect("it ends");
        assert_eq!(server.segments(), 0, "{:?}", server.objects());
        // One whose connections break goes on.
        let breaking = Proxy::start(&server, 1_000_000, false);
        let output =
            run(&folder, breaking.port, "shard sea.toml --threads 2 --store s3://films/jobs");
        assert!(output.status.success(), "{}", stderr(&output));
        let told = stderr(&output);
        assert!(breaking.broken.load(Ordering::Relaxed) > 0, "nothing was broken: {told}");
        let output = run(&folder, breaking.port, "resume sea --store s3://films/jobs --dir got");
        let told = stderr(&output);
        assert!(output.status.success() && !told.contains("damaged"), "{told}");
        assert!(fs::read(folder.join("got/sea/sea.mkv")).expect("a film") == whole);
        assert_eq!(server.objects(), ["output.toml", "recipe.toml", "sea.mkv"]);
        let kept = server.client(&["cat", "films/jobs/sea/output.toml"]);
        assert!(kept.contains("path = \"sea.mkv\""), "{kept}");
    }
}

#[test]
fn a_store_that_is_away_for_a_while_is_waited_for() {
    let mut server = Server::rclone();
    let folder = Folder::new();
    let whole = slow(&folder, 20, 0.2);
    let args = "shard sea.toml --threads 1 --store s3://films/jobs";
    let worker = genmedia(&folder, server.port, args).spawn().expect("it starts");
    wait_until("a segment", || server.segments() > 1);
    server.process.kill().expect("killed");
    server.process.wait().expect("it ends");
    std::thread::sleep(Duration::from_secs(8));
    let data = server.data.path().to_str().expect("UTF-8").to_string();
    server.process = Server::begin("rclone", Server::rclone_args(server.port.to_string(), &data));
    let output = worker.wait_with_output().expect("it ends");
    let told = stderr(&output);
    assert!(output.status.success() && told.contains("all segments are there"), "{told}");
    let output = run(&folder, server.port, "resume sea --store s3://films/jobs --dir got");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(folder.join("got/sea/sea.mp4")).expect("a film") == whole);
}

#[test]
fn what_was_done_and_not_answered_is_done_once() {
    for server in [Server::moto(), Server::rclone()] {
        let folder = Folder::new();
        let whole = recipe(&folder, "noise --frames 60 --size 64x48 --segment-frames 2");
        // Of some five answers one is lost.
        let proxy = Proxy::mute(&server, 1500);
        let output = run(&folder, proxy.port, "shard sea.toml --threads 1 --store s3://films/jobs");
        let told = stderr(&output);
        assert!(output.status.success(), "{told}");
        assert!(told.contains("30 segments rendered; all segments are there"), "{told}");
        publish(&folder, &server, &whole);
    }
}

/// The URL of a folder as a store.
pub fn local(folder: &Folder) -> String {
    format!("file://{}", folder.join("store").display())
}

#[test]
fn what_is_damaged_in_the_store_is_rendered_anew() {
    let folder = Folder::new();
    let whole = recipe(&folder, "noise --frames 40 --size 64x48 --segment-frames 4 --images png");
    let store = local(&folder);
    assert!(folder.run(&format!("shard sea.toml --store {store}")).status.success());
    let segment = |index: u32| folder.join(&format!("store/sea/segments/{index:06}.segment"));
    let mut bytes = fs::read(segment(3)).expect("a segment");
    bytes[100] ^= 1;
    fs::write(segment(3), &bytes).expect("written");
    fs::write(segment(5), &bytes[..bytes.len() / 2]).expect("written");
    fs::copy(segment(8), segment(7)).expect("copied");
    fs::remove_file(segment(9)).expect("removed");
    let output = folder.run(&format!("resume sea --store {store}"));
    let told = stderr(&output);
    assert!(output.status.success(), "{told}");
    for (index, reason) in [
        (3, "its checksum is wrong"),
        (5, "it is cut short or has no seal"),
        (7, "it is of another job"),
    ] {
        let line =
            format!("segment {index} in the store is damaged ({reason}), and is rendered anew");
        assert!(told.contains(&line), "{told}");
    }
    assert!(fs::read(folder.join("store/sea/sea.mp4")).expect("a film") == whole);
    for frame in 0..40 {
        let image = |job: &str| fs::read(folder.join(&format!("{job}/frames/{frame:06}.png")));
        assert!(image("store/sea").expect("an image") == image("jobs/whole").expect("an image"));
    }
    // A film that is another in the store is not taken for this one.
    fs::write(folder.join("store/sea/sea.mp4"), &whole[1..]).expect("written");
    fs::write(folder.join("store/sea/sea.mp4"), [&whole[1..], b"x"].concat()).expect("written");
    let output = folder.run(&format!("resume sea --store {store} --dir other"));
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("sea.mp4 is not the film that was published"), "{told}");
    assert!(!folder.join("other/sea/sea.mp4").exists());
}

#[test]
fn a_publisher_goes_on_where_it_was() {
    let folder = Folder::new();
    let whole = recipe(&folder, "noise --frames 40 --size 64x48 --segment-frames 4");
    let store = local(&folder);
    let resume = format!("resume sea --store {store}");
    assert!(folder.run(&format!("shard sea.toml --store {store}")).status.success());
    // What stands in its way is not its own, and stays.
    fs::write(folder.join("store/sea/sea.mp4"), "precious").expect("written");
    fs::write(folder.join("store/sea/segments/notes.txt"), "precious").expect("written");
    let output = folder.run(&resume);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("holds sea.mp4, which is not this job's; move it away"), "{told}");
    assert_eq!(fs::read(folder.join("store/sea/sea.mp4")).expect("a file"), b"precious");
    assert!(fs::read(folder.join("jobs/sea/sea.mp4")).expect("a film") == whole);
    fs::remove_file(folder.join("store/sea/sea.mp4")).expect("removed");
    // The film is made already, and only lacks its way into the store.
    folder.render(&resume);
    assert!(fs::read(folder.join("store/sea/sea.mp4")).expect("a film") == whole);
    assert!(folder.join("store/sea/segments/notes.txt").exists());
    assert!(!folder.join("store/sea/segments/000001.segment").exists());
    // A recipe that was changed in the store makes no other film of it.
    let there = folder.join("store/sea/recipe.toml");
    let text = fs::read_to_string(&there).expect("a recipe");
    fs::write(&there, text.replace("seed = 1", "seed = 2")).expect("written");
    let output = folder.run(&format!("{resume} --dir other"));
    assert!(stderr(&output).contains("was changed after it was begun"), "{}", stderr(&output));
    assert!(fs::read(folder.join("store/sea/sea.mp4")).expect("a film") == whole);
    fs::write(&there, text).expect("written");
    // A record that leads elsewhere is none.
    let record = folder.join("store/sea/output.toml");
    let text = fs::read_to_string(&record).expect("a record");
    fs::write(folder.join("store/sea/segments/000001.segment"), "late").expect("written");
    fs::write(&record, text.replace("path = \"sea.mp4\"", "path = \"recipe.toml\""))
        .expect("written");
    let output = folder.run(&format!("shard sea --store {store} --shard 1/9 --threads 1"));
    assert!(output.status.success() && !stderr(&output).contains("is done"), "{}", stderr(&output));
    folder.render(&format!("{resume} --dir third"));
    assert!(fs::read(folder.join("third/sea/sea.mp4")).expect("a film") == whole);
}

#[test]
fn a_publisher_of_other_versions_keeps_what_is_there() {
    let folder = Folder::new();
    recipe(&folder, "noise --frames 40 --size 64x48 --segment-frames 4");
    let store = local(&folder);
    assert!(folder.run(&format!("shard sea.toml --store {store}")).status.success());
    let versions = folder.join("store/sea/cluster/versions.toml");
    let text = fs::read_to_string(&versions).expect("versions");
    fs::write(&versions, text.replace("libavcodec ", "libavcodec 1")).expect("written");
    let output = folder.run(&format!("resume sea --store {store}"));
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("install the same on all machines"), "{told}");
    let segments = fs::read_dir(folder.join("store/sea/segments")).expect("segments");
    assert_eq!(segments.count(), 10);
}

#[test]
fn workers_end_once_the_film_is_published() {
    let folder = Folder::new();
    let whole = slow(&folder, 60, 0.5);
    let store = local(&folder);
    let args = format!("shard sea.toml --threads 1 --store {store}");
    let mut worker = folder.command(&args).stderr(Stdio::null()).spawn().expect("it starts");
    let segments = || fs::read_dir(folder.join("store/sea/segments")).map_or(0, |all| all.count());
    wait_until("a segment", || segments() > 0);
    folder.render(&format!("resume sea --force --threads 16 --store {store}"));
    assert!(worker.wait().expect("it ends").success());
    assert!(fs::read(folder.join("store/sea/sea.mp4")).expect("a film") == whole);
    assert_eq!(segments(), 0, "what came too late is not left");
}

#[test]
fn images_come_with_the_film() {
    let folder = Folder::new();
    let store = local(&folder);
    let args = "noise --frames 12 --size 64x48 --segment-frames 4 --images png";
    recipe(&folder, args);
    assert!(folder.run(&format!("shard sea.toml --store {store}")).status.success());
    let image = |place: &str, frame: u32| folder.join(&format!("{place}/frames/{frame:06}.png"));
    let whole = fs::read(image("jobs/whole", 7)).expect("an image");
    fs::write(image("store/sea", 7), &whole[..whole.len() / 2]).expect("written");
    folder.render(&format!("resume sea --store {store} --dir one"));
    assert!(fs::read(image("one/sea", 7)).expect("an image") == whole);
    assert!(fs::read(image("store/sea", 7)).expect("an image") == whole, "mended there as well");
    let output = folder.run(&format!("resume sea --store {store} --dir two"));
    let told = stderr(&output);
    assert!(output.status.success() && !told.contains("frames,"), "nothing is rendered: {told}");
    for frame in 0..12 {
        let there = fs::read(image("jobs/whole", frame)).expect("an image");
        assert!(fs::read(image("two/sea", frame)).expect("an image") == there, "{frame}");
    }
}

/// What lies in the folder for temporary files while a worker is at work goes, though the worker is killed.
#[test]
fn what_is_killed_leaves_nothing_for_long() {
    let folder = Folder::new();
    let store = local(&folder);
    let whole = slow(&folder, 24, 0.2);
    fs::create_dir(folder.join("tmp")).expect("made");
    let shard = |args: &str| {
        let mut command = folder.command(&format!("shard sea.toml --store {store} {args}"));
        command.env("TMPDIR", folder.join("tmp"));
        command
    };
    let there = || -> Vec<PathBuf> {
        let all = fs::read_dir(folder.join("tmp")).expect("a folder").flatten().map(|e| e.path());
        all.filter(|path| path.join("held").exists()).collect()
    };
    let mut first = shard("--threads 1").stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("a segment", || folder.join("store/sea/segments/000000.segment").exists());
    // One that is at work is left alone, however old its folder is.
    let age = |path: &Path| {
        let file = fs::File::open(path).expect("a folder");
        let long_ago = std::time::SystemTime::now() - Duration::from_secs(600);
        file.set_modified(long_ago).expect("set");
    };
    let [one] = &there()[..] else { panic!("one folder: {:?}", there()) };
    age(one);
    let mut second = shard("--threads 1").stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("two folders", || there().len() == 2);
    assert!(there().contains(one));
    for killed in [&mut first, &mut second] {
        killed.kill().expect("killed");
        killed.wait().expect("it ends");
    }
    // Somebody else's stays.
    fs::create_dir(folder.join("tmp/genmedia-others")).expect("made");
    age(&folder.join("tmp/genmedia-others"));
    there().iter().for_each(|folder| age(folder));
    assert!(shard("").output().expect("it runs").status.success());
    assert!(there().is_empty(), "{:?}", there());
    assert!(folder.join("tmp/genmedia-others").exists());
    let film = folder.render(&format!("resume sea --store {store}"));
    assert!(fs::read(film).expect("a film") == whole);
}

/// Hands a job in `store` to a Slurm that takes nothing; what was said.
fn submit_in_vain(folder: &Folder, store: &str) -> String {
    fs::create_dir_all(folder.join("bin")).expect("made");
    for (name, code) in [("sbatch", 1), ("scontrol", 0), ("scancel", 0)] {
        let path = folder.join("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\nexit {code}\n")).expect("written");
        crate::common::allow_all(&path);
    }
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    let mut command = folder.command(&format!("submit slurm sea.toml --store {store}"));
    stderr(&command.env("PATH", path).output().expect("it runs"))
}

#[test]
fn files_of_a_recipe_travel_with_it() {
    let folder = Folder::new();
    let store = local(&folder);
    let elsewhere = Folder::new();
    // A script, which workers have nowhere but in the store.
    let whole = slow(&folder, 8, 0.0);
    let script = fs::read(folder.join("slow.sh")).expect("a script");
    fs::remove_file(folder.join("slow.sh")).expect("removed");
    let told = submit_in_vain(&folder, &store);
    assert!(told.contains("slow.sh"), "{told}");
    assert!(!folder.join("store").exists(), "nothing is half submitted");
    fs::write(folder.join("slow.sh"), script).expect("written");
    // What was put into the store for it is of no use; but it is there.
    let told = submit_in_vain(&folder, &store);
    assert!(told.contains("Slurm: sbatch ended with"), "{told}");
    let output = elsewhere.run(&format!("shard sea --store {store}"));
    assert!(output.status.success(), "{}", stderr(&output));
    fs::remove_file(folder.join("store/sea/segments/000003.segment")).expect("removed");
    let film = elsewhere.render(&format!("resume sea --store {store}"));
    assert!(fs::read(film).expect("a film") == whole);

    // Whoever begins a job with its recipe puts them there as well.
    let second = format!("{store}/second");
    assert!(folder.run(&format!("shard sea.toml --store {second}")).status.success());
    fs::remove_file(folder.join("store/second/sea/segments/000003.segment")).expect("removed");
    let output = elsewhere.run(&format!("shard sea --store {second}"));
    assert!(stderr(&output).contains("1 segment rendered"), "{}", stderr(&output));

    // And the films of a remix.
    let folder = Folder::new();
    let store = local(&folder);
    Numbered { frames: 60, ..Numbered::default() }.write(&folder.join("film.mp4"));
    folder.render("playlist film.mp4 --count 3 --length 1 --seed 4 -o list.m3u");
    let remix = "remix list.m3u --segment-frames 10 --size 64x48";
    let whole = fs::read(folder.render(&format!("{remix} --name whole"))).expect("a film");
    let dry = folder.run(&format!("{remix} --dry-run"));
    let text = String::from_utf8(dry.stdout).expect("UTF-8");
    fs::write(folder.join("sea.toml"), format!("name = \"sea\"\n{text}")).expect("written");
    submit_in_vain(&folder, &store);
    fs::rename(folder.join("film.mp4"), folder.join("elsewhere.mp4")).expect("renamed");
    let output = elsewhere.run(&format!("shard sea --store {store}"));
    assert!(output.status.success(), "{}", stderr(&output));
    let film = elsewhere.render(&format!("resume sea --store {store} --dir remixes"));
    assert!(fs::read(film).expect("a film") == whole);
}

#[test]
fn signals_travel_with_a_job() {
    let folder = Folder::new();
    let store = local(&folder);
    let text = "size = \"16x16\"\nframes = 60\nsegment-frames = 10\n\
                [noise]\nkind = \"fbm\"\nscale = \"20 + 20*level\"\n[sound]\nnoise = {}\n";
    fs::write(folder.join("whole.toml"), text).expect("written");
    fs::write(folder.join("sea.toml"), format!("name = \"sea\"\n{text}")).expect("written");
    let whole = fs::read(folder.render("run whole.toml")).expect("a film");
    let work = |args: &str| {
        let elsewhere = Folder::new();
        let output = elsewhere.run(&format!("{args} --store {store}"));
        assert!(output.status.success(), "{}", stderr(&output));
        (stderr(&output).contains("listens"), elsewhere)
    };
    assert!(folder.run(&format!("shard sea.toml --store {store}")).status.success());
    assert!(folder.join("store/sea/signals").is_file());
    fs::remove_file(folder.join("store/sea/segments/000003.segment")).expect("removed");
    let (listened, _) = work("shard sea");
    assert!(!listened, "what one worker has found, the others need not find");
    fs::remove_file(folder.join("store/sea/segments/000003.segment")).expect("removed");
    let (listened, elsewhere) = work("resume sea");
    assert!(!listened, "nor does whoever makes the film");
    assert!(fs::read(elsewhere.join("jobs/sea/sea.mp4")).expect("a film") == whole);
}

#[test]
fn states_of_simulations_travel_with_a_job() {
    let folder = Folder::new();
    let store = local(&folder);
    let text = "size = \"320x240\"\nframes = 30\nsegment-frames = 5\n\
                [simulate]\nkind = \"sandpile\"\ncell = 1\nfalling = 3\nsteps = 6000\n";
    fs::write(folder.join("whole.toml"), text).expect("written");
    fs::write(folder.join("sea.toml"), format!("name = \"sea\"\n{text}")).expect("written");
    let whole = fs::read(folder.render("run whole.toml")).expect("a film");
    let shard = |number: u32| {
        let elsewhere = Folder::new();
        fs::copy(folder.join("sea.toml"), elsewhere.join("sea.toml")).expect("copied");
        let args = format!("shard sea.toml --shard {number}/3 --threads 1 --store {store}");
        let output = elsewhere.run(&args);
        assert!(output.status.success(), "{}", stderr(&output));
    };
    // The first does all that nobody else has begun. A state is kept where steps take seconds; one that is damaged is none.
    shard(1);
    for entry in fs::read_dir(folder.join("store/sea/checkpoints")).into_iter().flatten() {
        fs::write(entry.expect("an entry").path(), "damaged").expect("written");
    }
    fs::remove_file(folder.join("store/sea/segments/000005.segment")).expect("removed");
    shard(3);
    fs::remove_file(folder.join("store/sea/segments/000003.segment")).expect("removed");
    shard(2);
    let film = folder.join("got/sea/sea.mp4");
    let output = folder.run(&format!("resume sea --store {store} --dir got"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(film).expect("a film") == whole);
    let mut left = folder.tree().into_iter().filter(|name| name.starts_with("store/sea/"));
    assert!(left.all(|name| !name.ends_with(".checkpoint")), "states go with the segments");
}

#[test]
fn a_job_in_a_store_is_seen_as_any_other() {
    let server = Server::moto();
    let folder = Folder::new();
    let whole = slow(&folder, 40, 0.4);
    // As it stands when it was handed to an engine.
    let handed = |command: &mut Command| {
        fs::create_dir_all(folder.join("bin")).expect("made");
        let kubectl = folder.join("bin/kubectl");
        fs::write(&kubectl, "#!/bin/sh\ncat > /dev/null\n").expect("written");
        crate::common::allow_all(&kubectl);
        let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
        command.env("PATH", path).output().expect("it runs")
    };
    let submit = "submit kubernetes sea.toml --image x --shards 2 --store s3://films/jobs --apply";
    let output = handed(&mut genmedia(&folder, server.port, submit));
    assert!(output.status.success(), "{}", stderr(&output));
    let show = || {
        let output = run(&folder, server.port, "show sea --json");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")
    };
    assert_eq!(show()["state"], "queued");
    assert_eq!(show()["store"], "s3://films/jobs");
    let args = "shard sea --shard 1/2 --threads 1 --store s3://films/jobs";
    let mut worker =
        genmedia(&folder, server.port, args).stderr(Stdio::null()).spawn().expect("it starts");
    wait_until("a segment", || show()["segments_done"].as_u64() > Some(1));
    // However long looking takes, the worker is still there then.
    fs::write(folder.join("hold"), "").expect("written");
    let seen = show();
    assert_eq!(
        (&seen["state"], seen["workers"][0]["shard"].as_str()),
        (&"running".into(), Some("1/2"))
    );
    let listed = run(&folder, server.port, "jobs");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("sea    running"), "{listed:?}");
    // The page and its API ask the store beside their requests.
    let mut server_command = genmedia(&folder, server.port, "serve --bind 127.0.0.1:0");
    let mut serve =
        server_command.stderr(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut address = [0; 64];
    let read = serve.stdout.as_mut().expect("a pipe").read(&mut address).expect("an address");
    let address = String::from_utf8_lossy(&address[..read]).trim().to_string();
    let get = |path: &str| crate::common::tool("curl", &["-s", &format!("{address}{path}")]);
    // Others watch without a terminal.
    let mut watch = genmedia(&folder, server.port, "jobs --watch")
        .stdout(Stdio::from(fs::File::create(folder.join("watched")).expect("made")))
        .spawn()
        .expect("it starts");
    wait_until("news of the store", || {
        std::thread::sleep(Duration::from_millis(50));
        let job: serde_json::Value = serde_json::from_str(&get("api/jobs/sea")).expect("JSON");
        job["segments_done"].as_u64() > Some(1) && job["state"] == "running"
    });
    assert!(get("jobs/sea/").contains("shard 1/2"), "the page shows workers");
    wait_until("lines about it", || {
        fs::read_to_string(folder.join("watched")).is_ok_and(|lines| lines.contains("/40 frames"))
    });
    watch.kill().expect("killed");
    watch.wait().expect("it ends");
    serve.kill().expect("killed");
    serve.wait().expect("it ends");
    // Others leave it alone, and without the store it is still known what it is.
    let output = run(&folder, server.port, "resume sea --store s3://films/jobs");
    assert!(stderr(&output).contains("was handed to Kubernetes"), "{}", stderr(&output));
    let output = genmedia(&folder, 1, "show sea").output().expect("it runs");
    assert!(
        stderr(&output).contains("warning: job sea: s3://films/jobs/sea: Connection refused"),
        "{output:?}"
    );
    assert!(output.status.success());
    let output = handed(&mut genmedia(&folder, server.port, "cancel sea"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(worker.wait().expect("it ends").code(), Some(1), "it ends within seconds");
    fs::remove_file(folder.join("hold")).expect("removed");
    let output = run(&folder, server.port, args);
    assert!(stderr(&output).contains("job sea was cancelled"), "{}", stderr(&output));
    // Submitted again it goes on where it was.
    let output = handed(&mut genmedia(&folder, server.port, submit));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(run(&folder, server.port, args).status.success());
    let output = run(&folder, server.port, "resume sea");
    assert!(stderr(&output).contains("was handed to Kubernetes"), "{}", stderr(&output));
    let output = run(&folder, server.port, "resume sea --force");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(folder.join("jobs/sea/sea.mp4")).expect("a film") == whole);
    assert_eq!(shown(&folder, "sea")["state"], "done");
    assert_eq!(server.objects().iter().filter(|name| !name.starts_with("inputs/")).count(), 3);
    // The secret is nowhere.
    for name in folder.tree() {
        let bytes = fs::read(folder.join(&name)).unwrap_or_default();
        let secret = SECRET.as_bytes();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{name}");
    }
}

#[test]
fn what_a_store_refuses_is_said_in_a_line() {
    let server = Server::rclone();
    let folder = Folder::new();
    recipe(&folder, "noise --frames 4 --size 16x16");
    let before = folder.tree();
    let told = |command: &mut Command, code: i32| {
        let output = command.output().expect("it runs");
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
        assert!(!told.contains(SECRET), "{told}");
        assert_eq!(folder.tree(), before, "nothing was made");
        told
    };
    let shard = |args: &str| genmedia(&folder, server.port, &format!("shard {args}"));
    let said = told(&mut shard("see --store s3://films/jobs"), 1);
    assert!(said.contains("s3://films/jobs/see: there is no such job"), "{said}");
    let said = told(&mut shard("sea.toml --store s3://nobody/jobs"), 1);
    assert!(said.contains("s3://nobody/jobs/sea: ") && said.contains("(NoSuchBucket)"), "{said}");
    let said =
        told(shard("sea.toml --store s3://films/jobs").env("AWS_SECRET_ACCESS_KEY", "other"), 1);
    assert!(said.contains("(SignatureDoesNotMatch)"), "{said}");
    let mut without = shard("sea.toml --store s3://films/jobs");
    let said = told(without.env_remove("AWS_ACCESS_KEY_ID"), 1);
    assert!(said.contains("AWS_SECRET_ACCESS_KEY is set, and AWS_ACCESS_KEY_ID is not"), "{said}");
    without.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    // Where machines have roles, this one has none.
    without.env("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1");
    let said = told(&mut without, 1);
    assert!(said.contains("there are no credentials: AWS_ACCESS_KEY_ID"), "{said}");
    for (name, value, reason) in [
        ("AWS_SESSION_TOKEN", "abc\n", "AWS_SESSION_TOKEN holds a line's end"),
        ("AWS_ENDPOINT_URL", "notaurl", "AWS_ENDPOINT_URL is no http://HOST:PORT"),
        ("AWS_ENDPOINT_URL", "http://", "AWS_ENDPOINT_URL is no http://HOST:PORT"),
    ] {
        let said = told(shard("sea.toml --store s3://films/jobs").env(name, value), 1);
        assert!(said.contains(reason), "{said}");
    }
    let forms = "s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER is expected";
    for (url, reason) in [
        ("films/jobs", forms),
        ("s3://", forms),
        ("ftp://films/jobs", forms),
        ("file://films", forms),
        ("file:///tmp/../etc", "no . and .. in it"),
        ("s3://films/jobs?x=1", "without ? and #"),
        ("s3://user:a-secret-that-nobody-may-read@films", "credentials belong in the environment"),
    ] {
        let said = told(&mut shard(&format!("sea.toml --store {url}")), 2);
        assert!(said.contains(reason), "{said}");
    }
    let mut resume = genmedia(&folder, server.port, "resume --store s3://films/jobs");
    assert!(told(&mut resume, 2).contains("name the jobs"));
    // A job in a store that cannot be reached does not keep those here from their turn.
    let there = Folder::new();
    let args = "render noise --frames 8 --size 64x48 --segment-frames 4 --name sea";
    let url = local(&there);
    there.render(args);
    fs::create_dir_all(there.join("jobs/other/cluster")).expect("made");
    fs::copy(there.join("jobs/sea/recipe.toml"), there.join("jobs/other/recipe.toml"))
        .expect("copied");
    let note = format!("url = \"{url}/gone\"\n");
    fs::write(there.join("jobs/other/cluster/store.toml"), note).expect("written");
    fs::create_dir_all(there.join("jobs/third")).expect("made");
    fs::copy(there.join("jobs/sea/recipe.toml"), there.join("jobs/third/recipe.toml"))
        .expect("copied");
    let output = there.run("resume");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"jobs/third/third.mp4\n", "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: job other: file:///"), "{}", stderr(&output));
    // A store that is full.
    if cfg!(target_os = "linux") {
        let said = told(&mut folder.command("shard sea.toml --store file:///dev/full/x"), 1);
        assert!(said.contains("file:///dev/full/x"), "{said}");
    }
}
