//! Codecs, containers, pixel formats, odd sizes.

use std::process::Command;
use std::time::Duration;

use genmedia::Recipe;
use genmedia::media::{self, SegmentEncoder};

use crate::common::{Folder, frame_hashes, is_exact, probe, stderr};

#[test]
fn each_codec_is_exact_and_the_same_from_any_number_of_threads() {
    for (codec, name, tag) in [
        ("h264", "h264", "avc1"),
        ("h265", "hevc", "hvc1"),
        ("av1", "av1", "av01"),
        ("vp9", "vp9", "vp09"),
        ("ffv1", "ffv1", "FFV1"),
        ("h264-rgb", "h264", "avc1"),
    ] {
        let args = format!(
            "render wave --size 128x96 --frames 25 --segment-frames 8 --codec {codec} --name n"
        );
        let folders = [Folder::new(), Folder::new()];
        let film = folders[0].render(&format!("{args} --threads 1"));
        let other = folders[1].render(&format!("{args} --threads 2"));
        is_exact(&film, 25, "30/1");
        assert_eq!(
            (probe(&film, "codec_name"), probe(&film, "codec_tag_string")),
            (name.into(), tag.into())
        );
        let bytes = |path| std::fs::read(path).expect("the film");
        assert!(bytes(film) == bytes(other), "{codec}");
        let verified = folders[0].run("verify n");
        assert!(verified.status.success(), "{codec}: {}", stderr(&verified));
        assert_eq!(verified.stdout, b"n: the film of 25 frames: whole\n");
    }
}

#[test]
fn containers_follow_the_endings() {
    for (codec, ending) in [
        ("h264", "mkv"),
        ("h265", "mkv"),
        ("av1", "mkv"),
        ("av1", "webm"),
        ("vp9", "webm"),
        ("vp9", "mkv"),
        ("h264-rgb", "mkv"),
    ] {
        let folder = Folder::new();
        let args = "--size 64x64 --frames 20 --segment-frames 6";
        let film =
            folder.render(&format!("render wave {args} --codec {codec} --name n -o film.{ending}"));
        let verified = folder.run("verify n");
        assert!(verified.status.success(), "{codec} {ending}: {}", stderr(&verified));
        is_exact(&film, 20, "30/1");
    }
}

#[test]
fn every_pixel_format_is_what_it_says_and_tagged() {
    for (codec, formats) in [
        (
            "h264",
            &["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"][..],
        ),
        ("h265", &["yuv422p", "yuv444p", "yuv420p10le"]),
        ("vp9", &["yuv422p", "yuv444p", "yuv420p10le"]),
        ("av1", &["yuv420p10le"]),
        ("ffv1", &["yuv420p", "yuv422p10le"]),
    ] {
        for format in formats {
            let folder = Folder::new();
            let args = "--size 64x64 --frames 3 --view density";
            let film =
                folder.render(&format!("render wave {args} --codec {codec} --pix-fmt {format}"));
            assert_eq!(probe(&film, "pix_fmt"), *format, "{codec}");
            assert_eq!(probe(&film, "color_space"), "bt709", "{codec} {format}");
            assert_eq!(probe(&film, "color_range"), "tv", "{codec} {format}");
            assert_eq!(probe(&film, "color_primaries"), "bt709", "{codec} {format}");
            assert_eq!(probe(&film, "color_transfer"), "bt709", "{codec} {format}");
        }
    }
}

#[test]
fn a_frame_drawn_alone_is_the_one_in_the_lossless_video() {
    for generator in ["noise", "polygon --count 20", "wave --spin 1", "wave --view density"] {
        for (codec, ending) in [("ffv1", "mkv"), ("h264-rgb", "mp4")] {
            let folder = Folder::new();
            let args =
                format!("--size 101x67 --frames 9 --segment-frames 4 --codec {codec} --name j");
            let film = folder.render(&format!("render {generator} {args} -o film.{ending}"));
            let hashes = frame_hashes(&film);
            for index in [0, 3, 4, 8] {
                let image = folder.render(&format!("frame j --index {index} -o {index}.png"));
                assert_eq!(frame_hashes(&image), [hashes[index].clone()], "{generator} {index}");
            }
        }
    }
}

#[test]
fn odd_sizes_are_padded_where_colour_is_halved_and_said_so() {
    let folder = Folder::new();
    let output = folder.run("render wave --size 63x65 --frames 3 -o odd.mp4");
    assert!(stderr(&output).contains("63x65 is coded as 64x66"), "{}", stderr(&output));
    assert_eq!(probe(&folder.join("odd.mp4"), "width,height"), "64,66");
    for (format, size) in [("yuv422p", "64,65"), ("yuv444p", "63,65")] {
        let film =
            folder.render(&format!("render wave --size 63x65 --frames 3 --pix-fmt {format}"));
        assert_eq!(probe(&film, "width,height"), size);
    }
    for codec in ["h265", "av1", "vp9"] {
        let args = "--size 127x65 --frames 3 --segment-frames 2";
        let film = folder.render(&format!("render wave {args} --codec {codec}"));
        is_exact(&film, 3, "30/1");
        assert_eq!(probe(&film, "width,height"), "128,66");
    }
}

#[test]
fn the_extremes_of_size_work() {
    let folder = Folder::new();
    for args in ["--size 2x2", "--size 3x3 --codec ffv1", "--size 4000x2", "--size 2x3000"] {
        is_exact(&folder.render(&format!("render noise {args} --frames 2")), 2, "30/1");
        is_exact(&folder.render(&format!("render polygon {args} --frames 2")), 2, "30/1");
        is_exact(&folder.render(&format!("render wave {args} --frames 2")), 2, "30/1");
    }
    for args in ["--codec h265 --size 16x16", "--codec av1 --size 64x64", "--codec vp9 --size 2x2"]
    {
        is_exact(&folder.render(&format!("render noise {args} --frames 2")), 2, "30/1");
    }
}

#[test]
fn quality_and_preset_reach_the_encoder() {
    let size = |args: &str| {
        let folder = Folder::new();
        let film = folder.render(&format!("render wave --size 320x240 --frames 20 {args}"));
        std::fs::metadata(film).expect("the film").len()
    };
    for codec in ["h264", "h265", "av1", "vp9"] {
        let codec = format!("--codec {codec}");
        assert!(size(&format!("{codec} --crf 50")) < size(&format!("{codec} --crf 15")), "{codec}");
    }
    assert_ne!(size("--preset ultrafast"), size("--preset medium"));
}

/// SVT-AV1, closed before its first picture, waited for a packet for ever.
#[test]
fn a_segment_whose_first_frame_fails_ends() {
    for codec in ["h264", "h265", "av1", "vp9", "ffv1", "h264-rgb"] {
        let folder = Folder::new();
        let args = "render exec --size 64x64 --frames 2 --retries 1 --codec";
        let mut command = Command::new("timeout");
        command.args(["60", env!("CARGO_BIN_EXE_genmedia")]).current_dir(folder.path());
        command.args(args.split(' ')).args([codec, "--", "false"]);
        let output = command.output().expect("timeout starts");
        assert_eq!(output.status.code(), Some(1), "{codec}: {}", stderr(&output));
        assert!(stderr(&output).contains("failed"), "{codec}: {}", stderr(&output));
    }
}

/// SVT-AV1 keeps tables for the whole process. While two of its encoders could be open at once, a quarter of all
/// runs of forty segments crashed.
#[test]
fn one_encoder_of_av1_is_open_at_a_time() {
    let recipe = "size = '64x64'\nframes = 2\n[wave]\n[video]\ncodec = 'av1'\n";
    let recipe: Recipe = recipe.parse().expect("a recipe");
    let folder = Folder::new();
    media::init().expect("FFmpeg");
    let open = |name: &str| {
        let path = folder.join(name);
        let file = std::fs::File::create(&path).expect("a file");
        let video = recipe.video.as_ref().expect("a video");
        SegmentEncoder::create(file, &path, &recipe.format(), video, None, 2).expect("an encoder")
    };
    let first = open("first.mp4");
    let (opened, waits) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _second = open("second.mp4");
            opened.send(()).expect("heard");
        });
        assert!(waits.recv_timeout(Duration::from_millis(500)).is_err(), "two are open");
        drop(first);
        waits.recv_timeout(Duration::from_secs(60)).expect("the second is opened");
    });

    let args = "render wave --size 64x64 --frames 24 --segment-frames 1 --codec av1 --threads 8";
    is_exact(&folder.render(args), 24, "30/1");
}
