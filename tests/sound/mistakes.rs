//! What is said of sound that cannot be.

use std::fs;

use crate::common::{Folder, stderr};
use crate::tools::clicks;

#[test]
fn each_mistake_is_one_line_that_names_it() {
    let folder = Folder::new();
    clicks(&folder.join("t.wav"), 44_100, 2, 2.0, "");
    clicks(&folder.join("whole.flac"), 44_100, 2, 9.0, "");
    let whole = fs::read(folder.join("whole.flac")).expect("a file");
    fs::write(folder.join("cut.flac"), &whole[..whole.len() / 2]).expect("written");
    fs::write(folder.join("text.mp3"), "no sound at all").expect("written");
    fs::write(folder.join("text.wav"), "no sound at all").expect("written");
    fs::write(folder.join("empty.wav"), "").expect("written");
    let silent = folder.render("render noise --size 16x16 --frames 3 -o silent.mp4");
    let before = folder.tree();
    assert!(silent.exists());
    for (args, expected) in [
        ("--sound silent.mp4", "--sound silent.mp4: there is no sound in it"),
        ("--sound missing.wav", "--sound missing.wav: No such file"),
        ("--sound .", "--sound .: this is no file"),
        ("--sound text.mp3", "--sound text.mp3: "),
        (
            "--sound text.wav",
            "--sound text.wav: cannot read text.wav: this is neither video nor sound",
        ),
        ("--sound empty.wav", "--sound empty.wav: "),
        ("--sound cut.flac", "--sound cut.flac: it is cut short: it promises 9.0 s"),
        ("--sound noise=pnk", "unknown colour of noise; did you mean 'pink'?"),
        ("--sound formula=sin(", "--sound formula="),
        ("--sound formula=left=sine(220);rigt=1", "'rigt=1': left=FORMULA; right=FORMULA"),
        ("--sound formula=left=sine(220)", "--sound formula=: formulas are needed"),
        ("--sound formula=sqr(220)", "unknown function 'sqr'"),
        ("--sound t.wav --sound-start 5", "--sound-start 5: t.wav lasts 2.000 s"),
        ("--sound t.wav --sound-fade-in 5", "--sound-fade-in 5: it is heard for 2.000 s only"),
        ("--sound t.wav --sound-gain 99", "--sound-gain 99: -120 to 60 dB"),
        ("--sound t.wav --sound-gain 20*t+50", "it is "),
        (
            "--sound t.wav --sound-codec opus --sample-rate 44100",
            "--sample-rate 44100: opus takes 48000",
        ),
        ("--sound t.wav --sample-rate 50000", "--sample-rate 50000: aac takes 96000, 88200"),
        ("--sound t.wav --sample-rate 5", "--sample-rate 5: the rate of sound is 8000 to 192000"),
        (
            "--sound t.wav --sample-rate 65537 --sound-codec flac",
            "--sample-rate 65537: flac takes rates below 65535",
        ),
        (
            "--sound t.wav --sample-rate 96000 --sound-codec pcm -o x.mov",
            "--sample-rate 96000: pcm in .mov has a rate of up to 65535",
        ),
        ("--sound t.wav --channels 6", "--channels 6: sound has 1 channel or 2"),
        (
            "--sound t.wav --sound-codec pcm",
            "--sound-codec pcm: the sound in .mp4 is aac, opus, flac",
        ),
        ("--sound t.wav --sound-codec mp3", "unknown sound codec"),
        (
            "--sound t.wav --sound-bitrate 1k",
            "--sound-bitrate 1k: the bitrate of aac is 32k to 512k",
        ),
        (
            "--sound t.wav --sound-codec flac --sound-bitrate 96k",
            "flac is lossless and has no bitrate",
        ),
        (
            "--sound t.wav --sound-codec opus --channels 1 --sound-bitrate 510k",
            "the bitrate of opus is 32k to 256k",
        ),
        ("--sound noise=pink --sound-loop", "--sound-loop: it is for files"),
        ("--sound-bitrate 96k", "--sound-bitrate 96k: nothing is heard"),
        ("--sample-rate 48000", "--sample-rate 48000: nothing is heard"),
        ("--sound-gain 3", "--sound"),
    ] {
        let output = folder.run(&format!("render noise --size 16x16 {args} --name n"));
        let told = stderr(&output);
        assert!(!output.status.success(), "{args}");
        assert!(told.contains(expected), "{args}: {told}");
        assert!(told.lines().count() <= 1 || told.contains("Usage"), "{args}: {told}");
        assert!(!told.contains("panicked"), "{args}: {told}");
    }
    for (recipe, expected) in [
        ("[sound]", "r.toml: sound: what is heard is missing"),
        ("[sound]\nfile = \"t.wav\"\nnoise = {}", "one of these only"),
        ("[sound]\nfil = \"t.wav\"", "did you mean 'file'?"),
        (
            "[[sound]]\nnoise = {}\n[[sound]]\nfile = \"x.wav\"",
            "r.toml: sound.2.file = x.wav: No such file",
        ),
        ("[sound]\nstart = 3", "start and loop are of a file"),
        ("[sound]\nnoise = {}\nname = \"kick-drum\"", "a name is a letter, and then letters"),
        ("[sound]\nfile = \"t.wav\"\nuntil = 3", "sound.until = 3: its file ends at 2.000 s"),
        ("[sound]\nnoise = {}\nfrom = 99", "sound.from = 99: the film ends at 10.000 s"),
        ("[sound]\nnoise = {}\nfrom = \"t\"", "it cannot move"),
        ("[sound.formula]\nleft = \"0\"", "formulas are needed"),
        ("[sound.formula]\nmono = \"0\"\nleft = \"0\"", "mono is both left and right"),
        ("[sound]\nformula = \"x\"", "unknown name 'x'"),
        (
            "[[sound]]\nname = \"a\"\nnoise = {}\n[[sound]]\nname = \"a\"\nnoise = {}",
            "another track has this name",
        ),
        ("sound = 3", "sound is a table"),
        ("scope = {}", "nothing is heard that could be seen; a track is [sound] or --sound FILE"),
        (
            "scope = { track = \"a\" }\n[sound]\nnoise = {}",
            "scope.track = a: no track has the name a",
        ),
        (
            "color = { color = \"mix(red, blue, bass(0))\" }\n[sound]\nnoise = {}",
            "bass is the mean of 0.001 to 60",
        ),
        (
            "color = { color = \"mix(red, blue, band(1, 2, 3, 4))\" }\n[sound]\nnoise = {}",
            "band takes 2 or 3 arguments",
        ),
        ("loop = true\nscope = {}\n[sound]\nnoise = {}", "sound that is seen does not lead back"),
        ("scope = { style = \"bars\" }\n[sound]\nnoise = {}", "a wave is a line, fill or dots"),
        ("scope = { bands = 9 }\n[sound]\nnoise = {}", "only with --view bars or circle"),
        (
            "scope = { view = \"xy\", floor = -9 }\n[sound]\nnoise = {}",
            "scope.floor = -9: only with",
        ),
        (
            "scope = { view = \"bars\", fft = 1000 }\n[sound]\nnoise = {}",
            "a power of two is expected",
        ),
        (
            "scope = { view = \"bars\", low = 900, high = 800 }\n[sound]\nnoise = {}",
            "must be above low, 900",
        ),
        (
            "scope = { view = \"circle\", stereo = \"overlay\" }\n[sound]\nnoise = {}",
            "only waves are seen over",
        ),
        ("scope = { view = \"spectrum\", window = \"t\" }\n[sound]\nnoise = {}", "it cannot move"),
        (
            "scope = { colormap = \"magma\", palette = \"red,blue\" }\n[sound]\nnoise = {}",
            "not both",
        ),
    ] {
        let source =
            if recipe.contains("scope") || recipe.contains("color = {") && recipe.contains("mix") {
                ""
            } else {
                "noise = {}\n"
            };
        fs::write(folder.join("r.toml"), format!("{source}{recipe}")).expect("written");
        let output = folder.run("run r.toml");
        let told = stderr(&output);
        assert!(!output.status.success(), "{recipe}");
        assert!(told.contains(expected), "{recipe}: {told}");
        assert_eq!(told.lines().count(), 1, "{recipe}: {told}");
    }
    fs::remove_file(folder.join("r.toml")).expect("removed");
    assert_eq!(folder.tree(), before, "a mistake leaves nothing behind");
}
