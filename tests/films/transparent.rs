//! Films that are transparent in places.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::{Folder, killed_midway, probe, stderr};

/// A recipe of `frames` frames of 64x32, which has a disc of half transparent orange go through its left half, and nothing in the
/// rest, and more keys.
fn disc(frames: u32, more: &str) -> String {
    format!(
        "name = 'disc'\nsize = '64x32'\nframes = {frames}\nsegment-frames = 4\nbackground = 'none'\n\
         video = {{ {more} }}\n[[layer]]\nsize = '32x32'\nanchor = 'left'\nopacity = 0.5\n\
         color = {{ color = 'mix(#ff8000, #ffa000, u)' }}\n"
    )
}

/// The pixels of a film or an image, with alpha.
fn pixels(film: &Path) -> Vec<[u8; 4]> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error"]);
    // FFmpeg's own decoder leaves out alpha.
    if film.extension().is_some_and(|ending| ending == "webm") || probe(film, "codec_name") == "vp9"
    {
        command.args(["-c:v", "libvpx-vp9"]);
    }
    command.arg("-i").arg(film).args(["-f", "rawvideo", "-pix_fmt", "rgba", "-"]);
    let output = command.output().expect("ffmpeg");
    assert!(output.status.success(), "{}", stderr(&output));
    output.stdout.as_chunks::<4>().0.to_vec()
}

/// The most by which a channel of `a` differs from `b`, over all that is seen.
fn apart(a: &[[u8; 4]], b: &[[u8; 4]]) -> u8 {
    assert_eq!(a.len(), b.len());
    let differ = |(a, b): (&[u8; 4], &[u8; 4])| {
        let seen = if b[3] == 0 { 3..4 } else { 0..4 };
        seen.map(|c| a[c].abs_diff(b[c])).max().unwrap_or(0)
    };
    a.iter().zip(b).map(differ).max().unwrap_or(0)
}

#[test]
fn what_is_transparent_stays_so_where_the_codec_can() {
    for (more, film, most) in [
        ("codec = 'ffv1'", "disc.mkv", 0),
        ("codec = 'vp9', crf = 4", "disc.webm", 4),
        ("codec = 'vp9', crf = 4, container = 'mkv'", "disc.mkv", 4),
        ("codec = 'vp9', crf = 4, preset = '3'", "disc.webm", 4),
    ] {
        let folder = Folder::new();
        fs::write(folder.join("d.toml"), disc(10, more) + "[images]\n").expect("written");
        let output = folder.run("run d.toml");
        assert!(output.status.success(), "{more}: {}", stderr(&output));
        assert!(!stderr(&output).contains("transparent"), "{more}: {}", stderr(&output));
        let film = folder.join(&format!("jobs/disc/{film}"));
        let found = pixels(&film);
        let images =
            (0..10).flat_map(|n| pixels(&folder.join(&format!("jobs/disc/frames/{n:06}.png"))));
        let images: Vec<_> = images.collect();
        assert!(images[0][3].abs_diff(128) <= 1 && images[40] == [0; 4], "{:?}", images[0]);
        assert!(apart(&found, &images) <= most, "{more}: {}", apart(&found, &images));
        let verified = folder.run("verify disc");
        assert!(verified.status.success(), "{more}: {}", stderr(&verified));
        // The same bytes from several threads.
        let bytes = fs::read(&film).expect("a film");
        let again = Folder::new();
        fs::write(again.join("d.toml"), disc(10, more)).expect("written");
        again.render("run d.toml --threads 2");
        let name = film.file_name().expect("a name").to_str().expect("UTF-8");
        let other = fs::read(again.join(&format!("jobs/disc/{name}"))).expect("a film");
        assert!(other == bytes, "{more}");
    }
}

#[test]
fn what_is_drawn_on_nothing_is_transparent_without_a_word() {
    let folder = Folder::new();
    let logo = image::RgbaImage::from_pixel(8, 8, image::Rgba([255, 0, 0, 128]));
    logo.save(folder.join("logo.png")).expect("saved");
    logo.save(folder.join("photo.bmp")).expect("saved");
    for (n, args) in [
        "text --content hi",
        "image --file logo.png",
        "polygon --count 2 --background none",
        "polygon --count 2 --background none --effect glow=2",
        "polygon --count 2 --background none --text hi",
        "text --content hi --background none --text ho --effect blur=1",
        "wave --look rose --background none --text a",
    ]
    .iter()
    .enumerate()
    {
        let film = folder
            .render(&format!("render {args} --size 64x48 --frames 1 --codec ffv1 --name n{n}"));
        assert_eq!(probe(&film, "pix_fmt"), "bgra", "{args}");
        assert!(pixels(&film).iter().any(|pixel| pixel[3] < 255), "{args}");
        let output = folder.run(&format!("render {args} --size 64x48 --frames 1 -o {n}.mp4"));
        assert!(stderr(&output).contains("what is transparent is black"), "{args}");
    }
    for args in ["text --content hi --background navy --text ho", "noise --text hi"] {
        let film = folder.render(&format!("render {args} --size 64x48 --frames 1 --codec ffv1"));
        assert_eq!(probe(&film, "pix_fmt"), "bgr0", "{args}");
    }
}

#[test]
fn what_a_codec_or_a_container_has_no_place_for_is_told() {
    let folder = Folder::new();
    for (more, told) in [
        ("codec = 'h264'", "what is transparent is black in this film"),
        ("codec = 'vp9', container = 'mp4'", "what is transparent is black in this film"),
        (
            "codec = 'vp9', container = 'mp4', pix-fmt = 'yuva420p'",
            "video.container = mp4: vp9 in yuva420p goes into .mkv, .webm",
        ),
        ("codec = 'h265', pix-fmt = 'yuva420p'", "video.pix-fmt = yuva420p: h265 takes yuv420p"),
    ] {
        fs::write(folder.join("d.toml"), disc(2, more)).expect("written");
        let error = stderr(&folder.run("run d.toml --force"));
        assert!(error.contains(told), "{more}: {error}");
    }
    let output =
        folder.run("render noise --size 63x33 --frames 2 --codec vp9 --pix-fmt yuva420p -o n.webm");
    assert!(output.status.success(), "{}", stderr(&output));
    let told = "63x33 is coded as 64x34, the last column or row repeated";
    assert!(stderr(&output).contains(told), "{}", stderr(&output));
    assert!(pixels(&folder.join("n.webm")).iter().all(|pixel| pixel[3] >= 250));
}

#[test]
fn a_transparent_film_goes_on_after_a_kill_and_its_alpha_is_verified() {
    let folder = Folder::new();
    let args = "render noise --size 320x240 --frames 300 --segment-frames 10 --codec vp9 \
                --preset 8 --pix-fmt yuva420p -o n.webm --name n";
    let whole = fs::read(folder.render(args)).expect("a film");
    let killed = killed_midway(args, "n", 2);
    let output = killed.run("resume n");
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read(killed.join("n.webm")).expect("a film") == whole);
    // Of the additions to a block the number stands before the content (RFC 9559, 5.1.3.5.2).
    let mut bytes = whole;
    let head = [0xee, 0x81, 0x01, 0xa5];
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&head)).collect();
    assert_eq!(places.len(), 300);
    bytes[places[155] + 8] ^= 1;
    fs::write(folder.join("n.webm"), bytes).expect("written");
    let verified = folder.run("verify n");
    assert!(!verified.status.success(), "{}", stderr(&verified));
}

#[test]
fn copies_keep_what_is_transparent_or_are_refused() {
    let folder = Folder::new();
    for n in 0..2 {
        let text = disc(8, "codec = 'vp9', crf = 4").replace("'disc'", &format!("'d{n}'"));
        fs::write(folder.join("d.toml"), text).expect("written");
        folder.render("run d.toml");
        fs::copy(folder.join(&format!("jobs/d{n}/d{n}.webm")), folder.join(&format!("{n}.webm")))
            .expect("copied");
    }
    folder.render("render noise --size 64x32 --frames 8 --codec vp9 -o opaque.webm");
    fs::write(folder.join("list.m3u"), "0.webm\n1.webm\n").expect("written");
    for ending in ["webm", "mkv"] {
        let film = folder.render(&format!("remix list.m3u --copy -o out.{ending}"));
        let wanted = [pixels(&folder.join("0.webm")), pixels(&folder.join("1.webm"))].concat();
        assert!(pixels(&film) == wanted, "{ending}");
    }
    let error = stderr(&folder.run("remix list.m3u --copy -o out.mp4"));
    assert!(error.contains("what is transparent in it has no place there"), "{error}");
    fs::write(folder.join("list.m3u"), "0.webm\nopaque.webm\n").expect("written");
    let error = stderr(&folder.run("remix list.m3u --copy -o both.webm"));
    assert!(error.contains("differs from that of 0.webm in transparency"), "{error}");
}

#[test]
fn a_remix_of_transparent_films_is_over_black_or_keeps_them() {
    let folder = Folder::new();
    for (codec, ending, most) in
        [("codec = 'ffv1'", "mkv", 2), ("codec = 'vp9', crf = 4", "webm", 8)]
    {
        fs::write(folder.join("d.toml"), disc(4, codec)).expect("written");
        folder.render("run d.toml --force");
        fs::write(folder.join("list.m3u"), format!("jobs/disc/disc.{ending}\n")).expect("written");
        let near = |what: &str, film: &Path, wanted: [[u8; 4]; 2]| {
            let film = pixels(film);
            for (pixel, wanted) in [film[16 * 64 + 12], film[16 * 64 + 52]].iter().zip(wanted) {
                let apart = pixel.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max();
                assert!(apart <= Some(most), "{ending} {what}: {pixel:?}, not {wanted:?}");
            }
        };
        let remix = |args: &str| {
            let _ = fs::remove_dir_all(folder.join("jobs/r"));
            folder.render(&format!("remix list.m3u --codec ffv1 --name r --force {args}"))
        };
        let (half, nothing) = ([255, 128, 0, 128], [0; 4]);
        near("opaque", &remix(""), [[128, 64, 0, 255], [0, 0, 0, 255]]);
        let film = remix("--pix-fmt bgra");
        let seen = pixels(&film)[16 * 64 + 12];
        assert!(seen[3].abs_diff(128) <= most && seen[0] >= 250, "{ending}: {seen:?}");
        folder.render("frame r --index 0 -o f.png --force");
        near("a frame", &folder.join("f.png"), [half, nothing]);
        near(
            "an effect",
            &remix("--pix-fmt bgra --effect mirror=left --effect mirror=left"),
            [half, half],
        );
        near("a text", &remix("--pix-fmt bgra --text-style anchor=top --text ."), [half, nothing]);
    }
}

#[test]
fn a_transparent_film_is_transparent_in_a_layer_and_so_is_what_lies_around_a_film() {
    for (codec, ending) in [("ffv1", "mkv"), ("vp9", "webm")] {
        let folder = Folder::new();
        let over = format!(
            "name = 'over'\nsize = '128x32'\nframes = 3\nvideo = {{ codec = 'ffv1' }}\n\
             [[layer]]\ncolor = {{ color = 'lime' }}\n\
             [[layer]]\nsize = '128x32'\nfilm = {{ file = 'jobs/disc/disc.{ending}' }}\n"
        );
        fs::write(folder.join("disc.toml"), disc(3, &format!("codec = '{codec}'")))
            .expect("written");
        fs::write(folder.join("over.toml"), over).expect("written");
        folder.render("run disc.toml");
        folder.render("run over.toml");
        let film = pixels(&folder.join("jobs/over/over.mkv"));
        let at = |x: usize| film[16 * 128 + x];
        // The bars at both sides, the half that shines through, and nothing beside it.
        for (x, [r, g, b]) in
            [(4, [0, 255, 0]), (124, [0, 255, 0]), (46, [128, 191, 0]), (80, [0, 255, 0])]
        {
            let [red, green, blue, _] = at(x);
            let apart = red.abs_diff(r).max(green.abs_diff(g)).max(blue.abs_diff(b));
            assert!(apart <= if codec == "ffv1" { 2 } else { 8 }, "{codec} {x}: {:?}", at(x));
        }
    }
}
