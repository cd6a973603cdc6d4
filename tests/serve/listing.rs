//! Listings and files, as curl, lynx, wget and rclone see them.

use std::fs;
use std::process::Command;

use crate::common::{self, Folder, stderr, vlc};
use crate::server::{Server, jobs};

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
    // Nothing comes twice under two names.
    let mut films = folder.tree();
    films.retain(|f| f.starts_with("copy/jobs/") && f.contains(".mp4"));
    assert_eq!(films, ["copy/jobs/sea/sea.mp4"]);
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
fn names_mean_themselves_wherever_they_stand() {
    let folder = Folder::new();
    let name = "q&a #1? 50%25 <b>'\"";
    let mut command = folder.command("render noise --frames 5 --size 64x64 --name");
    assert!(command.arg(name).output().expect("it runs").status.success());
    let job = folder.join("jobs").join(name);
    fs::write(job.join("back\\slash & co.txt"), "text").expect("written");
    let server = Server::start(&folder, "");
    let page = server.text("/jobs/");
    let href = "q%26a%20%231%3F%2050%2525%20%3Cb%3E%27%22/";
    assert!(page.contains(&format!("<a href=\"{href}\">")), "{page}");
    let page = server.text(&format!("/jobs/{href}"));
    let events = format!("data-events=\"../../api/events?job={}\"", href.trim_end_matches('/'));
    assert!(page.contains(&events), "{page}");
    assert!(!page.contains("<b>"), "{page}");
    let list = server.json(&format!("/jobs/{href}?format=json"));
    let names: Vec<_> = list.as_array().expect("a list").iter().map(|e| &e["name"]).collect();
    assert!(names.contains(&&"back\\slash & co.txt".into()), "{names:?}");
    assert_eq!(server.text(&format!("/jobs/{href}back%5Cslash%20%26%20co.txt")), "text");

    // A folder whose name is not UTF-8: what is printed is where the film is.
    use std::os::unix::ffi::OsStrExt;
    let dir = std::ffi::OsStr::from_bytes(b"j\xffbs");
    let output = folder.command("render noise --frames 5 --size 64x64 --dir").arg(dir).output();
    let printed = output.expect("it runs").stdout;
    let film = std::ffi::OsStr::from_bytes(printed.trim_ascii_end());
    assert!(folder.path().join(film).is_file(), "{film:?}");
}

#[test]
fn what_runs_stands_first_and_what_waits_last() {
    let folder = Folder::new();
    for name in ["old", "older"] {
        folder.render(&format!("render noise --size 64x48 --frames 3 --name {name}"));
    }
    for (name, frames) in [("long", 6000), ("next", 3), ("last", 3)] {
        let recipe = format!("name = '{name}'\nsize = '320x240'\nframes = {frames}\n[noise]\n");
        fs::write(folder.join(&format!("{name}.toml")), recipe).expect("written");
    }
    let mut render = common::start(&folder, "run long.toml next.toml last.toml");
    common::wait_until("a segment", || !common::finished_segments(&folder, "long").is_empty());
    let server = Server::start(&folder, "");
    let page = server.text("/jobs/");
    let place = |name: &str| page.find(&format!(">{name}/</a>")).expect(name);
    let places = ["long", "older", "old", "next", "last"].map(place);
    assert!(places.is_sorted(), "{places:?}");
    render.kill().expect("killed");
    render.wait().expect("ends");
}
