//! Tracks from files.

use std::fs;
use std::process::Command;

use crate::common::{Folder, probe, stderr};
use crate::tools::{alone, clicks, decoded, heard, left, level};

/// Kinds of files: a name, a rate, channels, and FFmpeg's options.
const KINDS: &[(&str, u32, u16, &str)] = &[
    ("a.wav", 48_000, 2, ""),
    ("mono.wav", 44_100, 1, ""),
    ("8k.au", 8_000, 1, ""),
    ("adpcm.wav", 48_000, 2, "-c:a adpcm_ima_wav"),
    ("a.mp3", 44_100, 2, "-b:a 192k"),
    ("vbr.mp3", 48_000, 2, "-q:a 4"),
    ("a.ogg", 48_000, 2, "-c:a libvorbis -q:a 6"),
    ("flac.oga", 48_000, 2, "-c:a flac"),
    ("a.opus", 48_000, 2, "-c:a libopus -b:a 160k"),
    ("opus.webm", 48_000, 2, "-c:a libopus -frame_duration 60"),
    ("vorbis.mka", 48_000, 2, "-c:a libvorbis"),
    ("a.m4a", 44_100, 2, "-b:a 192k"),
    ("b.m4a", 48_000, 2, "-b:a 192k"),
    ("96k.flac", 96_000, 2, ""),
    ("a.aac", 48_000, 2, "-b:a 192k"),
    ("surround.ac3", 48_000, 6, "-b:a 448k"),
    ("a.wma", 48_000, 2, "-b:a 192k"),
    ("a.aiff", 44_100, 2, ""),
    ("a.ts", 48_000, 2, "-c:a aac -b:a 192k"),
    ("alac.caf", 44_100, 2, "-c:a alac"),
    ("a.wv", 48_000, 2, ""),
    ("long-frames.tta", 48_000, 2, ""),
];

#[test]
fn every_kind_of_file_is_heard_as_it_is_decoded() {
    let folder = Folder::new();
    for (name, rate, channels, options) in KINDS {
        let times = clicks(&folder.join(name), *rate, *channels, 23.7, options);
        let recipe = format!("noise = {{}}\nframes = 711\n[sound]\nfile = \"{name}\"");
        let sound = alone(&folder, &recipe);
        assert_eq!(heard(&left(&sound)).len(), times.len(), "{name}");
        if *channels > 2 {
            // All of them together are beyond full scale.
            continue;
        }
        let truth = decoded(&folder.join(name));
        let off = sound.iter().zip(&truth).map(|(one, other)| (one - other).abs());
        let most = off.fold(0f32, f32::max);
        // Rounded to 24 bits; FFmpeg's own command rounds what it resamples otherwise.
        let fine = if *rate == 48_000 { 2e-7 } else { 2e-3 };
        assert!(most < fine, "{name}: {most}");
        let missing = truth.len().saturating_sub(sound.len());
        assert!(missing == 0 || truth[sound.len()..].len() < 9600, "{name}: {missing}");
    }
}

#[test]
fn links_of_a_chain_follow_each_other() {
    let folder = Folder::new();
    clicks(&folder.join("a.ogg"), 48_000, 2, 5.0, "-c:a libvorbis");
    let one = fs::read(folder.join("a.ogg")).expect("a file");
    fs::write(folder.join("two.ogg"), [&one[..], &one[..]].concat()).expect("written");
    let recipe = "noise = {}\n[sound]\nfile = \"two.ogg\"";
    let sound = left(&alone(&folder, recipe));
    assert!((sound.len() as f64 / 48_000.0 - 10.0).abs() < 0.05, "{}", sound.len());
    assert_eq!(heard(&sound).len(), 12);
}

#[test]
fn a_film_whose_sound_begins_late_or_ends_early_is_heard_at_its_time() {
    let folder = Folder::new();
    let times = clicks(&folder.join("t.wav"), 48_000, 2, 2.5, "");
    let make = |arguments: &str| {
        let made = std::process::Command::new("ffmpeg")
            .args("-nostdin -v error -y".split(' '))
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .status();
        assert!(made.expect("ffmpeg is needed").success(), "{arguments}");
    };
    let picture = "-f lavfi -i color=s=64x64:d=6:r=25";
    make(&format!("{picture} -i t.wav -c:a aac early.mp4"));
    make(&format!("{picture} -itsoffset 1.5 -i t.wav -c:a libopus late.mkv"));
    for (name, begin) in [("early.mp4", 0.0), ("late.mkv", 1.5)] {
        let recipe = format!("noise = {{}}\n[sound]\nfile = \"{name}\"");
        let found = heard(&left(&alone(&folder, &recipe)));
        assert_eq!(found.len(), times.len(), "{name}");
        for (found, time) in found.iter().zip(&times) {
            assert!((found - time - begin).abs() < 0.01, "{name}: {found} for {time}");
        }
    }
}

#[test]
fn a_sample_is_the_same_wherever_reading_began() {
    for (name, options) in
        [("a.mp3", "-b:a 128k"), ("a.opus", "-c:a libopus"), ("a.oga", "-c:a flac"), ("a.m4a", "")]
    {
        let folder = Folder::new();
        clicks(&folder.join(name), 48_000, 2, 23.7, options);
        let recipe = format!(
            "size = \"16x16\"\nsegment-frames = 19\nfps = 24\n[noise]\nkind = \"white\"
             [[sound]]\nfile = \"{name}\"\n[[sound]]\nfrom = 3\nstart = 20.5\nloop = true\nfile = \"{name}\"
             [video]\ncontainer = \"mkv\"\nsound-codec = \"flac\""
        );
        fs::write(folder.join("r.toml"), &recipe).expect("written");
        let film = decoded(&folder.render("run r.toml --threads 3"));
        assert!(film == alone(&folder, &recipe), "{name}");
    }
}

#[test]
fn the_film_is_as_long_as_the_track() {
    let folder = Folder::new();
    clicks(&folder.join("t.wav"), 44_100, 2, 3.35, "");
    let frames = |args: &str| {
        let film = folder.render(&format!("render noise --size 16x16 --sound t.wav {args}"));
        probe(&film, "nb_frames")
    };
    assert_eq!(frames("-o a.mp4"), "101");
    assert_eq!(frames("-o b.mp4 --sound-start 1.35"), "60");
    assert_eq!(frames("-o c.mp4 --fps 10"), "34");
    // A film ends with a frame, be that before the track does.
    let recipe =
        "frames = 75\nnoise = {}\n[sound]\nfile = \"t.wav\"\nuntil = 2.51\nfade-out = 2.51";
    for recipe in [recipe, &recipe.replace("frames = 75\n", "")] {
        assert_eq!(alone(&folder, recipe).len(), 2 * 120_000);
    }
    // What is said holds, and what loops has no end.
    assert_eq!(frames("-o d.mp4 --frames 7"), "7");
    assert_eq!(frames("-o e.mp4 --duration 5s --sound-loop"), "150");
    assert_eq!(frames("-o f.mp4 --sound-loop"), "300");
}

#[test]
fn strips_do_what_they_say() {
    let folder = Folder::new();
    let tone = "noise = {}\nframes = 120\n[sound]\nformula = \"0.5*sin(tau*1000*t)\"\n";
    let recipe =
        format!("{tone}gain = -6\nfrom = 1\nuntil = 3\nfade-in = 0.5\nfade-out = 1\npan = 0.5");
    let sound = alone(&folder, &recipe);
    let second = |side: usize, from: f64, until: f64| {
        let samples: Vec<f32> = sound.iter().skip(side).step_by(2).copied().collect();
        level(&samples[(from * 48_000.0) as usize..(until * 48_000.0) as usize])
    };
    assert_eq!(second(0, 0.0, 0.99), f64::NEG_INFINITY);
    assert_eq!(second(1, 3.001, 4.0), f64::NEG_INFINITY);
    // A sine of half the scale has -9 dB.
    assert!((second(1, 1.6, 1.9) + 15.03).abs() < 0.02, "{}", second(1, 1.6, 1.9));
    assert!((second(0, 1.6, 1.9) + 21.05).abs() < 0.02, "half of it is heard on the left");
    // In the middle of a fade it is half as loud.
    assert!((second(1, 1.245, 1.255) + 21.05).abs() < 0.1, "{}", second(1, 1.245, 1.255));
    assert!((second(1, 2.495, 2.505) + 21.05).abs() < 0.1);
    let moving = alone(&folder, &format!("{tone}gain = \"-10*t\""));
    let at = |time: f64| {
        let from = (time * 96_000.0) as usize;
        level(&moving[from - 480..from + 480])
    };
    assert!((at(2.0) + 29.03).abs() < 0.1, "{}", at(2.0));
    assert!((at(1.0) + 19.03).abs() < 0.1, "{}", at(1.0));
}

#[test]
fn a_track_begins_again() {
    let folder = Folder::new();
    clicks(&folder.join("t.wav"), 48_000, 2, 1.2, "");
    let recipe = "noise = {}\nframes = 150\n[sound]\nfile = \"t.wav\"\nstart = 0.2\nloop = true";
    // One click at 0.3 s of each second.
    let found = heard(&left(&alone(&folder, recipe)));
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found.iter().enumerate().all(|(n, at)| (at - 0.3 - n as f64).abs() < 0.001),
        "{found:?}"
    );
}

#[test]
fn several_tracks_are_heard_together_and_never_clip() {
    let folder = Folder::new();
    let track = |hertz: u32| format!("[[sound]]\nformula = \"0.9*sin(tau*{hertz}*t)\"\n");
    let recipe = format!("noise = {{}}\nframes = 60\n{}{}{}", track(300), track(450), track(1700));
    fs::write(folder.join("loud.toml"), &recipe).expect("written");
    let output = folder.run("sound loud.toml -o loud.wav");
    let told = stderr(&output);
    assert_eq!(told.matches("beyond full scale").count(), 1, "{told}");
    let sound = decoded(&folder.join("loud.wav"));
    let most = sound.iter().fold(0f32, |most, sample| most.max(sample.abs()));
    assert!((0.9..1.0).contains(&most), "{most}");
    // It is turned down, and not cut off, which would have a fifth of all samples at the limit.
    let at_limit = sound.iter().filter(|sample| sample.abs() > 0.999).count();
    assert!(at_limit < sound.len() / 50, "{at_limit} of {}", sound.len());
    // The film tells it as well, once, though segments go beyond.
    let output = folder.run("run loud.toml --threads 2");
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output).matches("beyond full scale").count(), 1, "{}", stderr(&output));
}

#[test]
fn the_content_of_a_track_is_part_of_the_recipe() {
    let folder = Folder::new();
    clicks(&folder.join("t.wav"), 48_000, 2, 1.0, "");
    let args = "render noise --size 16x16 --segment-frames 5 --sound t.wav --name n";
    let film = folder.render(args);
    let before = fs::read(&film).expect("a film");
    // In the middle only: neither its size nor its ends tell.
    let mut bytes = fs::read(folder.join("t.wav")).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(folder.join("t.wav"), bytes).expect("written");
    let output = folder.run(args);
    assert!(!output.status.success());
    assert!(stderr(&output).contains("another recipe"), "{}", stderr(&output));
    fs::remove_file(&film).expect("removed");
    let output = folder.run("resume n");
    assert!(!output.status.success());
    assert!(stderr(&output).contains("t.wav has changed"), "{}", stderr(&output));
    assert!(before.len() > 1000);
}

#[test]
fn an_old_processor_hears_the_same() {
    let folder = Folder::new();
    let noise = ["-f", "lavfi", "-i", "anoisesrc=c=pink:d=3:a=0.4:r=44100"];
    for (file, codec) in [
        ("t.mp3", "libmp3lame"),
        ("t.m4a", "aac"),
        ("t.flac", "flac"),
        ("t.ogg", "libvorbis"),
        ("t.opus", "libopus"),
    ] {
        let made = std::process::Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error"])
            .args(noise)
            .args(["-c:a", codec, file])
            .current_dir(folder.path())
            .status();
        assert!(made.expect("ffmpeg is needed").success(), "{file}");
    }
    // Their sound is resampled, mixed, seen and encoded.
    let track = |file: &str| format!("[[sound]]\nfile = \"{file}\"\ngain = -12\n");
    let tracks: String = ["t.mp3", "t.m4a", "t.flac", "t.ogg", "t.opus"].map(track).concat();
    let video = "[video]\ncodec = \"ffv1\"\ncontainer = \"mkv\"\nsound-codec = \"flac\"\n";
    let scope = "[layer.scope]\nview = \"xy\"\n[[layer]]\nscope = { view = \"spectrum\", window = 1 }\nopacity = \"level\"\n";
    let recipe =
        format!("name = \"r\"\nsize = \"64x48\"\nframes = 20\n[[layer]]\n{scope}{tracks}{video}");
    std::fs::write(folder.join("r.toml"), recipe).expect("written");
    let here = folder.render("run r.toml --dir here");
    // A Core 2 of 2006 has no AVX, and no fused multiplication.
    let old = std::process::Command::new("qemu-x86_64-static")
        .args(["-cpu", "core2duo", env!("CARGO_BIN_EXE_genmedia")])
        .args(["run", "r.toml", "--dir", "old", "--threads", "1", "--progress", "none"])
        .current_dir(folder.path())
        .output()
        .expect("qemu-user-static is needed");
    assert!(old.status.success(), "{}", stderr(&old));
    let (here, old) = (std::fs::read(here), std::fs::read(folder.join("old/r/r.mkv")));
    assert!(here.expect("a film") == old.expect("a film"));
}

#[test]
fn a_damaged_place_is_told_and_what_comes_behind_it_is_in_time() {
    let folder = Folder::new();
    for (file, options) in [("t.mp3", "-b:a 128k"), ("t.flac", ""), ("t.mka", "-c:a libopus")] {
        let times = clicks(&folder.join(file), 48_000, 2, 12.0, options);
        let mut bytes = fs::read(folder.join(file)).expect("a file");
        let middle = bytes.len() / 2;
        bytes[middle..middle + 4000].fill(0x55);
        fs::write(folder.join(file), bytes).expect("written");
        let args = format!("render noise --size 16x16 --sound {file} --sound-codec flac --name");
        let output = folder.run(&format!("{args} {} -o {file}.mkv", &file[2..]));
        let told = stderr(&output);
        assert!(output.status.success(), "{file}: {told}");
        let expected = format!("{file} is damaged or has a gap, such as at ");
        assert_eq!(told.matches(&expected).count(), 1, "{file}: {told}");
        // Who begins behind it does not hear it.
        let behind = format!(
            "render noise --size 16x16 --sound {file} --sound-start 9 --name b{}",
            &file[2..]
        );
        assert!(!stderr(&folder.run(&behind)).contains("damaged"), "{file}");
        if file == "t.mp3" {
            // Its packets have no times: what is gone is not known to be.
            continue;
        }
        let found = heard(&left(&decoded(&folder.join(&format!("{file}.mkv")))));
        let last = times[times.len() - 1];
        let nearest = found.iter().map(|time| (time - last).abs()).fold(9.0, f64::min);
        assert!(nearest < 0.004, "{file}: {last} among {found:?}");
    }
}

#[test]
fn both_sides_are_typed_in_one_line() {
    let folder = Folder::new();
    let sound = ["--sound", "formula=left=0.5*sine(440); right=0.05*sine(440)"];
    let args = "render noise --size 16x16 --frames 30 --sound-codec flac -o both.mkv";
    let mut command = folder.command(args);
    assert!(command.args(sound).status().expect("it runs").success());
    let both = decoded(&folder.join("both.mkv"));
    let right: Vec<f32> = both.iter().skip(1).step_by(2).copied().collect();
    assert!((level(&left(&both)) - level(&right) - 20.0).abs() < 0.1);
}

#[test]
fn good_files_are_not_called_damaged_and_times_that_jump_are_no_hours() {
    let folder = Folder::new();
    let tone = |seconds: u32, out: &str| {
        let made = Command::new("ffmpeg")
            .args([
                "-nostdin",
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                &format!("sine=d={seconds}:r=44100"),
            ])
            .args(out.split(' '))
            .current_dir(folder.path())
            .output();
        let made = made.expect("ffmpeg is needed");
        assert!(made.status.success(), "{}", stderr(&made));
        made.stdout
    };
    // Through a pipe the header knows no length, and the last packet is short.
    fs::write(folder.join("piped.wav"), tone(5, "-f wav -")).expect("written");
    let mp3 = tone(5, "-f mp3 -");
    fs::write(folder.join("joined.mp3"), [&mp3[..], &mp3[..]].concat()).expect("written");
    tone(5, "-c:a mp2 -f mpegts a.ts");
    tone(5, "-c:a mp2 -f mpegts -output_ts_offset 30000 b.ts");
    let [a, b] = ["a.ts", "b.ts"].map(|name| fs::read(folder.join(name)).expect("a file"));
    fs::write(folder.join("on.ts"), [&a[..], &b[..]].concat()).expect("written");
    fs::write(folder.join("back.ts"), [&b[..], &a[..]].concat()).expect("written");
    // Its times begin where it was cut out.
    tone(9, "-c:a libopus whole.opus");
    let cut = "-nostdin -v error -ss 4 -i whole.opus -c copy -copyts late.opus";
    let made = Command::new("ffmpeg").args(cut.split(' ')).current_dir(folder.path()).status();
    assert!(made.expect("ffmpeg is needed").success());
    // A chain, whose second headers no decoder takes.
    let spx = tone(5, "-c:a libspeex -ar 16000 -f ogg -serial_offset 7 -");
    let chain = [&tone(5, "-c:a libspeex -ar 16000 -f ogg -")[..], &spx[..]].concat();
    fs::write(folder.join("chain.spx"), chain).expect("written");
    for (file, seconds) in [
        ("chain.spx", 10.0),
        ("late.opus", 5.0),
        ("piped.wav", 5.0),
        ("joined.mp3", 10.0),
        ("on.ts", 10.0),
        ("back.ts", 10.0),
    ] {
        let args =
            format!("render noise --size 16x16 --sound {file} --sound-codec flac -o {file}.mkv");
        let output = folder.run(&args);
        let told = stderr(&output);
        assert!(output.status.success() && !told.contains("damaged"), "{file}: {told}");
        let length = decoded(&folder.join(&format!("{file}.mkv"))).len() as f64 / 96_000.0;
        assert!((length - seconds).abs() < 0.2, "{file}: {length} s");
    }
}
