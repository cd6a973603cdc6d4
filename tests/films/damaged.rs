//! Films whose index, end or clock does not tell the truth.

use std::fs;

use crate::common::{
    Folder, Numbered, decodes_silently, duration, loudness, numbers, samples, stderr, tool,
};

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
    // The same whatever holds it: the last picture is shown as long as something is heard.
    for name in ["long.mkv", "long.mp4", "long.flv", "long.ts"] {
        if name != "long.mkv" {
            ffmpeg(&folder, &format!("-i FOLDER/long.mkv -c copy FOLDER/{name}"));
        }
        fs::write(folder.join("list.m3u"), format!("{name}\n")).expect("written");
        let film = folder.render("remix list.m3u -o encoded.mp4 --force");
        assert!((duration(&film) - 12.0).abs() < 0.1, "{name}: {}", duration(&film));
        let mut shown = numbers(&film);
        shown.dedup();
        assert_eq!(shown, (0..150).collect::<Vec<_>>(), "{name}");
        // Chance takes pieces of the picture only.
        let pieces = folder.run(&format!("playlist {name} --count 9 --length 1 --format json"));
        let pieces: serde_json::Value = serde_json::from_slice(&pieces.stdout).expect("JSON");
        let starts = pieces["pieces"].as_array().expect("pieces").iter();
        assert!(
            starts.map(|piece| piece["start"].as_f64()).all(|start| start < Some(5.1)),
            "{name}"
        );
    }
    // One that really is cut short is still told.
    let bytes = fs::read(folder.join("long.mkv")).expect("a film");
    fs::write(folder.join("long.mkv"), &bytes[..bytes.len() / 2]).expect("written");
    fs::write(folder.join("list.m3u"), "long.mkv\n").expect("written");
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

#[test]
fn sound_behind_the_last_picture_is_that_of_its_piece() {
    let folder = Folder::new();
    Numbered { clicks: None, ..film() }.write(&folder.join("silent.mp4"));
    // Nothing is heard as long as there are pictures.
    ffmpeg(
        &folder,
        "-i FOLDER/silent.mp4 -f lavfi -i aevalsrc=if(lt(t\\,6)\\,0\\,0.5*sin(2*PI*1000*t)):d=12 \
         -map 0:v -map 1:a -c:v copy -c:a aac FOLDER/a.mkv",
    );
    for name in ["a.mkv", "a.mp4", "a.flv", "a.ts"] {
        if name != "a.mkv" {
            ffmpeg(&folder, &format!("-i FOLDER/a.mkv -c copy FOLDER/{name}"));
        }
        let mut list = "#EXTM3U\n".to_string();
        // A little behind key frames, which lie a little later in some containers.
        for (from, to) in [(5.1, 9.0), (1.1, 4.0)] {
            list += &format!("#EXTVLCOPT:start-time={from}\n#EXTVLCOPT:stop-time={to}\n{name}\n");
        }
        fs::write(folder.join("list.m3u"), list).expect("written");
        for way in ["--copy -o copied.mkv", "-o encoded.mkv"] {
            let made = folder.render(&format!("remix list.m3u {way} --force"));
            let sound = samples(&made);
            let heard = |from: f32, to: f32| {
                let part = &sound[(from * 48_000.0) as usize..(to * 48_000.0) as usize];
                loudness(part, 1000.0) > 0.1
            };
            assert!(!heard(0.1, 0.8) && heard(1.2, 3.7), "{name} {way}");
            assert!(!heard(4.2, 6.8), "{name} {way}: it is heard with the next piece");
            assert!((duration(&made) - 6.9).abs() < 0.2, "{name} {way}: {}", duration(&made));
        }
    }
}

#[test]
fn a_film_that_begins_with_nothing_is_cut_where_it_is_played() {
    let folder = Folder::new();
    film().write(&folder.join("a.mp4"));
    for name in ["late.mp4", "late.mov"] {
        ffmpeg(&folder, &format!("-i FOLDER/a.mp4 -c copy -output_ts_offset 3 FOLDER/{name}"));
        let list = format!("#EXTVLCOPT:start-time=5\n#EXTVLCOPT:stop-time=7\n{name}\n");
        fs::write(folder.join("list.m3u"), list).expect("written");
        let expected: Vec<u16> = (50..100).collect();
        let encoded = folder.render("remix list.m3u -o encoded.mkv --force");
        assert_eq!(numbers(&encoded), expected, "{name}");
        let copied = folder.render("remix list.m3u --copy -o copied.mkv --force");
        assert_eq!(numbers(&copied), expected, "{name}");
    }
}

#[test]
fn pictures_whose_times_go_back_a_little_are_not_copied() {
    let folder = Folder::new();
    let half = |first, name| {
        Numbered { frames: 50, first, ..film() }.write(&folder.join(name));
    };
    half(0, "one.mp4");
    half(50, "other.mp4");
    // The second begins before the last picture of the first.
    ffmpeg(&folder, "-i FOLDER/one.mp4 -c copy -muxdelay 0 FOLDER/one.ts");
    ffmpeg(
        &folder,
        "-i FOLDER/other.mp4 -c copy -muxdelay 0 -output_ts_offset 1.95 FOLDER/other.ts",
    );
    let read = |name| fs::read(folder.join(name)).expect("a film");
    fs::write(folder.join("both.ts"), [read("one.ts"), read("other.ts")].concat())
        .expect("written");
    let list = "#EXTVLCOPT:start-time=1\n#EXTVLCOPT:stop-time=3\nboth.ts\n";
    fs::write(folder.join("list.m3u"), list).expect("written");
    let refused = folder.run("remix list.m3u --copy -o copied.mkv");
    let told = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("both.ts: the times of its pictures go back in the middle"), "{told}");
    assert!(!folder.join("copied.mkv").exists());
}
