//! The players that people have: VLC and mpv, headless.

use std::path::Path;

use crate::common::{Folder, allow_all, mpv, vlc};

fn vlc_plays(film: &Path) {
    let log = vlc(film, &["--no-audio", "--rate", "8"]);
    let decoded =
        log.contains("Received first picture") || log.contains("using video decoder module");
    assert!(decoded, "{}: VLC decodes no picture: {log}", film.display());
    for bad in ["cannot decode", "could not open", "corrupted", "buffer deadlock prevented"] {
        assert!(!log.contains(bad), "{}: {bad}: {log}", film.display());
    }
}

#[test]
fn vlc_and_mpv_play_every_codec() {
    let folder = Folder::new();
    allow_all(folder.path());
    for (codec, ending) in [
        ("h264", "mp4"),
        ("h264", "mkv"),
        ("h265", "mp4"),
        ("av1", "mp4"),
        ("vp9", "webm"),
        ("ffv1", "mkv"),
        ("h264-rgb", "mp4"),
    ] {
        let args = "--size 160x120 --frames 40 --segment-frames 15";
        let film = format!("{codec}.{ending}");
        let film = folder.render(&format!("render wave {args} --codec {codec} -o {film}"));
        mpv(&film).expect("it plays");
        vlc_plays(&film);
    }
}

#[test]
fn vlc_and_mpv_play_noise_and_polygons() {
    let folder = Folder::new();
    allow_all(folder.path());
    for generator in ["noise", "polygon"] {
        let args = format!("render {generator} --size 320x240 --frames 45 -o {generator}.mp4");
        let film = folder.render(&args);
        mpv(&film).expect("it plays");
        vlc_plays(&film);
    }
}
