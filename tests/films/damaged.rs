//! Films whose index, end or clock does not tell the truth.

use std::fs;

use crate::common::{Folder, Numbered, decodes_silently, duration, numbers, stderr, tool};

/// A film of six seconds, 25 frames in each, with a key frame each second.
fn film() -> Numbered<'static> {
    Numbered {
        rate: "25",
        frames: 150,
        clicks: Some("-c:a aac"),
        options: "-c:v libx264 -preset veryfast -bf 2 -g 25 -keyint_min 25 -sc_threshold 0",
        ..Numbered::default()
    }
}

/// What ffmpeg makes in `folder`; `FOLDER/` stands before names.
fn ffmpeg(folder: &Folder, args: &str) {
    let path = format!("{}/", folder.path().display());
    let args: Vec<String> =
        args.split_whitespace().map(|arg| arg.replace("FOLDER/", &path)).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    tool("ffmpeg", &[&["-nostdin", "-v", "error", "-y"], &args[..]].concat());
}

#[test]
fn an_index_that_names_other_places_is_not_followed() {
    let folder = Folder::new();
    film().write(&folder.join("whole.mp4"));
    // FFmpeg's muxer counts the sound's segments from the first fragment, which holds none of it.
    ffmpeg(
        &folder,
        "-itsoffset 1.4 -i FOLDER/whole.mp4 -i FOLDER/whole.mp4 -map 1:v -map 0:a -c copy \
         -movflags +dash+global_sidx+frag_keyframe FOLDER/late.mp4",
    );
    let zero = 2.0 / 25.0;
    let pieces = [(4, 5), (1, 2), (2, 4), (5, 6)];
    let mut list = "#EXTM3U\n".to_string();
    for (from, to) in pieces {
        let (from, to) = (f64::from(from) + zero, f64::from(to) + zero);
        list += &format!("#EXTVLCOPT:start-time={from}\n#EXTVLCOPT:stop-time={to}\nlate.mp4\n");
    }
    fs::write(folder.join("list.m3u"), list).expect("written");
    let expected: Vec<u16> = pieces.into_iter().flat_map(|(from, to)| from * 25..to * 25).collect();
    let encoded = folder.render("remix list.m3u -o encoded.mp4");
    assert_eq!(numbers(&encoded), expected);
    let copied = folder.render("remix list.m3u --copy -o copied.mp4");
    assert_eq!(numbers(&copied), expected);
    decodes_silently(&copied);
    let played = folder.run("playlist late.mp4 --snap keyframe --length 1 --count 4");
    let starts = String::from_utf8_lossy(&played.stdout).matches(".08\n").count();
    assert_eq!(starts, 8, "{played:?}");
}

#[test]
fn half_a_packet_at_the_end_is_left_out() {
    let folder = Folder::new();
    Numbered { clicks: None, ..film() }.write(&folder.join("whole.mp4"));
    ffmpeg(
        &folder,
        "-i FOLDER/whole.mp4 -c copy -movflags +frag_keyframe+empty_moov FOLDER/cut.mp4",
    );
    let bytes = fs::read(folder.join("cut.mp4")).expect("a film");
    let last = bytes.windows(4).rposition(|name| name == b"moof").expect("a fragment");
    // In the middle of the pictures of the last second.
    fs::write(folder.join("cut.mp4"), &bytes[..last + (bytes.len() - last) / 2]).expect("written");
    fs::write(folder.join("list.m3u"), "cut.mp4\n").expect("written");
    let copied = folder.render("remix list.m3u --copy -o copied.mp4");
    decodes_silently(&copied);
    let whole = numbers(&copied);
    assert!(whole.len() > 126 && whole.len() < 149, "{} frames", whole.len());
    let encoded = folder.render("remix list.m3u -o encoded.mp4");
    let shown = numbers(&encoded);
    let last = *whole.iter().max().expect("frames");
    let frozen = shown.iter().filter(|number| **number == last).count();
    assert!(frozen <= 3, "the last picture is shown {frozen} times");
}

#[test]
fn sound_may_be_longer_than_its_picture() {
    let folder = Folder::new();
    film().write(&folder.join("short.mp4"));
    ffmpeg(
        &folder,
        "-i FOLDER/short.mp4 -f lavfi -i sine=d=12 -map 0:v -map 1:a -c:v copy -c:a aac \
         FOLDER/long.mkv",
    );
    fs::write(folder.join("list.m3u"), "long.mkv\n").expect("written");
    let film = folder.render("remix list.m3u -o encoded.mp4");
    assert!((duration(&film) - 12.0).abs() < 0.1, "{}", duration(&film));
    let mut shown = numbers(&film);
    shown.dedup();
    assert_eq!(shown, (0..150).collect::<Vec<_>>());
    // One that really is cut short is still told.
    let bytes = fs::read(folder.join("long.mkv")).expect("a film");
    fs::write(folder.join("long.mkv"), &bytes[..bytes.len() / 2]).expect("written");
    let refused = folder.run("remix list.m3u -o other.mp4");
    assert!(stderr(&refused).contains("long.mkv: it is cut short: it promises 12"), "{refused:?}");
}

#[test]
fn a_clock_that_jumps_is_told_of() {
    let folder = Folder::new();
    film().write(&folder.join("one.mp4"));
    ffmpeg(&folder, "-i FOLDER/one.mp4 -c copy FOLDER/one.ts");
    ffmpeg(&folder, "-i FOLDER/one.mp4 -c copy -output_ts_offset 7200 FOLDER/other.ts");
    let read = |name| fs::read(folder.join(name)).expect("a film");
    fs::write(folder.join("both.ts"), [read("one.ts"), read("other.ts")].concat())
        .expect("written");
    fs::write(folder.join("list.m3u"), "both.ts\n").expect("written");
    for way in ["--copy", "--crf 30"] {
        let refused = folder.run(&format!("remix list.m3u {way} -o out.mp4"));
        let told = stderr(&refused);
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("both.ts: its clock jumps by 719"), "{told}");
        assert!(!folder.join("out.mp4").exists());
    }
    // What the message advises is of use.
    ffmpeg(&folder, "-i FOLDER/both.ts -c copy FOLDER/both.mkv");
    fs::write(folder.join("list.m3u"), "both.mkv\n").expect("written");
    let film = folder.render("remix list.m3u -o out.mp4");
    assert!((duration(&film) - 12.0).abs() < 0.2, "{}", duration(&film));
}
