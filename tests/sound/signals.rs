//! Pictures that follow the sound.

use std::fs;
use std::process::Command;

use genmedia::Recipe;
use genmedia::render::frame;

use crate::common::{Folder, stderr};
use crate::tools::{clicks, decoded, heard, left};

/// How bright each frame of a film is, 0 to 255, as it is decoded.
fn brightness(film: &std::path::Path) -> Vec<u8> {
    let args = ["-nostdin", "-v", "error", "-i", film.to_str().expect("UTF-8"), "-vf"];
    let form = ["scale=1:1:flags=area,format=gray", "-f", "rawvideo", "-"];
    let output = Command::new("ffmpeg").args(args).args(form).output().expect("ffmpeg is needed");
    assert!(output.status.success(), "{}", stderr(&output));
    output.stdout
}

/// How far two phases are apart, each 0 to 1.
fn apart(one: f64, other: f64) -> f64 {
    let off = (one - other).abs();
    off.min(1.0 - off)
}

/// How far a phase is from what some turns come to.
fn apart_by(phase: f64, turns: f64) -> f64 {
    apart(phase, turns - turns.floor())
}

/// What a signal comes to in each of some frames, 0 to 1, of a film of `frames` with this sound.
fn values(folder: &Folder, signal: &str, frames: u64, at: &[u64], sound: &str) -> Vec<f64> {
    let text = format!(
        "size = \"2x2\"\nframes = {frames}\nvideo = {{ enabled = false }}\nimages = {{}}\n
         color = {{ color = \"mix(black, white, {signal})\" }}\n{sound}"
    );
    fs::write(folder.join("values.toml"), text).expect("written");
    let (recipe, _) = Recipe::read(folder.join("values.toml")).expect("a recipe");
    let value = |index: &u64| {
        let drawn = frame(&recipe, *index).expect("a frame");
        f64::from(drawn.data()[0]) / 255.0
    };
    at.iter().map(value).collect()
}

#[test]
fn a_flash_falls_on_each_click_and_nowhere_else() {
    for (container, codec, sound) in
        [("mp4", "h264", "aac"), ("webm", "vp9", "opus"), ("mkv", "h264", "flac")]
    {
        for fps in ["24000/1001", "30", "60"] {
            let folder = Folder::new();
            let times = clicks(&folder.join("t.wav"), 44_100, 2, 82.0, "");
            assert!(times.len() > 110);
            let recipe = format!(
                "size = \"16x16\"\nfps = \"{fps}\"\nsegment-frames = 50\nname = \"flash\"
                 color = {{ color = \"mix(black, white, step(0.99, onset))\" }}
                 [sound]\nfile = \"t.wav\"
                 [video]\ncodec = \"{codec}\"\ncontainer = \"{container}\"\nsound-codec = \"{sound}\"\ncrf = 20"
            );
            fs::write(folder.join("flash.toml"), recipe).expect("written");
            let film = folder.render("run flash.toml --threads 2");
            let (num, den) = fps.split_once('/').unwrap_or((fps, "1"));
            let rate = num.parse::<f64>().unwrap() / den.parse::<f64>().unwrap();
            let bright = brightness(&film);
            let flashes: Vec<usize> = (0..bright.len()).filter(|n| bright[*n] > 128).collect();
            let sounds = heard(&left(&decoded(&film)));
            assert_eq!(flashes.len(), times.len(), "{sound} at {fps}");
            assert_eq!(sounds.len(), times.len(), "{sound} at {fps}");
            for ((flash, sound), time) in flashes.iter().zip(&sounds).zip(&times) {
                assert!((sound - time).abs() < 0.003, "a click at {time} is heard at {sound}");
                // The click is heard while the flash is seen.
                let seen = *flash as f64 / rate..(*flash + 1) as f64 / rate;
                let near = seen.start - 0.003..seen.end + 0.003;
                assert!(near.contains(sound), "{sound} is heard, and {seen:?} seen");
            }
            if fps == "30" {
                // The same from other threads, after a kill.
                let mut command = folder.command("run flash.toml --threads 2 --dir killed");
                command.env("FAILPOINTS", "renamed=9*off->return");
                assert_eq!(command.output().expect("it runs").status.code(), None);
                assert!(folder.join("killed/flash/signals").exists());
                let again = folder.render("run flash.toml --threads 5 --dir killed");
                assert!(fs::read(film).unwrap() == fs::read(again).unwrap(), "{sound}");
            }
        }
    }
}

#[test]
fn tempo_and_beat_are_those_of_the_clicks() {
    for bpm in [96.0, 120.0, 174.0] {
        let folder = Folder::new();
        let beat = format!(
            "[sound]\nformula = \"0.8*env(mod(t - 0.37, {}), 0.0005, 0.02)*sin(tau*1800*t)*step(0.37, t)\"",
            60.0 / bpm
        );
        let tempo = values(&folder, "bpm/255", 900, &[0, 450], &beat);
        assert_eq!(tempo[0], tempo[1]);
        // A step of grey is one beat a minute; a part of it is seen in what is left over.
        let part = values(&folder, "(bpm - 90)*0.5 - floor((bpm - 90)*0.5)", 900, &[7], &beat)[0];
        assert!((tempo[0] * 255.0 - bpm).abs() < 0.5, "{bpm}: {}", tempo[0] * 255.0);
        let expected = ((bpm - 90.0) * 0.5_f64).fract();
        assert!(apart(part, expected) < 0.01, "{bpm}: {part} instead of {expected}");
        // In the middle of a frame, the beat is as far as the time says.
        for frame in [100, 333, 801] {
            let time = (frame as f64 + 0.5) / 30.0;
            let expected = ((time - 0.37) * bpm / 60.0).fract();
            let found = values(&folder, "beat", 900, &[frame], &beat)[0];
            assert!(
                apart(found, expected) < 0.02,
                "{bpm} at {frame}: {found} instead of {expected}"
            );
            let bar = values(&folder, "bar*4 - floor(bar*4)", 900, &[frame], &beat)[0];
            assert!(apart(bar, expected) < 0.04, "{bpm} at {frame}: {bar} of a bar");
        }
    }
}

#[test]
fn what_is_known_of_the_beat_is_followed() {
    let folder = Folder::new();
    // A drum at 87 beats a minute, on the second beat of a bar, and hats twice as often.
    let apart = 60.0 / 87.0;
    let drum = format!("0.8*env(mod(t, {apart}), 0.0005, 0.05)*sin(tau*60*t)");
    let hat = format!("0.3*env(mod(t, {}), 0.0005, 0.02)*noise(40000*t)", apart / 2.0);
    let sound = |more: &str| format!("[sound]\nformula = \"{drum} + {hat}\"\n{more}");
    let tempo = |more: &str| values(&folder, "bpm/255", 900, &[0], &sound(more))[0] * 255.0;
    // Hats are no beats.
    assert!((tempo("") - 87.0).abs() < 0.5, "{}", tempo(""));
    assert!((tempo("bpm = 174") - 174.0).abs() < 1.0, "{}", tempo("bpm = 174"));
    assert!((tempo("bpm = 43.5") - 43.5).abs() < 1.0, "{}", tempo("bpm = 43.5"));
    // What is said with a downbeat holds, whatever is heard.
    let exact = "bpm = 133\ndownbeat = 0.25";
    let tone = format!("[sound]\nformula = \"0.3*sine(220)\"\n{exact}");
    for frame in [0, 7, 400, 899] {
        let beats = ((frame as f64 + 0.5) / 30.0 - 0.25) * 133.0 / 60.0;
        let found = values(&folder, "beat", 900, &[frame], &tone)[0];
        assert!(apart_by(found, beats) < 0.004, "{frame}: {found}, {beats}");
        let found = values(&folder, "bar", 900, &[frame], &tone)[0];
        assert!(apart_by(found, beats / 4.0) < 0.004, "{frame}: {found}, {beats}");
    }
    // And without one where nothing is there that could be followed.
    let tone = "[sound]\nformula = \"0.3*sine(220)\"\nbpm = 120";
    let found = values(&folder, "beat", 900, &[450], tone)[0];
    assert!(apart_by(found, 450.5 / 15.0) < 0.004, "{found}");
    // A machine's beat is even though drums are missing, or come between.
    let odd = "0.8*env(mod(t, 0.48), 0.001, 0.05)*sin(tau*70*t)*step(mod(t, 7.2), 5) + \
               0.3*env(mod(t + 0.16, 1.7), 0.001, 0.05)*noise(9000*t)";
    let odd = format!("[sound]\nformula = \"{odd}\"");
    for frame in [30, 300, 615, 890] {
        let beats = (frame as f64 + 0.5) / 30.0 / 0.48;
        let found = values(&folder, "beat", 900, &[frame], &odd)[0];
        assert!(apart_by(found, beats) < 0.04, "{frame}: {found}, {beats}");
    }
    for first in [1.0, 2.0, 3.0] {
        let downbeat = format!("downbeat = {}", first * apart);
        // A little behind that beat, a bar has begun.
        let frame = (((first + 8.0) * apart + 0.1) * 30.0) as u64;
        let bar = values(&folder, "bar", 900, &[frame], &sound(&downbeat))[0];
        assert!((0.0..0.1).contains(&bar), "{first}: {bar}");
    }
}

#[test]
fn steady_sound_has_no_onsets_and_no_tempo() {
    let folder = Folder::new();
    let frames: Vec<u64> = (2..150).collect();
    let formulas = [
        "0.5*sine(440)",
        // Low tones, whose periods are as long as what is looked at, and chords that beat.
        "0.3*saw(55)",
        "0.3*triangle(55)",
        "0.2*sine(220) + 0.2*sine(277) + 0.2*sine(330)",
        "0.2*sine(55) + 0.15*sine(110) + 0.1*sine(165) + 0.1*sine(220) + 0.05*sine(275)",
    ];
    let formulas = formulas.map(|formula| format!("[sound]\nformula = \"{formula}\""));
    let noise = "[sound]\nnoise = { color = \"pink\" }".to_string();
    for sound in &formulas.into_iter().chain([noise]).collect::<Vec<_>>() {
        let onsets = values(&folder, "step(0.99, onset)", 150, &frames, sound);
        assert_eq!(onsets.iter().filter(|value| **value > 0.5).count(), 0, "{sound}");
        assert_eq!(values(&folder, "bpm/255", 150, &[10], sound), [0.0], "{sound}");
    }
    // Beside a low tone a drum is heard as it is alone: ten times in five seconds.
    let drum = "0.8*env(mod(t, 0.5), 0.002, 0.2)*sine(50)";
    let both = format!("[sound]\nformula = \"0.1*saw(55) + {drum}\"");
    let onsets = values(&folder, "step(0.99, onset)", 150, &(0..150).collect::<Vec<_>>(), &both);
    let found: Vec<usize> = (0..150).filter(|frame| onsets[*frame] > 0.5).collect();
    // It begins between two frames.
    let is_on_it = |(n, frame): (usize, &usize)| frame.abs_diff(15 * n) <= 1;
    assert!(found.len() == 10 && found.iter().enumerate().all(is_on_it), "{found:?}");
}

#[test]
fn a_mean_trembles_less_and_comes_no_later() {
    let folder = Folder::new();
    let frames: Vec<u64> = (30..120).collect();
    let change = |signal: &str, sound: &str| -> f64 {
        let found = values(&folder, signal, 150, &frames, sound);
        found.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / 89.0
    };
    let tones = "[sound]\nformula = \"0.3*saw(41) + 0.3*saw(61)\"";
    for (plain, mean) in
        [("bass", "bass(0.25)"), ("level", "level(0.25)"), ("band(1, 9)", "band(1, 9, 0.25)")]
    {
        let (plain, less) = (change(plain, tones), change(mean, tones));
        assert!(less < 0.4 * plain, "{mean}: {less} of {plain}");
    }
    // What comes at frame 60 is half there at its beginning.
    let step = "[sound]\nformula = \"0.5*sine(1000)*step(2, t)\"";
    let found = values(&folder, "level(0.4)", 120, &[52, 59, 60, 67], step);
    assert!(found[0] < 0.1 && found[3] > 0.9, "{found:?}");
    assert!(
        found[1] < 0.5 && found[2] > 0.5 && (found[1] + found[2] - 1.0).abs() < 0.1,
        "{found:?}"
    );
}

#[test]
fn a_sweep_goes_through_the_bands_and_steps_come_at_their_frame() {
    let folder = Folder::new();
    // From 40 Hz to 16 kHz.
    let sweep = "[sound]\nformula = \"0.5*sine(40*400^u)\"";
    for band in 0..8u64 {
        let middle = (2 * band + 1) * 600 / 16;
        let at = [middle.saturating_sub(75), middle, middle + 75];
        let found = values(&folder, &format!("band({band}, 8)"), 600, &at, sweep);
        assert!(found[1] > 0.9, "band {band}: {found:?}");
        assert!(found[0] < 0.2 || band == 0, "band {band}: {found:?}");
        assert!(found[2] < 0.2 || band == 7, "band {band}: {found:?}");
    }
    for (name, inside, outside) in [("bass", 100, 400), ("mid", 350, 100), ("treble", 540, 300)] {
        let found = values(&folder, name, 600, &[inside, outside], sweep);
        assert!(found[0] > 0.8 && found[1] < 0.05, "{name}: {found:?}");
    }
    let steps = "[sound]\nformula = \"(0.1 + 0.3*step(2, t) + 0.4*step(4, t))*sin(tau*500*t)\"";
    let level = values(&folder, "level", 180, &[30, 58, 60, 90, 118, 120, 150], steps);
    let expected = [0.125, 0.125, 0.5, 0.5, 0.5, 1.0, 1.0];
    for (level, expected) in level.iter().zip(expected) {
        assert!((level - expected).abs() < 0.02, "{level} instead of {expected}");
    }
    let wave = "[sound]\nformula = \"0.8*sin(tau*3*t)\"";
    let found = values(&folder, "0.5 + 0.5*sample(0.05)", 60, &[7], wave)[0];
    let expected = 0.5 + 0.4 * (2.0 * std::f64::consts::PI * 3.0 * (7.5 / 30.0 + 0.05_f64)).sin();
    assert!((found - expected).abs() < 0.005, "{found} instead of {expected}");
}

#[test]
fn signals_are_of_one_track_by_its_name() {
    let folder = Folder::new();
    let sound = "[[sound]]\nname = \"hum\"\nformula = \"0.4*sine(60)*step(t, 1)\"
                 [[sound]]\nname = \"hiss\"\nuntil = 2\nfrom = 1\nnoise = { color = \"violet\" }";
    let at = [15, 45];
    let of = |signal: &str| values(&folder, signal, 60, &at, sound);
    let [hum, hiss, all] = ["hum.bass", "hiss.treble", "level"].map(of);
    assert!(hum[0] > 0.9 && hum[1] < 0.05, "{hum:?}");
    assert!(hiss[0] < 0.05 && hiss[1] > 0.6, "{hiss:?}");
    assert!(all[0] > 0.9 && all[1] > 0.3, "{all:?}");
    assert!(of("hum.onset(0.2)")[0] < 0.3);
}

#[test]
fn what_was_heard_is_kept_with_the_job() {
    let folder = Folder::new();
    clicks(&folder.join("t.wav"), 48_000, 2, 4.0, "");
    let args = "--size 16x16 --sound t.wav --name n --progress json";
    let args = format!("render color --color mix(black,white,onset) {args}");
    let first = folder.run(&args);
    assert!(first.status.success(), "{}", stderr(&first));
    assert!(stderr(&first).contains("\"event\":\"listening\""), "{}", stderr(&first));
    let drawn = |name: &str| {
        folder.render(&format!("frame n --index 16 -o {name}.png"));
        fs::read(folder.join(&format!("{name}.png"))).expect("an image")
    };
    let before = drawn("before");
    // It is not looked at again, and needs its file no more.
    fs::rename(folder.join("t.wav"), folder.join("away.wav")).expect("renamed");
    assert!(drawn("kept") == before);
    // What is damaged is found anew.
    let signals = folder.join("jobs/n/signals");
    let mut bytes = fs::read(&signals).expect("what was found");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&signals, bytes).expect("written");
    let output = folder.run("frame n --index 16 -o lost.png");
    assert!(stderr(&output).contains("t.wav is not there"), "{}", stderr(&output));
    fs::rename(folder.join("away.wav"), folder.join("t.wav")).expect("renamed");
    assert!(drawn("again") == before);
    assert!(folder.run("remove n --yes").status.success());
    assert!(!folder.join("jobs/n").exists(), "{:?}", folder.tree());
}

#[test]
fn mistakes_about_signals_cost_a_line() {
    let folder = Folder::new();
    clicks(&folder.join("t.wav"), 48_000, 2, 2.0, "");
    let before = folder.tree();
    let track = "[sound]\nfile = \"t.wav\"";
    for (number, sound, expected) in [
        ("bass", "", "bass follows sound, and nothing is heard"),
        ("drums.bass", track, "no track has the name drums (named: none)"),
        ("bass + drumz.bass", track, "no track has the name drumz"),
        ("2*bas", track, "did you mean 'bass' or 'bar'?"),
        ("2*t.bas", track, "unknown signal 'bas'; did you mean 'bass' or 'bar' or 'band'?"),
        ("band(8, 8)", track, "band(i, n) is band i, from 0, of n"),
        ("band(t, 8)", track, "what band takes are plain numbers"),
        ("onset(0)", track, "an onset is seen for 0.001 to 60 seconds"),
        ("bass(0)", track, "bass is the mean of 0.001 to 60 seconds"),
        ("beat(1)", track, "unknown function 'beat'"),
        ("1 + 30*level", track, "effect.1.zoom.x 1 + 30*level: it is "),
        ("1/(level - level)", track, "it is no number at frame 0"),
    ] {
        let recipe =
            format!("noise = {{}}\neffect = [{{ name = \"zoom\", x = \"{number}\" }}]\n{sound}");
        fs::write(folder.join("r.toml"), recipe).expect("written");
        let output = folder.run("run r.toml");
        let told = stderr(&output);
        assert!(!output.status.success(), "{number}");
        assert!(told.contains(expected), "{number}: {told}");
    }
    for (recipe, expected) in [
        (
            "loop = true\n[color]\ncolor = \"mix(red, blue, bass)\"",
            "in a loop it cannot follow sound",
        ),
        ("[noise]\n[[sound]]\ngain = \"level\"", "sound cannot follow sound"),
        ("[noise]\n[[sound]]\nformula = \"bass\"", "sound cannot follow sound"),
        (
            "[noise]\nscale = \"kick\"",
            "a formula in t, n, u and signals of the sound, such as bass",
        ),
        ("[noise]\n[[sound]]\nbpm = 5", "sound.bpm = 5: 20 to 400 beats a minute"),
        ("[text]\ncontent = \"{bpm}\"", "a signal of the sound, which text cannot show"),
    ] {
        let file = if recipe.contains("formula") { "" } else { "file = \"t.wav\"" };
        let track = if recipe.contains("[[sound]]") { "" } else { "\n[sound]" };
        fs::write(folder.join("r.toml"), format!("{recipe}{track}\n{file}")).expect("written");
        let output = folder.run("run r.toml");
        let told = stderr(&output);
        assert!(!output.status.success(), "{recipe}");
        assert!(told.contains(expected), "{recipe}: {told}");
    }
    fs::remove_file(folder.join("r.toml")).expect("removed");
    let output = folder.run("render noise --kind fbm --scale 1-level --sound t.wav");
    let told = stderr(&output);
    assert!(
        told.contains("error: --scale 1-level: it is ") && told.contains("1 to 10000"),
        "{told}"
    );
    assert_eq!(folder.tree(), before, "a mistake leaves nothing behind");
}
