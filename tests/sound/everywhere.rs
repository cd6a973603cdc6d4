//! Films with sound, wherever films go.

use std::fs;

use crate::common::{Folder, probe, stderr};
use crate::tools::{clicks, decoded, heard, left, level};

const TONE: &str =
    "size = \"64x64\"\nframes = 90\nnoise = {}\n[sound]\nformula = \"0.3*sin(tau*440*t)\"\n";

#[test]
fn a_remix_has_a_track_of_its_own_beside_its_films() {
    let folder = Folder::new();
    fs::write(folder.join("tone.toml"), TONE).expect("written");
    let tone = folder.render("run tone.toml");
    fs::write(folder.join("list.m3u"), format!("{}\n", tone.display())).expect("written");
    clicks(&folder.join("t.wav"), 48_000, 2, 3.0, "");
    let both = folder.render("remix list.m3u --sound t.wav -o both.mkv --sound-codec flac");
    let only =
        folder.render("remix list.m3u --sound t.wav --no-sound -o only.mkv --sound-codec flac");
    let own = folder.render("remix list.m3u -o own.mp4");
    let (both, only, own) = (left(&decoded(&both)), left(&decoded(&only)), left(&decoded(&own)));
    assert_eq!(heard(&only).len(), 4);
    // Between the clicks there is the tone, or nothing.
    let quiet = 10_000..20_000;
    assert!((level(&both[quiet.clone()]) + 13.5).abs() < 0.3, "{}", level(&both[quiet.clone()]));
    assert!((level(&own[quiet.clone()]) + 13.5).abs() < 0.3);
    assert!(level(&only[quiet]) < -100.0);
    // And into WebM it goes as Opus.
    let webm = folder.render("remix list.m3u -o own.webm --codec vp9");
    assert_eq!(probe(&webm, "codec_name").lines().next(), Some("vp9"));
    assert!((level(&left(&decoded(&webm))[10_000..20_000]) + 13.5).abs() < 0.3);
}

#[test]
fn a_remix_with_a_track_is_the_same_from_any_number_of_threads() {
    let folder = Folder::new();
    // A decoder of AAC draws some of its noise by chance, which goes on from where it began.
    let made = std::process::Command::new("ffmpeg")
        .args("-nostdin -v error -f lavfi -i color=s=64x64:d=12:r=25 -f lavfi".split(' '))
        .args(["-i", "anoisesrc=c=pink:d=12:a=0.3:r=44100", "-c:a", "aac", "a.mp4"])
        .current_dir(folder.path())
        .status();
    assert!(made.expect("ffmpeg is needed").success());
    fs::write(folder.join("l.m3u"), "a.mp4\n").expect("written");
    let film = |threads: u32| {
        let args =
            "remix l.m3u --sound formula=0.01*sine(440) --segment-frames 30 --sound-codec flac";
        let output = format!("-o {threads}.mkv --dir jobs-{threads} --threads {threads}");
        fs::read(folder.render(&format!("{args} {output}"))).expect("a film")
    };
    assert!(film(1) == film(2));
    // The rate of the films is one that Opus does not take.
    let mkv = folder.render("remix l.m3u --sound formula=0.01*sine(440) -o own.mkv");
    assert!(level(&left(&decoded(&mkv))[10_000..20_000]) > -40.0);
}

#[test]
fn a_remix_sounds_the_same_in_any_segments_and_by_itself() {
    let folder = Folder::new();
    // Two films, of which a decoder of AAC draws some noise by chance, and of MP3 one carries much over.
    for (file, codec, rate) in [("a.mp4", "aac", 44_100), ("b.mkv", "libmp3lame", 48_000)] {
        let made = std::process::Command::new("ffmpeg")
            .args("-nostdin -v error -f lavfi -i color=s=64x64:d=25:r=25 -f lavfi".split(' '))
            .args(["-i", &format!("anoisesrc=c=pink:d=25:a=0.3:r={rate}"), "-c:a", codec, file])
            .current_dir(folder.path())
            .status();
        assert!(made.expect("ffmpeg is needed").success());
    }
    fs::write(folder.join("l.m3u"), "a.mp4\nb.mkv\na.mp4\n").expect("written");
    for (name, track) in [("own", ""), ("mixed", "--sound formula=0.01*sine(440)")] {
        let film = |frames: u32, more: &str| {
            let args = format!("remix l.m3u {track} --segment-frames {frames} --sound-codec flac");
            decoded(
                &folder.render(&format!(
                    "{args} -o {name}-{frames}.mkv --name {name}-{frames} {more}"
                )),
            )
        };
        let films = [film(30, ""), film(77, "--threads 3"), film(300, "--threads 1")];
        assert!(films[0] == films[1] && films[1] == films[2], "{name}");
        folder.render(&format!("sound {name}-77 -o {name}.wav"));
        assert!(decoded(&folder.join(&format!("{name}.wav"))) == films[0], "{name}");
    }
}

#[test]
fn a_remix_begins_with_its_film_and_nothing_clicks_in_a_piece() {
    let folder = Folder::new();
    // Containers round times, blocks of Vorbis vary in size, and AAC begins before its first sample.
    for (file, more) in
        [("v.mkv", "-c:a libvorbis"), ("a.mp4", "-c:a aac"), ("late.mkv", "-c:a aac")]
    {
        let offset = if file == "late.mkv" { "0.777" } else { "0" };
        let made = std::process::Command::new("ffmpeg")
            .args("-nostdin -v error -f lavfi -i color=s=64x64:d=24:r=25".split(' '))
            .args(["-itsoffset", offset, "-f", "lavfi", "-i", "sine=f=440:r=44100:d=23"])
            .args(more.split(' '))
            .arg(file)
            .current_dir(folder.path())
            .status();
        assert!(made.expect("ffmpeg is needed").success());
        let list = format!("#EXTVLCOPT:start-time=0\n#EXTVLCOPT:stop-time=23\n{file}\n");
        fs::write(folder.join("l.m3u"), list).expect("written");
        let args =
            format!("remix l.m3u --segment-frames 100 --sound-codec flac -o {file}.flac.mkv");
        let samples = left(&decoded(&folder.render(&args)));
        // By its container, that of Vorbis begins after three milliseconds.
        let begin = match file {
            "late.mkv" => 40_000,
            "v.mkv" => 200,
            _ => 20,
        };
        // A sine has small second differences, a click has not; its amplitude is an eighth.
        let bend = |n: usize| samples[n - 1] - 2.0 * samples[n] + samples[n + 1];
        let most = (begin..22 * 44_100).map(|n| bend(n).abs()).fold(0f32, f32::max);
        assert!(most < 0.012, "{file}: {most}");
        assert!(
            level(&samples[begin..begin + 400]) > -25.0,
            "{file}: {}",
            level(&samples[begin..begin + 400])
        );
    }
}

#[test]
fn a_remix_says_all_of_its_sound_in_its_recipe() {
    let folder = Folder::new();
    fs::write(folder.join("tone.toml"), TONE).expect("written");
    let tone = folder.render("run tone.toml");
    fs::write(folder.join("l.m3u"), format!("{}\n", tone.display())).expect("written");
    let args = "remix l.m3u --channels 1 --sample-rate 44100 --sound-codec flac -o mono.mkv";
    let film = folder.render(args);
    let dry = folder.run(&format!("{args} --dry-run"));
    fs::write(folder.join("dry.toml"), dry.stdout).expect("written");
    folder.render("sound dry.toml -o dry.wav");
    assert!(decoded(&folder.join("dry.wav")) == decoded(&film));
}

#[test]
fn sound_is_seen_the_same_from_any_number_of_threads() {
    let folder = Folder::new();
    clicks(&folder.join("t.mp3"), 44_100, 2, 6.0, "");
    fs::write(folder.join("tone.toml"), TONE).expect("written");
    fs::write(folder.join("l.m3u"), format!("{}\n", folder.render("run tone.toml").display()))
        .expect("written");
    let remix = folder.run("remix l.m3u --dry-run");
    let remix = String::from_utf8(remix.stdout).expect("UTF-8");
    let at = remix.find("[remix]").expect("a table");
    let remix = remix[at..].replace("[remix", "[layer.remix").replace("[[remix", "[[layer.remix");
    let remix = remix.split("\n[video").next().expect("a part").to_string();
    let clip = "size = \"96x64\"\nsegment-frames = 7\n";
    let layer = "[[layer]]\nblend = \"screen\"\n[layer.scope]\nview = \"spectrum\"\nwindow = 1\n";
    let track =
        "frames = 150\n[scope]\nview = \"bars\"\nfall = 0.3\n[sound]\nfile = \"t.mp3\"\n[video]\n";
    let recipes = [
        ("remix", format!("{clip}[[layer]]\n{remix}\n{layer}[video]\n")),
        ("track", format!("{clip}{track}")),
    ];
    for (name, recipe) in recipes {
        let recipe = format!("{recipe}codec = \"ffv1\"\ncontainer = \"mkv\"\n");
        fs::write(folder.join(&format!("{name}.toml")), recipe).expect("written");
        let film = |threads: u32| {
            let args = format!("run {name}.toml -d jobs-{threads} --threads {threads}");
            folder.render(&args.replace("-d ", "--dir "))
        };
        let (film, other) = (film(1), film(3));
        assert!(fs::read(&film).expect("a film") == fs::read(other).expect("a film"), "{name}");
        // A frame alone is the one in the film.
        folder.render(&format!("frame {name}.toml --index 61 -o {name}.png"));
        let made = std::process::Command::new("ffmpeg")
            .args("-nostdin -v error -y -i".split(' '))
            .arg(&film)
            .args("-vf select=eq(n\\,61) -frames:v 1 -pix_fmt rgb24 film.png".split(' '))
            .current_dir(folder.path())
            .status();
        assert!(made.expect("ffmpeg is needed").success());
        let pixels = |file: &str| image::open(folder.join(file)).expect("an image").to_rgb8();
        let (alone, film) = (pixels(&format!("{name}.png")), pixels("film.png"));
        let apart = alone.as_raw().iter().zip(film.as_raw()).filter(|(a, b)| a.abs_diff(**b) > 4);
        assert!(apart.count() < 40, "{name}");
    }
}

#[test]
fn a_film_with_sound_is_verified_and_its_frames_are_drawn_alone() {
    let folder = Folder::new();
    for (ending, codec) in [("mp4", "aac"), ("mkv", "opus"), ("mov", "pcm"), ("mp4", "flac")] {
        let name = format!("{ending}-{codec}");
        let recipe = format!(
            "name = \"{name}\"\n{TONE}[video]\ncontainer = \"{ending}\"\nsound-codec = \"{codec}\""
        );
        fs::write(folder.join(&format!("{name}.toml")), recipe).expect("written");
        let film = folder.render(&format!("run {name}.toml"));
        let verified = folder.run(&format!("verify {name}"));
        assert!(verified.status.success(), "{name}: {}", stderr(&verified));
        // A bit in a packet of sound.
        let bytes = fs::read(&film).expect("a film");
        let mut damaged = bytes.clone();
        let at = bytes.len() * 9 / 10;
        damaged[at] ^= 0x10;
        fs::write(&film, damaged).expect("written");
        assert!(!folder.run(&format!("verify {name}")).status.success(), "{name}");
        fs::write(&film, bytes).expect("written");
        folder.render(&format!("frame {name} --index 5 -o {name}.png"));
    }
    // The picture is drawn though the track is gone.
    clicks(&folder.join("t.wav"), 48_000, 2, 1.0, "");
    folder.render("render noise --size 16x16 --sound t.wav --name gone");
    fs::remove_file(folder.join("t.wav")).expect("removed");
    folder.render("frame gone --index 5 -o gone.png");
    let output = folder.run("sound gone -o gone.wav");
    assert!(stderr(&output).contains("t.wav is not there"), "{}", stderr(&output));
    assert!(!folder.join("gone.wav").exists());
}

/// What `show --json` tells of a job's loudness: LUFS, and dBTP.
fn shown(folder: &Folder, job: &str) -> (Option<f64>, Option<f64>) {
    let output = folder.run(&format!("show {job} --json"));
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
    let loudness = &object["loudness"];
    (loudness["integrated_lufs"].as_f64(), loudness["true_peak_dbtp"].as_f64())
}

#[test]
fn a_film_says_how_loud_it_is() {
    let folder = Folder::new();
    // EBU Tech 3341, test 1: a stereo tone of 1 kHz with peaks 23 dB below full scale has -23 LUFS. One channel has 3 less.
    let tone = "-o NAME.mkv --sound-codec flac --sound-gain -23 --sound formula=sin(tau*1000*t)";
    let film = |name: &str, args: &str| {
        let args = format!("render noise --size 16x16 --name {name} {args}");
        folder.render(&args.replace("NAME", name))
    };
    film("stereo", &format!("{tone} --frames 150"));
    film("mono", &format!("{tone} --frames 150 --channels 1"));
    for (name, wanted) in [("stereo", -23.0), ("mono", -26.01)] {
        let (loudness, peak) = shown(&folder, name);
        assert!((loudness.expect("LUFS") - wanted).abs() < 0.1, "{name}: {loudness:?}");
        assert!((peak.expect("dBTP") + 23.0).abs() < 0.1, "{name}: {peak:?}");
    }
    let text = String::from_utf8(folder.run("show stereo").stdout).expect("UTF-8");
    assert!(text.contains("loudness  -23.0 LUFS, true peak -23.0 dBTP"), "{text}");
    // A peak between samples: a quarter of the rate, an eighth of a turn on, is 3 dB higher than any sample.
    film(
        "peak",
        "-o peak.mov --codec h264 --sound-codec pcm --frames 30 --sound formula=0.5*sin(tau*12000*t+tau/8)",
    );
    assert!((shown(&folder, "peak").1.expect("dBTP") + 6.0).abs() < 0.2);
    film("silent", "-o silent.mp4 --frames 30 --sound formula=0*t");
    assert_eq!(shown(&folder, "silent"), (None, None));
    // As FFmpeg measures it, of what AAC made of it; also where the record was lost.
    let args =
        "-o music.mp4 --frames 300 --sound formula=saw(110*2^floor(t))*env(mod(t,0.5),0.01,0.4)";
    let music = film("music", args);
    let output = std::process::Command::new("ffmpeg")
        .args("-nostdin -hide_banner -nostats -i".split(' '))
        .arg(&music)
        .args("-af ebur128=peak=true -f null -".split(' '))
        .output()
        .expect("ffmpeg is needed");
    let told = stderr(&output);
    let summary = told.rsplit("Summary:").next().expect("a summary");
    let after = |name: &str| -> f64 {
        let rest = summary.split(name).nth(1).expect("a value");
        rest.split_whitespace().next().expect("a number").parse().expect("a number")
    };
    let record = folder.join("jobs/music/output.toml");
    for is_kept in [true, false] {
        let (loudness, peak) = shown(&folder, "music");
        assert!((loudness.expect("LUFS") - after("I:")).abs() < 0.15, "{loudness:?} {summary}");
        assert!((peak.expect("dBTP") - after("Peak:")).abs() < 0.3, "{peak:?} {summary}");
        if is_kept {
            let text = fs::read_to_string(&record).expect("a record");
            let at = text.find("[loudness]").expect("its loudness");
            fs::write(&record, &text[..at]).expect("written");
        }
    }
}
