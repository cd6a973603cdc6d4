//! Films of shaders: the same bytes whatever the threads and kills, and never of two devices.

use std::fs;

use crate::common::{Folder, decodes_silently, killed_midway, stderr};

/// A trail that grows: a buffer that looks at itself, and a picture that looks at the buffer.
const BUFFER: &str = "#iChannel0 \"self\"\n\
    void mainImage(out vec4 c, vec2 at) {\n\
    vec2 p = at / iResolution.xy;\n\
    vec2 m = 0.5 + 0.3 * vec2(cos(iTime * 2.0), sin(iTime * 3.0));\n\
    c = texture(iChannel0, p + vec2(0.003, 0.001)) * 0.98 + smoothstep(0.05, 0.04, distance(p, m)) * vec4(0.3, 0.2, 0.1, 1);\n\
    c.a += 1.0; }\n";
const IMAGE: &str = "#iChannel0 \"file://buffer-a.frag\"\n\
    void mainImage(out vec4 c, vec2 at) { c = vec4(texture(iChannel0, at / iResolution.xy).rgb, 1.0); }\n";
const PLAIN: &str = "void mainImage(out vec4 c, vec2 at) { vec2 p = at * 0.37 - 11.3, q = p;\n\
    for (int i = 0; i < 24; i++) { q = q * vec2(1.1, 0.9) + p.yx * 0.7071 + iTime; q -= floor(q * 0.31) * 3.3; }\n\
    c = vec4(fract(q * 8192.0), fract((sin(q.x) + pow(abs(q.y), 1.7) + exp(-abs(q.x))) * 8192.0), 1.0); }\n";

fn write(folder: &Folder) {
    fs::create_dir_all(folder.join("trail")).expect("a folder");
    fs::write(folder.join("trail/buffer-a.frag"), BUFFER).expect("written");
    fs::write(folder.join("trail/image.frag"), IMAGE).expect("written");
    fs::write(folder.join("plain.frag"), PLAIN).expect("written");
}

fn job(what: &str, more: &str) -> String {
    format!(
        "render shader {what} --size 160x90 --frames 200 --segment-frames 10 --name film {more}"
    )
}

#[test]
fn films_are_the_same_from_any_number_of_threads_and_after_kills() {
    for what in ["plain.frag", "trail"] {
        let folder = Folder::new();
        write(&folder);
        let film = |more: &str| fs::read(folder.render(&job(what, more))).expect("a film");
        let whole = film("--threads 1");
        decodes_silently(&folder.join("jobs/film/film.mp4"));
        assert!(film("--threads 3 --force") == whole, "{what}");
        // Few rasterizers, or many.
        let mut command = folder.command(&job(what, "--force"));
        assert!(command.env("LP_NUM_THREADS", "1").status().expect("it starts").success());
        assert!(fs::read(folder.join("jobs/film/film.mp4")).expect("a film") == whole, "{what}");
    }
}

#[test]
fn a_killed_job_goes_on_to_the_same_bytes() {
    let folder = Folder::new();
    write(&folder);
    let whole = fs::read(folder.render(&job("trail", ""))).expect("a film");
    let text = fs::read_to_string(folder.join("jobs/film/recipe.toml")).expect("a recipe");
    assert!(text.contains("trail/buffer-a.frag") && text.contains("trail/image.frag"), "{text}");
    let trail = folder.join("trail").display().to_string();
    // Slower, so that it can be killed.
    let slow = format!("{} --threads 1", job(&trail, "")).replace("--frames 200", "--frames 900");
    let killed = killed_midway(&slow, "film", 4);
    killed.render("resume film");
    let again = Folder::new();
    let other = fs::read(again.render(&slow)).expect("a film");
    assert!(fs::read(killed.join("jobs/film/film.mp4")).expect("a film") == other);
    assert!(whole != other);
}

#[test]
fn a_frame_alone_is_that_of_the_film() {
    for what in ["plain.frag", "trail"] {
        let folder = Folder::new();
        write(&folder);
        folder.render(&job(what, "--images png --no-video"));
        folder.render("frame film --index 137 -o alone.png");
        let read = |name: &str| image::open(folder.join(name)).expect("an image").to_rgb8();
        assert!(read("alone.png") == read("jobs/film/frames/000137.png"), "{what}");
        let still = job(what, "--still still.png --index 137").replace("--name film", "");
        folder.render(&still);
        assert!(read("still.png") == read("alone.png"), "{what}");
        let jobs = fs::read_dir(folder.join("jobs")).expect("jobs");
        assert_eq!(jobs.filter(|job| job.as_ref().is_ok_and(|job| job.path().is_dir())).count(), 1);
    }
}

#[test]
fn segments_of_two_devices_are_never_in_one_film() {
    // One that rounds otherwise, as an older processor does.
    const OTHER: (&str, &str) = ("GALLIUM_OVERRIDE_CPU_CAPS", "sse4.1");
    let folder = Folder::new();
    write(&folder);
    let run = |args: &str, other: bool| {
        let mut command = folder.command(args);
        if other {
            command.env(OTHER.0, OTHER.1);
        }
        command.output().expect("it starts")
    };
    for what in ["plain.frag", "trail"] {
        let begun = format!("{} --keep-segments", job(what, "--force"));
        assert!(run(&begun, false).status.success());
        let here = fs::read(folder.join("jobs/film/film.mp4")).expect("a film");
        fs::remove_file(folder.join("jobs/film/film.mp4")).expect("removed");
        fs::remove_file(folder.join("jobs/film/segments/000007.segment")).expect("removed");
        let refused = run("resume film", true);
        let said = stderr(&refused);
        assert!(!refused.status.success() && said.contains("--mix-devices"), "{said}");
        assert!(folder.join("jobs/film/segments/000008.segment").exists());
        let mixed = run("resume film --mix-devices --keep-segments", true);
        assert!(mixed.status.success(), "{}", stderr(&mixed));
        let both = fs::read(folder.join("jobs/film/film.mp4")).expect("a film");
        // Not by chance the same: the devices do differ.
        assert!(what == "trail" || both != here, "{what}");
        fs::remove_dir_all(folder.join("jobs/film")).expect("removed");
    }
}

#[test]
fn frames_are_the_same_on_processors_that_round_alike() {
    let folder = Folder::new();
    write(&folder);
    fs::write(
        folder.join("one.toml"),
        "size = '80x45'\nframes = 9\n[shader]\nfile = 'plain.frag'\n",
    )
    .expect("written");
    let mut alike = folder.command("frame one.toml --index 8 -o here.png");
    assert!(alike.env("GALLIUM_OVERRIDE_CPU_CAPS", "sse4.1").status().expect("starts").success());
    let old = std::process::Command::new("qemu-x86_64-static")
        .args(["-cpu", "core2duo", env!("CARGO_BIN_EXE_genmedia")])
        .args(["frame", "one.toml", "--index", "8", "-o", "there.png"])
        .current_dir(folder.path())
        .output()
        .expect("qemu-user-static is needed");
    assert!(old.status.success(), "{}", stderr(&old));
    let read = |name: &str| fs::read(folder.join(name)).expect("a frame");
    assert!(read("here.png") == read("there.png"));
}
