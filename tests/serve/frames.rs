//! Frames that are not stored.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::{self, Folder, frame_hashes, listed, wait_until};
use crate::server::{Server, jobs};

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

    // The last one stands for the film until it is played.
    let poster = "frames/000059.jpg?width=960";
    assert!(server.text("/jobs/dots/").contains(&format!("poster=\"{poster}\"")));
    assert_eq!(server.get(&format!("/jobs/dots/{poster}"), &[]).0, 200);

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
    for width in ["0", "-1", "x", "4294967296"] {
        let (status, ..) = server.get(&format!("/jobs/dots/frames/000007.png?width={width}"), &[]);
        assert_eq!(status, 400, "{width}");
    }
    // Nothing that a visitor asks for starts a program.
    assert_eq!(server.get("/jobs/prog/frames/000000.png", &[]).0, 404);

    // More than may be computed are sent away, and told when to come again.
    let server = Server::start(&folder, "--frame-limit 5 --renders 1");
    let answers: Vec<u16> =
        (0..40).map(|n| server.get(&format!("/jobs/dots/frames/{n:06}.png"), &[]).0).collect();
    assert!(answers.contains(&200) && answers.contains(&429), "{answers:?}");
    let (_, head, _) = server.get("/jobs/dots/frames/000001.png", &[]);
    assert!(head.contains("retry-after: 1") || head.starts_with("http/1.1 200"), "{head}");
}

#[test]
fn a_frame_that_takes_much_memory_is_not_drawn_for_visitors() {
    let folder = Folder::new();
    let layer = "[[layer]]\nsize = '6000x6000'\ncolor = { color = 'red' }\neffect = ['echo=3']\n";
    let large = "[[layer]]\nsize = '6000x6000'\ncolor = { color = 'red' }\n";
    for (name, layers) in [("long", layer), ("large", large)] {
        let text = format!("name = '{name}'\nsize = '160x120'\nframes = 3\n{}", layers.repeat(2));
        fs::write(folder.join("r.toml"), text).expect("written");
        folder.render("run r.toml --threads 1");
    }
    let server = Server::start(&folder, "");
    for name in ["long", "large"] {
        let (status, _, body) = server.get(&format!("/jobs/{name}/frames/000001.png"), &[]);
        let body = String::from_utf8_lossy(&body);
        assert_eq!(status, 404, "{name}: {body}");
        assert!(body.contains("MiB to draw") && body.contains("at most 512"), "{body}");
        assert!(!server.text(&format!("/jobs/{name}/")).contains("frames/000"), "{name}");
        assert_eq!(server.get(&format!("/jobs/{name}/frames/000003.png"), &[]).0, 404);
    }
}

#[test]
fn a_frame_is_not_drawn_for_those_who_left() {
    let folder = Folder::new();
    folder.render("render noise --size 64x48 --frames 3 --name quick");
    // Each frame of this would take minutes.
    let slow = "render wave --view complex --expr z^2+c --iterations 10000 --antialias 8 \
                --size 2048x2048 --frames 60 --name slow --codec ffv1";
    let mut render = common::start(&folder, slow);
    wait_until("the job", || listed(&folder).iter().any(|job| job["name"] == "slow"));
    render.kill().expect("killed");
    render.wait().expect("ends");
    let server = Server::start(&folder, "--renders 1");
    let waiting: Vec<_> = (0..30)
        .map(|n| {
            Command::new("curl")
                .args(["-s", "-D", "-", "--max-time", "5"])
                .arg(format!("{}/jobs/slow/frames/{n:06}.png", server.url))
                .stdout(Stdio::piped())
                .spawn()
                .expect("curl is needed")
        })
        .collect();
    let answers: Vec<String> = waiting
        .into_iter()
        .map(|curl| curl.wait_with_output().expect("it ends").stdout)
        .map(|answer| String::from_utf8_lossy(&answer).to_lowercase())
        .collect();
    // One was drawn, sixteen could wait, and the others were told to come again.
    let refused = answers.iter().filter(|answer| answer.starts_with("http/1.1 503")).count();
    assert!(refused >= 10, "{answers:?}");
    assert!(answers.iter().all(|a| a.is_empty() || a.contains("retry-after: 1")), "{answers:?}");
    // All have left, so the thread is free again, once the server has seen them go.
    wait_until("another job's frame", || server.get("/jobs/quick/frames/000001.png", &[]).0 == 200);
}
