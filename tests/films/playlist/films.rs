//! Where films come from, and what is remembered of them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;

use super::{playlist, starts};
use crate::common::{Folder, Numbered, numbers, stderr};

#[test]
fn inputs_are_films_folders_jobs_and_addresses() {
    let folder = Folder::new();
    Numbered::three(&folder);
    fs::create_dir_all(folder.join("films/deep/.hidden")).expect("folders");
    for place in ["films/x.mp4", "films/deep/y.MP4", "films/deep/.hidden/z.mp4"] {
        fs::copy(folder.join("a.mp4"), folder.join(place)).expect("a copy");
    }
    fs::write(folder.join("films/notes.txt"), "nothing").expect("written");
    std::os::unix::fs::symlink("..", folder.join("films/deep/up")).expect("a link");
    folder.render("render noise --size 64x48 --frames 60 --name dots");
    let films = |args: &str| {
        let list = playlist(&folder, &format!("{args} --length 0.1 --count 60 --weight equal"));
        let mut names: Vec<String> =
            list.lines().filter(|l| !l.starts_with('#')).map(str::to_string).collect();
        names.dedup();
        names
    };
    assert_eq!(films("films"), ["films/deep/y.MP4", "films/x.mp4"]);
    assert_eq!(films("films films/x.mp4 ./films"), ["films/deep/y.MP4", "films/x.mp4"]);
    assert_eq!(films("films --match *.mp4"), ["films/x.mp4"]);
    assert_eq!(films("films --match deep/*"), ["films/deep/y.MP4"]);
    assert_eq!(films("dots b.mp4"), ["jobs/dots/dots.mp4", "b.mp4"]);
    let rooted = films("dots --absolute");
    assert_eq!(
        rooted,
        [folder
            .join("jobs/dots/dots.mp4")
            .canonicalize()
            .expect("it is there")
            .to_str()
            .expect("UTF-8")]
    );
    assert_eq!(
        films("dots --base-url http://host:8080/jobs"),
        ["http://host:8080/jobs/dots/dots.mp4"]
    );

    // A job without a film is left out like any other input that gives none.
    let failed = "render exec --frames 1 --retries 0 --name failed -- false";
    assert!(!folder.run(failed).status.success());
    let output = folder.run("playlist dots failed --length 0.1 --count 2");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: failed: this job is failed and has no film yet"));
    let output = folder.run("playlist dots failed --length 0.1 --count 2 --strict");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));

    fs::create_dir(folder.join("lists")).expect("a folder");
    playlist(&folder, "films/x.mp4 --count 1 --length 1 -o lists/one.m3u");
    let list = fs::read_to_string(folder.join("lists/one.m3u")).expect("a list");
    assert!(list.ends_with("\n../films/x.mp4\n"), "{list}");
    let film = folder.render("remix lists/one.m3u --name one");
    assert_eq!(numbers(&film).len(), 30);

    let server = serve(&folder.join("a.mp4"));
    let list = playlist(
        &folder,
        &format!("{server}/films/a.mp4 --count 1 --length 1 --snap frame --seed 1 -o net.m3u"),
    );
    assert_eq!(list.trim(), "net.m3u");
    let film = folder.render("remix net.m3u --name net");
    let text = fs::read_to_string(folder.join("net.m3u")).expect("a list");
    let first = (starts(&text)[0] * 30.0).round() as u16;
    assert_eq!(numbers(&film), (first..first + 30).collect::<Vec<u16>>());
    assert!(text.contains(&format!("\n{server}/films/a.mp4\n")), "{text}");
}

/// Serves one file over http, with ranges, and returns the server's address. It ends with the test.
fn serve(file: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let content = fs::read(file).expect("a file");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let content = content.clone();
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut lines = BufReader::new(stream.try_clone()?).lines();
                let mut range = None;
                while let Some(Ok(line)) =
                    lines.next().filter(|l| l.as_ref().is_ok_and(|l| !l.is_empty()))
                {
                    if let Some(from) = line.to_lowercase().strip_prefix("range: bytes=") {
                        range = from.split('-').next().and_then(|n| n.parse::<usize>().ok());
                    }
                }
                let (from, all) = (range.unwrap_or(0).min(content.len()), content.len());
                let mut out = &stream;
                write!(
                    out,
                    "HTTP/1.1 206 Partial Content\r\nAccept-Ranges: bytes\r\nContent-Length: {}\r\n\
                     Content-Range: bytes {from}-{}/{all}\r\nConnection: close\r\n\r\n",
                    all - from,
                    all.saturating_sub(1)
                )?;
                out.write_all(&content[from..])
            });
        }
    });
    address
}

#[test]
fn what_was_looked_into_is_remembered_by_size_and_time() {
    let folder = Folder::new();
    Numbered::default().write(&folder.join("a.mp4"));
    let cached = |args: &str| {
        let mut command =
            folder.command(&format!("playlist a.mp4 --count 1 --length 1 --seed 1 {args}"));
        command.env("XDG_CACHE_HOME", folder.join("cache")).output().expect("genmedia starts")
    };
    let first = cached("--snap keyframe");
    assert!(first.status.success(), "{}", stderr(&first));
    let changed = fs::metadata(folder.join("a.mp4")).and_then(|m| m.modified()).expect("a time");
    let bytes = fs::metadata(folder.join("a.mp4")).expect("a file").len() as usize;
    fs::write(folder.join("a.mp4"), vec![7; bytes]).expect("written");
    let file = fs::File::options().write(true).open(folder.join("a.mp4")).expect("a file");
    file.set_modified(changed).expect("a time");
    assert_eq!(cached("--snap keyframe").stdout, first.stdout, "it is not opened again");
    let later = changed + std::time::Duration::from_millis(20);
    file.set_modified(later).expect("a time");
    let output = cached("");
    assert!(stderr(&output).contains("a.mp4: this is no video"), "{}", stderr(&output));
    // A cache that is rubbish is no cache.
    Numbered::default().write(&folder.join("a.mp4"));
    fs::write(folder.join("cache/genmedia/films.db"), "rubbish").expect("written");
    let _ = fs::remove_file(folder.join("cache/genmedia/films.db-wal"));
    assert_eq!(cached("--snap keyframe").stdout, first.stdout);
}
